//! Which entries of the audit log are events, and how one is told. Pure.

use guildhall_host::{AuditEntry, RunStatus};
use serde::Serialize;
use serde_json::Value;

use crate::agents::is_over;

/// What is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A run waits for a person.
    Awaiting,
    /// A run has ended.
    Ended,
    /// Somebody wants to see whether a hook works.
    Test,
}

impl Kind {
    /// Its name for receivers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Awaiting => "run.awaiting_approval",
            Self::Ended => "run.ended",
            Self::Test => "test",
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: Kind,
    /// Which run.
    pub run: String,
    /// Its status, as one word.
    pub status: String,
    /// When, in milliseconds since 1970 UTC.
    pub at: i64,
}

/// The event of an entry; none if it is none.
#[must_use]
pub fn of(entry: &AuditEntry) -> Option<Event> {
    if !matches!(entry.kind.as_str(), "run-ended" | "run-closed") {
        return None;
    }
    let word = entry.body.get("status")?.as_str()?;
    let status: RunStatus = serde_json::from_value(Value::from(word)).ok()?;
    let kind = match status {
        RunStatus::AwaitingApproval => Kind::Awaiting,
        status if is_over(status) => Kind::Ended,
        _ => return None,
    };
    Some(Event {
        kind,
        run: entry.body.get("run")?.as_str()?.to_owned(),
        status: word.to_owned(),
        at: entry.at_ms,
    })
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    run: &'a str,
    status: &'a str,
    link: &'a str,
}

/// The bytes that are sent: the same in every attempt, and nothing else than identifiers, a word and a link.
///
/// # Errors
/// If JSON can't be written, which does not happen.
pub fn body(
    name: &str,
    (run, status): (&str, &str),
    at: i64,
    link: &str,
) -> Result<Vec<u8>, serde_json::Error> {
    let timestamp = jiff::Timestamp::from_millisecond(at)
        .map(|at| at.to_string())
        .unwrap_or_default();
    serde_json::to_vec(&Body {
        r#type: name,
        timestamp,
        data: Data { run, status, link },
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
            seq: 1,
            at_ms: 1_700_000_000_000,
            kind: kind.to_owned(),
            body,
            prev: Digest::of(b"a"),
            hash: Digest::of(b"b"),
        }
    }

    #[test]
    fn what_waits_and_what_has_ended_is_told_and_nothing_else() {
        let told = |kind, status: &str| {
            of(&entry(kind, json!({"run": "r", "status": status}))).map(|event| event.kind.name())
        };
        assert_eq!(
            told("run-ended", "awaiting_approval"),
            Some("run.awaiting_approval")
        );
        assert_eq!(told("run-ended", "completed"), Some("run.ended"));
        assert_eq!(told("run-closed", "committed"), Some("run.ended"));
        assert_eq!(told("run-closed", "unknown"), Some("run.ended"));
        for (kind, status) in [
            ("decided", "completed"),
            ("run-ended", "running"),
            ("run-ended", "committing"),
            ("run-ended", "nonsense"),
        ] {
            assert_eq!(told(kind, status), None, "{kind} {status}");
        }
        assert_eq!(
            of(&entry("run-ended", json!({"status": "completed"}))),
            None
        );
        assert_eq!(of(&entry("run-ended", json!([]))), None);
    }

    #[test]
    fn a_message_is_these_fields_and_no_other() {
        let bytes = body(
            "run.ended",
            ("r1", "committed"),
            0,
            "http://localhost:1/runs/r1",
        )
        .unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            r#"{"type":"run.ended","timestamp":"1970-01-01T00:00:00Z","data":{"run":"r1","status":"committed","link":"http://localhost:1/runs/r1"}}"#
        );
    }

    proptest! {
        #[test]
        fn no_entry_panics(kind in "run-ended|run-closed|[a-z-]{0,12}", run in ".{0,20}", status in ".{0,20}", at in any::<i64>()) {
            let mut entry = entry(&kind, json!({"run": run, "status": status}));
            entry.at_ms = at;
            let _ = of(&entry);
            let _ = body(&kind, (&run, &status), at, "");
        }
    }
}
