//! The type model that schema, consent and calls share. Self-contained: no ids into a table elsewhere.

use std::sync::Arc;

/// A component-model value type that an operation can use.
///
/// Cheap to clone. Never deeper than [`Type::MAX_DEPTH`], so recursion over it is safe. JSON names are
/// snake_case; the names of the component (`wit_name`) are kept beside them for calls.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// `bool`: JSON true or false.
    Bool,
    /// `s8`: JSON number.
    S8,
    /// `u8`: JSON number.
    U8,
    /// `s16`: JSON number.
    S16,
    /// `u16`: JSON number.
    U16,
    /// `s32`: JSON number.
    S32,
    /// `u32`: JSON number.
    U32,
    /// `s64`: JSON number within ±(2^53-1), else a decimal string; both are accepted.
    S64,
    /// `u64`: as [`Type::S64`].
    U64,
    /// `f32`: JSON number, or the string NaN, Infinity or -Infinity.
    F32,
    /// `f64`: as [`Type::F32`].
    F64,
    /// `char`: JSON string of one Unicode scalar value.
    Char,
    /// `string`: JSON string.
    String,
    /// `list<T>`: JSON array; `list<u8>` is a base64 string (standard alphabet, padded).
    List(Arc<Type>),
    /// `option<T>`: null, or as field also absent; otherwise as `T`. An option of an option is null or `{"some": …}`.
    Option(Arc<Type>),
    /// `result<T, E>` below the top level: `{"ok": …}` or `{"err": …}`, with null for no payload.
    Result(Arc<ResultType>),
    /// `tuple<…>`: JSON array of fixed length.
    Tuple(Arc<[Type]>),
    /// `record`: JSON object.
    Record(Arc<RecordType>),
    /// `variant`: `{"case": payload}`, null for no payload; a case without payload is also accepted as plain string.
    Variant(Arc<VariantType>),
    /// `enum`: JSON string.
    Enum(Arc<LabelsType>),
    /// `flags`: JSON array of strings.
    Flags(Arc<LabelsType>),
}

/// Payloads of a `result` below the top level.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResultType {
    /// Payload of `ok`, if it has one.
    pub ok: Option<Type>,
    /// Payload of `err`, if it has one.
    pub err: Option<Type>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordType {
    /// Name in the component, kebab-case; empty where the component gives none.
    pub wit_name: String,
    /// Documentation, if the words section has some: untrusted text.
    pub doc: Option<String>,
    /// Fields, in the component's order.
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// JSON name, snake_case.
    pub name: String,
    /// Name in the component, kebab-case.
    pub wit_name: String,
    /// Type.
    pub ty: Type,
    /// Documentation: untrusted text.
    pub doc: Option<String>,
}

/// A variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VariantType {
    /// Name in the component, kebab-case; empty where the component gives none.
    pub wit_name: String,
    /// Documentation: untrusted text.
    pub doc: Option<String>,
    /// Cases, in the component's order.
    pub cases: Vec<Case>,
}

/// A case of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Case {
    /// JSON name, snake_case.
    pub name: String,
    /// Name in the component, kebab-case.
    pub wit_name: String,
    /// Payload, if the case has one.
    pub ty: Option<Type>,
    /// Documentation: untrusted text.
    pub doc: Option<String>,
}

/// An enum or flags type: a list of labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabelsType {
    /// Name in the component, kebab-case; empty where the component gives none.
    pub wit_name: String,
    /// Documentation: untrusted text.
    pub doc: Option<String>,
    /// Labels, in the component's order.
    pub labels: Vec<Label>,
}

/// A label of an enum or flags type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Label {
    /// JSON name, snake_case.
    pub name: String,
    /// Name in the component, kebab-case.
    pub wit_name: String,
    /// Documentation: untrusted text.
    pub doc: Option<String>,
}

impl Type {
    /// Deepest nesting of a type that is read from a component, in levels.
    pub const MAX_DEPTH: usize = 32;

    /// Largest integer magnitude that every JSON reader keeps exactly: 2^53 - 1.
    pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

    /// Whether this is `list<u8>`, written as base64.
    #[must_use]
    pub fn is_bytes(&self) -> bool {
        matches!(self, Self::List(item) if **item == Self::U8)
    }

    /// What kind of type it is, as in WIT: `record`, `list`, `u32`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::S8 => "s8",
            Self::U8 => "u8",
            Self::S16 => "s16",
            Self::U16 => "u16",
            Self::S32 => "s32",
            Self::U32 => "u32",
            Self::S64 => "s64",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Char => "char",
            Self::String => "string",
            Self::List(_) => "list",
            Self::Option(_) => "option",
            Self::Result(_) => "result",
            Self::Tuple(_) => "tuple",
            Self::Record(_) => "record",
            Self::Variant(_) => "variant",
            Self::Enum(_) => "enum",
            Self::Flags(_) => "flags",
        }
    }
}

/// The JSON name of a component's name: `payable-amount` becomes `payable_amount`.
///
/// Names in one scope differ by more than case and `-`, so no two become equal.
#[must_use]
pub fn snake_case(wit_name: &str) -> String {
    wit_name
        .chars()
        .map(|c| {
            if c == '-' {
                '_'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect()
}
