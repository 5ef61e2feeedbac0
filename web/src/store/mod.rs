//! What is durable: rows in SQLite or PostgreSQL by the same SQL. A service gives the steps that make its tables; its functions
//! take a connection, so that what must happen together is one transaction of their caller.

mod migrate;

use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Executor as _, Row, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// How a service's tables are made: steps, in order, each run once. One that was released never changes. `{blob}` stands for the
/// type of bytes, `{serial}` for a number that counts itself.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    /// The steps.
    pub steps: &'static [&'static str],
    /// Number of the lock under which one process at a time makes them, on PostgreSQL. No other lock of the service has it.
    pub lock: i64,
}

/// Connections of one process to PostgreSQL, or readers of SQLite.
const CONNECTIONS: u32 = 12;
/// How long a request waits for a connection before it is refused.
const PATIENCE: Duration = Duration::from_secs(20);

/// The database could not do its work. Nothing was written that was not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The address names no database that is known here.
    #[error("`{0}` is no address of a database; give sqlite:///PATH or postgres://USER@HOST/NAME")]
    Address(String),
    /// The database refused or failed.
    #[error("the database failed: {0}; look at its log, its disk and whether it can be reached")]
    Database(String),
    /// No connection was free in time.
    #[error("the database is too busy; try again in a moment")]
    Busy,
    /// A row holds something this version does not understand.
    #[error("the database holds something this version does not understand: {0}")]
    Corrupt(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Corrupt(format!("column {index}: {source}"))
            }
            other => Self::Database(other.to_string()),
        }
    }
}

/// Which database it is. The SQL is the same; locks are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One file, one writer at a time.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    kind: Kind,
    /// SQLite gives the writer's turn to whoever asks at the right moment; within the process they queue here instead.
    turn: Arc<Mutex<()>>,
}

/// A transaction that may write. Dropped without [`Tx::commit`], it is undone.
pub struct Tx {
    // Before the turn, so that it ends first.
    transaction: Transaction<'static, Any>,
    kind: Kind,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Store {
    /// Opens the database and brings the service's tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] if it can't be reached or is newer than this version.
    pub async fn open(url: &str, tables: Tables) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let kind = if url.starts_with("sqlite:") {
            Kind::Sqlite
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Kind::Postgres
        } else {
            // A password may be in it.
            let shown = url.split(':').next().unwrap_or_default();
            return Err(StoreError::Address(shown.to_owned()));
        };
        let options: AnyConnectOptions = url.parse()?;
        let options = options.disable_statement_logging();
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(kind == Kind::Postgres)
            .after_connect(move |connection, _| Box::pin(prepare(connection, kind)))
            .connect_with(options)
            .await?;
        let store = Self {
            pool,
            kind,
            turn: Arc::default(),
        };
        migrate::run(&store, tables).await?;
        Ok(store)
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if none gets free in time.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<Any>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// A transaction that may write.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if no connection gets free in time.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let (turn, begin) = match self.kind {
            Kind::Sqlite => (
                Some(Arc::clone(&self.turn).lock_owned().await),
                "BEGIN IMMEDIATE",
            ),
            Kind::Postgres => (None, "BEGIN"),
        };
        let transaction = self.pool.begin_with(begin).await?;
        Ok(Tx {
            transaction,
            kind: self.kind,
            _turn: turn,
        })
    }

    /// Which database it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Ends all connections, after what is at work.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Tx {
    /// The connection.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// Waits until no other transaction has the lock of this number. SQLite has one writer anyway.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn lock(&mut self, number: impl Into<i64>) -> Result<(), StoreError> {
        let number = number.into();
        if self.kind == Kind::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(number)
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }

    /// The same for one of many things of a kind. PostgreSQL keeps locks of two numbers apart from those of one.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn lock_one(&mut self, kind: i32, which: i32) -> Result<(), StoreError> {
        if self.kind == Kind::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
                .bind(kind)
                .bind(which)
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// [`StoreError`] if the database did not take it.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await?;
        Ok(())
    }
}

async fn prepare(connection: &mut AnyConnection, kind: Kind) -> Result<(), sqlx::Error> {
    let settings = match kind {
        Kind::Sqlite => {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA busy_timeout = 20000; PRAGMA wal_autocheckpoint = 4000;"
        }
        // What is acknowledged is on the disk, whatever the server's default is.
        Kind::Postgres => {
            "SET synchronous_commit = on; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';"
        }
    };
    connection.execute(sqlx::raw_sql(settings)).await?;
    Ok(())
}

/// Reads a column, and names it if it can't be read.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is not there or of another type.
pub fn column<'r, T>(row: &'r AnyRow, name: &'static str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(name)
        .map_err(|error| StoreError::Corrupt(format!("column {name}: {error}")))
}

/// Reads a column of text that is written by [`std::fmt::Display`].
///
/// # Errors
/// [`StoreError::Corrupt`] if it can't be read.
pub fn parsed<T: std::str::FromStr>(row: &AnyRow, name: &'static str) -> Result<T, StoreError> {
    let text: String = column(row, name)?;
    text.parse()
        .map_err(|_| StoreError::Corrupt(format!("column {name}: `{text}`")))
}

/// The same, for a column that may be empty.
///
/// # Errors
/// [`StoreError::Corrupt`] if it can't be read.
pub fn parsed_option<T: std::str::FromStr>(
    row: &AnyRow,
    name: &'static str,
) -> Result<Option<T>, StoreError> {
    let text: Option<String> = column(row, name)?;
    text.map(|text| {
        text.parse()
            .map_err(|_| StoreError::Corrupt(format!("column {name}: `{text}`")))
    })
    .transpose()
}

/// Reads a column of JSON.
///
/// # Errors
/// [`StoreError::Corrupt`] if it can't be read.
pub fn json<T: serde::de::DeserializeOwned>(
    row: &AnyRow,
    name: &'static str,
) -> Result<T, StoreError> {
    let text: String = column(row, name)?;
    serde_json::from_str(&text)
        .map_err(|error| StoreError::Corrupt(format!("column {name}: {error}")))
}
