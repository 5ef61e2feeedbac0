//! Rows of tokens with which a program stands in for a person. A row is written once; afterwards only the time of its end is.

use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, parsed};
use crate::people::{PersonId, Role};

/// A token, without what it is.
#[derive(Debug, Clone)]
pub struct TokenRow {
    /// Which.
    pub id: String,
    /// For whom it stands.
    pub person: PersonId,
    /// What its maker calls it.
    pub label: String,
    /// When it was made.
    pub created: i64,
    /// When it ends.
    pub expires: i64,
    /// When somebody ended it.
    pub revoked: Option<i64>,
}

/// Whom a token stands for, as that person is now.
#[derive(Debug)]
pub struct Standing {
    /// The token.
    pub token: TokenRow,
    /// That person's name.
    pub name: String,
    /// That person's role.
    pub role: Role,
}

const COLUMNS: &str = "t.id AS id, t.person AS person, t.label AS label, t.created AS created, t.expires AS expires, \
     t.revoked AS revoked";

fn read(row: &AnyRow) -> Result<TokenRow, StoreError> {
    Ok(TokenRow {
        id: column(row, "id")?,
        person: parsed(row, "person")?,
        label: column(row, "label")?,
        created: column(row, "created")?,
        expires: column(row, "expires")?,
        revoked: column(row, "revoked")?,
    })
}

/// Writes a token down.
pub async fn insert(
    db: &mut AnyConnection,
    token: &TokenRow,
    hash: &[u8; 32],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO approver_tokens (id, hash, person, label, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&token.id)
    .bind(hash.to_vec())
    .bind(token.person.as_str())
    .bind(&token.label)
    .bind(token.created)
    .bind(token.expires)
    .execute(db)
    .await?;
    Ok(())
}

/// Whom this token stands for, in force or not. None: there is none, or the person was removed.
pub async fn find(db: &mut AnyConnection, hash: &[u8; 32]) -> Result<Option<Standing>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS}, p.name AS name, p.role AS role FROM approver_tokens t JOIN people p ON p.id = t.person \
         WHERE t.hash = $1 AND p.removed IS NULL"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(hash.to_vec())
        .fetch_optional(db)
        .await?;
    row.map(|row| {
        Ok(Standing {
            token: read(&row)?,
            name: column(&row, "name")?,
            role: parsed(&row, "role")?,
        })
    })
    .transpose()
}

/// Tokens of a person, newest first.
pub async fn of_person(
    db: &mut AnyConnection,
    person: &PersonId,
) -> Result<Vec<TokenRow>, StoreError> {
    let text = format!(
        "SELECT {COLUMNS} FROM approver_tokens t WHERE t.person = $1 ORDER BY t.created DESC, t.id DESC LIMIT 100"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(text))
        .bind(person.as_str())
        .fetch_all(db)
        .await?;
    rows.iter().map(read).collect()
}

/// Ends a token of a person. Says whether there was one in force.
pub async fn revoke(
    db: &mut AnyConnection,
    person: &PersonId,
    id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let ended = sqlx::query(
        "UPDATE approver_tokens SET revoked = $3 WHERE id = $1 AND person = $2 AND revoked IS NULL",
    )
    .bind(id)
    .bind(person.as_str())
    .bind(now)
    .execute(db)
    .await?
    .rows_affected();
    Ok(ended == 1)
}

/// How many were not taken back.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn standing(db: &mut AnyConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM approver_tokens WHERE revoked IS NULL")
        .fetch_one(db)
        .await?;
    column(&row, "count")
}
