//! The marketplace's own keys and its root files: files of one folder that its user alone can enter.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use guildhall_package::trust::SigningKey;
use guildhall_web::random::NoRandom;
use zeroize::Zeroizing;

/// Name of the key that signs checkpoints and the status.
pub const LOG: &str = "log.key";
/// Name of the key that signs review statements.
pub const REVIEW: &str = "review.key";
/// Name of the key that signs root files.
pub const ROOT: &str = "root.key";
/// Name of the key of a witness.
pub const WITNESS: &str = "witness.key";

/// Longest file that is read here, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// A key or root file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk.
    #[error("the file {path} could not be {step}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What was tried.
        step: &'static str,
        /// What the system says.
        error: io::Error,
    },
    /// It does not belong to this user alone.
    #[error(
        "{path} can be read or changed by others (mode {mode:o}); make it private with chmod go-rwx, and if others may have read it, make new keys"
    )]
    Open {
        /// Which file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is not there.
    #[error(
        "there is no {path}; run `guildhall marketplace init` first, or put back a backup of the folder"
    )]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// It is there and must not be.
    #[error("{path} is there already; nothing was overwritten")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// It holds no key.
    #[error("{path} does not hold a key: one is 64 hexadecimal digits; put back a backup of it")]
    Content {
        /// Which file.
        path: PathBuf,
    },
    /// No random numbers.
    #[error(transparent)]
    Random(NoRandom),
}

/// A private folder.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Opens the folder, made if it is not there.
    ///
    /// # Errors
    /// [`KeyError`] if others can enter it.
    pub fn open(path: &Path) -> Result<Self, KeyError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(io_error(path, "made"))?;
        private(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Makes a key. One that is there is never overwritten.
    ///
    /// # Errors
    /// [`KeyError::Exists`] and others.
    pub fn make_key(&self, name: &str) -> Result<SigningKey, KeyError> {
        let seed = random()?;
        let text = Zeroizing::new(format!("{}\n", hex::encode(*seed)));
        self.create(name, text.as_bytes())?;
        Ok(SigningKey::from_seed(&seed))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyError`] if it is not there, not private or no key.
    pub fn key(&self, name: &str) -> Result<SigningKey, KeyError> {
        let path = self.path.join(name);
        private(&path)?;
        let bytes = Zeroizing::new(self.read(name)?);
        let mut seed = Zeroizing::new([0; 32]);
        let digits = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        hex::decode_to_slice(digits, &mut *seed).map_err(|_| KeyError::Content { path })?;
        Ok(SigningKey::from_seed(&seed))
    }

    /// Whether there is a file of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`KeyError`] if it is not there.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, KeyError> {
        let path = self.path.join(name);
        let file = File::open(&path).map_err(io_error(&path, "opened"))?;
        let mut bytes = Vec::new();
        file.take(MAX_FILE)
            .read_to_end(&mut bytes)
            .map_err(io_error(&path, "read"))?;
        Ok(bytes)
    }

    /// Writes a new file, whole and durable. One that is there is never overwritten.
    ///
    /// # Errors
    /// [`KeyError::Exists`] and others.
    pub fn create(&self, name: &str, bytes: &[u8]) -> Result<(), KeyError> {
        let path = self.path.join(name);
        let staged = self.stage(name, bytes)?;
        // A link fails where a rename would replace.
        let linked = fs::hard_link(&staged, &path);
        let _ = fs::remove_file(&staged);
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(KeyError::Exists { path });
            }
            other => other.map_err(io_error(&path, "made"))?,
        }
        self.sync()
    }

    /// Writes a file, whole and durable, in place of the one that is there.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), KeyError> {
        let path = self.path.join(name);
        let staged = self.stage(name, bytes)?;
        fs::rename(&staged, &path).map_err(io_error(&path, "put in its place"))?;
        self.sync()
    }

    /// Names of all files that begin with `prefix`.
    ///
    /// # Errors
    /// [`KeyError::Io`].
    pub fn names(&self, prefix: &str) -> Result<Vec<String>, KeyError> {
        let listed = fs::read_dir(&self.path).map_err(io_error(&self.path, "listed"))?;
        let mut names: Vec<String> = listed
            .filter_map(Result::ok)
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| name.starts_with(prefix))
            .collect();
        names.sort_unstable();
        Ok(names)
    }

    fn stage(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, KeyError> {
        let path = self.path.join(format!(".{name}.{}", uuid::Uuid::now_v7()));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(io_error(&path, "made"))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(io_error(&path, "written"))?;
        Ok(path)
    }

    fn sync(&self) -> Result<(), KeyError> {
        File::open(&self.path)
            .and_then(|folder| folder.sync_all())
            .map_err(io_error(&self.path, "made durable"))
    }
}

/// 32 random bytes.
///
/// # Errors
/// [`KeyError::Random`].
pub fn random() -> Result<Zeroizing<[u8; 32]>, KeyError> {
    guildhall_web::random::random().map_err(KeyError::Random)
}

fn io_error(path: &Path, step: &'static str) -> impl FnOnce(io::Error) -> KeyError {
    move |error| {
        if error.kind() == io::ErrorKind::NotFound {
            KeyError::Missing {
                path: path.to_owned(),
            }
        } else {
            KeyError::Io {
                path: path.to_owned(),
                step,
                error,
            }
        }
    }
}

fn private(path: &Path) -> Result<(), KeyError> {
    let mode = fs::symlink_metadata(path)
        .map_err(io_error(path, "looked at"))?
        .mode();
    if mode & 0o077 == 0 {
        Ok(())
    } else {
        Err(KeyError::Open {
            path: path.to_owned(),
            mode: mode & 0o777,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_key_comes_back_and_is_never_overwritten() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(&parent.path().join("keys")).unwrap();
        let key = folder.make_key(LOG).unwrap();
        assert_eq!(folder.key(LOG).unwrap().public(), key.public());
        assert!(matches!(folder.make_key(LOG), Err(KeyError::Exists { .. })));
        assert_eq!(folder.key(LOG).unwrap().public(), key.public());
        // Nothing is left over from writing.
        assert_eq!(folder.names("").unwrap(), [LOG]);
        assert!(matches!(folder.key(ROOT), Err(KeyError::Missing { .. })));
    }

    #[test]
    fn keys_that_others_can_read_are_refused() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("keys");
        let folder = Folder::open(&path).unwrap();
        folder.make_key(LOG).unwrap();
        fs::set_permissions(path.join(LOG), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(folder.key(LOG), Err(KeyError::Open { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(Folder::open(&path), Err(KeyError::Open { .. })));
    }

    #[test]
    fn what_is_no_key_is_said() {
        let parent = tempfile::tempdir().unwrap();
        let folder = Folder::open(&parent.path().join("keys")).unwrap();
        folder.create(LOG, b"not a key\n").unwrap();
        assert!(matches!(folder.key(LOG), Err(KeyError::Content { .. })));
    }
}
