//! Files of the host itself: its state folder and its cache. Nothing of a guest passes here.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

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

/// Files written so far: two threads that write the same one must not share the file that it begins as.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Writes a whole file so that a reader sees the old content or the new, never half, also after a power cut.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
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
    for _ in 0..100 {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        // Only who looks whether it is gone holds it, and not for long.
        file.lock()?;
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

/// Whether the process that locked this file is gone. What can't be looked at counts as being there.
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
        // Removed while it is held, by one who sweeps at a time: an instance that has just made it waits, and makes it again.
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
            && is_at(&file, &path)
        {
            let _ = std::fs::remove_file(&path);
            gone.extend(entry.file_name().into_string());
        }
    }
    Ok(gone)
}

/// Whether this file is the one that stands there, and not one that was removed meanwhile.
fn is_at(file: &File, path: &Path) -> bool {
    let same = |one: std::fs::Metadata, other: std::fs::Metadata| {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    };
    file.metadata()
        .and_then(|own| Ok(same(own, std::fs::metadata(path)?)))
        .unwrap_or(false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Ends those who sweep, however the test ends.
    struct Over<'a>(&'a AtomicBool);

    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_sweeps_never_takes_the_file_of_an_instance_that_lives() {
        let folder = tempfile::tempdir().unwrap();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let _over = Over(&over);
            for _ in 0..2 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        sweep_instances(folder.path()).unwrap();
                        std::thread::yield_now();
                    }
                });
            }
            for number in 0..300 {
                let path = folder.path().join(number.to_string());
                let held = lock_instance(&path).unwrap();
                assert!(path.exists() && !instance_is_gone(&path), "{number}");
                drop(held);
                // Who sweeps holds it for a moment.
                let gone = (0..10_000).any(|_| {
                    std::thread::yield_now();
                    instance_is_gone(&path)
                });
                assert!(gone, "{number}");
            }
        });
    }

    #[test]
    fn many_threads_that_write_one_file_leave_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::thread::scope(|scope| {
            for number in 0..8_u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..20 {
                        write_atomic(path, &vec![number; 10_000]).unwrap();
                    }
                });
            }
        });
        let found = std::fs::read(&path).unwrap();
        assert!(found.len() == 10_000 && found.windows(2).all(|two| two.first() == two.last()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
