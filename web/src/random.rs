//! Random bytes of the system.

use rustix::rand::{GetRandomFlags, getrandom};
use zeroize::Zeroizing;

/// The system has no random bytes.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the system gave no random numbers: {0}; look at what stops it, and start again")]
pub struct NoRandom(String);

/// 32 random bytes.
///
/// # Errors
/// [`NoRandom`].
pub fn random() -> Result<Zeroizing<[u8; 32]>, NoRandom> {
    let mut bytes = Zeroizing::new([0; 32]);
    let mut rest: &mut [u8] = &mut *bytes;
    while !rest.is_empty() {
        let filled = getrandom(&mut *rest, GetRandomFlags::empty())
            .map_err(|error| NoRandom(error.to_string()))?;
        rest = rest.get_mut(filled..).unwrap_or_default();
    }
    Ok(bytes)
}
