//! Passwords of people, and locking out who guesses. An attempt is counted before the password is looked at, so that many at
//! once are no way around the count.

use std::net::IpAddr;

use axum::http::StatusCode;
use guildhall_web::attempts::{
    self, ACCOUNT_FREE, ADDRESS_FREE, FORGET_MS, after_attempt, taken_back,
};
use guildhall_web::error::{ApiError, refuse, wait};
use guildhall_web::limits::network;
use guildhall_web::password;
use guildhall_web::store::Tx;

use super::{Person, PersonName};
use crate::app::App;
use crate::store::people::{self, PersonRow};

/// Compares the password of who is called `name`. Gives the person's row, and the transaction in which the failed attempts
/// are forgotten: what is given for the password belongs into it.
///
/// # Errors
/// 401 for a wrong name or password, the same for both; 429 for who guesses.
pub async fn authenticate(
    app: &App,
    client: IpAddr,
    name: &str,
    password: String,
) -> Result<(PersonRow, Tx), ApiError> {
    app.limits.login.check(&network(client))?;
    // What can be no name is treated as one that nobody has, but for the count of it.
    let Ok(name) = name.parse::<PersonName>() else {
        return Err(wrong());
    };
    let person_key = format!("p:{}", name.key());
    let address_key = format!("i:{}", network(client));
    let now = app.clock.now();
    let row = {
        let mut tx = app.store.write().await?;
        for (subject, free) in [(&person_key, ACCOUNT_FREE), (&address_key, ADDRESS_FREE)] {
            let failures = attempts::lock(tx.connection(), subject).await?;
            if failures.locked_until > now {
                return Err(locked(failures.locked_until - now));
            }
            attempts::set(tx.connection(), subject, after_attempt(failures, free, now)).await?;
        }
        let row = people::by_name(tx.connection(), &name).await?;
        tx.commit().await?;
        row
    };
    let hash = row.as_ref().and_then(|row| row.password.clone());
    let fits = password::verify(&app.hashing, password, hash.clone()).await?;
    let Some(row) = row.filter(|_| fits) else {
        tracing::info!(%client, "sign-in refused");
        return Err(wrong());
    };
    let mut tx = app.store.write().await?;
    // It may have been changed, or the person removed, while it was compared; until this transaction ends neither happens.
    let still = people::get(tx.connection(), &row.id).await?;
    let Some(row) = still.filter(|now| now.password == hash) else {
        return Err(wrong());
    };
    let before = now.saturating_sub(FORGET_MS);
    attempts::clear(tx.connection(), &person_key, before).await?;
    let address = attempts::lock(tx.connection(), &address_key).await?;
    attempts::set(tx.connection(), &address_key, taken_back(address)).await?;
    Ok((row, tx))
}

/// Whether somebody who is signed in still knows the own password. Guesses count as they do for signing in.
///
/// # Errors
/// 401 if not; 429 for who guesses.
pub async fn prove(
    app: &App,
    client: IpAddr,
    person: &Person,
    password: String,
) -> Result<(), ApiError> {
    let (row, tx) = authenticate(app, client, person.name(), password).await?;
    // Names are unique, but may have been given to somebody else since the session began.
    if row.id != *person.id() {
        return Err(wrong());
    }
    tx.commit().await?;
    Ok(())
}

fn wrong() -> ApiError {
    refuse(
        StatusCode::UNAUTHORIZED,
        "login.wrong",
        "the name or the password is wrong",
        "check both; after several wrong passwords in a row you have to wait",
    )
}

fn locked(ms: i64) -> ApiError {
    wait(
        StatusCode::TOO_MANY_REQUESTS,
        "login.locked",
        "there were too many wrong passwords in a row",
        u64::try_from(ms).unwrap_or(0).div_ceil(1000),
    )
}
