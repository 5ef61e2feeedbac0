//! Programs elsewhere that are told what happened here: signed after Standard Webhooks, sent until they are taken, each event
//! once. They are told identifiers and links, and nothing of what a run was given, did or pays.

pub mod event;
pub mod outbox;
pub mod pace;
pub mod secret;
pub mod sender;

use axum::http::StatusCode;
use guildhall_host::Tenant;
use guildhall_web::error::{ApiError, invalid, not_found, refuse};

use crate::app::App;
use crate::store::hooks::{self, Hook};

/// Hooks that a console may have.
pub const MOST: usize = 20;
/// Longest address in bytes.
const MAX_URL: usize = 500;

/// Adds a hook, which is told of what happens from now on.
///
/// # Errors
/// A refusal of an address that can't be used; the database's error.
pub async fn add(app: &App, url: &str) -> Result<Hook, ApiError> {
    let url = url.trim();
    if url.len() > MAX_URL || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(
            "url",
            "write an address like https://example.com/hook",
        ));
    }
    let courier = app.host.courier();
    courier.check(url).map_err(|why| invalid("url", why))?;
    let size = app.host.audit_size(&Tenant::local()).await;
    let size = size.map_err(|error| ApiError::Part(Box::new(error)))?;
    let hook = Hook::new(url, app.clock.now());
    let mut tx = app.store.write().await?;
    let others = hooks::all(tx.connection()).await?.len();
    if others >= MOST {
        return Err(refuse(
            StatusCode::CONFLICT,
            "hooks.many",
            format!("there are {MOST} webhooks already"),
            "remove one that is not used any more",
        ));
    }
    if others == 0 {
        // What happened while nobody was to be told is not looked through.
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        hooks::set_place(tx.connection(), size).await?;
    }
    hooks::insert(tx.connection(), &hook).await?;
    tx.commit().await?;
    Ok(hook)
}

/// Gives a hook another secret. For a day, the one before signs as well.
///
/// # Errors
/// 404 if there is no such hook; the database's error.
pub async fn rotate(app: &App, id: &str) -> Result<Hook, ApiError> {
    let until = app.clock.now().saturating_add(secret::OVERLAP_MS);
    let mut tx = app.store.write().await?;
    hooks::rotate(tx.connection(), id, until).await?;
    let hook = hooks::get(tx.connection(), id).await?;
    tx.commit().await?;
    hook.ok_or_else(|| not_found("webhook"))
}

/// Sends a message that says nothing, to see whether it arrives.
///
/// # Errors
/// 404 if there is no such hook; the database's error.
pub async fn test(app: &App, id: &str) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let hook = hooks::get(tx.connection(), id).await?;
    let hook = hook.ok_or_else(|| not_found("webhook"))?;
    let each = uuid::Uuid::now_v7().simple().to_string();
    let what = (event::Kind::Test.name(), "", each.as_str());
    hooks::put(tx.connection(), &hook.id, what, (now, now)).await?;
    tx.commit().await?;
    Ok(())
}

/// Switches a hook on or off. One that was off is told of nothing that happened meanwhile.
///
/// # Errors
/// The database's.
pub async fn switch(app: &App, id: &str, on: bool) -> Result<(), ApiError> {
    let disabled = (!on).then(|| app.clock.now());
    let mut tx = app.store.write().await?;
    hooks::set_disabled(tx.connection(), id, disabled).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a hook, and what was to be told to it.
///
/// # Errors
/// The database's.
pub async fn remove(app: &App, id: &str) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    hooks::remove(tx.connection(), id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
