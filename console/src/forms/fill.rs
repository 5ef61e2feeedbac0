//! A value as the entries of a form.

use super::entries::{Entries, MAX_ITEMS, PREFIX, below, is_given_by_writing, is_json, item, mark};
use guildhall_package::{Param, Type};
use serde_json::Value;

/// The entries of a form that shows this input: an object by parameter name. What does not fit its type is left out, as if
/// nothing had been written there.
#[must_use]
pub fn fill(params: &[Param], input: &Value) -> Entries {
    let mut entries = Entries::default();
    for param in params {
        if let Some(value) = input.get(&param.name) {
            write(
                &mut entries,
                &below(PREFIX, &param.name),
                &param.ty,
                value,
                0,
            );
        }
    }
    entries
}

fn write(entries: &mut Entries, path: &str, ty: &Type, value: &Value, level: usize) {
    if is_json(ty, level) || no_field_holds(ty, value) {
        entries.set(
            mark(path, "json"),
            serde_json::to_string_pretty(value).unwrap_or_default(),
        );
        return;
    }
    match (ty, value) {
        (Type::Bool, Value::Bool(true)) => entries.set(path, "on"),
        (_, Value::Number(number)) => entries.set(path, number.to_string()),
        (Type::List(_), Value::String(base64)) if ty.is_bytes() => {
            entries.set(mark(path, "kept"), base64.as_str());
        }
        (Type::Variant(_), Value::String(case)) => entries.set(mark(path, "case"), case.as_str()),
        (Type::Option(inner), value) => option(entries, path, inner, value, level),
        (_, Value::String(text)) => entries.set(path, text.as_str()),
        (Type::List(of), Value::Array(items)) => {
            entries.set(mark(path, "count"), items.len().to_string());
            for (index, value) in items.iter().enumerate() {
                write(entries, &item(path, index), of, value, level + 1);
            }
        }
        (Type::Tuple(types), Value::Array(items)) => {
            for (index, (ty, value)) in types.iter().zip(items).enumerate() {
                write(entries, &item(path, index), ty, value, level + 1);
            }
        }
        (Type::Flags(_), Value::Array(labels)) => {
            for label in labels.iter().filter_map(Value::as_str) {
                entries.set(below(path, label), "on");
            }
        }
        (Type::Record(record), Value::Object(object)) => {
            for field in &record.fields {
                if let Some(value) = object.get(&field.name) {
                    write(
                        entries,
                        &below(path, &field.name),
                        &field.ty,
                        value,
                        level + 1,
                    );
                }
            }
        }
        (Type::Variant(_) | Type::Result(_), Value::Object(object)) => {
            if let Some((case, payload)) = object.iter().next() {
                entries.set(mark(path, "case"), case.as_str());
                if let Some(ty) = payload_of(ty, case) {
                    write(entries, &below(path, case), ty, payload, level + 1);
                }
            }
        }
        _ => {}
    }
}

fn option(entries: &mut Entries, path: &str, inner: &Type, value: &Value, level: usize) {
    match (inner, value) {
        (_, Value::Null) => {}
        (Type::Bool, Value::Bool(value)) => entries.set(path, value.to_string()),
        _ => {
            let by_writing = is_given_by_writing(inner) && value.as_str() != Some("");
            if !by_writing {
                entries.set(mark(path, "given"), "on");
            }
            write(entries, path, inner, value, level);
        }
    }
}

/// The type of what a case holds.
pub(super) fn payload_of<'t>(ty: &'t Type, case: &str) -> Option<&'t Type> {
    match ty {
        Type::Variant(variant) => variant
            .cases
            .iter()
            .find(|known| known.name == case)
            .and_then(|case| case.ty.as_ref()),
        Type::Result(result) if case == "ok" => result.ok.as_ref(),
        Type::Result(result) if case == "err" => result.err.as_ref(),
        _ => None,
    }
}

/// Characters that a field of a page would lose or change, and lists that are longer than a form is.
fn no_field_holds(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Option(inner), value) => no_field_holds(inner, value),
        (Type::String, Value::String(text)) => text.chars().any(|c| c.is_control() && c != '\n'),
        (Type::Char, Value::String(text)) => text.chars().any(char::is_control),
        (Type::List(_), Value::Array(items)) => items.len() > MAX_ITEMS,
        _ => false,
    }
}
