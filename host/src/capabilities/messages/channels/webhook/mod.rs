//! Messages as signed webhooks after the Standard Webhooks specification, version 1.0.0.
//!
//! The id stays the same in every attempt, the timestamp is that of the attempt, and the body is the same byte for
//! byte: a receiver that keeps ids processes a message once, however often it comes.

mod outcome;
mod verify;

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Outgoing;
use super::outgoing::is_message_id;

pub use outcome::{Answer, interpret};
#[cfg(test)]
pub use verify::TOLERANCE_S;
pub use verify::{VerifyError, verify};

/// Header fields of the specification.
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";

/// Bytes of a key: 192 to 512 bits.
const KEY_MIN: usize = 24;
const KEY_MAX: usize = 64;

const PREFIX: &str = "whsec_";

/// Some tools write base64 without its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Key that signs the messages of one webhook. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Begins with `whsec_`, but what follows is not base64.
    #[error(
        "the webhook's secret begins with `whsec_`, but what follows is not base64; copy it again in full"
    )]
    NotBase64,
    /// Too short or too long.
    #[error(
        "the webhook's secret has {0} bytes; use {KEY_MIN} to {KEY_MAX} random bytes as `whsec_` and base64, or {KEY_MIN} characters and more"
    )]
    Length(usize),
    /// One of the specification's other kinds of key.
    #[error(
        "the webhook's secret is an asymmetric key (`whsk_` or `whpk_`); this host signs with HMAC-SHA256: use a `whsec_` secret"
    )]
    Asymmetric,
}

impl Secret {
    /// Reads a secret: `whsec_` and base64 of 24 to 64 bytes, or at least 24 bytes of any other text, taken as they are.
    ///
    /// # Errors
    /// What is wrong with it; the secret is not quoted.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        if text.starts_with("whsk_") || text.starts_with("whpk_") {
            return Err(SecretError::Asymmetric);
        }
        let (key, most) = match text.strip_prefix(PREFIX) {
            // A mistyped secret must not silently become another key.
            Some(encoded) => (
                LENIENT
                    .decode(encoded)
                    .map_err(|_| SecretError::NotBase64)?,
                KEY_MAX,
            ),
            None => (text.as_bytes().to_vec(), usize::MAX),
        };
        if key.len() < KEY_MIN || key.len() > most {
            return Err(SecretError::Length(key.len()));
        }
        Ok(Self(key))
    }

    /// The header fields that sign `body` under `id` at `now_s`, in seconds since 1970 UTC: for an embedder's own webhooks.
    /// An attempt that is repeated has the same id and another time.
    ///
    /// # Errors
    /// If the id is not 1 to 100 letters, digits, `_` and `-`.
    pub fn headers(
        &self,
        id: &str,
        now_s: i64,
        body: &[u8],
    ) -> Result<[(&'static str, String); 3], RequestError> {
        if !is_message_id(id) {
            return Err(RequestError::Id);
        }
        let timestamp = now_s.to_string();
        let signature = self.sign(id, &timestamp, body)?;
        Ok([
            (ID, id.to_owned()),
            (TIMESTAMP, timestamp),
            (SIGNATURE, signature),
        ])
    }

    /// The keyed hash over `id.timestamp.body`.
    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Result<Hmac<Sha256>, RequestError> {
        // HMAC takes keys of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| RequestError::Key)?;
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        Ok(mac)
    }

    /// The signature as it stands in the header: `v1,` and base64.
    fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> Result<String, RequestError> {
        let code = self.mac(id, timestamp, body)?.finalize().into_bytes();
        Ok(format!("v1,{}", STANDARD.encode(code)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// One attempt, as the egress service sends it by POST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to.
    pub url: String,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// JSON; the same bytes in every attempt.
    pub body: Vec<u8>,
}

/// Why a message makes no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The id is not usable.
    #[error(
        "the message's id is not 1 to 100 letters, digits, `_` and `-`; this is a fault of the host: report it"
    )]
    Id,
    /// The body cannot be written as JSON.
    #[error("the message cannot be written as JSON ({0}); this is a fault of the host: report it")]
    Json(String),
    /// The key is refused by the hash.
    #[error("the webhook's secret cannot be used as a key; set a new one")]
    Key,
}

/// What the receiver reads.
#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    channel: &'a str,
    recipient: &'a str,
    subject: Option<&'a str>,
    body: &'a str,
    attachments: Vec<Attached<'a>>,
}

#[derive(Serialize)]
struct Attached<'a> {
    name: &'a str,
    media_type: &'a str,
    /// Hexadecimal digest of the content.
    sha256: String,
    base64: String,
}

/// Writes `outgoing` as a request to `url`, signed with `secret` at `now_s`, in seconds since 1970 UTC.
///
/// # Errors
/// If the message's id is not one of [`super::message_id`].
pub fn request(
    outgoing: &Outgoing,
    url: &str,
    secret: &Secret,
    now_s: i64,
) -> Result<Request, RequestError> {
    if !is_message_id(&outgoing.id) {
        return Err(RequestError::Id);
    }
    let attachments = outgoing.attachments.iter().map(|file| Attached {
        name: &file.name,
        media_type: &file.media_type,
        sha256: hex::encode(Sha256::digest(&file.bytes)),
        base64: STANDARD.encode(&file.bytes),
    });
    let body = serde_json::to_vec(&Body {
        id: &outgoing.id,
        channel: outgoing.channel.as_str(),
        recipient: &outgoing.recipient,
        subject: outgoing.subject.as_deref(),
        body: &outgoing.body,
        attachments: attachments.collect(),
    })
    .map_err(|error| RequestError::Json(error.to_string()))?;
    let headers = [("content-type", "application/json".to_owned())]
        .into_iter()
        .chain(secret.headers(&outgoing.id, now_s, &body)?);
    Ok(Request {
        url: url.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        body,
    })
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
