//! The catalogue that requests read, with the newest published state of the log.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use guildhall_package::market::event::MAX_REPLAY;
use guildhall_package::trust::log::TreeHash;
use tokio::sync::broadcast;

use super::Catalogue;
use crate::log::root::Roots;
use crate::search::{Index, SearchError};

/// Entries that a listener may be behind before it is told to read the log instead.
const BEHIND: usize = 1_024;

/// A published state of the log.
#[derive(Debug, Clone)]
pub struct Published {
    /// Entries.
    pub size: u64,
    /// Root hash.
    pub root: TreeHash,
    /// The checkpoint with its cosignatures.
    pub note: Bytes,
}

/// An entry that was published, for those who listen.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its place.
    pub index: u64,
    /// Its bytes.
    pub entry: Bytes,
}

/// What requests read. A lock that a panicking thread left behind is taken over: the catalogue is folded from the log
/// again at the next start, and no entry is folded halfway on purpose.
#[derive(Debug)]
pub struct Shelf {
    catalogue: RwLock<Catalogue>,
    published: RwLock<Option<Arc<Published>>>,
    recent: RwLock<VecDeque<Told>>,
    told: broadcast::Sender<Told>,
    status: RwLock<Option<Arc<SignedStatus>>>,
    /// Entries that everything here shows: catalogue, checkpoint and search.
    shown: AtomicU64,
    /// Finds skills.
    pub index: Index,
    /// The root files.
    pub roots: RwLock<Roots>,
}

/// A signed status as it is served, and until when.
#[derive(Debug, Clone)]
pub struct SignedStatus {
    /// The envelope.
    pub envelope: Bytes,
    /// State of the log that it tells of.
    pub size: u64,
    /// When it is to be made anew.
    pub renew: i64,
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl Shelf {
    /// An empty one.
    ///
    /// # Errors
    /// If there is no memory for the index.
    pub fn new(roots: Roots) -> Result<Self, SearchError> {
        Ok(Self {
            catalogue: RwLock::default(),
            published: RwLock::default(),
            recent: RwLock::default(),
            told: broadcast::channel(BEHIND).0,
            status: RwLock::default(),
            shown: AtomicU64::new(0),
            index: Index::new()?,
            roots: RwLock::new(roots),
        })
    }

    /// The catalogue. Hold it briefly, and never over an await.
    pub fn catalogue(&self) -> RwLockReadGuard<'_, Catalogue> {
        read(&self.catalogue)
    }

    /// For the follower alone.
    pub(crate) fn catalogue_mut(&self) -> RwLockWriteGuard<'_, Catalogue> {
        write(&self.catalogue)
    }

    /// The newest published state that is folded in.
    pub fn published(&self) -> Option<Arc<Published>> {
        read(&self.published).clone()
    }

    /// For the follower alone: this state is folded in.
    pub(crate) fn set_published(&self, published: Published) {
        *write(&self.published) = Some(Arc::new(published));
    }

    /// How many entries everything here shows, search included.
    pub fn shown(&self) -> u64 {
        self.shown.load(Ordering::Acquire)
    }

    /// For the follower alone: search shows these entries, too.
    pub(crate) fn set_shown(&self, size: u64) {
        self.shown.store(size, Ordering::Release);
    }

    /// For the follower alone: tells listeners of an entry.
    pub(crate) fn tell(&self, told: Told) {
        {
            let mut recent = write(&self.recent);
            let most = usize::try_from(MAX_REPLAY).unwrap_or(usize::MAX);
            if recent.len() >= most {
                recent.pop_front();
            }
            recent.push_back(told.clone());
        }
        // Nobody may be listening.
        let _ = self.told.send(told);
    }

    /// What comes from now on, and what came after the entry `after`. None: that is too long ago.
    pub fn listen(&self, after: Option<u64>) -> Option<(Vec<Told>, broadcast::Receiver<Told>)> {
        // Under the lock of `recent`, so that nothing comes in between.
        let recent = read(&self.recent);
        let receiver = self.told.subscribe();
        let Some(after) = after else {
            return Some((Vec::new(), receiver));
        };
        let next = after.saturating_add(1);
        let first = recent.front().map(|told| told.index);
        let end = read(&self.catalogue).size();
        let complete = next >= end || first.is_some_and(|first| first <= next);
        if !complete {
            return None;
        }
        let missed = recent.iter().filter(|told| told.index >= next).cloned();
        Some((missed.collect(), receiver))
    }

    /// The signed status, if there is one.
    pub fn status(&self) -> Option<Arc<SignedStatus>> {
        read(&self.status).clone()
    }

    /// Keeps a signed status.
    pub(crate) fn set_status(&self, status: SignedStatus) -> Arc<SignedStatus> {
        let status = Arc::new(status);
        *write(&self.status) = Some(Arc::clone(&status));
        status
    }

    /// Has the next one who asks for the status get a new one.
    pub(crate) fn forget_status(&self) {
        *write(&self.status) = None;
    }

    /// The root files.
    pub fn roots(&self) -> RwLockReadGuard<'_, Roots> {
        read(&self.roots)
    }
}
