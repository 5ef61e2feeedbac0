//! Key files on the disk: the only place where they are opened, made and destroyed.
//!
//! Everything is by path inside a folder that only its owner can change, and that is checked again before each use.
//! The last segment is never followed if it is a link.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _,
    PermissionsExt as _,
};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{KeyError, SecretKey32, fill_random};

/// Permission bits of the folder.
const FOLDER_MODE: u32 = 0o700;
/// Permission bits of a key.
const FILE_MODE: u32 = 0o600;
/// Length of a key as 32 raw bytes.
const RAW: usize = 32;
/// Length of a key as hexadecimal digits.
const HEX: usize = 64;

/// What a key file holds.
pub(super) enum Held {
    /// A key.
    Key(SecretKey32),
    /// Zeros: its destruction was interrupted after the key was gone.
    Wiped,
}

/// A folder that only its owner can enter.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Creates the folder, parents included, unless it is there, and checks it.
    pub(super) fn open(path: &Path) -> Result<Self, KeyError> {
        // Without the slash at the end, which would follow a link.
        let path: &Path = &path.components().collect::<PathBuf>();
        let missing: Vec<&Path> = path.ancestors().take_while(|at| !at.exists()).collect();
        // A link or a file in its place is told by the check.
        match DirBuilder::new()
            .recursive(true)
            .mode(FOLDER_MODE)
            .create(path)
        {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(KeyError::NotAFolder {
                    path: path.to_owned(),
                });
            }
            other => other.map_err(|error| KeyError::io(path, "created", error))?,
        }
        let folder = Self {
            path: path.to_owned(),
        };
        folder.check()?;
        for created in missing {
            sync_parent(created).map_err(|error| KeyError::io(created, "made durable", error))?;
        }
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the folder and checks that it still is one, and private.
    fn check(&self) -> Result<File, KeyError> {
        let path = &self.path;
        let opened = OpenOptions::new()
            .read(true)
            .custom_flags(flags(
                OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::NONBLOCK,
            ))
            .open(path);
        let folder = opened.map_err(|error| {
            let is_link = path
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.is_symlink());
            match Errno::from_io_error(&error) {
                _ if is_link => KeyError::Link { path: path.clone() },
                Some(Errno::NOTDIR) => KeyError::NotAFolder { path: path.clone() },
                _ => KeyError::io(path, "opened", error),
            }
        })?;
        let metadata = folder
            .metadata()
            .map_err(|error| KeyError::io(path, "looked at", error))?;
        check_private(path, &metadata, FOLDER_MODE)?;
        Ok(folder)
    }

    /// Makes the names in the folder durable.
    pub(super) fn sync(&self) -> Result<(), KeyError> {
        self.check()?
            .sync_all()
            .map_err(|error| KeyError::io(&self.path, "made durable", error))
    }

    /// Reads a key; `None` if there is no such file.
    pub(super) fn read(&self, name: &str) -> Result<Option<Held>, KeyError> {
        self.check()?;
        let path = self.path.join(name);
        let Some((file, metadata)) = open(&path, OpenOptions::new().read(true))? else {
            return Ok(None);
        };
        check_private(&path, &metadata, FILE_MODE)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(HEX + 2));
        file.take(HEX as u64 + 2)
            .read_to_end(&mut bytes)
            .map_err(|error| KeyError::io(&path, "read", error))?;
        parse(&path, &bytes, metadata.len()).map(Some)
    }

    /// Writes a key under a name that nothing has, whole and durable, or not at all. `false` if the name was taken.
    pub(super) fn publish(&self, name: &str, key: &SecretKey32) -> Result<bool, KeyError> {
        self.check()?;
        let path = self.path.join(name);
        let mut tag = [0; 8];
        fill_random(&mut tag).map_err(|source| KeyError::Random { source })?;
        // A name that no key has: key names have no dot in front.
        let part = self.path.join(format!(".{}.part", hex::encode(tag)));
        let done = write_new(&part, key).and_then(|()| give_name(&part, &path));
        if !matches!(done, Ok(true)) {
            // The first error counts, and there may be nothing to remove.
            let _ = OpenOptions::new()
                .write(true)
                .open(&part)
                .and_then(|file| wipe(file, &part));
        }
        let is_new = done.map_err(|error| KeyError::io(&path, "created", error))?;
        self.sync()?;
        Ok(is_new)
    }

    /// Overwrites a key with zeros, then removes it. Fine if there is none.
    pub(super) fn destroy(&self, name: &str) -> Result<(), KeyError> {
        self.check()?;
        let path = self.path.join(name);
        if let Some((file, metadata)) = open(&path, OpenOptions::new().write(true))? {
            check_owner(&path, &metadata)?;
            wipe(file, &path).map_err(|error| KeyError::io(&path, "destroyed", error))?;
        }
        self.sync()
    }

    /// Names of everything in the folder that is text.
    pub(super) fn names(&self) -> Result<Vec<String>, KeyError> {
        self.check()?;
        let list = || -> io::Result<Vec<String>> {
            let mut names = Vec::new();
            for entry in std::fs::read_dir(&self.path)? {
                names.extend(entry?.file_name().into_string());
            }
            Ok(names)
        };
        list().map_err(|error| KeyError::io(&self.path, "listed", error))
    }
}

/// Opens a regular file, neither following a link nor waiting for a pipe.
fn open(path: &Path, how: &mut OpenOptions) -> Result<Option<(File, Metadata)>, KeyError> {
    let opened = how
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY))
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(why_not(path, error)),
    };
    let metadata = file
        .metadata()
        .map_err(|error| KeyError::io(path, "looked at", error))?;
    match other_kind(&metadata) {
        None => Ok(Some((file, metadata))),
        Some(found) => Err(KeyError::NotAFile {
            path: path.to_owned(),
            found,
        }),
    }
}

/// Tells a link, folder or pipe from a file that could not be opened.
fn why_not(path: &Path, error: io::Error) -> KeyError {
    let path = path.to_owned();
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => KeyError::Link { path },
        Ok(metadata) => match other_kind(&metadata) {
            Some(found) => KeyError::NotAFile { path, found },
            None => KeyError::io(&path, "opened", error),
        },
        Err(_) => KeyError::io(&path, "opened", error),
    }
}

fn other_kind(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

fn check_private(path: &Path, metadata: &Metadata, fix: u32) -> Result<(), KeyError> {
    check_owner(path, metadata)?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::OpenToOthers {
            path: path.to_owned(),
            mode,
            fix,
        });
    }
    Ok(())
}

fn check_owner(path: &Path, metadata: &Metadata) -> Result<(), KeyError> {
    let user = rustix::process::geteuid().as_raw();
    if metadata.uid() != user {
        return Err(KeyError::ForeignOwner {
            path: path.to_owned(),
            owner: metadata.uid(),
            user,
        });
    }
    Ok(())
}

fn parse(path: &Path, bytes: &[u8], length: u64) -> Result<Held, KeyError> {
    let content = |problem| KeyError::Content {
        path: path.to_owned(),
        problem,
    };
    let is_wiped = bytes.iter().all(|byte| *byte == 0);
    let digits = match bytes {
        _ if is_wiped && [RAW, HEX, HEX + 1].contains(&bytes.len()) => return Ok(Held::Wiped),
        [line @ .., b'\n'] if line.len() == HEX => line,
        _ if [RAW, HEX].contains(&bytes.len()) => bytes,
        _ => {
            return Err(KeyError::Length {
                path: path.to_owned(),
                length,
            });
        }
    };
    let mut key = Zeroizing::new([0; RAW]);
    if digits.len() == RAW {
        key.copy_from_slice(digits);
    } else {
        hex::decode_to_slice(digits, key.as_mut_slice())
            .map_err(|_| content("it is as long as 64 hexadecimal digits, and not made of them"))?;
        if key.iter().all(|byte| *byte == 0) {
            return Err(content("a key of zeros only was never made at random"));
        }
    }
    Ok(Held::Key(SecretKey32::from_bytes(&key)))
}

/// Writes a key to a new file and makes its content durable.
fn write_new(path: &Path, key: &SecretKey32) -> io::Result<()> {
    let mut line = Zeroizing::new([b'\n'; HEX + 1]);
    if let Some(digits) = line.first_chunk_mut::<HEX>() {
        hex::encode_to_slice(key.expose(), digits).map_err(io::Error::other)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(path)?;
    // A strict umask may have taken away what the owner needs.
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    file.write_all(line.as_slice())?;
    file.sync_all()
}

/// Moves a whole file to its name, if nothing has that name. `false` if something has.
fn give_name(part: &Path, path: &Path) -> io::Result<bool> {
    let done = match renameat_with(CWD, part, CWD, path, RenameFlags::NOREPLACE) {
        // File systems without such a rename usually have hard links.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => link(part, path),
        other => other.map_err(io::Error::from),
    };
    match done {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// The same by a hard link.
pub(super) fn link(part: &Path, path: &Path) -> io::Result<()> {
    std::fs::hard_link(part, path)?;
    // The key has its name; a second one harms nothing, and wiping the key wipes both.
    let _ = std::fs::remove_file(part);
    Ok(())
}

/// Overwrites a file in place and removes it.
///
/// Flash memory, journaling and copy-on-write file systems may keep the old block for a while: this makes sure that
/// no ordinary read finds the key, not that a laboratory can't.
fn wipe(mut file: File, path: &Path) -> io::Result<()> {
    // Key files are short; a long file in the place of one is not worth more.
    let length = file.metadata()?.len().min(1 << 16);
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.sync_all()?;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        // Gone: somebody else destroyed it at the same time.
        _ => Ok(()),
    }
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    File::open(parent)?.sync_all()
}

fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}
