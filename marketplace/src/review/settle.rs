//! What comes of a review: rejected, held, passed or no verdict; and of a person's decision about a held one.

use axum::http::StatusCode;
use bytes::Bytes;
use guildhall_package::Digest;
use guildhall_package::market::review::{Finding, Severity, Verdict};
use guildhall_package::market::{PublishEvent, PublishState, ReviewReport};
use guildhall_package::text::plain;
use guildhall_package::trust::PublicKey;
use guildhall_package::trust::log::{Event, ReleaseEntry};
use guildhall_package::trust::release::oci::{Descriptor, EMPTY, MANIFEST_TYPE};
use guildhall_package::trust::release::{Referrer, ReferrerKind};
use guildhall_package::trust::statement::{self, MAX_FINDINGS, ReviewClaim, ReviewStatement};

use super::ReviewError;
use crate::app::App;
use crate::error::{ApiError, refuse};
use crate::log;
use crate::people::Caller;
use crate::store::publishes::{self, Attached, Outcome, Publish, Signed};
use crate::store::{StoreError, publishers};

/// Longest code of a finding, and longest sentence, as a review statement takes them.
const MAX_CODE: usize = 64;
const MAX_SENTENCE: usize = 500;
const MAX_ENGINE: usize = 100;
/// Longest reason for an error that is kept.
const MAX_REASON: usize = 500;
/// Who reviewed, in the statement, if no person did.
const WORKER: &str = "review worker";

/// Whether findings and engine can be stated.
pub(super) fn claimed(findings: &[Finding], engine: &str) -> Result<(), String> {
    let fits = |text: &str, most: usize| !text.is_empty() && plain(text, most) == text;
    if findings.len() > MAX_FINDINGS {
        return Err(format!("it has more than {MAX_FINDINGS} findings"));
    }
    if !fits(engine, MAX_ENGINE) {
        return Err("it names no engine in one short line".to_owned());
    }
    for finding in findings {
        let whole = fits(&finding.code, MAX_CODE)
            && fits(&finding.sentence, MAX_SENTENCE)
            && fits(&finding.fix, MAX_SENTENCE);
        if !whole {
            return Err(format!(
                "the finding `{}` is not code, sentence and fix in a line each",
                plain(&finding.code, MAX_CODE)
            ));
        }
    }
    Ok(())
}

/// The release whose authority a publish is compared with: the nearest version below it with the same major, or if there
/// is none, the nearest above. Revoked ones don't count.
///
/// # Errors
/// [`StoreError`] of the database.
pub(crate) async fn baseline(app: &App, publish: &Publish) -> Result<Option<Publish>, StoreError> {
    let mut db = app.store.read().await?;
    let releases = publishes::releases(&mut db, &publish.name).await?;
    Ok(nearest(publish, releases))
}

fn nearest(publish: &Publish, releases: Vec<Publish>) -> Option<Publish> {
    let (below, above): (Vec<_>, Vec<_>) = releases
        .into_iter()
        .filter(|other| {
            other.id != publish.id
                && other.revoked.is_none()
                && other.version.major == publish.version.major
        })
        .partition(|other| other.version < publish.version);
    below
        .into_iter()
        .max_by(|a, b| a.version.cmp(&b.version))
        .or_else(|| above.into_iter().min_by(|a, b| a.version.cmp(&b.version)))
}

/// Records what came of a review.
///
/// # Errors
/// [`ApiError`]; nothing is recorded then.
pub(super) async fn settle(
    app: &App,
    publish: &Publish,
    result: Result<ReviewReport, ReviewError>,
) -> Result<PublishState, ApiError> {
    let report = match result {
        Ok(report) => report,
        Err(error) => {
            let outcome = Outcome {
                reason: Some(plain(&error.to_string(), MAX_REASON)),
                ..Outcome::default()
            };
            return end(app, publish, PublishEvent::ReviewErrored, outcome).await;
        }
    };
    let bytes = serde_json::to_vec(&report).map_err(|error| ApiError::Fault(error.to_string()))?;
    let mut outcome = Outcome {
        report: Some(app.blobs.put(bytes).await?),
        findings: report.findings.clone(),
        ..Outcome::default()
    };
    if report.verdict() == Verdict::Reject {
        return end(app, publish, PublishEvent::ReviewRejected, outcome).await;
    }
    if let Some(before) = baseline(app, publish).await? {
        outcome.wider = publish.facts.authority.wider_than(&before.facts.authority);
    }
    if !outcome.wider.is_empty() {
        return end(app, publish, PublishEvent::ReviewHeld, outcome).await;
    }
    outcome.signed = sign(app, publish, outcome.report, &report, WORKER).await?;
    pass(app, publish, outcome).await
}

/// Ends a review without a release.
async fn end(
    app: &App,
    publish: &Publish,
    event: PublishEvent,
    outcome: Outcome,
) -> Result<PublishState, ApiError> {
    let to = after(PublishState::Reviewing, event)?;
    let mut tx = app.store.write().await?;
    let now = app.clock.now();
    let mine = publishes::settle(
        tx.connection(),
        &publish.id,
        &app.instance,
        to,
        &outcome,
        now,
    )
    .await?;
    if !mine {
        return Err(lost());
    }
    tx.commit().await?;
    Ok(to)
}

/// Passes a publish: its new state and its entry of the log are one transaction.
async fn pass(app: &App, publish: &Publish, outcome: Outcome) -> Result<PublishState, ApiError> {
    let to = after(PublishState::Reviewing, PublishEvent::ReviewPassed)?;
    let mut tx = app.store.write().await?;
    if !in_force(&mut tx, publish).await? {
        drop(tx);
        let outcome = Outcome {
            findings: vec![key_revoked()],
            signed: Signed::default(),
            ..outcome
        };
        return end(app, publish, PublishEvent::ReviewRejected, outcome).await;
    }
    let now = app.clock.now();
    let mine = publishes::settle(
        tx.connection(),
        &publish.id,
        &app.instance,
        to,
        &outcome,
        now,
    )
    .await?;
    if !mine {
        return Err(lost());
    }
    let event = entry(&mut tx, publish, &outcome.signed).await?;
    log::queue(app, &mut tx, event, Some(&publish.id)).await?;
    tx.commit().await?;
    Ok(to)
}

/// A person's decision about a held publish.
///
/// # Errors
/// A refusal if the person may not decide it, or it is not held any more.
pub async fn decide(
    app: &App,
    caller: &Caller,
    publish: &Publish,
    pass: bool,
    reason: &str,
) -> Result<PublishState, ApiError> {
    let event = if pass {
        PublishEvent::DecidedPass
    } else {
        PublishEvent::DecidedReject
    };
    let to = after(publish.state, event)?;
    let signed = if pass {
        let report = publish
            .report
            .ok_or_else(|| ApiError::Fault("a held publish has no report".to_owned()))?;
        let bytes = app.blobs.read(&report).await?;
        let review = serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::Fault(format!("a stored report: {error}")))?;
        sign(app, publish, Some(report), &review, caller.account.as_str()).await?
    } else {
        Signed::default()
    };
    let mut tx = app.store.write().await?;
    // Asked in the transaction: who becomes a member in between decides nothing.
    let member = publishers::member(
        tx.connection(),
        publish.name.publisher.as_str(),
        caller.account.as_str(),
    )
    .await?;
    if member.is_some() {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "review.own",
            "you are a member of the publisher whose release this is",
            "leave the decision to another reviewer",
        ));
    }
    if pass && !in_force(&mut tx, publish).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "key.revoked",
            "the key that signed this release was revoked meanwhile",
            "reject it; the author can sign it with another key and publish it again",
        ));
    }
    let by = (caller.account.as_str(), reason);
    let now = app.clock.now();
    if !publishes::decide(tx.connection(), &publish.id, to, by, &signed, now).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "publish.decided",
            "it is not held any more",
            "look at its state",
        ));
    }
    if pass {
        let event = entry(&mut tx, publish, &signed).await?;
        log::queue(app, &mut tx, event, Some(&publish.id)).await?;
    }
    tx.commit().await?;
    app.wake.publish_changed();
    log::wake(app);
    Ok(to)
}

async fn in_force(tx: &mut crate::store::Tx, publish: &Publish) -> Result<bool, ApiError> {
    let publisher = publish.name.publisher.as_str();
    Ok(publishers::lock_key(tx.connection(), publisher, &publish.key).await?)
}

/// Signs the review statement, and stores it with the documents that attach statements and golden cases to the release. All
/// that the release is made of is read again by its digest first: what was exchanged since the review is not signed for.
async fn sign(
    app: &App,
    publish: &Publish,
    report: Option<Digest>,
    review: &ReviewReport,
    reviewer: &str,
) -> Result<Signed, ApiError> {
    let fault = |error: &dyn std::fmt::Display| ApiError::Fault(error.to_string());
    for part in [&publish.component, &publish.config] {
        app.blobs.read(part).await?;
    }
    let findings = review.findings.iter().filter_map(|finding| {
        Some(statement::Finding {
            code: finding.code.clone(),
            severity: match finding.severity {
                Severity::Note => statement::Severity::Note,
                Severity::Warn => statement::Severity::Warn,
                Severity::Refuse => return None,
            },
            sentence: finding.sentence.clone(),
        })
    });
    let statement = ReviewStatement {
        name: publish.name.clone(),
        version: publish.version.clone(),
        release: publish.release,
        claim: ReviewClaim {
            component: publish.component,
            report: report.ok_or_else(|| ApiError::Fault("a review has no report".to_owned()))?,
            findings: findings.collect(),
            engine: review.engine.clone(),
            reviewer: reviewer.to_owned(),
            at: app.clock.now(),
        },
    };
    let envelope = statement
        .sign(&app.review_key)
        .map_err(|error| fault(&error))?;
    let envelope = Bytes::from(envelope);
    let digest = app.blobs.put(envelope.clone()).await?;
    let manifest = app.blobs.read(&publish.release).await?;
    let release = Descriptor::of(MANIFEST_TYPE, &manifest);
    let mut attached = vec![
        (
            ReferrerKind::Publisher,
            app.blobs.read(&publish.statement).await?,
        ),
        (ReferrerKind::Review, envelope),
    ];
    if let Some(golden) = &publish.golden {
        attached.push((ReferrerKind::Golden, app.blobs.read(golden).await?));
    }
    let mut referrers = Vec::new();
    for (kind, blob) in attached {
        let referrer = Referrer::build(kind, &release, &blob).map_err(|error| fault(&error))?;
        referrers.push(Attached {
            manifest: referrer.descriptor(),
            blob: referrer.blob,
        });
        app.blobs.put(referrer.manifest).await?;
    }
    app.blobs.put(EMPTY).await?;
    Ok(Signed {
        review: Some(digest),
        referrers,
    })
}

/// The entry that releases a publish.
async fn entry(
    tx: &mut crate::store::Tx,
    publish: &Publish,
    signed: &Signed,
) -> Result<Event, ApiError> {
    let keys = publishers::keys(tx.connection(), publish.name.publisher.as_str()).await?;
    let key: PublicKey = keys
        .iter()
        .find(|key| key.key == publish.key)
        .and_then(|key| key.public_key.parse().ok())
        .ok_or_else(|| ApiError::Fault("the key of a publish is gone".to_owned()))?;
    Ok(Event::Release(ReleaseEntry {
        name: publish.name.clone(),
        version: publish.version.clone(),
        release: publish.release,
        component: publish.component,
        publisher_statement: publish.statement,
        review_statement: signed
            .review
            .ok_or_else(|| ApiError::Fault("a release has no review statement".to_owned()))?,
        key,
    }))
}

fn after(state: PublishState, event: PublishEvent) -> Result<PublishState, ApiError> {
    state.after(event).map_err(|step| {
        refuse(
            StatusCode::CONFLICT,
            "publish.state",
            step.to_string(),
            "look at its state again",
        )
    })
}

fn lost() -> ApiError {
    ApiError::Fault("another process has taken this review up".to_owned())
}

fn key_revoked() -> Finding {
    Finding {
        code: "key.revoked".to_owned(),
        severity: Severity::Refuse,
        sentence: "The key that signed this release was revoked during its review.".to_owned(),
        fix: "Sign the release with a key that is in force and publish it again.".to_owned(),
    }
}
