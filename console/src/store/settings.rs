//! What is set for the whole console.

use guildhall_host::Retention;
//! Rows of what a merchant set for skills. A setting that is not there has the default of the skill's manifest.
use std::collections::BTreeMap;
use sqlx::AnyConnection;

use super::{StoreError, column};

/// What is kept of a run, where nobody said anything.
const RETENTION: &str = "retention";

/// What is kept of runs that are started here, unless something else is chosen for one. Default: everything.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn retention(db: &mut AnyConnection) -> Result<Retention, StoreError> {
    let word = get(db, RETENTION).await?;
    // A word of a newer program keeps everything: nothing is lost that somebody may need.
    Ok(word
        .and_then(|word| word.parse().ok())
        .unwrap_or(Retention::Full))
}

/// Sets it.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_retention(db: &mut AnyConnection, retention: Retention) -> Result<(), StoreError> {
    set(db, RETENTION, retention.word()).await
}

async fn get(db: &mut AnyConnection, name: &str) -> Result<Option<String>, StoreError> {
    sqlx::query("SELECT value FROM settings WHERE name = $1")
        .bind(name.to_owned())
        .fetch_optional(db)
        .await?
        .map(|row| column(&row, "value"))
        .transpose()
}

async fn set(db: &mut AnyConnection, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name.to_owned())
    .bind(value.to_owned())
    .execute(db)
    .await?;
/// What was set for a skill, by the name of the setting. Whether the installed release still has a setting of that name is for
/// the caller to look at.
pub async fn of(
    db: &mut AnyConnection,
    skill: &str,
) -> Result<BTreeMap<String, String>, StoreError> {
    sqlx::query("SELECT name, value FROM skill_settings WHERE skill = $1")
        .bind(skill)
        .fetch_all(db)
        .iter()
        .map(|row| Ok((column(row, "name")?, column(row, "value")?)))
        .collect()
/// Sets all settings of a skill: those that are not named are left to their defaults.
pub async fn set(
    db: &mut AnyConnection,
    skill: &str,
    values: &BTreeMap<String, String>,
    (person, at): (&str, i64),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM skill_settings WHERE skill = $1")
        .bind(skill)
        .execute(&mut *db)
        .await?;
    for (name, value) in values {
        sqlx::query(
            "INSERT INTO skill_settings (skill, name, value, person, at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(skill)
        .bind(name.as_str())
        .bind(value.as_str())
        .bind(person)
        .bind(at)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
