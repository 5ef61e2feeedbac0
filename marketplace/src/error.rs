//! How requests fail.

pub use guildhall_web::error::{ApiError, invalid, not_found, panicked, refuse, respond, wait};

use crate::blobs::BlobError;

impl From<BlobError> for ApiError {
    fn from(error: BlobError) -> Self {
        Self::Part(Box::new(error))
    }
}
