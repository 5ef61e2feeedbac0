//! Rows of sessions: people who are signed in with a browser.

use guildhall_package::FolderName;
use guildhall_package::market::account::Role;
use guildhall_web::sessions::Sessions;
pub use guildhall_web::sessions::end as delete;
use sqlx::AnyConnection;

use super::{StoreError, json, parsed};

const SESSIONS: Sessions = Sessions {
    insert: "INSERT INTO sessions (hash, account, created, expires) VALUES ($1, $2, $3, $4)",
    keep: "DELETE FROM sessions WHERE account = $1 AND hash NOT IN \
           (SELECT hash FROM sessions WHERE account = $1 ORDER BY created DESC LIMIT $2)",
    end: "DELETE FROM sessions WHERE account = $1",
};

/// Begins a session, now and until the other time. Of those that the account had, the oldest and those that have expired end.
pub async fn insert(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    account: &FolderName,
    times: (i64, i64),
) -> Result<(), StoreError> {
    SESSIONS.begin(db, hash, account.as_str(), times).await
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

/// Ends all sessions of an account.
pub async fn delete_all(db: &mut AnyConnection, account: &str) -> Result<(), StoreError> {
    SESSIONS.end_all(db, account).await
}
