//! Root files: all versions in the folder of keys, the newest served and obeyed.

use std::collections::BTreeMap;

use bytes::Bytes;
use guildhall_package::trust::log::VerifierKey;
use guildhall_package::trust::root::{RootError, TrustedRoot};

use crate::keys::{Folder, KeyError};

/// What the files of root versions are called: `root.1.json`.
const PREFIX: &str = "root.";
const SUFFIX: &str = ".json";

/// The root files can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] KeyError),
    /// One is not the next version of the one before it.
    #[error(transparent)]
    Root(#[from] RootError),
    /// There is none.
    #[error("there is no root file; run `guildhall marketplace init` first")]
    None,
}

/// The root files, each the next version of the one before it.
#[derive(Debug, Clone)]
pub struct Roots {
    files: BTreeMap<u64, Bytes>,
    newest: TrustedRoot,
}

/// Name of the file of a version.
#[must_use]
pub fn file_name(version: u64) -> String {
    format!("{PREFIX}{version}{SUFFIX}")
}

impl Roots {
    /// Reads all root files of a folder.
    ///
    /// # Errors
    /// [`RootsError`] if there is none, or they are no unbroken row.
    pub fn read(folder: &Folder) -> Result<Self, RootsError> {
        let mut versions: Vec<u64> = folder
            .names(PREFIX)?
            .iter()
            .filter_map(|name| {
                name.strip_prefix(PREFIX)?
                    .strip_suffix(SUFFIX)?
                    .parse()
                    .ok()
            })
            .collect();
        versions.sort_unstable();
        let mut files = BTreeMap::new();
        let mut newest: Option<TrustedRoot> = None;
        for version in versions {
            let envelope = folder.read(&file_name(version))?;
            let next = match newest {
                None => TrustedRoot::pin(&envelope)?,
                Some(before) => before.update(&envelope)?,
            };
            files.insert(next.file().version, Bytes::from(envelope));
            newest = Some(next);
        }
        Ok(Self {
            newest: newest.ok_or(RootsError::None)?,
            files,
        })
    }

    /// The newest version.
    #[must_use]
    pub const fn newest(&self) -> &TrustedRoot {
        &self.newest
    }

    /// The file of a version.
    #[must_use]
    pub fn file(&self, version: u64) -> Option<Bytes> {
        self.files.get(&version).cloned()
    }

    /// The files of all versions after `known`, oldest first.
    pub fn after(&self, known: u64) -> impl Iterator<Item = &Bytes> {
        self.files
            .range(known.saturating_add(1)..)
            .map(|(_, file)| file)
    }

    /// The newest file.
    #[must_use]
    pub fn newest_file(&self) -> Bytes {
        Bytes::copy_from_slice(self.newest.envelope())
    }

    /// The witnesses that count, and how many must cosign.
    #[must_use]
    pub fn witnesses(&self) -> (Vec<VerifierKey>, usize) {
        let file = self.newest.file();
        let needed = usize::try_from(file.witness_threshold).unwrap_or(usize::MAX);
        (file.witnesses.clone(), needed)
    }
}
