//! Requests that may be sent again: a client that does not know whether it was heard sends the same once more, with the same
//! `Idempotency-Key`, and gets the answer of what was done the first time. Kept are hashes and the run, for a day; the answer is
//! made of the journal again.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use guildhall_web::error::{ApiError, refuse};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::store::Db;
use crate::store::requests::{self, Place, RequestRow};

/// The header that a client puts its key into.
pub const HEADER: &str = "idempotency-key";
/// The header of an answer that was given before.
pub const REPLAYED: &str = "idempotent-replayed";
/// Longest key.
const MAX_KEY: usize = 200;
/// How long a key is remembered, in milliseconds.
pub const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;

/// A key, as its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of a request; none if it has none.
    ///
    /// # Errors
    /// A refusal of what is no key.
    pub fn of(headers: &HeaderMap) -> Result<Option<Self>, ApiError> {
        let mut sent = headers.get_all(HEADER).iter();
        let Some(value) = sent.next() else {
            return Ok(None);
        };
        let text = value
            .to_str()
            .ok()
            .filter(|text| (1..=MAX_KEY).contains(&text.len()))
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()));
        match (text, sent.next()) {
            (Some(text), None) => Ok(Some(Self(Sha256::digest(text.as_bytes()).into()))),
            _ => Err(refuse(
                StatusCode::BAD_REQUEST,
                "request.key",
                format!(
                    "the header {HEADER} is one key of 1 to {MAX_KEY} letters, digits and signs"
                ),
                "send a random UUID, a new one for each request that is not a repetition",
            )),
        }
    }

    /// Where it is kept for who asks.
    #[must_use]
    pub const fn place<'a>(&'a self, asker: &'a str) -> Place<'a> {
        Place {
            asker,
            key: &self.0,
        }
    }
}

/// The hash of what is asked: a route and a body.
///
/// # Errors
/// [`ApiError::Fault`], which does not happen.
pub fn hash_of(route: &str, body: &impl Serialize) -> Result<[u8; 32], ApiError> {
    let body = serde_json::to_vec(body).map_err(|error| ApiError::Fault(error.to_string()))?;
    let mut hash = Sha256::new();
    hash.update((route.len() as u64).to_le_bytes());
    hash.update(route.as_bytes());
    hash.update(&body);
    Ok(hash.finalize().into())
}

/// Writes down that this is asked under this key, or finds that it was before. With `asker`, the run is theirs from now on.
///
/// # Errors
/// 409 if something else was asked under the key; the database's error.
pub async fn take(
    app: &App,
    place: Place<'_>,
    request: &[u8; 32],
    run: &str,
    asker: Option<&str>,
) -> Result<Option<RequestRow>, ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if let Some(before) = taken(tx.connection(), place, request, run, now).await? {
        return Ok(Some(before));
    }
    if let Some(asker) = asker {
        requests::asked(tx.connection(), asker, run, now).await?;
    }
    tx.commit().await?;
    Ok(None)
}

/// The same for who writes down more with it: it counts with the transaction.
///
/// # Errors
/// As [`take`].
pub async fn taken(
    db: &mut Db,
    place: Place<'_>,
    request: &[u8; 32],
    run: &str,
    now: i64,
) -> Result<Option<RequestRow>, ApiError> {
    if let Some(before) = requests::get(db, place, now).await? {
        if before.request != request {
            return Err(refuse(
                StatusCode::CONFLICT,
                "request.key-reused",
                "something else was asked under this key before",
                "send a new key with a new request",
            ));
        }
        return Ok(Some(before));
    }
    let until = now.saturating_add(REMEMBERED_MS);
    requests::insert(db, place, request, run, (now, until)).await?;
    Ok(None)
}

/// Says of an answer that it was given before.
pub fn replayed(response: &mut Response) {
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_key_is_one_word_that_can_be_seen() {
        assert_eq!(Key::of(&headers(&[])).unwrap(), None);
        let key = Key::of(&headers(&["a-1"])).unwrap().unwrap();
        assert_eq!(Key::of(&headers(&["a-1"])).unwrap(), Some(key.clone()));
        assert_ne!(Key::of(&headers(&["a-2"])).unwrap(), Some(key));
        for bad in [&["a b"][..], &[""], &["a", "a"], &[&"x".repeat(201)]] {
            assert!(Key::of(&headers(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn another_route_or_another_body_is_another_request() {
        let one = hash_of("/a", &"b").unwrap();
        assert_eq!(hash_of("/a", &"b").unwrap(), one);
        assert_ne!(hash_of("/a", &"c").unwrap(), one);
        assert_ne!(hash_of("/b", &"b").unwrap(), one);
    }

    proptest! {
        #[test]
        fn no_header_panics(value in "\\PC{0,300}") {
            if let Ok(value) = HeaderValue::from_str(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(HEADER, value);
                let _ = Key::of(&headers);
            }
        }
    }
}
