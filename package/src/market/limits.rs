//! How much a marketplace takes. A client checks the same before it sends.

/// Longest component in bytes: what [`crate::ReadLimits`] takes by default.
pub const MAX_COMPONENT: u64 = 32 << 20;
/// Longest tar of golden cases in bytes.
pub const MAX_GOLDEN: u64 = 8 << 20;
/// Most files in a tar of golden cases.
pub const MAX_GOLDEN_FILES: usize = 2_000;
/// Longest OCI image manifest in bytes.
pub const MAX_MANIFEST: u64 = 256 << 10;
/// Longest OCI config in bytes.
pub const MAX_CONFIG: u64 = 1 << 20;
/// Longest signed statement in bytes.
pub const MAX_STATEMENT: u64 = 256 << 10;
/// Longest JSON request in bytes.
pub const MAX_JSON: u64 = 64 << 10;
/// Longest report of a reviewer in bytes.
pub const MAX_REPORT: u64 = 1 << 20;
/// Longest reason that a person gives, in characters.
pub const MAX_REASON: usize = 280;
/// Shortest password in characters.
pub const MIN_PASSWORD: usize = 12;
/// Longest password in bytes; longer ones only keep the hash busy.
pub const MAX_PASSWORD: usize = 256;
/// Longest life of a token in days.
pub const MAX_TOKEN_DAYS: u32 = 366;
/// Life of a token in days when none is asked for.
pub const DEFAULT_TOKEN_DAYS: u32 = 90;
