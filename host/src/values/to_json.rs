//! Component values to JSON.

use super::JsonText;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_package::Type;
use guildhall_package::model::{Label, ResultType};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use wasmtime::component::Val;

/// A component value as JSON. `None` if the value is not of the type, which a value that the engine
/// returned for this type always is.
#[must_use]
pub fn to_json(ty: &Type, value: &Val) -> Option<JsonText> {
    // Nothing else can be wrong with it.
    JsonText::of(&Typed(ty, value)).ok()
}

/// A value that says of what type it is. Written at once, without a JSON value between.
struct Typed<'a>(&'a Type, &'a Val);

impl Serialize for Typed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0, self.1) {
            (Type::Bool, Val::Bool(value)) => serializer.serialize_bool(*value),
            (Type::S8, Val::S8(value)) => serializer.serialize_i8(*value),
            (Type::U8, Val::U8(value)) => serializer.serialize_u8(*value),
            (Type::S16, Val::S16(value)) => serializer.serialize_i16(*value),
            (Type::U16, Val::U16(value)) => serializer.serialize_u16(*value),
            (Type::S32, Val::S32(value)) => serializer.serialize_i32(*value),
            (Type::U32, Val::U32(value)) => serializer.serialize_u32(*value),
            // Integers that not every reader keeps exactly are written as strings.
            (Type::S64, Val::S64(value)) if value.unsigned_abs() <= Type::MAX_SAFE_INTEGER => {
                serializer.serialize_i64(*value)
            }
            (Type::S64, Val::S64(value)) => serializer.collect_str(value),
            (Type::U64, Val::U64(value)) if *value <= Type::MAX_SAFE_INTEGER => {
                serializer.serialize_u64(*value)
            }
            (Type::U64, Val::U64(value)) => serializer.collect_str(value),
            (Type::F32, Val::Float32(value)) => float(f64::from(*value), serializer),
            (Type::F64, Val::Float64(value)) => float(*value, serializer),
            (Type::Char, Val::Char(value)) => serializer.serialize_char(*value),
            (Type::String, Val::String(value)) => serializer.serialize_str(value),
            (Type::List(_), Val::List(values)) if self.0.is_bytes() => {
                serializer.serialize_str(&STANDARD.encode(bytes(values)?))
            }
            (Type::List(item), Val::List(values)) => {
                serializer.collect_seq(values.iter().map(|value| Typed(item, value)))
            }
            (Type::Tuple(types), Val::Tuple(values)) if types.len() == values.len() => {
                serializer.collect_seq(types.iter().zip(values).map(|(ty, value)| Typed(ty, value)))
            }
            (Type::Option(_), Val::Option(None)) => serializer.serialize_unit(),
            (Type::Option(inner), Val::Option(Some(value))) => match **inner {
                Type::Option(_) => single("some", &Typed(inner, value), serializer),
                _ => Typed(inner, value).serialize(serializer),
            },
            (Type::Result(ty), Val::Result(value)) => result(ty, value, serializer),
            (Type::Record(ty), Val::Record(values)) if ty.fields.len() == values.len() => {
                let mut object = serializer.serialize_map(Some(values.len()))?;
                for (field, (_, value)) in ty.fields.iter().zip(values) {
                    object.serialize_entry(&field.name, &Typed(&field.ty, value))?;
                }
                object.end()
            }
            (Type::Variant(ty), Val::Variant(name, value)) => {
                let case = { ty.cases.iter() }.find(|case| case.wit_name == *name);
                let case = case.ok_or_else(not_of_its_type)?;
                let payload = Payload(case.ty.as_ref(), value.as_deref());
                single(&case.name, &payload, serializer)
            }
            (Type::Enum(ty), Val::Enum(name)) => {
                serializer.serialize_str(json_label(&ty.labels, name)?)
            }
            (Type::Flags(ty), Val::Flags(names)) => {
                let labels = names.iter().map(|name| json_label(&ty.labels, name));
                serializer.collect_seq(labels.collect::<Result<Vec<_>, _>>()?)
            }
            _ => Err(not_of_its_type()),
        }
    }
}

/// What a case carries, if it carries anything.
struct Payload<'a>(Option<&'a Type>, Option<&'a Val>);

impl Serialize for Payload<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0, self.1) {
            (Some(ty), Some(value)) => Typed(ty, value).serialize(serializer),
            (None, None) => serializer.serialize_unit(),
            _ => Err(not_of_its_type()),
        }
    }
}

fn not_of_its_type<E: serde::ser::Error>() -> E {
    E::custom("the value is not of its type")
}

fn float<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64(value)
    } else if value.is_nan() {
        serializer.serialize_str("NaN")
    } else if value > 0.0 {
        serializer.serialize_str("Infinity")
    } else {
        serializer.serialize_str("-Infinity")
    }
}

fn bytes<E: serde::ser::Error>(values: &[Val]) -> Result<Vec<u8>, E> {
    let bytes = values.iter().map(|value| match value {
        Val::U8(byte) => Ok(*byte),
        _ => Err(not_of_its_type()),
    });
    bytes.collect()
}

/// An object of one member.
fn single<S: Serializer>(
    key: &str,
    value: &impl Serialize,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(1))?;
    object.serialize_entry(key, value)?;
    object.end()
}

fn result<S: Serializer>(
    ty: &ResultType,
    value: &Result<Option<Box<Val>>, Option<Box<Val>>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let (key, ty, value) = match value {
        Ok(ok) => ("ok", ty.ok.as_ref(), ok),
        Err(err) => ("err", ty.err.as_ref(), err),
    };
    single(key, &Payload(ty, value.as_deref()), serializer)
}

fn json_label<'t, E: serde::ser::Error>(labels: &'t [Label], wit_name: &str) -> Result<&'t str, E> {
    let label = labels.iter().find(|label| label.wit_name == wit_name);
    label
        .map(|label| label.name.as_str())
        .ok_or_else(not_of_its_type)
}
