//! Rows of what was used up: states that clients carried between two rounds of a call. Numbers only.

use guildhall_web::store::{Store, StoreError};
use uuid::Uuid;

/// Uses a number up. False: it was used before.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn use_up(
    store: &Store,
    nonce: Uuid,
    (now, until): (i64, i64),
) -> Result<bool, StoreError> {
    let mut tx = store.write().await?;
    sqlx::query("DELETE FROM states_used WHERE until_ms <= $1")
        .bind(now)
        .execute(tx.connection())
        .await?;
    let done = sqlx::query(
        "INSERT INTO states_used (nonce, until_ms) VALUES ($1, $2) ON CONFLICT (nonce) DO NOTHING",
    )
    .bind(nonce.to_string())
    .bind(until)
    .execute(tx.connection())
    .await?;
    tx.commit().await?;
    Ok(done.rows_affected() == 1)
}
