//! The signed status: what is revoked and yanked, made anew when the log grew and before it gets old.

use std::sync::Arc;

use bytes::Bytes;
use guildhall_package::trust::log::TreeHead;

use crate::app::App;
use crate::catalogue::SignedStatus;
use crate::error::ApiError;

/// How long a status counts.
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;
/// After this time a new one is signed even if nothing happened: who asks sees that the marketplace is there.
const FRESH_MS: i64 = 60 * 1000;

/// The status of the published log.
///
/// # Errors
/// 503 before the log was published for the first time.
pub fn status(app: &App) -> Result<Arc<SignedStatus>, ApiError> {
    let now = app.clock.now();
    let published = app.shelf.published().ok_or_else(super::not_ready)?;
    if let Some(status) = app.shelf.status()
        && status.size == published.size
        && now < status.renew
    {
        return Ok(status);
    }
    // The catalogue and its published state belong together under this lock.
    let (status, size) = {
        let catalogue = app.shelf.catalogue();
        let published = app.shelf.published().ok_or_else(super::not_ready)?;
        let head = TreeHead {
            size: published.size,
            root: published.root,
        };
        let expires = now.saturating_add(LIFE_MS);
        let status = catalogue
            .log()
            .status(&app.config.origin, head, now, expires);
        (status, published.size)
    };
    let envelope = status
        .sign(&app.log_key)
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    Ok(app.shelf.set_status(SignedStatus {
        envelope: Bytes::from(envelope),
        size,
        renew: now.saturating_add(FRESH_MS),
    }))
}
