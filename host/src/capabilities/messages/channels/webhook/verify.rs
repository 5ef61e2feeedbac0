//! The receiver's side: for tests, and for hosts that take webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac as _;

use super::{ID, SIGNATURE, Secret, TIMESTAMP};

/// Seconds by which the sender's clock may differ.
pub const TOLERANCE_S: i64 = 5 * 60;

/// Signatures that are tried. More than one is sent only while a key is being changed.
const MAX_SIGNATURES: usize = 8;

/// Why a request is not taken for genuine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header field is not there exactly once, or not usable.
    #[error("header `{0}` is missing, there twice or not readable; take nothing from this request")]
    Header(&'static str),
    /// The time is too far away.
    #[error(
        "the request was signed {0} s from now, more than {TOLERANCE_S} s; it may be a repeated old one: check both clocks"
    )]
    Time(i64),
    /// No signature fits.
    #[error(
        "no signature fits the secret and the body; check that both sides have the same secret and that the body was not parsed and written again"
    )]
    Signature,
}

/// Checks a request that arrived at `now_s` (seconds since 1970 UTC) and gives its id. Keep the id: a request with an id
/// that was seen before has been processed, and is answered with success without processing it again.
///
/// # Errors
/// Why it is not genuine.
pub fn verify(
    headers: &[(String, String)],
    body: &[u8],
    secret: &Secret,
    now_s: i64,
) -> Result<String, VerifyError> {
    let id = single(headers, ID)?;
    let timestamp = single(headers, TIMESTAMP)?;
    let signatures = single(headers, SIGNATURE)?;
    let at: i64 = timestamp
        .parse()
        .map_err(|_| VerifyError::Header(TIMESTAMP))?;
    let away = now_s.abs_diff(at);
    if away > TOLERANCE_S.unsigned_abs() {
        return Err(VerifyError::Time(i64::try_from(away).unwrap_or(i64::MAX)));
    }
    let fits = signatures
        .split(' ')
        .take(MAX_SIGNATURES)
        .filter_map(|one| one.strip_prefix("v1,"))
        .filter_map(|encoded| STANDARD.decode(encoded).ok())
        .any(|code| {
            secret
                .mac(id, timestamp, body)
                // In constant time.
                .is_ok_and(|mac| mac.verify_slice(&code).is_ok())
        });
    if fits {
        Ok(id.to_owned())
    } else {
        Err(VerifyError::Signature)
    }
}

fn single<'a>(headers: &'a [(String, String)], name: &'static str) -> Result<&'a str, VerifyError> {
    let mut found = headers
        .iter()
        .filter(|(field, _)| field.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((_, value)), None) if !value.is_empty() => Ok(value),
        _ => Err(VerifyError::Header(name)),
    }
}
