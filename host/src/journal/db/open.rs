//! Opening the database, with its tables up to date.

use super::super::JournalError;
use super::super::many::PREPARED;
use super::connection::{Connection, Held, Readers};
use super::pen::Pen;
use super::postgres::{self, DatabaseUrl};
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

/// How long one process waits while others write. SQLite gives turns to whoever asks at the right moment, not in order, so
/// that among many processes a turn can take long.
const BUSY: Duration = Duration::from_secs(60);
/// Connections that read.
const READERS: u32 = 4;

/// An open database.
pub(in crate::journal) struct Opened {
    pub(in crate::journal) pen: Pen,
    pub(in crate::journal) readers: Readers,
    /// Held while a host starts: two processes that start at once must not both create the tables.
    pub(in crate::journal) starting: Option<std::fs::File>,
}

/// Where a journal is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// In memory: nobody else sees it, and it ends with its host.
    Memory,
    /// In a file of this folder.
    Folder(&'a Path),
    /// On a server, for every host that reaches it. The folder is this host's own.
    Server {
        url: &'a DatabaseUrl,
        folder: Option<&'a Path>,
    },
}

/// Opens the database. The name is known to no other process.
pub(in crate::journal) async fn open(place: Place<'_>, name: &str) -> Result<Opened, JournalError> {
    match place {
        Place::Memory => sqlite(None, name).await,
        Place::Folder(folder) => sqlite(Some(folder), name).await,
        Place::Server { url, .. } => postgres::open(url, name).await,
    }
}

async fn sqlite(folder: Option<&Path>, name: &str) -> Result<Opened, JournalError> {
    let options = match folder {
        Some(folder) => SqliteConnectOptions::new()
            .filename(folder.join("journal.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full),
        None => SqliteConnectOptions::from_str(&format!(
            "sqlite:file:guildhall-{name}?mode=memory&cache=shared"
        ))?
        // Readers of a shared in-memory database would be refused while the writer is at work.
        .pragma("read_uncommitted", "1"),
    }
    .foreign_keys(true)
    .statement_cache_capacity(PREPARED)
    // Pages of the log before they are copied into the file: 64 MB instead of 4, so that what is written over and over is copied less often.
    .pragma("wal_autocheckpoint", "16000")
    // A statement of many rows notes what it changes, to undo it alone: in memory, not in a temporary file.
    .pragma("temp_store", "MEMORY")
    .busy_timeout(BUSY)
    .disable_statement_logging();
    let starting = match folder {
        Some(folder) => Some(lock_migration(folder).await?),
        None => None,
    };
    let mut connection = options.connect().await?;
    sqlx::migrate!("./migrations")
        .run_direct(None, &mut connection, false)
        .await
        .map_err(|error| JournalError::Database(error.to_string()))?;
    if let Some(folder) = folder {
        // Only who created the write-ahead log syncs its name. If that one has not done so yet, a power cut would bring back
        // an older log of that name, and the pages of another time with it.
        crate::fsutil::sync_folder(folder)
            .map_err(|error| JournalError::Database(format!("its folder: {error}")))?;
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        // A connection to a file does not go away by itself: asking it first would double each question.
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    Ok(Opened {
        pen: Pen::sqlite(Connection::Sqlite(Held::Own(connection))),
        readers: Readers::Sqlite(readers),
        starting,
    })
}

async fn lock_migration(folder: &Path) -> Result<std::fs::File, JournalError> {
    let path = folder.join("migration.lock");
    tokio::task::spawn_blocking(move || crate::fsutil::lock_and_wait(&path))
        .await
        .map_err(|error| JournalError::Database(error.to_string()))?
        .map_err(|error| JournalError::Database(format!("the migration lock: {error}")))
}
