//! From the parts of an upload to a staged publish. Who may publish is asked before anything large is read; the signature
//! and the documents are checked before anything is stored under its name.

use axum::http::StatusCode;
use bytes::Bytes;
use guildhall_package::market::PublishState;
use guildhall_package::trust::release::{Artifact, ReleaseError};
use guildhall_package::trust::statement::{PublisherClaim, Signed, Statement};
use guildhall_package::trust::{PublicKey, PublisherStatement};
use guildhall_package::{Digest, FolderName, ReadError, SkillPackage};

use crate::app::App;
use crate::blobs::Staged;
use crate::error::{ApiError, refuse};
use crate::facts::Facts;
use crate::people::Caller;
use crate::store::publishes::{self, Publish};
use crate::store::publishers;

/// Publishes of one publisher that may wait for a review or a person at once.
const MOST_OPEN: i64 = 200;
/// How far an author's clock may be ahead, in milliseconds.
const AHEAD_MS: i64 = 5 * 60 * 1000;

/// The parts of an upload. Large ones are staged.
#[derive(Debug)]
pub struct Upload {
    /// The publisher statement.
    pub statement: Bytes,
    /// The image manifest.
    pub manifest: Bytes,
    /// The config.
    pub config: Bytes,
    /// The component.
    pub component: Staged,
    /// The tar of golden cases.
    pub golden: Option<Staged>,
}

fn bad(code: &str, detail: impl Into<String>, fix: &str) -> ApiError {
    refuse(StatusCode::UNPROCESSABLE_ENTITY, code, detail, fix)
}

/// Whether the caller may publish what the statement claims to be. Nothing is verified yet.
///
/// # Errors
/// A refusal.
pub async fn admit(app: &App, caller: &Caller, statement: &[u8]) -> Result<(), ApiError> {
    let claimed = PublisherStatement::unverified(statement)
        .map_err(|error| statement_refused(&error.to_string()))?;
    let publisher = &claimed.name.publisher;
    let mut db = app.store.read().await?;
    caller.member(&mut db, publisher, false).await?;
    if publishes::open(&mut db, publisher.as_str()).await? >= MOST_OPEN {
        return Err(crate::error::wait(
            StatusCode::TOO_MANY_REQUESTS,
            "publish.too-many",
            format!("`{publisher}` has {MOST_OPEN} publishes waiting already"),
            30,
        ));
    }
    Ok(())
}

/// Stages an upload. The same release again gives the publish that is there. Staged parts are gone afterwards, whatever
/// comes of it.
///
/// # Errors
/// A refusal that names the rule.
pub async fn stage(app: &App, caller: &Caller, upload: Upload) -> Result<Publish, ApiError> {
    let result = stage_parts(app, caller, &upload).await;
    // What got its name is no longer there.
    app.blobs.discard(&upload.component).await;
    if let Some(golden) = &upload.golden {
        app.blobs.discard(golden).await;
    }
    result
}

async fn stage_parts(app: &App, caller: &Caller, upload: &Upload) -> Result<Publish, ApiError> {
    let (signed, key) = verify(app, caller, upload).await?;
    let statement = &signed.statement;
    if let Some(there) = same_release(app, &statement.release, &statement.name.publisher).await? {
        return Ok(there);
    }
    let taken = {
        let mut db = app.store.read().await?;
        publishes::of_version(&mut db, &statement.name, &statement.version).await?
    };
    if let Some(other) = taken {
        return Err(version_taken(&other));
    }
    let facts = check(app, upload, statement).await?;
    app.blobs.put(upload.statement.clone()).await?;
    app.blobs.put(upload.manifest.clone()).await?;
    let config = app.blobs.put(upload.config.clone()).await?;
    app.blobs.name(&upload.component).await?;
    if let Some(golden) = &upload.golden {
        app.blobs.name(golden).await?;
    }
    let now = app.clock.now();
    let publish = Publish {
        id: uuid::Uuid::now_v7().to_string(),
        name: statement.name.clone(),
        version: statement.version.clone(),
        release: statement.release,
        component: upload.component.digest,
        bytes: crate::clock::stored(upload.component.size),
        manifest_bytes: i64::try_from(upload.manifest.len()).unwrap_or(i64::MAX),
        config,
        golden: upload.golden.as_ref().map(|golden| golden.digest),
        statement: signed.digest,
        key: key.keyid(),
        facts,
        account: caller.account.clone(),
        state: PublishState::Staged,
        staged: now,
        changed: now,
        report: None,
        findings: Vec::new(),
        wider: Vec::new(),
        reason: None,
        decided_by: None,
        review: None,
        referrers: Vec::new(),
        log_index: None,
        yanked: None,
        revoked: None,
    };
    insert(app, publish).await
}

async fn insert(app: &App, publish: Publish) -> Result<Publish, ApiError> {
    let publisher = &publish.name.publisher;
    let mut tx = app.store.write().await?;
    if !publishers::lock_key(tx.connection(), publisher.as_str(), &publish.key).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "key.revoked",
            "the key that signed this release was revoked just now",
            "sign it with a key that is in force",
        ));
    }
    if publishes::insert(tx.connection(), &publish).await? {
        tx.commit().await?;
        app.wake.review.notify_one();
        app.wake.publish_changed();
        return Ok(publish);
    }
    drop(tx);
    // Somebody was faster: with the same release, or with another of the same version.
    if let Some(there) = same_release(app, &publish.release, publisher).await? {
        return Ok(there);
    }
    let other = {
        let mut db = app.store.read().await?;
        publishes::of_version(&mut db, &publish.name, &publish.version).await?
    };
    match other {
        Some(other) => Err(version_taken(&other)),
        None => Err(crate::error::wait(
            StatusCode::CONFLICT,
            "publish.race",
            "another publish of this version ended at this moment",
            1,
        )),
    }
}

/// The publish of the same release by the same publisher, whatever became of it.
async fn same_release(
    app: &App,
    release: &Digest,
    publisher: &FolderName,
) -> Result<Option<Publish>, ApiError> {
    let mut db = app.store.read().await?;
    let there = publishes::of_release(&mut db, release).await?;
    Ok(there.filter(|publish| publish.name.publisher == *publisher))
}

/// Checks the signature, and that the statement names exactly what was uploaded.
async fn verify(
    app: &App,
    caller: &Caller,
    upload: &Upload,
) -> Result<(Signed<PublisherClaim>, PublicKey), ApiError> {
    let claimed = PublisherStatement::unverified(&upload.statement)
        .map_err(|error| statement_refused(&error.to_string()))?;
    let keys = {
        let mut db = app.store.read().await?;
        caller.member(&mut db, &claimed.name.publisher, false).await?;
        publishers::keys(&mut db, claimed.name.publisher.as_str()).await?
    };
    let trusted: Vec<PublicKey> = keys
        .iter()
        .filter(|key| key.revoked_from.is_none())
        .filter_map(|key| key.public_key.parse().ok())
        .collect();
    let signed = PublisherStatement::verify(&upload.statement, &trusted)
        .map_err(|error| statement_refused(&error.to_string()))?;
    let [key] = signed.keys.as_slice() else {
        return Err(statement_refused(
            "it has several signatures, and one key stands for a release",
        ));
    };
    let key = *key;
    let statement = &signed.statement;
    let golden = upload.golden.as_ref().map(|golden| golden.digest);
    let differs = if statement.release != Digest::of(&upload.manifest) {
        Some("manifest")
    } else if statement.claim.component != upload.component.digest {
        Some("component")
    } else if statement.claim.golden != golden {
        Some("golden")
    } else {
        None
    };
    if let Some(part) = differs {
        return Err(bad(
            "statement.digest",
            format!("the statement names another `{part}` than was uploaded"),
            "publish again: nothing of an upload may change after it was signed",
        ));
    }
    if statement.claim.created > app.clock.now().saturating_add(AHEAD_MS) {
        return Err(bad(
            "statement.created",
            "the statement is dated in the future",
            "set this computer's clock right and publish again",
        ));
    }
    Ok((signed, key))
}

/// Reads the component and makes manifest and config again from it: what claims something else is refused.
async fn check(
    app: &App,
    upload: &Upload,
    statement: &Statement<PublisherClaim>,
) -> Result<Facts, ApiError> {
    let _turn = app
        .checking
        .acquire()
        .await
        .map_err(|_| ApiError::Fault("the service is stopping".to_owned()))?;
    let component = app.blobs.staged(&upload.component).await?;
    let (manifest, config) = (upload.manifest.clone(), upload.config.clone());
    let expected = upload.component.digest;
    let (artifact, facts) = tokio::task::spawn_blocking(move || {
        let package = SkillPackage::read(&component).map_err(|error| unreadable(&error))?;
        if package.digest != expected {
            return Err(ApiError::Fault("a staged upload changed".to_owned()));
        }
        let artifact = Artifact::check_package(&manifest, &config, &package)
            .map_err(|error| artifact_refused(&error))?;
        Ok((artifact, Facts::of(&package)))
    })
    .await
    .map_err(|error| ApiError::Fault(error.to_string()))??;
    if artifact.name != statement.name || artifact.version != statement.version {
        return Err(bad(
            "statement.name",
            format!(
                "the statement is about {} {} and the component's manifest says {} {}",
                statement.name, statement.version, artifact.name, artifact.version
            ),
            "build the component again and publish it under the name in its manifest",
        ));
    }
    Ok(facts)
}

fn statement_refused(problem: &str) -> ApiError {
    bad(
        "statement.refused",
        format!("the publisher statement is not taken: {problem}"),
        "sign it with a key of the publisher that is registered here and in force: `guildhall keys list`",
    )
}

fn unreadable(error: &ReadError) -> ApiError {
    bad(
        "component.unreadable",
        format!("the component is not taken: {error}"),
        "build it again with `guildhall build` and publish the file that it wrote",
    )
}

fn artifact_refused(error: &ReleaseError) -> ApiError {
    bad(
        "release.documents",
        format!("manifest or config do not fit the component: {error}"),
        "publish with `guildhall publish`, which makes both from the component",
    )
}

fn version_taken(other: &Publish) -> ApiError {
    let what = if other.state == PublishState::Released {
        "was released, and releases never change"
    } else {
        "is being published already"
    };
    refuse(
        StatusCode::CONFLICT,
        "version.taken",
        format!("{} {} {what}", other.name, other.version),
        "raise the version in skill.toml and publish again",
    )
}
