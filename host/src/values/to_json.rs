//! Component values to JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::Type;
use guildhall_package::model::{Label, ResultType};
use serde_json::{Map, Number, Value};
use wasmtime::component::Val;

/// A component value as JSON. `None` if the value is not of the type, which a value that the engine
/// returned for this type always is.
///
/// Takes the value: its texts, and the memory of its names, become those of the JSON.
#[must_use]
pub fn to_json(ty: &Type, value: Val) -> Option<Value> {
    Some(match (ty, value) {
        (Type::Bool, Val::Bool(value)) => Value::Bool(value),
        (Type::S8, Val::S8(value)) => value.into(),
        (Type::U8, Val::U8(value)) => value.into(),
        (Type::S16, Val::S16(value)) => value.into(),
        (Type::U16, Val::U16(value)) => value.into(),
        (Type::S32, Val::S32(value)) => value.into(),
        (Type::U32, Val::U32(value)) => value.into(),
        (Type::S64, Val::S64(value)) => integer(value.unsigned_abs(), value.into(), &value),
        (Type::U64, Val::U64(value)) => integer(value, value.into(), &value),
        (Type::F32, Val::Float32(value)) => float(f64::from(value)),
        (Type::F64, Val::Float64(value)) => float(value),
        (Type::Char, Val::Char(value)) => Value::String(value.to_string()),
        (Type::String, Val::String(value)) => Value::String(value),
        (Type::List(item), Val::List(values)) => {
            if ty.is_bytes() {
                bytes(&values)?
            } else {
                array(values.into_iter().map(|value| to_json(item, value)))?
            }
        }
        (Type::Tuple(types), Val::Tuple(values)) if types.len() == values.len() => array(
            types
                .iter()
                .zip(values)
                .map(|(ty, value)| to_json(ty, value)),
        )?,
        (Type::Option(_), Val::Option(None)) => Value::Null,
        (Type::Option(inner), Val::Option(Some(value))) => {
            let some = to_json(inner, *value)?;
            match **inner {
                Type::Option(_) => single("some".to_owned(), some),
                _ => some,
            }
        }
        (Type::Result(ty), Val::Result(value)) => result(ty, value)?,
        (Type::Record(ty), Val::Record(values)) if ty.fields.len() == values.len() => {
            let mut object = Map::with_capacity(values.len());
            for (field, (name, value)) in ty.fields.iter().zip(values) {
                object.insert(renamed(name, &field.name), to_json(&field.ty, value)?);
            }
            Value::Object(object)
        }
        (Type::Variant(ty), Val::Variant(name, value)) => {
            let case = ty.cases.iter().find(|case| case.wit_name == name)?;
            let payload = payload(case.ty.as_ref(), value.map(|value| *value))?;
            single(renamed(name, &case.name), payload)
        }
        (Type::Enum(ty), Val::Enum(name)) => Value::String(json_label(&ty.labels, name)?),
        (Type::Flags(ty), Val::Flags(names)) => array(
            names
                .into_iter()
                .map(|name| json_label(&ty.labels, name).map(Value::String)),
        )?,
        _ => return None,
    })
}

/// A name in JSON, in the memory of the same name in WIT.
fn renamed(mut name: String, json: &str) -> String {
    name.clear();
    name.push_str(json);
    name
}

/// Integers that not every reader keeps exactly are written as strings.
fn integer(magnitude: u64, number: Number, exact: &impl ToString) -> Value {
    if magnitude <= Type::MAX_SAFE_INTEGER {
        Value::Number(number)
    } else {
        Value::String(exact.to_string())
    }
}

fn float(value: f64) -> Value {
    Number::from_f64(value).map_or_else(
        || {
            let word = if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            };
            Value::String(word.to_owned())
        },
        Value::Number,
    )
}

fn bytes(values: &[Val]) -> Option<Value> {
    let bytes = values.iter().map(|value| match value {
        Val::U8(byte) => Some(*byte),
        _ => None,
    });
    let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
    Some(Value::String(STANDARD.encode(bytes)))
}

fn array(items: impl Iterator<Item = Option<Value>>) -> Option<Value> {
    let mut values = Vec::with_capacity(items.size_hint().0);
    for item in items {
        values.push(item?);
    }
    Some(Value::Array(values))
}

fn single(key: String, value: Value) -> Value {
    let mut object = Map::with_capacity(1);
    object.insert(key, value);
    Value::Object(object)
}

fn payload(ty: Option<&Type>, value: Option<Val>) -> Option<Value> {
    match (ty, value) {
        (Some(ty), Some(value)) => to_json(ty, value),
        (None, None) => Some(Value::Null),
        _ => None,
    }
}

fn result(ty: &ResultType, value: Result<Option<Box<Val>>, Option<Box<Val>>>) -> Option<Value> {
    let (key, ty, value) = match value {
        Ok(ok) => ("ok", ty.ok.as_ref(), ok),
        Err(err) => ("err", ty.err.as_ref(), err),
    };
    let payload = payload(ty, value.map(|value| *value))?;
    Some(single(key.to_owned(), payload))
}

fn json_label(labels: &[Label], wit_name: String) -> Option<String> {
    let label = labels.iter().find(|label| label.wit_name == wit_name)?;
    Some(renamed(wit_name, &label.name))
}
