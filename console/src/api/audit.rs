//! The audit log, for people.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::Tenant;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::extract::Asked;

use super::caller::Caller;
use super::runs::{envelope, limit};
use super::wire::{AuditItem, AuditPage, AuditQuery};
use super::{json, of_host};
use crate::app::App;
use crate::people::Right;

/// The largest number that every reader of JSON has exactly.
const LAST: u64 = (1 << 53) - 1;

/// A part of the audit log, oldest entries first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery), responses((status = 200, body = AuditPage)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<AuditQuery>,
) -> Result<Response, ApiError> {
    let person = caller.person(Right::View)?;
    let (from, limit) = (query.from.unwrap_or(0), limit(query.limit)?);
    if from > LAST {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "request.query",
            format!("`from` is 0 to {LAST}"),
            "give `next` of the page before as it is",
        ));
    }
    let most = u32::try_from(limit).unwrap_or(u32::MAX);
    let host = app.host.for_person(person);
    let (entries, head) = host
        .audit_page(&Tenant::local(), from, most)
        .await
        .map_err(|error| of_host(&error))?;
    let next = entries
        .last()
        .map(|last| last.seq.saturating_add(1))
        .filter(|next| *next < head.entries);
    let page = AuditPage {
        entries: entries.into_iter().map(AuditItem::from).collect(),
        size: head.entries,
        next,
    };
    json(StatusCode::OK, &page)
}

/// The signed head of the audit log, as a DSSE envelope: kept elsewhere, it shows if the log was cut off.
#[utoipa::path(get, path = "/api/v1/audit/head", tag = "audit",
    responses((status = 200, body = Object, content_type = "application/vnd.dsse.envelope.v1+json")))]
pub async fn head(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    let person = caller.person(Right::View)?;
    let host = app.host.for_person(person);
    let head = host.audit_head(&Tenant::local()).await;
    Ok(envelope(head.map_err(|error| of_host(&error))?.envelope))
}
