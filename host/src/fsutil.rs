//! Files of the host itself: its state folder and its cache. Nothing of a guest passes here.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Creates a folder, parents included, that only this user can enter. What was created is there after a power cut, too: what
/// is put into it later would be lost with it.
pub(crate) fn create_private_dir(path: &Path) -> io::Result<()> {
    let mut missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // The outermost first: a folder is no safer than the one that names it.
    missing.reverse();
    missing.into_iter().try_for_each(sync_parent)
}

/// Makes durable that the folder around `path` names it.
fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => File::open(".")?.sync_all(),
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Writes a whole file so that a reader sees the old content or the new, never half, also after a power cut.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    sync_parent(path)
}

/// Opens (and creates) the lock file of a host instance and locks it for as long as the file is open.
pub(crate) fn lock_instance(path: &Path) -> io::Result<File> {
    for _ in 0..10 {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        file.try_lock().map_err(io::Error::from)?;
        // Another instance may have swept the file away between its creation and its lock.
        if path.exists() {
            return Ok(file);
        }
    }
    Err(io::Error::other("the lock file keeps disappearing"))
}

/// Opens (and creates) a lock file and waits for its lock, which holds for as long as the file is open.
pub(crate) fn lock_and_wait(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

/// Whether the process that locked this file is gone.
pub(crate) fn instance_is_gone(path: &Path) -> bool {
    match File::open(path) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(file) => file.try_lock_shared().is_ok(),
    }
}

/// Removes lock files of instances that are gone, and says which these are.
pub(crate) fn sweep_instances(folder: &Path) -> io::Result<Vec<String>> {
    let mut gone = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if instance_is_gone(&path) {
            // Somebody else may sweep at the same time.
            let _ = std::fs::remove_file(&path);
            gone.extend(entry.file_name().into_string());
        }
    }
    Ok(gone)
}
