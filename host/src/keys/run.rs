//! One random key for each run: destroying it makes what was sealed with it unreadable, wherever copies of it are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use guildhall_package::text::plain;
use uuid::Uuid;

use super::disk::{Folder, Held};
use super::{KeyError, SecretKey32};

/// Longest run id in a sentence, in characters.
const SHOWN_CHARS: usize = 64;

/// Keys of runs. A run id is a UUID in lower case with hyphens; every other text is refused, paths above all.
#[derive(Debug)]
pub struct RunKeys(Place);

#[derive(Debug)]
enum Place {
    Disk(Folder),
    Memory(Mutex<BTreeMap<Uuid, SecretKey32>>),
}

impl RunKeys {
    /// Keys as files of the folder at `path`, one named by each run. They survive a restart, so that a run can wait
    /// for its approval.
    ///
    /// # Errors
    /// [`KeyError`] if the folder can't be made, or others than this user may enter it.
    pub fn on_disk(path: &Path) -> Result<Self, KeyError> {
        Ok(Self(Place::Disk(Folder::open(path)?)))
    }

    /// Keys in memory only: with the process, everything sealed by them is lost.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Place::Memory(Mutex::default()))
    }

    /// Makes the key of a run. It is durable when this returns, if it is on disk.
    ///
    /// # Errors
    /// [`KeyError::RunId`]; [`KeyError::Exists`] if the run has a key; otherwise if it can't be made or written.
    pub fn create(&self, run: &str) -> Result<SecretKey32, KeyError> {
        let id = check_id(run)?;
        let key = SecretKey32::random()?;
        let is_new = match &self.0 {
            Place::Disk(folder) => folder.publish(run, &key)?,
            Place::Memory(keys) => {
                let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                let is_new = !keys.contains_key(&id);
                if is_new {
                    keys.insert(id, key.clone());
                }
                is_new
            }
        };
        if is_new {
            Ok(key)
        } else {
            Err(KeyError::Exists {
                run: run.to_owned(),
            })
        }
    }

    /// The key of a run; `None` if it was never made or has been destroyed.
    ///
    /// # Errors
    /// [`KeyError::RunId`], or if the file can't be read, is no key, or could have been read or replaced by others.
    pub fn get(&self, run: &str) -> Result<Option<SecretKey32>, KeyError> {
        let id = check_id(run)?;
        match &self.0 {
            Place::Disk(folder) => Ok(match folder.read(run)? {
                Some(Held::Key(key)) => Some(key),
                Some(Held::Wiped) | None => None,
            }),
            Place::Memory(keys) => {
                let keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(keys.get(&id).cloned())
            }
        }
    }

    /// Destroys the key of a run: overwritten, removed, and the removal made durable. Fine if there is none.
    ///
    /// A solid-state disk or a copy-on-write file system may keep the old block for a while: no ordinary read finds
    /// the key again, but this is no promise against a laboratory.
    ///
    /// # Errors
    /// [`KeyError::RunId`], or if it can't be shown that the key is gone: a link or something else stands in its
    /// place, it belongs to another user, or the disk refuses.
    pub fn destroy(&self, run: &str) -> Result<(), KeyError> {
        let id = check_id(run)?;
        match &self.0 {
            Place::Disk(folder) => folder.destroy(run),
            Place::Memory(keys) => {
                let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                keys.remove(&id);
                Ok(())
            }
        }
    }

    /// Runs for which something is kept, in the order of their ids: what a sweep looks at. Includes keys whose
    /// destruction was interrupted.
    ///
    /// # Errors
    /// If the folder can't be read, or is no longer private.
    pub fn list(&self) -> Result<Vec<String>, KeyError> {
        match &self.0 {
            Place::Disk(folder) => {
                let mut names = folder.names()?;
                names.retain(|name| check_id(name).is_ok());
                names.sort_unstable();
                Ok(names)
            }
            Place::Memory(keys) => {
                let keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(keys.keys().map(Uuid::to_string).collect())
            }
        }
    }
}

/// The parser takes other spellings too, and two spellings would be two files.
fn check_id(text: &str) -> Result<Uuid, KeyError> {
    match Uuid::try_parse(text) {
        Ok(id) if id.to_string() == text => Ok(id),
        _ => Err(KeyError::RunId {
            id: plain(text, SHOWN_CHARS),
        }),
    }
}
