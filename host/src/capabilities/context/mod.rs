//! `context`: time, randomness, language and settings. Grants nothing.
//!
//! Calls are counted, not recorded one by one: seed, start time and the times of recorded events give them again.

use crate::capabilities::bindings::guildhall::skill::{context, types};
use crate::capabilities::{to_guest, trap};
use crate::guest::Guest;
use crate::refusal::{Refusal, RefusalKind};
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Rng as _, SeedableRng as _};
use std::collections::BTreeMap;

/// Most random bytes in one call.
const MAX_RANDOM: u32 = 4_096;

/// What a run knows about its invocation.
pub(crate) struct Context {
    seed: [u8; 32],
    /// Made when the guest first asks.
    rng: Option<Box<ChaCha20Rng>>,
    locale: String,
    settings: BTreeMap<String, String>,
}

impl Context {
    pub(crate) fn new(seed: [u8; 32], locale: String, settings: BTreeMap<String, String>) -> Self {
        Self {
            seed,
            rng: None,
            locale,
            settings,
        }
    }

    fn guests_rng(&mut self) -> &mut ChaCha20Rng {
        let seed = self.seed;
        self.rng
            .get_or_insert_with(|| Box::new(ChaCha20Rng::from_seed(seed)))
    }

    /// A generator of its own for WASI's randomness, from the same seed.
    pub(crate) fn rng(&self, stream: u64) -> ChaCha20Rng {
        let mut rng = ChaCha20Rng::from_seed(self.seed);
        rng.set_stream(stream);
        rng
    }
}

impl context::Host for Guest {
    async fn now(&mut self) -> wasmtime::Result<context::Instant> {
        self.record.begin().map_err(trap)?;
        let now = self.record.clock().now_ms();
        Ok(context::Instant {
            seconds: now.div_euclid(1_000),
            nanoseconds: u32::try_from(now.rem_euclid(1_000)).unwrap_or_default() * 1_000_000,
        })
    }

    async fn random(&mut self, length: u32) -> wasmtime::Result<Result<Vec<u8>, types::Refusal>> {
        self.record.begin().map_err(trap)?;
        if length > MAX_RANDOM {
            let refusal = Refusal::new(
                RefusalKind::Invalid,
                "context.random-too-long",
                format!("at most {MAX_RANDOM} random bytes are given in one call, not {length}"),
            )
            .with_fix("ask several times");
            let answer = to_guest(&refusal);
            self.record.refusals.push(refusal);
            return Ok(Err(answer));
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.context.guests_rng().fill_bytes(&mut bytes);
        Ok(Ok(bytes))
    }

    async fn locale(&mut self) -> wasmtime::Result<String> {
        self.record.begin().map_err(trap)?;
        Ok(self.context.locale.clone())
    }

    async fn setting(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        self.record.begin().map_err(trap)?;
        Ok(self.context.settings.get(&name).cloned())
    }

    async fn invocation(&mut self) -> wasmtime::Result<String> {
        self.record.begin().map_err(trap)?;
        Ok(self.run.clone())
    }
}
