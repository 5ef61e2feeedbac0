//! Entries of the audit log as sentences. Pure. What is quoted was written by the host, but may hold what others chose: names.

use guildhall_host::{Amount, AuditEntry};
use guildhall_package::text::plain;
use serde_json::Value;

/// Longest quoted word, in characters.
const WORD: usize = 120;

/// What an entry says.
#[must_use]
pub fn said(entry: &AuditEntry) -> String {
    let body = &entry.body;
    let text = |name: &str| word(body, name);
    match entry.kind.as_str() {
        "run-ended" | "run-closed" => format!("A run ended: {}.", state(&text("status"))),
        "decided" => decided(body),
        "effect" => effect(body),
        "undo" => match text("undo").as_str() {
            "undone" => "An effect was undone.".to_owned(),
            _ => "An effect could not be undone and was kept.".to_owned(),
        },
        "hold" => format!("{} was set aside for a payment.", amount(body)),
        "deposit" => format!(
            "{} came into the account {}.",
            amount(body),
            text("account")
        ),
        "refund" => format!(
            "{} came back to the account {}.",
            amount(body),
            text("account")
        ),
        "account-opened" => format!("The account {} was opened.", text("account")),
        "account-limited" => format!("The limits of the account {} were set.", text("account")),
        "account-closed" => format!("The account {} was closed.", text("account")),
        "bank-file" => format!(
            "The file {} for the bank was made, with {}.",
            text("file"),
            counted(body, "orders", "payment")
        ),
        "bank-confirmed" => format!(
            "The bank carried out {} of {}.",
            counted(body, "orders", "payment"),
            text("file")
        ),
        "bank-returned" => format!(
            "The bank returned {} of {}.",
            counted(body, "orders", "payment"),
            text("file")
        ),
        "mandate-given" => format!("{} gave a mandate.", by(body, "decider")),
        "mandate-revoked" => format!("{} revoked a mandate.", by(body, "by")),
        "ceiling-set" => format!(
            "{} set that approvals ask again who it is above {}, and no more above {}.",
            by(body, "by"),
            text("above"),
            text("before")
        ),
        "channel-set" => format!("The channel {} was set up.", text("channel")),
        "channel-removed" => format!("The channel {} was removed.", text("channel")),
        "channel-tried" => match body.get("sent").and_then(Value::as_bool) {
            Some(true) => format!(
                "A test message was sent by the channel {}.",
                text("channel")
            ),
            _ => format!(
                "A test message by the channel {} was not sent.",
                text("channel")
            ),
        },
        "noted" => noted(body),
        "secret-set" => match text("host").as_str() {
            "" => format!("The secret {} was set, for a channel.", text("secret")),
            host => format!("The secret {} was set, for {host}.", text("secret")),
        },
        "secret-removed" => format!("The secret {} was removed.", text("secret")),
        "pruned" => format!(
            "{} were removed to make room.",
            counted(body, "runs", "run")
        ),
        "skill-revoked" => "A skill was revoked: it never runs here again.".to_owned(),
        "erasing" => format!("{} began to delete everything.", by(body, "by")),
        "erased" => format!(
            "Everything was deleted, {} among it.",
            counted_at(body, "/erased/runs", "run")
        ),
        // A newer program wrote it.
        other => format!("{}.", capital(&plain(other, WORD).replace('-', " "))),
    }
}

/// The run that an entry is about.
#[must_use]
pub fn run_of(entry: &AuditEntry) -> Option<String> {
    let run = entry.body.get("run")?.as_str()?;
    let good = run.len() == 36 && run.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    good.then(|| run.to_owned())
}

fn word(body: &Value, name: &str) -> String {
    plain(
        body.get(name).and_then(Value::as_str).unwrap_or_default(),
        WORD,
    )
}

/// Who did it.
fn by(body: &Value, name: &str) -> String {
    match word(body, name) {
        who if who.is_empty() => "Somebody".to_owned(),
        who => who,
    }
}

fn decided(body: &Value) -> String {
    let who = by(body, "decider");
    let did = match word(body, "decision").as_str() {
        "approve" => "approved",
        "reject" => "rejected",
        _ => "decided about",
    };
    let by_mandate = body
        .get("mandates")
        .and_then(Value::as_array)
        .is_some_and(|list| !list.is_empty());
    if by_mandate {
        return format!("A standing mandate {did} the effects of a run.");
    }
    match word(body, "channel") {
        channel if channel.is_empty() => format!("{who} {did} the effects of a run."),
        channel => format!("{who} {did} the effects of a run, by {channel}."),
    }
}

/// What was written beside the host's own entries: what the console changed of its own, and what was installed.
fn noted(body: &Value) -> String {
    let (who, about) = (by(body, "by"), word(body, "about"));
    match word(body, "what").as_str() {
        "chat-set" => format!("{who} set {about} up, for chats."),
        "chat-removed" => format!("{who} took {about} away, with every chat that was bound to it."),
        "chat-bound" => format!("{who} bound a chat of {about}."),
        "chat-unbound" => format!("{who} took a chat away: {about}."),
        "skill-installed" => format!("{who} installed {about}."),
        "skill-updated" => format!("{who} updated {about}."),
        "consent-set" => format!("{who} changed what {about} may do."),
        "skill-removed" => format!("{who} took {about} away."),
        "marketplace-connected" => format!("{who} connected the marketplace {about}."),
        other => format!("{who}: {} {about}.", other.replace('-', " ")),
    }
}

fn effect(body: &Value) -> String {
    let what = match word(body, "kind").as_str() {
        "payment" => "A payment",
        "file-write" => "A file",
        "message" => "A message",
        _ => "An effect",
    };
    let became = match word(body, "state").as_str() {
        "performing" => "is being carried out",
        "done" => "was carried out",
        "failed" => "failed",
        "void" => "was not carried out",
        "unknown" => "has an unknown outcome",
        _ => "changed",
    };
    format!("{what} {became}.")
}

/// The status of a run.
fn state(word: &str) -> String {
    match word {
        "awaiting_approval" => "it waits for approval".to_owned(),
        "committed" => "everything was carried out".to_owned(),
        "completed" => "it is done, and had nothing to carry out".to_owned(),
        "partial" => "a part was carried out".to_owned(),
        "" => "unknown".to_owned(),
        other => other.replace('_', " "),
    }
}

fn amount(body: &Value) -> String {
    body.get("amount")
        .and_then(|amount| serde_json::from_value::<Amount>(amount.clone()).ok())
        .map_or_else(|| "An amount".to_owned(), |amount| amount.to_string())
}

fn counted(body: &Value, name: &str, noun: &str) -> String {
    counted_at(body, &format!("/{name}"), noun)
}

fn counted_at(body: &Value, pointer: &str, noun: &str) -> String {
    match body.pointer(pointer).and_then(Value::as_u64) {
        Some(1) => format!("1 {noun}"),
        Some(many) => format!("{many} {noun}s"),
        None => format!("some {noun}s"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_package::Digest;
    use proptest::prelude::*;
    use serde_json::json;

    fn entry(kind: &str, body: Value) -> AuditEntry {
        AuditEntry {
            tenant: "local".to_owned(),
            seq: 0,
            at_ms: 0,
            kind: kind.to_owned(),
            body,
            prev: Digest::of(b"a"),
            hash: Digest::of(b"b"),
        }
    }

    #[test]
    fn entries_are_said_in_sentences() {
        for (kind, body, sentence) in [
            (
                "deposit",
                json!({ "account": "till", "amount": { "minor": 100, "currency": "EUR" } }),
                "EUR 1.00 came into the account till.",
            ),
            (
                "decided",
                json!({ "decision": "approve", "decider": "Ann", "channel": "console", "mandates": [] }),
                "Ann approved the effects of a run, by console.",
            ),
            (
                "decided",
                json!({ "decision": "approve", "mandates": ["m"] }),
                "A standing mandate approved the effects of a run.",
            ),
            (
                "effect",
                json!({ "kind": "payment", "state": "done" }),
                "A payment was carried out.",
            ),
            (
                "bank-file",
                json!({ "file": "GH1", "orders": 1 }),
                "The file GH1 for the bank was made, with 1 payment.",
            ),
            (
                "erased",
                json!({ "erased": { "runs": 12 } }),
                "Everything was deleted, 12 runs among it.",
            ),
            ("withdrawn-by-agent", json!({}), "Withdrawn by agent."),
            (
                "noted",
                json!({ "by": "Ann", "what": "chat-set", "about": "Telegram" }),
                "Ann set Telegram up, for chats.",
            ),
            (
                "noted",
                json!({ "by": "Ann", "what": "skill-installed", "about": "acme/shop 1.0.0 from market.example" }),
                "Ann installed acme/shop 1.0.0 from market.example.",
            ),
            (
                "channel-tried",
                json!({ "channel": "team", "sent": true }),
                "A test message was sent by the channel team.",
            ),
        ] {
            assert_eq!(said(&entry(kind, body)), sentence);
        }
        let run = "0198c0de-f00d-7000-8000-000000000001";
        assert_eq!(
            run_of(&entry("effect", json!({ "run": run }))).unwrap(),
            run
        );
        assert_eq!(run_of(&entry("effect", json!({ "run": "../../x" }))), None);
    }

    proptest! {
        #[test]
        fn whatever_an_entry_holds_is_said_in_one_plain_line(kind in ".{0,30}|decided|effect|deposit", name in ".{0,40}") {
            let body = json!({ "decider": name, "account": name, "amount": name, "status": name, "run": name });
            let text = said(&entry(&kind, body));
            prop_assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
        }
    }
}
