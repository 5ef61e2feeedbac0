//! Encryption at rest, and commitments to what is not kept.
//!
//! From one master key HKDF-SHA256 derives a key for each purpose, so that what is made for one purpose never opens,
//! or counts, as another. Sealing is XChaCha20-Poly1305 with a random nonce of 24 bytes, which never repeats by
//! chance. A sealed value is `ghv1`, the nonce, the ciphertext and its tag of 16 bytes; the format, the purpose and
//! the context are bound to it.

mod commitment;
mod error;
mod redact;
mod sealer;

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::keys::SecretKey32;

pub use commitment::{Commitment, CommitmentError, Commitments};
pub use error::VaultError;
pub use redact::redact;
pub use sealer::Sealer;

/// Keeps these derivations apart from everything else that could be derived from the same master key.
const SALT: &[u8] = b"guildhall vault 1";

/// A master key, ready to derive from: the store's, or that of one run.
#[derive(Clone)]
pub struct Vault {
    master: Hkdf<Sha256>,
}

/// What a derived key is for; part of its derivation.
#[derive(Clone, Copy)]
enum Use {
    Seal,
    Commit,
    Fingerprint,
}

impl Vault {
    /// A vault over a master key, which is wiped.
    #[must_use]
    // By value: one owner of the master key less.
    pub fn new(master: SecretKey32) -> Self {
        Self {
            master: Hkdf::new(Some(SALT), master.expose()),
        }
    }

    /// Seals and opens for one purpose, such as `secrets` or `payloads`.
    ///
    /// # Errors
    /// [`VaultError::Derivation`], which no purpose that fits into memory causes.
    pub fn sealer(&self, purpose: &'static str) -> Result<Sealer, VaultError> {
        Ok(Sealer::new(&*self.derive(Use::Seal, &[purpose])?, purpose))
    }

    /// Commits to bytes of one run for one purpose. Commitments of two runs to the same bytes differ, so that they
    /// tell nobody without the key that the bytes were the same.
    ///
    /// # Errors
    /// [`VaultError::Derivation`], which no purpose that fits into memory causes.
    pub fn commitments(&self, purpose: &'static str, run: &str) -> Result<Commitments, VaultError> {
        Commitments::new(&*self.derive(Use::Commit, &[purpose, run])?)
    }

    /// Sixteen hexadecimal digits that tell this master key from another and nothing else about it. Kept beside sealed
    /// data, they show at once that a key was lost or exchanged, before anything is sealed with the wrong one.
    ///
    /// # Errors
    /// [`VaultError::Derivation`], which does not happen.
    pub fn fingerprint(&self) -> Result<String, VaultError> {
        let derived = self.derive(Use::Fingerprint, &[])?;
        Ok(hex::encode(derived.first_chunk::<8>().unwrap_or(&[0; 8])))
    }

    fn derive(&self, to: Use, parts: &[&str]) -> Result<Zeroizing<[u8; 32]>, VaultError> {
        let label = match to {
            Use::Seal => "seal",
            Use::Commit => "commit",
            Use::Fingerprint => "fingerprint",
        };
        let mut info = framed(label.as_bytes());
        for part in parts {
            info.extend(framed(part.as_bytes()));
        }
        let mut key = Zeroizing::new([0; 32]);
        self.master
            .expand(&info, key.as_mut_slice())
            .map_err(|_| VaultError::Derivation)?;
        Ok(key)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}

/// The bytes with their length in front, so that no two lists of parts read the same.
fn framed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 8);
    out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    out.extend_from_slice(bytes);
    out
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod redact_tests;
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]
mod tests;
