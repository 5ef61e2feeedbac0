//! The signed status: everything that was revoked or yanked, up to a state of the log, for clients that do not read the
//! whole log. `log audit` compares it with what the log itself says.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::canonical::{self, CanonicalError};
use super::dsse::{self, DsseError};
use super::keys::{PublicKey, SigningKey};
use super::log::TreeHash;
use super::log::checkpoint::TreeHead;
use super::log::entry::MAX_TIME_MS;
use super::root::duration;
use crate::authority::FolderName;
use crate::digest::Digest;
use crate::manifest::SkillName;

/// Type of the envelope's payload.
pub const STATUS_TYPE: &str = "application/vnd.guildhall.status.v1+json";
/// Longest status, as an envelope, in bytes.
pub const MAX_STATUS_BYTES: usize = 8 << 20;

/// What a status says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// Which log.
    pub origin: String,
    /// When it was signed, in milliseconds since 1970.
    pub issued: i64,
    /// Valid before this time, in milliseconds since 1970.
    pub expires: i64,
    /// Entries of the log that it is about.
    pub size: u64,
    /// Root hash of the log at that size.
    pub root: TreeHash,
    /// Releases that must not run, in the order of their digests: those that were revoked, and those that a revoked key
    /// signed too late.
    pub revoked: Vec<RevokedRelease>,
    /// Keys that may sign no more, in the order of the keys.
    pub revoked_keys: Vec<RevokedKey>,
    /// Releases that are not offered, in the order of their digests.
    pub yanked: Vec<YankedRelease>,
    /// Paid orders whose licences don't count any more, in the order of their ids, until the licences would have ended. They
    /// are not in the log: what others bought is nobody's business.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunded: Vec<RefundedOrder>,
}

/// An order that was paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundedOrder {
    /// Its id.
    pub order: Digest,
    /// When the last of its licences ends, with its grace, in milliseconds since 1970. After that it is not listed.
    pub until: i64,
}

/// A release that must not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedRelease {
    /// Its digest.
    pub release: Digest,
    /// Name of the skill.
    pub name: SkillName,
    /// Its version.
    pub version: Version,
    /// When it was revoked, in milliseconds since 1970.
    pub at: i64,
    /// Why: untrusted text.
    pub reason: String,
}

/// A key that may sign no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedKey {
    /// The key.
    pub key: PublicKey,
    /// Whose it was.
    pub publisher: FolderName,
    /// Releases that were logged at this time or later are void, in milliseconds since 1970.
    pub from: i64,
}

/// A release that is not offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YankedRelease {
    /// Its digest.
    pub release: Digest,
    /// Name of the skill.
    pub name: SkillName,
    /// Its version.
    pub version: Version,
    /// Why: untrusted text.
    pub reason: String,
}

/// Why a status is refused.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// Longer than is taken.
    #[error("the status is {size} bytes long and at most {MAX_STATUS_BYTES} are taken")]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// The envelope or its signature.
    #[error("the status is not one that the log signed: {0}")]
    Envelope(#[from] DsseError),
    /// The payload is no status.
    #[error("the signed content is no status: {0}")]
    Form(#[from] CanonicalError),
    /// A value that can't be.
    #[error("the status's `{field}` {problem}; tell the log's operator")]
    Value {
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// It is of another log.
    #[error("the status is of the log `{found}` and `{expected}` was asked for")]
    OtherLog {
        /// Origin that it has.
        found: String,
        /// Origin that was asked for.
        expected: String,
    },
    /// It is too old to say what is revoked now.
    #[error(
        "the status was signed {} ago and counts for {}: what was revoked since is not in it, so somebody may be hiding a revocation; get a new one, or a new bundle, and check this computer's clock",
        duration(*age_ms),
        duration(*limit_ms)
    )]
    Stale {
        /// How old it is, in milliseconds.
        age_ms: i64,
        /// How old it may be, in milliseconds.
        limit_ms: i64,
    },
    /// It comes from the future.
    #[error(
        "the status is dated {} ahead of this computer's clock; set the clock right, and if it is, tell the log's operator",
        duration(*ahead_ms)
    )]
    Future {
        /// How far ahead, in milliseconds.
        ahead_ms: i64,
    },
    /// An older one than the one that was seen last.
    #[error(
        "the status is older than one that was seen before: an old one is being served, which may lack what was revoked since"
    )]
    Rollback,
    /// It lacks a revocation that an older one had.
    #[error(
        "the status does not list {what} as revoked, which an earlier one did; a revocation is never taken back, so the log's key may be in other hands: don't go on, and ask the operator by another way"
    )]
    Forgot {
        /// What is missing.
        what: String,
    },
}

impl Status {
    /// The log's state that it is about.
    #[must_use]
    pub const fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root,
        }
    }

    /// Signs it with the log's key.
    ///
    /// # Errors
    /// [`StatusError`] for a status that would not be taken.
    pub fn sign(&self, key: &SigningKey) -> Result<Vec<u8>, StatusError> {
        self.check()?;
        let payload = canonical::to_vec(self)?;
        let envelope = dsse::sign(STATUS_TYPE, &payload, key)?.to_bytes()?;
        check_size(&envelope)?;
        Ok(envelope)
    }

    /// Checks form and signature of an envelope, and reads the status in it.
    ///
    /// # Errors
    /// [`StatusError`] for the first thing that is wrong.
    pub fn verify(envelope: &[u8], log: &PublicKey, origin: &str) -> Result<Self, StatusError> {
        check_size(envelope)?;
        let verified = dsse::verify(envelope, &[*log], STATUS_TYPE)?;
        let status: Self = canonical::parse(&verified.payload, MAX_STATUS_BYTES)?;
        status.check()?;
        if status.origin != origin {
            return Err(StatusError::OtherLog {
                found: crate::text::plain(&status.origin, 100),
                expected: origin.to_owned(),
            });
        }
        Ok(status)
    }

    /// Checks that it is young enough to rely on, and not from the future.
    ///
    /// # Errors
    /// [`StatusError::Stale`] or [`StatusError::Future`].
    pub fn check_fresh(
        &self,
        now_ms: i64,
        max_age_ms: i64,
        max_ahead_ms: i64,
    ) -> Result<(), StatusError> {
        let age_ms = now_ms.saturating_sub(self.issued);
        if age_ms < max_ahead_ms.saturating_neg() {
            return Err(StatusError::Future {
                ahead_ms: age_ms.saturating_neg(),
            });
        }
        // The shorter of both limits counts.
        let limit_ms = max_age_ms.min(self.expires.saturating_sub(self.issued));
        if age_ms >= limit_ms {
            return Err(StatusError::Stale { age_ms, limit_ms });
        }
        Ok(())
    }

    /// Checks that it comes after one that was seen before, and lacks nothing that was revoked then.
    ///
    /// # Errors
    /// [`StatusError::Rollback`] or [`StatusError::Forgot`].
    pub fn check_after(&self, seen: &Self) -> Result<(), StatusError> {
        if self.issued < seen.issued || self.size < seen.size {
            return Err(StatusError::Rollback);
        }
        for old in &seen.revoked {
            if self.revocation(&old.release).is_none() {
                return Err(StatusError::Forgot {
                    what: format!("{} {}", old.name, old.version),
                });
            }
        }
        for old in &seen.revoked_keys {
            // A revocation may be found to reach back further, never less far.
            if self
                .key_revocation(&old.key)
                .is_none_or(|new| new.from > old.from)
            {
                return Err(StatusError::Forgot {
                    what: format!("the key {}", old.key),
                });
            }
        }
        Ok(())
    }

    /// Whether this release must not run.
    #[must_use]
    pub fn revocation(&self, release: &Digest) -> Option<&RevokedRelease> {
        let at = self.revoked.binary_search_by_key(release, |it| it.release);
        self.revoked.get(at.ok()?)
    }

    /// Whether this key was revoked.
    #[must_use]
    pub fn key_revocation(&self, key: &PublicKey) -> Option<&RevokedKey> {
        let at = self.revoked_keys.binary_search_by_key(key, |it| it.key);
        self.revoked_keys.get(at.ok()?)
    }

    /// Whether this release is not offered.
    #[must_use]
    pub fn yank(&self, release: &Digest) -> Option<&YankedRelease> {
        let at = self.yanked.binary_search_by_key(release, |it| it.release);
        self.yanked.get(at.ok()?)
    }

    /// Whether the licence of this order does not count any more.
    #[must_use]
    pub fn is_refunded(&self, order: &Digest) -> bool {
        let found = self.refunded.binary_search_by_key(order, |it| it.order);
        found.is_ok()
    }

    fn check(&self) -> Result<(), StatusError> {
        let wrong = |field, problem| Err(StatusError::Value { field, problem });
        if !(0..=MAX_TIME_MS).contains(&self.issued) {
            return wrong("issued", "must be milliseconds from 1970 to 9999");
        }
        if !(self.issued..=MAX_TIME_MS).contains(&self.expires) {
            return wrong(
                "expires",
                "must be after `issued`, and before the year 10000",
            );
        }
        // Searching relies on it.
        if !self.revoked.is_sorted_by(|a, b| a.release < b.release) {
            return wrong("revoked", "must be in the order of the digests, each once");
        }
        if !self.revoked_keys.is_sorted_by(|a, b| a.key < b.key) {
            return wrong(
                "revoked-keys",
                "must be in the order of the keys, each once",
            );
        }
        if !self.yanked.is_sorted_by(|a, b| a.release < b.release) {
            return wrong("yanked", "must be in the order of the digests, each once");
        }
        if !self.refunded.is_sorted_by(|a, b| a.order < b.order) {
            return wrong("refunded", "must be in the order of the ids, each once");
        }
        Ok(())
    }
}

fn check_size(envelope: &[u8]) -> Result<(), StatusError> {
    if envelope.len() > MAX_STATUS_BYTES {
        return Err(StatusError::TooLarge {
            size: envelope.len(),
        });
    }
    Ok(())
}
