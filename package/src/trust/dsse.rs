//! Signed envelopes: DSSE version 1 with Ed25519, in a strict profile.
//!
//! DSSE signs the payload with its type and leaves the rest of the envelope open: the spelling of its JSON, the key id,
//! the alphabet of its base64. A receipt must show *any* changed byte, and a statement is named by the digest of its
//! envelope, so an envelope is taken here only in the one
//! form that [`Envelope::to_bytes`] writes: compact JSON in fixed order, standard padded base64, the key id of the key
//! that signed, every signature valid under a trusted key, signatures in the order of their key ids. Other DSSE tools
//! read and verify these envelopes; not every envelope of theirs is taken here.
//!
//! A signature that is taken out of an envelope with several, as a whole, can't be missed by anybody.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::keys::{PublicKey, SIGNATURE_BYTES, SigningKey};
use crate::text::plain;

/// Longest envelope in bytes: 64 MiB.
pub const MAX_BYTES: usize = 64 << 20;
/// Most signatures of one envelope.
pub const MAX_SIGNATURES: usize = 8;
/// Longest type of a payload, in bytes.
pub const MAX_TYPE_BYTES: usize = 255;

/// Most characters of outside text in a sentence.
const SHOWN_CHARS: usize = 100;

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
    /// The keys that signed, each known, in the order of their ids, each once.
    pub keys: Vec<PublicKey>,
}

/// Why an envelope is refused.
#[derive(Debug, thiserror::Error)]
pub enum DsseError {
    /// The envelope is longer than 64 MiB.
    #[error(
        "the envelope is {size} bytes long and at most {MAX_BYTES} are taken; check that this is the file that was meant"
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
    sign_all(payload_type, payload, &[key])
}

/// Signs a payload with several keys; a key that is named twice signs once.
///
/// # Errors
/// As [`sign`], and [`DsseError::Field`] for no key or more than [`MAX_SIGNATURES`].
pub fn sign_all(
    payload_type: &str,
    payload: &[u8],
    keys: &[&SigningKey],
) -> Result<Envelope, DsseError> {
    check_type(payload_type)?;
    // Room for the rest of the envelope.
    let size = (payload.len() / 3)
        .saturating_mul(4)
        .saturating_add(1 << 14);
    if size > MAX_BYTES {
        return Err(DsseError::TooLarge { size });
    }
    let signed = pae(payload_type, payload);
    let mut signatures: Vec<Signature> = keys
        .iter()
        .map(|key| Signature {
            keyid: key.public().keyid(),
            sig: STANDARD.encode(key.sign(&signed)),
        })
        .collect();
    signatures.sort_by(|a, b| a.keyid.cmp(&b.keyid));
    signatures.dedup();
    check_count(signatures.len())?;
    Ok(Envelope {
        payload_type: payload_type.to_owned(),
        payload: STANDARD.encode(payload),
        signatures,
    })
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
    let (verified, unknown) = envelope.check(trusted, expected_type)?;
    match unknown {
        None => Ok(verified),
        Some(keyid) => Err(DsseError::UntrustedKey {
            keyid: plain(&keyid, SHOWN_CHARS),
            trusted: trusted.len(),
        }),
    }
}

/// As [`verify`], but signatures by keys that are not among `known` are left out of account: what several parties sign, each
/// of whose readers knows only some. The result may name no key at all; the caller counts.
///
/// # Errors
/// [`DsseError`] for the first thing that is wrong, also for a signature by a known key that does not fit.
pub fn verify_known(
    envelope: &[u8],
    known: &[PublicKey],
    expected_type: &str,
) -> Result<Verified, DsseError> {
    let envelope = Envelope::parse(envelope)?;
    Ok(envelope.check(known, expected_type)?.0)
}

impl Envelope {
    /// Checks type and signatures; gives the first key id that is not known, if there is one.
    fn check(
        self,
        known: &[PublicKey],
        expected_type: &str,
    ) -> Result<(Verified, Option<String>), DsseError> {
        self.expect_type(expected_type)?;
        let payload = decode("payload", &self.payload)?;
        let signed = pae(&self.payload_type, &payload);
        let mut keys = Vec::with_capacity(self.signatures.len());
        let mut unknown = None;
        for Signature { keyid, sig } in self.signatures {
            let Some(key) = known.iter().find(|key| key.keyid() == keyid) else {
                unknown = unknown.or(Some(keyid));
                continue;
            };
            if !key.verifies(&signed, &signature(&sig)?) {
                return Err(DsseError::BadSignature { keyid });
            }
            keys.push(*key);
        }
        Ok((Verified { payload, keys }, unknown))
    }

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
        check_count(envelope.signatures.len())?;
        for one in &envelope.signatures {
            signature(&one.sig)?;
        }
        if !envelope.signatures.is_sorted_by(|a, b| a.keyid < b.keyid) {
            return Err(signature_list(
                "is not in the order of the key ids, each once",
            ));
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
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Checks the type that the envelope claims.
    ///
    /// # Errors
    /// [`DsseError::OtherType`] if it is another.
    pub fn expect_type(&self, expected: &str) -> Result<(), DsseError> {
        if self.payload_type == expected {
            return Ok(());
        }
        Err(DsseError::OtherType {
            found: plain(&self.payload_type, SHOWN_CHARS),
            expected: expected.to_owned(),
        })
    }

    /// The payload, unverified: for showing what it claims, and for finding out which keys have to be asked for.
    ///
    /// # Errors
    /// [`DsseError::Field`], which does not happen for an envelope that was parsed.
    pub fn unverified_payload(&self) -> Result<Vec<u8>, DsseError> {
        decode("payload", &self.payload)
    }

    /// Ids of the keys that are said to have signed.
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

fn check_count(signatures: usize) -> Result<(), DsseError> {
    match signatures {
        0 => Err(signature_list(
            "is empty: without a signature it proves nothing",
        )),
        1..=MAX_SIGNATURES => Ok(()),
        _ => Err(signature_list("is longer than 8")),
    }
}

const fn signature_list(problem: &'static str) -> DsseError {
    DsseError::Field {
        field: "list of signatures",
        problem,
    }
}

fn signature(text: &str) -> Result<[u8; SIGNATURE_BYTES], DsseError> {
    let bytes = decode("signature", text)?;
    bytes.try_into().map_err(|_| DsseError::Field {
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
