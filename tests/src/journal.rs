//! The store's file, for tests that attack it: what an intruder with the merchant's disk could do, and what a test
//! can't wait for.

use crate::home::Home;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use std::fs;
use std::path::PathBuf;

/// Executes one statement on the journal of a home, and returns how many rows it changed.
///
/// # Panics
/// If there is no journal or it does not take the statement.
pub fn execute(home: &Home, statement: &'static str) -> u64 {
    block_on(async {
        let mut connection = open(home).await;
        let done = sqlx::query(statement)
            .execute(&mut connection)
            .await
            .expect(statement);
        connection.close().await.expect("the journal closes");
        done.rows_affected()
    })
}

/// Executes one statement on the database of a home's console.
///
/// # Panics
/// If there is none, or it does not take the statement.
pub fn console(home: &Home, statement: &'static str) {
    block_on(async {
        let mut connection = SqliteConnectOptions::new()
            .filename(home.home().join("state/console.sqlite"))
            .connect()
            .await
            .expect("a console");
        sqlx::query(statement)
            .execute(&mut connection)
            .await
            .expect(statement);
        connection.close().await.expect("it closes");
    });
}

/// Executes a statement that the test has put together; nothing if the journal does not take it.
///
/// # Panics
/// If there is no journal.
pub fn try_execute(home: &Home, statement: String) -> Option<u64> {
    block_on(async {
        let mut connection = open(home).await;
        let done = sqlx::query(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await;
        connection.close().await.expect("the journal closes");
        done.ok().map(|done| done.rows_affected())
    })
}

/// Every column of every table of a home's journal in which something stands: table, column, type as declared, and the
/// numbers of its rows.
///
/// # Panics
/// If there is no journal.
#[must_use]
pub fn columns(home: &Home) -> Vec<(String, String, String, Vec<i64>)> {
    block_on(async {
        let mut connection = open(home).await;
        let tables: Vec<(String, String, String)> = sqlx::query_as(
            "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'
             ORDER BY m.name, c.cid",
        )
        .fetch_all(&mut connection)
        .await
        .expect("the tables");
        let mut found = Vec::new();
        for (table, column, kind) in tables {
            let query =
                format!("SELECT rowid FROM {table} WHERE {column} IS NOT NULL ORDER BY rowid");
            let rows: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(query))
                .fetch_all(&mut connection)
                .await
                .expect("rows");
            if !rows.is_empty() {
                found.push((table, column, kind, rows));
            }
        }
        connection.close().await.expect("the journal closes");
        found
    })
}

/// Columns in which a text stands in some row: table and column.
///
/// # Panics
/// If there is no journal.
#[must_use]
pub fn holding(home: &Home, text: &str) -> Vec<(String, String)> {
    let columns = columns(home);
    block_on(async {
        let mut connection = open(home).await;
        let mut found = Vec::new();
        for (table, column, _, _) in columns {
            let query =
                format!("SELECT COUNT(*) FROM {table} WHERE instr(CAST({column} AS TEXT), $1) > 0");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(query))
                .bind(text)
                .fetch_one(&mut connection)
                .await
                .expect("a count");
            if rows > 0 {
                found.push((table, column));
            }
        }
        connection.close().await.expect("the journal closes");
        found
    })
}

/// The journal's file.
#[must_use]
pub fn file(home: &Home) -> PathBuf {
    home.home().join("state/journal.sqlite")
}

/// The journal as one file's bytes, while nobody works on it.
///
/// # Panics
/// If there is no journal.
#[must_use]
pub fn saved(home: &Home) -> Vec<u8> {
    let _ = number(home, "PRAGMA wal_checkpoint(TRUNCATE)");
    fs::read(file(home)).expect("a journal")
}

/// Puts the journal back as it was saved.
///
/// # Panics
/// If it can't be written.
pub fn restore(home: &Home, saved: &[u8]) {
    for log in ["sqlite-wal", "sqlite-shm"] {
        let _ = fs::remove_file(file(home).with_extension(log));
    }
    fs::write(file(home), saved).expect("room for a journal");
}

/// The one number that a query on the journal of a home gives.
///
/// # Panics
/// If there is no journal or it does not take the query.
#[must_use]
pub fn number(home: &Home, query: &'static str) -> i64 {
    number_in(&home.home().join("state/journal.sqlite"), query)
}

/// The one number that a query on a database gives.
///
/// # Panics
/// If there is none or it does not take the query.
#[must_use]
pub fn number_in(file: &std::path::Path, query: &'static str) -> i64 {
    block_on(async {
        let opened = SqliteConnectOptions::new().filename(file).connect().await;
        let mut connection = opened.expect("a database");
        let number = sqlx::query_scalar(query)
            .fetch_one(&mut connection)
            .await
            .expect(query);
        connection.close().await.expect("it closes");
        number
    })
}

async fn open(home: &Home) -> sqlx::SqliteConnection {
    SqliteConnectOptions::new()
        .filename(home.home().join("state/journal.sqlite"))
        .connect()
        .await
        .expect("a journal")
}

/// Waits for what the database does.
///
/// # Panics
/// If there is no runtime to be had.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}
