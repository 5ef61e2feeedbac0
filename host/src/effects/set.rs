//! The effect set of a run and its hash: what a person approves.

use super::Effect;
use crate::capabilities::files::{GrantLocation, Pin};
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

/// Everything an approval binds to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectSet {
    /// The run that staged it.
    pub invocation: String,
    /// Digest of the skill's bytes.
    pub skill: Digest,
    /// Operation that ran.
    pub operation: String,
    /// Hash of the invocation's grants.
    pub grants: Digest,
    /// Where the granted files and folders are.
    pub locations: Vec<GrantLocation>,
    /// What was read, by digest; a change refuses the commit.
    pub inputs: Vec<Pin>,
    /// The effects, in the order they were staged.
    pub effects: Vec<Effect>,
}

impl EffectSet {
    /// SHA-256 over the canonical JSON (RFC 8785) of the set.
    ///
    /// # Errors
    /// If the set can't be written as canonical JSON, which a set made by the host always can.
    pub fn hash(&self) -> Result<Digest, serde_json::Error> {
        canonical_digest(self)
    }
}

/// SHA-256 over canonical JSON of any value.
pub(crate) fn canonical_digest<T: Serialize>(value: &T) -> Result<Digest, serde_json::Error> {
    serde_json_canonicalizer::to_vec(value).map(|bytes| Digest::of(&bytes))
}
