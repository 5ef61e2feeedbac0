//! What reviewers do: people who decide about held publishes.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use guildhall_package::market::account::{Role, Scope};
use guildhall_package::market::page::PageQuery;
use guildhall_package::market::publish::{Decide, Decision};
use guildhall_package::market::{Page, PublishInfo, PublishState, ReviewReport};

use super::extract::{Asked, At, Body};
use super::publishes::report_of;
use super::{json, page, reason, tagged};
use crate::app::App;
use crate::error::{ApiError, not_found};
use crate::people::Caller;
use crate::publishing::info;
use crate::review::settle::decide;
use crate::store::publishes::{self, Publish};

fn reviewer(caller: &Caller) -> Result<(), ApiError> {
    caller.scope(Scope::Review)?;
    caller.role(Role::Reviewer)
}

/// Held publishes, oldest first.
#[utoipa::path(get, path = "/api/v1/review/queue", tag = "review", security(("token" = ["review"])),
    params(PageQuery), responses((status = 200, body = Page<PublishInfo>)))]
pub async fn queue(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    reviewer(&caller)?;
    let limit = query.limit();
    let after = query.cursor.unwrap_or_default();
    let mut db = app.store.read().await?;
    let found =
        publishes::in_state(&mut db, PublishState::Held, &after, i64::from(limit) + 1).await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    json(
        StatusCode::OK,
        &page(found, limit, |publish| publish.id.clone(), info),
    )
}

async fn find(app: &App, id: &str) -> Result<Publish, ApiError> {
    let mut db = app.store.read().await?;
    publishes::get(&mut db, id)
        .await?
        .ok_or_else(|| not_found("publish"))
}

/// A publish, for reviewers.
#[utoipa::path(get, path = "/api/v1/review/{id}", tag = "review", security(("token" = ["review"])),
    responses((status = 200, body = PublishInfo)))]
pub async fn get(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    reviewer(&caller)?;
    tagged(&headers, false, &info(&find(&app, &id).await?))
}

/// The report of its review, for reviewers.
#[utoipa::path(get, path = "/api/v1/review/{id}/report", tag = "review", security(("token" = ["review"])),
    responses((status = 200, body = ReviewReport)))]
pub async fn report(
    State(app): State<App>,
    headers: HeaderMap,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    reviewer(&caller)?;
    report_of(&app, &headers, &find(&app, &id).await?, false).await
}

/// Decides a held publish.
#[utoipa::path(post, path = "/api/v1/review/{id}/decision", tag = "review", security(("token" = ["review"])),
    request_body = Decide, responses((status = 200, body = PublishInfo)))]
pub async fn decision(
    State(app): State<App>,
    caller: Caller,
    At(id): At<String>,
    Body(wanted): Body<Decide>,
) -> Result<Response, ApiError> {
    reviewer(&caller)?;
    let reason = reason(&wanted.reason)?;
    let publish = find(&app, &id).await?;
    let pass = wanted.decision == Decision::Pass;
    let state = decide(&app, &caller, &publish, pass, &reason).await?;
    tracing::info!(publish = id, state = state.as_str(), by = %caller.account, "decided");
    json(StatusCode::OK, &info(&find(&app, &id).await?))
}
