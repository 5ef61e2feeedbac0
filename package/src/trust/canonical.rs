//! JSON in the one spelling of RFC 8785: what is signed or logged has no second form.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::text::plain;

/// Why bytes are not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Longer than is taken.
    #[error("it is {size} bytes long and at most {limit} are taken")]
    TooLarge {
        /// Length in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Not JSON of this form.
    #[error("it does not have the form that it must have: {problem}")]
    Content {
        /// What the parser says, made safe to show.
        problem: String,
    },
    /// The same in another spelling, or with something added.
    #[error(
        "it is not written as canonical JSON (RFC 8785) with these fields and no others; it was written by another program, or changed"
    )]
    NotCanonical,
}

/// The canonical form.
///
/// # Errors
/// [`CanonicalError::Content`] for what JSON has no form for.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| content(&error))
}

/// Reads what [`to_vec`] wrote, and nothing else: unknown fields, fields named twice and other spellings are refused.
///
/// # Errors
/// [`CanonicalError`] for everything else.
pub fn parse<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
    max_bytes: usize,
) -> Result<T, CanonicalError> {
    if bytes.len() > max_bytes {
        return Err(CanonicalError::TooLarge {
            size: bytes.len(),
            limit: max_bytes,
        });
    }
    let value: T = serde_json::from_slice(bytes).map_err(|error| content(&error))?;
    if to_vec(&value)? == bytes {
        Ok(value)
    } else {
        Err(CanonicalError::NotCanonical)
    }
}

fn content(error: &serde_json::Error) -> CanonicalError {
    CanonicalError::Content {
        problem: plain(&error.to_string(), 200),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Both {
        b: u64,
        a: String,
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        let value = Both {
            b: 1,
            a: "€\u{1}\"/".to_owned(),
        };
        let bytes = to_vec(&value).unwrap();
        // RFC 8785: sorted, no spaces, the shortest escapes.
        assert_eq!(bytes, "{\"a\":\"€\\u0001\\\"/\",\"b\":1}".as_bytes());
        assert_eq!(parse::<Both>(&bytes, 100).unwrap(), value);
        for other in [
            "{\"b\":1,\"a\":\"\"}",
            "{\"a\":\"\", \"b\":1}",
            "{\"a\":\"\",\"b\":1}\n",
            "{\"a\":\"\\u0041\",\"b\":1}",
            "{\"a\":\"\",\"b\":1,\"c\":0}",
        ] {
            assert_eq!(
                parse::<Both>(other.as_bytes(), 100),
                Err(CanonicalError::NotCanonical),
                "{other}"
            );
        }
        for wrong in [
            "{\"a\":\"\",\"a\":\"\",\"b\":1}",
            "{\"a\":\"\",\"b\":1.0}",
            "{\"a\":\"\",\"b\":-1}",
            "{\"a\":\"\"}",
            "",
            "{\"a\":\"\\ud800\",\"b\":1}",
        ] {
            assert!(
                matches!(
                    parse::<Both>(wrong.as_bytes(), 100),
                    Err(CanonicalError::Content { .. })
                ),
                "{wrong}"
            );
        }
        assert_eq!(
            parse::<Both>(&bytes, 5),
            Err(CanonicalError::TooLarge {
                size: bytes.len(),
                limit: 5
            })
        );
    }
}
