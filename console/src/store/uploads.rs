//! Rows of folders with files that were given to runs.

use sqlx::AnyConnection;

use super::{StoreError, column};

/// A folder with files of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// Name of the folder.
    pub id: String,
    /// What the run is found by.
    pub request: String,
    /// The run, once it is known.
    pub run: Option<String>,
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
        "INSERT INTO uploads (id, request, run, person, digest, path, until) VALUES ($1, $2, $3, $4, '', $5, $6)",
    )
    .bind(row.id.as_str())
    .bind(row.request.as_str())
    .bind(row.run.as_deref())
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
pub async fn set_digest(db: &mut AnyConnection, id: &str, digest: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE uploads SET digest = $1 WHERE id = $2")
        .bind(digest)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// Writes down the run of a folder.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_run(db: &mut AnyConnection, id: &str, run: &str) -> Result<(), StoreError> {
    sqlx::query("UPDATE uploads SET run = $1 WHERE id = $2")
        .bind(run)
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}

/// All folders.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn all(db: &mut AnyConnection) -> Result<Vec<UploadRow>, StoreError> {
    sqlx::query("SELECT id, request, run, path, until FROM uploads ORDER BY id")
        .fetch_all(db)
        .await?
        .iter()
        .map(|row| {
            Ok(UploadRow {
                id: column(row, "id")?,
                request: column(row, "request")?,
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
pub async fn remove(db: &mut AnyConnection, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM uploads WHERE id = $1")
        .bind(id)
        .execute(db)
        .await?;
    Ok(())
}
