//! Names in folders: what became of them, and how that is taken back.

use crate::disk::{Id, id};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, linkat, openat, renameat_with};
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder, whatever its name is by now.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    handle: Arc<OwnedFd>,
    pub(crate) id: Id,
    /// Its path when it was met.
    pub(crate) path: PathBuf,
}

impl Folder {
    /// The folder of a path, and the name in it.
    pub(crate) fn of(path: &Path) -> io::Result<(Self, String)> {
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or(io::ErrorKind::InvalidInput)?;
        let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let handle = openat(
            CWD,
            parent,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let own = PathBuf::from(format!("/proc/self/fd/{}", handle.as_raw_fd()));
        let folder = Self {
            id: id(&fs::metadata(&own)?),
            path: fs::read_link(&own)?,
            handle: Arc::new(handle),
        };
        Ok((folder, name.to_owned()))
    }

    /// Where a name in it can be reached.
    pub(crate) fn path_of(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.handle.as_raw_fd())).join(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path_of(name).symlink_metadata().is_ok()
    }
}

/// Something that has lost its name.
#[derive(Debug)]
pub(crate) enum Kept {
    /// A file, under a name beside the disk.
    File(PathBuf),
    /// An empty folder, which is nothing to be kept.
    Folder,
}

impl Kept {
    pub(crate) fn new(what: &Path, aside: PathBuf) -> io::Result<Self> {
        if what.symlink_metadata()?.is_dir() {
            return Ok(Self::Folder);
        }
        linkat(CWD, what, CWD, &aside, AtFlags::empty())?;
        Ok(Self::File(aside))
    }

    /// It will not come back.
    pub(crate) fn forget(&self) {
        if let Self::File(path) = self {
            // The folder around it goes with the disk.
            let _ = fs::remove_file(path);
        }
    }

    fn come_back(&self, place: &Path) -> io::Result<()> {
        match self {
            Self::File(path) => {
                linkat(CWD, path, CWD, place, AtFlags::empty())?;
                self.forget();
                Ok(())
            }
            Self::Folder => fs::create_dir(place),
        }
    }
}

/// A change of names.
#[derive(Debug)]
pub(crate) enum NameChange {
    /// A name came to be.
    Made { folder: Folder, name: String },
    /// A name went.
    Gone {
        folder: Folder,
        name: String,
        kept: Kept,
    },
    /// A name became another one.
    Moved {
        from: (Folder, String),
        to: (Folder, String),
        replaced: Option<Kept>,
    },
    /// Two names were exchanged.
    Exchanged {
        one: (Folder, String),
        other: (Folder, String),
    },
}

impl NameChange {
    /// Whether syncing this folder makes it last.
    pub(crate) fn is_of(&self, id: Id) -> bool {
        let folder = match self {
            Self::Made { folder, .. } | Self::Gone { folder, .. } => folder,
            Self::Moved { to, .. } => &to.0,
            Self::Exchanged { other, .. } => &other.0,
        };
        folder.id == id
    }

    /// What need not be kept any more once it lasts.
    pub(crate) fn kept(&mut self) -> Option<Kept> {
        match self {
            Self::Gone { kept, .. } => Some(std::mem::replace(kept, Kept::Folder)),
            Self::Moved { replaced, .. } => replaced.take(),
            Self::Made { .. } | Self::Exchanged { .. } => None,
        }
    }

    /// As it was before. A call that never came to be carried out is no error.
    pub(crate) fn take_back(self) -> io::Result<()> {
        match self {
            Self::Made { folder, name } => {
                let place = folder.path_of(&name);
                match place.symlink_metadata() {
                    Ok(found) if found.is_dir() => fs::remove_dir_all(place),
                    Ok(_) => fs::remove_file(place),
                    Err(_) => Ok(()),
                }
            }
            Self::Gone { folder, name, kept } => kept.come_back(&folder.path_of(&name)),
            Self::Moved { from, to, replaced } => {
                let place = to.0.path_of(&to.1);
                renameat_with(
                    CWD,
                    &place,
                    CWD,
                    from.0.path_of(&from.1),
                    RenameFlags::NOREPLACE,
                )?;
                replaced.map_or(Ok(()), |kept| kept.come_back(&place))
            }
            Self::Exchanged { one, other } => {
                let (one, other) = (one.0.path_of(&one.1), other.0.path_of(&other.1));
                Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
            }
        }
    }
}
