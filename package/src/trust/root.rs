//! The root file: which log, witnesses and reviewers a marketplace stands for, signed, and valid for a time.
//!
//! It is what a client pins at first contact. Each later version is signed by the keys of the version before and by its own,
//! so that a client goes from version to version and never back. The last one must not have expired: who serves an old one
//! for ever is noticed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::canonical::{self, CanonicalError};
use super::dsse::{self, DsseError};
use super::keys::{PublicKey, SigningKey};
use super::log::entry::MAX_TIME_MS;
use super::log::note::{Algorithm, VerifierKey};
use crate::digest::Digest;

/// Type of the envelope's payload.
pub const ROOT_TYPE: &str = "application/vnd.guildhall.root.v1+json";
/// Longest root file, as an envelope, in bytes.
pub const MAX_ROOT_BYTES: usize = 64 << 10;
/// Most root keys.
pub const MAX_ROOT_KEYS: usize = 8;
/// Largest threshold of root keys: a version must fit the signatures of two thresholds.
pub const MAX_ROOT_THRESHOLD: u32 = 4;
/// Most witnesses.
pub const MAX_WITNESSES: usize = 32;
/// Most reviewer keys, former ones included.
pub const MAX_REVIEWERS: usize = 64;

/// What a root file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RootFile {
    /// Counts up by one, from 1.
    pub version: u64,
    /// Valid before this time, in milliseconds since 1970.
    pub expires: i64,
    /// Identity of the log, for ever the same.
    pub origin: String,
    /// The log's key; its name is the origin. It signs checkpoints and the status.
    pub log: VerifierKey,
    /// Witnesses that may cosign.
    pub witnesses: Vec<VerifierKey>,
    /// How many of them must have. 0 says that there is none, and then nobody but the log says that it only grows.
    pub witness_threshold: u32,
    /// Keys of reviewers, with the time in which each reviewed.
    pub reviewers: Vec<ReviewerKey>,
    /// Root keys: they sign root files.
    pub keys: Vec<PublicKey>,
    /// How many of them must sign.
    pub threshold: u32,
}

/// A reviewer's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewerKey {
    /// The key.
    pub key: PublicKey,
    /// It counts for releases that were logged at this time or later, in milliseconds since 1970.
    pub from: i64,
    /// It does not count any more for releases that were logged at this time or later. None while it is in use.
    pub until: Option<i64>,
}

/// A root file that a client relies on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedRoot {
    file: RootFile,
    envelope: Vec<u8>,
    fingerprint: Digest,
}

/// Why a root file is refused.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// Longer than is taken.
    #[error("the root file is {size} bytes long and at most {MAX_ROOT_BYTES} are taken")]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// The envelope or a signature.
    #[error("the root file's envelope: {0}")]
    Envelope(#[from] DsseError),
    /// The payload is no root file.
    #[error("the signed content is no root file: {0}")]
    Form(#[from] CanonicalError),
    /// A value that can't be.
    #[error("the root file's `{field}` {problem}; its operator has to sign a right one")]
    Value {
        /// Which field.
        field: &'static str,
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// Too few of the keys signed that have to.
    #[error(
        "version {version} of the root file is signed by {found} of the root keys that version {by} names, and {needed} must sign: it was not made by those who run this marketplace, or not by enough of them; don't go on with it, and ask the operator by another way"
    )]
    Threshold {
        /// Version of the file.
        version: u64,
        /// Version whose keys were asked for.
        by: u64,
        /// How many signed.
        found: usize,
        /// How many must.
        needed: u32,
    },
    /// An older version than the one that is known.
    #[error(
        "the root file has version {found} and version {known} is known already: somebody serves an old one, whose keys may have been given up since"
    )]
    Rollback {
        /// Version that is known.
        known: u64,
        /// Version of the file.
        found: u64,
    },
    /// A version in between is missing.
    #[error(
        "the root file has version {found} and version {known} is known: the versions in between show that it is the same marketplace; get them too"
    )]
    Gap {
        /// Version that is known.
        known: u64,
        /// Version of the file.
        found: u64,
    },
    /// Two different files have the same version.
    #[error(
        "there are two different root files of version {version}: the root keys were misused, or one of the files is not from this marketplace; don't go on, and ask the operator by another way"
    )]
    Changed {
        /// The version.
        version: u64,
    },
    /// It is of another log.
    #[error(
        "the root file is of the log `{found}` and `{known}` is pinned: it belongs to another marketplace"
    )]
    OtherLog {
        /// Origin that is pinned.
        known: String,
        /// Origin of the file.
        found: String,
    },
    /// It is not valid any more.
    #[error(
        "the root file of version {version} expired {} ago: the marketplace did not renew it, an old one is being served, or this computer's clock is wrong; get the newest one, and check the clock",
        duration(*ago_ms)
    )]
    Expired {
        /// Its version.
        version: u64,
        /// How long ago, in milliseconds.
        ago_ms: i64,
    },
}

/// A time span in words: its largest unit, rounded down.
pub(super) fn duration(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    let (number, unit) = match seconds {
        0..=119 => (seconds, "seconds"),
        120..=7_199 => (seconds / 60, "minutes"),
        7_200..=172_799 => (seconds / 3_600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{number} {unit}")
}

impl RootFile {
    /// Signs it with root keys: those of the version before, and its own.
    ///
    /// # Errors
    /// [`RootError`] for a file that would not be taken.
    pub fn sign(&self, keys: &[&SigningKey]) -> Result<Vec<u8>, RootError> {
        self.check()?;
        let payload = canonical::to_vec(self)?;
        let envelope = dsse::sign_all(ROOT_TYPE, &payload, keys)?.to_bytes()?;
        check_size(&envelope)?;
        Ok(envelope)
    }

    /// Keys of reviewers that count for a release that was logged at this time.
    #[must_use]
    pub fn reviewers_at(&self, at: i64) -> Vec<PublicKey> {
        self.reviewers
            .iter()
            .filter(|reviewer| reviewer.from <= at && reviewer.until.is_none_or(|until| at < until))
            .map(|reviewer| reviewer.key)
            .collect()
    }

    fn check(&self) -> Result<(), RootError> {
        let wrong = |field, problem| Err(RootError::Value { field, problem });
        if self.version == 0 || self.version > u64::from(u32::MAX) {
            return wrong("version", "must count up from 1");
        }
        if !(0..=MAX_TIME_MS).contains(&self.expires) {
            return wrong("expires", "must be milliseconds from 1970 to 9999");
        }
        if self.log.name() != self.origin || self.log.algorithm() != Algorithm::Ed25519 {
            return wrong("log", "must be an Ed25519 key with the origin as its name");
        }
        if self.witnesses.len() > MAX_WITNESSES {
            return wrong("witnesses", "are more than 32");
        }
        if (self.witnesses.iter()).any(|key| key.algorithm() != Algorithm::Cosignature) {
            return wrong("witnesses", "must be keys that cosign (type 4)");
        }
        if !within(0, self.witness_threshold, self.witnesses.len()) {
            return wrong("witness-threshold", "is above the number of witnesses");
        }
        if self.reviewers.is_empty() || self.reviewers.len() > MAX_REVIEWERS {
            return wrong("reviewers", "must be 1 to 64 keys");
        }
        for reviewer in &self.reviewers {
            let until = reviewer.until.unwrap_or(MAX_TIME_MS);
            if !(0..=MAX_TIME_MS).contains(&until) || !(0..=until).contains(&reviewer.from) {
                return wrong(
                    "reviewers",
                    "must each have a time that ends after it begins",
                );
            }
        }
        if self.keys.is_empty() || self.keys.len() > MAX_ROOT_KEYS {
            return wrong("keys", "must be 1 to 8 root keys");
        }
        if !within(1, self.threshold, self.keys.len()) || self.threshold > MAX_ROOT_THRESHOLD {
            return wrong(
                "threshold",
                "must be from 1 to 4, and to the number of keys",
            );
        }
        self.check_distinct()
    }

    /// One key, one task: a key that counted twice, or did two tasks, would make a threshold worth less than it says.
    fn check_distinct(&self) -> Result<(), RootError> {
        let all = std::iter::once(self.log.key())
            .chain(self.witnesses.iter().map(VerifierKey::key))
            .chain(self.reviewers.iter().map(|reviewer| &reviewer.key))
            .chain(&self.keys);
        let mut seen = BTreeSet::new();
        for key in all {
            if !seen.insert(key) {
                return Err(RootError::Value {
                    field: "keys",
                    problem: "of log, witnesses, reviewers and root must all be different",
                });
            }
        }
        Ok(())
    }
}

fn within(least: u32, threshold: u32, keys: usize) -> bool {
    threshold >= least && usize::try_from(threshold).is_ok_and(|threshold| threshold <= keys)
}

fn check_size(envelope: &[u8]) -> Result<(), RootError> {
    if envelope.len() > MAX_ROOT_BYTES {
        return Err(RootError::TooLarge {
            size: envelope.len(),
        });
    }
    Ok(())
}

impl TrustedRoot {
    /// The root file of a first contact, or one that was pinned before. Its own keys must have signed it; that it is the
    /// right one only its [`fingerprint`](Self::fingerprint) tells, compared by a person.
    ///
    /// # Errors
    /// [`RootError`] if it is no root file, or not signed by enough of its own keys.
    pub fn pin(envelope: &[u8]) -> Result<Self, RootError> {
        let root = Self::read(envelope)?;
        root.demand(root.file.version, &root.file.keys, root.file.threshold)?;
        Ok(root)
    }

    /// The root after this file: the next version, or this one again.
    ///
    /// # Errors
    /// [`RootError`] if it is not the next version, or not signed by enough keys of this version and of its own.
    pub fn update(&self, envelope: &[u8]) -> Result<Self, RootError> {
        let next = Self::read(envelope)?;
        let (known, found) = (self.file.version, next.file.version);
        if found < known {
            return Err(RootError::Rollback { known, found });
        }
        if next.file.origin != self.file.origin {
            return Err(RootError::OtherLog {
                known: self.file.origin.clone(),
                found: next.file.origin,
            });
        }
        if found == known {
            return if next.file == self.file {
                Ok(self.clone())
            } else {
                Err(RootError::Changed { version: found })
            };
        }
        if found != known + 1 {
            return Err(RootError::Gap { known, found });
        }
        next.demand(known, &self.file.keys, self.file.threshold)?;
        next.demand(found, &next.file.keys, next.file.threshold)?;
        Ok(next)
    }

    /// Checks that it has not expired.
    ///
    /// # Errors
    /// [`RootError::Expired`].
    pub fn check_fresh(&self, now_ms: i64) -> Result<(), RootError> {
        if now_ms < self.file.expires {
            return Ok(());
        }
        Err(RootError::Expired {
            version: self.file.version,
            ago_ms: now_ms.saturating_sub(self.file.expires),
        })
    }

    /// What it says.
    #[must_use]
    pub const fn file(&self) -> &RootFile {
        &self.file
    }

    /// The signed file, for keeping it.
    #[must_use]
    pub fn envelope(&self) -> &[u8] {
        &self.envelope
    }

    /// Digest of what is signed: what a person compares at first contact.
    #[must_use]
    pub const fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// Reads a file whose signatures are not checked yet.
    fn read(envelope: &[u8]) -> Result<Self, RootError> {
        check_size(envelope)?;
        let parsed = dsse::Envelope::parse(envelope)?;
        parsed.expect_type(ROOT_TYPE)?;
        let payload = parsed.unverified_payload()?;
        let file: RootFile = canonical::parse(&payload, MAX_ROOT_BYTES)?;
        file.check()?;
        Ok(Self {
            file,
            envelope: envelope.to_vec(),
            fingerprint: Digest::of(&payload),
        })
    }

    fn demand(&self, by: u64, keys: &[PublicKey], needed: u32) -> Result<(), RootError> {
        let found = dsse::verify_known(&self.envelope, keys, ROOT_TYPE)?
            .keys
            .len();
        if usize::try_from(needed).is_ok_and(|needed| found >= needed) {
            return Ok(());
        }
        Err(RootError::Threshold {
            version: self.file.version,
            by,
            found,
            needed,
        })
    }
}
