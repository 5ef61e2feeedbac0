//! JSON that is kept as its text: what a guest answers goes from the engine's values to whoever asked without being taken apart.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;
use std::sync::Arc;

/// A JSON value as its compact text. Cheap to clone; taken apart only by who asks for [`JsonText::value`].
///
/// Two are equal if their texts are: fields stand in the order of their type.
#[derive(Clone)]
pub struct JsonText(Arc<RawValue>);

impl JsonText {
    /// Writes a value.
    ///
    /// # Errors
    /// If the value refuses to be written.
    pub fn of(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        to_raw_value(value).map(|raw| Self(raw.into()))
    }

    /// What says that there is nothing.
    #[must_use]
    pub fn null() -> Self {
        Self(RawValue::NULL.to_owned().into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The text in bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// Whether it says that there is nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// The value, taken apart.
    ///
    /// # Errors
    /// If it is nested deeper than 128 times, which no type of an operation is.
    pub fn value(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_str(self.as_str())
    }
}

impl std::str::FromStr for JsonText {
    type Err = serde_json::Error;

    /// Takes text that is JSON, as it is.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str::<Box<RawValue>>(text).map(|raw| Self(raw.into()))
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for JsonText {}

impl PartialEq<Value> for JsonText {
    fn eq(&self, other: &Value) -> bool {
        self.value().is_ok_and(|value| value == *other)
    }
}

impl fmt::Display for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for JsonText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::of(&value).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_stands_in_a_document_as_the_value_that_it_is() {
        let value = json!({"b": [1, null, "\u{1b}ü"], "a": {"some": 1.5}});
        let text = JsonText::of(&value).unwrap();
        assert_eq!(text.to_string(), value.to_string());
        assert_eq!(text.value().unwrap(), value);
        let document = json!({ "output": text });
        assert_eq!(document, json!({ "output": value }));
        let written = serde_json::to_string(&Some(&text)).unwrap();
        assert_eq!(written, value.to_string());
        assert_eq!(serde_json::from_str::<JsonText>(&written).unwrap(), text);
        assert_eq!(serde_json::from_value::<JsonText>(value).unwrap(), text);
    }

    #[test]
    fn only_json_is_taken() {
        assert!("null".parse::<JsonText>().unwrap().is_null());
        for text in ["", "{", "1 2", "nul", "{\"a\":}"] {
            assert!(text.parse::<JsonText>().is_err(), "{text}");
        }
    }
}
