//! Rows of reports of abuse.

use guildhall_package::SkillName;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, parsed};

/// What somebody reports about a skill. Texts are a stranger's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its name.
    pub id: String,
    /// Which skill.
    pub name: SkillName,
    /// Which version, if one was named.
    pub version: Option<String>,
    /// What it is about: one of a few words.
    pub kind: String,
    /// What happened.
    pub text: String,
    /// How to reach who reported; may be empty.
    pub contact: String,
    /// Who was signed in.
    pub account: Option<String>,
    /// When.
    pub at: i64,
}

/// Stores a report. False: `most` are open already.
pub async fn insert(
    db: &mut AnyConnection,
    report: &Report,
    most: i64,
) -> Result<bool, StoreError> {
    let row =
        sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) AS number FROM reports WHERE closed IS NULL")
            .fetch_one(&mut *db)
            .await?;
    if column::<i64>(&row, "number")? >= most {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO reports (id, publisher, skill, version, kind, text, contact, account, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(report.id.as_str())
    .bind(report.name.publisher.as_str())
    .bind(report.name.skill.as_str())
    .bind(report.version.as_deref())
    .bind(report.kind.as_str())
    .bind(report.text.as_str())
    .bind(report.contact.as_str())
    .bind(report.account.as_deref())
    .bind(report.at)
    .execute(db)
    .await?;
    Ok(true)
}

/// Open reports after the id `after`, oldest first.
pub async fn open(
    db: &mut AnyConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<Report>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM reports WHERE closed IS NULL AND id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await?;
    rows.iter().map(read).collect()
}

/// The report with this id, if it is open.
pub async fn get(db: &mut AnyConnection, id: &str) -> Result<Option<Report>, StoreError> {
    let row = sqlx::query("SELECT * FROM reports WHERE id = $1 AND closed IS NULL")
        .bind(id)
        .fetch_optional(db)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Closes a report with what came of it. False: it is not open.
pub async fn close(
    db: &mut AnyConnection,
    id: &str,
    (by, outcome): (&str, &str),
    now: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE reports SET closed = $2, closed_by = $3, outcome = $4 WHERE id = $1 AND closed IS NULL",
    )
    .bind(id)
    .bind(now)
    .bind(by)
    .bind(outcome)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn read(row: &AnyRow) -> Result<Report, StoreError> {
    Ok(Report {
        id: column(row, "id")?,
        name: SkillName {
            publisher: parsed(row, "publisher")?,
            skill: parsed(row, "skill")?,
        },
        version: column(row, "version")?,
        kind: column(row, "kind")?,
        text: column(row, "text")?,
        contact: column(row, "contact")?,
        account: column(row, "account")?,
        at: column(row, "at")?,
    })
}
