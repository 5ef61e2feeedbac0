//! A number that changes with what is installed, by any process: made of what the file system says of the records, without
//! reading them. A record is replaced as a whole, so another one is another file.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The number for a folder of installed skills. One that can't be read counts as empty; who reads it says so.
pub fn of(folder: &Path) -> u64 {
    let mut records = Vec::new();
    for publisher in entries(folder) {
        for skill in entries(&publisher) {
            let path = skill.join("record.json");
            if let Ok(found) = path.metadata() {
                let when = (found.mtime(), found.mtime_nsec(), found.ctime_nsec());
                records.push((path, found.ino(), found.len(), when));
            }
        }
    }
    records.sort_unstable();
    let mut hasher = DefaultHasher::new();
    records.hash(&mut hasher);
    hasher.finish()
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::disk;

    #[test]
    fn it_is_another_one_after_each_change_and_the_same_in_between() {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("acme/x/record.json");
        let nothing = of(folder.path());
        assert_eq!(nothing, of(&folder.path().join("missing")));
        disk::create_folder(record.parent().unwrap()).unwrap();
        disk::write(&record, b"one").unwrap();
        let one = of(folder.path());
        assert_ne!(one, nothing);
        assert_eq!(one, of(folder.path()));
        // As long as before, and at once.
        disk::write(&record, b"two").unwrap();
        assert_ne!(of(folder.path()), one);
        disk::remove(&record).unwrap();
        assert_eq!(of(folder.path()), nothing);
    }
}
