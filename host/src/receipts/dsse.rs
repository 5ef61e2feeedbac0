//! Signed envelopes: DSSE version 1 with Ed25519, in a strict profile.
//!
//! DSSE signs the payload with its type and leaves the rest of the envelope open: the spelling of its JSON, the key id,
//! the alphabet of its base64. A receipt must show *any* changed byte, so an envelope is taken here only in the one
//! form that [`Envelope::to_bytes`] writes: compact JSON in fixed order, standard padded base64, the key id of the key
//! that signed, every signature valid under a trusted key, signatures in the order of their key ids. Other DSSE tools
//! read and verify these envelopes; not every envelope of theirs is taken here.
//!
//! A signature that is taken out of an envelope with several, as a whole, can't be missed by anybody.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, VerifyingKey};
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};

use crate::keys::SecretKey32;

pub use ed25519_dalek::SigningKey;

/// Longest envelope in bytes: 64 MiB.
pub const MAX_BYTES: usize = 64 << 20;
/// Most signatures of one envelope.
pub const MAX_SIGNATURES: usize = 8;
/// Longest type of a payload, in bytes.
pub const MAX_TYPE_BYTES: usize = 255;

/// Most characters of outside text in a sentence.
const SHOWN_CHARS: usize = 100;
/// What begins the text form of a public key.
const KEY_PREFIX: &str = "ed25519:";

/// A payload with its type and its signatures, as it is written to a file.
///
/// What is in it counts only after [`verify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Envelope {
    payload_type: String,
    payload: String,
    signatures: Vec<Signature>,
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    keyid: String,
    sig: String,
}

/// What a verified envelope says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The payload: exactly the bytes that were signed.
    pub payload: Vec<u8>,
    /// Id of the key that signed; the first in order if there are several.
    pub keyid: String,
    /// Ids of all keys that signed, each trusted, in order.
    pub keyids: Vec<String>,
}

/// Why an envelope is refused.
#[derive(Debug, thiserror::Error)]
pub enum DsseError {
    /// The envelope is longer than 64 MiB.
    #[error(
        "the envelope is {size} bytes long and at most {MAX_BYTES} are taken; check that this is a receipt"
    )]
    TooLarge {
        /// Length in bytes, of the whole envelope or of what would have been put into one.
        size: usize,
    },
    /// The bytes are not the JSON of an envelope.
    #[error(
        "this is no signed envelope ({problem}): it is one JSON object of `payloadType`, `payload` and `signatures`, and nothing else; get the file again from where it was written"
    )]
    NotAnEnvelope {
        /// What the parser says, made safe to show.
        problem: String,
    },
    /// A field is not written as it has to be.
    #[error("the envelope's {field} {problem}; get the file again from where it was written")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// The bytes say the same as the form that was signed, in another spelling.
    #[error(
        "the envelope was changed since it was written: {difference} at byte {at}; only the exact bytes count, so get the file again from where it was written, and copy it without opening it in an editor"
    )]
    NotCanonical {
        /// Where the two differ first, counted from 0.
        at: usize,
        /// What is there, and what should be.
        difference: String,
    },
    /// The envelope holds something else than was asked for.
    #[error(
        "the envelope holds `{found}`, and `{expected}` was asked for; give the file that belongs here"
    )]
    OtherType {
        /// The type it has, made safe to show.
        found: String,
        /// The type that was asked for.
        expected: String,
    },
    /// A signature names a key that is not trusted.
    #[error(
        "the envelope is signed by the key {keyid}, which is not among the {trusted} trusted here: every signature must be by a trusted key; if you know whose key it is, name its public key as trusted"
    )]
    UntrustedKey {
        /// The id that the signature names, made safe to show.
        keyid: String,
        /// How many keys are trusted.
        trusted: usize,
    },
    /// A signature does not fit.
    #[error(
        "the signature by {keyid} does not fit: the payload, its type or the signature was changed after signing; don't rely on this file, and get it again from where it was written"
    )]
    BadSignature {
        /// Id of the key.
        keyid: String,
    },
    /// An envelope could not be written as JSON.
    #[error(
        "the envelope could not be written ({problem}); report this, it is a fault of this program"
    )]
    Unwritable {
        /// What the writer says.
        problem: String,
    },
}

/// Signs a payload. The same payload, type and key always give the same envelope.
///
/// # Errors
/// [`DsseError::Field`] for a type that is empty or longer than [`MAX_TYPE_BYTES`], [`DsseError::TooLarge`] for a
/// payload that would not be taken again.
pub fn sign(payload_type: &str, payload: &[u8], key: &SigningKey) -> Result<Envelope, DsseError> {
    check_type(payload_type)?;
    // Room for the rest of the envelope.
    let size = (payload.len() / 3)
        .saturating_mul(4)
        .saturating_add(1 << 14);
    if size > MAX_BYTES {
        return Err(DsseError::TooLarge { size });
    }
    let signature = key.sign(&pae(payload_type, payload));
    Ok(Envelope {
        payload_type: payload_type.to_owned(),
        payload: STANDARD.encode(payload),
        signatures: vec![Signature {
            keyid: PublicKey::of(key).keyid(),
            sig: STANDARD.encode(signature.to_bytes()),
        }],
    })
}

/// The key that signs, from its secret seed.
#[must_use]
pub fn signing_key(seed: &SecretKey32) -> SigningKey {
    SigningKey::from_bytes(seed.expose())
}

/// Checks an envelope: its form byte for byte, its type, and every signature.
///
/// # Errors
/// [`DsseError`] for the first thing that is wrong. Nothing of the payload may be used then.
pub fn verify(
    envelope: &[u8],
    trusted: &[PublicKey],
    expected_type: &str,
) -> Result<Verified, DsseError> {
    let envelope = Envelope::parse(envelope)?;
    if envelope.payload_type != expected_type {
        return Err(DsseError::OtherType {
            found: plain(&envelope.payload_type, SHOWN_CHARS),
            expected: expected_type.to_owned(),
        });
    }
    let payload = decode("payload", &envelope.payload)?;
    let signed = pae(&envelope.payload_type, &payload);
    let mut keyids = Vec::with_capacity(envelope.signatures.len());
    for Signature { keyid, sig } in envelope.signatures {
        let Some(key) = trusted.iter().find(|key| key.keyid() == keyid) else {
            return Err(DsseError::UntrustedKey {
                keyid: plain(&keyid, SHOWN_CHARS),
                trusted: trusted.len(),
            });
        };
        if key.0.verify_strict(&signed, &signature(&sig)?).is_err() {
            return Err(DsseError::BadSignature { keyid });
        }
        keyids.push(keyid);
    }
    // There is one: the parser asks for it.
    let keyid = keyids.first().cloned().unwrap_or_default();
    Ok(Verified {
        payload,
        keyid,
        keyids,
    })
}

impl Envelope {
    /// Reads an envelope without checking its signatures: for showing what it claims.
    ///
    /// # Errors
    /// [`DsseError`] for everything that is not byte for byte what [`Envelope::to_bytes`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, DsseError> {
        if bytes.len() > MAX_BYTES {
            return Err(DsseError::TooLarge { size: bytes.len() });
        }
        let envelope: Self =
            serde_json::from_slice(bytes).map_err(|error| DsseError::NotAnEnvelope {
                problem: plain(&error.to_string(), 2 * SHOWN_CHARS),
            })?;
        check_type(&envelope.payload_type)?;
        decode("payload", &envelope.payload)?;
        let field = |problem| DsseError::Field {
            field: "list of signatures",
            problem,
        };
        match envelope.signatures.len() {
            0 => return Err(field("is empty: without a signature it proves nothing")),
            1..=MAX_SIGNATURES => {}
            _ => return Err(field("is longer than 8")),
        }
        for one in &envelope.signatures {
            signature(&one.sig)?;
        }
        if !envelope.signatures.is_sorted_by(|a, b| a.keyid < b.keyid) {
            return Err(field("is not in the order of the key ids, each once"));
        }
        compare(bytes, &envelope.to_bytes()?)?;
        Ok(envelope)
    }

    /// The one form in which an envelope is written and taken: compact JSON, no line break at its end.
    ///
    /// # Errors
    /// [`DsseError::Unwritable`], which does not happen.
    pub fn to_bytes(&self) -> Result<Vec<u8>, DsseError> {
        serde_json::to_vec(self).map_err(|error| DsseError::Unwritable {
            problem: error.to_string(),
        })
    }

    /// Type of the payload, as the envelope claims it.
    #[cfg(test)]
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// The payload, unverified.
    #[cfg(test)]
    pub fn unverified_payload(&self) -> Result<Vec<u8>, DsseError> {
        decode("payload", &self.payload)
    }

    /// Ids of the keys that are said to have signed.
    #[cfg(test)]
    pub fn keyids(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|one| one.keyid.as_str())
    }
}

/// What is signed: type and payload with their lengths in front, so that no part can pass as another.
pub(super) fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    );
    let mut out = head.into_bytes();
    out.extend_from_slice(payload);
    out
}

fn check_type(payload_type: &str) -> Result<(), DsseError> {
    let problem = match payload_type.len() {
        0 => "is empty: it says how the payload is to be read",
        1..=MAX_TYPE_BYTES => return Ok(()),
        _ => "is longer than 255 bytes",
    };
    Err(DsseError::Field {
        field: "payloadType",
        problem,
    })
}

/// The decoder refuses missing padding and bits that are left over.
fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, DsseError> {
    STANDARD.decode(text).map_err(|_| DsseError::Field {
        field,
        problem: "is not standard base64 with padding",
    })
}

fn signature(text: &str) -> Result<ed25519_dalek::Signature, DsseError> {
    let bytes = decode("signature", text)?;
    ed25519_dalek::Signature::from_slice(&bytes).map_err(|_| DsseError::Field {
        field: "signature",
        problem: "is not 64 bytes long",
    })
}

fn compare(found: &[u8], expected: &[u8]) -> Result<(), DsseError> {
    if found == expected {
        return Ok(());
    }
    let at = found
        .iter()
        .zip(expected)
        .take_while(|(found, expected)| found == expected)
        .count();
    let shown = |bytes: &[u8]| match bytes.get(at) {
        Some(byte) => format!("`{}`", byte.escape_ascii()),
        None => "the end".to_owned(),
    };
    let difference = format!("{} instead of {}", shown(found), shown(expected));
    Err(DsseError::NotCanonical { at, difference })
}

/// An Ed25519 public key, written `ed25519:` and the standard base64 of its 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

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
        Self(key.verifying_key())
    }

    /// A key from its 32 bytes.
    ///
    /// # Errors
    /// [`PublicKeyError`] if they are no point of the curve, or one of the few under which anybody can sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, PublicKeyError> {
        VerifyingKey::from_bytes(bytes)
            .ok()
            .filter(|key| !key.is_weak())
            .map(Self)
            .ok_or(PublicKeyError)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Names the key in an envelope: `sha256:` and the digest of its 32 bytes.
    #[must_use]
    pub fn keyid(&self) -> String {
        Digest::of(self.0.as_bytes()).to_string()
    }
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
