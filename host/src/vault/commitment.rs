//! Commitments: a keyed digest of something that is not kept. Who has the key and the bytes can check it; nobody else
//! can find the bytes by trying, as they could with a plain digest of a short invoice number.

use std::fmt;
use std::str::FromStr;

use guildhall_package::HexDigits;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize, Serializer};
use sha2::Sha256;

use super::{VaultError, framed};

const PREFIX: &str = "hmac-sha256:";

/// HMAC-SHA256 over a label and some bytes, written `hmac-sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Commitment([u8; 32]);

/// Why a text is no commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a commitment: they are written `hmac-sha256:` followed by 64 hexadecimal digits in lower case; copy it whole from the receipt"
)]
pub struct CommitmentError;

/// Commits to bytes of one run, for one purpose.
#[derive(Clone)]
pub struct Commitments(Hmac<Sha256>);

impl Commitments {
    pub(super) fn new(key: &[u8; 32]) -> Result<Self, VaultError> {
        Hmac::new_from_slice(key)
            .map(Self)
            .map_err(|_| VaultError::Derivation)
    }

    /// Commits to `bytes` under `label`, which says what they are: `input`, `output`, `call/7/response`.
    #[must_use]
    pub fn commit(&self, label: &str, bytes: &[u8]) -> Commitment {
        Commitment(self.mac(label, bytes).finalize().into_bytes().into())
    }

    /// Whether the commitment was made to these bytes under this label. Takes the same time wherever they differ.
    #[must_use]
    pub fn verify(&self, commitment: &Commitment, label: &str, bytes: &[u8]) -> bool {
        self.mac(label, bytes).verify_slice(&commitment.0).is_ok()
    }

    fn mac(&self, label: &str, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&framed(label.as_bytes()));
        mac.update(bytes);
        mac
    }
}

impl Commitment {
    /// As it was written by [`Commitment::as_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Commitments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Commitments(..)")
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        f.write_str(HexDigits::of(&self.0).as_str())
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Commitment {
    type Err = CommitmentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(PREFIX).ok_or(CommitmentError)?;
        if digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(CommitmentError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| CommitmentError)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Commitment {
    type Error = CommitmentError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
