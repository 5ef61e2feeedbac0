//! Rows of sessions: people who are signed in with a browser.

use guildhall_package::FolderName;
use guildhall_package::market::account::Role;
use sqlx::AnyConnection;

use super::{StoreError, json, parsed};

/// Sessions that an account may have at once; the oldest end first.
const MOST: i64 = 20;

/// Begins a session. Of those that the account had, the oldest and those that have expired end.
pub async fn insert(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    account: &FolderName,
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO sessions (hash, account, created, expires) VALUES ($1, $2, $3, $4)")
        .bind(hash.to_vec())
        .bind(account.as_str())
        .bind(now)
        .bind(expires)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "DELETE FROM sessions WHERE account = $1 AND hash NOT IN \
         (SELECT hash FROM sessions WHERE account = $1 ORDER BY created DESC LIMIT $2)",
    )
    .bind(account.as_str())
    .bind(MOST)
    .execute(db)
    .await?;
    Ok(())
}

/// Whose session this is, with the roles of the account as they are now. None: it has ended.
pub async fn get(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    now: i64,
) -> Result<Option<(FolderName, Vec<Role>)>, StoreError> {
    let row = sqlx::query(
        "SELECT s.account AS account, a.roles AS roles FROM sessions s JOIN accounts a ON a.account = s.account \
         WHERE s.hash = $1 AND s.expires > $2",
    )
    .bind(hash.to_vec())
    .bind(now)
    .fetch_optional(db)
    .await?;
    row.map(|row| Ok((parsed(&row, "account")?, json(&row, "roles")?)))
        .transpose()
}

/// Ends a session.
pub async fn delete(db: &mut AnyConnection, hash: &[u8; 32]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE hash = $1")
        .bind(hash.to_vec())
        .execute(db)
        .await?;
    Ok(())
}

/// Ends all sessions of an account.
pub async fn delete_all(db: &mut AnyConnection, account: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE account = $1")
        .bind(account)
        .execute(db)
        .await?;
    Ok(())
}
