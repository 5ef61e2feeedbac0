//! The folders of one run. Nobody else's files are in them, and no name of a file leads out of them.

use super::{outputs, uploads};
use crate::config::Config;
use guildhall_host::RunId;
use guildhall_package::text::is_unsafe;
use guildhall_package::{Digest, FolderName};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Most files of one run.
pub const MAX_FILES: usize = 500;
/// Most bytes of all files of one run.
pub const MAX_BYTES: u64 = 200 << 20;
/// Longest name of a file, in bytes.
const MAX_NAME: usize = 120;
/// What the host's own unfinished files are called.
const RESERVED: &str = ".guildhall";

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// There are too many, or they are too large.
    #[error("at most {MAX_FILES} files and {} MB are taken for one run", MAX_BYTES >> 20)]
    TooMuch,
    /// The disk.
    #[error("the file could not be kept: {0}")]
    Disk(#[from] io::Error),
}

/// The folders of one run.
#[derive(Debug)]
pub struct Folder {
    uploads: PathBuf,
    outputs: PathBuf,
    taken: BTreeSet<(String, String)>,
    /// Names and digests of what was taken, in order.
    facts: Vec<String>,
    bytes: u64,
}

impl Folder {
    /// Folders of a run. Nothing is made before something is put into them.
    #[must_use]
    pub fn new(config: &Config, run: RunId) -> Self {
        let name = run.to_string();
        Self {
            uploads: uploads(config).join(&name),
            outputs: outputs(config).join(&name),
            taken: BTreeSet::new(),
            facts: Vec::new(),
            bytes: 0,
        }
    }

    /// Where the files are that were given.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.uploads
    }

    /// A digest over all files that were given.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.facts.join("\n").as_bytes())
    }

    /// How many files were given under a name of a grant.
    #[must_use]
    pub fn count(&self, grant: &FolderName) -> usize {
        self.taken
            .iter()
            .filter(|(of, _)| of == grant.as_str())
            .count()
    }

    /// The folder of a grant that is read.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn input(&self, grant: &FolderName) -> io::Result<PathBuf> {
        made(&self.uploads.join(grant.as_str()))
    }

    /// The folder of a grant that is written to.
    ///
    /// # Errors
    /// If it can't be made.
    pub fn output(&self, grant: &FolderName) -> io::Result<PathBuf> {
        made(&self.outputs.join(grant.as_str()))
    }

    /// Begins a file of a grant, under a name that is like the one that it was sent with.
    ///
    /// # Errors
    /// [`TakeError`].
    pub fn begin(&mut self, grant: &FolderName, sent: &str) -> Result<Taking<'_>, TakeError> {
        if self.taken.len() >= MAX_FILES {
            return Err(TakeError::TooMuch);
        }
        let folder = self.input(grant)?;
        let name = self.free(grant, &file_name(sent));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join(&name))?;
        self.taken.insert((grant.as_str().to_owned(), name.clone()));
        Ok(Taking {
            path: format!("{grant}/{name}"),
            folder: self,
            file,
            hash: Sha256::new(),
        })
    }

    /// A name that no file of the grant has yet, in either case of its letters.
    fn free(&self, grant: &FolderName, name: &str) -> String {
        let has = |name: &str| {
            self.taken.iter().any(|(of, known)| {
                of == grant.as_str() && known.to_lowercase() == name.to_lowercase()
            })
        };
        if !has(name) {
            return name.to_owned();
        }
        let (stem, ending) = match name.rsplit_once('.') {
            Some((stem, ending)) if !stem.is_empty() => (stem, format!(".{ending}")),
            _ => (name, String::new()),
        };
        (2..=MAX_FILES + 1)
            .map(|number| format!("{stem} ({number}){ending}"))
            .find(|name| !has(name))
            .unwrap_or_else(|| uuid::Uuid::now_v7().to_string())
    }

    /// Takes everything away again.
    pub fn discard(&self) {
        super::sweep::remove(&self.uploads, &self.outputs);
    }
}

/// A file that is being taken.
pub struct Taking<'f> {
    folder: &'f mut Folder,
    file: File,
    hash: Sha256,
    path: String,
}

impl Taking<'_> {
    /// Takes some more of it.
    ///
    /// # Errors
    /// [`TakeError`].
    pub fn more(&mut self, bytes: &[u8]) -> Result<(), TakeError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.folder.bytes = self.folder.bytes.saturating_add(length);
        if self.folder.bytes > MAX_BYTES {
            return Err(TakeError::TooMuch);
        }
        self.hash.update(bytes);
        Ok(self.file.write_all(bytes)?)
    }

    /// It is whole.
    ///
    /// # Errors
    /// [`TakeError::Disk`].
    pub fn end(self) -> Result<(), TakeError> {
        self.file.sync_all()?;
        self.folder.facts.push(format!(
            "{} {}",
            self.path,
            hex::encode(self.hash.finalize())
        ));
        Ok(())
    }
}

fn made(path: &Path) -> io::Result<PathBuf> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    Ok(path.to_owned())
}

/// The last part of what a browser calls a file, without what a path, a terminal or a file system reads in another way.
#[must_use]
fn file_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut name = String::new();
    for c in last.trim().chars() {
        let c = if is_unsafe(c) || c == ':' { '_' } else { c };
        if name.len() + c.len_utf8() > MAX_NAME {
            break;
        }
        name.push(c);
    }
    let name = name.trim_end_matches([' ', '.']).trim_start();
    let reserved = name
        .get(..RESERVED.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED));
    match name {
        "" => "file".to_owned(),
        _ if reserved => format!("file{name}"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_stays_in_its_folder_whatever_it_is_called_and_none_takes_another_s_place() {
        let home = tempfile::tempdir().unwrap();
        let config = Config::local(&home.path().join("state"));
        let mut folder = Folder::new(&config, RunId::new());
        let grant: FolderName = "invoices".parse().unwrap();
        for (sent, text) in [
            ("../../a.xml", "one"),
            ("C:\\x\\A.xml", "two"),
            ("..", "three"),
            ("", "four"),
        ] {
            let mut file = folder.begin(&grant, sent).unwrap();
            file.more(text.as_bytes()).unwrap();
            file.end().unwrap();
        }
        let at = folder.input(&grant).unwrap();
        let mut names: Vec<String> = std::fs::read_dir(&at)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["A (2).xml", "a.xml", "file", "file (2)"]);
        assert_eq!(std::fs::read_to_string(at.join("a.xml")).unwrap(), "one");
        assert_eq!(folder.count(&grant), 4);
        // What was given has one digest, and other content another.
        let mut other = Folder::new(&config, RunId::new());
        other.begin(&grant, "a.xml").unwrap().end().unwrap();
        assert_ne!(folder.digest(), other.digest());
        folder.discard();
        assert!(!folder.path().exists());
    }

    #[test]
    fn more_than_is_taken_for_one_run_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let mut folder = Folder::new(&Config::local(&home.path().join("state")), RunId::new());
        let grant: FolderName = "x".parse().unwrap();
        folder.bytes = MAX_BYTES - 1;
        let mut file = folder.begin(&grant, "a").unwrap();
        file.more(b"1").unwrap();
        assert!(matches!(file.more(b"2"), Err(TakeError::TooMuch)));
        let mut folder = Folder::new(&Config::local(&home.path().join("state")), RunId::new());
        for _ in 0..MAX_FILES {
            folder.begin(&grant, "a").unwrap().end().unwrap();
        }
        let more = folder.begin(&grant, "a");
        assert!(matches!(more, Err(TakeError::TooMuch)));
        assert_eq!(folder.count(&grant), MAX_FILES);
    }

    proptest! {
        #[test]
        fn every_name_is_one_part_of_a_path(sent in "[./\\\\: a\u{202e}\u{0}é-]{0,140}|\\PC{0,140}") {
            let name = file_name(&sent);
            prop_assert!(!name.is_empty() && name.len() <= MAX_NAME + 4, "{:?}", name);
            prop_assert!(!name.contains(['/', '\\', '\0']) && name != "." && name != "..", "{:?}", name);
        }
    }
}
