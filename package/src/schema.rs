//! JSON Schema 2020-12 of operations, by the JSON rules of [`crate::model`].

use serde_json::{Map, Value, json};

use crate::component::Param;
use crate::model::{LabelsType, ResultType, Type, VariantType};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Input takes a few spellings that output never has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Input,
    Output,
}

/// Schema of the object of parameters.
pub(crate) fn input(params: &[Param]) -> Value {
    let members = params
        .iter()
        .map(|param| (param.name.as_str(), &param.ty, None));
    dialect(object(members, Side::Input))
}

/// Schema of an output or of a typed failure.
pub(crate) fn output(ty: Option<&Type>) -> Value {
    dialect(payload(ty, Side::Output))
}

fn dialect(schema: Value) -> Value {
    let mut out = Map::new();
    out.insert("$schema".to_owned(), Value::from(DIALECT));
    if let Value::Object(schema) = schema {
        out.extend(schema);
    }
    Value::Object(out)
}

/// Types are at most [`Type::MAX_DEPTH`] deep, so this recursion ends.
fn schema(ty: &Type, side: Side) -> Value {
    match ty {
        Type::Bool => json!({"type": "boolean"}),
        Type::S8 => integer(i64::from(i8::MIN), i64::from(i8::MAX)),
        Type::U8 => integer(0, i64::from(u8::MAX)),
        Type::S16 => integer(i64::from(i16::MIN), i64::from(i16::MAX)),
        Type::U16 => integer(0, i64::from(u16::MAX)),
        Type::S32 => integer(i64::from(i32::MIN), i64::from(i32::MAX)),
        Type::U32 => integer(0, i64::from(u32::MAX)),
        // The pattern applies to strings only, the bounds to numbers only.
        Type::S64 => json!({"type": ["integer", "string"], "pattern": "^-?[0-9]{1,19}$"}),
        Type::U64 => {
            json!({"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]{1,20}$"})
        }
        Type::F32 | Type::F64 => {
            json!({"anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}]})
        }
        Type::Char => json!({"type": "string", "minLength": 1, "maxLength": 1}),
        Type::String => json!({"type": "string"}),
        Type::List(_) if ty.is_bytes() => json!({"type": "string", "contentEncoding": "base64"}),
        Type::List(item) => json!({"type": "array", "items": schema(item, side)}),
        Type::Option(item) => {
            let some = if matches!(**item, Type::Option(_)) {
                single("some", schema(item, side))
            } else {
                schema(item, side)
            };
            json!({"anyOf": [some, {"type": "null"}]})
        }
        Type::Result(result) => result_schema(result, side),
        Type::Tuple(items) => json!({
            "type": "array",
            "prefixItems": items.iter().map(|item| schema(item, side)).collect::<Vec<_>>(),
            "items": false,
            "minItems": items.len(),
        }),
        Type::Record(record) => {
            let members = record
                .fields
                .iter()
                .map(|field| (field.name.as_str(), &field.ty, field.doc.as_deref()));
            described(object(members, side), record.doc.as_deref())
        }
        Type::Variant(variant) => variant_schema(variant, side),
        Type::Enum(labels) => described(
            json!({"type": "string", "enum": names(labels)}),
            labels_doc(labels).as_deref(),
        ),
        Type::Flags(labels) => described(
            json!({"type": "array", "items": {"enum": names(labels)}, "uniqueItems": true}),
            labels_doc(labels).as_deref(),
        ),
    }
}

fn integer(minimum: i64, maximum: i64) -> Value {
    json!({"type": "integer", "minimum": minimum, "maximum": maximum})
}

fn payload(ty: Option<&Type>, side: Side) -> Value {
    ty.map_or_else(|| json!({"type": "null"}), |ty| schema(ty, side))
}

fn object<'t>(
    members: impl Iterator<Item = (&'t str, &'t Type, Option<&'t str>)>,
    side: Side,
) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, ty, doc) in members {
        properties.insert(name.to_owned(), described(schema(ty, side), doc));
        if !matches!(ty, Type::Option(_)) {
            required.push(name);
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// An object with exactly this one member.
fn single(name: &str, value: Value) -> Value {
    json!({
        "type": "object",
        "properties": {name: value},
        "required": [name],
        "additionalProperties": false,
    })
}

fn result_schema(result: &ResultType, side: Side) -> Value {
    json!({"anyOf": [
        single("ok", payload(result.ok.as_ref(), side)),
        single("err", payload(result.err.as_ref(), side)),
    ]})
}

fn variant_schema(variant: &VariantType, side: Side) -> Value {
    let mut ways: Vec<Value> = variant
        .cases
        .iter()
        .map(|case| {
            let way = single(&case.name, payload(case.ty.as_ref(), side));
            described(way, case.doc.as_deref())
        })
        .collect();
    let plain: Vec<&str> = variant
        .cases
        .iter()
        .filter(|case| case.ty.is_none())
        .map(|case| case.name.as_str())
        .collect();
    if side == Side::Input && !plain.is_empty() {
        ways.push(json!({"enum": plain}));
    }
    described(json!({"anyOf": ways}), variant.doc.as_deref())
}

fn names(labels: &LabelsType) -> Vec<&str> {
    labels
        .labels
        .iter()
        .map(|label| label.name.as_str())
        .collect()
}

/// The type's own words, then a line for each label that has some.
fn labels_doc(labels: &LabelsType) -> Option<String> {
    let lines: Vec<String> = labels
        .doc
        .iter()
        .cloned()
        .chain(labels.labels.iter().filter_map(|label| {
            let doc = label.doc.as_deref()?;
            Some(format!("{}: {doc}", label.name))
        }))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Adds `doc`; the words of a place come before those of its type.
fn described(schema: Value, doc: Option<&str>) -> Value {
    match (schema, doc) {
        (Value::Object(mut schema), Some(doc)) => {
            schema.insert("description".to_owned(), Value::from(doc));
            Value::Object(schema)
        }
        (schema, _) => schema,
    }
}
