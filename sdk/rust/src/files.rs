//! The files and folders that this invocation grants, each under a name.
//!
//! A path is `NAME` for a granted file, or `NAME/path/inside` for something in a granted folder. Writes are
//! staged: a person approves them after the run. Within the run, [`read`] and [`list`] show what was staged.

use crate::refusal::{Refusal, RefusalKind};
use crate::types::Effect;

pub use crate::bindings::guildhall::skill::files::{Entry, EntryKind};

/// Names of what is granted, sorted.
pub fn granted() -> Vec<String> {
    crate::host::files::granted()
}

/// Direct entries of a folder, sorted by path, staged writes included.
///
/// # Errors
/// The host's refusal: no such grant, no such folder, or a limit of the run.
pub fn list(folder: &str) -> Result<Vec<Entry>, Refusal> {
    crate::host::files::list(folder)
}

/// All files below a folder, sorted by path, staged writes included.
///
/// # Errors
/// The host's refusal of any of the folders below.
pub fn list_recursive(folder: &str) -> Result<Vec<Entry>, Refusal> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in list(&folder)? {
            match entry.kind {
                EntryKind::Folder => waiting.push(entry.path),
                EntryKind::File => found.push(entry),
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// What is at a path: its kind and size.
///
/// # Errors
/// The host's refusal: no such grant, nothing there, or a limit of the run.
pub fn stat(path: &str) -> Result<Entry, Refusal> {
    crate::host::files::stat(path)
}

/// Whole content of a file.
///
/// # Errors
/// The host's refusal: no such grant, no such file, or a limit of the run.
pub fn read(path: &str) -> Result<Vec<u8>, Refusal> {
    crate::host::files::read(path)
}

/// Whole content of a text file.
///
/// # Errors
/// As [`read`]; bytes that are not UTF-8 are refused as `invalid` with the rule `files.not-utf8`.
pub fn read_to_string(path: &str) -> Result<String, Refusal> {
    String::from_utf8(read(path)?).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        Refusal::new(
            RefusalKind::Invalid,
            "files.not-utf8",
            format!("The file {path} is not UTF-8 text: byte {position} is wrong."),
        )
    })
}

/// Up to `length` bytes from `offset`; fewer at the end of the file. For files that are too large to hold whole.
///
/// # Errors
/// As [`read`].
pub fn read_range(path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Refusal> {
    crate::host::files::read_range(path, offset, length)
}

/// Stages a file write. Writing the same path again in one run replaces what was staged, under the same handle.
///
/// # Errors
/// The host's refusal: the grant does not cover writing there, or a limit of the run.
pub fn write(path: &str, content: impl AsRef<[u8]>) -> Result<Effect, Refusal> {
    crate::host::files::write(path, content.as_ref())
}
