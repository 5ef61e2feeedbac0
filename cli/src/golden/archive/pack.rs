//! Packing the golden cases of one's own skill: the cases, and what they read.

use super::{ArchiveLimits, SKILL, UnpackError, names, unpack};
use crate::golden::case;
use crate::golden::paths::normal;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use tar::{Builder, EntryType, Header};

/// Why cases can't be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A case can't be read as it is written.
    #[error("the golden case {case}: {problem}")]
    Case {
        /// Its name.
        case: String,
        /// What is wrong.
        problem: String,
    },
    /// A case reads what can't travel with the skill.
    #[error("the golden case {case} names {path}, {why}")]
    Outside {
        /// The case.
        case: String,
        /// What it names.
        path: String,
        /// Why that can't be packed, and what to do.
        why: &'static str,
    },
    /// A link, a device, a pipe.
    #[error(
        "{0} is neither a plain file nor a folder; only those are published, so put a copy there"
    )]
    Kind(String),
    /// A name that is not taken.
    #[error("{0}")]
    Name(String),
    /// More than is taken, or it can't be unpacked again.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// It can't be read.
    #[error("{path}: {error}")]
    Read {
        /// Which file or folder.
        path: String,
        /// Why not.
        error: io::Error,
    },
}

/// An archive of golden cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The archive.
    pub bytes: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
    /// Every file in it with its size in bytes, by name: what leaves this machine.
    pub files: Vec<(String, u64)>,
    /// How many cases.
    pub cases: usize,
}

/// Something to pack.
enum Entry {
    File(Vec<u8>),
    EmptyFolder,
}

/// Packs `cases`, folders in `golden/` of the skill's folder `skill`, an absolute path without links.
///
/// # Errors
/// [`PackError`] names the case or the file, and what to do.
pub fn pack(skill: &Path, cases: &[PathBuf], limits: ArchiveLimits) -> Result<Packed, PackError> {
    let skill = normal(skill);
    let mut entries = BTreeMap::new();
    let mut room = Room {
        limits,
        bytes: 0,
        entries: 0,
    };
    for folder in cases {
        let name = case_name(folder);
        let read = case::read(folder).map_err(|problem| PackError::Case {
            case: name.clone(),
            problem,
        })?;
        room.collect(&skill, &normal(folder), &name, &mut entries)?;
        for named in &read.named {
            // What is expected may not have been written down yet.
            if named.symlink_metadata().is_ok() {
                room.collect(&skill, named, &name, &mut entries)?;
            }
        }
    }
    let bytes = write(&entries)?;
    check(&bytes, cases, limits)?;
    Ok(Packed {
        digest: Digest::of(&bytes),
        files: entries
            .iter()
            .filter_map(|(name, entry)| match entry {
                Entry::File(content) => Some((name.clone(), content.len() as u64)),
                Entry::EmptyFolder => None,
            })
            .collect(),
        cases: cases.len(),
        bytes,
    })
}

fn case_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    plain(&name.to_string_lossy(), 100)
}

/// What there is still room for, so that a wrong path does not read a whole disk.
struct Room {
    limits: ArchiveLimits,
    bytes: usize,
    entries: usize,
}

impl Room {
    /// Collects a file, or a folder with all that is in it.
    fn collect(
        &mut self,
        skill: &Path,
        path: &Path,
        case: &str,
        into: &mut BTreeMap<String, Entry>,
    ) -> Result<(), PackError> {
        let name = place(skill, path).map_err(|why| PackError::Outside {
            case: case.to_owned(),
            path: shown(path),
            why,
        })?;
        self.add(path, name, into)
    }

    fn add(
        &mut self,
        path: &Path,
        name: String,
        into: &mut BTreeMap<String, Entry>,
    ) -> Result<(), PackError> {
        if into.contains_key(&name) {
            return Ok(());
        }
        names::check(&name).map_err(PackError::Name)?;
        let cannot = |error| PackError::Read {
            path: shown(path),
            error,
        };
        let found = fs::symlink_metadata(path).map_err(cannot)?;
        if found.is_file() {
            self.take(usize::try_from(found.len()).unwrap_or(usize::MAX))?;
            let content = fs::read(path).map_err(cannot)?;
            into.insert(name, Entry::File(content));
            return Ok(());
        }
        if !found.is_dir() {
            return Err(PackError::Kind(shown(path)));
        }
        let mut empty = true;
        for entry in fs::read_dir(path).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            empty = false;
            let part = entry.file_name();
            let Some(part) = part.to_str() else {
                return Err(PackError::Name(format!(
                    "{} has a name that is no UTF-8; rename it",
                    shown(&entry.path())
                )));
            };
            self.add(&entry.path(), format!("{name}/{part}"), into)?;
        }
        if empty {
            self.take(0)?;
            into.insert(name, Entry::EmptyFolder);
        }
        Ok(())
    }

    fn take(&mut self, bytes: usize) -> Result<(), UnpackError> {
        // A head and whole blocks of 512 bytes, as tar writes them.
        let padded = bytes.div_ceil(512).saturating_add(1).saturating_mul(512);
        self.bytes = self.bytes.saturating_add(padded);
        self.entries += 1;
        if self.bytes > self.limits.bytes {
            return Err(UnpackError::TooLarge {
                size: self.bytes,
                limit: self.limits.bytes,
            });
        }
        if self.entries > self.limits.entries {
            return Err(UnpackError::TooMany {
                limit: self.limits.entries,
            });
        }
        Ok(())
    }
}

/// Where a file or folder goes in the archive, or why it can't.
fn place(skill: &Path, path: &Path) -> Result<String, &'static str> {
    if let Ok(inside) = path.strip_prefix(skill) {
        let inside = parts(inside).ok_or(NOT_TEXT)?;
        return match inside.first() {
            None => Err(
                "the skill's whole folder with all that was built there; name what the case reads of it",
            ),
            Some(_) => Ok(format!("{SKILL}/{}", inside.join("/"))),
        };
    }
    let Some(beside) = skill
        .parent()
        .and_then(|above| path.strip_prefix(above).ok())
    else {
        return Err(
            "which lies neither in the skill's folder nor beside it; put a copy into the skill's folder",
        );
    };
    let beside = parts(beside).ok_or(NOT_TEXT)?;
    match beside.first() {
        None => Err(
            "the folder around the skill with all that is in it; name what the case reads of it",
        ),
        // The skill's own folder has this name in the archive.
        Some(first) if first == SKILL => {
            Err("a folder called `skill` beside the skill; give it another name")
        }
        Some(_) => Ok(beside.join("/")),
    }
}

const NOT_TEXT: &str = "whose name is no UTF-8; rename it";

fn parts(path: &Path) -> Option<Vec<String>> {
    path.components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str().map(str::to_owned),
            _ => None,
        })
        .collect()
}

fn shown(path: &Path) -> String {
    plain(&path.display().to_string(), 400)
}

/// The archive: the same bytes for the same entries.
fn write(entries: &BTreeMap<String, Entry>) -> Result<Vec<u8>, PackError> {
    let mut builder = Builder::new(Vec::new());
    for (name, entry) in entries {
        let cannot = |error| PackError::Read {
            path: plain(name, 400),
            error,
        };
        let (kind, mode, content) = match entry {
            Entry::File(content) => (EntryType::Regular, 0o644, content.as_slice()),
            Entry::EmptyFolder => (EntryType::Directory, 0o755, &[][..]),
        };
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(content.len() as u64);
        header.set_path(name).map_err(cannot)?;
        header.set_cksum();
        builder.append(&header, content).map_err(cannot)?;
    }
    builder.into_inner().map_err(|error| PackError::Read {
        path: "the archive".to_owned(),
        error,
    })
}

/// Unpacks what was packed, and reads the cases there: what the reviewer could not read is better said here.
fn check(bytes: &[u8], cases: &[PathBuf], limits: ArchiveLimits) -> Result<(), PackError> {
    let folder = tempfile::tempdir().map_err(UnpackError::Disk)?;
    let unpacked = unpack(bytes, folder.path(), limits)?;
    for original in cases {
        let name = original.file_name().unwrap_or_default();
        let copy = unpacked.skill.join("golden").join(name);
        let problem = |problem| PackError::Case {
            case: case_name(original),
            problem,
        };
        let case = case::read_within(&copy, folder.path()).map_err(problem)?;
        for path in case
            .read
            .iter()
            .map(|entry| &entry.path)
            .chain(case.write.iter().filter_map(|entry| entry.copy_of.as_ref()))
        {
            if !path.exists() {
                return Err(problem(format!(
                    "it reads something by a path that holds only here; write it relative to the case, without the \
                     names of the folders around the skill ({})",
                    shown(path.strip_prefix(folder.path()).unwrap_or(path))
                )));
            }
        }
    }
    Ok(())
}
