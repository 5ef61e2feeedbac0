//! Paths as a skill writes them: `NAME`, or `NAME/inside/the/folder`. Text only; no disk is touched.
//!
//! A path is split once and never interpreted again: no `.` or `..` to resolve, no normalisation of case or of
//! Unicode. `A.xml` and `a.xml` are two files, and so are the composed and the decomposed spelling of `é`, unless the
//! file system beneath says otherwise. A colon is an ordinary character, because files named after a time of day are
//! common; the first segment, where a drive letter could stand, is the name of a grant and has its own alphabet.

use std::fmt;

use guildhall_package::FolderName;
use guildhall_package::text::{is_unsafe, plain};
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

use super::rules;

/// Longest path, in bytes of UTF-8, the grant's name included.
pub const MAX_PATH_BYTES: usize = 1024;
/// Longest segment, in bytes of UTF-8: what common file systems hold.
pub const MAX_SEGMENT_BYTES: usize = 255;
/// Most segments below the grant's name.
pub const MAX_DEPTH: usize = 32;
/// How the names of our own unfinished files begin. Such names are neither granted, listed nor written for a skill.
pub const TEMP_PREFIX: &str = ".guildhall-";

/// Most characters of a path in a sentence.
const SHOWN_CHARS: usize = 200;

/// A path below a granted folder: one to 32 plain segments, joined by `/`. Ordered as text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelPath(String);

/// Why a text is no path below a granted folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PathError(String);

impl RelPath {
    /// Reads a path below a folder.
    ///
    /// # Errors
    /// Says which rule of this module's description the text breaks.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > MAX_PATH_BYTES {
            return Err(PathError(format!(
                "it is longer than {MAX_PATH_BYTES} bytes"
            )));
        }
        for (depth, segment) in text.split('/').enumerate() {
            if depth == MAX_DEPTH {
                return Err(PathError(format!("it is deeper than {MAX_DEPTH} folders")));
            }
            check_segment(segment)?;
        }
        Ok(Self(text.to_owned()))
    }

    /// The whole path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments, outermost first; at least one.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/')
    }

    /// The last segment: the entry's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }

    /// The folder that holds the entry; `None` when that is the granted folder itself.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (parent, _) = self.0.rsplit_once('/')?;
        Some(Self(parent.to_owned()))
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl TryFrom<String> for RelPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        Self::parse(&text)
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

/// A path as the contract's `files` interface takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GuestPath {
    /// Name of the grant: the first segment.
    pub grant: FolderName,
    /// What follows; `None` for the granted file or folder itself.
    pub inside: Option<RelPath>,
}

impl GuestPath {
    /// Reads the path of a guest.
    ///
    /// # Errors
    /// `files.invalid-path` for everything that is not `NAME` or `NAME/inside` in plain segments.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::split(text).map_err(|PathError(why)| rules::invalid_path(text, &why))
    }

    fn split(text: &str) -> Result<Self, PathError> {
        let refuse = |why: &str| Err(PathError(why.to_owned()));
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(PathError(format!(
                "it is longer than {MAX_PATH_BYTES} bytes"
            )));
        }
        if text.starts_with('/') {
            return refuse("it is absolute; it must begin with the name of a grant");
        }
        let (grant, inside) = match text.split_once('/') {
            Some((grant, inside)) => (grant, Some(inside)),
            None => (text, None),
        };
        // A fix quotes this name inside a command, so nothing but a name may pass.
        let Ok(grant) = grant.parse::<FolderName>() else {
            check_segment(grant)?;
            return refuse(
                "it must begin with the name of a grant: lower-case letters, digits and `-`",
            );
        };
        Ok(Self {
            grant,
            inside: inside.map(RelPath::parse).transpose()?,
        })
    }
}

impl fmt::Display for GuestPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.grant.as_str())?;
        match &self.inside {
            Some(inside) => write!(f, "/{inside}"),
            None => Ok(()),
        }
    }
}

/// A path in a sentence: bounded, on one line, nothing hidden.
pub(super) fn shown(path: &str) -> String {
    plain(path, SHOWN_CHARS)
}

/// Whether a card can show `path` letter by letter. What is written must have such a name: runs of spaces, spaces
/// that are not the plain one and piled-up accents look like something else.
pub(super) fn can_be_shown(path: &str) -> bool {
    plain(path, MAX_PATH_BYTES) == path
}

/// Whether a skill may see and use this name of an entry.
pub(super) fn is_usable_name(name: &str) -> bool {
    check_segment(name).is_ok()
}

fn check_segment(segment: &str) -> Result<(), PathError> {
    let refuse = |why: &str| Err(PathError(why.to_owned()));
    match segment {
        "" => return refuse("it has an empty segment (a `/` too many)"),
        "." | ".." => return refuse("it has a segment `.` or `..`"),
        _ => {}
    }
    if segment.len() > MAX_SEGMENT_BYTES {
        return Err(PathError(format!(
            "one of its segments is longer than {MAX_SEGMENT_BYTES} bytes"
        )));
    }
    for c in segment.chars() {
        match c {
            '/' => return refuse("a segment cannot hold `/`"),
            '\\' => return refuse("it has a backslash; segments are separated by `/`"),
            c if is_unsafe(c) => {
                return refuse("it has a control, direction or invisible character");
            }
            _ => {}
        }
    }
    // Compared without case, for file systems that do the same.
    if segment
        .get(..TEMP_PREFIX.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(TEMP_PREFIX))
    {
        return Err(PathError(format!(
            "names that begin with `{TEMP_PREFIX}` belong to the host"
        )));
    }
    Ok(())
}
