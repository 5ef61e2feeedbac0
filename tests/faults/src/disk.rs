//! What was changed and is not durable yet.

use crate::names::{Folder, Kept, NameChange};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;

/// A file or a folder, whatever its name.
pub(crate) type Id = (u64, u64);

pub(crate) fn id(metadata: &Metadata) -> Id {
    (metadata.dev(), metadata.ino())
}

/// One change of a file or a name, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// How many came before in this program.
    pub index: u64,
    /// `write`, `resize`, `sync`, `create`, `mkdir`, `symlink`, `link`, `remove` or `rename`.
    pub what: &'static str,
    /// The file, from the disk's folder on.
    pub path: PathBuf,
}

/// A file that has changes which are not durable. Held open, so that its number is nobody else's.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) id: Id,
    pub(crate) file: File,
}

/// A change that a power cut can take back.
#[derive(Debug)]
pub(crate) enum Change {
    /// Bytes from `at` to `end` were written; `before` is what was there, and ends where the file ended.
    Bytes {
        file: Arc<Open>,
        at: u64,
        end: u64,
        before: Vec<u8>,
        size: u64,
    },
    /// The size was set; `tail` is what was cut off.
    Size {
        file: Arc<Open>,
        size: u64,
        from: u64,
        tail: Vec<u8>,
    },
    /// A name.
    Name(NameChange),
}

#[derive(Debug)]
pub(crate) struct State {
    /// Everything below it is on the disk.
    pub(crate) root: PathBuf,
    /// What was removed and may come back.
    kept: TempDir,
    kept_count: u64,
    pub(crate) log: Vec<Change>,
    open: BTreeMap<Id, Arc<Open>>,
    /// The power is off: nobody does anything any more.
    pub(crate) is_off: bool,
    /// Nothing may be changed.
    pub(crate) is_read_only: bool,
    /// What is synced is no more durable than the rest.
    ignores_syncs: bool,
    /// Processes at work, by the numbers of their threads.
    pub(crate) programs: BTreeMap<u32, i32>,
    /// What this layer could not follow.
    pub(crate) problems: Vec<String>,
}

/// A folder on a disk that is not to be trusted. Clones are the same disk.
#[derive(Debug, Clone)]
pub struct Disk {
    state: Arc<Mutex<State>>,
}

impl Disk {
    /// Everything below `root` is on it. What is there now, and what this process does there itself, is durable.
    ///
    /// # Errors
    /// If there is no such folder, or none can be made beside it.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        let beside = root.parent().unwrap_or(&root);
        let state = State {
            kept: tempfile::Builder::new()
                .prefix("guildhall-kept-")
                .tempdir_in(beside)?,
            root,
            kept_count: 0,
            log: Vec::new(),
            open: BTreeMap::new(),
            is_off: false,
            is_read_only: false,
            ignores_syncs: false,
            programs: BTreeMap::new(),
            problems: Vec::new(),
        };
        Ok(Self {
            state: Arc::new(Mutex::new(state)),
        })
    }

    /// How many changes are not durable.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.state().log.len()
    }

    /// From now on nothing can be changed, as on a file system that is mounted to be read (`EROFS`), or it can again.
    pub fn set_read_only(&self, is_read_only: bool) {
        self.state().is_read_only = is_read_only;
    }

    /// From now on it says that it has synced and has not, as cheap disks do.
    pub fn ignores_syncs(&self) {
        self.state().ignores_syncs = true;
    }

    /// What could not be followed; a test insists that this is nothing.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.state().problems.clone()
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A path of the disk, from its folder on; none for what is elsewhere, and for SQLite's shared memory.
    pub(crate) fn inside(&self, path: &Path) -> Option<PathBuf> {
        let inside = path.strip_prefix(&self.root).ok()?;
        let name = path.to_string_lossy();
        (!name.ends_with("-shm")).then(|| inside.to_owned())
    }

    /// The file, opened to see and restore what it holds.
    pub(crate) fn open(&mut self, through: &Path) -> io::Result<Arc<Open>> {
        let file = File::options().read(true).write(true).open(through)?;
        let id = id(&file.metadata()?);
        let open = self.open.entry(id);
        Ok(open.or_insert_with(|| Arc::new(Open { id, file })).clone())
    }

    /// Bytes are about to be written.
    pub(crate) fn writes(&mut self, file: &Arc<Open>, at: u64, length: u64) -> io::Result<()> {
        let size = file.file.metadata()?.len();
        let end = at.saturating_add(length);
        let before = read(&file.file, at, end.min(size))?;
        self.log.push(Change::Bytes {
            file: file.clone(),
            at,
            end,
            before,
            size,
        });
        Ok(())
    }

    /// A file is about to get another size.
    pub(crate) fn resizes(&mut self, file: &Arc<Open>, to: u64) -> io::Result<()> {
        let size = file.file.metadata()?.len();
        if size == to {
            return Ok(());
        }
        let tail = read(&file.file, to, size)?;
        self.log.push(Change::Size {
            file: file.clone(),
            size,
            from: to,
            tail,
        });
        Ok(())
    }

    pub(crate) fn renames(&mut self, change: NameChange) {
        self.log.push(Change::Name(change));
    }

    /// What was changed in a file, or among the names of a folder, lasts from now on.
    pub(crate) fn synced(&mut self, id: Id) {
        if self.ignores_syncs {
            return;
        }
        let mut lasting = Vec::new();
        self.log.retain_mut(|change| match change {
            Change::Bytes { file, .. } | Change::Size { file, .. } => file.id != id,
            Change::Name(change) if change.is_of(id) => {
                lasting.extend(change.kept());
                false
            }
            Change::Name(_) => true,
        });
        for kept in lasting {
            kept.forget();
        }
        self.open.remove(&id);
    }

    /// A second name for what is about to lose its own, so that it can come back.
    pub(crate) fn keep(&mut self, folder: &Folder, name: &str) -> io::Result<Kept> {
        self.kept_count += 1;
        let path = self.kept.path().join(self.kept_count.to_string());
        Kept::new(&folder.path_of(name), path)
    }

    pub(crate) fn take_log(&mut self) -> Vec<Change> {
        self.open.clear();
        std::mem::take(&mut self.log)
    }
}

fn read(file: &File, from: u64, to: u64) -> io::Result<Vec<u8>> {
    let length = usize::try_from(to.saturating_sub(from)).map_err(io::Error::other)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, from)?;
    Ok(bytes)
}
