//! Rows of installations that are looked at later.

use super::{Db, StoreError, column};

/// An installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallRow {
    /// Which.
    pub id: String,
    /// Who consented: a person's identifier.
    pub person: String,
    /// When, in milliseconds since the Unix epoch.
    pub begun: i64,
    /// Until when the process that works on it was heard of.
    pub heard_until: i64,
    /// When it ended.
    pub ended: Option<i64>,
    /// What came of it, as JSON.
    pub skills: Option<String>,
    /// Why nothing came of it, as JSON.
    pub problem: Option<String>,
}

/// Writes one down that begins. Those from before `forget_before` are forgotten.
pub async fn insert(
    db: &mut Db,
    (id, person): (&str, &str),
    (now, heard_until, forget_before): (i64, i64, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM installs WHERE begun < $1")
        .bind(forget_before)
        .execute(&mut *db)
        .await?;
    sqlx::query("INSERT INTO installs (id, person, begun, heard_until) VALUES ($1, $2, $3, $4)")
        .bind(id)
        .bind(person)
        .bind(now)
        .bind(heard_until)
        .execute(db)
        .await?;
    Ok(())
}

/// Says that the process which works on it is there.
pub async fn heard(db: &mut Db, id: &str, until: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE installs SET heard_until = $2 WHERE id = $1 AND ended IS NULL")
        .bind(id)
        .bind(until)
        .execute(db)
        .await?;
    Ok(())
}

/// Says what came of it.
pub async fn end(
    db: &mut Db,
    id: &str,
    now: i64,
    came: Result<&str, &str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE installs SET ended = $2, skills = $3, problem = $4 WHERE id = $1")
        .bind(id)
        .bind(now)
        .bind(came.ok())
        .bind(came.err())
        .execute(db)
        .await?;
    Ok(())
}

/// One of them.
pub async fn get(db: &mut Db, id: &str) -> Result<Option<InstallRow>, StoreError> {
    let row = sqlx::query(
        "SELECT id, person, begun, heard_until, ended, skills, problem FROM installs WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(InstallRow {
            id: column(&row, "id")?,
            person: column(&row, "person")?,
            begun: column(&row, "begun")?,
            heard_until: column(&row, "heard_until")?,
            ended: column(&row, "ended")?,
            skills: column(&row, "skills")?,
            problem: column(&row, "problem")?,
        })
    })
    .transpose()
}

/// How many are at work, as far as is known.
pub async fn at_work(db: &mut Db, now: i64) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS count FROM installs WHERE ended IS NULL AND heard_until > $1",
    )
    .bind(now)
    .fetch_one(db)
    .await?;
    column(&row, "count")
}
