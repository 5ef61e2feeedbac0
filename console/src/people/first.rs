//! The first start: who has the link that the program printed makes the first owner. It works once, for an hour, and only
//! while there is no owner.

use axum::http::StatusCode;
use guildhall_web::cookie::Secret;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::password;

use super::{PersonId, PersonName, Role, session};
use crate::app::App;
use crate::store::people::{self, What};

/// Life of the link, in milliseconds.
pub const FIRST_MS: i64 = 60 * 60 * 1000;

/// Whether somebody owns this console.
///
/// # Errors
/// [`ApiError::Store`].
pub async fn has_owner(app: &App) -> Result<bool, ApiError> {
    let mut db = app.store.read().await?;
    Ok(people::owners(&mut db).await? > 0)
}

/// The key of a new link, if there is no owner yet.
///
/// # Errors
/// [`ApiError`] of the database or of the system's random bytes.
pub async fn offer(app: &App) -> Result<Option<Secret>, ApiError> {
    let mut tx = app.store.write().await?;
    if people::owners(tx.connection()).await? > 0 {
        return Ok(None);
    }
    let key = Secret::new()?;
    let now = app.clock.now();
    let times = (now, now.saturating_add(FIRST_MS));
    people::offer_first(tx.connection(), &key.hash(), times).await?;
    tx.commit().await?;
    Ok(Some(key))
}

/// Whether this key makes the first owner.
///
/// # Errors
/// A refusal that says what to do, if it doesn't.
pub async fn check(app: &App, key: &str) -> Result<Secret, ApiError> {
    let key = Secret::parse(key).ok_or_else(unknown)?;
    let mut db = app.store.read().await?;
    if people::is_first(&mut db, &key.hash(), app.clock.now()).await? {
        Ok(key)
    } else {
        Err(unknown())
    }
}

/// Makes the first owner, and signs them in. Of several at once one wins.
///
/// # Errors
/// If the key is none, the password may not be one, or there is an owner.
pub async fn make_owner(
    app: &App,
    key: &str,
    name: &PersonName,
    password: String,
    before: Option<&Secret>,
) -> Result<Secret, ApiError> {
    let key = check(app, key).await?;
    password::check(&password)?;
    let hash = password::hash(&app.hashing, password).await?;
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    let now = app.clock.now();
    // Looked at again: another browser may have been faster.
    if !people::is_first(db, &key.hash(), now).await? || people::owners(db).await? > 0 {
        return Err(unknown());
    }
    let id = PersonId::new();
    if !people::insert(db, &id, name, Role::Owner, Some(&hash), now).await? {
        return Err(unknown());
    }
    people::end_first(db).await?;
    people::note(db, now, None, &id, (What::First, Some(Role::Owner))).await?;
    let secret = session::begin(app, db, &id, before).await?;
    tx.commit().await?;
    tracing::info!("the console has its first owner");
    Ok(secret)
}

fn unknown() -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "start.key",
        "this link was used already, is older than an hour, or is not whole",
        "if the console has no owner yet, stop it and start it again: it prints a new link; otherwise sign in",
    )
}
