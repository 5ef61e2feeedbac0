//! Seeds of the randomness that guests see.

use super::{HostError, lock};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use std::sync::Mutex;

/// A generator that the operating system seeded once: asking it for every run would cost as much as a small run.
pub(super) struct Seeds(Mutex<ChaCha20Rng>);

impl Seeds {
    pub(super) fn new() -> Result<Self, HostError> {
        let mut seed = [0; 32];
        rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty())
            .map_err(|error| HostError::Setup(format!("no randomness: {error}")))?;
        Ok(Self(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }

    /// The seed of one run.
    pub(super) fn next(&self) -> [u8; 32] {
        let mut seed = [0; 32];
        lock(&self.0).fill_bytes(&mut seed);
        seed
    }
}
