//! Why a release is not installed: which check failed, what that could mean, and what to do.

use super::log::checkpoint::CheckpointError;
use super::log::entry::EntryError;
use super::log::merkle::ProofError;
use super::log::note::NoteError;
use super::release::ReleaseError;
use super::root::{RootError, duration};
use super::statement::StatementError;
use super::status::StatusError;
use crate::digest::Digest;

/// Which of the two log entries of a release is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The entry of the release.
    Release,
    /// The entry that grants the publisher's key.
    Key,
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Release => "release",
            Self::Key => "publisher's key",
        })
    }
}

/// Why a release is not installed. Each check has its variant; nothing of the release may be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The marketplace's own keys can't be relied on.
    #[error("root file: {0}")]
    Root(#[from] RootError),
    /// The log's state is not what the log signed.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint has lines that no witness vouches for.
    #[error(
        "checkpoint: it has further lines, for which no witness vouches; this marketplace writes none, so it was made by something else: get a new one"
    )]
    Extensions,
    /// A witness's signature does not fit.
    #[error("witnesses: {0}")]
    Cosignature(NoteError),
    /// Too few witnesses saw the log's state.
    #[error(
        "witnesses: {found} of the witnesses of the root file cosigned the log's state and {needed} must: the log may be showing you another history than others; try again in a minute, and if it stays, ask the operator which witness is missing"
    )]
    Witnesses {
        /// Distinct witnesses that cosigned.
        found: usize,
        /// How many must.
        needed: u32,
    },
    /// Witnesses saw the log's state too long ago.
    #[error(
        "witnesses: the log's state was cosigned {} ago and counts for {}: an old state is being served, which may hide what was revoked since; get a new one, or a new bundle, and check this computer's clock",
        duration(*age_ms),
        duration(*limit_ms)
    )]
    WitnessesStale {
        /// How old the cosignature is that would make the threshold, in milliseconds.
        age_ms: i64,
        /// How old it may be, in milliseconds.
        limit_ms: i64,
    },
    /// The log's state is older than one that was seen.
    #[error(
        "consistency: the log has {found} entries here and had {seen} when this computer last saw it: an old state is being served, or entries were taken out; if this is a bundle file that was made earlier, make a new one, otherwise don't go on and ask the operator by another way"
    )]
    Rollback {
        /// Size that was seen.
        seen: u64,
        /// Size of this checkpoint.
        found: u64,
    },
    /// It is not shown that the log only grew.
    #[error(
        "consistency: nothing shows that the log grew from the {seen} entries that this computer saw last to the {found} here; if this is a bundle file, make one with `--since {seen}`, otherwise try again"
    )]
    NoConsistency {
        /// Size that was seen.
        seen: u64,
        /// Size of this checkpoint.
        found: u64,
    },
    /// The log did not only grow.
    #[error(
        "consistency: {0}; it may be that the log shows you another history than it showed before (a fork). Don't go on, keep both checkpoints, and tell the witnesses' operators"
    )]
    Fork(ProofError),
    /// The signed status can't be relied on.
    #[error("status: {0}")]
    Status(#[from] StatusError),
    /// The status is about another history than the checkpoint.
    #[error(
        "status: it is about another history of the log than the checkpoint ({0}); the two were mixed, or the log has a fork: get both again, and if it stays, tell the operator"
    )]
    StatusFork(ProofError),
    /// An entry is none.
    #[error("log entry of the {which}: {error}")]
    Entry {
        /// Which entry.
        which: Which,
        /// What is wrong.
        error: EntryError,
    },
    /// An entry is of another kind.
    #[error(
        "log entry of the {which}: it is an entry of another kind; the evidence was put together from parts that do not belong together, get it again"
    )]
    EntryKind {
        /// Which entry.
        which: Which,
    },
    /// An entry is not in the log.
    #[error(
        "inclusion: the log entry of the {which} is not shown to be in the log ({error}); a release that is not in the log nobody could have seen, so it is not taken: get the evidence again"
    )]
    Inclusion {
        /// Which entry.
        which: Which,
        /// What is wrong.
        error: ProofError,
    },
    /// The release is logged ahead of time.
    #[error(
        "log entry of the release: it is dated {} ahead of this computer's clock; set the clock right, and if it is, tell the log's operator",
        duration(*ahead_ms)
    )]
    Future {
        /// How far ahead, in milliseconds.
        ahead_ms: i64,
    },
    /// The key was not granted to this publisher before the release.
    #[error(
        "publisher's key: the log did not grant the key {key} to `{publisher}` before this release ({problem}); somebody else may be releasing under that name, so ask the publisher by another way"
    )]
    KeyGrant {
        /// The key that signed, as text.
        key: String,
        /// The publisher.
        publisher: String,
        /// What the entry says instead.
        problem: &'static str,
    },
    /// Image manifest, config and component are not what they must be.
    #[error("release: {0}")]
    Release(#[from] ReleaseError),
    /// What was given is not what the log says was released.
    #[error(
        "digest: the {what} is not the one that the log says was released: it was exchanged on the way, or the log entry of another release was put with it; get it again"
    )]
    Digest {
        /// What differs.
        what: &'static str,
    },
    /// The publisher's statement can't be relied on.
    #[error("publisher's signature: {0}")]
    Publisher(StatementError),
    /// The publisher's statement is about something else.
    #[error(
        "publisher's signature: it is about another {what} than this release; a genuine statement was put with something that it is not about, so nothing of it is taken"
    )]
    PublisherOther {
        /// What differs.
        what: &'static str,
    },
    /// The review statement can't be relied on.
    #[error(
        "review signature: {0}; only what a reviewer of the root file signed counts as reviewed"
    )]
    Review(StatementError),
    /// The review statement is about something else.
    #[error(
        "review signature: it is about another {what} than this release; a genuine review was put with something that was not reviewed, so nothing of it is taken"
    )]
    ReviewOther {
        /// What differs.
        what: &'static str,
    },
    /// The publisher's key was revoked.
    #[error(
        "revocation: the publisher's key was revoked for releases from before this one on; somebody else may have signed it, so wait for a release with another key"
    )]
    KeyRevoked {
        /// From when, in milliseconds since 1970.
        from: i64,
        /// When the release was logged, in milliseconds since 1970.
        at: i64,
    },
    /// The release was revoked.
    #[error(
        "revocation: this release was revoked and must not run; the marketplace says why: \"{reason}\". Look for a newer one"
    )]
    Revoked {
        /// Its digest.
        release: Digest,
        /// Why, in the words of whoever revoked it, made safe to show.
        reason: String,
    },
    /// It is a good release, and not the one that was asked for.
    #[error(
        "name: this is {found}, and {wanted} was asked for: another release was put in its place; ask again, and if it stays, tell the operator"
    )]
    NotWanted {
        /// What was asked for.
        wanted: String,
        /// What it is.
        found: String,
    },
}

impl TrustError {
    /// The check that failed, in a word or two, for programs and headings.
    #[must_use]
    pub const fn check(&self) -> &'static str {
        match self {
            Self::Root(_) => "root",
            Self::Checkpoint(_) | Self::Extensions => "checkpoint",
            Self::Cosignature(_) | Self::Witnesses { .. } | Self::WitnessesStale { .. } => {
                "witnesses"
            }
            Self::Rollback { .. } | Self::NoConsistency { .. } | Self::Fork(_) => "consistency",
            Self::Status(_) | Self::StatusFork(_) => "status",
            Self::Entry { .. } | Self::EntryKind { .. } | Self::Future { .. } => "log-entry",
            Self::Inclusion { .. } => "inclusion",
            Self::KeyGrant { .. } => "publisher-key",
            Self::Release(_) => "release",
            Self::Digest { .. } => "digest",
            Self::Publisher(_) | Self::PublisherOther { .. } => "publisher-signature",
            Self::Review(_) | Self::ReviewOther { .. } => "review-signature",
            Self::KeyRevoked { .. } | Self::Revoked { .. } => "revocation",
            Self::NotWanted { .. } => "name",
        }
    }
}
