//! JSON to component values and back.

use arbitrary::{Result, Unstructured};
use guildhall_host::values::{from_json, to_json};
use guildhall_package::Type;
use guildhall_package::model::{
    Case, Field, Label, LabelsType, RecordType, ResultType, VariantType,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Levels of a generated type.
const DEPTH: u8 = 5;

/// The input chooses a type and a JSON value, mostly one that fits. Nothing panics; a value that fits is taken; and a
/// value that was taken comes back as JSON that means the same.
pub fn values(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let _ = check(&mut bytes);
}

fn check(bytes: &mut Unstructured<'_>) -> Result<()> {
    let ty = any_type(bytes, DEPTH)?;
    let mut writer = Writer {
        strange: bytes.ratio(1, 3)?,
        deviated: false,
    };
    let json = writer.value(bytes, &ty)?;
    let value = match from_json(&ty, &json) {
        Ok(value) => value,
        Err(error) => {
            assert!(
                writer.deviated,
                "{json} fits {ty:?} and was refused: {error}"
            );
            return Ok(());
        }
    };
    let text = to_json(&ty, &value).expect("a value of the type can be written");
    let back = text.value().expect("what was written is JSON");
    let second = from_json(&ty, &back)
        .unwrap_or_else(|error| panic!("{back} was written and is refused: {error}"));
    let again = to_json(&ty, &second).expect("a value of the type can be written");
    assert_eq!(text, again, "written and read, it changed");
    Ok(())
}

fn any_type(bytes: &mut Unstructured<'_>, depth: u8) -> Result<Type> {
    let kinds = if depth == 0 { 12 } else { 20 };
    Ok(match bytes.int_in_range(0..=kinds)? {
        0 => Type::Bool,
        1 => Type::S8,
        2 => Type::U8,
        3 => Type::S16,
        4 => Type::U16,
        5 => Type::S32,
        6 => Type::U32,
        7 => Type::S64,
        8 => Type::U64,
        9 => Type::F32,
        10 => Type::F64,
        11 => Type::Char,
        12 => Type::String,
        13 => Type::List(Arc::new(any_type(bytes, depth - 1)?)),
        14 => Type::Option(Arc::new(any_type(bytes, depth - 1)?)),
        15 => Type::Result(Arc::new(ResultType {
            ok: maybe_type(bytes, depth - 1)?,
            err: maybe_type(bytes, depth - 1)?,
        })),
        16 => Type::Tuple(some(bytes, |bytes, _| any_type(bytes, depth - 1))?.into()),
        17 => Type::Record(Arc::new(RecordType {
            wit_name: "record".to_owned(),
            doc: None,
            fields: some(bytes, |bytes, n| {
                let (wit_name, name) = names(n);
                Ok(Field {
                    name,
                    wit_name,
                    ty: any_type(bytes, depth - 1)?,
                    doc: None,
                })
            })?,
        })),
        18 => Type::Variant(Arc::new(VariantType {
            wit_name: "variant".to_owned(),
            doc: None,
            cases: some(bytes, |bytes, n| {
                let (wit_name, name) = names(n);
                Ok(Case {
                    name,
                    wit_name,
                    ty: maybe_type(bytes, depth - 1)?,
                    doc: None,
                })
            })?,
        })),
        19 => Type::Enum(Arc::new(labels(bytes)?)),
        _ => Type::Flags(Arc::new(labels(bytes)?)),
    })
}

fn maybe_type(bytes: &mut Unstructured<'_>, depth: u8) -> Result<Option<Type>> {
    if bytes.arbitrary()? {
        any_type(bytes, depth).map(Some)
    } else {
        Ok(None)
    }
}

/// One to four of something.
fn some<T>(
    bytes: &mut Unstructured<'_>,
    mut one: impl FnMut(&mut Unstructured<'_>, usize) -> Result<T>,
) -> Result<Vec<T>> {
    let count = bytes.int_in_range(1..=4)?;
    (0..count).map(|n| one(bytes, n)).collect()
}

fn labels(bytes: &mut Unstructured<'_>) -> Result<LabelsType> {
    let labels = some(bytes, |_, n| {
        let (wit_name, name) = names(n);
        Ok(Label {
            name,
            wit_name,
            doc: None,
        })
    })?;
    Ok(LabelsType {
        wit_name: "labels".to_owned(),
        doc: None,
        labels,
    })
}

fn names(n: usize) -> (String, String) {
    (format!("some-name-{n}"), format!("some_name_{n}"))
}

/// Writes JSON for a type.
struct Writer {
    /// Whether to write something else now and then.
    strange: bool,
    /// Whether that has happened.
    deviated: bool,
}

impl Writer {
    fn value(&mut self, bytes: &mut Unstructured<'_>, ty: &Type) -> Result<Value> {
        if self.strange && bytes.ratio(1, 8)? {
            self.deviated = true;
            return strange(bytes);
        }
        Ok(match ty {
            Type::Bool => json!(bytes.arbitrary::<bool>()?),
            Type::S8 => json!(bytes.arbitrary::<i8>()?),
            Type::U8 => json!(bytes.arbitrary::<u8>()?),
            Type::S16 => json!(bytes.arbitrary::<i16>()?),
            Type::U16 => json!(bytes.arbitrary::<u16>()?),
            Type::S32 => json!(bytes.arbitrary::<i32>()?),
            Type::U32 => json!(bytes.arbitrary::<u32>()?),
            Type::S64 => json!(bytes.arbitrary::<i64>()?.to_string()),
            Type::U64 => json!(bytes.arbitrary::<u64>()?.to_string()),
            Type::F32 => json!(finite(f64::from(bytes.arbitrary::<f32>()?))),
            Type::F64 => json!(finite(bytes.arbitrary()?)),
            Type::Char => json!(bytes.arbitrary::<char>()?.to_string()),
            Type::String => json!(bytes.arbitrary::<&str>()?),
            Type::List(_) if ty.is_bytes() => {
                json!(*bytes.choose(&["", "AA==", "AAE=", "AAEC", "/+8="])?)
            }
            Type::List(item) => {
                let items = some(bytes, |bytes, _| self.value(bytes, item))?;
                Value::Array(items)
            }
            Type::Option(inner) => self.option(bytes, inner)?,
            Type::Result(result) => {
                let (word, payload) = if bytes.arbitrary()? {
                    ("ok", &result.ok)
                } else {
                    ("err", &result.err)
                };
                self.tagged(bytes, word, payload.as_ref())?
            }
            Type::Tuple(types) => {
                let items: Result<_> = types.iter().map(|ty| self.value(bytes, ty)).collect();
                Value::Array(items?)
            }
            Type::Record(record) => {
                let mut object = Map::new();
                for field in &record.fields {
                    object.insert(field.name.clone(), self.value(bytes, &field.ty)?);
                }
                Value::Object(object)
            }
            Type::Variant(variant) => {
                let case = bytes.choose(&variant.cases)?;
                self.tagged(bytes, &case.name, case.ty.as_ref())?
            }
            Type::Enum(labels) => json!(bytes.choose(&labels.labels)?.name),
            Type::Flags(labels) => {
                let mut chosen = Vec::new();
                for label in &labels.labels {
                    if bytes.arbitrary()? {
                        chosen.push(label.name.clone());
                    }
                }
                json!(chosen)
            }
        })
    }

    fn option(&mut self, bytes: &mut Unstructured<'_>, inner: &Type) -> Result<Value> {
        if bytes.arbitrary()? {
            return Ok(Value::Null);
        }
        let some = self.value(bytes, inner)?;
        Ok(if matches!(inner, Type::Option(_)) {
            json!({ "some": some })
        } else {
            some
        })
    }

    fn tagged(
        &mut self,
        bytes: &mut Unstructured<'_>,
        word: &str,
        payload: Option<&Type>,
    ) -> Result<Value> {
        let payload = payload.map_or(Ok(Value::Null), |ty| self.value(bytes, ty))?;
        Ok(Value::Object(Map::from_iter([(word.to_owned(), payload)])))
    }
}

fn finite(number: f64) -> Value {
    if number.is_nan() {
        json!("NaN")
    } else if number.is_infinite() {
        json!(if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        })
    } else {
        json!(number)
    }
}

fn strange(bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=7)? {
        0 => Value::Null,
        1 => json!(bytes.arbitrary::<bool>()?),
        2 => json!(bytes.arbitrary::<i64>()?),
        3 => json!(bytes.arbitrary::<f64>()?),
        4 => json!(bytes.arbitrary::<&str>()?),
        5 => json!([strange(bytes)?]),
        6 => json!({ "some_name_0": strange(bytes)? }),
        _ => json!({ "some": strange(bytes)?, "ok": null }),
    })
}
