//! What a client is given with a release, and what it knows already.

use super::log::checkpoint::TreeHead;
use super::log::hash::TreeHash;
use super::log::merkle::consistency_proof;
use super::log::tiles::Leaves;
use super::root::{RootError, TrustedRoot};
use super::status::Status;

/// How long a checkpoint and a status are relied on, by default: 24 hours.
pub const DEFAULT_MAX_AGE_MS: i64 = 24 * 60 * 60 * 1000;
/// How far the clocks of others may be ahead, by default: 5 minutes.
pub const DEFAULT_MAX_AHEAD_MS: i64 = 5 * 60 * 1000;

/// All that shows that a release may be installed. Nothing in it counts before
/// [`verify_release`](super::verify::verify_release).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The component.
    pub component: Vec<u8>,
    /// The image manifest.
    pub manifest: Vec<u8>,
    /// The config.
    pub config: Vec<u8>,
    /// The publisher's signed statement.
    pub publisher_statement: Vec<u8>,
    /// The marketplace's signed statement.
    pub review_statement: Vec<u8>,
    /// The log entry of the release.
    pub release: Logged,
    /// The log entry that granted the publisher's key.
    pub key: Logged,
    /// The log's checkpoint, with its cosignatures.
    pub checkpoint: Vec<u8>,
    /// That the log only grew since the client last looked.
    pub consistency: Consistency,
    /// The signed status.
    pub status: Vec<u8>,
    /// That status and checkpoint are about the same log: the consistency proof from the smaller to the larger of both.
    pub status_consistency: Vec<TreeHash>,
    /// Root files, oldest first: those after the one that the client has, or all.
    pub roots: Vec<Vec<u8>>,
}

/// An entry of the log, and the proof that it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Its bytes.
    pub entry: Vec<u8>,
    /// Its index, from 0.
    pub index: u64,
    /// Inclusion proof in the tree of the checkpoint.
    pub proof: Vec<TreeHash>,
}

/// What shows that a log only grew. Whoever makes a file for somebody else does not know which state that one saw last, and
/// so gives several proofs, or all leaves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consistency {
    /// Consistency proofs to the tree of the checkpoint, each with the size that it starts from.
    pub proofs: Vec<(u64, Vec<TreeHash>)>,
    /// The leaf hashes of all entries of the checkpoint, or none.
    pub leaves: Vec<TreeHash>,
}

impl Consistency {
    /// One proof.
    #[must_use]
    pub fn from_proof(old: u64, proof: Vec<TreeHash>) -> Self {
        Self {
            proofs: vec![(old, proof)],
            leaves: Vec::new(),
        }
    }

    /// The proof from this size to that of the checkpoint, if there is one. Nothing is checked.
    pub(super) fn proof(&self, old: u64, new: u64) -> Option<Vec<TreeHash>> {
        if old == 0 || old == new {
            return Some(Vec::new());
        }
        if let Some((_, proof)) = self.proofs.iter().find(|(from, _)| *from == old) {
            return Some(proof.clone());
        }
        if u64::try_from(self.leaves.len()) != Ok(new) {
            return None;
        }
        consistency_proof(&Leaves(&self.leaves), old, new).ok()
    }
}

/// How strict a client is about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How old cosignatures and status may be, in milliseconds. Default 24 hours.
    pub max_age_ms: i64,
    /// How far the clocks of others may be ahead of this one, in milliseconds. Default 5 minutes.
    pub max_ahead_ms: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_age_ms: DEFAULT_MAX_AGE_MS,
            max_ahead_ms: DEFAULT_MAX_AHEAD_MS,
        }
    }
}

/// What a client knows of a marketplace. Kept from one install to the next: that is how an old or a second history is
/// noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustState {
    /// The root that it pinned.
    pub root: TrustedRoot,
    /// The largest state of the log that it saw.
    pub seen: Option<TreeHead>,
    /// The last status that it saw.
    pub status: Option<Status>,
    /// How strict it is about time.
    pub policy: Policy,
}

impl TrustState {
    /// Of a first contact, after a person has compared the root's fingerprint.
    #[must_use]
    pub fn first_contact(root: TrustedRoot) -> Self {
        Self {
            root,
            seen: None,
            status: None,
            policy: Policy::default(),
        }
    }

    /// The newest root that these files lead to, oldest first. Files before the pinned version are left out of account.
    ///
    /// # Errors
    /// [`RootError`] if one is not the next version of the one before it, or the last one has expired.
    pub fn newest_root(&self, roots: &[Vec<u8>], now_ms: i64) -> Result<TrustedRoot, RootError> {
        let mut newest = self.root.clone();
        for envelope in roots {
            match newest.update(envelope) {
                Ok(next) => newest = next,
                // What came before the pinned version says nothing any more.
                Err(RootError::Rollback { .. })
                    if newest.file().version == self.root.file().version => {}
                Err(error) => return Err(error),
            }
        }
        newest.check_fresh(now_ms)?;
        Ok(newest)
    }
}
