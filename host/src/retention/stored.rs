//! What is kept of a tenant, in numbers.

use serde::{Deserialize, Serialize};

/// What is kept of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Runs.
    pub runs: u64,
    /// Of them, those that keep everything.
    pub full: u64,
    /// Those that keep commitments only.
    pub hashes: u64,
    /// Those that keep nothing.
    pub none: u64,
    /// When the oldest of them began, in milliseconds since the Unix epoch.
    pub oldest_run_ms: Option<i64>,
    /// What is in the store, by kind.
    pub kinds: Vec<StoredKind>,
    /// Size of the store on disk in bytes, of all tenants; 0 in memory.
    pub file_bytes: u64,
}

/// One kind of thing that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredKind {
    /// Which.
    pub what: StoredWhat,
    /// How many.
    pub count: u64,
    /// Their size in bytes, without what the store adds.
    pub bytes: u64,
}

/// Kinds of things that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredWhat {
    /// What runs were given.
    Inputs,
    /// What they answered.
    Outputs,
    /// What they asked the host, and its answers.
    Calls,
    /// What they staged: facts, contents, and what files held before.
    Effects,
    /// What skills remember.
    State,
    /// Payment orders; their size is that of names and documents, encrypted.
    Payments,
    /// Whom was paid.
    Payees,
    /// Standing mandates.
    Mandates,
    /// Secrets, encrypted.
    Secrets,
    /// Entries of the audit log.
    Audit,
}

impl StoredWhat {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Inputs,
        Self::Outputs,
        Self::Calls,
        Self::Effects,
        Self::State,
        Self::Payments,
        Self::Payees,
        Self::Mandates,
        Self::Secrets,
        Self::Audit,
    ];
}
