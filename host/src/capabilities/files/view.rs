//! The files of one run as its skill sees them: what is granted, as it was at first sight, with what the run itself
//! has staged laid over it.
//!
//! Everything is keyed by the absolute path below a grant's folder, which no link can make ambiguous. So when two
//! grants overlap (`--read in=data --write out=data`), what is staged through one is seen through the other, and one
//! file is staged once. Calls touch the disk and may block: run them where blocking is allowed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use guildhall_package::{Access, Digest, FolderName};
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

use super::folder::{Content, FileGrant, GrantLocation, Item, Listing, OpenGrant, Place, Seen};
use super::path::{GuestPath, RelPath, can_be_shown};
use super::rules;
use super::snapshot::{Pin, Snapshot, Snapshots, within};

/// Limits on the files of one run; all are always on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// Largest file that is read or replaced, in bytes. Default 64 MiB.
    pub max_file_bytes: u64,
    /// Bytes read from disk for the run, summed; what is read to compare a file before replacing it counts. Default
    /// 256 MiB.
    pub max_input_bytes: u64,
    /// Files read and absences seen. Default 10,000.
    pub max_inputs: usize,
    /// Bytes of staged content, summed. Default 64 MiB.
    pub max_write_bytes: u64,
    /// Staged files. Default 1,000.
    pub max_writes: usize,
    /// Entries of one listing. Default 10,000.
    pub max_list_entries: usize,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            max_file_bytes: 64 << 20,
            max_input_bytes: 256 << 20,
            max_inputs: 10_000,
            max_write_bytes: 64 << 20,
            max_writes: 1_000,
            max_list_entries: 10_000,
        }
    }
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
}

/// One entry of a folder, as the contract's `entry`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Full path, as `read` takes it.
    pub path: String,
    /// File or folder.
    pub kind: EntryKind,
    /// Size in bytes; 0 for a folder.
    pub size: u64,
}

/// One file write of a run: an effect that has not happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedWrite {
    /// Handle of the effect within the run.
    pub effect: u32,
    /// Name of the grant it was first staged through.
    pub grant: FolderName,
    /// Path inside the granted folder; none for a granted file.
    pub inside: Option<RelPath>,
    /// The whole new content.
    pub content: Bytes,
    /// Its digest.
    pub digest: Digest,
    /// Digest of what it replaces; none if there was nothing.
    pub replaces: Option<Digest>,
    /// What it replaces: what an undo puts back.
    pub previous: Option<Bytes>,
}

/// The files of one run.
#[derive(Debug, Default)]
pub struct FilesView {
    grants: BTreeMap<FolderName, OpenGrant>,
    limits: FileLimits,
    seen: Snapshots,
    staged: BTreeMap<PathBuf, StagedWrite>,
    staged_bytes: u64,
}

impl FilesView {
    /// Opens everything that an invocation grants. Without grants every call is refused and nothing is opened.
    ///
    /// One name may be granted for reading and for writing in two grants, if both name the same place.
    ///
    /// # Errors
    /// Those of [`OpenGrant::open`]; `files.name-taken` if one name stands for two places.
    pub fn open(grants: &[FileGrant], limits: FileLimits) -> Result<Self, Refusal> {
        let mut view = Self {
            limits,
            ..Self::default()
        };
        for grant in grants {
            let new = OpenGrant::open(grant)?;
            match view.grants.get_mut(&grant.name) {
                None => {
                    view.grants.insert(grant.name.clone(), new);
                }
                Some(old) => {
                    let (a, b) = (old.location(), new.location());
                    if (&a.folder, &a.file) != (&b.folder, &b.file) {
                        return Err(rules::grant_unusable(
                            grant.name.as_str(),
                            &grant.path,
                            "files.name-taken",
                            "the name already stands for another place; use a second name",
                        ));
                    }
                    let both = match (a.access, b.access) {
                        (a, b) if a == b => a,
                        _ => Access::ReadWrite,
                    };
                    old.set_access(both);
                }
            }
        }
        Ok(view)
    }

    /// Names of what is granted, sorted.
    #[must_use]
    pub fn granted(&self) -> Vec<String> {
        self.grants.keys().map(ToString::to_string).collect()
    }

    /// Direct entries of a folder, sorted by path, with what this run has staged and as it has read them.
    ///
    /// # Errors
    /// `files.invalid-path`, `files.not-granted`, `files.write-only`, `files.not-found`, `files.not-a-folder`,
    /// `files.link-refused`, `files.special-file`, `files.list-limit`, `files.os-denied`, `files.io`.
    pub fn list(&self, folder: &str) -> Result<Vec<Entry>, Refusal> {
        let path = GuestPath::parse(folder)?;
        let grant = self.grant(&path, false)?;
        if !grant.access().reads() {
            return Err(rules::write_only(path.grant.as_str()));
        }
        let inside = path.inside.as_ref();
        let here = grant.location().absolute(inside);
        if self.staged.contains_key(&here) {
            return Err(rules::not_a_folder(&path));
        }
        let max = self.limits.max_list_entries;
        let on_disk = grant
            .items(inside, max)
            .map_err(|error| rules::io(&path, "list", &error))?;
        let mut items: BTreeMap<String, Item> = match on_disk {
            Listing::Items(items) => items.into_iter().collect(),
            Listing::TooMany => return Err(rules::list_limit(&path, max)),
            Listing::Other(Seen::Absent | Seen::Folder) if self.stages_below(&here) => {
                BTreeMap::new()
            }
            Listing::Other(Seen::Absent | Seen::Folder) => return Err(rules::not_found(&path)),
            Listing::Other(Seen::File(_)) => return Err(rules::not_a_folder(&path)),
            Listing::Other(Seen::Link) => return Err(rules::link(&path)),
            Listing::Other(Seen::Special) => return Err(rules::special(&path)),
        };
        for (seen, snapshot) in self.seen.within(&here) {
            let Some((name, true)) = child_of(&here, seen) else {
                continue;
            };
            match snapshot {
                Snapshot::Absent => items.remove(name),
                Snapshot::Content { bytes, .. } => {
                    items.insert(name.to_owned(), Item::File(bytes.len() as u64))
                }
            };
        }
        for (staged, write) in within(&self.staged, &here) {
            let item = match child_of(&here, staged) {
                Some((name, true)) => (name, Item::File(write.content.len() as u64)),
                Some((name, false)) => (name, Item::Folder),
                None => continue,
            };
            items.insert(item.0.to_owned(), item.1);
        }
        if items.len() > max {
            return Err(rules::list_limit(&path, max));
        }
        // Sorted by name is sorted by path: all of them share what comes before the name.
        Ok(items
            .into_iter()
            .map(|(name, item)| entry(format!("{path}/{name}"), item))
            .collect())
    }

    /// One entry. If there is nothing, that is pinned.
    ///
    /// # Errors
    /// As [`FilesView::list`] without the limit, and `files.input-limit`.
    pub fn stat(&mut self, path: &str) -> Result<Entry, Refusal> {
        let path = GuestPath::parse(path)?;
        let grant = self.grant(&path, false)?;
        let inside = path.inside.as_ref();
        let here = grant.location().absolute(inside);
        if let Some(write) = self.staged.get(&here) {
            let item = Item::File(write.content.len() as u64);
            return Ok(entry(path.to_string(), item));
        }
        let granted_folder = inside.is_none() && grant.location().file.is_none();
        if granted_folder || self.stages_below(&here) {
            return Ok(entry(path.to_string(), Item::Folder));
        }
        if !grant.access().reads() {
            return Err(rules::write_only(path.grant.as_str()));
        }
        match self.seen.get(&here) {
            Some(Snapshot::Absent) => return Err(rules::not_found(&path)),
            Some(Snapshot::Content { bytes, .. }) => {
                return Ok(entry(path.to_string(), Item::File(bytes.len() as u64)));
            }
            None => {}
        }
        let seen = grant
            .look(inside)
            .map_err(|error| rules::io(&path, "look at", &error))?;
        match seen {
            Seen::File(facts) => Ok(entry(path.to_string(), Item::File(facts.len))),
            Seen::Folder => Ok(entry(path.to_string(), Item::Folder)),
            Seen::Link => Err(rules::link(&path)),
            Seen::Special => Err(rules::special(&path)),
            Seen::Absent => {
                self.pin(&path, here, Snapshot::Absent)?;
                Err(rules::not_found(&path))
            }
        }
    }

    /// Whole content of a file: what this run has staged, else what it saw at first sight.
    ///
    /// # Errors
    /// `files.invalid-path`, `files.not-granted`, `files.write-only`, `files.not-found`, `files.not-a-file`,
    /// `files.link-refused`, `files.special-file`, `files.file-too-large`, `files.input-limit`, `files.os-denied`,
    /// `files.io`.
    pub fn read(&mut self, path: &str) -> Result<Bytes, Refusal> {
        let path = GuestPath::parse(path)?;
        let grant = self.grant(&path, false)?;
        let inside = path.inside.as_ref();
        let here = grant.location().absolute(inside);
        if let Some(write) = self.staged.get(&here) {
            return Ok(write.content.clone());
        }
        if self.stages_below(&here) {
            return Err(rules::not_a_file(&path));
        }
        if !grant.access().reads() {
            return Err(rules::write_only(path.grant.as_str()));
        }
        let snapshot = match self.seen.get(&here) {
            Some(snapshot) => snapshot,
            None => {
                let snapshot = match self.content(&path, grant)? {
                    Some(bytes) => Snapshot::Content {
                        digest: Digest::of(&bytes),
                        bytes: bytes.into(),
                    },
                    None => Snapshot::Absent,
                };
                self.pin(&path, here, snapshot)?
            }
        };
        match snapshot {
            Snapshot::Content { bytes, .. } => Ok(bytes.clone()),
            Snapshot::Absent => Err(rules::not_found(&path)),
        }
    }

    /// Up to `length` bytes from `offset`; fewer at the end of the file, none beyond it. Reads and pins the whole file
    /// the first time.
    ///
    /// # Errors
    /// As [`FilesView::read`].
    pub fn read_range(&mut self, path: &str, offset: u64, length: u32) -> Result<Bytes, Refusal> {
        let content = self.read(path)?;
        let start = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(content.len());
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let end = start.saturating_add(length).min(content.len());
        Ok(content.slice(start..end))
    }

    /// Stages a write and answers its handle. Folders on the way are made when it is performed.
    ///
    /// `next_effect` gives the next handle of the run; it is asked once, and not when the path was staged before: the
    /// new content then takes the place of the old under the same handle.
    ///
    /// # Errors
    /// `files.invalid-path` (also for names that a card could not show exactly), `files.not-granted`,
    /// `files.read-only`, `files.write-limit`, `files.input-limit`, `files.file-too-large` (of the file to be replaced),
    /// `files.conflict`, `files.not-a-file`, `files.link-refused`, `files.special-file`, `files.os-denied`, `files.io`;
    /// and what `next_effect` answers.
    pub fn write(
        &mut self,
        path: &str,
        content: Bytes,
        next_effect: impl FnOnce() -> Result<u32, Refusal>,
    ) -> Result<u32, Refusal> {
        let path = GuestPath::parse(path)?;
        let grant = self.grant(&path, true)?;
        if !grant.access().writes() {
            return Err(rules::read_only(path.grant.as_str()));
        }
        if !can_be_shown(&path.to_string()) {
            return Err(rules::cannot_be_shown(&path));
        }
        let here = grant.location().absolute(path.inside.as_ref());
        let old = self
            .staged
            .get(&here)
            .map_or(0, |old| old.content.len() as u64);
        let staged_bytes = (self.staged_bytes - old).saturating_add(content.len() as u64);
        if staged_bytes > self.limits.max_write_bytes {
            return Err(rules::write_limit(format!(
                "with `{}` this run would have staged {staged_bytes} bytes; its limit is {}",
                super::path::shown(&path.to_string()),
                self.limits.max_write_bytes
            )));
        }
        let digest = Digest::of(&content);
        if let Some(write) = self.staged.get_mut(&here) {
            write.content = content;
            write.digest = digest;
            self.staged_bytes = staged_bytes;
            return Ok(write.effect);
        }
        if self.staged.len() >= self.limits.max_writes {
            return Err(rules::write_limit(format!(
                "this run has staged {} files, which is its limit",
                self.limits.max_writes
            )));
        }
        if self.stages_below(&here) {
            return Err(rules::conflict(
                &path,
                "this run has staged a file below it",
            ));
        }
        if here
            .ancestors()
            .skip(1)
            .any(|above| self.staged.contains_key(above))
        {
            return Err(rules::conflict(
                &path,
                "this run has staged a file where a folder would have to be",
            ));
        }
        let (previous, compared) = self.replaced(&path, &here)?;
        let effect = next_effect()?;
        self.seen.charge(compared);
        self.staged_bytes = staged_bytes;
        self.staged.insert(
            here,
            StagedWrite {
                effect,
                grant: path.grant,
                inside: path.inside,
                content,
                digest,
                replaces: previous.as_ref().map(|(digest, _)| *digest),
                previous: previous.map(|(_, bytes)| bytes),
            },
        );
        Ok(effect)
    }

    /// What must be unchanged when the effects are performed. Paths that the run writes are left out, and folders that
    /// it makes: its writes name what they replace.
    #[must_use]
    pub fn pins(&self) -> Vec<Pin> {
        self.seen
            .pins(|path| self.staged.contains_key(path) || self.stages_below(path))
    }

    /// What has been staged, by handle.
    #[must_use]
    pub fn staged(&self) -> Vec<StagedWrite> {
        let mut writes: Vec<_> = self.staged.values().cloned().collect();
        writes.sort_by_key(|write| write.effect);
        writes
    }

    /// Where every grant is, by name.
    #[must_use]
    pub fn locations(&self) -> Vec<GrantLocation> {
        self.grants
            .values()
            .map(|grant| grant.location().clone())
            .collect()
    }

    /// Where one grant is.
    #[must_use]
    pub fn location(&self, grant: &FolderName) -> Option<&GrantLocation> {
        self.grants.get(grant).map(OpenGrant::location)
    }

    /// Bytes read from disk and bytes staged so far.
    #[cfg(test)]
    pub(super) const fn used(&self) -> (u64, u64) {
        (self.seen.bytes(), self.staged_bytes)
    }

    fn grant(&self, path: &GuestPath, write: bool) -> Result<&OpenGrant, Refusal> {
        self.grants
            .get(&path.grant)
            .ok_or_else(|| rules::not_granted(path.grant.as_str(), &self.granted(), write))
    }

    /// Whether something is staged below `path`, which is then a folder.
    fn stages_below(&self, path: &Path) -> bool {
        within(&self.staged, path).any(|(staged, _)| staged != path)
    }

    fn pin(
        &mut self,
        path: &GuestPath,
        here: PathBuf,
        snapshot: Snapshot,
    ) -> Result<&Snapshot, Refusal> {
        self.seen.add(
            &self.limits,
            here,
            &path.grant,
            path.inside.as_ref(),
            snapshot,
        )
    }

    /// Bytes on disk, within the limits; `None` if there is nothing.
    fn content(&self, path: &GuestPath, grant: &OpenGrant) -> Result<Option<Vec<u8>>, Refusal> {
        let left = self
            .limits
            .max_input_bytes
            .saturating_sub(self.seen.bytes());
        let max = left.min(self.limits.max_file_bytes);
        let content = grant
            .content(path.inside.as_ref(), max)
            .map_err(|error| rules::io(path, "read", &error))?;
        match content {
            Content::Bytes(bytes) => Ok(Some(bytes)),
            Content::TooLarge(size) if size > self.limits.max_file_bytes => Err(
                rules::file_too_large(path, size, self.limits.max_file_bytes),
            ),
            Content::TooLarge(size) => Err(rules::input_limit(format!(
                "`{}` has {size} bytes; this run may read {left} more of its {}",
                super::path::shown(&path.to_string()),
                self.limits.max_input_bytes
            ))),
            Content::Other(Seen::Absent) => Ok(None),
            // It became a file between the two looks.
            Content::Other(Seen::File(_)) => Err(rules::conflict(path, "it is changing right now")),
            Content::Other(Seen::Folder) => Err(rules::not_a_file(path)),
            Content::Other(Seen::Link) => Err(rules::link(path)),
            Content::Other(Seen::Special) => Err(rules::special(path)),
        }
    }

    /// What a write would replace, with its digest, and how many bytes were read to know it.
    fn replaced(
        &self,
        path: &GuestPath,
        here: &Path,
    ) -> Result<(Option<(Digest, Bytes)>, u64), Refusal> {
        let grant = self.grant(path, true)?;
        let place = grant
            .place(path.inside.as_ref())
            .map_err(|error| rules::io(path, "look at", &error))?;
        match place {
            Place::Blocked { by: Seen::File(_) } => {
                return Err(rules::conflict(
                    path,
                    "a file is where a folder would have to be",
                ));
            }
            Place::Blocked { by: Seen::Link } => return Err(rules::link(path)),
            Place::Blocked { by: Seen::Special } => return Err(rules::special(path)),
            Place::Root => return Err(rules::not_a_file(path)),
            Place::In { .. } | Place::Blocked { .. } => {}
        }
        if let Some(snapshot) = self.seen.get(here) {
            return Ok((snapshot.content(), 0));
        }
        let bytes = self.content(path, grant)?;
        Ok(bytes.map_or((None, 0), |bytes| {
            let length = bytes.len() as u64;
            (Some((Digest::of(&bytes), bytes.into())), length)
        }))
    }
}

fn entry(path: String, item: Item) -> Entry {
    let (kind, size) = match item {
        Item::File(size) => (EntryKind::File, size),
        Item::Folder => (EntryKind::Folder, 0),
    };
    Entry { path, kind, size }
}

/// Name of the direct child of `folder` that `path` is or lies below, and whether it is that child itself.
fn child_of<'a>(folder: &Path, path: &'a Path) -> Option<(&'a str, bool)> {
    let mut rest = path.strip_prefix(folder).ok()?.components();
    let name = rest.next()?.as_os_str().to_str()?;
    Some((name, rest.next().is_none()))
}
