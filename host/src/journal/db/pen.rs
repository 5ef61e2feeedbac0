//! The one connection that writes, and its transactions.
//!
//! SQLite lets one process write at a time, and tells when another has. On PostgreSQL the row `turn` does both: each transaction
//! that writes changes it first, so that it waits for those of all other processes, and its number says whether there were any.
//!
//! A connection to a server can be lost. What was begun over it is undone then, by the server; only of a transaction whose end
//! was on its way this process does not know. Each transaction writes its number into the row of its writer as well: as soon as
//! it can't be under way any more, that row says whether it was kept. A number is kept once, whatever the server has forgotten.

use super::connection::{Connection, Held};
use super::limits::{ANSWER, COMMIT, within};
use super::query::query;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Error};
use std::time::Duration;
use tokio::time::Instant;

/// How long a transaction waits for a server that is away before it fails, and how long a try rests.
const AWAY: Duration = Duration::from_secs(15);
const REST: Duration = Duration::from_millis(200);
/// Whatever the server's default is: each statement after the turn must see what was before it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
/// How long it is tried to find out what became of a transaction. A server that has heard nothing of one for half a minute ends
/// it, so that there is an answer well before.
const UNDECIDED: Duration = Duration::from_secs(60);

/// The connection that writes.
#[derive(Debug)]
pub(in crate::journal) struct Pen {
    connection: Option<Connection>,
    server: Option<Server>,
}

/// How a server is reached, and where the last transaction stands.
#[derive(Debug)]
struct Server {
    options: PgConnectOptions,
    /// Names the row of this writer.
    writer: String,
    /// Number of the last turn whose end this connection has seen.
    seen: i64,
    /// Number of the turn that is under way.
    turn: i64,
    /// Changes when another process has had a turn.
    version: i64,
}

impl Pen {
    /// Over a file, or over memory.
    pub(super) const fn sqlite(connection: Connection) -> Self {
        Self {
            connection: Some(connection),
            server: None,
        }
    }

    /// Over a server.
    pub(super) const fn postgres(
        connection: Connection,
        options: PgConnectOptions,
        writer: String,
    ) -> Self {
        Self {
            connection: Some(connection),
            server: Some(Server {
                options,
                writer,
                seen: 0,
                turn: 0,
                version: 0,
            }),
        }
    }

    /// The connection, inside a transaction.
    pub(in crate::journal) fn connection(&mut self) -> Result<&mut Connection, Error> {
        self.connection.as_mut().ok_or_else(away)
    }

    /// Begins a transaction; it waits for its turn.
    pub(in crate::journal) async fn begin(&mut self) -> Result<(), Error> {
        if self.server.is_none() {
            return self.connection()?.run("BEGIN IMMEDIATE").await;
        }
        Box::pin(self.begin_turn()).await
    }

    async fn begin_turn(&mut self) -> Result<(), Error> {
        let until = Instant::now() + AWAY;
        loop {
            match self.try_turn().await {
                Err(error) if is_away(&error) && Instant::now() < until => {
                    self.connection = None;
                    tokio::time::sleep(REST).await;
                }
                Err(error) => {
                    // Whatever is left of it ends with its connection.
                    self.connection = None;
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn try_turn(&mut self) -> Result<(), Error> {
        let Some(server) = self.server.as_mut() else {
            return Ok(());
        };
        let connection = connected(&mut self.connection, &server.options).await?;
        connection.run_within(ANSWER, BEGIN).await?;
        let row = query(
            "WITH own AS (UPDATE turn SET number = number + 1 RETURNING number)
             INSERT INTO writers (id, turn, at)
             SELECT $1, number, (extract(epoch FROM clock_timestamp()) * 1000)::bigint FROM own
             ON CONFLICT (id) DO UPDATE SET turn = excluded.turn, at = excluded.at RETURNING turn",
        )
        .bind(&server.writer)
        .fetch_one(connection)
        .await?;
        server.turn = row.try_get("turn")?;
        if server.turn != server.seen.saturating_add(1) {
            server.version = server.turn;
        }
        // Whatever was before this one has ended.
        server.seen = server.turn.saturating_sub(1);
        Ok(())
    }

    /// Makes the transaction durable.
    pub(in crate::journal) async fn commit(&mut self) -> Result<(), Error> {
        let Some(server) = self.server.as_mut() else {
            let connection = self.connection()?;
            let committed = connection.run("COMMIT").await;
            if committed.is_err() {
                // What could not be committed is not left open. That it could not be comes first.
                let _ = connection.run("ROLLBACK").await;
            }
            return committed;
        };
        // By itself, the server would answer the commit of a transaction that has failed by undoing it, and without an error.
        let connection = self.connection.as_mut().ok_or_else(away)?;
        let committed = connection.run_within(COMMIT, "SELECT 1; COMMIT").await;
        if let Err(error) = committed {
            self.connection = None;
            if !is_away(&error) || !Box::pin(self.is_committed()).await? {
                return Err(error);
            }
            if let Some(server) = self.server.as_mut() {
                server.seen = server.turn;
            }
            return Ok(());
        }
        server.seen = server.turn;
        Ok(())
    }

    /// Undoes the transaction.
    pub(in crate::journal) async fn roll_back(&mut self) -> Result<(), Error> {
        let done = self.connection()?.run_within(ANSWER, "ROLLBACK").await;
        if done.is_err() && self.server.is_some() {
            // The server undoes what it has no connection for.
            self.connection = None;
            return Ok(());
        }
        done
    }

    /// Changes when another connection has written.
    pub(in crate::journal) async fn version(&mut self) -> Result<i64, Error> {
        match &self.server {
            Some(server) => Ok(server.version),
            None => {
                let row = query("PRAGMA data_version")
                    .fetch_one(self.connection()?)
                    .await?;
                row.try_get(0)
            }
        }
    }

    /// Ends the connection. The row of a writer that ends is of no use.
    pub(in crate::journal) async fn close(self) -> Result<(), Error> {
        let Some(mut connection) = self.connection else {
            return Ok(());
        };
        if let Some(server) = &self.server {
            query("DELETE FROM writers WHERE id = $1")
                .bind(&server.writer)
                .execute(&mut connection)
                .await?;
        }
        connection.close().await
    }

    /// As when the connection is lost.
    #[cfg(test)]
    pub(in crate::journal) fn lose(&mut self) {
        self.connection = None;
    }

    /// What became of the transaction whose end was on its way when the connection was lost.
    pub(in crate::journal) async fn is_committed(&mut self) -> Result<bool, Error> {
        let until = Instant::now() + UNDECIDED;
        loop {
            match self.is_kept().await {
                Ok(kept) => return Ok(kept),
                // Nothing is known as long as nobody says so, whatever it is that they say.
                Err(error) => {
                    tracing::warn!(%error, "what became of a transaction is not known yet")
                }
            }
            self.connection = None;
            if Instant::now() >= until {
                return Err(away());
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Whether the last transaction was kept, asked when it can't be under way any more: it held the row `turn`.
    async fn is_kept(&mut self) -> Result<bool, Error> {
        let Some(server) = &self.server else {
            return Ok(false);
        };
        let connection = connected(&mut self.connection, &server.options).await?;
        connection.run_within(ANSWER, BEGIN).await?;
        query("SELECT number FROM turn FOR UPDATE")
            .fetch_one(&mut *connection)
            .await?;
        // By itself: a statement sees what was there when it began, and the one above has waited.
        let row = query("SELECT turn FROM writers WHERE id = $1")
            .bind(&server.writer)
            .fetch_optional(&mut *connection)
            .await?;
        connection.run_within(ANSWER, "ROLLBACK").await?;
        let last: Option<i64> = row.map(|row| row.try_get("turn")).transpose()?;
        Ok(last == Some(server.turn))
    }
}

/// The connection, made again if it was lost.
async fn connected<'c>(
    connection: &'c mut Option<Connection>,
    options: &PgConnectOptions,
) -> Result<&'c mut Connection, Error> {
    let ready = match connection.take() {
        Some(ready) => ready,
        None => Connection::Postgres(Held::Own(within(ANSWER, options.connect()).await?)),
    };
    Ok(connection.insert(ready))
}

/// Whether an error says that the server is away, or has ended the connection.
pub(in crate::journal) fn is_away(error: &Error) -> bool {
    match error {
        // What is no TLS, or shows a certificate that is not believed, is there.
        Error::Io(error) => error.kind() != std::io::ErrorKind::InvalidData,
        Error::PoolClosed => true,
        Error::Database(error) => error.code().is_some_and(|code| {
            // Of PostgreSQL: connection exceptions, too many of them, a server that ends, has crashed or only starts, and one
            // that has ended a transaction which did nothing.
            code.starts_with("08")
                || matches!(
                    &*code,
                    "53300" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03"
                )
        }),
        _ => false,
    }
}

fn away() -> Error {
    Error::Io(std::io::Error::new(
        std::io::ErrorKind::NotConnected,
        "the connection was lost",
    ))
}
