//! How a page can end otherwise than with itself: with a problem, or at another page.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::sign_in;
use super::visitor::{Session, Visitor};
use crate::blobs::BlobError;
use crate::error::ApiError;
use crate::store::StoreError;

/// Why a page is not shown.
pub enum Other {
    /// Something refused or failed.
    Problem(ApiError),
    /// It is at another path of this site.
    At(String),
}

impl From<ApiError> for Other {
    fn from(error: ApiError) -> Self {
        Self::Problem(error)
    }
}

impl From<StoreError> for Other {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<BlobError> for Other {
    fn from(error: BlobError) -> Self {
        Self::Problem(error.into())
    }
}

impl IntoResponse for Other {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(error) => error.into_response(),
            Self::At(path) => see(&path),
        }
    }
}

/// Sends the browser on to a path of this site, by `GET`.
#[must_use]
pub fn see(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    // What can't stand in a header leads to the first page.
    let place = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    headers.insert(header::LOCATION, place);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Who is signed in; who isn't is asked to, and comes back to `path`.
///
/// # Errors
/// [`Other::At`] the page to sign in at.
pub fn signed_in<'a>(visitor: &'a Visitor, path: &str) -> Result<&'a Session, Other> {
    visitor
        .session()
        .ok_or_else(|| Other::At(sign_in(Some(path))))
}
