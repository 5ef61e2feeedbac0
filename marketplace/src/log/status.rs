//! The signed status: what is revoked, yanked and paid back, made anew when the log grew or something was paid back here, and
//! before it gets old. What another process paid back is in it within a minute.

use std::sync::Arc;

use bytes::Bytes;
use guildhall_package::trust::log::TreeHead;
use guildhall_package::trust::status::RefundedOrder;

use crate::app::App;
use crate::catalogue::SignedStatus;
use crate::error::ApiError;
use crate::store::orders;

/// How long a status counts.
const LIFE_MS: i64 = 24 * 60 * 60 * 1000;
/// After this time a new one is signed even if nothing happened: who asks sees that the marketplace is there.
const FRESH_MS: i64 = 60 * 1000;

/// Paid orders whose licences don't count any more, and how many there are of them.
async fn refunded(app: &App, now: i64, most: i64) -> Result<(Vec<RefundedOrder>, i64), ApiError> {
    let mut db = app.store.read().await?;
    let found = orders::listed(&mut db, now, most).await?;
    let all = orders::count_listed(&mut db, now).await?;
    let mut refunded: Vec<RefundedOrder> = found
        .into_iter()
        .map(|(order, until)| RefundedOrder { order, until })
        .collect();
    refunded.sort_by_key(|it| it.order);
    Ok((refunded, all))
}

/// Tells the operator of refunded orders that no host hears of: their licences go on to count.
fn tell_of_unlisted(app: &App, listed: usize, all: i64) {
    let unlisted = all.saturating_sub(i64::try_from(listed).unwrap_or(i64::MAX));
    app.metrics.refunds_unlisted.set(unlisted.max(0));
    if unlisted > 0 {
        tracing::warn!(
            unlisted,
            listed,
            "the status is full: it leaves out refunded orders whose licences end first"
        );
    }
}

/// The status of the published log.
///
/// # Errors
/// 503 before the log was published for the first time.
pub async fn status(app: &App) -> Result<Arc<SignedStatus>, ApiError> {
    let now = app.clock.now();
    let published = app.shelf.published().ok_or_else(super::not_ready)?;
    if let Some(status) = app.shelf.status()
        && status.size == published.size
        && now < status.renew
    {
        return Ok(status);
    }
    let (refunded, all) = refunded(app, now, app.config.limits.refunded_listed).await?;
    tell_of_unlisted(app, refunded.len(), all);
    // The catalogue and its published state belong together under this lock.
    let (mut status, size) = {
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
    status.refunded = refunded;
    let envelope = status
        .sign(&app.log_key)
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    Ok(app.shelf.set_status(SignedStatus {
        envelope: Bytes::from(envelope),
        size,
        renew: now.saturating_add(FRESH_MS),
    }))
}
