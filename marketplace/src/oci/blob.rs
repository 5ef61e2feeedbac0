//! Blobs: whole or in part, from memory if they are not too long.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use guildhall_package::Digest;

use super::error::{OciError, refused};
use super::range::{Served, served};
use super::{CONTENT_DIGEST, digest};
use crate::api::has;
use crate::app::App;
use crate::blobs::LARGEST_CACHED;
use crate::catalogue::PartKind;

pub(super) async fn blob(
    State(app): State<App>,
    Path((publisher, skill, text)): Path<(String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let digest = match digest(&text, OciError::BlobUnknown) {
        Ok(digest) => digest,
        Err(error) => return refused(error),
    };
    let found = {
        let catalogue = app.shelf.catalogue();
        match catalogue.skill(&publisher, &skill) {
            None => Err(OciError::NameUnknown),
            Some(skill) => skill
                .part(&digest)
                // Manifests are blobs of their repository, too.
                .map(|part| (part.kind, part.size))
                .ok_or(OciError::BlobUnknown),
        }
    };
    let served = match found {
        Err(error) => return refused(error),
        Ok((PartKind::Blob, size)) if size > LARGEST_CACHED => {
            large(&app, &headers, &digest, size).await
        }
        Ok(_) => small(&app, &headers, &digest).await,
    };
    if served.status() == StatusCode::OK && method == Method::GET {
        count(&app, &publisher, &skill, &digest);
    }
    served
}

/// The same for a blob that lies in memory: nothing has to be waited for. None if another way answers.
pub fn in_memory(
    app: &App,
    (publisher, skill): (&str, &str),
    digest: &Digest,
    request: &HeaderMap,
) -> Option<Response> {
    {
        let catalogue = app.shelf.catalogue();
        let part = catalogue.skill(publisher, skill)?.part(digest)?;
        if part.kind == PartKind::Blob && part.size > LARGEST_CACHED {
            return None;
        }
    }
    let response = answer(app.blobs.cached(digest)?, request, digest);
    if response.status() == StatusCode::OK {
        count(app, publisher, skill, digest);
    }
    Some(response)
}

/// Counts a download, if it is the component of a release and not another part of it.
fn count(app: &App, publisher: &str, skill: &str, digest: &Digest) {
    let catalogue = app.shelf.catalogue();
    let release = catalogue.skill(publisher, skill).and_then(|skill| {
        let release = skill.by_component(digest)?;
        Some((release, skill.name()))
    });
    if let Some((release, name)) = release {
        app.downloads.count(release, name);
    }
}

/// Status and headers, and which bytes belong into the body.
fn head(request: &HeaderMap, digest: &Digest, size: u64) -> (Response, Served) {
    let text = digest.to_string();
    let tag = format!("\"{text}\"");
    // A range of something else than the client has begun with would make a mixture.
    let same = request
        .get(header::IF_RANGE)
        .is_none_or(|known| known.as_bytes() == tag.as_bytes());
    let range = request
        .get(header::RANGE)
        .filter(|_| same)
        .and_then(|range| range.to_str().ok());
    let mut part = served(range, size);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let (Ok(digest), Ok(value)) = (HeaderValue::from_str(&text), HeaderValue::from_str(&tag)) {
        headers.insert(CONTENT_DIGEST, digest);
        headers.insert(header::ETAG, value);
    }
    if has(request, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return (response, Served::Nothing);
    }
    let length = match part {
        Served::All => size,
        Served::Part { first, last } => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {first}-{last}/{size}");
            if let Ok(range) = HeaderValue::from_str(&range) {
                response.headers_mut().insert(header::CONTENT_RANGE, range);
            }
            last - first + 1
        }
        Served::Nothing => {
            response = out_of_range(size);
            part = Served::Nothing;
            return (response, part);
        }
    };
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    (response, part)
}

fn out_of_range(size: u64) -> Response {
    let body = serde_json::json!({
        "errors": [{ "code": "SIZE_INVALID", "message": "the range is behind the end of the blob", "detail": null }]
    });
    let mut response = (
        StatusCode::RANGE_NOT_SATISFIABLE,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response();
    if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

async fn small(app: &App, request: &HeaderMap, digest: &Digest) -> Response {
    match app.blobs.get(digest).await {
        Ok(bytes) => answer(bytes, request, digest),
        Err(error) => failed(&error),
    }
}

fn answer(bytes: Bytes, request: &HeaderMap, digest: &Digest) -> Response {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let (mut response, part) = head(request, digest, size);
    match part {
        Served::All => *response.body_mut() = Body::from(bytes),
        Served::Part { first, last } => {
            let range = usize::try_from(first).ok().zip(usize::try_from(last).ok());
            let Some((first, last)) = range.filter(|(_, last)| *last < bytes.len()) else {
                return refused(OciError::Failed);
            };
            *response.body_mut() = Body::from(bytes.slice(first..=last));
        }
        Served::Nothing => {}
    }
    response
}

async fn large(app: &App, request: &HeaderMap, digest: &Digest, size: u64) -> Response {
    let (mut response, part) = head(request, digest, size);
    let range = match part {
        Served::All => 0..size,
        Served::Part { first, last } => first..last.saturating_add(1),
        Served::Nothing => return response,
    };
    match app.blobs.stream(digest, range).await {
        Ok(stream) => {
            *response.body_mut() = Body::from_stream(stream);
            response
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &crate::blobs::BlobError) -> Response {
    tracing::error!(%error, "a blob can't be served");
    refused(OciError::Failed)
}
