//! Rows of folders with files that were given to runs.

use sqlx::AnyConnection;

use super::{StoreError, column};

/// A folder with files of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// The run, which may not have begun.
    pub run: String,
    /// Where it is.
    pub path: String,
    /// When it is removed at the latest, unless the run is under way.
    pub until: i64,
}

/// Writes down a folder, before anything is put into it.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn insert(
    db: &mut AnyConnection,
    row: &UploadRow,
    person: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO uploads (run, person, digest, path, until) VALUES ($1, $2, '', $3, $4)",
    )
    .bind(row.run.as_str())
    .bind(person)
    .bind(row.path.as_str())
    .bind(row.until)
    .execute(db)
    .await?;
    Ok(())
}

/// Writes down what was put into a folder.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_digest(db: &mut AnyConnection, run: &str, digest: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE uploads SET digest = $1 WHERE run = $2")
        .bind(digest)
        .bind(run)
        .execute(db)
        .await?;
    Ok(())
}

/// All folders.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<UploadRow>, StoreError> {
    sqlx::query("SELECT run, path, until FROM uploads ORDER BY run")
        .fetch_all(db)
        .await?
        .iter()
        .map(|row| {
            Ok(UploadRow {
                run: column(row, "run")?,
                path: column(row, "path")?,
                until: column(row, "until")?,
            })
        })
        .collect()
}

/// Forgets a folder that is gone.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove(db: &mut AnyConnection, run: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM uploads WHERE run = $1")
        .bind(run)
        .execute(db)
        .await?;
    Ok(())
}

/// Forgets all folders.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn remove_all(db: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM uploads").execute(db).await?;
    Ok(())
}
