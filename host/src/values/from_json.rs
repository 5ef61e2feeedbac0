//! JSON to component values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::model::{Case, Field, Label, RecordType, ResultType, VariantType};
use guildhall_package::text::plain;
use guildhall_package::{Param, Type};
use serde_json::{Map, Value};
use std::fmt::Write as _;
use wasmtime::component::Val;

/// A JSON value that does not fit its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", if .path.is_empty() { "input" } else { .path })]
pub struct ValueError {
    /// Where, as `invoice.lines[3].amount`; empty for the whole value.
    pub path: String,
    /// What is wrong and what is expected.
    pub problem: String,
}

/// Where in the input the conversion stands; written out only when something is wrong.
#[derive(Clone, Copy)]
struct At<'a> {
    parent: Option<&'a At<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Field(&'a str),
    Item(usize),
}

impl<'a> At<'a> {
    const ROOT: Self = Self {
        parent: None,
        step: Step::Root,
    };

    const fn field(&'a self, name: &'a str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Field(name),
        }
    }

    const fn item(&'a self, index: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Item(index),
        }
    }

    fn path(&self) -> String {
        let mut path = self.parent.map(Self::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Field(name) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&plain(name, 64));
            }
            Step::Item(index) => {
                // Writing to a string can't fail.
                let _ = write!(path, "[{index}]");
            }
        }
        path
    }

    fn error(&self, problem: impl Into<String>) -> ValueError {
        ValueError {
            path: self.path(),
            problem: problem.into(),
        }
    }

    fn expected(&self, what: &str, got: &Value) -> ValueError {
        self.error(format!("expected {what}, got {}", shape(got)))
    }
}

/// The arguments of an operation from its input object, in the order of its parameters.
///
/// # Errors
/// If the input is not an object, lacks a parameter, has one too many, or a value does not fit its type.
pub fn arguments(params: &[Param], input: &Value) -> Result<Vec<Val>, ValueError> {
    let at = At::ROOT;
    let empty = Map::new();
    let object = match input {
        Value::Object(object) => object,
        Value::Null if params.is_empty() => &empty,
        other => return Err(at.expected("an object keyed by parameter name", other)),
    };
    let names = params.iter().map(|param| param.name.as_str());
    no_strangers(at, object, names)?;
    params
        .iter()
        .map(|param| field(at, object, &param.name, &param.ty))
        .collect()
}

/// One component value of type `ty` from JSON.
///
/// # Errors
/// If the value does not fit the type; the error says where.
pub fn from_json(ty: &Type, json: &Value) -> Result<Val, ValueError> {
    convert(At::ROOT, ty, json)
}

fn convert(at: At<'_>, ty: &Type, json: &Value) -> Result<Val, ValueError> {
    Ok(match ty {
        Type::Bool => Val::Bool(
            json.as_bool()
                .ok_or_else(|| at.expected("true or false", json))?,
        ),
        Type::S8 => Val::S8(integer(at, json)?),
        Type::U8 => Val::U8(integer(at, json)?),
        Type::S16 => Val::S16(integer(at, json)?),
        Type::U16 => Val::U16(integer(at, json)?),
        Type::S32 => Val::S32(integer(at, json)?),
        Type::U32 => Val::U32(integer(at, json)?),
        Type::S64 => Val::S64(integer(at, json)?),
        Type::U64 => Val::U64(integer(at, json)?),
        // A number that f32 can't hold exactly is rounded, as every reader of f32 does.
        #[allow(clippy::cast_possible_truncation)]
        Type::F32 => Val::Float32(float(at, json)? as f32),
        Type::F64 => Val::Float64(float(at, json)?),
        Type::Char => Val::Char(character(at, json)?),
        Type::String => Val::String(text(at, json)?.to_owned()),
        Type::List(_) if ty.is_bytes() => bytes(at, json)?,
        Type::List(item) => {
            let items = array(at, json)?;
            Val::List(convert_items(at, items, |_| item)?)
        }
        Type::Tuple(types) => tuple(at, types, json)?,
        Type::Option(inner) => option(at, inner, json)?,
        Type::Result(result_type) => result(at, result_type, json)?,
        Type::Record(record_type) => record(at, record_type, json)?,
        Type::Variant(variant_type) => variant(at, variant_type, json)?,
        Type::Enum(labels) => Val::Enum(label(at, &labels.labels, json)?.to_owned()),
        Type::Flags(labels) => flags(at, &labels.labels, json)?,
    })
}

fn convert_items<'t>(
    at: At<'_>,
    items: &[Value],
    ty: impl Fn(usize) -> &'t Type,
) -> Result<Vec<Val>, ValueError> {
    let mut values = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        values.push(convert(at.item(index), ty(index), item)?);
    }
    Ok(values)
}

fn integer<T: TryFrom<i128>>(at: At<'_>, json: &Value) -> Result<T, ValueError> {
    let wide = match json {
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from)),
        // Beyond 2^53 a number may have been rounded on its way; a string is exact.
        Value::String(digits) if is_integer_text(digits) => digits.parse().ok(),
        _ => None,
    };
    let wide = wide.ok_or_else(|| at.expected("a whole number", json))?;
    T::try_from(wide).map_err(|_| {
        at.error(format!(
            "{wide} does not fit into {}",
            std::any::type_name::<T>()
        ))
    })
}

fn is_integer_text(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|b| b.is_ascii_digit())
}

fn float(at: At<'_>, json: &Value) -> Result<f64, ValueError> {
    match json {
        Value::Number(number) => number.as_f64(),
        Value::String(word) => match word.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
    .ok_or_else(|| at.expected("a number, or \"NaN\", \"Infinity\", \"-Infinity\"", json))
}

fn text<'v>(at: At<'_>, json: &'v Value) -> Result<&'v str, ValueError> {
    json.as_str().ok_or_else(|| at.expected("a string", json))
}

fn array<'v>(at: At<'_>, json: &'v Value) -> Result<&'v [Value], ValueError> {
    json.as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| at.expected("an array", json))
}

fn character(at: At<'_>, json: &Value) -> Result<char, ValueError> {
    let mut chars = text(at, json)?.chars();
    match (chars.next(), chars.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(at.error("expected a string of exactly one character")),
    }
}

fn bytes(at: At<'_>, json: &Value) -> Result<Val, ValueError> {
    let encoded = json
        .as_str()
        .ok_or_else(|| at.expected("bytes as a base64 string", json))?;
    let bytes = STANDARD
        .decode(encoded)
        .map_err(|error| at.error(format!("not base64 (standard alphabet, padded): {error}")))?;
    Ok(Val::List(bytes.into_iter().map(Val::U8).collect()))
}

fn tuple(at: At<'_>, types: &[Type], json: &Value) -> Result<Val, ValueError> {
    let items = array(at, json)?;
    if items.len() != types.len() {
        return Err(at.error(format!(
            "expected exactly {} items, got {}",
            types.len(),
            items.len()
        )));
    }
    let values = items
        .iter()
        .zip(types)
        .enumerate()
        .map(|(index, (item, ty))| convert(at.item(index), ty, item));
    Ok(Val::Tuple(values.collect::<Result<_, _>>()?))
}

fn option(at: At<'_>, inner: &Type, json: &Value) -> Result<Val, ValueError> {
    if json.is_null() {
        return Ok(Val::Option(None));
    }
    let some = match (inner, json) {
        (Type::Option(_), Value::Object(object)) if object.len() == 1 => object.get("some"),
        (Type::Option(_), _) => None,
        _ => Some(json),
    };
    let some = some.ok_or_else(|| at.expected("null or {\"some\": …}", json))?;
    Ok(Val::Option(Some(Box::new(convert(at, inner, some)?))))
}

fn result(at: At<'_>, ty: &ResultType, json: &Value) -> Result<Val, ValueError> {
    let (key, payload) = only_entry(at, json, "{\"ok\": …} or {\"err\": …}")?;
    match key {
        "ok" => Ok(Val::Result(Ok(self::payload(
            at.field("ok"),
            ty.ok.as_ref(),
            payload,
        )?))),
        "err" => Ok(Val::Result(Err(self::payload(
            at.field("err"),
            ty.err.as_ref(),
            payload,
        )?))),
        _ => Err(at.expected("{\"ok\": …} or {\"err\": …}", json)),
    }
}

fn record(at: At<'_>, ty: &RecordType, json: &Value) -> Result<Val, ValueError> {
    let object = json
        .as_object()
        .ok_or_else(|| at.expected("an object", json))?;
    if in_order(object, &ty.fields) {
        let mut given = object.iter().peekable();
        let mut values = Vec::with_capacity(ty.fields.len());
        for declared in &ty.fields {
            let value = match given.next_if(|(key, _)| **key == declared.name) {
                Some((_, value)) => convert(at.field(&declared.name), &declared.ty, value)?,
                None => Val::Option(None),
            };
            values.push((declared.wit_name.clone(), value));
        }
        return Ok(Val::Record(values));
    }
    no_strangers(
        at,
        object,
        ty.fields.iter().map(|field| field.name.as_str()),
    )?;
    let fields = ty.fields.iter().map(|declared| {
        let value = field(at, object, &declared.name, &declared.ty)?;
        Ok((declared.wit_name.clone(), value))
    });
    Ok(Val::Record(fields.collect::<Result<_, _>>()?))
}

/// A field of an object; an option may be absent.
fn field(
    at: At<'_>,
    object: &Map<String, Value>,
    name: &str,
    ty: &Type,
) -> Result<Val, ValueError> {
    match (object.get(name), ty) {
        (Some(value), _) => convert(at.field(name), ty, value),
        (None, Type::Option(_)) => Ok(Val::Option(None)),
        (None, _) => Err(at.error(format!("`{name}` ({}) is missing", ty.kind()))),
    }
}

/// Whether an object has just these fields, in this order, and lacks none but options, as most do: then nothing has to be looked up.
fn in_order(object: &Map<String, Value>, fields: &[Field]) -> bool {
    let mut keys = object.keys().peekable();
    let fits = fields.iter().all(|field| {
        keys.next_if(|key| **key == field.name).is_some() || matches!(field.ty, Type::Option(_))
    });
    fits && keys.next().is_none()
}

fn no_strangers<'n>(
    at: At<'_>,
    object: &Map<String, Value>,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Result<(), ValueError> {
    for key in object.keys() {
        if !names.clone().any(|name| name == key) {
            let known: Vec<&str> = names.take(12).collect();
            return Err(at.error(format!(
                "there is no `{}`; known here: {}",
                plain(key, 64),
                known.join(", ")
            )));
        }
    }
    Ok(())
}

fn variant(at: At<'_>, ty: &VariantType, json: &Value) -> Result<Val, ValueError> {
    if let Value::String(name) = json {
        let case = case(at, ty, name)?;
        return match &case.ty {
            None => Ok(Val::Variant(case.wit_name.clone(), None)),
            Some(_) => Err(at.error(format!("`{name}` has a value: write {{\"{name}\": …}}"))),
        };
    }
    let (key, value) = only_entry(at, json, "an object with exactly one case")?;
    let case = case(at, ty, key)?;
    let value = payload(at.field(&case.name), case.ty.as_ref(), value)?;
    Ok(Val::Variant(case.wit_name.clone(), value))
}

fn case<'t>(at: At<'_>, ty: &'t VariantType, name: &str) -> Result<&'t Case, ValueError> {
    ty.cases
        .iter()
        .find(|case| case.name == name)
        .ok_or_else(|| unknown(at, name, ty.cases.iter().map(|case| case.name.as_str())))
}

fn payload(at: At<'_>, ty: Option<&Type>, json: &Value) -> Result<Option<Box<Val>>, ValueError> {
    match (ty, json) {
        (Some(ty), json) => Ok(Some(Box::new(convert(at, ty, json)?))),
        (None, Value::Null) => Ok(None),
        (None, other) => Err(at.expected("null, because it has no value", other)),
    }
}

fn only_entry<'v>(
    at: At<'_>,
    json: &'v Value,
    expected: &str,
) -> Result<(&'v str, &'v Value), ValueError> {
    let object = json.as_object().filter(|object| object.len() == 1);
    object
        .and_then(|object| object.iter().next())
        .map(|(key, value)| (key.as_str(), value))
        .ok_or_else(|| at.expected(expected, json))
}

/// The label's name in the component.
fn label<'t>(at: At<'_>, labels: &'t [Label], json: &Value) -> Result<&'t str, ValueError> {
    let name = text(at, json)?;
    labels
        .iter()
        .find(|label| label.name == name)
        .map(|label| label.wit_name.as_str())
        .ok_or_else(|| unknown(at, name, labels.iter().map(|label| label.name.as_str())))
}

fn flags(at: At<'_>, labels: &[Label], json: &Value) -> Result<Val, ValueError> {
    let mut set: Vec<String> = Vec::new();
    for (index, item) in array(at, json)?.iter().enumerate() {
        let name = label(at.item(index), labels, item)?;
        if set.iter().any(|have| have == name) {
            return Err(at.item(index).error("this flag is named twice"));
        }
        set.push(name.to_owned());
    }
    Ok(Val::Flags(set))
}

fn unknown<'t>(at: At<'_>, got: &str, known: impl Iterator<Item = &'t str>) -> ValueError {
    let known: Vec<&str> = known.take(32).collect();
    at.error(format!(
        "`{}` is not one of {}",
        plain(got, 64),
        known.join(", ")
    ))
}

fn shape(json: &Value) -> String {
    match json {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string \"{}\"", plain(text, 40)),
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(object) => format!("an object of {} fields", object.len()),
    }
}
