//! Unpacking a stranger's archive: into a folder of its own, and nowhere else.

use super::{ArchiveLimits, SKILL, names};
use guildhall_package::text::plain;
use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use tar::{Archive, Entry, EntryType};

/// Why an archive is not taken. What was already unpacked of it stays in its folder, which is thrown away.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// Larger than what is taken.
    #[error(
        "the golden cases are {size} bytes and at most {limit} are taken; leave out or shorten what they read"
    )]
    TooLarge {
        /// Bytes of the archive.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// More files than are taken.
    #[error("the golden cases hold more than {limit} files and folders; leave some out")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// No tar, or one that is cut off.
    #[error(
        "the golden cases are no tar archive that can be read ({0}); make it with `guildhall publish`"
    )]
    Broken(String),
    /// A name that leads elsewhere, or is no name.
    #[error("the golden cases hold a name that is not taken: {0}")]
    Name(String),
    /// Something else than a plain file or a folder.
    #[error("`{name}` in the golden cases is {kind}; only plain files and folders are taken")]
    Kind {
        /// Its name, made plain.
        name: String,
        /// What it is instead.
        kind: &'static str,
    },
    /// Two entries for one place.
    #[error(
        "`{0}` stands twice in the golden cases, or as a file and as a folder; make the archive with `guildhall publish`"
    )]
    Twice(String),
    /// This machine's disk.
    #[error("the golden cases can't be unpacked here: {0}")]
    Disk(#[from] io::Error),
}

/// What was unpacked.
#[derive(Debug)]
pub struct Unpacked {
    /// The skill's folder, with `golden/` in it.
    pub skill: PathBuf,
}

/// What stands at a place already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    File,
    Folder,
}

/// Unpacks into `root`, a folder that is empty and belongs to nobody else.
///
/// # Errors
/// [`UnpackError`] says which rule the archive breaks.
pub fn unpack(bytes: &[u8], root: &Path, limits: ArchiveLimits) -> Result<Unpacked, UnpackError> {
    if bytes.len() > limits.bytes {
        return Err(UnpackError::TooLarge {
            size: bytes.len(),
            limit: limits.bytes,
        });
    }
    let broken = |error: io::Error| UnpackError::Broken(plain(&error.to_string(), 200));
    let mut archive = Archive::new(bytes);
    let mut taken = BTreeMap::new();
    // Raw: an extension that gives an entry another name or size is an entry of a kind that is not taken.
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        let (name, kind) = head(&entry)?;
        if taken.len() >= limits.entries {
            return Err(UnpackError::TooMany {
                limit: limits.entries,
            });
        }
        take_place(&mut taken, &name, kind)?;
        let path = root.join(&name);
        match kind {
            Place::Folder => private_folder(&path)?,
            Place::File => {
                if let Some(parent) = path.parent() {
                    private_folder(parent)?;
                }
                write(&mut entry, &path)?;
            }
        }
    }
    Ok(Unpacked {
        skill: root.join(SKILL),
    })
}

/// Name and kind of an entry.
fn head(entry: &Entry<'_, &[u8]>) -> Result<(String, Place), UnpackError> {
    let bytes = entry.path_bytes();
    let name = std::str::from_utf8(&bytes)
        .map_err(|_| UnpackError::Name(plain(&String::from_utf8_lossy(&bytes), 200)))?;
    let kind = entry.header().entry_type();
    let (name, place) = match kind {
        EntryType::Regular => (name, Place::File),
        EntryType::Directory => (name.strip_suffix('/').unwrap_or(name), Place::Folder),
        _ => {
            return Err(UnpackError::Kind {
                name: plain(name, 200),
                kind: kind_word(kind),
            });
        }
    };
    names::check(name).map_err(UnpackError::Name)?;
    Ok((name.to_owned(), place))
}

fn kind_word(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink | EntryType::Link => "a link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Fifo => "a pipe",
        EntryType::GNUSparse => "a file with holes",
        EntryType::XHeader
        | EntryType::XGlobalHeader
        | EntryType::GNULongName
        | EntryType::GNULongLink => "an extension of the tar format",
        _ => "of a kind that is not known",
    }
}

/// Insists that the place is free, and that what lies above it are folders.
fn take_place(
    taken: &mut BTreeMap<String, Place>,
    name: &str,
    kind: Place,
) -> Result<(), UnpackError> {
    let twice = || UnpackError::Twice(plain(name, 200));
    for (end, _) in name.match_indices('/') {
        let above = name.get(..end).unwrap_or_default();
        if *taken.entry(above.to_owned()).or_insert(Place::Folder) != Place::Folder {
            return Err(twice());
        }
    }
    match taken.insert(name.to_owned(), kind) {
        None => Ok(()),
        // A folder may have been made for what lies in it.
        Some(Place::Folder) if kind == Place::Folder => Ok(()),
        Some(_) => Err(twice()),
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

fn write(entry: &mut Entry<'_, &[u8]>, path: &Path) -> Result<(), UnpackError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let expected = entry.size();
    let written = io::copy(entry, &mut file)?;
    if written == expected {
        Ok(())
    } else {
        Err(UnpackError::Broken(format!(
            "a file of {expected} bytes is cut off after {written}"
        )))
    }
}
