//! Rows of sessions: people who are signed in with a browser.

use super::{Db, StoreError, column, parsed};
use crate::people::{PersonId, Role};

/// Sessions that a person may have at once; the oldest end first.
const MOST: i64 = 20;

/// A session, with whose it is.
#[derive(Debug)]
pub struct SessionRow {
    /// Whose.
    pub person: PersonId,
    /// That person's name.
    pub name: String,
    /// That person's role as it is now.
    pub role: Role,
    /// When it began.
    pub begun: i64,
    /// When it was last used.
    pub seen: i64,
}

/// Begins a session. Of those that the person had, the oldest and those that have expired end.
pub async fn insert(
    db: &mut Db,
    hash: &[u8; 32],
    person: &PersonId,
    (now, expires): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE expires <= $1")
        .bind(now)
        .execute(&mut *db)
        .await?;
    sqlx::query(
        "INSERT INTO sessions (hash, person, begun, seen, expires) VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(hash.to_vec())
    .bind(person.as_str())
    .bind(now)
    .bind(expires)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "DELETE FROM sessions WHERE person = $1 AND hash NOT IN \
         (SELECT hash FROM sessions WHERE person = $1 ORDER BY begun DESC LIMIT $2)",
    )
    .bind(person.as_str())
    .bind(MOST)
    .execute(db)
    .await?;
    Ok(())
}

/// Sessions, the newest of them, and changes about people: other numbers whenever somebody signed in or out, was removed or
/// given another role.
pub async fn standing(db: &mut Db) -> Result<[i64; 3], StoreError> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM sessions) AS sessions, \
         (SELECT COALESCE(MAX(begun), 0) FROM sessions) AS newest, \
         (SELECT COUNT(*) FROM people_changes) AS changes",
    )
    .fetch_one(db)
    .await?;
    Ok([
        column(&row, "sessions")?,
        column(&row, "newest")?,
        column(&row, "changes")?,
    ])
}

/// Whose session this is. None: it has ended, by its time, by being left alone since before `idle_before`, or because the
/// person was removed.
pub async fn get(
    db: &mut Db,
    hash: &[u8; 32],
    (now, idle_before): (i64, i64),
) -> Result<Option<SessionRow>, StoreError> {
    let row = sqlx::query(
        "SELECT p.id AS id, p.name AS name, p.role AS role, s.begun AS begun, s.seen AS seen \
         FROM sessions s JOIN people p ON p.id = s.person \
         WHERE s.hash = $1 AND s.expires > $2 AND s.seen > $3 AND p.removed IS NULL",
    )
    .bind(hash.to_vec())
    .bind(now)
    .bind(idle_before)
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(SessionRow {
            person: parsed(&row, "id")?,
            name: column(&row, "name")?,
            role: parsed(&row, "role")?,
            begun: column(&row, "begun")?,
            seen: column(&row, "seen")?,
        })
    })
    .transpose()
}

/// Writes down that a person used it.
pub async fn touch(db: &mut Db, hash: &[u8; 32], now: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen = $2 WHERE hash = $1 AND seen < $2")
        .bind(hash.to_vec())
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}

/// How many sessions of a person go on.
pub async fn count(
    db: &mut Db,
    person: &PersonId,
    (now, idle_before): (i64, i64),
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS count FROM sessions WHERE person = $1 AND expires > $2 AND seen > $3",
    )
    .bind(person.as_str())
    .bind(now)
    .bind(idle_before)
    .fetch_one(db)
    .await?;
    column(&row, "count")
}

/// Ends a session.
pub async fn delete(db: &mut Db, hash: &[u8; 32]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE hash = $1")
        .bind(hash.to_vec())
        .execute(db)
        .await?;
    Ok(())
}

/// Ends all sessions of a person.
pub async fn delete_all(db: &mut Db, person: &PersonId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE person = $1")
        .bind(person.as_str())
        .execute(db)
        .await?;
    Ok(())
}
