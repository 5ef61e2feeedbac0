//! Rows of what a merchant set for skills. A setting that is not there has the default of the skill's manifest.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use super::{StoreError, column};

/// What was set for a skill, by the name of the setting. Whether the installed release still has a setting of that name is for
/// the caller to look at.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn of(
    db: &mut AnyConnection,
    skill: &str,
) -> Result<BTreeMap<String, String>, StoreError> {
    sqlx::query("SELECT name, value FROM skill_settings WHERE skill = $1")
        .bind(skill)
        .fetch_all(db)
        .await?
        .iter()
        .map(|row| Ok((column(row, "name")?, column(row, "value")?)))
        .collect()
}

/// Sets all settings of a skill: those that are not named are left to their defaults.
///
/// # Errors
/// [`StoreError`] of the database.
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

/// Forgets what was set for every skill.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove_all(db: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM skill_settings")
        .execute(db)
        .await?;
    Ok(())
}
