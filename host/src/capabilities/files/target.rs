//! What stands at the place of a write, by digest, and the comparison with what should be there.

use std::fmt;
use std::io::{self, Read as _};

use cap_std::fs::Dir;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::folder::{FileFacts, OpenGrant, Place, Seen, open_file};
use super::path::RelPath;

/// Bytes that are hashed at once.
const CHUNK: usize = 64 << 10;

/// What was found at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "found")]
pub enum Found {
    /// Nothing.
    Absent,
    /// A regular file.
    File {
        /// Digest of its content.
        digest: Digest,
        /// Its size in bytes.
        len: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link, here or on the way.
    Link,
    /// A pipe, socket or device.
    Special,
}

impl Found {
    /// Digest of the content, if it is a regular file.
    #[must_use]
    pub const fn digest(&self) -> Option<Digest> {
        match self {
            Self::File { digest, .. } => Some(*digest),
            _ => None,
        }
    }

    /// Whether exactly this is there: a file with this content, or nothing.
    pub(super) fn is(&self, expected: Option<Digest>) -> bool {
        match (self, expected) {
            (Self::Absent, None) => true,
            (Self::File { digest, .. }, Some(expected)) => *digest == expected,
            _ => false,
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing"),
            Self::File { digest, len } => write!(f, "a file {} of {len} bytes", digest.short()),
            Self::Folder => f.write_str("a folder"),
            Self::Link => f.write_str("a symbolic link"),
            Self::Special => f.write_str("a pipe, socket or device"),
        }
    }
}

/// The same for something that is expected.
pub(super) fn expected(digest: Option<Digest>) -> String {
    digest.map_or_else(
        || "nothing".to_owned(),
        |digest| format!("a file {}", digest.short()),
    )
}

/// What stands at `name` in `folder`, and how it is kept if it is a file.
pub(super) fn found(folder: &Dir, name: &str) -> io::Result<(Found, Option<FileFacts>)> {
    let other = match open_file(folder, name)? {
        Ok((file, facts)) => {
            let mut hash = Sha256::new();
            // One byte more than it had, so that a file that keeps growing ends, and differs.
            let mut file = file.take(facts.len.saturating_add(1));
            let mut chunk = vec![0; CHUNK];
            let mut len = 0;
            loop {
                let read = file.read(&mut chunk)?;
                if read == 0 {
                    break;
                }
                hash.update(chunk.get(..read).unwrap_or_default());
                len += read as u64;
            }
            let digest = Digest::from_bytes(hash.finalize().into());
            return Ok((Found::File { digest, len }, Some(facts)));
        }
        Err(other) => other,
    };
    let found = match other {
        Seen::Absent => Found::Absent,
        Seen::Folder => Found::Folder,
        Seen::Link => Found::Link,
        Seen::Special => Found::Special,
        // `open_file` does not answer so.
        Seen::File(_) => return Err(io::Error::other("the file changed while it was looked at")),
    };
    Ok((found, None))
}

/// What stands at a path of a grant.
pub(super) fn found_at(grant: &OpenGrant, inside: Option<&RelPath>) -> io::Result<Found> {
    match grant.place(inside)? {
        Place::Root => Ok(Found::Folder),
        Place::In { folder, name } => Ok(found(&folder, &name)?.0),
        Place::Blocked { by: Seen::Link } => Ok(Found::Link),
        Place::Blocked { .. } => Ok(Found::Absent),
    }
}
