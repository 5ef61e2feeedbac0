//! What is encrypted in the store, and under which key.
//!
//! A run that keeps everything is stored in the clear. A run with `hashes` has a key of its own in a file, one with `none` has
//! one in memory; what is written of it is sealed under that key, and unreadable once the key is gone. Own state, payees' names
//! and secrets are sealed under the store's key in every mode.

use super::JournalError;
use crate::keys::{KeyError, RunKeys, SecretKey32};
use crate::retention::Retention;
use crate::vault::{Commitments, Sealer, Vault, VaultError};
use serde::Serialize;
use std::sync::Arc;

/// Begins every sealed text.
const TEXT: &str = "sealed:";
/// Begins all sealed bytes.
const BYTES: &[u8] = b"ghv1";

/// The keys of a store.
#[derive(Clone)]
pub(crate) struct Sealing {
    vault: Vault,
    store: Sealer,
    rows: Commitments,
    on_disk: Arc<RunKeys>,
    in_memory: Arc<RunKeys>,
    /// Whether other hosts write to the journal from elsewhere: each keeps the keys of the runs that it began.
    pub(super) shared: bool,
}

impl From<VaultError> for JournalError {
    fn from(error: VaultError) -> Self {
        Self::Corrupt(error.to_string())
    }
}

impl From<KeyError> for JournalError {
    fn from(error: KeyError) -> Self {
        Self::Database(error.to_string())
    }
}

impl Sealing {
    /// Over the store's key; `run_keys` are the ones that survive a restart.
    pub(crate) fn new(store: SecretKey32, run_keys: RunKeys) -> Result<Self, JournalError> {
        let vault = Vault::new(store);
        Ok(Self {
            store: vault.sealer("store")?,
            rows: vault.commitments("rows", "store")?,
            vault,
            on_disk: Arc::new(run_keys),
            in_memory: Arc::new(RunKeys::in_memory()),
            shared: false,
        })
    }

    /// Tells this store's key from another.
    pub(crate) fn fingerprint(&self) -> Result<String, JournalError> {
        Ok(self.vault.fingerprint()?)
    }

    /// What binds rows that decide.
    pub(crate) const fn rows(&self) -> &Commitments {
        &self.rows
    }

    /// What commits to the facts of one run.
    pub(crate) fn commitments(&self, run: &str) -> Result<Commitments, JournalError> {
        Ok(self.vault.commitments("receipt", run)?)
    }

    /// Makes the key of a run that does not keep everything.
    pub(crate) fn begin(&self, run: &str, retention: Retention) -> Result<(), JournalError> {
        match retention {
            Retention::Full => {}
            Retention::Hashes => drop(self.on_disk.create(run)?),
            Retention::None => drop(self.in_memory.create(run)?),
        }
        Ok(())
    }

    /// Destroys the key of a run: what was sealed under it can't be read any more.
    pub(crate) fn destroy(&self, run: &str) -> Result<(), JournalError> {
        for keys in [&self.in_memory, &self.on_disk] {
            match keys.destroy(run) {
                // Not one of ours: it has no key.
                Ok(()) | Err(KeyError::RunId { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Whether what a run keeps until it ends is sealed under a key that only another host has.
    pub(crate) fn is_elsewhere(&self, run: &str, retention: &str) -> Result<bool, JournalError> {
        Ok(self.shared && retention != Retention::Full.word() && self.of_run(run)?.is_none())
    }

    /// Runs that have a key on disk.
    pub(crate) fn keys(&self) -> Result<Vec<String>, JournalError> {
        Ok(self.on_disk.list()?)
    }

    /// Whether a run has a key here.
    pub(crate) fn has_key(&self, run: &str) -> Result<bool, JournalError> {
        Ok(self.of_run(run)?.is_some())
    }

    fn of_run(&self, run: &str) -> Result<Option<Sealer>, JournalError> {
        let key = match self.in_memory.get(run) {
            Ok(Some(key)) => Some(key),
            Ok(None) => self.on_disk.get(run)?,
            // Not one of ours: it has no key.
            Err(KeyError::RunId { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(match key {
            Some(key) => Some(Vault::new(key).sealer("payload")?),
            None => None,
        })
    }

    /// What hides the content of a run that keeps so much of it.
    ///
    /// # Errors
    /// If the key of one that does not keep everything is not there: nothing of it is written in the clear.
    pub(crate) fn hiding<'a>(
        &self,
        run: &'a str,
        keeps: Retention,
    ) -> Result<Hiding<'a>, JournalError> {
        let sealer = match (keeps, self.shared) {
            (Retention::Full, _) => None,
            (_, true) => Some(
                self.of_run(run)?
                    .ok_or_else(|| JournalError::KeyElsewhere(run.to_owned()))?,
            ),
            (_, false) => Some(
                self.of_run(run)?
                    .ok_or_else(|| JournalError::KeyGone(run.to_owned()))?,
            ),
        };
        Ok(Hiding { run, sealer })
    }

    /// Bytes of a run, as they were.
    pub(crate) fn show(&self, run: &str, stored: Vec<u8>) -> Result<Vec<u8>, JournalError> {
        if !stored.starts_with(BYTES) {
            return Ok(stored);
        }
        match self.of_run(run)? {
            Some(sealer) => Ok(sealer.open(run, &stored)?.to_vec()),
            // Content of a run in the clear may begin like this.
            None => Ok(stored),
        }
    }

    /// A text of a run, as it was.
    pub(crate) fn show_text(&self, run: &str, stored: String) -> Result<String, JournalError> {
        if !stored.starts_with(TEXT) {
            return Ok(stored);
        }
        match self.of_run(run)? {
            Some(sealer) => Ok(sealer.open_text(run, &stored)?.to_string()),
            None if self.shared => Err(JournalError::KeyElsewhere(run.to_owned())),
            None => Err(JournalError::Corrupt(format!(
                "the key of run {run} has been destroyed"
            ))),
        }
    }

    /// A text that is kept sealed under the store's key, whatever the run keeps.
    pub(crate) fn seal(&self, context: &str, plain: &str) -> Result<String, JournalError> {
        Ok(self.store.seal_text(context, plain)?)
    }

    /// Such a text, as it was.
    pub(crate) fn open(&self, context: &str, sealed: &str) -> Result<String, JournalError> {
        Ok(self.store.open_text(context, sealed)?.to_string())
    }

    /// Such bytes.
    pub(crate) fn seal_bytes(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, JournalError> {
        Ok(self.store.seal(context, plain)?)
    }

    /// Such bytes, as they were.
    pub(crate) fn open_bytes(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, JournalError> {
        Ok(self.store.open(context, sealed)?.to_vec())
    }

    /// A name by which a text can be found without being readable.
    pub(crate) fn blind(&self, context: &str, plain: &str) -> Result<String, JournalError> {
        Ok(self
            .vault
            .commitments("names", context)?
            .commit("name", plain.as_bytes())
            .to_string())
    }
}

/// What hides the content of one run.
pub(crate) struct Hiding<'a> {
    run: &'a str,
    /// None: it keeps everything, in the clear.
    sealer: Option<Sealer>,
}

impl Hiding<'_> {
    /// Bytes of the run, as they are stored.
    pub(crate) fn bytes(&self, plain: Vec<u8>) -> Result<Vec<u8>, JournalError> {
        match &self.sealer {
            Some(sealer) => Ok(sealer.seal(self.run, &plain)?),
            None => Ok(plain),
        }
    }

    /// A text of the run, as it is stored.
    pub(crate) fn text(&self, plain: String) -> Result<String, JournalError> {
        match &self.sealer {
            Some(sealer) => Ok(sealer.seal_text(self.run, &plain)?),
            None => Ok(plain),
        }
    }

    /// Facts of the run as JSON, as they are stored.
    pub(crate) fn json<T: Serialize>(&self, plain: &T) -> Result<String, JournalError> {
        self.text(serde_json::to_string(plain)?)
    }
}
