//! The store of one run: what was there, and what the run changed.

use super::invalid_key;
use crate::journal::StateChange;
use crate::refusal::{Refusal, RefusalKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longest key in bytes.
const MAX_KEY: usize = 256;

/// Values at the run's first look, with the run's own changes over them.
pub(crate) struct StateBuffer {
    tenant: Arc<str>,
    skill: Arc<str>,
    loaded: Loaded,
    values: BTreeMap<String, Vec<u8>>,
    changes: BTreeMap<String, Option<Vec<u8>>>,
    bytes: u64,
}

enum Loaded {
    NotYet,
    Yes,
    Failed(String),
}

impl StateBuffer {
    /// The store of `skill` (its identity) for `tenant`.
    pub(crate) const fn new(tenant: Arc<str>, skill: Arc<str>) -> Self {
        Self {
            tenant,
            skill,
            loaded: Loaded::NotYet,
            values: BTreeMap::new(),
            changes: BTreeMap::new(),
            bytes: 0,
        }
    }

    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(crate) const fn skill(&self) -> &Arc<str> {
        &self.skill
    }

    pub(super) const fn needs_loading(&self) -> bool {
        matches!(self.loaded, Loaded::NotYet)
    }

    pub(super) fn fill(&mut self, values: BTreeMap<String, Vec<u8>>) {
        self.bytes = values.iter().map(|(key, value)| size(key, value)).sum();
        self.values = values;
        self.loaded = Loaded::Yes;
    }

    pub(super) fn fail(&mut self, why: String) {
        self.loaded = Loaded::Failed(why);
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        match &self.loaded {
            Loaded::Yes => Ok(()),
            Loaded::NotYet => Err(unavailable("it was not read")),
            Loaded::Failed(why) => Err(unavailable(why)),
        }
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Refusal> {
        check_key(key)?;
        Ok(self.values.get(key).cloned())
    }

    pub(super) fn set(&mut self, key: &str, value: Vec<u8>, room: u64) -> Result<(), Refusal> {
        check_key(key)?;
        let old = self.values.get(key).map_or(0, |old| size(key, old));
        let bytes = (self.bytes - old).saturating_add(size(key, &value));
        if bytes > room {
            return Err(Refusal::new(
                RefusalKind::LimitReached,
                "state.full",
                format!(
                    "with `{key}` the skill's store would hold {bytes} bytes; its limit is {room}"
                ),
            )
            .with_fix("delete what is no longer needed, or declare more max-bytes in skill.toml"));
        }
        self.bytes = bytes;
        self.values.insert(key.to_owned(), value.clone());
        self.changes.insert(key.to_owned(), Some(value));
        Ok(())
    }

    pub(super) fn delete(&mut self, key: &str) -> Result<(), Refusal> {
        check_key(key)?;
        if let Some(old) = self.values.remove(key) {
            self.bytes -= size(key, &old);
            self.changes.insert(key.to_owned(), None);
        }
        Ok(())
    }

    pub(super) fn keys(&self, prefix: &str) -> Result<Vec<String>, Refusal> {
        if !prefix.is_empty() {
            check_key(prefix)?;
        }
        Ok(self
            .values
            .range(prefix.to_owned()..)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .cloned()
            .collect())
    }

    /// What to write when the run ends well.
    pub(crate) fn into_changes(self) -> Vec<StateChange> {
        self.changes
            .into_iter()
            .map(|(key, value)| StateChange { key, value })
            .collect()
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}

fn check_key(key: &str) -> Result<(), Refusal> {
    let good = !key.is_empty() && key.len() <= MAX_KEY && !key.chars().any(char::is_control);
    if good { Ok(()) } else { Err(invalid_key(key)) }
}

fn unavailable(why: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "state.unavailable",
        format!("the skill's store can't be read: {why}"),
    )
    .with_fix("`guildhall doctor` checks the state folder")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn buffer() -> StateBuffer {
        let mut buffer = StateBuffer::new("t".into(), "s".into());
        buffer.fill(BTreeMap::from([("a/1".to_owned(), vec![1])]));
        buffer
    }

    #[test]
    fn a_run_sees_its_own_changes_and_only_they_are_written() {
        let mut buffer = buffer();
        buffer.set("a/2", vec![2], 100).unwrap();
        buffer.delete("a/1").unwrap();
        buffer.delete("never").unwrap();
        assert_eq!(buffer.keys("a/").unwrap(), ["a/2"]);
        assert_eq!(buffer.get("a/1").unwrap(), None);
        let changes = buffer.into_changes();
        assert_eq!(changes.len(), 2);
        assert_eq!(changes.first().unwrap().value, None);
    }

    #[test]
    fn the_store_is_bounded_and_replacing_a_value_frees_its_room() {
        let mut buffer = buffer();
        assert_eq!(
            buffer.set("k", vec![0; 10], 14).unwrap_err().rule,
            "state.full"
        );
        buffer.set("k", vec![0; 9], 14).unwrap();
        buffer.set("k", vec![1; 9], 14).unwrap();
    }

    #[test]
    fn keys_with_control_characters_or_of_no_length_are_refused() {
        let mut buffer = buffer();
        for key in ["", "a\0b", "a\nb", &"k".repeat(257)] {
            assert_eq!(
                buffer.set(key, vec![], 100).unwrap_err().rule,
                "state.invalid-key"
            );
        }
    }
}
