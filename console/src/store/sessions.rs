//! Rows of sessions: people who are signed in with a browser.

use guildhall_web::sessions::Sessions;
pub use guildhall_web::sessions::end as delete;

use super::{Db, StoreError, column, parsed};
use crate::people::{PersonId, Role};

const SESSIONS: Sessions = Sessions {
    insert: "INSERT INTO sessions (hash, person, begun, seen, expires) VALUES ($1, $2, $3, $3, $4)",
    keep: "DELETE FROM sessions WHERE person = $1 AND hash NOT IN \
           (SELECT hash FROM sessions WHERE person = $1 ORDER BY begun DESC LIMIT $2)",
    end: "DELETE FROM sessions WHERE person = $1",
};

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

/// Begins a session, now and until the other time. Of those that the person had, the oldest and those that have expired end.
pub async fn insert(
    db: &mut Db,
    hash: &[u8; 32],
    person: &PersonId,
    times: (i64, i64),
) -> Result<(), StoreError> {
    SESSIONS.begin(db, hash, person.as_str(), times).await
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

/// Ends all sessions of a person.
pub async fn delete_all(db: &mut Db, person: &PersonId) -> Result<(), StoreError> {
    SESSIONS.end_all(db, person.as_str()).await
}
