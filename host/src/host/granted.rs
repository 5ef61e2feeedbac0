//! Granted files, opened for a run or for whoever may look at what was granted.

use super::{Host, Inner};
use crate::capabilities::files::{Entry, FileGrant, FileLimits, FilesView};
use crate::refusal::{Refusal, RefusalKind};
use bytes::Bytes;

/// Files and folders of a grant, as a run with that grant would see them: to list and to read, never to write.
///
/// Its calls touch the disk and may block.
#[derive(Debug)]
pub struct GrantedFiles(FilesView);

impl GrantedFiles {
    /// Names of what is granted, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.granted()
    }

    /// The file or folder at a path, which begins with the name of a grant.
    ///
    /// # Errors
    /// The rule that refuses it, also for what is granted for writing only.
    pub fn stat(&mut self, path: &str) -> Result<Entry, Refusal> {
        self.0.stat(path)
    }

    /// Direct entries of a folder, sorted by path.
    ///
    /// # Errors
    /// The rule that refuses it, also for what is granted for writing only.
    pub fn list(&self, folder: &str) -> Result<Vec<Entry>, Refusal> {
        self.0.list(folder)
    }

    /// Whole content of a file.
    ///
    /// # Errors
    /// The rule that refuses it, also for what is granted for writing only, and for a file that is too large.
    pub fn read(&mut self, path: &str) -> Result<Bytes, Refusal> {
        self.0.read(path)
    }
}

impl Host {
    /// Opens what is granted, by the rules of runs. At most `max_file_bytes` of one file are read. Touches the disk and may
    /// block.
    ///
    /// # Errors
    /// The rule that refuses a grant: what is not there, no file or folder, or the host's own.
    pub fn granted_files(
        &self,
        grants: &[FileGrant],
        max_file_bytes: u64,
    ) -> Result<GrantedFiles, Refusal> {
        let limits = FileLimits {
            max_file_bytes,
            ..FileLimits::default()
        };
        open_files(&self.inner, grants, limits).map(GrantedFiles)
    }
}

/// Opens granted files. Blocks.
pub(super) fn open_files(
    host: &Inner,
    grants: &[FileGrant],
    limits: FileLimits,
) -> Result<FilesView, Refusal> {
    check_own_folder(host, grants)?;
    FilesView::open(grants, limits)
}

/// A grant that leads into the host's own folder, or holds it, would give away the journal of every skill, and who
/// can write there can approve.
fn check_own_folder(host: &Inner, grants: &[FileGrant]) -> Result<(), Refusal> {
    let Some(own) = &host.state_dir else {
        return Ok(());
    };
    for grant in grants {
        // What can't be found is refused when it is opened.
        let Ok(path) = grant.path.canonicalize() else {
            continue;
        };
        if path.starts_with(own) || own.starts_with(&path) {
            return Err(Refusal::new(
                RefusalKind::Denied,
                "files.own-folder",
                format!("`{}` holds the host's own folder or lies in it", grant.name),
            )
            .with_fix("grant a folder that has nothing to do with the host's state folder"));
        }
    }
    Ok(())
}
