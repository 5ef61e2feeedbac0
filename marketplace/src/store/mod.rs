//! What is durable: rows in SQLite or PostgreSQL by the same SQL. Functions here read and write rows and know no rules;
//! each takes a connection, so that what must happen together is one transaction of its caller.

pub mod accounts;
pub mod downloads;
pub mod earnings;
pub mod ledger;
pub mod log;
mod migrate;
pub mod orders;
pub mod payouts;
pub mod publishers;
pub mod publishes;
pub mod reports;
pub mod sessions;

use std::sync::Arc;
use std::time::Duration;

use guildhall_package::trust::PublicKey;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, AnyRow};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions as _, Executor as _, Row, Transaction};
use tokio::sync::{Mutex, OwnedMutexGuard};

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

/// What is serialised on PostgreSQL by a lock that ends with the transaction. SQLite has one writer anyway.
#[derive(Debug, Clone, Copy)]
pub enum Lock {
    /// Making and changing tables.
    Schema = 0x6768_6d01,
    /// Granting names of publishers: each is compared with all others.
    Names = 0x6768_6d02,
    /// Appending to the log.
    Log = 0x6768_6d03,
    /// References of settlements: each counts once.
    Settlements = 0x6768_6d05,
    /// Payouts: what one pays out the next can't.
    Payouts = 0x6768_6d06,
}

/// First number of the locks of merchants. PostgreSQL keeps locks of two numbers apart from those of one.
const MERCHANTS: i32 = 0x6768_6d04;

impl Store {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// [`StoreError`] if it can't be reached or is newer than this version.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
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
        migrate::run(&store).await?;
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

    /// Waits until no other transaction has this lock.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn lock(&mut self, lock: Lock) -> Result<(), StoreError> {
        if self.kind == Kind::Postgres {
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(lock as i64)
                .execute(&mut *self.transaction)
                .await?;
        }
        Ok(())
    }

    /// Waits until no other transaction is about this merchant: what he ordered, paid and got back is decided one after
    /// the other.
    ///
    /// # Errors
    /// [`StoreError`] of the database.
    pub async fn lock_merchant(&mut self, merchant: &PublicKey) -> Result<(), StoreError> {
        if self.kind == Kind::Postgres {
            // Two merchants whose numbers are the same wait for each other, which harms nobody.
            let [a, b, c, d, ..] = *guildhall_package::Digest::of(merchant.as_bytes()).as_bytes();
            sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
                .bind(MERCHANTS)
                .bind(i32::from_be_bytes([a, b, c, d]))
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
pub(crate) fn column<'r, T>(row: &'r AnyRow, name: &'static str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(name)
        .map_err(|error| StoreError::Corrupt(format!("column {name}: {error}")))
}

/// Reads a column of text that is written by [`std::fmt::Display`].
pub(crate) fn parsed<T: std::str::FromStr>(
    row: &AnyRow,
    name: &'static str,
) -> Result<T, StoreError> {
    let text: String = column(row, name)?;
    text.parse()
        .map_err(|_| StoreError::Corrupt(format!("column {name}: `{text}`")))
}

/// The same, for a column that may be empty.
pub(crate) fn parsed_option<T: std::str::FromStr>(
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
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    row: &AnyRow,
    name: &'static str,
) -> Result<T, StoreError> {
    let text: String = column(row, name)?;
    serde_json::from_str(&text)
        .map_err(|error| StoreError::Corrupt(format!("column {name}: {error}")))
}
