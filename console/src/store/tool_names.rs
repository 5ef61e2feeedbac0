//! Rows of names of tools: whose each is, for good.

use std::collections::BTreeMap;

use super::{Db, StoreError, column};

/// Every name with its skill, `publisher/skill`.
pub async fn all(db: &mut Db) -> Result<BTreeMap<String, String>, StoreError> {
    sqlx::query("SELECT name, skill FROM tool_names")
        .fetch_all(db)
        .await?
        .iter()
        .map(|row| Ok((column(row, "name")?, column(row, "skill")?)))
        .collect()
}

/// Gives a name to a skill. `take`: also if it is another's, because the merchant said so.
pub async fn give(
    db: &mut Db,
    name: &str,
    skill: &str,
    (take, now): (bool, i64),
) -> Result<(), StoreError> {
    let sql = if take {
        "INSERT INTO tool_names (name, skill, at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET skill = excluded.skill, at = excluded.at"
    } else {
        "INSERT INTO tool_names (name, skill, at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING"
    };
    sqlx::query(sql)
        .bind(name)
        .bind(skill)
        .bind(now)
        .execute(db)
        .await?;
    Ok(())
}
