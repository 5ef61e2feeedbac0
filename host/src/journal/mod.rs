//! The journal: every run, what it read, what it staged, who decided, what was done. SQLite by default.

mod accounts;
mod audit;
mod bank_files;
mod booked;
mod bound;
mod channels;
mod chosen;
mod claim;
mod columns;
mod commit;
mod compiled;
mod decide;
mod erase;
#[cfg(test)]
mod erase_tests;
mod facts;
mod holds;
mod mandate_uses;
mod mandates;
mod many;
#[cfg(test)]
mod money_tests;
mod orders;
mod own;
mod payees;
mod payments;
mod reads;
mod receipts;
mod record;
mod retention;
mod runs;
mod sealing;
mod search;
mod secrets;
mod seen;
mod state;
mod stops;
mod stored;
#[cfg(test)]
mod tests;
mod undo;
mod wallet;
mod writer;

pub(crate) use audit::HOST as HOST_CHAIN;
pub(crate) use booked::{Booked, Booking};
pub(crate) use claim::{Claim, ClaimedEffect, EffectOutcome};
pub(crate) use commit::revocation;
pub use decide::DecideError;
pub(crate) use decide::{Decided, NewDecision};
pub(crate) use facts::{CallClass, FinishedRun, HostCall, RunStart, StagedEffect, expiry};
pub use mandates::MandateSummary;
pub(crate) use mandates::{NewMandate, facts as mandate_facts};
pub(crate) use own::{NewRefund, Refunded};
pub(crate) use payments::{BANK_FILE, BOOK, Payer, duplicate};
pub(crate) use reads::{CommitFacts, Orphan};
pub use reads::{HostCallRecord, PendingApproval, RunDetail, RunFilter, RunSummary};
pub(crate) use receipts::{ReceiptRows, ReplayRows};
pub(crate) use record::{Recording, RunRecord};
pub(crate) use runs::Begun;
pub(crate) use sealing::Sealing;
pub use search::{RunPage, RunQuery, SkillUsage};
pub(crate) use state::StateChange;
pub(crate) use undo::Undoable;

use guildhall_package::Digest;
use record::RecordWriter;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Row as _};
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;
use writer::Writer;

/// How long one process waits while others write. SQLite gives turns to whoever asks at the right moment, not in order, so
/// that among many processes a turn can take long.
const BUSY: Duration = Duration::from_secs(60);
/// SQLite's code for a database that another process is writing.
const SQLITE_BUSY: &str = "5";

/// The journal could not do its work. Nothing was written that was not asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The database refused or failed.
    #[error(
        "the journal's database failed: {0}; check free space and permissions of the state folder"
    )]
    Database(String),
    /// Other processes wrote all the time.
    #[error(
        "other processes have been writing to the journal for a minute without a pause; nothing was written: try again when they are done"
    )]
    Busy,
    /// A row holds something this version does not understand.
    #[error("the journal holds something this version does not understand: {0}")]
    Corrupt(String),
    /// A record is not what the host wrote.
    #[error(
        "the journal's record of {0} was changed by something else than this host, and is not believed (rule journal.changed); nothing was done: find out who can write to the state folder, then put back a backup of it, or take away what was changed and set it up anew"
    )]
    Tampered(String),
    /// The key that seals the store is another one than before.
    #[error(
        "the key file keys/store.key is not the one that this journal was sealed with; put the old one back, from the same backup as the journal"
    )]
    WrongKey,
    /// The host is shutting down.
    #[error("the host is shutting down")]
    Stopped,
    /// A rule of the ledger, the wallet or the approvals refused the step; nothing of it was written.
    #[error("{} ({})", .0.message, .0.rule)]
    Refused(Box<crate::refusal::Refusal>),
    /// A step of a run or effect that its state machine does not allow.
    #[error("{what} is {state}; {step} is not possible now")]
    IllegalStep {
        /// Which run or effect.
        what: String,
        /// Its state.
        state: String,
        /// What was tried.
        step: &'static str,
    },
}

impl From<sqlx::Error> for JournalError {
    fn from(error: sqlx::Error) -> Self {
        if let sqlx::Error::ColumnDecode { index, .. } = &error {
            return Self::Corrupt(format!("the column {index}: {error}"));
        }
        let code = error.as_database_error().and_then(|error| error.code());
        if code.is_some_and(|code| code == SQLITE_BUSY) {
            return Self::Busy;
        }
        Self::Database(error.to_string())
    }
}

impl From<serde_json::Error> for JournalError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// The journal of one host instance.
pub(crate) struct Journal {
    readers: SqlitePool,
    writer: Writer,
    /// This host instance.
    instance: String,
    /// Lock files of host instances; none in memory, where nobody else can be.
    instances: Option<PathBuf>,
    sealing: Sealing,
    seen: seen::Seen,
    asked: orders::Asked,
    _lock: Option<std::fs::File>,
}

impl Journal {
    /// Opens the journal in a folder, or in memory. Called on the runtime that shall write.
    pub(crate) async fn open(
        folder: Option<&Path>,
        queue: usize,
        sealing: Sealing,
    ) -> Result<Self, JournalError> {
        let instance = crate::clock::new_id().to_string();
        let options = match folder {
            Some(folder) => SqliteConnectOptions::new()
                .filename(folder.join("journal.sqlite"))
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full),
            None => SqliteConnectOptions::from_str(&format!(
                "sqlite:file:guildhall-{instance}?mode=memory&cache=shared"
            ))?
            // Readers of a shared in-memory database would be refused while the writer is at work.
            .pragma("read_uncommitted", "1"),
        }
        .foreign_keys(true)
        .statement_cache_capacity(many::PREPARED)
        // Pages of the log before they are copied into the file: 64 MB instead of 4, so that what is written over and over is copied less often.
        .pragma("wal_autocheckpoint", "16000")
        .busy_timeout(BUSY)
        .disable_statement_logging();
        let _one_at_a_time = match folder {
            Some(folder) => Some(lock_migration(folder).await?),
            None => None,
        };
        let mut connection = options.connect().await?;
        sqlx::migrate!("./migrations")
            .run_direct(None, &mut connection, false)
            .await
            .map_err(|error| JournalError::Database(error.to_string()))?;
        probe(&mut connection).await?;
        check_key(&mut connection, &sealing).await?;
        if let Some(folder) = folder {
            // Only who created the write-ahead log syncs its name. If that one has not done so yet, a power cut would bring back
            // an older log of that name, and the pages of another time with it.
            crate::fsutil::sync_folder(folder)
                .map_err(|error| JournalError::Database(format!("its folder: {error}")))?;
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            // A connection to a file does not go away by itself: asking it first would double each question.
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        let instances = folder.map(|folder| folder.join("instances"));
        let lock = match &instances {
            Some(instances) => Some(lock_own(instances, &instance)?),
            None => None,
        };
        let records = RecordWriter {
            sealing: sealing.clone(),
            owner: instance.clone(),
        };
        Ok(Self {
            readers,
            writer: Writer::start(connection, queue, records),
            instance,
            instances,
            sealing,
            seen: seen::Seen::default(),
            asked: orders::Asked::default(),
            _lock: lock,
        })
    }

    /// Whether the instance that owns a run or an effect is gone.
    pub(crate) fn is_gone(&self, instance: &str) -> bool {
        if instance == self.instance {
            return false;
        }
        match &self.instances {
            Some(folder) => crate::fsutil::instance_is_gone(&folder.join(instance)),
            None => true,
        }
    }

    /// Records a revocation. The first reason given stays.
    pub(crate) async fn revoke(
        &self,
        digest: Digest,
        reason: String,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO revocations (digest, reason, at) VALUES ($1, $2, $3)
                         ON CONFLICT (digest) DO NOTHING",
                    )
                    .bind(digest.to_string())
                    .bind(reason)
                    .bind(now)
                    .execute(&mut *connection)
                    .await?;
                    let body = serde_json::json!({ "skill": digest });
                    audit::append(connection, audit::HOST, "skill-revoked", body, now).await
                })
            })
            .await
    }

    /// Keys, and what is sealed under them.
    pub(crate) const fn sealing(&self) -> &Sealing {
        &self.sealing
    }

    /// Every revoked digest with the reason.
    pub(crate) async fn revocations(&self) -> Result<Vec<(Digest, String)>, JournalError> {
        sqlx::query("SELECT digest, reason FROM revocations ORDER BY at, digest")
            .fetch_all(&self.readers)
            .await?
            .into_iter()
            .map(|row| {
                Ok((
                    parse_digest(row.try_get("digest")?)?,
                    row.try_get("reason")?,
                ))
            })
            .collect()
    }

    /// Whether a digest is revoked.
    pub(crate) async fn is_revoked(&self, digest: Digest) -> Result<bool, JournalError> {
        let mut reader = self.readers.acquire().await?;
        Ok(commit::revoked(&mut reader, &digest.to_string())
            .await?
            .is_some())
    }

    /// Waits until everything that is on its way is written, and closes the readers; the writer ends when its last user is gone.
    pub(crate) async fn close(&self) {
        let last = self.writer.write(|_| Box::pin(async { Ok(()) })).await;
        if let Err(error) = last {
            tracing::error!(%error, "the journal could not be written when the host ended");
        }
        self.readers.close().await;
    }
}

/// A journal that can be read and not written would be noticed only after a guest has run.
async fn probe(connection: &mut sqlx::SqliteConnection) -> Result<(), JournalError> {
    use sqlx::Connection as _;
    let unwritable =
        |error: sqlx::Error| JournalError::Database(format!("it can't be written: {error}"));
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(unwritable)?;
    sqlx::query("DELETE FROM compiled WHERE engine = ''")
        .execute(&mut *transaction)
        .await
        .map_err(unwritable)?;
    transaction.commit().await.map_err(unwritable)
}

/// A store that was sealed with another key would be half unreadable, and is not gone on with.
async fn check_key(
    connection: &mut sqlx::SqliteConnection,
    sealing: &Sealing,
) -> Result<(), JournalError> {
    let own = sealing.fingerprint()?;
    sqlx::query("INSERT INTO facts_of_store (name, value) VALUES ('store-key', $1) ON CONFLICT (name) DO NOTHING")
        .bind(&own)
        .execute(&mut *connection)
        .await?;
    let known: String = sqlx::query("SELECT value FROM facts_of_store WHERE name = 'store-key'")
        .fetch_one(connection)
        .await?
        .try_get("value")?;
    if known == own {
        return Ok(());
    }
    Err(JournalError::WrongKey)
}

/// Two processes that start at once must not both create the tables.
async fn lock_migration(folder: &Path) -> Result<std::fs::File, JournalError> {
    let path = folder.join("migration.lock");
    tokio::task::spawn_blocking(move || crate::fsutil::lock_and_wait(&path))
        .await
        .map_err(|error| JournalError::Database(error.to_string()))?
        .map_err(|error| JournalError::Database(format!("the migration lock: {error}")))
}

/// Locks this instance's file and removes those of instances that are gone and own nothing open.
fn lock_own(folder: &Path, instance: &str) -> Result<std::fs::File, JournalError> {
    let failed = |error: std::io::Error| {
        JournalError::Database(format!("the folder of host instances: {error}"))
    };
    crate::fsutil::create_private_dir(folder).map_err(failed)?;
    crate::fsutil::sweep_instances(folder).map_err(failed)?;
    crate::fsutil::lock_instance(&folder.join(instance)).map_err(failed)
}

fn parse_digest(text: String) -> Result<Digest, JournalError> {
    text.parse()
        .map_err(|_| JournalError::Corrupt(format!("the digest {text:?}")))
}
