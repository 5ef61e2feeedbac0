//! What proves a release, in one answer: `GET /api/v1/releases/{publisher}/{skill}/{version}/evidence`. The component
//! comes as a blob. Nothing here is believed before `trust::verify_release`.

use serde::{Deserialize, Serialize};

use crate::trust::evidence::{Consistency, Evidence, Logged};
use crate::trust::log::TreeHash;

/// What the client has already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct EvidenceQuery {
    /// Size of the checkpoint that it saw last: the answer proves that the log only grew since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u64>,
    /// Version of the root file that it has: the answer holds those after it. Without it, all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<u64>,
}

/// The evidence. Documents stand as text, exactly their bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseEvidence {
    /// The image manifest.
    pub manifest: String,
    /// The config.
    pub config: String,
    /// The publisher's signed statement.
    pub publisher_statement: String,
    /// The marketplace's signed statement.
    pub review_statement: String,
    /// The log entry of the release.
    pub release: LoggedEntry,
    /// The log entry that granted the publisher's key.
    pub key: LoggedEntry,
    /// The checkpoint with its cosignatures.
    pub checkpoint: String,
    /// Size that `consistency` starts from: as asked for, 0 otherwise.
    pub seen: u64,
    /// That the log only grew since `seen`.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub consistency: Vec<TreeHash>,
    /// The signed status.
    pub status: String,
    /// The consistency proof from the smaller to the larger of status and checkpoint.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub status_consistency: Vec<TreeHash>,
    /// Root files, oldest first.
    pub roots: Vec<String>,
}

/// An entry of the log, and the proof that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedEntry {
    /// Its canonical JSON.
    pub entry: String,
    /// Its index, from 0.
    pub index: u64,
    /// Inclusion proof in the tree of the checkpoint.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub proof: Vec<TreeHash>,
}

impl From<LoggedEntry> for Logged {
    fn from(entry: LoggedEntry) -> Self {
        Self {
            entry: entry.entry.into_bytes(),
            index: entry.index,
            proof: entry.proof,
        }
    }
}

impl ReleaseEvidence {
    /// All that has to be verified, with the component.
    #[must_use]
    pub fn with_component(self, component: Vec<u8>) -> Evidence {
        Evidence {
            component,
            manifest: self.manifest.into_bytes(),
            config: self.config.into_bytes(),
            publisher_statement: self.publisher_statement.into_bytes(),
            review_statement: self.review_statement.into_bytes(),
            release: self.release.into(),
            key: self.key.into(),
            checkpoint: self.checkpoint.into_bytes(),
            consistency: Consistency::from_proof(self.seen, self.consistency),
            status: self.status.into_bytes(),
            status_consistency: self.status_consistency,
            roots: self.roots.into_iter().map(String::into_bytes).collect(),
        }
    }
}
