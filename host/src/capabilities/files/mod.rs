//! `files`: granted files and folders. Reads are pinned, writes are staged and performed at commit.

mod commit;
mod effect;
mod folder;
mod glue;
mod path;
mod pseudo;
mod recover;
mod remove;
mod rules;
mod snapshot;
mod steps;
mod target;
mod view;

#[cfg(test)]
mod commit_tests;
#[cfg(test)]
mod folder_tests;
#[cfg(test)]
mod path_tests;
#[cfg(test)]
mod recover_tests;
#[cfg(test)]
mod view_tests;

pub(crate) use commit::{check_inputs, current};
pub(crate) use effect::{check_write, perform_write, recover_write, undo_write};
pub use folder::{FileGrant, FolderIdentity, GrantLocation};
pub use path::RelPath;
pub(crate) use recover::sweep_unfinished;
pub use snapshot::Pin;
pub use view::{Entry, EntryKind, FileLimits, FilesView, StagedWrite};
