//! Golden cases as one file that travels with a release: a plain tar, the same bytes for the same cases.
//!
//! ```text
//! skill/golden/NAME/…    the cases
//! skill/…                what they read of the skill's own folder
//! NAME/…                 what they read of a folder or file beside it
//! ```
//!
//! Folders stand to each other as they do at the author's, so that the paths in the cases hold. Only plain files, and
//! folders that are empty, sorted by name, without times and owners.

mod names;
mod pack;
mod unpack;

pub use pack::{Packed, pack};
pub use unpack::{UnpackError, unpack};

/// The skill's own folder inside the archive.
const SKILL: &str = "skill";

/// How much of a stranger's archive is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Bytes of the archive. Default 8 MiB.
    pub bytes: usize,
    /// Files and folders in it. Default 2,000.
    pub entries: usize,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self {
            bytes: 8 << 20,
            entries: 2_000,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;
