//! What a chain says about each run, and whether a record agrees with it. Pure.

use super::AuditEntry;
use crate::receipts::{ApprovalFacts, EffectFact};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the log says about one run.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Digest of the facts that were recorded when its guest had ended.
    pub(crate) facts: Option<String>,
    status: Option<String>,
    /// Last state of each effect that was claimed.
    effects: BTreeMap<u64, String>,
    undone: BTreeSet<u64>,
    decided: Option<Value>,
    /// An approval came, and no end yet.
    committing: bool,
}

/// What the log says about every run in it, and until when runs were pruned.
pub(crate) fn histories<'a>(
    entries: impl IntoIterator<Item = &'a AuditEntry>,
) -> (BTreeMap<String, History>, i64) {
    let mut runs: BTreeMap<String, History> = BTreeMap::new();
    let mut pruned_before = i64::MIN;
    for entry in entries {
        if entry.kind == "pruned" {
            let before = entry.body.get("before_ms").and_then(Value::as_i64);
            pruned_before = pruned_before.max(before.unwrap_or(i64::MIN));
            continue;
        }
        let Some(run) = text(&entry.body, "run") else {
            continue;
        };
        runs.entry(run.to_owned()).or_default().take(entry);
    }
    (runs, pruned_before)
}

fn text<'a>(body: &'a Value, key: &str) -> Option<&'a str> {
    body.get(key).and_then(Value::as_str)
}

impl History {
    fn take(&mut self, entry: &AuditEntry) {
        let body = &entry.body;
        let effect = body.get("effect").and_then(Value::as_u64);
        match (entry.kind.as_str(), effect) {
            ("run-ended", _) => {
                self.facts = text(body, "facts").map(str::to_owned);
                self.status = text(body, "status").map(str::to_owned);
                // One that was approved before its guest's end was recorded ended with it.
                self.committing = false;
            }
            ("run-closed", _) => {
                self.status = text(body, "status").map(str::to_owned);
                self.committing = false;
            }
            ("decided", _) => {
                self.committing = text(body, "decision") == Some("approve");
                self.decided = Some(body.clone());
            }
            ("effect", Some(effect)) => {
                let state = text(body, "state").unwrap_or_default();
                self.effects.insert(effect, state.to_owned());
            }
            ("undo", Some(effect)) if text(body, "undo") == Some("undone") => {
                self.undone.insert(effect);
            }
            _ => {}
        }
    }

    /// What a record says otherwise than the log; nothing if they agree.
    pub(crate) fn differs(
        &self,
        status: &str,
        effects: &[EffectFact],
        approval: Option<&ApprovalFacts>,
    ) -> Option<String> {
        let expected = if self.committing {
            Some("committing")
        } else {
            self.status.as_deref()
        };
        if expected != Some(status) {
            return Some("its status was changed".to_owned());
        }
        let shown: BTreeSet<u64> = effects
            .iter()
            .map(|fact| u64::from(fact.effect.index))
            .collect();
        if let Some(missing) = self.effects.keys().find(|index| !shown.contains(index)) {
            return Some(format!("its effect {missing} was removed"));
        }
        for fact in effects {
            let index = u64::from(fact.effect.index);
            let state = fact.state.word();
            let good = match self.effects.get(&index) {
                Some(logged) => logged == state,
                None => matches!(state, "pending" | "void"),
            };
            if !good {
                return Some(format!("the state of its effect {index} was changed"));
            }
            if fact.undone != self.undone.contains(&index) {
                return Some(format!("whether its effect {index} was undone was changed"));
            }
        }
        self.decision_differs(approval)
    }

    fn decision_differs(&self, approval: Option<&ApprovalFacts>) -> Option<String> {
        let (decided, approval) = match (&self.decided, approval) {
            (None, None) => return None,
            (Some(_), None) => return Some("the decision about it was removed".to_owned()),
            (None, Some(_)) => return Some("a decision was put in that nobody took".to_owned()),
            (Some(decided), Some(approval)) => (decided, approval),
        };
        let mandates = serde_json::json!(approval.mandates);
        let good = text(decided, "decision") == Some(approval.decision.as_str())
            && text(decided, "effect_set") == Some(approval.effect_set.to_string().as_str())
            && text(decided, "skill") == Some(approval.skill.to_string().as_str())
            && text(decided, "decider") == Some(approval.decider.as_str())
            && text(decided, "channel") == Some(approval.channel.as_str())
            && decided.get("mandates") == Some(&mandates)
            && decided.get("expires_at_ms").and_then(Value::as_i64) == approval.expires_at_ms;
        (!good).then(|| "the decision about it was changed".to_owned())
    }
}

/// Whether a run that the journal does not keep any more may have been pruned: its identifier says when it began.
pub(crate) fn was_pruned(run: &str, pruned_before_ms: i64) -> bool {
    let began = uuid::Uuid::try_parse(run)
        .ok()
        .and_then(|id| id.get_timestamp())
        .map(|at| {
            let (seconds, nanos) = at.to_unix();
            i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(1_000)
                .saturating_add(i64::from(nanos / 1_000_000))
        });
    began.is_some_and(|began| began <= pruned_before_ms)
}
