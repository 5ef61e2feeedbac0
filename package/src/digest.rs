//! The identity of a skill: SHA-256 of its bytes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

/// SHA-256 of some bytes, written `sha256:` and 64 lower-case hexadecimal digits.
///
/// Everything in Guildhall is keyed by digest; names and paths are only labels.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a digest; write `sha256:` followed by 64 hexadecimal digits in lower case, as `guildhall inspect` prints it"
)]
pub struct DigestError;

const PREFIX: &str = "sha256:";

impl Digest {
    /// Digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// A digest that was computed elsewhere, for example while streaming.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits without the prefix, for file names and database keys.
    #[must_use]
    pub fn hex(&self) -> String {
        HexDigits::of(&self.0).as_str().to_owned()
    }

    /// The first 12 hexadecimal digits, for people. Never compare by it.
    #[must_use]
    pub fn short(&self) -> String {
        hex::encode(self.0.first_chunk::<6>().unwrap_or(&[0; 6]))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        f.write_str(HexDigits::of(&self.0).as_str())
    }
}

/// 32 bytes as 64 lower-case hexadecimal digits, in no memory of their own: a run's record has a dozen of them.
#[derive(Debug, Clone, Copy)]
pub struct HexDigits([u8; 64]);

impl HexDigits {
    /// The digits of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8; 32]) -> Self {
        let mut digits = [0; 64];
        // Two digits a byte: there is room.
        let _ = hex::encode_to_slice(bytes, &mut digits);
        Self(digits)
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Digits are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(PREFIX).ok_or(DigestError)?;
        // One spelling only, so that equal digests are equal texts.
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(DigestError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| DigestError)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    // FIPS 180-2, appendix B.1: SHA-256 of "abc".
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_digest_of_abc_is_the_published_one() {
        let digest = Digest::of(b"abc");
        assert_eq!(digest.to_string(), ABC);
        assert_eq!(digest.short(), "ba7816bf8f01");
        assert_eq!(ABC.parse::<Digest>().unwrap(), digest);
        assert_eq!(
            serde_json::to_string(&digest).unwrap(),
            format!("\"{ABC}\"")
        );
    }

    #[test]
    fn a_digest_has_exactly_one_spelling() {
        for wrong in [
            &ABC.to_uppercase(),
            &ABC.replace('f', "F"),
            ABC.strip_prefix("sha256:").unwrap(),
            &ABC[..70],
            &format!("{ABC}00"),
            &format!(" {ABC}"),
            "sha256:",
            "",
        ] {
            assert_eq!(wrong.parse::<Digest>(), Err(DigestError), "{wrong}");
        }
    }
}
