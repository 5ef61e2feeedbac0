//! Cosignatures, by C2SP `tlog-cosignature` version 1: a witness says that at this time this was the largest state of the
//! log it had seen, and that it had grown from every earlier one.

use super::super::keys::{SIGNATURE_BYTES, SigningKey};
use super::note::{Algorithm, Note, NoteError, NoteSignature, VerifierKey, bad_signature};

/// A cosignature that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Who signed.
    pub witness: VerifierKey,
    /// When, in seconds since 1970.
    pub time: u64,
}

/// What a witness signs.
fn message(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// Signs the text of a checkpoint as a witness, at a time in seconds since 1970. What [`super::witness`] demands has to be
/// checked before.
///
/// # Errors
/// [`NoteError`] for a name that a note could not carry, or a time after 2^63-1.
pub fn cosign(
    text: &str,
    name: &str,
    key: &SigningKey,
    time: u64,
) -> Result<NoteSignature, NoteError> {
    if i64::try_from(time).is_err() {
        return Err(NoteError::Malformed {
            problem: "its time is after every year",
        });
    }
    let verifier = VerifierKey::new(name, Algorithm::Cosignature, key.public())?;
    let mut bytes = time.to_be_bytes().to_vec();
    bytes.extend_from_slice(&key.sign(&message(text, time)));
    Ok(NoteSignature::new(&verifier, bytes))
}

/// The newest cosignature by this witness, if there is one. Keys that sign as authors never cosigned.
///
/// # Errors
/// [`NoteError::BadSignature`] if a line names this key and does not fit: nothing of the note may be used then.
pub fn cosigned_by(note: &Note, witness: &VerifierKey) -> Result<Option<Cosignature>, NoteError> {
    if witness.algorithm() != Algorithm::Cosignature {
        return Ok(None);
    }
    let mut newest: Option<Cosignature> = None;
    for line in note.lines_of(witness) {
        let time =
            verified_time(note.text(), witness, line).ok_or_else(|| bad_signature(witness))?;
        if newest.as_ref().is_none_or(|newest| newest.time < time) {
            newest = Some(Cosignature {
                witness: witness.clone(),
                time,
            });
        }
    }
    Ok(newest)
}

/// The cosignatures by these witnesses: at most one of each key, however often a line or a key is repeated.
///
/// # Errors
/// [`NoteError::BadSignature`] if a line names one of these keys and does not fit.
pub fn cosignatures(note: &Note, witnesses: &[VerifierKey]) -> Result<Vec<Cosignature>, NoteError> {
    let mut found: Vec<Cosignature> = Vec::new();
    for witness in witnesses {
        if let Some(one) = cosigned_by(note, witness)?
            && !found
                .iter()
                .any(|other| other.witness.key() == one.witness.key())
        {
            found.push(one);
        }
    }
    Ok(found)
}

fn verified_time(text: &str, witness: &VerifierKey, line: &[u8]) -> Option<u64> {
    let (time, signature) = line.split_first_chunk()?;
    let time = u64::from_be_bytes(*time);
    let signature = <&[u8; SIGNATURE_BYTES]>::try_from(signature).ok()?;
    let fits =
        i64::try_from(time).is_ok() && witness.key().verifies(&message(text, time), signature);
    fits.then_some(time)
}
