//! The single moves of a commit, each of which leaves the disk in a state that `recover` can read.
//!
//! A write goes through two names in the target's own folder, made from the effect's tag so that a restart finds
//! them again:
//!
//! - `.guildhall-TAG.part`: being written, possibly half. Always rubbish after a crash.
//! - `.guildhall-TAG.ready`: whole and synced, or, once it has been exchanged with the target, what was replaced.
//!
//! That a half file never carries the second name is what lets `recover` tell an interrupted write from a displaced
//! file, which may be somebody's only copy.

use std::fs::File;
use std::io::{self, Write as _};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use rustix::fs::{Gid, Mode, RenameFlags, Uid};
use rustix::io::Errno;

use super::folder::{FileFacts, enter};
use super::path::TEMP_PREFIX;

/// The points of a commit between which a process may die. A fault hook is called before each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Make a missing folder on the way to a new file.
    MakeFolder,
    /// Make the name of a folder on that way durable.
    SyncParent,
    /// Create the unfinished file.
    CreatePart,
    /// Write its content.
    WritePart,
    /// Give it the mode and owner of what it replaces.
    SetMode,
    /// Make its content durable.
    SyncPart,
    /// Give a new file its name, if nothing has that name.
    PublishNew,
    /// The same on a file system without such a rename: a second name by hard link.
    LinkNew,
    /// Mark the finished file as whole, before it replaces another.
    MarkReady,
    /// Exchange the finished file and the target.
    Exchange,
    /// On a file system without exchange: compare once more, then rename over the target.
    RenameOver,
    /// Look at what came out of the exchange.
    Verify,
    /// Exchange back, because something else came out.
    PutBack,
    /// Remove what was replaced.
    RemoveOld,
    /// Remove an unfinished or unneeded file.
    CleanUp,
    /// Make the folder's new content durable.
    SyncFolder,
}

#[cfg(test)]
impl Step {
    /// All steps, in the order in which they can come.
    pub const ALL: [Self; 16] = [
        Self::MakeFolder,
        Self::SyncParent,
        Self::CreatePart,
        Self::WritePart,
        Self::SetMode,
        Self::SyncPart,
        Self::PublishNew,
        Self::LinkNew,
        Self::MarkReady,
        Self::Exchange,
        Self::RenameOver,
        Self::Verify,
        Self::PutBack,
        Self::RemoveOld,
        Self::CleanUp,
        Self::SyncFolder,
    ];
}

/// Called before each step. An error takes the place of the step's own; a hook that ends the process, or panics where
/// panics unwind, leaves the disk as a crash there would.
pub type Fault<'a> = &'a dyn Fn(Step) -> io::Result<()>;

/// The hook of ordinary life: does nothing.
///
/// # Errors
/// Never.
pub const fn no_fault(_: Step) -> io::Result<()> {
    Ok(())
}

/// The folder of a target, with the names that a commit uses in it.
pub(super) struct Workplace<'a> {
    pub(super) folder: Dir,
    /// Name of the target.
    pub(super) name: String,
    part: String,
    ready: String,
    fault: Fault<'a>,
}

/// How a rename that must not overwrite ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Moved {
    Done,
    /// Something has the name already (or, for an exchange, nothing has).
    Refused,
    /// Not on this file system.
    Unsupported,
}

impl<'a> Workplace<'a> {
    /// `None` if `tag` is not 1 to 64 letters, digits, `-` and `_`.
    pub(super) fn new(folder: Dir, name: String, tag: &str, fault: Fault<'a>) -> Option<Self> {
        is_tag(tag).then(|| Self {
            folder,
            name,
            part: format!("{TEMP_PREFIX}{tag}.part"),
            ready: format!("{TEMP_PREFIX}{tag}.ready"),
            fault,
        })
    }

    pub(super) fn part(&self) -> &str {
        &self.part
    }

    pub(super) fn ready(&self) -> &str {
        &self.ready
    }

    /// Writes the unfinished file and makes its content durable.
    ///
    /// A new file gets mode 0644 less the process's mask. A replacement gets the permission bits of what it replaces
    /// (never set-user-ID and its kin) and, where the system allows it, its owner; access lists and extended
    /// attributes are not carried over.
    pub(super) fn write_part(&self, content: &[u8], like: Option<FileFacts>) -> io::Result<()> {
        self.before(Step::CreatePart)?;
        let mut file = self
            .folder
            .open_with(
                &self.part,
                OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(if like.is_some() { 0o600 } else { 0o644 }),
            )?
            .into_std();
        self.before(Step::WritePart)?;
        file.write_all(content)?;
        if let Some(like) = like {
            self.before(Step::SetMode)?;
            let (uid, gid) = like.owner;
            // Only root may give a file away; for anybody else it is theirs already, or stays the user's own.
            let _ = rustix::fs::fchown(&file, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
            rustix::fs::fchmod(&file, Mode::from_raw_mode(like.mode & 0o777))?;
        }
        self.before(Step::SyncPart)?;
        file.sync_all()
    }

    /// Gives the unfinished file the target's name, if nothing has it.
    pub(super) fn publish_new(&self) -> io::Result<Moved> {
        self.rename(Step::PublishNew, &self.part, RenameFlags::NOREPLACE)
    }

    /// The same by a hard link; the unfinished file's own name stays.
    pub(super) fn link_new(&self) -> io::Result<Moved> {
        let done = self
            .before(Step::LinkNew)
            .and_then(|()| self.folder.hard_link(&self.part, &self.folder, &self.name));
        judge(done)
    }

    /// Marks the unfinished file as whole.
    pub(super) fn mark_ready(&self) -> io::Result<()> {
        self.before(Step::MarkReady)?;
        self.folder.rename(&self.part, &self.folder, &self.ready)
    }

    /// Exchanges the ready file and the target.
    pub(super) fn exchange(&self, step: Step) -> io::Result<Moved> {
        self.rename(step, &self.ready, RenameFlags::EXCHANGE)
    }

    /// Puts the ready file in the target's place, whatever is there.
    pub(super) fn rename_over(&self) -> io::Result<()> {
        self.folder.rename(&self.ready, &self.folder, &self.name)
    }

    /// Moves the target aside, under the second name.
    pub(super) fn move_aside(&self) -> io::Result<Moved> {
        let done = self.before(Step::Exchange).and_then(|()| {
            let (from, to) = (self.name.as_str(), self.ready.as_str());
            rustix::fs::renameat_with(&self.folder, from, &self.folder, to, RenameFlags::NOREPLACE)
                .map_err(io::Error::from)
        });
        judge(done)
    }

    /// Gives the ready file the target's name, if nothing has it.
    pub(super) fn restore(&self) -> io::Result<Moved> {
        self.rename(Step::PutBack, &self.ready, RenameFlags::NOREPLACE)
    }

    /// Removes one of the two names; fine if it is not there.
    pub(super) fn remove(&self, step: Step, name: &str) -> io::Result<()> {
        self.before(step)?;
        match self.folder.remove_file(name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Makes names in the folder durable.
    pub(super) fn sync_folder(&self) -> io::Result<()> {
        self.before(Step::SyncFolder)?;
        sync(&self.folder)
    }

    pub(super) fn before(&self, step: Step) -> io::Result<()> {
        (self.fault)(step)
    }

    fn rename(&self, step: Step, from: &str, flags: RenameFlags) -> io::Result<Moved> {
        let done = self.before(step).and_then(|()| {
            rustix::fs::renameat_with(&self.folder, from, &self.folder, self.name.as_str(), flags)
                .map_err(io::Error::from)
        });
        judge(done)
    }
}

/// Removes unfinished files of one run below a folder: they are always rubbish. Looks at no more than `budget` entries, and
/// follows no link.
pub(super) fn sweep_parts(folder: &Dir, run: &str, depth: usize, budget: &mut usize) {
    let prefix = format!("{TEMP_PREFIX}{run}-");
    let Ok(entries) = folder.entries() else {
        return;
    };
    for entry in entries.flatten() {
        if *budget == 0 {
            return;
        }
        *budget -= 1;
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else {
            continue;
        };
        if kind.is_dir() && depth > 0 {
            if let Ok(Ok(inner)) = enter(folder, &name) {
                sweep_parts(&inner, run, depth - 1, budget);
            }
        } else if kind.is_file() && name.starts_with(&prefix) && name.ends_with(".part") {
            // Whoever swept it away first was welcome to it.
            let _ = folder.remove_file(&name);
        }
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync(folder: &Dir) -> io::Result<()> {
    File::from(rustix::io::dup(folder)?).sync_all()
}

fn is_tag(tag: &str) -> bool {
    (1..=64).contains(&tag.len())
        && tag
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn judge(done: io::Result<()>) -> io::Result<Moved> {
    let error = match done {
        Ok(()) => return Ok(Moved::Done),
        Err(error) => error,
    };
    match Errno::from_io_error(&error) {
        Some(Errno::EXIST | Errno::NOENT) => Ok(Moved::Refused),
        // What kernels and file systems answer for a kind of rename or link that they do not have.
        Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM) => {
            Ok(Moved::Unsupported)
        }
        _ => Err(error),
    }
}
