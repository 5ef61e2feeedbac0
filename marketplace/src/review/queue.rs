//! Takes staged publishes to the reviewer, a few at once. A publish is claimed for a short time, again and again while the
//! review goes on: if the process dies, another takes it up.

use std::sync::Arc;
use std::time::Duration;

use guildhall_package::Digest;
use guildhall_package::market::ReviewReport;

use super::settle::{baseline, settle};
use super::{ReviewError, ReviewRequest, Reviewer};
use crate::app::App;
use crate::error::ApiError;
use crate::store::publishes::{self, Publish};

/// How long a claim holds without being renewed.
const CLAIM_MS: i64 = 6_000;
/// How often it is renewed.
const RENEW: Duration = Duration::from_millis(1_500);
/// How often the database is looked at for what other processes staged or left behind.
const LOOK: Duration = Duration::from_millis(500);
/// Pause after something failed.
const PAUSE: Duration = Duration::from_secs(1);
/// What a review may take longer than its limit before it is given up here.
const GRACE: Duration = Duration::from_secs(5);

/// Runs one of the reviews at once, until the service stops.
pub async fn run(app: App, reviewer: Arc<dyn Reviewer>) {
    loop {
        match next(&app).await {
            Ok(Some(publish)) => {
                // Another may be waiting beside it.
                app.wake.review.notify_one();
                tokio::select! {
                    () = one(&app, &*reviewer, publish) => {}
                    // The claim runs out, and the next process takes it up.
                    () = app.stop.cancelled() => return,
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "no publish could be taken for review");
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = app.stop.cancelled() => return,
                }
            }
        }
        tokio::select! {
            () = app.wake.review.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

async fn next(app: &App) -> Result<Option<Publish>, ApiError> {
    let now = app.clock.now();
    {
        // Looking takes no turn from those who write.
        let mut db = app.store.read().await?;
        if !publishes::unclaimed(&mut db, now).await? {
            return Ok(None);
        }
    }
    let mut tx = app.store.write().await?;
    let until = now.saturating_add(CLAIM_MS);
    let claimed = publishes::claim(tx.connection(), &app.instance, now, until).await?;
    tx.commit().await?;
    if claimed.is_some() {
        app.wake.publish_changed();
    }
    Ok(claimed)
}

async fn one(app: &App, reviewer: &dyn Reviewer, publish: Publish) {
    tracing::info!(publish = publish.id, name = %publish.name, version = %publish.version, "review begins");
    let result = {
        let review = review(app, reviewer, &publish);
        tokio::pin!(review);
        loop {
            tokio::select! {
                result = &mut review => break result,
                () = tokio::time::sleep(RENEW) => {
                    // Who has lost the claim can't settle either; a hiccup of the database is no reason to stop.
                    let _ = renew(app, &publish.id).await;
                }
            }
        }
    };
    match settle(app, &publish, result).await {
        Ok(state) => {
            app.metrics.review(state.as_str());
            tracing::info!(publish = publish.id, state = state.as_str(), "review ended");
        }
        // The claim runs out and it is reviewed again.
        Err(error) => tracing::error!(publish = publish.id, %error, "the outcome of a review was not recorded"),
    }
    app.wake.publish_changed();
    crate::log::wake(app);
}

async fn renew(app: &App, id: &str) -> Result<bool, ApiError> {
    let until = app.clock.now().saturating_add(CLAIM_MS);
    let mut tx = app.store.write().await?;
    let kept = publishes::renew(tx.connection(), id, &app.instance, until).await?;
    tx.commit().await?;
    Ok(kept)
}

/// Reads the bytes by their digests and has them reviewed.
async fn review(
    app: &App,
    reviewer: &dyn Reviewer,
    publish: &Publish,
) -> Result<ReviewReport, ReviewError> {
    let unreadable = |error: &dyn std::fmt::Display| ReviewError::Crashed(error.to_string());
    let component = app
        .blobs
        .read(&publish.component)
        .await
        .map_err(|error| unreadable(&error))?;
    let golden = match &publish.golden {
        Some(digest) => {
            let bytes = app
                .blobs
                .read(digest)
                .await
                .map_err(|error| unreadable(&error))?;
            Some((*digest, bytes))
        }
        None => None,
    };
    let previous = baseline(app, publish)
        .await
        .map_err(|error| unreadable(&error))?
        .map(|release| release.facts.authority);
    let limit = app.config.review_limit;
    let request = ReviewRequest {
        name: publish.name.clone(),
        version: publish.version.clone(),
        digest: publish.component,
        component,
        golden,
        previous,
        limit,
    };
    match tokio::time::timeout(limit + GRACE, reviewer.review(request)).await {
        Ok(result) => result,
        Err(_) => Err(ReviewError::TimedOut(limit)),
    }
    .and_then(|report| check(publish, report))
}

/// Whether the report is about what was given, and says nothing that the log or a page can't carry.
fn check(publish: &Publish, report: ReviewReport) -> Result<ReviewReport, ReviewError> {
    let wrong = |problem: &str| Err(ReviewError::Report(problem.to_owned()));
    let digests: (Digest, Option<Digest>) = (report.component, report.golden_digest);
    if digests != (publish.component, publish.golden) {
        return wrong("it is about other bytes than were given");
    }
    if report.authority != publish.facts.authority {
        return wrong("it names another authority than the bytes and the manifest have");
    }
    if let Err(problem) = super::settle::claimed(&report.findings, &report.engine) {
        return wrong(&problem);
    }
    let run = usize::try_from(report.golden.passed.saturating_add(report.golden.failed));
    if run != Ok(report.golden.cases.len()) {
        return wrong("its golden cases do not add up");
    }
    Ok(report)
}

