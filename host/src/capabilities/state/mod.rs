//! `state`: the skill's own key-value store for one tenant, buffered until the run ends well.

mod buffer;

pub(crate) use buffer::StateBuffer;

use crate::capabilities::bindings::guildhall::skill::{state, types};
use crate::capabilities::to_guest;
use crate::guest::{CallFacts, Guest, Json, Opened, Recorded, Traffic};
use crate::journal::CallClass;
use crate::refusal::{Refusal, RefusalKind};
use bytes::Bytes;
use guildhall_package::Digest;
use guildhall_package::text::plain;
use serde_json::json;

impl state::Host for Guest {
    async fn get(
        &mut self,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, types::Refusal>> {
        self.load_state().await;
        let answer = self.state_call("get", &key, None, |guest| {
            guest.authority.state_bytes()?;
            let value = guest.state.get(&key)?.map(Bytes::from);
            let size = value.as_ref().map_or(0, Bytes::len) as u64;
            guest.record.take_bytes_in(size)?;
            Ok((value, size))
        })?;
        Ok(answer.map(|value| value.map(Vec::from)))
    }

    async fn set(
        &mut self,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), types::Refusal>> {
        self.load_state().await;
        let digest = Digest::of(&value);
        self.state_call("set", &key, Some(digest), |guest| {
            let room = guest.authority.state_bytes()?;
            guest.state.set(&key, value, room)?;
            Ok(((), 0))
        })
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), types::Refusal>> {
        self.load_state().await;
        self.state_call("delete", &key, None, |guest| {
            guest.authority.state_bytes()?;
            guest.state.delete(&key)?;
            Ok(((), 0))
        })
    }

    async fn keys(
        &mut self,
        prefix: String,
    ) -> wasmtime::Result<Result<Vec<String>, types::Refusal>> {
        self.load_state().await;
        let answer = self.state_call("keys", &prefix, None, |guest| {
            guest.authority.state_bytes()?;
            let keys = guest.state.keys(&prefix)?;
            let size = keys.iter().map(|key| key.len() as u64 + 8).sum();
            guest.record.take_bytes_in(size)?;
            Ok((Json(keys), size))
        })?;
        Ok(answer.map(|Json(keys)| keys))
    }
}

impl Guest {
    /// Reads the store at its first use: most runs never do.
    async fn load_state(&mut self) {
        if !self.state.needs_loading() || self.record.replay.is_some() {
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

    fn state_call<T: Recorded>(
        &mut self,
        function: &'static str,
        key: &str,
        value: Option<Digest>,
        work: impl FnOnce(&mut Self) -> Result<(T, u64), Refusal>,
    ) -> wasmtime::Result<Result<T, types::Refusal>> {
        let facts = CallFacts {
            interface: "state",
            function,
            class: CallClass::State,
            summary: format!("{function} {}", plain(key, 300)),
            request: json!({ "key": key, "value": value })
                .to_string()
                .into_bytes(),
        };
        let open = match self.open(facts)? {
            Opened::Replayed(result) => return Ok(result.map_err(|refusal| to_guest(&refusal))),
            Opened::Live(open) => open,
        };
        let mut traffic = Traffic::default();
        let result = self
            .state
            .check()
            .and_then(|()| work(self))
            .map(|(value, bytes_in)| {
                traffic.bytes_in = bytes_in;
                value
            });
        Ok(self.close(open, result, traffic))
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
