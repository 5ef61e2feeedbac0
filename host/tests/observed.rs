//! What an operator sees of a host: numbers and spans name what went on, and hold nothing that was kept from them. The guest
//! is `tests/guests/prober`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod guest;

use guest::prober;
use guildhall_host::{
    Card, Decision, FileGrant, Grants, Host, Invocation, NewSecret, Outcome, RunStatus, Tenant,
};
use guildhall_package::authority::Access;
use serde_json::json;
use std::fmt::{Debug, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Every span and event of this process, at every level, as lines.
#[derive(Default)]
struct Seen {
    lines: Mutex<Vec<String>>,
    next: AtomicU64,
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Seen {
    fn add(&self, head: String, record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(head);
        record(&mut fields);
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fields.0);
    }

    fn text(&self) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.join("\n")
    }
}

impl Subscriber for &'static Seen {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let head = format!(
            "span {id} {}::{}",
            span.metadata().target(),
            span.metadata().name()
        );
        self.add(head, |fields| span.record(fields));
        Id::from_u64(id)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.add(format!("span {}", span.into_u64()), |fields| {
            values.record(fields)
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let head = format!("event {}", event.metadata().target());
        self.add(head, |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What must be seen nowhere.
const INPUT: &str = "input-canary-5c1e";
const CONTENT: &str = "content-canary-5c1e";
const SECRET: &str = "secret-canary-5c1e";
const FOLDER: &str = "folder-canary-5c1e";

/// One host that ran, wrote, was refused and trapped.
async fn busy_host(state: &Path, folder: &Path) -> (Host, Vec<Outcome>) {
    let host = Host::builder().state_dir(state).build().await.unwrap();
    let skill = host.load(&prober()).await.unwrap();
    let secret = NewSecret {
        name: "token".parse().unwrap(),
        bound: None,
        value: SECRET.to_owned().into(),
    };
    host.set_secret(&Tenant::local(), secret).await.unwrap();
    let grant = |access| FileGrant {
        name: if access == Access::Read { "in" } else { "out" }
            .parse()
            .unwrap(),
        path: folder.to_path_buf(),
        access,
        is_folder: true,
    };
    let grants = Grants::none()
        .file(grant(Access::Read))
        .file(grant(Access::Write));
    let mut runs = Vec::new();
    let copy = json!({ "source": "in/a.txt", "target": format!("out/{INPUT}.txt") });
    let copied = Invocation::new("copy", copy)
        .grants(grants)
        .approver(|_: &Card| Decision::Approve);
    let fail = Invocation::new("fail", json!({ "text": INPUT }));
    let note = Invocation::new("note", json!({ "text": INPUT }));
    let url = format!("https://shop.example/{INPUT}");
    let fetch = json!({ "method": "GET", "url": url, "headers": [], "body": "" });
    let refused = Invocation::new("fetch", fetch);
    let trapped = Invocation::new("panic-now", json!({}));
    for run in [copied, fail, note, refused, trapped] {
        runs.push(host.invoke(&skill, run).await.unwrap());
    }
    (host, runs)
}

#[tokio::test]
async fn spans_and_numbers_name_what_went_on_and_tell_no_secret_input_or_path() {
    let seen: &'static Seen = Box::leak(Box::default());
    // One test in this file: the subscriber is for the whole process, and the host has threads of its own.
    tracing::subscriber::set_global_default(seen).unwrap();
    let state = tempfile::tempdir().unwrap();
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join(FOLDER);
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.txt"), CONTENT).unwrap();
    let (host, runs) = busy_host(state.path(), &folder).await;
    let statuses: Vec<RunStatus> = runs.iter().map(|run| run.status).collect();
    assert_eq!(
        statuses,
        [
            RunStatus::Committed,
            RunStatus::Failed,
            RunStatus::Completed,
            RunStatus::Refused,
            RunStatus::Trapped
        ]
    );
    let spans = seen.text();
    let numbers = host.metrics();

    // Each run has its span, with who ran what, and how it ended; each effect has one too.
    for (run, operation) in runs
        .iter()
        .zip(["copy", "fail", "note", "fetch", "panic-now"])
    {
        let known = [
            format!("operation=\"{operation}\" tenant=\"local\""),
            format!("invocation=\"{}\"", run.invocation),
        ];
        for part in known {
            assert!(spans.contains(&part), "{part}\n{spans}");
        }
    }
    let effect = format!(
        "effect run=\"{}\" effect=0 kind=\"file-write\"",
        runs[0].invocation
    );
    assert!(spans.contains(&effect), "{effect}\n{spans}");

    // Numbers add up to what was done.
    for line in [
        "guildhall_runs_total{status=\"awaiting_approval\"} 1",
        "guildhall_runs_total{status=\"failed\"} 1",
        "guildhall_runs_total{status=\"completed\"} 1",
        "guildhall_runs_total{status=\"refused\"} 1",
        "guildhall_runs_total{status=\"trapped\"} 1",
        "guildhall_commits_total{status=\"committed\"} 1",
        "guildhall_refusals_total{rule=\"network.not-granted\"} 1",
        "guildhall_run_seconds_count 5",
        "guildhall_sent_bytes_total 0",
    ] {
        assert!(numbers.contains(line), "{line}\n{numbers}");
    }
    let number = |name: &str| -> u64 {
        let found = numbers.lines().find_map(|line| line.strip_prefix(name));
        found
            .unwrap_or_else(|| panic!("{name}\n{numbers}"))
            .trim()
            .parse()
            .unwrap()
    };
    let fuel: u64 = runs.iter().map(|run| run.usage.fuel).sum();
    let calls: u64 = runs.iter().map(|run| run.usage.host_calls).sum();
    assert_eq!(number("guildhall_fuel_total"), fuel);
    assert_eq!(number("guildhall_host_calls_total"), calls);

    // And nothing else is told.
    for kept in [
        INPUT,
        CONTENT,
        SECRET,
        FOLDER,
        &outer.path().display().to_string(),
    ] {
        for (what, text) in [("spans", &spans), ("numbers", &numbers)] {
            let told = text.lines().find(|line| line.contains(kept));
            assert_eq!(told, None, "{kept} is in the {what}");
        }
    }
    assert!(
        !numbers.contains("local"),
        "no tenant is in the numbers\n{numbers}"
    );
    assert!(!numbers.contains(&*runs[0].invocation), "{numbers}");
}
