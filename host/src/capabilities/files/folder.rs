//! A granted file or folder, opened once per run; everything else happens relative to what was opened.
//!
//! The path of a grant is the merchant's own words: links in it are followed, once, when the run begins. Below it
//! nothing is followed: each segment is opened on its own, relative to the folder before it, with `O_NOFOLLOW`. So a
//! link that is swapped in between a check and its use makes the use fail instead of leading it elsewhere, and two
//! spellings never reach one file. Links, pipes, sockets and devices are neither listed nor read; a regular file with
//! several names (hard links) is an ordinary file under each of them, because nothing tells its first name from its
//! others, and who could make one inside the folder could have copied the content as well.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use cap_std::fs::{Dir, Metadata, MetadataExt as _};
use guildhall_package::{Access, FolderName};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

use super::path::{RelPath, is_usable_name};
use super::{pseudo, rules};

/// Names read from one folder before it counts as too full, whether a skill could use them or not.
const MAX_RAW_ENTRIES: usize = 100_000;

/// A file or folder that an invocation grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileGrant {
    /// Name under which the skill knows it.
    pub name: FolderName,
    /// Where it is: an absolute path, in UTF-8. May lead through links.
    pub path: PathBuf,
    /// What may be done with it.
    pub access: Access,
    /// Whether a folder is granted, with everything below it, or one file.
    pub is_folder: bool,
}

/// Which folder it is, whatever path leads to it. Written `device:inode`, because an inode number may exceed
/// what JSON numbers hold.
///
/// On some file systems (network, overlay, Btrfs) a restart of the machine gives a folder another device number. It
/// is then refused as changed, which is safe and needs a new run. A folder that was deleted and made again at the
/// same path may get the same number; it is then taken for the same folder, and what is replaced there is still
/// compared by digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FolderIdentity {
    /// Number of the file system.
    pub device: u64,
    /// Number of the folder in it.
    pub inode: u64,
}

impl FolderIdentity {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

impl fmt::Display for FolderIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.inode)
    }
}

impl FromStr for FolderIdentity {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_once(':')
            .and_then(|(device, inode)| {
                Some(Self {
                    device: device.parse().ok()?,
                    inode: inode.parse().ok()?,
                })
            })
            .ok_or("a folder identity is written `device:inode`")
    }
}

impl TryFrom<String> for FolderIdentity {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<FolderIdentity> for String {
    fn from(identity: FolderIdentity) -> Self {
        identity.to_string()
    }
}

/// Where a grant was when the run opened it: enough to find it again in another process, days later, and to notice
/// that something else stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantLocation {
    /// Name of the grant.
    pub name: FolderName,
    /// What it allows.
    pub access: Access,
    /// Absolute path of the folder, without links: the granted folder, or the one that holds the granted file.
    pub folder: PathBuf,
    /// Which folder that was.
    pub identity: FolderIdentity,
    /// Name of the file in it, when one file is granted.
    pub file: Option<String>,
}

impl GrantLocation {
    /// Opens the place again.
    ///
    /// # Errors
    /// `files.folder-changed` if there is no folder at the path any more or it is another one;
    /// `files.bad-plan` if the location was not made by this module.
    pub fn reopen(&self) -> Result<OpenGrant, Refusal> {
        if let Some(file) = &self.file
            && !is_one_name(file)
        {
            return Err(rules::bad_plan(
                &self.name,
                "the stored file name is a path",
            ));
        }
        let changed = |why: &str| rules::folder_changed(self.name.as_str(), &self.folder, why);
        let dir = open_folder(&self.folder).map_err(|error| changed(&error.to_string()))?;
        let metadata = dir
            .dir_metadata()
            .map_err(|error| changed(&error.to_string()))?;
        if FolderIdentity::of(&metadata) != self.identity {
            return Err(changed("another folder stands at its path"));
        }
        Ok(OpenGrant {
            location: self.clone(),
            dir,
        })
    }

    /// Absolute path of something in the grant. Unique, since nothing below a grant is reached through links.
    pub(crate) fn absolute(&self, inside: Option<&RelPath>) -> PathBuf {
        let mut path = self.folder.clone();
        if let Some(file) = &self.file {
            path.push(file);
        }
        if let Some(inside) = inside {
            path.push(inside.as_str());
        }
        path
    }

    /// A path in the grant as the guest writes it.
    pub(super) fn guest_path(&self, inside: Option<&RelPath>) -> String {
        match inside {
            Some(inside) => format!("{}/{inside}", self.name),
            None => self.name.to_string(),
        }
    }
}

/// What stands at a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Nothing.
    Absent,
    /// A regular file.
    File(FileFacts),
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// A pipe, socket or device.
    Special,
}

/// Size, mode and owner of a regular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileFacts {
    pub(super) len: u64,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        let kind = metadata.file_type();
        if kind.is_symlink() {
            Self::Link
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_file() {
            Self::File(FileFacts {
                len: metadata.len(),
                mode: metadata.mode(),
                owner: (metadata.uid(), metadata.gid()),
            })
        } else {
            Self::Special
        }
    }
}

/// Where a path in a grant leads, after every folder on the way has been opened.
pub(super) enum Place {
    /// The granted folder itself.
    Root,
    /// The name `name` in `folder`; what stands there has not been looked at.
    In { folder: Dir, name: String },
    /// On the way stands something that is no folder, so nothing can be below it.
    Blocked { by: Seen },
}

/// Whole content of a file, or why there is none.
pub(super) enum Content {
    Bytes(Vec<u8>),
    /// More than was asked for; the size at that moment.
    TooLarge(u64),
    /// Not a regular file.
    Other(Seen),
}

/// The direct entries of a folder that a skill may see, or why there are none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// In no order.
    Items(Vec<(String, Item)>),
    TooMany,
    /// Not a folder.
    Other(Seen),
}

/// What a skill may see in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    File(u64),
    Folder,
}

/// A grant that is open for the length of a run or of a commit. Holds one file descriptor.
#[derive(Debug)]
pub struct OpenGrant {
    location: GrantLocation,
    dir: Dir,
}

impl OpenGrant {
    /// Opens what an invocation grants, links in the granted path included, and notes which folder it is.
    ///
    /// One file that is granted for writing only need not exist yet; its folder must. The folder must be readable for this
    /// user even if it is granted for writing only, because what is written there is made durable through it.
    ///
    /// # Errors
    /// For the person who granted: `files.invalid-path` for a path that is relative or not UTF-8, `files.not-found`,
    /// `files.not-a-folder`, `files.not-a-file`, `files.special-file`, `files.pseudo-filesystem`, `files.os-denied`, `files.io`.
    pub fn open(grant: &FileGrant) -> Result<Self, Refusal> {
        let unusable = |rule: &str, why: &str| {
            rules::grant_unusable(grant.name.as_str(), &grant.path, rule, why)
        };
        let os = |error: &io::Error| match error.kind() {
            io::ErrorKind::NotFound => unusable("files.not-found", "there is nothing there"),
            io::ErrorKind::NotADirectory => unusable("files.not-a-folder", "it is not a folder"),
            io::ErrorKind::IsADirectory => unusable("files.not-a-file", "it is a folder"),
            io::ErrorKind::PermissionDenied => unusable(
                "files.os-denied",
                "the operating system does not let this user open it",
            ),
            _ => unusable("files.io", &error.to_string()),
        };
        if !grant.path.is_absolute() {
            return Err(unusable("files.invalid-path", "it is not an absolute path"));
        }
        let (folder, file) = if grant.is_folder {
            (grant.path.canonicalize().map_err(|e| os(&e))?, None)
        } else {
            let (folder, file) = locate_file(&grant.path, grant.access).map_err(|e| os(&e))?;
            (folder, Some(file))
        };
        let dir = open_folder(&folder).map_err(|e| os(&e))?;
        if let Some(kind) = pseudo::kind_of(&dir).map_err(|e| os(&e))? {
            let why = format!(
                "it is in {kind}, which holds no files but the state of this machine; grant a folder with files"
            );
            return Err(unusable("files.pseudo-filesystem", &why));
        }
        if let Some(file) = &file {
            match seen(&dir, file).map_err(|e| os(&e))? {
                Seen::File(_) | Seen::Absent => {}
                Seen::Folder => return Err(unusable("files.not-a-file", "it is a folder")),
                Seen::Link => return Err(unusable("files.link-refused", "it became a link")),
                Seen::Special => {
                    return Err(unusable(
                        "files.special-file",
                        "it is a pipe, socket or device, not a regular file",
                    ));
                }
            }
        }
        if folder.to_str().is_none() {
            return Err(unusable("files.invalid-path", "its path is not UTF-8"));
        }
        let metadata = dir.dir_metadata().map_err(|e| os(&e))?;
        Ok(Self {
            location: GrantLocation {
                name: grant.name.clone(),
                access: grant.access,
                folder,
                identity: FolderIdentity::of(&metadata),
                file,
            },
            dir,
        })
    }

    /// Where it is.
    #[must_use]
    pub const fn location(&self) -> &GrantLocation {
        &self.location
    }

    /// What it allows.
    #[must_use]
    pub const fn access(&self) -> Access {
        self.location.access
    }

    /// Adds the rights of a second grant of the same place.
    pub(super) const fn set_access(&mut self, access: Access) {
        self.location.access = access;
    }

    /// The folder that was opened.
    pub(super) const fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Follows a path, folder by folder.
    pub(super) fn place(&self, inside: Option<&RelPath>) -> io::Result<Place> {
        let inside = match (&self.location.file, inside) {
            (Some(file), None) => {
                return Ok(Place::In {
                    folder: self.dir.try_clone()?,
                    name: file.clone(),
                });
            }
            (Some(file), Some(_)) => {
                let by = seen(&self.dir, file)?;
                return Ok(Place::Blocked { by });
            }
            (None, None) => return Ok(Place::Root),
            (None, Some(inside)) => inside,
        };
        let mut folder = self.dir.try_clone()?;
        for segment in inside.parent().iter().flat_map(RelPath::segments) {
            folder = match enter(&folder, segment)? {
                Ok(next) => next,
                Err(by) => return Ok(Place::Blocked { by }),
            };
        }
        Ok(Place::In {
            folder,
            name: inside.name().to_owned(),
        })
    }

    /// What stands at a path.
    pub(super) fn look(&self, inside: Option<&RelPath>) -> io::Result<Seen> {
        match self.place(inside)? {
            Place::Root => Ok(Seen::Folder),
            Place::In { folder, name } => seen(&folder, &name),
            Place::Blocked { by } => Ok(below(by)),
        }
    }

    /// The content of a file of up to `max` bytes.
    pub(super) fn content(&self, inside: Option<&RelPath>, max: u64) -> io::Result<Content> {
        match self.place(inside)? {
            Place::Root => Ok(Content::Other(Seen::Folder)),
            Place::In { folder, name } => read_whole(&folder, &name, max),
            Place::Blocked { by } => Ok(Content::Other(below(by))),
        }
    }

    /// The direct entries of a folder, `max` of them at most.
    pub(super) fn items(&self, inside: Option<&RelPath>, max: usize) -> io::Result<Listing> {
        let folder = match self.place(inside)? {
            Place::Root => self.dir.try_clone()?,
            Place::In { folder, name } => match enter(&folder, &name)? {
                Ok(folder) => folder,
                Err(by) => return Ok(Listing::Other(by)),
            },
            Place::Blocked { by } => return Ok(Listing::Other(below(by))),
        };
        let mut items = Vec::new();
        for (count, entry) in folder.entries()?.enumerate() {
            if count >= MAX_RAW_ENTRIES {
                return Ok(Listing::TooMany);
            }
            let Ok(name) = entry?.file_name().into_string() else {
                continue;
            };
            if !is_usable_name(&name) {
                continue;
            }
            let item = match seen(&folder, &name)? {
                Seen::File(facts) => Item::File(facts.len),
                Seen::Folder => Item::Folder,
                Seen::Absent | Seen::Link | Seen::Special => continue,
            };
            if items.len() >= max {
                return Ok(Listing::TooMany);
            }
            items.push((name, item));
        }
        Ok(Listing::Items(items))
    }
}

/// What is seen below something that is no folder.
const fn below(by: Seen) -> Seen {
    match by {
        Seen::Link => Seen::Link,
        _ => Seen::Absent,
    }
}

/// Splits the path of a granted file into the folder that holds it, without links, and its name.
fn locate_file(path: &Path, access: Access) -> io::Result<(PathBuf, String)> {
    let real = match path.canonicalize() {
        // A file that is only written may be new. A dangling link is not: nobody said where it leads.
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && !access.reads()
                && path.symlink_metadata().is_err() =>
        {
            let name = path.file_name().ok_or(error)?;
            path.parent()
                .unwrap_or(Path::new("/"))
                .canonicalize()?
                .join(name)
        }
        other => other?,
    };
    let name = real
        .file_name()
        .ok_or(io::ErrorKind::IsADirectory)?
        .to_str()
        .ok_or(io::ErrorKind::InvalidFilename)?
        .to_owned();
    let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
    Ok((folder, name))
}

fn is_one_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

/// Opens a folder by absolute path, outside any grant.
fn open_folder(path: &Path) -> io::Result<Dir> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, Mode::empty())?;
    Ok(Dir::from_std_file(File::from(fd)))
}

/// Opens the folder `name` in `folder`, or says what stands there instead.
pub(super) fn enter(folder: &Dir, name: &str) -> io::Result<Result<Dir, Seen>> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Ok(fd) => {
            let entered = Dir::from_std_file(File::from(fd));
            // One may be mounted below a granted folder.
            match pseudo::kind_of(&entered)? {
                Some(_) => Ok(Err(Seen::Special)),
                None => Ok(Ok(entered)),
            }
        }
        Err(error @ (Errno::NOTDIR | Errno::LOOP | Errno::NOENT)) => match seen(folder, name)? {
            // It changed between the two looks.
            Seen::Folder => Err(error.into()),
            other => Ok(Err(other)),
        },
        Err(error) => Err(error.into()),
    }
}

/// What stands at `name` in `folder`, which follows no link.
pub(super) fn seen(folder: &Dir, name: &str) -> io::Result<Seen> {
    match folder.symlink_metadata(name) {
        Ok(metadata) => Ok(Seen::of(&metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Seen::Absent),
        Err(error) => Err(error),
    }
}

/// Opens the regular file `name` in `folder` for reading, or says what stands there instead.
///
/// A pipe is not waited for: it is recognised before it is opened, and if it was swapped in since, opening it does
/// not block and the second look refuses it.
pub(super) fn open_file(folder: &Dir, name: &str) -> io::Result<Result<(File, FileFacts), Seen>> {
    match seen(folder, name)? {
        Seen::File(_) => {}
        other => return Ok(Err(other)),
    }
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Ok(fd) => File::from(fd),
        Err(Errno::LOOP) => return Ok(Err(Seen::Link)),
        Err(Errno::NOENT) => return Ok(Err(Seen::Absent)),
        Err(Errno::NXIO) => return Ok(Err(Seen::Special)),
        Err(error) => return Err(error.into()),
    };
    match Seen::of(&Metadata::from_file(&file)?) {
        Seen::File(facts) => Ok(Ok((file, facts))),
        other => Ok(Err(other)),
    }
}

fn read_whole(folder: &Dir, name: &str, max: u64) -> io::Result<Content> {
    let (file, facts) = match open_file(folder, name)? {
        Ok(open) => open,
        Err(other) => return Ok(Content::Other(other)),
    };
    if facts.len > max {
        return Ok(Content::TooLarge(facts.len));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(facts.len).unwrap_or(0));
    // It may grow while it is read.
    file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    let len = bytes.len() as u64;
    if len > max {
        return Ok(Content::TooLarge(len));
    }
    Ok(Content::Bytes(bytes))
}
