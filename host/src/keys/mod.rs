//! The host's own keys: the master key of the store, the key that signs receipts, and one key for each run whose
//! payloads must become unreadable when it ends.
//!
//! [`KeyFolder`] keeps them as files that only this user can read, and refuses files that others could have read or
//! put there. Whoever has the user's files has these keys: they protect a copied database, a backup or a stolen
//! disk image without the folder, not against the user's own programs. An embedder with a better place (a keyring of
//! the operating system, a security module) implements [`KeySource`].

mod disk;
mod error;
mod folder;
mod run;
mod secret;

pub use error::KeyError;
pub use folder::KeyFolder;
pub use run::RunKeys;
pub use secret::{SecretKey32, fill_random};

/// Name of the key from which everything that is sealed at rest derives its own.
pub const STORE: &str = "store";
/// Name of the Ed25519 seed that signs receipts.
pub const RECEIPTS: &str = "receipts";

/// Where the host takes its long-lived keys from.
pub trait KeySource: Send + Sync {
    /// The key of this name: the same at every call, made at the first.
    ///
    /// # Errors
    /// [`KeyError`] if the key can't be read or made, or can't be trusted; [`KeyError::Source`] is for implementors.
    fn secret(&self, name: &str) -> Result<SecretKey32, KeyError>;
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod run_tests;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
