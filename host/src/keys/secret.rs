//! Thirty-two secret bytes.

use std::fmt;
use std::io;

use rustix::io::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use zeroize::Zeroizing;

use super::KeyError;

/// A secret key of 32 bytes. Wiped when dropped; its `Debug` form shows nothing of it.
#[derive(Clone)]
// In a box, so that moving the key leaves no copy behind.
pub struct SecretKey32(Box<Zeroizing<[u8; 32]>>);

impl SecretKey32 {
    /// A new key from the system's random source.
    ///
    /// # Errors
    /// [`KeyError::Random`] if the system has no randomness.
    pub fn random() -> Result<Self, KeyError> {
        let mut key = Self::blank();
        fill_random(key.0.as_mut_slice()).map_err(|source| KeyError::Random { source })?;
        Ok(key)
    }

    /// A key that was made elsewhere. Wiping `bytes` is left to the caller.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let mut key = Self::blank();
        key.0.copy_from_slice(bytes);
        key
    }

    /// The key itself. Whoever copies it has to wipe the copy.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    fn blank() -> Self {
        Self(Box::new(Zeroizing::new([0; 32])))
    }
}

impl fmt::Debug for SecretKey32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey32(..)")
    }
}

/// Fills `bytes` from the system's random source, waiting for it if the machine has only just started.
///
/// # Errors
/// What the system says if it has none.
pub fn fill_random(bytes: &mut [u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        match getrandom(&mut *rest, GetRandomFlags::empty()) {
            Ok(filled) => rest = rest.get_mut(filled..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
