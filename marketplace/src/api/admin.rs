//! What administrators do.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use guildhall_package::FolderName;
use guildhall_package::market::account::{Role, Scope, SetRoles};
use guildhall_package::market::publisher::{GrantPublisher, PublisherInfo};

use super::extract::{At, Body};
use super::{json, publishers};
use crate::app::App;
use crate::error::{ApiError, not_found};
use crate::people::Caller;
use crate::store::accounts;

fn admin(caller: &Caller) -> Result<(), ApiError> {
    caller.scope(Scope::Admin)?;
    caller.role(Role::Admin)
}

/// Sets the roles of an account.
#[utoipa::path(put, path = "/api/v1/admin/accounts/{account}/roles", tag = "operating",
    security(("token" = ["admin"])), request_body = SetRoles, responses((status = 204)))]
pub async fn set_roles(
    State(app): State<App>,
    caller: Caller,
    At(account): At<FolderName>,
    Body(wanted): Body<SetRoles>,
) -> Result<Response, ApiError> {
    admin(&caller)?;
    let mut roles = wanted.roles;
    roles.sort_unstable();
    roles.dedup();
    let mut tx = app.store.write().await?;
    if !accounts::set_roles(tx.connection(), account.as_str(), &roles).await? {
        return Err(not_found("account"));
    }
    tx.commit().await?;
    tracing::warn!(%account, ?roles, by = %caller.account, "roles set");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Grants a name that the rules refuse.
#[utoipa::path(post, path = "/api/v1/admin/publishers", tag = "operating", security(("token" = ["admin"])),
    request_body = GrantPublisher, responses((status = 201, body = PublisherInfo)))]
pub async fn grant_publisher(
    State(app): State<App>,
    caller: Caller,
    Body(wanted): Body<GrantPublisher>,
) -> Result<Response, ApiError> {
    admin(&caller)?;
    {
        let mut db = app.store.read().await?;
        if accounts::get(&mut db, wanted.owner.as_str())
            .await?
            .is_none()
        {
            return Err(not_found("account"));
        }
    }
    publishers::grant(&app, &wanted.publisher, &wanted.owner, true).await?;
    let info = publishers::info(&app, &wanted.publisher).await?;
    json(StatusCode::CREATED, &info)
}
