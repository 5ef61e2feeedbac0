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

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::SkillPackage;
    use crate::testing::component;

    fn of(declarations: &str, ty: &str) -> (Value, Value) {
        let bytes = component(&format!(
            "package local:test; interface api {{ {declarations} f: func() -> {ty}; }} world skill {{ export api; }}"
        ));
        let package = SkillPackage::read(&bytes).unwrap();
        let ty = package.operation("f").unwrap().result.ok.clone().unwrap();
        (schema(&ty, Side::Input), schema(&ty, Side::Output))
    }

    #[test]
    fn numbers_carry_their_bounds() {
        assert_eq!(
            of("", "s8").0,
            json!({"type": "integer", "minimum": -128, "maximum": 127})
        );
        assert_eq!(
            of("", "u32").0,
            json!({"type": "integer", "minimum": 0, "maximum": 4_294_967_295_u32})
        );
        assert_eq!(
            of("", "u64").0,
            json!({"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]{1,20}$"})
        );
        assert_eq!(
            of("", "f32").0["anyOf"][1],
            json!({"enum": ["NaN", "Infinity", "-Infinity"]})
        );
    }

    #[test]
    fn a_case_without_payload_is_plain_text_on_input_only() {
        let (input, output) = of("variant v { none, some-thing(u8) }", "v");
        let object = |name: &str, inner: Value| json!({"type": "object", "properties": {name: inner}, "required": [name], "additionalProperties": false});
        let none = object("none", json!({"type": "null"}));
        let some = object(
            "some_thing",
            json!({"type": "integer", "minimum": 0, "maximum": 255}),
        );
        assert_eq!(output, json!({"anyOf": [none, some]}));
        assert_eq!(input, json!({"anyOf": [none, some, {"enum": ["none"]}]}));
    }

    #[test]
    fn options_results_tuples_enums_and_flags_follow_the_rules() {
        let boolean = json!({"type": "boolean"});
        let nothing = json!({"type": "null"});
        assert_eq!(
            of("", "option<bool>").0,
            json!({"anyOf": [boolean, nothing]})
        );
        let some = json!({"type": "object", "properties": {"some": {"anyOf": [boolean, nothing]}}, "required": ["some"], "additionalProperties": false});
        assert_eq!(
            of("", "option<option<bool>>").0,
            json!({"anyOf": [some, nothing]})
        );
        let nested = of("", "list<result<_, bool>>").0;
        assert_eq!(nested["items"]["anyOf"][0]["properties"]["ok"], nothing);
        assert_eq!(nested["items"]["anyOf"][1]["properties"]["err"], boolean);
        assert_eq!(
            of("", "tuple<bool, char>").0,
            json!({"type": "array", "prefixItems": [boolean, {"type": "string", "minLength": 1, "maxLength": 1}], "items": false, "minItems": 2})
        );
        assert_eq!(
            of("enum e { a-b, c }", "e").0,
            json!({"type": "string", "enum": ["a_b", "c"]})
        );
        assert_eq!(
            of("flags f2 { a-b }", "f2").0,
            json!({"type": "array", "items": {"enum": ["a_b"]}, "uniqueItems": true})
        );
        let record = of("record r { a: option<bool>, b: bool }", "r").0;
        assert_eq!(record["required"], json!(["b"]));
        assert_eq!(
            of("", "list<u8>").0,
            json!({"type": "string", "contentEncoding": "base64"})
        );
    }
}
