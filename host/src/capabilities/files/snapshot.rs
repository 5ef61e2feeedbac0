//! What a run has read, kept as it was at first sight.
//!
//! The first `read` or `read-range` of a file takes its whole content once; everything later in the run is served
//! from that copy, and its digest is pinned. What is pinned:
//!
//! - a file whose content was given to the skill: its digest;
//! - a path at which the skill was told that there is nothing (by `read`, `read-range` or `stat`): the absence;
//! - nothing by `list`, and nothing by `stat` of something that exists: a folder that receives new invoices while an
//!   approval waits must not void it, and a size alone is not what a skill computes with.
//!
//! Within the run, `list` and `stat` agree with what is pinned, whatever has happened on disk since. A path that the run
//! itself writes needs no pin: the write names the digest of what it replaces, which is the pinned one.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use guildhall_package::{Digest, FolderName};
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

use super::path::RelPath;
use super::rules;
use super::view::FileLimits;

/// One thing that a run has read, to be compared before its effects are performed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Name of the grant it was read through.
    pub grant: FolderName,
    /// Path inside the granted folder; none for a granted file.
    pub inside: Option<RelPath>,
    /// Digest of the content; none if the skill was told that nothing is there.
    pub digest: Option<Digest>,
    /// Size of the content in bytes; 0 for an absence.
    pub len: u64,
}

impl Pin {
    /// The path as the guest wrote it.
    #[must_use]
    pub fn path(&self) -> String {
        match &self.inside {
            Some(inside) => format!("{}/{inside}", self.grant),
            None => self.grant.to_string(),
        }
    }
}

/// Content at first sight.
#[derive(Debug, Clone)]
pub(super) enum Snapshot {
    Absent,
    Content { bytes: Bytes, digest: Digest },
}

impl Snapshot {
    pub(super) const fn digest(&self) -> Option<Digest> {
        match self {
            Self::Absent => None,
            Self::Content { digest, .. } => Some(*digest),
        }
    }

    /// Digest and content, if there was something.
    pub(super) fn content(&self) -> Option<(Digest, Bytes)> {
        match self {
            Self::Absent => None,
            Self::Content { digest, bytes } => Some((*digest, bytes.clone())),
        }
    }

    const fn len(&self) -> u64 {
        match self {
            Self::Absent => 0,
            Self::Content { bytes, .. } => bytes.len() as u64,
        }
    }
}

#[derive(Debug)]
struct Pinned {
    grant: FolderName,
    inside: Option<RelPath>,
    snapshot: Snapshot,
}

/// All snapshots of a run, by absolute path, so that two grants of overlapping folders share them.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    by_path: BTreeMap<PathBuf, Pinned>,
    bytes: u64,
}

impl Snapshots {
    pub(super) fn get(&self, path: &Path) -> Option<&Snapshot> {
        self.by_path.get(path).map(|pinned| &pinned.snapshot)
    }

    /// Snapshots of `folder` and of everything below it.
    pub(super) fn within<'a>(
        &'a self,
        folder: &'a Path,
    ) -> impl Iterator<Item = (&'a Path, &'a Snapshot)> {
        within(&self.by_path, folder).map(|(path, pinned)| (path, &pinned.snapshot))
    }

    /// Keeps what was seen.
    pub(super) fn add(
        &mut self,
        limits: &FileLimits,
        path: PathBuf,
        grant: &FolderName,
        inside: Option<&RelPath>,
        snapshot: Snapshot,
    ) -> Result<&Snapshot, Refusal> {
        if self.by_path.len() >= limits.max_inputs {
            return Err(rules::input_limit(format!(
                "this run has looked at {} files, which is its limit",
                limits.max_inputs
            )));
        }
        self.charge(snapshot.len());
        let pinned = Pinned {
            grant: grant.clone(),
            inside: inside.cloned(),
            snapshot,
        };
        Ok(&self
            .by_path
            .entry(path)
            .insert_entry(pinned)
            .into_mut()
            .snapshot)
    }

    /// Counts bytes that were read, whether they are kept or not.
    pub(super) const fn charge(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Bytes read so far.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The pins, by path, without those that `skip` answers for.
    pub(super) fn pins(&self, skip: impl Fn(&Path) -> bool) -> Vec<Pin> {
        self.by_path
            .iter()
            .filter(|(path, _)| !skip(path))
            .map(|(_, pinned)| Pin {
                grant: pinned.grant.clone(),
                inside: pinned.inside.clone(),
                digest: pinned.snapshot.digest(),
                len: pinned.snapshot.len(),
            })
            .collect()
    }
}

/// What a map keeps for `folder` itself and for everything below it.
pub(super) fn within<'a, V>(
    map: &'a BTreeMap<PathBuf, V>,
    folder: &'a Path,
) -> impl Iterator<Item = (&'a Path, &'a V)> {
    // Paths are ordered segment by segment, so what lies below a folder follows it directly.
    map.range::<Path, _>((Bound::Included(folder), Bound::Unbounded))
        .take_while(move |(path, _)| path.starts_with(folder))
        .map(|(path, value)| (path.as_path(), value))
}
