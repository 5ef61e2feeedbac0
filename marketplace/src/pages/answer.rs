//! How a page can end otherwise than with itself: with a problem, or at another page.

use axum::response::{IntoResponse, Response};
pub use guildhall_web::answer::see;

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

/// Who is signed in; who isn't is asked to, and comes back to `path`.
///
/// # Errors
/// [`Other::At`] the page to sign in at.
pub fn signed_in<'a>(visitor: &'a Visitor, path: &str) -> Result<&'a Session, Other> {
    visitor
        .session()
        .ok_or_else(|| Other::At(sign_in(Some(path))))
}
