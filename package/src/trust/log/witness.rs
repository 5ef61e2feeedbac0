//! What a witness decides, by C2SP `tlog-witness`. Pure: who calls it keeps the state.
//!
//! [`AddCheckpoint::parse`] reads a request, [`AddCheckpoint::authenticate`] finds whose it is, and [`decide`] compares it
//! with what was seen last. Reading that state, [`decide`] and writing the new state must be one transaction, and the new
//! state must be durable before the cosignature is handed out: otherwise two requests at once could roll a log back.

use std::fmt::Write as _;

use super::checkpoint::{CheckpointError, SignedCheckpoint, TreeHead, decimal};
use super::hash::TreeHash;
use super::merkle::{ProofError, verify_consistency};
use super::note::{MAX_NOTE_BYTES, NoteError, VerifierKey};

/// Most hashes of a request's consistency proof.
pub const MAX_PROOF_LINES: usize = 63;
/// Longest request in bytes.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 64 * 46;

/// The request `add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the checkpoint that this witness is thought to have cosigned last; 0 for none.
    pub old: u64,
    /// Consistency proof from there.
    pub proof: Vec<TreeHash>,
    /// The new checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// A log that a witness watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedLog {
    /// Its origin.
    pub origin: String,
    /// Its keys; more than one while it changes them. Never empty.
    pub keys: Vec<VerifierKey>,
}

/// Why a witness does not cosign. Each has its HTTP status and body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRefusal {
    /// 400: not a request of this form.
    #[error("the request is not an add-checkpoint: {0}")]
    Malformed(String),
    /// 400: the proof would be from a larger size to a smaller one.
    #[error("the old size {old} is above the checkpoint's {new}; a log only grows")]
    OldAboveNew {
        /// The old size of the request.
        old: u64,
        /// Size of the checkpoint.
        new: u64,
    },
    /// 404: a log that is not watched.
    #[error("this witness does not watch the log `{origin}`; ask its operator to add it")]
    UnknownLog {
        /// Origin, made safe to show.
        origin: String,
    },
    /// 403: not signed by the log.
    #[error("{0}")]
    NotSigned(CheckpointError),
    /// 409: another size was cosigned last.
    #[error(
        "the last cosigned size is {size}, and the request starts from {old}; send a proof from {size}"
    )]
    OtherSize {
        /// Size that was cosigned last, 0 for none.
        size: u64,
        /// The old size of the request.
        old: u64,
    },
    /// 409: two different trees of the same size, both signed by the log.
    #[error(
        "at size {size} this witness has cosigned another root hash: the log has two histories"
    )]
    Fork {
        /// Size of both.
        size: u64,
    },
    /// 422: the proof does not show that the log grew.
    #[error("{0}")]
    Inconsistent(ProofError),
}

impl WitnessRefusal {
    /// The HTTP status that goes with it.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::OldAboveNew { .. } => 400,
            Self::NotSigned(_) => 403,
            Self::UnknownLog { .. } => 404,
            Self::OtherSize { .. } | Self::Fork { .. } => 409,
            Self::Inconsistent(_) => 422,
        }
    }

    /// The size that a 409 must carry in its body: of the last checkpoint that was cosigned. Its content type is
    /// [`SIZE_TYPE`].
    #[must_use]
    pub fn conflict_body(&self) -> Option<String> {
        match self {
            Self::OtherSize { size, .. } | Self::Fork { size } => Some(format!("{size}\n")),
            _ => None,
        }
    }
}

/// Content type of a 409's body.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

impl AddCheckpoint {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// [`WitnessRefusal::Malformed`] for everything that is not byte for byte what [`AddCheckpoint::to_body`] writes.
    pub fn parse(body: &[u8]) -> Result<Self, WitnessRefusal> {
        let malformed = |problem: &str| WitnessRefusal::Malformed(problem.to_owned());
        if body.len() > MAX_REQUEST_BYTES {
            return Err(malformed("it is too long"));
        }
        let text = std::str::from_utf8(body).map_err(|_| malformed("it is not text in UTF-8"))?;
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or_else(|| malformed("no empty line stands before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .and_then(decimal)
            .ok_or_else(|| malformed("its first line is not `old SIZE`"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == MAX_PROOF_LINES {
                return Err(malformed("its proof has more than 63 hashes"));
            }
            proof.push(
                line.parse()
                    .map_err(|_| malformed("a line of its proof is not a hash in base64"))?,
            );
        }
        let checkpoint = SignedCheckpoint::parse(checkpoint.as_bytes())
            .map_err(|error| WitnessRefusal::Malformed(error.to_string()))?;
        Ok(Self {
            old,
            proof,
            checkpoint,
        })
    }

    /// The body of a request.
    #[must_use]
    pub fn to_body(&self) -> String {
        let mut out = format!("old {}\n", self.old);
        for hash in &self.proof {
            // Writing to a String does not fail.
            let _ = writeln!(out, "{hash}");
        }
        out.push('\n');
        out.push_str(&self.checkpoint.to_text());
        out
    }

    /// Finds the log whose checkpoint this is, and checks that the log signed it.
    ///
    /// # Errors
    /// [`WitnessRefusal::UnknownLog`], [`WitnessRefusal::NotSigned`], and [`WitnessRefusal::OldAboveNew`].
    pub fn authenticate<'a>(
        &self,
        watched: &'a [WatchedLog],
    ) -> Result<&'a WatchedLog, WitnessRefusal> {
        let claimed = self.checkpoint.unverified();
        let log = watched
            .iter()
            .find(|log| log.origin == claimed.origin)
            .ok_or_else(|| WitnessRefusal::UnknownLog {
                origin: crate::text::plain(&claimed.origin, 100),
            })?;
        let checkpoint = self
            .checkpoint
            .verify(&log.origin, &log.keys)
            .map_err(WitnessRefusal::NotSigned)?;
        if self.old > checkpoint.head.size {
            return Err(WitnessRefusal::OldAboveNew {
                old: self.old,
                new: checkpoint.head.size,
            });
        }
        Ok(log)
    }
}

/// Whether a checkpoint that was authenticated may be cosigned, given the last one that was. The answer is what has to be
/// remembered, durably, before the cosignature is handed out.
///
/// # Errors
/// [`WitnessRefusal::OtherSize`], [`WitnessRefusal::Fork`] or [`WitnessRefusal::Inconsistent`].
pub fn decide(
    last: Option<&TreeHead>,
    request: &AddCheckpoint,
) -> Result<TreeHead, WitnessRefusal> {
    let empty = TreeHead {
        size: 0,
        root: TreeHash::empty(),
    };
    let last = last.unwrap_or(&empty);
    let new = request.checkpoint.unverified().head;
    if request.old != last.size {
        return Err(WitnessRefusal::OtherSize {
            size: last.size,
            old: request.old,
        });
    }
    if new.size == last.size && new.root != last.root {
        return Err(WitnessRefusal::Fork { size: last.size });
    }
    verify_consistency(
        (last.size, &last.root),
        (new.size, &new.root),
        &request.proof,
    )
    .map_err(WitnessRefusal::Inconsistent)?;
    Ok(new)
}

impl From<NoteError> for WitnessRefusal {
    fn from(error: NoteError) -> Self {
        Self::Malformed(error.to_string())
    }
}
