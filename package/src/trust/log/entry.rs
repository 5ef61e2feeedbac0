//! What a log's entries say. An entry's bytes are its canonical JSON; its leaf hash is over them.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::super::canonical::{self, CanonicalError};
use super::super::keys::PublicKey;
use super::hash::TreeHash;
use crate::authority::FolderName;
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::text::plain;

/// Longest entry in bytes. A bundle would take 65,535.
pub const MAX_ENTRY_BYTES: usize = 16 << 10;
/// Longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 280;
/// Longest version, in bytes: what a tag of a registry takes.
pub const MAX_VERSION_BYTES: usize = 128;
/// The last moment that has a year of four digits in every time zone, in milliseconds since 1970.
pub const MAX_TIME_MS: i64 = 253_402_207_200_000;
/// The largest price, in minor units of its currency.
pub const MAX_PRICE_MINOR: u64 = 1_000_000_000_000;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was logged, in milliseconds since 1970. Never before the entry in front of it.
    pub at: i64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Event {
    /// A name was given to a publisher: nobody else gets it.
    NamespaceGranted {
        /// The name.
        publisher: FolderName,
    },
    /// A key may sign releases of a publisher. A key is granted once, to one publisher.
    KeyGranted {
        /// Whose releases.
        publisher: FolderName,
        /// The key.
        key: PublicKey,
    },
    /// A key may sign no more releases, and those from a date on are void. It is never granted again.
    KeyRevoked {
        /// Whose key.
        publisher: FolderName,
        /// The key.
        key: PublicKey,
        /// Releases that were logged at this time or later are void, in milliseconds since 1970.
        from: i64,
    },
    /// A version was released. There is one release of each version, for ever.
    Release(ReleaseEntry),
    /// A price was set. The last one counts.
    Price {
        /// Of which skill.
        name: SkillName,
        /// What it costs.
        price: Price,
    },
    /// A release is offered no more; where it is installed it keeps running.
    Yank(Withdrawal),
    /// A yanked release is offered again.
    Unyank(Withdrawal),
    /// A release must not run any more, anywhere. This is never taken back.
    Revoke(Withdrawal),
}

/// A release, by the digests of all that belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ReleaseEntry {
    /// Name of the skill.
    pub name: SkillName,
    /// Its version, without build metadata.
    pub version: Version,
    /// Digest of the image manifest.
    pub release: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Digest of the publisher's signed statement, as an envelope.
    pub publisher_statement: Digest,
    /// Digest of the marketplace's signed statement, as an envelope.
    pub review_statement: Digest,
    /// The publisher's key that signed: who reads the log can tell which releases a revoked key marks.
    pub key: PublicKey,
}

/// A release that is taken from sale or brought back, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Name of the skill.
    pub name: SkillName,
    /// Its version.
    pub version: Version,
    /// Digest of its image manifest.
    pub release: Digest,
    /// Why, in a sentence: untrusted text of 1 to 280 characters that shows as it is.
    pub reason: String,
}

/// What a skill costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "model", rename_all = "kebab-case")]
pub enum Price {
    /// Nothing.
    #[default]
    Free,
    /// Paid once, for all versions.
    OneTime {
        /// Amount in minor units of the currency, above 0.
        minor: u64,
        /// Its code by ISO 4217, three capital letters.
        currency: String,
    },
    /// Paid for each month.
    PerMonth {
        /// Amount in minor units of the currency, above 0.
        minor: u64,
        /// Its code by ISO 4217, three capital letters.
        currency: String,
    },
}

/// Why an entry is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not canonical JSON of an entry.
    #[error("this is no entry of the log: {0}")]
    Form(#[from] CanonicalError),
    /// A field has a value that it can't have.
    #[error("the log entry's `{field}` {problem}")]
    Field {
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
}

impl Entry {
    /// Reads an entry from the bytes of its leaf.
    ///
    /// # Errors
    /// [`EntryError`] for everything that is not byte for byte what [`Entry::to_bytes`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let entry: Self = canonical::parse(bytes, MAX_ENTRY_BYTES)?;
        entry.check()?;
        Ok(entry)
    }

    /// The bytes of its leaf.
    ///
    /// # Errors
    /// [`EntryError`] for what would not be read again.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        self.check()?;
        let bytes = canonical::to_vec(self)?;
        if bytes.len() > MAX_ENTRY_BYTES {
            return Err(EntryError::Form(CanonicalError::TooLarge {
                size: bytes.len(),
                limit: MAX_ENTRY_BYTES,
            }));
        }
        Ok(bytes)
    }

    /// Its leaf hash.
    ///
    /// # Errors
    /// As [`Entry::to_bytes`].
    pub fn leaf(&self) -> Result<TreeHash, EntryError> {
        Ok(TreeHash::leaf(&self.to_bytes()?))
    }

    fn check(&self) -> Result<(), EntryError> {
        check_time("at", self.at)?;
        match &self.event {
            Event::NamespaceGranted { .. } | Event::KeyGranted { .. } => Ok(()),
            Event::KeyRevoked { from, .. } => check_time("from", *from),
            Event::Release(release) => check_version(&release.version),
            Event::Price { price, .. } => price.check(),
            Event::Yank(it) | Event::Unyank(it) | Event::Revoke(it) => {
                check_version(&it.version)?;
                if it.reason.is_empty() || plain(&it.reason, MAX_REASON_CHARS) != it.reason {
                    return Err(field(
                        "reason",
                        "must be one line of 1 to 280 characters, without control characters and spaces at its ends",
                    ));
                }
                Ok(())
            }
        }
    }
}

impl Price {
    /// Checks amount and currency.
    ///
    /// # Errors
    /// [`EntryError::Field`] for an amount of nothing or too much, or what is no currency code.
    pub fn check(&self) -> Result<(), EntryError> {
        match self {
            Self::Free => Ok(()),
            Self::OneTime { minor, currency } | Self::PerMonth { minor, currency } => {
                if !(1..=MAX_PRICE_MINOR).contains(minor) {
                    return Err(field(
                        "minor",
                        "must be from 1 to 1,000,000,000,000; what costs nothing is `free`",
                    ));
                }
                if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
                    return Err(field(
                        "currency",
                        "must be a code of three capital letters by ISO 4217",
                    ));
                }
                Ok(())
            }
        }
    }
}

const fn field(field: &'static str, problem: &'static str) -> EntryError {
    EntryError::Field { field, problem }
}

fn check_time(name: &'static str, at: i64) -> Result<(), EntryError> {
    if (0..=MAX_TIME_MS).contains(&at) {
        Ok(())
    } else {
        Err(field(name, "must be milliseconds from 1970 to 9999"))
    }
}

/// Whether a version can be that of a release: no build metadata, and not longer than a tag of a registry.
pub(in crate::trust) fn is_release_version(version: &Version) -> bool {
    version.build.is_empty() && version.to_string().len() <= MAX_VERSION_BYTES
}

fn check_version(version: &Version) -> Result<(), EntryError> {
    if is_release_version(version) {
        Ok(())
    } else {
        Err(field(
            "version",
            "must have no build metadata (`+…`), because two builds of one version would be two releases of it, and at most 128 characters",
        ))
    }
}
