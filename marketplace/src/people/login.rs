//! Logging in, and locking out who guesses. An attempt is counted before the password is looked at, so that many at once
//! are no way around the count.

use std::net::IpAddr;

use axum::http::StatusCode;
use guildhall_package::FolderName;
use guildhall_package::market::account::{IssuedToken, Login};

use super::{password, token};
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, refuse, wait};
use crate::limits::network;
use crate::store::Tx;
use crate::store::accounts::{self, Account, Failures};

/// Failures in a row after which an account is locked.
const ACCOUNT_FREE: i64 = 5;
/// Failures in a row after which an address is locked: several people may have one.
const ADDRESS_FREE: i64 = 20;
/// First lock; each further failure doubles it.
const FIRST_LOCK_MS: i64 = 30_000;
/// Longest lock.
const LONGEST_LOCK_MS: i64 = 60 * 60 * 1000;
/// Failures this long ago are forgotten.
const FORGET_MS: i64 = 24 * 60 * 60 * 1000;

/// The count after one more attempt. Pure.
#[must_use]
pub fn after_attempt(before: Failures, free: i64, now: i64) -> Failures {
    let old = now.saturating_sub(before.last) > FORGET_MS;
    let count = if old { 1 } else { before.count + 1 };
    let over = count - free;
    let locked_until = if over < 0 {
        0
    } else {
        let doubled = FIRST_LOCK_MS.saturating_mul(1_i64 << over.min(20));
        now.saturating_add(doubled.min(LONGEST_LOCK_MS))
    };
    Failures {
        count,
        last: now,
        locked_until,
    }
}

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
            let failures = accounts::lock_failures(tx.connection(), subject).await?;
            if failures.locked_until > now {
                return Err(locked(failures.locked_until - now));
            }
            let next = after_attempt(failures, free, now);
            accounts::set_failures(tx.connection(), subject, next).await?;
        }
        let account = accounts::get(tx.connection(), name.as_str()).await?;
        tx.commit().await?;
        account
    };
    let hash = account.as_ref().map(|account| account.password.clone());
    let fits = password::verify(app, password, hash).await?;
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
    accounts::clear_failures(tx.connection(), &account_key, before).await?;
    // Only this attempt is taken back: an own account must be no way to guess at others for ever.
    let mut address = accounts::lock_failures(tx.connection(), &address_key).await?;
    address.count = (address.count - 1).max(0);
    if address.count < ADDRESS_FREE {
        address.locked_until = 0;
    }
    accounts::set_failures(tx.connection(), &address_key, address).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_lock_begins_after_the_free_attempts_and_doubles() {
        let mut failures = Failures::default();
        let mut locks = Vec::new();
        for _ in 0..8 {
            failures = after_attempt(failures, 5, 1_000_000);
            locks.push((failures.locked_until - 1_000_000).max(0) / 1000);
        }
        assert_eq!(locks, [0, 0, 0, 0, 30, 60, 120, 240]);
        let day_later = after_attempt(failures, 5, 1_000_001 + FORGET_MS);
        assert_eq!((day_later.count, day_later.locked_until), (1, 0));
    }

    proptest! {
        #[test]
        fn a_lock_never_gets_shorter_by_more_failures_and_never_longer_than_an_hour(count in 0i64..200, free in 1i64..50) {
            let now = 5_000_000_000;
            let before = Failures { count, last: now, locked_until: 0 };
            let one = after_attempt(before, free, now);
            let two = after_attempt(one, free, now);
            prop_assert!(two.locked_until >= one.locked_until);
            prop_assert!(two.locked_until <= now + LONGEST_LOCK_MS);
        }
    }
}
