//! Logging in, and locking out who guesses. An attempt is counted before the password is looked at, so that many at once
//! are no way around the count.

use std::net::IpAddr;

use axum::http::StatusCode;
use guildhall_package::FolderName;
use guildhall_package::market::account::{IssuedToken, Login};
use guildhall_web::attempts::{
    self, ACCOUNT_FREE, ADDRESS_FREE, FORGET_MS, after_attempt, taken_back,
};
use guildhall_web::password;

use super::token;
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, refuse, wait};
use crate::limits::network;
use crate::store::Tx;
use crate::store::accounts::{self, Account};

/// Exchanges a password for a token.
///
/// # Errors
/// 401 for a wrong name or password, the same for both; 429 for who guesses.
pub async fn login(app: &App, client: IpAddr, login: Login) -> Result<IssuedToken, ApiError> {
    let (account, mut tx) = authenticate(app, client, &login.account, login.password).await?;
    let issued = token::issue(app, tx.connection(), &account.account, &login.token).await?;
    tx.commit().await?;
    tracing::info!(account = %account.account, token = issued.info.id, "logged in");
    Ok(issued)
}

/// Compares a password. Gives the account, and the transaction in which its failed logins are forgotten: what is given for
/// the password belongs into it.
///
/// # Errors
/// As [`login`].
pub(crate) async fn authenticate(
    app: &App,
    client: IpAddr,
    name: &FolderName,
    password: String,
) -> Result<(Account, Tx), ApiError> {
    app.limits.login(client)?;
    let account_key = format!("a:{name}");
    let address_key = format!("i:{}", network(client));
    let now = app.clock.now();
    let account = {
        let mut tx = app.store.write().await?;
        for (subject, free) in [(&account_key, ACCOUNT_FREE), (&address_key, ADDRESS_FREE)] {
            let failures = attempts::lock(tx.connection(), subject).await?;
            if failures.locked_until > now {
                return Err(locked(failures.locked_until - now));
            }
            let next = after_attempt(failures, free, now);
            attempts::set(tx.connection(), subject, next).await?;
        }
        let account = accounts::get(tx.connection(), name.as_str()).await?;
        tx.commit().await?;
        account
    };
    let hash = account.as_ref().map(|account| account.password.clone());
    let fits = password::verify(&app.hashing, password, hash).await?;
    let Some(account) = account.filter(|_| fits) else {
        return Err(wrong(app, client, name));
    };
    let mut tx = app.store.write().await?;
    // It may have been changed while it was compared; until this transaction ends it is not.
    let hash = account.password.as_str();
    if !accounts::set_password(tx.connection(), name.as_str(), hash, hash).await? {
        return Err(wrong(app, client, name));
    }
    let before = now.saturating_sub(FORGET_MS);
    attempts::clear(tx.connection(), &account_key, before).await?;
    let address = taken_back(attempts::lock(tx.connection(), &address_key).await?);
    attempts::set(tx.connection(), &address_key, address).await?;
    Ok((account, tx))
}

fn wrong(app: &App, client: IpAddr, name: &FolderName) -> ApiError {
    app.metrics.failed_logins.inc();
    tracing::info!(account = %name, %client, "login refused");
    refuse(
        StatusCode::UNAUTHORIZED,
        "login.wrong",
        "the account name or the password is wrong",
        "check both; after several wrong passwords in a row the account has to wait",
    )
}

fn locked(ms: i64) -> ApiError {
    wait(
        StatusCode::TOO_MANY_REQUESTS,
        "login.locked",
        "there were too many wrong passwords in a row",
        wire(ms).div_ceil(1000),
    )
}
