//! The host's long-lived keys as files of a private folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use guildhall_package::text::plain;

use super::disk::{Folder, Held};
use super::{KeyError, KeySource, RunKeys, SecretKey32};

/// Longest name of a key, in bytes.
const MAX_NAME: usize = 64;
/// Folder of the run keys inside the key folder.
const RUN_KEYS: &str = "run-keys";

/// The host's keys as files `NAME.key` of a folder, or in memory for hosts without a folder.
///
/// A file holds 64 hexadecimal digits and a line break; 32 raw bytes are read as well. Folder and files must belong
/// to the user of this process and be closed to everybody else, and links are refused: this is checked at each use.
#[derive(Debug)]
pub struct KeyFolder(Place);

#[derive(Debug)]
enum Place {
    Disk(Folder),
    Memory(Mutex<BTreeMap<String, SecretKey32>>),
}

impl KeyFolder {
    /// The keys in the folder at `path`, which is created for this user alone (0700), parents included, if it is not
    /// there. Its last segment must not be a link.
    ///
    /// # Errors
    /// [`KeyError`] if there is something else, or others than this user may enter the folder.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        Ok(Self(Place::Disk(Folder::open(path)?)))
    }

    /// Keys that live as long as this value: nothing sealed or signed with them can be read or traced afterwards.
    #[must_use]
    pub fn in_memory() -> Self {
        Self(Place::Memory(Mutex::default()))
    }

    /// The folder; `None` if the keys are in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Place::Disk(folder) => Some(folder.path()),
            Place::Memory(_) => None,
        }
    }

    /// The key of this name, made at the first call. Two processes that ask at once get the same key, and it survives
    /// a power cut from the moment this returns. `name` is 1 to 64 lower-case letters, digits and hyphens.
    ///
    /// A key that was lost is made anew: who keeps sealed data should remember
    /// a fingerprint of it beside it, or ask [`KeyFolder::existing`] first.
    ///
    /// # Errors
    /// [`KeyError`] if the file can't be read or made, is no key, or could have been read or replaced by others.
    pub fn secret(&self, name: &str) -> Result<SecretKey32, KeyError> {
        check_name(name)?;
        match &self.0 {
            Place::Memory(keys) => {
                let mut keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(key) = keys.get(name) {
                    return Ok(key.clone());
                }
                let key = SecretKey32::random()?;
                keys.insert(name.to_owned(), key.clone());
                Ok(key)
            }
            Place::Disk(folder) => {
                if let Some(key) = read(folder, name)? {
                    return Ok(key);
                }
                let key = SecretKey32::random()?;
                if folder.publish(&file_name(name), &key)? {
                    return Ok(key);
                }
                // Somebody else was first, and theirs counts.
                read(folder, name)?.ok_or_else(|| {
                    let gone = std::io::Error::other("the file keeps disappearing");
                    KeyError::io(&folder.path().join(file_name(name)), "read", gone)
                })
            }
        }
    }

    /// The key of this name if it has been made.
    ///
    /// # Errors
    /// As [`KeyFolder::secret`].
    pub fn existing(&self, name: &str) -> Result<Option<SecretKey32>, KeyError> {
        check_name(name)?;
        match &self.0 {
            Place::Disk(folder) => read(folder, name),
            Place::Memory(keys) => {
                let keys = keys.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(keys.get(name).cloned())
            }
        }
    }

    /// Keys of runs, in a folder of this folder, or in memory if these keys are.
    ///
    /// # Errors
    /// As [`KeyFolder::open`].
    pub fn run_keys(&self) -> Result<RunKeys, KeyError> {
        match &self.0 {
            Place::Disk(folder) => RunKeys::on_disk(&folder.path().join(RUN_KEYS)),
            Place::Memory(_) => Ok(RunKeys::in_memory()),
        }
    }
}

impl KeySource for KeyFolder {
    fn secret(&self, name: &str) -> Result<SecretKey32, KeyError> {
        Self::secret(self, name)
    }
}

fn read(folder: &Folder, name: &str) -> Result<Option<SecretKey32>, KeyError> {
    match folder.read(&file_name(name))? {
        None => Ok(None),
        Some(Held::Key(key)) => {
            // Whoever made it may have died before this step, and what is sealed with it must be readable tomorrow.
            folder.sync()?;
            Ok(Some(key))
        }
        Some(Held::Wiped) => Err(KeyError::Content {
            path: folder.path().join(file_name(name)),
            problem: "it is all zeros",
        }),
    }
}

fn file_name(name: &str) -> String {
    format!("{name}.key")
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(KeyError::Name {
            name: plain(name, MAX_NAME),
        })
    }
}
