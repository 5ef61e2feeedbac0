//! A chain of the audit log as it was read. The host may be at work meanwhile: the chain can be read on.

use super::HostError;
use crate::audit::{AuditEntry, AuditHead, History, genesis, histories};
use crate::journal::Journal;
use serde_json::Value;
use std::collections::BTreeMap;

/// Entries of the audit log that are read at once.
const PAGE: u32 = 10_000;

/// How often a record is compared anew because the log went on meanwhile. What is compared goes on a few times in its whole life.
pub(super) const TRIES: u32 = 50;

/// Entries of one chain, from its first one on.
pub(super) struct Chain {
    name: String,
    entries: Vec<AuditEntry>,
}

impl Chain {
    /// Reads a whole chain by its name.
    pub(super) async fn read(journal: &Journal, name: &str) -> Result<Self, HostError> {
        let mut chain = Self {
            name: name.to_owned(),
            entries: Vec::new(),
        };
        let _ = chain.go_on(journal, |_| true).await?;
        Ok(chain)
    }

    /// Reads what came since. Answers whether something of that concerns the caller.
    pub(super) async fn go_on(
        &mut self,
        journal: &Journal,
        concerns: impl Fn(&AuditEntry) -> bool,
    ) -> Result<bool, HostError> {
        let mut came = false;
        loop {
            let from = self.head().entries;
            let page = journal.audit_entries(&self.name, from, PAGE).await?;
            let last = page.len() < PAGE as usize;
            came |= page.iter().any(&concerns);
            self.entries.extend(page);
            if last {
                return Ok(came);
            }
        }
    }

    /// The same for what concerns a run: its own entries, and that runs were pruned.
    pub(super) async fn go_on_for(
        &mut self,
        journal: &Journal,
        run: &str,
    ) -> Result<bool, HostError> {
        self.go_on(journal, |entry| concerns(entry, run)).await
    }

    /// Its entries.
    pub(super) fn entries(&self) -> &[AuditEntry] {
        &self.entries
    }

    /// Its entries, to be kept.
    pub(super) fn into_entries(self) -> Vec<AuditEntry> {
        self.entries
    }

    /// Where it ends, by what its last entry says of itself.
    pub(super) fn head(&self) -> AuditHead {
        let last = self.entries.last();
        AuditHead {
            tenant: self.name.clone(),
            entries: last.map_or(0, |entry| entry.seq.saturating_add(1)),
            hash: last.map_or_else(|| genesis(&self.name), |entry| entry.hash),
            at_ms: last.map_or(0, |entry| entry.at_ms),
        }
    }

    /// What it says about every run, and until when runs were pruned.
    pub(super) fn histories(&self) -> (BTreeMap<String, History>, i64) {
        histories(&self.entries)
    }

    /// What it says about one run, and until when runs were pruned.
    pub(super) fn history(&self, run: &str) -> (Option<History>, i64) {
        let own = self.entries.iter().filter(|entry| concerns(entry, run));
        let (mut found, pruned_before) = histories(own);
        (found.remove(run), pruned_before)
    }
}

fn concerns(entry: &AuditEntry, run: &str) -> bool {
    let named = entry.body.get("run").and_then(Value::as_str);
    named == Some(run) || entry.kind == "pruned"
}
