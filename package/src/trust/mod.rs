//! What a merchant can prove about a skill: who released it, who reviewed it, that it is in the public log, and that it was
//! not taken back.
//!
//! Pure: no file, no socket, no clock. Time is an argument, in milliseconds since 1970.

pub mod bundle;
pub mod canonical;
pub mod dsse;
pub mod error;
pub mod evidence;
pub mod keys;
pub mod log;
pub mod monitor;
pub mod release;
pub mod root;
pub mod statement;
pub mod status;
pub mod verify;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod dsse_tests;

pub use error::TrustError;
pub use evidence::{Consistency, Evidence, Logged, Policy, TrustState};
pub use keys::{PublicKey, PublicKeyError, SigningKey};
pub use monitor::LogState;
pub use release::{Artifact, ReleaseError};
pub use root::{RootFile, TrustedRoot};
pub use statement::{PublisherStatement, ReviewStatement};
pub use status::Status;
pub use verify::{Verified, Wanted, verify_log, verify_release};
