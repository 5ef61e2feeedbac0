//! Rows of passkeys, and of challenges that wait for an answer.

use sqlx::AnyConnection;

use super::{StoreError, column, parsed};
use crate::people::PersonId;

/// A passkey.
#[derive(Debug, Clone)]
pub struct PasskeyRow {
    /// The credential's identifier.
    pub id: Vec<u8>,
    /// Whose.
    pub person: PersonId,
    /// What its person calls it.
    pub name: String,
    /// COSE algorithm.
    pub alg: i64,
    /// The public key.
    pub key: Vec<u8>,
    /// How often it was used, as it says itself.
    pub counter: i64,
    /// When it was added.
    pub created: i64,
    /// When it was last used.
    pub used: Option<i64>,
}

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeRow {
    /// For what it is.
    pub purpose: String,
    /// The hash of the session or cookie that asked.
    pub bound: Vec<u8>,
    /// Who may answer; none: whoever signs in.
    pub person: Option<String>,
    /// What is decided about.
    pub subject: String,
    /// Until when it can be answered.
    pub expires: i64,
}

/// Keeps a challenge under its hash. Those that nobody answered in time go.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn ask(
    db: &mut AnyConnection,
    hash: &[u8; 32],
    row: &ChallengeRow,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM challenges WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO challenges (hash, purpose, bound, person, subject, expires) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash.to_vec())
    .bind(row.purpose.as_str())
    .bind(row.bound.clone())
    .bind(row.person.clone())
    .bind(row.subject.as_str())
    .bind(row.expires)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes a challenge away, for whoever answers first. None: there is none, or it was answered.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn take(
    db: &mut AnyConnection,
    hash: &[u8; 32],
) -> Result<Option<ChallengeRow>, StoreError> {
    let row = sqlx::query(
        "SELECT purpose, bound, person, subject, expires FROM challenges WHERE hash = $1",
    )
    .bind(hash.to_vec())
    .fetch_optional(&mut *db)
    .await?;
    let taken = sqlx::query("DELETE FROM challenges WHERE hash = $1")
        .bind(hash.to_vec())
        .execute(db)
        .await?;
    let Some(row) = row.filter(|_| taken.rows_affected() == 1) else {
        return Ok(None);
    };
    Ok(Some(ChallengeRow {
        purpose: column(&row, "purpose")?,
        bound: column(&row, "bound")?,
        person: column(&row, "person")?,
        subject: column(&row, "subject")?,
        expires: column(&row, "expires")?,
    }))
}

/// Adds a passkey. `false`: it is known already.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(db: &mut AnyConnection, row: &PasskeyRow) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO passkeys (id, person, name, alg, public_key, counter, created) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(row.id.clone())
    .bind(row.person.as_str())
    .bind(row.name.as_str())
    .bind(row.alg)
    .bind(row.key.clone())
    .bind(row.counter)
    .bind(row.created)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Passkeys of a person, the oldest first.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of(db: &mut AnyConnection, person: &PersonId) -> Result<Vec<PasskeyRow>, StoreError> {
    sqlx::query("SELECT * FROM passkeys WHERE person = $1 ORDER BY created, id")
        .bind(person.as_str())
        .fetch_all(db)
        .await?
        .iter()
        .map(row_of)
        .collect()
}

/// One passkey.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn get(db: &mut AnyConnection, id: &[u8]) -> Result<Option<PasskeyRow>, StoreError> {
    sqlx::query("SELECT * FROM passkeys WHERE id = $1")
        .bind(id.to_vec())
        .fetch_optional(db)
        .await?
        .as_ref()
        .map(row_of)
        .transpose()
}

/// Counts a use. `false`: it was used at the same time elsewhere, or removed.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn used(
    db: &mut AnyConnection,
    row: &PasskeyRow,
    counter: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE passkeys SET counter = $2, used = $3 WHERE id = $1 AND counter = $4")
            .bind(row.id.clone())
            .bind(counter)
            .bind(now)
            .bind(row.counter)
            .execute(db)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a passkey of a person away. `false`: there is none.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove(
    db: &mut AnyConnection,
    person: &PersonId,
    id: &[u8],
) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM passkeys WHERE id = $1 AND person = $2")
        .bind(id.to_vec())
        .bind(person.as_str())
        .execute(db)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn row_of(row: &sqlx::any::AnyRow) -> Result<PasskeyRow, StoreError> {
    Ok(PasskeyRow {
        id: column(row, "id")?,
        person: parsed(row, "person")?,
        name: column(row, "name")?,
        alg: column(row, "alg")?,
        key: column(row, "public_key")?,
        counter: column(row, "counter")?,
        created: column(row, "created")?,
        used: column(row, "used")?,
    })
}
