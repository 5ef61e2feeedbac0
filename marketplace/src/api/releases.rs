//! A release: what it is, and taking it from the shelf, putting it back, stopping it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use guildhall_package::market::ReviewReport;
use guildhall_package::market::account::{MemberRole, Role, Scope};
use guildhall_package::market::release::{Logged, ReleaseDetail, ReleaseInfo, Withdraw};
use guildhall_package::market::review::GoldenRuns;
use guildhall_package::trust::log::{Event, Withdrawal};
use guildhall_package::{FolderName, SkillName};
use semver::Version;

use super::extract::{At, Body};
use super::publishes::report_of;
use super::{json, reason, tagged};
use crate::app::App;
use crate::catalogue::ReleaseView;
use crate::clock::wire;
use crate::error::{ApiError, not_found, refuse};
use crate::log;
use crate::people::Caller;
use crate::store::publishers;
use crate::store::publishes::{self, Publish};

/// Publisher, skill and version, or `latest`.
pub(super) type Place = (FolderName, FolderName, String);

/// What is told of a release.
#[must_use]
pub(crate) fn info(release: &ReleaseView<'_>) -> ReleaseInfo {
    let publish = release.publish;
    ReleaseInfo {
        name: publish.name.clone(),
        version: publish.version.clone(),
        release: publish.release,
        component: publish.component,
        bytes: wire(publish.bytes),
        log_index: release.logged.index,
        released: wire(release.logged.at),
        key: publish.key.clone(),
        yanked: release.yanked.clone(),
        revoked: release.revoked.clone(),
    }
}

/// Reads something of a release, whatever became of it: that it was yanked or revoked is no secret.
///
/// # Errors
/// 404 if there is none.
pub(super) fn with<T>(
    app: &App,
    (publisher, skill, version): &Place,
    read: impl FnOnce(&ReleaseView<'_>) -> T,
) -> Result<T, ApiError> {
    let catalogue = app.shelf.catalogue();
    let found = catalogue
        .skill(publisher.as_str(), skill.as_str())
        .and_then(|skill| skill.named(version))
        .ok_or_else(|| not_found("release"))?;
    Ok(read(&found))
}

/// A release.
#[utoipa::path(get, path = "/api/v1/releases/{publisher}/{skill}/{version}", tag = "skills",
    responses((status = 200, body = ReleaseDetail)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    At(place): At<Place>,
) -> Result<Response, ApiError> {
    let (info, publish) = with(&app, &place, |release| {
        (info(release), std::sync::Arc::clone(release.publish))
    })?;
    let report = publish.report.ok_or_else(|| not_found("report"))?;
    let bytes = app.blobs.get(&report).await?;
    let golden = serde_json::from_slice::<ReviewReport>(&bytes)
        .map_or_else(|_| GoldenRuns::default(), |report| report.golden);
    let facts = publish.facts.clone();
    tagged(
        &headers,
        true,
        &ReleaseDetail {
            release: info,
            description: facts.description,
            licence: facts.licence,
            capabilities: facts.capabilities,
            authority: facts.authority,
            can: facts.can,
            cannot: facts.cannot,
            findings: publish.findings.clone(),
            golden,
            report,
            decided_by: publish.decided_by.clone(),
        },
    )
}

/// The whole report of its review.
#[utoipa::path(get, path = "/api/v1/releases/{publisher}/{skill}/{version}/report", tag = "skills",
    responses((status = 200, body = ReviewReport)))]
pub async fn report(
    State(app): State<App>,
    headers: HeaderMap,
    At(place): At<Place>,
) -> Result<Response, ApiError> {
    let publish = with(&app, &place, |release| {
        std::sync::Arc::clone(release.publish)
    })?;
    report_of(&app, &headers, &publish, true).await
}

/// The released publish that a version names; `latest` is refused, so that it is clear which one is meant.
async fn exact(app: &App, place: &Place) -> Result<(Publish, Withdrawal), ApiError> {
    let (publisher, skill, version) = place;
    let version: Version = version.parse().map_err(|_| not_found("release"))?;
    let name = SkillName {
        publisher: publisher.clone(),
        skill: skill.clone(),
    };
    let mut db = app.store.read().await?;
    let publish = publishes::of_version(&mut db, &name, &version)
        .await?
        .filter(|publish| publish.log_index.is_some())
        .ok_or_else(|| not_found("release"))?;
    let withdrawal = Withdrawal {
        name,
        version,
        release: publish.release,
        reason: String::new(),
    };
    Ok((publish, withdrawal))
}

fn already(what: &str) -> ApiError {
    refuse(
        StatusCode::CONFLICT,
        "release.already",
        format!("the release is {what}"),
        "look at it again",
    )
}

async fn yank_or_back(
    app: &App,
    caller: &Caller,
    place: Place,
    wanted: Withdraw,
    yank: bool,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Yank)?;
    let reason = reason(&wanted.reason)?;
    {
        let mut db = app.store.read().await?;
        caller.member(&mut db, &place.0, false).await?;
    }
    let (publish, withdrawal) = exact(app, &place).await?;
    let withdrawal = Withdrawal {
        reason,
        ..withdrawal
    };
    let (name, version) = (withdrawal.name.to_string(), withdrawal.version.clone());
    let mut tx = app.store.write().await?;
    let at = yank.then(|| app.clock.now());
    if !publishes::set_yanked(tx.connection(), &publish.id, at).await? {
        return Err(already(if yank {
            "yanked or revoked already"
        } else {
            "not yanked, or revoked"
        }));
    }
    let event = if yank {
        Event::Yank(withdrawal)
    } else {
        Event::Unyank(withdrawal)
    };
    log::queue(app, &mut tx, event, None).await?;
    tx.commit().await?;
    tracing::info!(name, %version, yank, by = %caller.account, "yanked or put back");
    let tree_size = log::published_when(app, |catalogue| {
        catalogue
            .named(&name)
            .and_then(|skill| skill.release(&version))
            .is_some_and(|release| release.yanked.is_some() == yank)
    })
    .await;
    json(StatusCode::OK, &Logged { tree_size })
}

/// Takes a release from the shelf.
#[utoipa::path(post, path = "/api/v1/releases/{publisher}/{skill}/{version}/yank", tag = "skills",
    security(("token" = ["yank"])), request_body = Withdraw, responses((status = 200, body = Logged)))]
pub async fn yank(
    State(app): State<App>,
    caller: Caller,
    At(place): At<Place>,
    Body(wanted): Body<Withdraw>,
) -> Result<Response, ApiError> {
    yank_or_back(&app, &caller, place, wanted, true).await
}

/// Puts a yanked release back.
#[utoipa::path(post, path = "/api/v1/releases/{publisher}/{skill}/{version}/unyank", tag = "skills",
    security(("token" = ["yank"])), request_body = Withdraw, responses((status = 200, body = Logged)))]
pub async fn unyank(
    State(app): State<App>,
    caller: Caller,
    At(place): At<Place>,
    Body(wanted): Body<Withdraw>,
) -> Result<Response, ApiError> {
    yank_or_back(&app, &caller, place, wanted, false).await
}

/// Stops a release wherever it runs, for good.
#[utoipa::path(post, path = "/api/v1/releases/{publisher}/{skill}/{version}/revoke", tag = "skills",
    security(("token" = ["yank"])), request_body = Withdraw, responses((status = 200, body = Logged)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    At(place): At<Place>,
    Body(wanted): Body<Withdraw>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Yank)?;
    let reason = reason(&wanted.reason)?;
    {
        let mut db = app.store.read().await?;
        let (publisher, account) = (place.0.as_str(), caller.account.as_str());
        let part = publishers::member(&mut db, publisher, account).await?;
        if part != Some(MemberRole::Owner) && !caller.has(Role::Admin) {
            caller.member(&mut db, &place.0, true).await?;
        }
    }
    let (publish, withdrawal) = exact(&app, &place).await?;
    let withdrawal = Withdrawal {
        reason,
        ..withdrawal
    };
    let (name, version) = (withdrawal.name.to_string(), withdrawal.version.clone());
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if !publishes::set_revoked(tx.connection(), &publish.id, now).await? {
        return Err(already("revoked already, or not released yet"));
    }
    log::queue(&app, &mut tx, Event::Revoke(withdrawal), None).await?;
    tx.commit().await?;
    tracing::warn!(name, %version, by = %caller.account, "revoked");
    let tree_size = log::published_when(&app, |catalogue| {
        catalogue
            .named(&name)
            .and_then(|skill| skill.release(&version))
            .is_some_and(|release| release.logged.revoked.is_some())
    })
    .await;
    json(StatusCode::OK, &Logged { tree_size })
}
