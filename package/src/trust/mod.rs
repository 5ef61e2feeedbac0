//! What a merchant can prove about a skill: who released it, who reviewed it, that it is in the public log, and that it was
//! not taken back.
//!
//! Pure: no file, no socket, no clock. Time is an argument, in milliseconds since 1970.

pub mod canonical;
pub mod dsse;
pub mod keys;
pub mod log;
pub mod release;
pub mod statement;

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod dsse_tests;

pub use keys::{PublicKey, PublicKeyError, SigningKey};
