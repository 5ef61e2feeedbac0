//! Rows of downloads: how often the component of a release was handed out.

use std::collections::HashMap;

use guildhall_package::{Digest, SkillName};
use sqlx::AnyConnection;

use super::{StoreError, column, parsed};

/// Adds to the count of a release.
pub async fn add(
    db: &mut AnyConnection,
    release: &Digest,
    name: &SkillName,
    number: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO downloads (release, publisher, skill, number) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (release) DO UPDATE SET number = downloads.number + $4",
    )
    .bind(release.to_string())
    .bind(name.publisher.as_str())
    .bind(name.skill.as_str())
    .bind(number)
    .execute(db)
    .await?;
    Ok(())
}

/// The counts of a publisher's releases, of one skill or of all.
pub async fn of(
    db: &mut AnyConnection,
    publisher: &str,
    skill: Option<&str>,
) -> Result<HashMap<Digest, i64>, StoreError> {
    let rows = sqlx::query(
        "SELECT release, number FROM downloads WHERE publisher = $1 AND ($2 = '' OR skill = $2)",
    )
    .bind(publisher)
    .bind(skill.unwrap_or_default())
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| Ok((parsed(row, "release")?, column(row, "number")?)))
        .collect()
}
