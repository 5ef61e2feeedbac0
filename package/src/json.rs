//! JSON from outside, read strictly: what two readers could understand differently is refused.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::text;

/// Limits of [`parse_strict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonLimits {
    /// Longest document in bytes. Default 16 MiB.
    pub max_bytes: usize,
    /// Deepest nesting of arrays and objects. Default 64; more than 120 is treated as 120.
    pub max_depth: usize,
    /// Most values in the document, because a small text can need a lot of memory. Default 1,000,000.
    pub max_values: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self {
            max_bytes: 16 << 20,
            max_depth: 64,
            max_values: 1_000_000,
        }
    }
}

/// Why a text was refused as JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The document is longer than [`JsonLimits::max_bytes`].
    #[error(
        "the JSON is {size} bytes long and at most {limit} are taken; send less, or pass large data as a granted file"
    )]
    TooLarge {
        /// Length of the document in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Arrays and objects are nested deeper than [`JsonLimits::max_depth`].
    #[error("the JSON is nested more than {limit} levels deep; flatten it")]
    TooDeep {
        /// The limit in levels.
        limit: usize,
    },
    /// There are more values than [`JsonLimits::max_values`].
    #[error(
        "the JSON holds more than {limit} values; send less, or pass large data as a granted file"
    )]
    TooMany {
        /// The limit in values.
        limit: usize,
    },
    /// An object names the same key twice.
    #[error(
        "the JSON names the key `{key}` twice in one object; readers disagree which one counts, so keep one"
    )]
    DuplicateKey {
        /// The key, made safe to show.
        key: String,
    },
    /// Not JSON: syntax, encoding, a number out of range, or an unpaired surrogate.
    #[error("this is not valid JSON at line {line}, column {column}: {problem}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1; 0 when a whole line is meant.
        column: usize,
        /// What is wrong.
        problem: String,
    },
}

/// Reads one JSON document and nothing after it.
///
/// # Errors
/// Beyond malformed JSON it refuses duplicate keys, unpaired surrogates and anything over `limits`.
pub fn parse_strict(bytes: &[u8], limits: JsonLimits) -> Result<Value, JsonError> {
    if bytes.len() > limits.max_bytes {
        return Err(JsonError::TooLarge {
            size: bytes.len(),
            limit: limits.max_bytes,
        });
    }
    // Stay below serde_json's own limit of 128, so that ours answers.
    let max_depth = limits.max_depth.min(120);
    let refused = Cell::new(None);
    let left = Cell::new(limits.max_values);
    let seed = Strict {
        depth_left: max_depth,
        values_left: &left,
        refused: &refused,
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = seed
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| match refused.take() {
        Some(Refused::Depth) => JsonError::TooDeep { limit: max_depth },
        Some(Refused::Count) => JsonError::TooMany {
            limit: limits.max_values,
        },
        Some(Refused::Key(key)) => JsonError::DuplicateKey { key },
        None => JsonError::Syntax {
            line: error.line(),
            column: error.column(),
            problem: problem(&error),
        },
    })
}

/// The message without the position that serde_json appends.
fn problem(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    text::plain(message.get(..end).unwrap_or(&message), 200)
}

enum Refused {
    Depth,
    Count,
    Key(String),
}

struct Strict<'a> {
    depth_left: usize,
    values_left: &'a Cell<usize>,
    refused: &'a Cell<Option<Refused>>,
}

impl Strict<'_> {
    fn refuse<E: serde::de::Error>(&self, why: Refused) -> E {
        self.refused.set(Some(why));
        E::custom("refused")
    }

    fn inner<E: serde::de::Error>(&self) -> Result<Strict<'_>, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Strict {
                depth_left,
                values_left: self.values_left,
                refused: self.refused,
            }),
            None => Err(self.refuse(Refused::Depth)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.values_left.get().checked_sub(1) {
            Some(left) => self.values_left.set(left),
            None => return Err(self.refuse(Refused::Count)),
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(&inner)? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut out = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if out.contains_key(&key) {
                return Err(self.refuse(Refused::Key(text::plain(&key, 80))));
            }
            let value = entries.next_value_seed(&inner)?;
            out.insert(key, value);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<Value, JsonError> {
        parse_strict(text.as_bytes(), JsonLimits::default())
    }

    #[test]
    fn ordinary_json_is_read_as_serde_json_reads_it() {
        for text in [
            "null",
            " [1, -2, 3.5, 18446744073709551615, \"\\u00e9\\ud83d\\ude00\"] ",
            r#"{"b": {"a": []}, "a": {"a": true}}"#,
        ] {
            let plain: Value = serde_json::from_str(text).unwrap();
            assert_eq!(parse(text).unwrap(), plain);
        }
    }

    #[test]
    fn a_key_that_appears_twice_is_refused() {
        let error = parse(r#"{"to": "a", "x": {"to": 1}, "t\u006f": "b"}"#).unwrap_err();
        assert_eq!(error, JsonError::DuplicateKey { key: "to".into() });
    }

    #[test]
    fn depth_is_counted_and_bounded() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(&nested(64)).is_ok());
        assert_eq!(parse(&nested(65)), Err(JsonError::TooDeep { limit: 64 }));
        assert_eq!(
            parse(&nested(1_000_000)),
            Err(JsonError::TooDeep { limit: 64 })
        );
    }

    #[test]
    fn size_and_count_are_bounded() {
        let limits = JsonLimits {
            max_bytes: 10,
            max_values: 3,
            ..JsonLimits::default()
        };
        assert_eq!(
            parse_strict(b"[1,2,3,4,5]", limits),
            Err(JsonError::TooLarge {
                size: 11,
                limit: 10
            })
        );
        assert_eq!(
            parse_strict(b"[1,2,3]", limits),
            Err(JsonError::TooMany { limit: 3 })
        );
        assert!(parse_strict(b"[1,2]", limits).is_ok());
    }

    #[test]
    fn what_readers_disagree_about_is_refused() {
        for text in [
            r#""\ud800""#,
            r#""\udc00x""#,
            "\"\u{1}\"",
            "1e400",
            "NaN",
            "[1,]",
            "{} {}",
            "",
            "01",
            "{\"a\":1,}",
            "'a'",
            "\u{feff}{}",
        ] {
            assert!(
                matches!(parse(text), Err(JsonError::Syntax { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            parse_strict(b"\"\xff\"", JsonLimits::default()),
            Err(JsonError::Syntax { .. })
        ));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_strict(&bytes, JsonLimits::default());
        }

        #[test]
        fn json_like_text_does_not_make_it_panic(text in r#"[\[\]{}",:0-9eE.\\u\-a-f ]{0,60}"#) {
            if let Ok(value) = parse(&text) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
