//! The JSON API under `/api/v1`. Handlers read a request, ask the part that knows the rules, and write an answer.

pub mod accounting;
pub mod accounts;
pub mod admin;
pub mod doc;
pub mod events;
pub mod evidence;
pub mod extract;
pub mod money;
pub mod operating;
pub mod publishers;
pub mod publishes;
pub mod releases;
pub mod review;
pub mod skills;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_package::market::Page;
use guildhall_package::market::limits::MAX_REASON;
use guildhall_package::text::plain;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, invalid};

/// An answer in JSON.
///
/// # Errors
/// [`ApiError::Fault`], which does not happen.
pub(crate) fn json<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value).map_err(|error| ApiError::Fault(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((status, headers, body).into_response())
}

/// An answer in JSON that a client may keep and ask about again: with an ETag, or 304 if the client has it.
///
/// # Errors
/// [`ApiError::Fault`], which does not happen.
pub(crate) fn tagged<T: Serialize>(
    request: &HeaderMap,
    public: bool,
    value: &T,
) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value).map_err(|error| ApiError::Fault(error.to_string()))?;
    let hash: [u8; 32] = Sha256::digest(&body).into();
    let short = hash.first_chunk::<16>().copied().unwrap_or_default();
    let tag = format!("\"{}\"", hex::encode(short));
    Ok(with_tag(request, public, &tag, "application/json", body))
}

/// The same for bytes of any kind.
pub(crate) fn with_tag(
    request: &HeaderMap,
    public: bool,
    tag: &str,
    kind: &'static str,
    body: impl Into<axum::body::Body>,
) -> Response {
    let mut response = if has(request, tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(body.into());
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    };
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(header::ETAG, tag);
    }
    // What changes is asked about again each time: a revocation must not wait for a cache.
    let cache = if public {
        "no-cache"
    } else {
        "private, no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

/// Whether the client says that it has this.
pub(crate) fn has(request: &HeaderMap, tag: &str) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

/// A page of what was read with one item more than fits, so that it is known whether more comes.
pub(crate) fn page<T, I>(
    mut items: Vec<T>,
    limit: usize,
    cursor: impl Fn(&T) -> String,
    tell: impl FnMut(&T) -> I,
) -> Page<I> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page {
        items: items.iter().map(tell).collect(),
        next,
    }
}

/// A reason that a person gave, as the log takes it.
///
/// # Errors
/// A refusal if it is none.
pub(crate) fn reason(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() || plain(text, MAX_REASON) != text {
        return Err(invalid(
            "reason",
            format!("write one line of 1 to {MAX_REASON} characters, without control characters"),
        ));
    }
    Ok(text.to_owned())
}
