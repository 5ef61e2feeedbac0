//! Errors as OCI clients read them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

/// Why a request of an OCI client is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OciError {
    /// No such repository.
    NameUnknown,
    /// No such manifest.
    ManifestUnknown,
    /// No such blob.
    BlobUnknown,
    /// Not a digest.
    DigestInvalid,
    /// A query that can't be read.
    Query,
    /// Writing.
    Unsupported,
    /// The registry's own fault.
    Failed,
}

impl OciError {
    const fn parts(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NameUnknown => (
                StatusCode::NOT_FOUND,
                "NAME_UNKNOWN",
                "there is no skill of this name; repositories are publisher/skill",
            ),
            Self::ManifestUnknown => (
                StatusCode::NOT_FOUND,
                "MANIFEST_UNKNOWN",
                "there is no such release; tags/list names those that are offered",
            ),
            Self::BlobUnknown => (
                StatusCode::NOT_FOUND,
                "BLOB_UNKNOWN",
                "no release of this skill has this blob",
            ),
            Self::DigestInvalid => (
                StatusCode::BAD_REQUEST,
                "DIGEST_INVALID",
                "this is not a digest; write sha256: and 64 hexadecimal digits in lower case",
            ),
            Self::Query => (
                StatusCode::BAD_REQUEST,
                "UNSUPPORTED",
                "n must be a whole number",
            ),
            Self::Unsupported => (
                StatusCode::METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                "releases are published with `guildhall publish`: they are reviewed and logged before anybody can pull them",
            ),
            Self::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "UNKNOWN",
                "the registry could not do its work; try again later",
            ),
        }
    }
}

/// The response of an error.
pub(super) fn refused(error: OciError) -> Response {
    let (status, code, message) = error.parts();
    let body = serde_json::json!({
        "errors": [{ "code": code, "message": message, "detail": null }]
    });
    let mut response = (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}
