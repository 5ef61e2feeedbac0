//! Why a key can't be used, and what to do about it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// Why a key can't be read, made or destroyed. Never holds a part of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The name can't be that of a key.
    #[error(
        "the key name `{name}` can't be used: key names are 1 to 64 lower-case letters, digits and hyphens; use `store` or `receipts`"
    )]
    Name {
        /// The name, made safe to show.
        name: String,
    },
    /// The run id is not the text of a UUID.
    #[error(
        "`{id}` is no run id: run keys are named by UUIDs in lower case with hyphens; give the id as the journal has it"
    )]
    RunId {
        /// The text, made safe to show.
        id: String,
    },
    /// A symbolic link stands where a key, or the folder of keys, should be.
    #[error(
        "{path} is a symbolic link: keys are read from their own place only, because whoever sets the link chooses the key; put the file or folder itself there", path = .path.display()
    )]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else stands where a key should be.
    #[error(
        "{path} is {found}: a key is a regular file; move it away, and put the key back from a backup if there was one", path = .path.display()
    )]
    NotAFile {
        /// What stands there.
        path: PathBuf,
        /// Its kind: a folder, a pipe, a socket or a device.
        found: &'static str,
    },
    /// Something other than a folder stands where the keys should be.
    #[error("{path} is not a folder: keys are kept in a private folder; move it away or name another place", path = .path.display())]
    NotAFolder {
        /// What stands there.
        path: PathBuf,
    },
    /// The file or folder belongs to another user.
    #[error(
        "{path} belongs to user {owner}, and this program runs as user {user}: a key that somebody else can replace is no key; run as its owner, or `chown {user} '{path}'` if you put it there yourself", path = .path.display()
    )]
    ForeignOwner {
        /// The file or folder.
        path: PathBuf,
        /// Number of the user it belongs to.
        owner: u32,
        /// Number of the user this program acts for.
        user: u32,
    },
    /// Group or others may do something with the file or folder.
    #[error(
        "{path} has mode {mode:03o}: keys are for their owner alone; run `chmod {fix:03o} '{path}'`, and if others use this machine treat the key as known to them", path = .path.display()
    )]
    OpenToOthers {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they should be.
        fix: u32,
    },
    /// The file is too short or too long.
    #[error(
        "{path} is {length} bytes long: a key file holds 64 hexadecimal digits (and a line break) or 32 raw bytes; put it back from a backup, since a new key can't open what the old one sealed", path = .path.display()
    )]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        length: u64,
    },
    /// The file has the right length and no key in it.
    #[error(
        "{path} holds no key: {problem}; put it back from a backup, since a new key can't open what the old one sealed", path = .path.display()
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The run has a key already.
    #[error(
        "run {run} has a key already: a run's key is made once; use the one it has, or begin a new run"
    )]
    Exists {
        /// The run.
        run: String,
    },
    /// The operating system gave no randomness.
    #[error(
        "no random bytes could be had ({source}): no key is made from anything else; try again on a machine whose random source works"
    )]
    Random {
        /// What the system said.
        source: io::Error,
    },
    /// The file system refused.
    #[error("{path} could not be {what} ({source}): keys need a folder that you own and can write; check the disk and `ls -ld '{path}'`", path = .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a participle: `read`, `created`.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A [`KeySource`](super::KeySource) of the embedder failed.
    #[error(
        "the key `{name}` could not be had from its source ({source}): nothing is sealed or signed without it; make the source available and try again"
    )]
    Source {
        /// Name of the key.
        name: String,
        /// What the source said. Must not hold a part of a key.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl KeyError {
    pub(super) fn io(path: &Path, what: &'static str, source: impl Into<io::Error>) -> Self {
        Self::Io {
            path: path.to_owned(),
            what,
            source: source.into(),
        }
    }
}
