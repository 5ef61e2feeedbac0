//! The store's file, for tests that attack it: what an intruder with the merchant's disk could do, and what a test
//! can't wait for.

use crate::home::Home;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

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

/// The one number that a query on the journal of a home gives.
///
/// # Panics
/// If there is no journal or it does not take the query.
#[must_use]
pub fn number(home: &Home, query: &'static str) -> i64 {
    block_on(async {
        let mut connection = open(home).await;
        let number = sqlx::query_scalar(query)
            .fetch_one(&mut connection)
            .await
            .expect(query);
        connection.close().await.expect("the journal closes");
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

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}
