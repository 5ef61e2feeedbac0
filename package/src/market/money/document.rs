//! Documents about money: canonical JSON in an envelope of [`crate::trust::dsse`], each kind with its own type.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::text::plain;
use crate::trust::canonical::{self, CanonicalError};
use crate::trust::dsse::{self, DsseError};
use crate::trust::keys::{PublicKey, SigningKey};
use crate::trust::log::entry::MAX_TIME_MS;

/// Longest document, as an envelope, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 10;
/// Longest origin of a marketplace, in bytes.
pub const MAX_ORIGIN_BYTES: usize = 255;

/// A kind of document.
pub trait Document: Serialize + DeserializeOwned {
    /// Type of the envelope's payload.
    const TYPE: &'static str;
    /// What it is, with its article: `an order`.
    const WHAT: &'static str;

    /// Origin of the marketplace that it is for, or from.
    fn origin(&self) -> &str;

    /// Checks values that the form alone allows.
    ///
    /// # Errors
    /// [`DocumentError::Value`] for the first that can't be.
    fn check(&self) -> Result<(), DocumentError>;
}

/// A document that a merchant's host signs: it names the key that has to have signed it.
pub trait OwnDocument: Document {
    /// The merchant.
    fn merchant(&self) -> &PublicKey;

    /// When it was signed, by the merchant's clock.
    fn at(&self) -> i64;
}

/// Why a document is refused.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Longer than is taken.
    #[error("the signed document is {size} bytes long and at most {MAX_DOCUMENT_BYTES} are taken")]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// The envelope or its signature.
    #[error(transparent)]
    Envelope(#[from] DsseError),
    /// The payload is signed and is no document of this kind.
    #[error("the signed content is not {what}: {problem}")]
    Form {
        /// What was expected.
        what: &'static str,
        /// Why it is not.
        problem: CanonicalError,
    },
    /// A value that can't be.
    #[error("the `{field}` of {what} {problem}")]
    Value {
        /// Of what.
        what: &'static str,
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// It is of another marketplace.
    #[error(
        "this is {what} of the marketplace `{found}` and not of `{expected}`; present it where it belongs"
    )]
    OtherMarketplace {
        /// What it is.
        what: &'static str,
        /// Whose it is.
        found: String,
        /// Whose was asked for.
        expected: String,
    },
}

/// Signs a document. The same document and key always give the same bytes.
///
/// # Errors
/// [`DocumentError`] for what would not be read again.
pub fn sign<D: Document>(document: &D, key: &SigningKey) -> Result<Vec<u8>, DocumentError> {
    document.check()?;
    let payload = canonical::to_vec(document).map_err(form::<D>)?;
    let envelope = dsse::sign(D::TYPE, &payload, key)?.to_bytes()?;
    check_size(&envelope)?;
    Ok(envelope)
}

/// Reads a document of this marketplace that this key signed.
///
/// # Errors
/// [`DocumentError`] for the first thing that is wrong. Nothing of it may be used then.
pub fn verify<D: Document>(
    envelope: &[u8],
    key: &PublicKey,
    origin: &str,
) -> Result<D, DocumentError> {
    verify_any(envelope, std::slice::from_ref(key), origin)
}

/// As [`verify`], for a document that any of these keys signed.
///
/// # Errors
/// As [`verify`].
pub fn verify_any<D: Document>(
    envelope: &[u8],
    keys: &[PublicKey],
    origin: &str,
) -> Result<D, DocumentError> {
    check_size(envelope)?;
    let verified = dsse::verify(envelope, keys, D::TYPE)?;
    of_marketplace(read::<D>(&verified.payload)?, origin)
}

/// Reads a document that is signed by the merchant whom it names: whoever he is, it is his.
///
/// # Errors
/// As [`verify`].
pub fn verify_own<D: OwnDocument>(envelope: &[u8], origin: &str) -> Result<D, DocumentError> {
    check_size(envelope)?;
    let parsed = dsse::Envelope::parse(envelope)?;
    parsed.expect_type(D::TYPE)?;
    let claimed: D = read(&parsed.unverified_payload()?)?;
    verify(envelope, claimed.merchant(), origin)
}

fn read<D: Document>(payload: &[u8]) -> Result<D, DocumentError> {
    let document: D = canonical::parse(payload, MAX_DOCUMENT_BYTES).map_err(form::<D>)?;
    document.check()?;
    Ok(document)
}

fn of_marketplace<D: Document>(document: D, origin: &str) -> Result<D, DocumentError> {
    if document.origin() == origin {
        return Ok(document);
    }
    Err(DocumentError::OtherMarketplace {
        what: D::WHAT,
        found: plain(document.origin(), 100),
        expected: origin.to_owned(),
    })
}

const fn form<D: Document>(problem: CanonicalError) -> DocumentError {
    DocumentError::Form {
        what: D::WHAT,
        problem,
    }
}

const fn check_size(envelope: &[u8]) -> Result<(), DocumentError> {
    if envelope.len() > MAX_DOCUMENT_BYTES {
        return Err(DocumentError::TooLarge {
            size: envelope.len(),
        });
    }
    Ok(())
}

pub(super) const fn value<D: Document>(
    field: &'static str,
    problem: &'static str,
) -> DocumentError {
    DocumentError::Value {
        what: D::WHAT,
        field,
        problem,
    }
}

pub(super) fn check_time<D: Document>(field: &'static str, at: i64) -> Result<(), DocumentError> {
    if (0..=MAX_TIME_MS).contains(&at) {
        Ok(())
    } else {
        Err(value::<D>(field, "must be milliseconds from 1970 to 9999"))
    }
}

pub(super) fn check_origin<D: Document>(origin: &str) -> Result<(), DocumentError> {
    let graphic = origin.bytes().all(|byte| byte.is_ascii_graphic());
    if graphic && (1..=MAX_ORIGIN_BYTES).contains(&origin.len()) {
        Ok(())
    } else {
        Err(value::<D>(
            "origin",
            "must be 1 to 255 characters of plain ASCII",
        ))
    }
}
