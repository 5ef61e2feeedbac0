//! JSON values written in TOML, and back.

use serde_json::{Map, Number, Value};

/// The JSON value of a TOML value.
///
/// # Errors
/// For dates, which JSON does not have, and for numbers that it can't hold.
pub fn to_json(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::Number(number.into()),
        toml::Value::Float(number) => Number::from_f64(number)
            .map(Value::Number)
            .ok_or("write NaN and infinity as a text, as the skill's schema does")?,
        toml::Value::Boolean(flag) => Value::Bool(flag),
        toml::Value::Datetime(time) => {
            return Err(format!("write the date {time} as a text, in quotes"));
        }
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(to_json).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| Ok((key, to_json(value)?)))
                .collect::<Result<Map<_, _>, String>>()?,
        ),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_table_becomes_an_object() {
        let table: toml::Value =
            toml::from_str("a = 1\nb = [true, \"x\", 1.5]\n[c]\nd = {}").unwrap();
        assert_eq!(
            to_json(table).unwrap(),
            json!({"a": 1, "b": [true, "x", 1.5], "c": {"d": {}}})
        );
    }

    #[test]
    fn what_json_cannot_say_is_refused() {
        for text in ["a = 2026-01-01", "a = nan", "a = [inf]"] {
            let table: toml::Value = toml::from_str(text).unwrap();
            assert!(to_json(table).is_err(), "{text}");
        }
    }
}
