//! `state`: the skill's own key-value store for one tenant, buffered until the run ends well.

mod buffer;

pub(crate) use buffer::StateBuffer;

use crate::capabilities::bindings::guildhall::skill::{state, types};
use crate::capabilities::{to_guest, trap};
use crate::guest::{CallFacts, Guest, by_digest};
use crate::journal::CallClass;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::text::plain;

impl state::Host for Guest {
    async fn get(
        &mut self,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, types::Refusal>> {
        self.load_state().await;
        self.state_call("get", &key, |guest| {
            let value = guest.state.get(&key)?;
            let size = value.as_ref().map_or(0, Vec::len) as u64;
            guest.record.take_bytes_in(size)?;
            let recorded = value.clone().unwrap_or_default();
            Ok((value, recorded, size))
        })
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), types::Refusal>> {
        self.load_state().await;
        self.state_call("set", &key, |guest| {
            let room = guest.authority.state_bytes()?;
            // By digest: a guest may set one key thousands of times.
            let recorded = by_digest(&value).into_bytes();
            guest.state.set(&key, value, room)?;
            Ok(((), recorded, 0))
        })
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), types::Refusal>> {
        self.load_state().await;
        self.state_call("delete", &key, |guest| {
            guest.authority.state_bytes()?;
            guest.state.delete(&key)?;
            Ok(((), Vec::new(), 0))
        })
    }

    async fn keys(
        &mut self,
        prefix: String,
    ) -> wasmtime::Result<Result<Vec<String>, types::Refusal>> {
        self.load_state().await;
        self.state_call("keys", &prefix, |guest| {
            guest.authority.state_bytes()?;
            let keys = guest.state.keys(&prefix)?;
            let size = keys.iter().map(|key| key.len() as u64 + 8).sum();
            guest.record.take_bytes_in(size)?;
            let recorded = serde_json::to_vec(&keys).unwrap_or_default();
            Ok((keys, recorded, size))
        })
    }
}

impl Guest {
    /// Reads the store at its first use: most runs never do.
    async fn load_state(&mut self) {
        if !self.state.needs_loading() {
            return;
        }
        let journal = self.journal.clone();
        let loaded = journal
            .state_of(self.state.tenant(), self.state.skill())
            .await;
        match loaded {
            Ok(values) => self.state.fill(values),
            Err(error) => self.state.fail(error.to_string()),
        }
    }

    fn state_call<T>(
        &mut self,
        function: &'static str,
        key: &str,
        work: impl FnOnce(&mut Self) -> Result<(T, Vec<u8>, u64), Refusal>,
    ) -> wasmtime::Result<Result<T, types::Refusal>> {
        let open = self.record.begin().map_err(trap)?;
        let result = self.state.check().and_then(|()| work(self));
        let mut facts = CallFacts {
            interface: "state",
            function,
            class: CallClass::State,
            summary: format!("{function} {}", plain(key, 300)),
            request: key.as_bytes().to_vec(),
            response: Vec::new(),
            bytes_in: 0,
            bytes_out: 0,
        };
        Ok(match result {
            Ok((value, response, bytes_in)) => {
                facts.response = response;
                facts.bytes_in = bytes_in;
                self.record.end(open, facts, None);
                Ok(value)
            }
            Err(refusal) => {
                let answer = to_guest(&refusal);
                self.record.end(open, facts, Some(&refusal));
                Err(answer)
            }
        })
    }
}

/// A key that can't be used.
fn invalid_key(key: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Invalid,
        "state.invalid-key",
        format!(
            "`{}` is not a key: 1 to 256 bytes without control characters",
            plain(key, 64)
        ),
    )
    .with_fix("use a shorter key, or a digest of it")
}
