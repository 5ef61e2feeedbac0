//! The journal as it is seen from outside: read-only, with an SQLite of the tests' own, while the host works or after it
//! was killed. Nothing here writes, so nothing here helps a host to recover.
//!
//! Drop a watch before the restart of a host that was killed: while anybody has the journal open, SQLite does not read its log
//! anew, and a transaction that was on the disk whole, but that nobody had been told of, is not there. Alone, it is.

use crate::home::Home;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// One reader of one journal.
#[derive(Debug)]
pub struct Watch {
    runtime: Runtime,
    connection: Option<SqliteConnection>,
    /// Where a copy lies.
    folder: Option<TempDir>,
}

impl Watch {
    /// Reads the journal of a home that may be at work.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn new(home: &Home) -> Self {
        Self::open(&home.home().join("state/journal.sqlite"), None)
    }

    /// Reads a copy of the journal's files as they lie there now. Where the host was killed, this is what a restart will
    /// find, and looking changes nothing about it.
    ///
    /// # Panics
    /// If there is no journal, or no room for a copy.
    #[must_use]
    pub fn copy(home: &Home) -> Self {
        Self::copy_of(&home.home())
    }

    /// The same, of what `GUILDHALL_HOME` is.
    ///
    /// # Panics
    /// If there is no journal, or no room for a copy.
    #[must_use]
    pub fn copy_of(home: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        for name in ["journal.sqlite", "journal.sqlite-wal"] {
            let from = home.join("state").join(name);
            if from.exists() {
                std::fs::copy(from, folder.path().join(name)).expect("a copy");
            }
        }
        let file = folder.path().join("journal.sqlite");
        Self::open(&file, Some(folder))
    }

    fn open(file: &Path, folder: Option<TempDir>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .busy_timeout(Duration::from_millis(2));
        let connection = runtime.block_on(options.connect()).expect("a journal");
        Self {
            runtime,
            connection: Some(connection),
            folder,
        }
    }

    /// Every row of a query that gives one text and takes one, `$1`; none while the journal can't be read for a moment.
    pub fn texts(&mut self, query: &'static str, parameter: &str) -> Option<Vec<String>> {
        let connection = self.connection.as_mut()?;
        let rows = self
            .runtime
            .block_on(sqlx::query(query).bind(parameter).fetch_all(connection));
        let text = |row: &SqliteRow| row.try_get::<String, _>(0).expect(query);
        Some(rows.ok()?.iter().map(text).collect())
    }

    /// The first row of such a query.
    pub fn text(&mut self, query: &'static str, parameter: &str) -> Option<String> {
        self.texts(query, parameter)?.into_iter().next()
    }

    /// The one number that a query gives.
    ///
    /// # Panics
    /// If it gives none.
    #[track_caller]
    pub fn number(&mut self, query: &'static str) -> i64 {
        let connection = self.connection.as_mut().expect("open until it is dropped");
        self.runtime
            .block_on(sqlx::query_scalar(query).fetch_one(connection))
            .expect(query)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = self.runtime.block_on(connection.close());
        }
        drop(self.folder.take());
    }
}
