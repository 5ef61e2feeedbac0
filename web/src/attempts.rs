//! Locking out who guesses passwords: counts, and rows of them. An attempt is counted before the password is looked at, so
//! that many at once are no way around the count.
//!
//! The rows are of the service's table `failures (subject TEXT PRIMARY KEY, count BIGINT NOT NULL, last BIGINT NOT NULL,
//! locked_until BIGINT NOT NULL)`.

use sqlx::AnyConnection;

use crate::store::{StoreError, column};

/// Failures in a row after which an account is locked.
pub const ACCOUNT_FREE: i64 = 5;
/// Failures in a row after which an address is locked: several people may have one.
pub const ADDRESS_FREE: i64 = 20;
/// First lock in milliseconds; each further failure doubles it.
const FIRST_LOCK_MS: i64 = 30_000;
/// Longest lock in milliseconds.
const LONGEST_LOCK_MS: i64 = 60 * 60 * 1000;
/// Failures this long ago, in milliseconds, are forgotten.
pub const FORGET_MS: i64 = 24 * 60 * 60 * 1000;

/// Failed logins of one subject. Times are milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many in a row.
    pub count: i64,
    /// When the last one was.
    pub last: i64,
    /// Until when no login of it is tried.
    pub locked_until: i64,
}

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

/// The count of an address whose attempt was no failure. Only this attempt is taken back: an own account must be no way to
/// guess at others for ever.
#[must_use]
pub fn taken_back(mut address: Failures) -> Failures {
    address.count = (address.count - 1).max(0);
    if address.count < ADDRESS_FREE {
        address.locked_until = 0;
    }
    address
}

/// Failed logins of a subject, whose row is locked until the transaction ends: of many at once each counts.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn lock(db: &mut AnyConnection, subject: &str) -> Result<Failures, StoreError> {
    sqlx::query(
        "INSERT INTO failures (subject, count, last, locked_until) VALUES ($1, 0, 0, 0) \
         ON CONFLICT (subject) DO UPDATE SET count = failures.count",
    )
    .bind(subject)
    .execute(&mut *db)
    .await?;
    get(db, subject).await
}

/// Failed logins of a subject.
async fn get(db: &mut AnyConnection, subject: &str) -> Result<Failures, StoreError> {
    let row = sqlx::query("SELECT count, last, locked_until FROM failures WHERE subject = $1")
        .bind(subject)
        .fetch_optional(db)
        .await?;
    let Some(row) = row else {
        return Ok(Failures::default());
    };
    Ok(Failures {
        count: column(&row, "count")?,
        last: column(&row, "last")?,
        locked_until: column(&row, "locked_until")?,
    })
}

/// Records failed logins of a subject.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set(
    db: &mut AnyConnection,
    subject: &str,
    failures: Failures,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO failures (subject, count, last, locked_until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (subject) DO UPDATE SET count = $2, last = $3, locked_until = $4",
    )
    .bind(subject)
    .bind(failures.count)
    .bind(failures.last)
    .bind(failures.locked_until)
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets failed logins: of a subject that logged in, and of all that are long past.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn clear(db: &mut AnyConnection, subject: &str, before: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM failures WHERE subject = $1 OR (last < $2 AND locked_until < $2)")
        .bind(subject)
        .bind(before)
        .execute(db)
        .await?;
    Ok(())
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
