//! A peer of effectful runs: one batching writer over sqlx and SQLite, four plain rows for each caller, with the settings of
//! the host's journal and nothing of ours. What it reaches is what this disk gives at this hour.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, SqliteConnection};
use std::path::Path;
use tokio::sync::{mpsc, oneshot};

/// Rows of one commit.
const ROWS: usize = 4;
/// Commits of one transaction at most.
const BATCH: usize = 256;

/// Hands commits to the writer.
#[derive(Clone)]
pub struct Peer(mpsc::Sender<oneshot::Sender<()>>);

impl Peer {
    pub async fn new(file: &Path) -> Self {
        let mut connection = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "4000")
            .disable_statement_logging()
            .connect()
            .await
            .expect("it opens");
        connection
            .execute("CREATE TABLE facts (id INTEGER PRIMARY KEY, run TEXT NOT NULL, body TEXT NOT NULL)")
            .await
            .expect("it is created");
        let (queue, waiting) = mpsc::channel(1_024);
        tokio::spawn(write(connection, waiting));
        Self(queue)
    }

    /// Waits until four rows are durable.
    pub async fn commit(&self) {
        let (reply, done) = oneshot::channel();
        self.0.send(reply).await.expect("the writer is there");
        done.await.expect("it is written");
    }
}

async fn write(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<oneshot::Sender<()>>) {
    let mut batch = Vec::with_capacity(BATCH);
    let body = "x".repeat(200);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let mut transaction = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .expect("it begins");
        for _ in &batch {
            let mut rows =
                sqlx::query("INSERT INTO facts (run, body) VALUES (?, ?), (?, ?), (?, ?), (?, ?)");
            for _ in 0..ROWS {
                rows = rows
                    .bind("01a22431-fbb2-7385-8723-072d274040d1")
                    .bind(&body);
            }
            rows.execute(&mut *transaction)
                .await
                .expect("it is written");
        }
        transaction.commit().await.expect("it is durable");
        for reply in batch.drain(..) {
            let _ = reply.send(());
        }
    }
}
