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
mod common;
mod compiled;
mod db;
mod decide;
mod erase;
#[cfg(test)]
mod erase_tests;
mod facts;
mod holds;
mod instances;
mod kinds;
#[cfg(test)]
mod kinds_tests;
mod mandate_uses;
mod mandates;
mod many;
#[cfg(test)]
mod money_tests;
#[cfg(test)]
mod on_postgres;
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
mod takeover;
#[cfg(test)]
mod tests;
mod undo;
mod wallet;
mod writer;

pub(crate) use audit::HOST as HOST_CHAIN;
pub(crate) use booked::{Booked, Booking};
pub(crate) use claim::{Claim, ClaimedEffect, EffectOutcome};
pub(crate) use commit::revocation;
pub(crate) use db::Place;
pub use db::{DatabaseUrl, InvalidDatabaseUrl};
pub use decide::DecideError;
pub(crate) use decide::{Decided, NewDecision};
pub(crate) use facts::{CallClass, FinishedRun, HostCall, RunStart, StagedEffect, expiry};
pub(crate) use instances::{Hold, LEASE};
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

use db::{Connection, Opened, Pen, Readers, is_away, query};
use guildhall_package::Digest;
use instances::Instances;
use record::RecordWriter;
use std::sync::Arc;
use std::time::Duration;
use writer::Writer;

/// SQLite's code for a database that another process is writing.
const SQLITE_BUSY: &str = "5";
/// PostgreSQL's code for a statement that took too long: only a turn does.
const POSTGRES_BUSY: &str = "57014";

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
    /// Another host over the same database has other keys.
    #[error(
        "the key file keys/{0}.key is not the one that this database began with; every host over one database has the same keys: copy the files `*.key` of the folder keys from the state folder of the first one"
    )]
    OtherKeys(&'static str),
    /// What a run keeps is sealed under a key that only another host has.
    #[error(
        "what run {0} keeps is sealed under a key that only the host which began it has; look at it and decide about it there"
    )]
    KeyElsewhere(String),
    /// What a run keeps would have to be sealed under a key that is not there any more.
    #[error(
        "the key of run {0} is gone, and nothing of a run that does not keep everything is written without it (rule retention.key-gone); nothing was written: run the skill again, and find out who can delete files in the folder keys/run-keys of the state folder"
    )]
    KeyGone(String),
    /// The server of the database can't be reached, or has ended the connection.
    #[error(
        "the journal's database is away, so this was not confirmed: look whether its server runs and can be reached, then whether this was done, and only then try again"
    )]
    Away,
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
        if is_away(&error) {
            return Self::Away;
        }
        let code = error.as_database_error().and_then(|error| error.code());
        if code.is_some_and(|code| code == SQLITE_BUSY || code == POSTGRES_BUSY) {
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
    readers: Readers,
    writer: Writer,
    /// This host instance.
    instance: String,
    instances: Arc<Instances>,
    sealing: Sealing,
    seen: seen::Seen,
    asked: orders::Asked,
}

impl Journal {
    /// Opens the journal. Called on the runtime that shall write.
    pub(crate) async fn open(
        place: Place<'_>,
        queue: usize,
        mut sealing: Sealing,
        lease: Duration,
    ) -> Result<Self, JournalError> {
        let instance = crate::clock::new_id().to_string();
        let Opened {
            mut pen,
            readers,
            starting: _starting,
        } = db::open(place, &instance).await?;
        sealing.shared = matches!(place, Place::Server { .. });
        check(&mut pen, &sealing).await?;
        let instances = match place {
            Place::Memory => Instances::alone(),
            Place::Folder(folder) => Instances::of_folder(folder, &instance)?,
            Place::Server { folder, .. } => {
                Instances::of_server(folder, &instance, &readers, lease).await?
            }
        };
        let records = RecordWriter {
            sealing: sealing.clone(),
            owner: instance.as_str().into(),
        };
        Ok(Self {
            readers,
            writer: Writer::start(pen, queue, records),
            instance,
            instances: Arc::new(instances),
            sealing,
            seen: seen::Seen::default(),
            asked: orders::Asked::default(),
        })
    }

    /// Insists that every host over a shared journal has the same key of this name.
    pub(crate) async fn same_key(
        &self,
        name: &'static str,
        public: String,
    ) -> Result<(), JournalError> {
        if !self.sealing.shared {
            return Ok(());
        }
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let known = fact(connection, &format!("{name}-key"), &public).await?;
                    match known == public {
                        true => Ok(()),
                        false => Err(JournalError::OtherKeys(name)),
                    }
                })
            })
            .await
    }

    /// Whether it is on a server, which can be away.
    pub(crate) const fn is_on_server(&self) -> bool {
        self.sealing.shared
    }

    /// Makes sure that no other host goes on with what this one is about to begin; what is answered says when one may.
    pub(crate) async fn renew(&self) -> Result<Hold, JournalError> {
        self.instances.renew(&self.readers).await
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
                    query(
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
        query("SELECT digest, reason FROM revocations ORDER BY at, digest")
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
        self.instances.leave(&self.readers).await;
        self.readers.close().await;
    }
}

/// A journal that can be read and not written would be noticed only after a guest has run, and one that was sealed with another
/// key would be half unreadable.
async fn check(pen: &mut Pen, sealing: &Sealing) -> Result<(), JournalError> {
    let unwritable = |error: sqlx::Error| match is_away(&error) {
        true => JournalError::Away,
        false => JournalError::Database(format!("it can't be written: {error}")),
    };
    pen.begin().await.map_err(unwritable)?;
    query("DELETE FROM compiled WHERE engine = ''")
        .execute(pen.connection()?)
        .await
        .map_err(unwritable)?;
    let checked = check_key(pen.connection()?, sealing).await;
    pen.commit().await.map_err(unwritable)?;
    checked
}

async fn check_key(connection: &mut Connection, sealing: &Sealing) -> Result<(), JournalError> {
    let own = sealing.fingerprint()?;
    match fact(connection, "store-key", &own).await? == own {
        true => Ok(()),
        false if sealing.shared => Err(JournalError::OtherKeys("store")),
        false => Err(JournalError::WrongKey),
    }
}

/// A fact of the store: the first one who says it is believed.
async fn fact(connection: &mut Connection, name: &str, own: &str) -> Result<String, JournalError> {
    query("INSERT INTO facts_of_store (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .bind(own)
        .execute(&mut *connection)
        .await?;
    let row = query("SELECT value FROM facts_of_store WHERE name = $1")
        .bind(name)
        .fetch_one(connection)
        .await?;
    Ok(row.try_get("value")?)
}

/// Where the tests of a journal keep it; none is in memory.
#[cfg(test)]
fn test_database() -> Option<DatabaseUrl> {
    None
}

fn parse_digest(text: String) -> Result<Digest, JournalError> {
    text.parse()
        .map_err(|_| JournalError::Corrupt(format!("the digest {text:?}")))
}
