//! Tables, made and changed step by step. A step is never changed once it was released.

use sqlx::{AssertSqlSafe, Executor as _};

use super::{Kind, Store, StoreError, Tables, column};

/// Brings the tables up to date, one process at a time.
pub(super) async fn run(store: &Store, tables: Tables) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.lock(tables.lock).await?;
    let connection = tx.connection();
    connection
        .execute(sqlx::raw_sql(
            "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)",
        ))
        .await?;
    let row = sqlx::query("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version")
        .fetch_one(&mut *connection)
        .await?;
    let done: i64 = column(&row, "version")?;
    let done = usize::try_from(done).unwrap_or(usize::MAX);
    if done > tables.steps.len() {
        return Err(StoreError::Corrupt(format!(
            "its tables are of version {done} and this program knows {}; run the newer program",
            tables.steps.len()
        )));
    }
    for (index, step) in tables.steps.iter().enumerate().skip(done) {
        let (blob, serial) = match store.kind() {
            Kind::Sqlite => ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
            Kind::Postgres => ("BYTEA", "BIGSERIAL PRIMARY KEY"),
        };
        let text = step.replace("{blob}", blob).replace("{serial}", serial);
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(text)))
            .await?;
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)")
            .bind(i64::try_from(index + 1).unwrap_or(i64::MAX))
            .execute(&mut *connection)
            .await?;
    }
    tx.commit().await
}
