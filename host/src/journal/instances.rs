//! Host instances over one journal: which of them are gone, so that others go on with what they left.
//!
//! Over a file, each holds the lock of a file of its own, which ends with its process. Over a server, each is heard of again and
//! again there: one that is not for as long as a lease is gone. It must not do anything any more by then, even if only its way to
//! the server is cut: it stops what it performs before its lease ends ([`Hold::lost`]), and begins nothing with a lease that is
//! old ([`Instances::renew`], [`Instances::must_last`]). One whose process has ended on this machine is known by its lock, and not
//! waited for.

use super::JournalError;
use super::db::{Connection, On, Readers, query};
use crate::clock::machine_time;
use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How long a host over a server is waited for, if nobody says otherwise.
pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// How often one is heard of in that time.
const BEATS: u32 = 10;
/// A sign of life that is not answered in this part of it is given up, so that there is time for another.
const UNHEARD: u32 = 3;
/// But not before a machine that is busy could have answered.
const LEAST: Duration = Duration::from_secs(1);
/// How often is looked whether a lease has ended: what wakes a task does not count the time that the machine slept.
const LOOK: Duration = Duration::from_millis(500);
/// How long the number of the last turn of a writer is kept, in milliseconds. It is asked for within minutes.
const WRITERS: i64 = 86_400_000;

/// This instance among the others.
pub(super) struct Instances {
    place: Place,
    _lock: Option<File>,
}

enum Place {
    /// In memory, where nobody else can be.
    Alone,
    /// Lock files.
    Folder(PathBuf),
    Server(Arc<Lease>),
}

/// How long this instance may act.
struct Lease {
    id: String,
    length: Duration,
    /// Until when, by the time of this machine.
    until: Mutex<Duration>,
    /// How often that was over before it was heard of again.
    lapses: AtomicU64,
    /// The host ends.
    ended: AtomicBool,
}

impl Lease {
    /// How long it may act after it was heard of. The rest is for clocks that do not run alike, and for what is not stopped at once.
    fn usable(&self) -> Duration {
        self.length.saturating_mul(3) / 4
    }

    /// How much of that is left.
    fn left(&self) -> Duration {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.saturating_sub(machine_time())
    }

    async fn beat(&self, readers: &Readers) -> Result<(), JournalError> {
        if self.ended.load(Ordering::Relaxed) {
            return Ok(());
        }
        let until = machine_time().saturating_add(self.usable());
        let heard = query(
            "INSERT INTO instances (id, beat) VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
             ON CONFLICT (id) DO UPDATE SET beat = excluded.beat",
        )
        .bind(&self.id)
        .execute(readers);
        let limit = (self.length / UNHEARD).max(LEAST);
        tokio::time::timeout(limit, heard)
            .await
            .map_err(|_| JournalError::Away)??;
        let mut known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if *known <= machine_time() {
            self.lapses.fetch_add(1, Ordering::Relaxed);
        }
        *known = until.max(*known);
        Ok(())
    }
}

/// The time that others leave this instance for what it has begun.
pub(crate) struct Hold(Option<(Arc<Lease>, u64)>);

impl Hold {
    /// Waits until others may have taken this instance for gone, if only for a moment.
    pub(crate) async fn lost(&self) {
        let Some((lease, lapses)) = &self.0 else {
            return std::future::pending().await;
        };
        loop {
            let left = lease.left();
            if left.is_zero() || lease.lapses.load(Ordering::Relaxed) != *lapses {
                return;
            }
            tokio::time::sleep(left.min(LOOK)).await;
        }
    }
}

impl Instances {
    /// Of a journal in memory.
    pub(super) const fn alone() -> Self {
        Self {
            place: Place::Alone,
            _lock: None,
        }
    }

    /// Of a journal in a file: locks a file of this instance, and removes those of instances that are gone.
    pub(super) fn of_folder(folder: &Path, id: &str) -> Result<Self, JournalError> {
        let (folder, lock, _) = locked(folder, id)?;
        Ok(Self {
            place: Place::Folder(folder),
            _lock: Some(lock),
        })
    }

    /// Of a journal on a server. Those that have ended on this machine are taken from the list.
    pub(super) async fn of_server(
        folder: Option<&Path>,
        id: &str,
        readers: &Readers,
        length: Duration,
    ) -> Result<Self, JournalError> {
        let mut lock = None;
        if let Some(folder) = folder {
            let (_, own, gone) = locked(folder, id)?;
            lock = Some(own);
            for id in &gone {
                query("DELETE FROM instances WHERE id = $1")
                    .bind(id)
                    .execute(readers)
                    .await?;
            }
        }
        query("DELETE FROM writers WHERE at < (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1")
            .bind(WRITERS)
            .execute(readers)
            .await?;
        let lease = Arc::new(Lease {
            id: id.to_owned(),
            length,
            until: Mutex::default(),
            lapses: AtomicU64::new(0),
            ended: AtomicBool::new(false),
        });
        lease.beat(readers).await?;
        tokio::spawn(keep_beating(Arc::downgrade(&lease), readers.clone()));
        Ok(Self {
            place: Place::Server(lease),
            _lock: lock,
        })
    }

    /// Which of these instances are gone. This one is not.
    pub(super) async fn gone(
        &self,
        own: &str,
        owners: HashSet<String>,
        readers: &Readers,
    ) -> Result<HashSet<String>, JournalError> {
        let live = match &self.place {
            Place::Server(lease) if !owners.is_empty() => live(lease, readers).await?,
            _ => HashSet::new(),
        };
        let is_gone = |owner: &String| match &self.place {
            _ if owner == own => false,
            Place::Alone => true,
            Place::Folder(folder) => crate::fsutil::instance_is_gone(&folder.join(owner)),
            Place::Server(_) => !live.contains(owner),
        };
        Ok(owners.into_iter().filter(is_gone).collect())
    }

    /// Whether one instance is gone, in the order of what all of them write. This one is not.
    pub(super) async fn is_gone(
        &self,
        own: &str,
        owner: &str,
        connection: &mut Connection,
    ) -> Result<bool, JournalError> {
        Ok(match &self.place {
            _ if owner == own => false,
            Place::Alone => true,
            Place::Folder(folder) => crate::fsutil::instance_is_gone(&folder.join(owner)),
            Place::Server(lease) => !live(lease, connection).await?.contains(owner),
        })
    }

    /// Lets others hear of this instance before it begins something, if they have not for a while.
    pub(super) async fn renew(&self, readers: &Readers) -> Result<Hold, JournalError> {
        let Place::Server(lease) = &self.place else {
            return Ok(Hold(None));
        };
        if lease.left() < lease.usable() / 2 {
            lease.beat(readers).await?;
        }
        let lapses = lease.lapses.load(Ordering::Relaxed);
        Ok(Hold(Some((lease.clone(), lapses))))
    }

    /// Insists that others leave this instance the time for what it is about to begin.
    pub(super) fn must_last(&self) -> Result<(), JournalError> {
        match &self.place {
            Place::Server(lease) if lease.left() < lease.usable() / 3 => Err(JournalError::Away),
            _ => Ok(()),
        }
    }

    /// As if the machine had slept for as long as a lease.
    #[cfg(test)]
    pub(super) fn sleep(&self) {
        if let Place::Server(lease) = &self.place {
            *lease.until.lock().unwrap_or_else(PoisonError::into_inner) = Duration::ZERO;
        }
    }

    /// Until when this instance may act, by the time of this machine.
    #[cfg(test)]
    pub(super) fn until(&self) -> Duration {
        match &self.place {
            Place::Server(lease) => *lease.until.lock().unwrap_or_else(PoisonError::into_inner),
            Place::Alone | Place::Folder(_) => Duration::MAX,
        }
    }

    /// Whether the journal is in memory.
    pub(super) const fn is_alone(&self) -> bool {
        matches!(self.place, Place::Alone)
    }

    /// This instance ends: nobody has to wait for it.
    pub(super) async fn leave(&self, readers: &Readers) {
        let Place::Server(lease) = &self.place else {
            return;
        };
        lease.ended.store(true, Ordering::Relaxed);
        let left = query("DELETE FROM instances WHERE id = $1")
            .bind(&lease.id)
            .execute(readers)
            .await;
        if let Err(error) = left {
            tracing::warn!(%error, "others will wait for this host for a while");
        }
    }
}

async fn live<'c>(lease: &Lease, on: impl Into<On<'c>>) -> Result<HashSet<String>, JournalError> {
    let length = i64::try_from(lease.length.as_millis()).unwrap_or(i64::MAX);
    query(
        "SELECT id FROM instances WHERE beat > (extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1",
    )
    .bind(length)
    .fetch_all(on)
    .await?
    .iter()
    .map(|row| Ok(row.try_get("id")?))
    .collect()
}

/// Ends when the instance does.
async fn keep_beating(lease: Weak<Lease>, readers: Readers) {
    loop {
        let Some(lease) = lease.upgrade() else {
            return;
        };
        if let Err(error) = lease.beat(&readers).await {
            tracing::warn!(%error, "this host could not be heard of");
        }
        let pause = lease.length / BEATS;
        drop(lease);
        tokio::time::sleep(pause).await;
    }
}

/// Locks this instance's file and removes those of instances that are gone. Says which these were.
fn locked(folder: &Path, id: &str) -> Result<(PathBuf, File, Vec<String>), JournalError> {
    let failed = |error: std::io::Error| {
        JournalError::Database(format!("the folder of host instances: {error}"))
    };
    let folder = folder.join("instances");
    crate::fsutil::create_private_dir(&folder).map_err(failed)?;
    let gone = crate::fsutil::sweep_instances(&folder).map_err(failed)?;
    let lock = crate::fsutil::lock_instance(&folder.join(id)).map_err(failed)?;
    Ok((folder, lock, gone))
}
