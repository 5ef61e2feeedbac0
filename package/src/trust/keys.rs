//! Ed25519 keys, in a strict profile: one spelling of each key, one signature of each message.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, VerifyingKey};

use crate::authority::serde_as_text;
use crate::digest::Digest;

/// What begins the text form of a public key.
const KEY_PREFIX: &str = "ed25519:";

/// Length of a signature in bytes.
pub const SIGNATURE_BYTES: usize = 64;

/// A key that signs. Wiped when dropped; its `Debug` form shows its public half only.
#[derive(Clone)]
// In a box, so that moving the key leaves no copy behind.
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// The key of a secret seed of 32 random bytes. Wiping the seed is left to the caller.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(seed)))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes as they are. What is signed must say by itself what it is: every format of this crate begins with
    /// words of its own.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public())
    }
}

/// An Ed25519 public key, written `ed25519:` and the standard base64 of its 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
// The bytes alone, which were checked: the point behind them is six times as large.
pub struct PublicKey([u8; 32]);

/// Why a text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is no public key: one is written `ed25519:` followed by 44 characters of base64, and must be a point that signatures can be checked with; copy it whole from its owner"
)]
pub struct PublicKeyError;

impl PublicKey {
    /// The public half of a key that signs.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        key.public()
    }

    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// [`PublicKeyError`] if they are no point of the curve, one of the few under which anybody can sign, or a second
    /// spelling of a point.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        if !is_reduced(bytes) {
            return Err(PublicKeyError);
        }
        VerifyingKey::from_bytes(bytes)
            .ok()
            .filter(|key| !key.is_weak())
            .map(|key| Self(key.to_bytes()))
            .ok_or(PublicKeyError)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Names the key in an envelope: `sha256:` and the digest of its 32 bytes.
    #[must_use]
    pub fn keyid(&self) -> String {
        Digest::of(&self.0).to_string()
    }

    /// Whether this is the signature of `message` under this key. A signature that was changed into another one that
    /// lenient verifiers take (`s + L`, points of small order) is not.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
    }
}

/// Whether the coordinate is below the field's prime 2^255 - 19, so that a point has one spelling. A second one would let
/// one key count as two.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = bytes;
    high & 0x7f != 0x7f || *low < 0xed || middle.iter().any(|byte| *byte != 0xff)
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KEY_PREFIX}{}", STANDARD.encode(self.as_bytes()))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let encoded = text.strip_prefix(KEY_PREFIX).ok_or(PublicKeyError)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| PublicKeyError)?;
        Self::from_bytes(bytes.as_slice().try_into().map_err(|_| PublicKeyError)?)
    }
}

serde_as_text!(PublicKey);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed(&[7; 32])
    }

    #[test]
    fn public_keys_are_written_in_one_way() {
        let mut seed = [0; 32];
        hex::decode_to_slice(
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            &mut seed,
        )
        .unwrap();
        let key = SigningKey::from_seed(&seed).public();
        let text = key.to_string();
        assert_eq!(text, "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
        assert_eq!(text.parse(), Ok(key));
        assert_eq!(PublicKey::from_bytes(key.as_bytes()), Ok(key));
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<PublicKey>(&json).unwrap(), key);
        for wrong in [
            "",
            "ed25519:",
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text} "),
            &format!("{text}="),
            &text.replace('/', "_"),
            &text.replace("ed25519:", "Ed25519:"),
            &text.replace("ed25519:", ""),
            &text.replace("Ro=", "Rp="),
            "ed25519:AAAA",
        ] {
            assert_eq!(wrong.parse::<PublicKey>(), Err(PublicKeyError), "{wrong}");
        }
    }

    #[test]
    fn keys_under_which_anybody_can_sign_are_refused() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let mut no_point = [0; 32];
        no_point[0] = 2;
        for bytes in [[0; 32], neutral, no_point] {
            assert_eq!(
                PublicKey::from_bytes(&bytes),
                Err(PublicKeyError),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_second_spelling_of_a_point_is_refused() {
        // 2^255 - 19 + 3 is 3 again; y = 3 is on the curve and of large order.
        let mut three = [0; 32];
        three[0] = 3;
        let mut again = [0xff; 32];
        again[0] = 0xed + 3;
        again[31] = 0x7f;
        assert!(PublicKey::from_bytes(&three).is_ok());
        assert!(VerifyingKey::from_bytes(&again).is_ok());
        assert_eq!(PublicKey::from_bytes(&again), Err(PublicKeyError));
    }

    #[test]
    fn a_signature_fits_one_message_and_one_key() {
        let signature = key().sign(b"a");
        assert!(key().public().verifies(b"a", &signature));
        assert!(!key().public().verifies(b"b", &signature));
        let other = SigningKey::from_seed(&[8; 32]).public();
        assert!(!other.verifies(b"a", &signature));
    }

    #[test]
    fn a_signature_that_was_made_into_another_is_refused() {
        // The order of the group, little endian: s + L is the same number to a lenient verifier.
        let mut order = [0_u8; 32];
        hex::decode_to_slice(
            "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
            &mut order,
        )
        .unwrap();
        let mut signature = key().sign(b"a");
        let mut carry = 0_u16;
        for (byte, add) in signature[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        assert_eq!(carry, 0, "the sum fits");
        assert!(!key().public().verifies(b"a", &signature));
    }

    #[test]
    fn a_signature_whose_point_says_nothing_is_refused() {
        // Made by the key's owner with the neutral point, from the rules of RFC 8032: lenient verifiers take it, others do not.
        let mut signature = [0; SIGNATURE_BYTES];
        hex::decode_to_slice(
            concat!(
                "0100000000000000000000000000000000000000000000000000000000000000",
                "f3dc3bf9321fb30334ca1b1256813c617178c962ba0966ff2165262ecacb9009",
            ),
            &mut signature,
        )
        .unwrap();
        let lenient = VerifyingKey::from_bytes(key().public().as_bytes()).unwrap();
        let parsed = ed25519_dalek::Signature::from_bytes(&signature);
        assert!(ed25519_dalek::Verifier::verify(&lenient, b"a", &parsed).is_ok());
        assert!(!key().public().verifies(b"a", &signature));
    }

    #[test]
    fn the_debug_form_of_a_key_shows_nothing_secret() {
        let shown = format!("{:?}", key());
        assert_eq!(shown, format!("SigningKey(of {})", key().public()));
    }
}
