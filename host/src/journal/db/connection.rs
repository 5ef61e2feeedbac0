//! Connections: the one that writes, and those that read.

use super::limits::{STATEMENT, late, within};
use super::query::query;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgPool, Postgres};
use sqlx::sqlite::{Sqlite, SqlitePool};
use sqlx::{Connection as _, Database, Error, Executor as _};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// How often the log of the database is tried to be emptied while others read, how long each time, and how long between.
const TRIES: u32 = 8;
const PATIENCE: &str = "PRAGMA busy_timeout = 1000";
const PAUSE: Duration = Duration::from_millis(250);

/// A connection.
#[derive(Debug)]
pub(in crate::journal) enum Connection {
    Sqlite(Held<Sqlite>),
    Postgres(Held<Postgres>),
}

/// A connection of its own, or one that goes back to the others.
#[derive(Debug)]
pub(in crate::journal) enum Held<DB: Database> {
    Own(DB::Connection),
    Lent(PoolConnection<DB>),
}

impl<DB: Database> Deref for Held<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}

impl<DB: Database> DerefMut for Held<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(connection) => connection,
        }
    }
}

impl Connection {
    /// Marks a place in the transaction.
    pub(in crate::journal) async fn mark(&mut self) -> Result<(), Error> {
        self.run("SAVEPOINT job").await
    }

    /// Keeps what was done since the mark, or undoes it.
    pub(in crate::journal) async fn end_mark(&mut self, good: bool) -> Result<(), Error> {
        if !good {
            self.run("ROLLBACK TO job").await?;
        }
        self.run("RELEASE job").await
    }

    /// Carries out a statement without values and rows.
    pub(super) async fn run(&mut self, text: &'static str) -> Result<(), Error> {
        self.run_within(STATEMENT, text).await
    }

    /// The same, for which a server has this long.
    pub(super) async fn run_within(
        &mut self,
        limit: Duration,
        text: &'static str,
    ) -> Result<(), Error> {
        match self {
            Self::Sqlite(held) => held.execute(text).await.map(drop),
            Self::Postgres(held) => within(limit, Box::pin(held.execute(text))).await.map(drop),
        }
    }

    /// Ends it, if nobody else gets it.
    pub(in crate::journal) async fn close(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(Held::Own(connection)) => connection.close().await,
            Self::Postgres(Held::Own(connection)) => connection.close().await,
            Self::Sqlite(Held::Lent(_)) | Self::Postgres(Held::Lent(_)) => Ok(()),
        }
    }
}

/// Connections that read.
#[derive(Debug, Clone)]
pub(in crate::journal) enum Readers {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl Readers {
    /// One of them, for as long as it is held.
    pub(in crate::journal) async fn acquire(&self) -> Result<Connection, Error> {
        match self {
            Self::Sqlite(pool) => Ok(Connection::Sqlite(Held::Lent(pool.acquire().await?))),
            Self::Postgres(pool) => match Box::pin(pool.acquire()).await {
                Ok(connection) => Ok(Connection::Postgres(Held::Lent(connection))),
                Err(Error::PoolTimedOut) => Err(late()),
                Err(error) => Err(error),
            },
        }
    }

    /// Ends them.
    pub(in crate::journal) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// Overwrites what deleted rows have left in the files of the database; `false` if others read them all the time. Of files
    /// on a server that is for its operator to do.
    pub(in crate::journal) async fn scrub(&self) -> Result<bool, Error> {
        match self {
            Self::Sqlite(pool) => scrub(pool).await,
            Self::Postgres(_) => Ok(true),
        }
    }
}

async fn scrub(pool: &SqlitePool) -> Result<bool, Error> {
    let mut connection = pool.acquire().await?;
    // Every row that is left is written anew, into pages that hold nothing else.
    connection.execute("VACUUM").await?;
    // Nobody else gets this connection: it is less patient than others.
    let mut connection = Connection::Sqlite(Held::Own(connection.detach()));
    query(PATIENCE).execute(&mut connection).await?;
    for _ in 0..TRIES {
        // The log is copied into the file and cut to nothing; who still reads an older state holds that up.
        let row = query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut connection)
            .await?;
        if row.try_get::<i64, _>(0)? == 0 {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

/// What carries a statement out.
pub(in crate::journal) enum On<'c> {
    One(&'c mut Connection),
    Any(&'c Readers),
}

impl<'c> From<&'c mut Connection> for On<'c> {
    fn from(connection: &'c mut Connection) -> Self {
        Self::One(connection)
    }
}

impl<'c> From<&'c Readers> for On<'c> {
    fn from(readers: &'c Readers) -> Self {
        Self::Any(readers)
    }
}
