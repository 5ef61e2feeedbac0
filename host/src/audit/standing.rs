//! What stands by a chain: the mandates in force, where channels lead, what accounts may spend. Pure.
//!
//! A row of the store that was put back as it once was is bound to this host like any other. That something happened since is
//! what the chain knows.

use super::AuditEntry;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What stands, by a chain or by the store.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Mandates that were given and not taken back.
    pub(crate) mandates: BTreeSet<String>,
    /// Channels with where they lead.
    pub(crate) channels: BTreeMap<String, Value>,
    /// Open accounts with their limit, and the amount above which a person is asked.
    pub(crate) accounts: BTreeMap<String, (Value, Value)>,
}

impl Standing {
    /// What stands after these entries.
    pub(crate) fn after<'a>(entries: impl IntoIterator<Item = &'a AuditEntry>) -> Self {
        let mut standing = Self::default();
        for entry in entries {
            standing.take(&entry.kind, &entry.body);
        }
        standing
    }

    fn take(&mut self, kind: &str, body: &Value) {
        let field = |name: &str| body.get(name).cloned().unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        match kind {
            "mandate-given" => {
                let id = body.pointer("/mandate/id").and_then(Value::as_str);
                self.mandates.extend(id.map(str::to_owned));
            }
            "mandate-revoked" => {
                self.mandates.remove(&text("mandate").unwrap_or_default());
            }
            "channel-set" => {
                self.channels
                    .insert(text("channel").unwrap_or_default(), field("config"));
            }
            "channel-removed" => {
                self.channels.remove(&text("channel").unwrap_or_default());
            }
            "account-opened" => {
                let open = (Value::Null, Value::Null);
                self.accounts
                    .insert(text("account").unwrap_or_default(), open);
            }
            "account-limited" => {
                let limits = (field("limit"), field("ask_above"));
                self.accounts
                    .insert(text("account").unwrap_or_default(), limits);
            }
            "account-closed" => {
                self.accounts.remove(&text("account").unwrap_or_default());
            }
            _ => {}
        }
    }

    /// The first thing that the store has otherwise than the chain says; nothing if they agree.
    pub(crate) fn differs(&self, store: &Self) -> Option<String> {
        let mandate = self.mandates.symmetric_difference(&store.mandates).next();
        if let Some(mandate) = mandate {
            return Some(format!("the mandate {mandate}"));
        }
        if let Some(channel) = first_other(&self.channels, &store.channels) {
            return Some(format!("the channel {channel}"));
        }
        first_other(&self.accounts, &store.accounts).map(|account| format!("the account {account}"))
    }
}

fn first_other<'a, T: PartialEq>(
    one: &'a BTreeMap<String, T>,
    other: &'a BTreeMap<String, T>,
) -> Option<&'a str> {
    let names = one.keys().chain(other.keys());
    names
        .map(String::as_str)
        .find(|name| one.get(*name) != other.get(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn standing(lines: &[(&str, Value)]) -> Standing {
        let mut standing = Standing::default();
        for (kind, body) in lines {
            standing.take(kind, body);
        }
        standing
    }

    #[test]
    fn what_was_taken_back_or_changed_since_is_told_by_its_name() {
        let given = ("mandate-given", json!({ "mandate": { "id": "m1" } }));
        let opened = ("account-opened", json!({ "account": "till" }));
        let set = |url| {
            (
                "channel-set",
                json!({ "channel": "books", "config": { "url": url } }),
            )
        };
        let before = standing(&[given.clone(), opened.clone(), set("a")]);
        assert_eq!(before.differs(&before), None);
        let taken_back = ("mandate-revoked", json!({ "mandate": "m1" }));
        let limited = (
            "account-limited",
            json!({ "account": "till", "limit": { "minor": 1 }, "ask_above": null }),
        );
        for (line, named) in [
            (taken_back, "the mandate m1"),
            (set("b"), "the channel books"),
            (
                ("channel-removed", json!({ "channel": "books" })),
                "the channel books",
            ),
            (limited, "the account till"),
            (
                ("account-closed", json!({ "account": "till" })),
                "the account till",
            ),
        ] {
            let now = standing(&[given.clone(), opened.clone(), set("a"), line]);
            assert_eq!(now.differs(&before).as_deref(), Some(named));
        }
    }
}
