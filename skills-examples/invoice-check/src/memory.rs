//! What was checked before, in the skill's own store.
//!
//! A document is recognised by its seller and its number. The seller is each of its identifiers, so that a copy that
//! leaves one out is recognised by another. Keys are
//! hashes, so that the store lists neither sellers nor numbers in plain text; whoever guesses both can still confirm them.

use std::fmt;

use guildhall_invoice::{Document, Kind};
use guildhall_sdk::{Refusal, context, state};
use sha2::{Digest as _, Sha256};

/// SHA-256 of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest(String);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(71);
        text.push_str("sha256:");
        for byte in Sha256::digest(bytes) {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(half), 16));
            }
        }
        Digest(text)
    }

    fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }
}

/// `sha256:` and 64 hexadecimal digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A document that was checked before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Digest of its file.
    pub digest: String,
    /// When it was checked first.
    pub when: String,
    /// Path it was read from then.
    pub path: String,
}

/// Whether a document was seen before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It has no number, or no seller that could be recognised.
    Unknown,
    /// Never.
    First,
    /// This very file.
    Again(Earlier),
    /// Another file with the same seller and number.
    Other(Earlier),
}

/// What the store knows about one document.
pub struct Memory {
    keys: Vec<String>,
}

impl Memory {
    /// Looks at nothing yet.
    pub fn of(document: &Document) -> Self {
        let kind = match document.kind {
            Kind::Invoice => "invoice",
            Kind::CreditNote => "credit-note",
        };
        // Without a number there is nothing to recognise.
        let number = document.number_key();
        let sellers = if number.is_some() {
            document.seller.keys()
        } else {
            Vec::new()
        };
        let number = number.unwrap_or_default();
        let key = |seller: String| {
            let digest = Digest::of(format!("{kind}\n{seller}\n{number}").as_bytes());
            format!("seen/{}", digest.hex())
        };
        Memory {
            keys: sellers.into_iter().map(key).collect(),
        }
    }

    /// Tells whether the document was seen before, and remembers it if not.
    ///
    /// What was seen first stays: a second document with the number does not replace it.
    pub fn see(&self, digest: &Digest, path: &str) -> Result<Seen, Refusal> {
        if self.keys.is_empty() {
            return Ok(Seen::Unknown);
        }
        let mut known = None;
        let mut new = Vec::new();
        for key in &self.keys {
            match state::get_string(key)? {
                Some(value) => known = known.or(Some(value)),
                None => new.push(key),
            }
        }
        let now = context::now().to_string();
        let value = known
            .clone()
            .unwrap_or_else(|| format!("{digest}\n{now}\n{path}"));
        for key in new {
            state::set(key, &value)?;
        }
        let Some(known) = known else {
            return Ok(Seen::First);
        };
        let mut parts = known.splitn(3, '\n').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let earlier = Earlier {
            digest: part(),
            when: part(),
            path: part(),
        };
        Ok(if earlier.digest == digest.0 {
            Seen::Again(earlier)
        } else {
            Seen::Other(earlier)
        })
    }
}
