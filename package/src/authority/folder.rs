//! Named files and folders.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::serde_as_text;

/// Name under which a file or folder is granted: a small letter, then up to 63 small letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolderName(String);

/// The text is not a [`FolderName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a name for a file or folder; start with a small letter and use up to 64 small letters, digits and `-`, for example `invoices`"
)]
pub struct FolderNameError;

impl FolderName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FolderName {
    type Err = FolderNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() <= 64
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(FolderNameError)
        }
    }
}

impl fmt::Display for FolderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for FolderName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for FolderName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

serde_as_text!(FolderName);

/// What may be done with a granted file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// List and read.
    Read,
    /// Stage writes only.
    Write,
    /// Both.
    ReadWrite,
}

impl Access {
    /// Whether it includes reading.
    #[must_use]
    pub const fn reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite)
    }

    /// Whether it includes staging writes.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite)
    }

    /// What both allow, or none if that is nothing.
    #[must_use]
    pub const fn intersect(self, other: Self) -> Option<Self> {
        match (
            self.reads() && other.reads(),
            self.writes() && other.writes(),
        ) {
            (true, true) => Some(Self::ReadWrite),
            (true, false) => Some(Self::Read),
            (false, true) => Some(Self::Write),
            (false, false) => None,
        }
    }

    /// As written in the manifest: `read`, `write`, `read-write`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::ReadWrite => "read-write",
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not an [`Access`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a kind of access; write `read`, `write` or `read-write`")]
pub struct AccessError;

impl FromStr for Access {
    type Err = AccessError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Read, Self::Write, Self::ReadWrite]
            .into_iter()
            .find(|access| access.as_str() == text)
            .ok_or(AccessError)
    }
}

/// A file or folder that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderDecl {
    /// Name by which the skill knows it.
    pub name: FolderName,
    /// What the skill wants to do with it.
    pub access: Access,
    /// Why, in the author's words: untrusted text.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_and_start_with_a_letter() {
        for good in ["a", "invoices", "in-2", &"a".repeat(64)] {
            assert_eq!(good.parse::<FolderName>().unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-a",
            "2a",
            "A",
            "a/b",
            "a.b",
            "..",
            "a b",
            "ä",
            "a\0",
            &"a".repeat(65),
        ] {
            assert!(bad.parse::<FolderName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn access_intersects_like_two_switches() {
        assert_eq!(Access::Read.intersect(Access::Write), None);
        assert_eq!(
            Access::ReadWrite.intersect(Access::Write),
            Some(Access::Write)
        );
        assert_eq!(
            Access::ReadWrite.intersect(Access::ReadWrite),
            Some(Access::ReadWrite)
        );
        assert_eq!(
            serde_json::to_string(&Access::ReadWrite).unwrap(),
            "\"read-write\""
        );
    }
}
