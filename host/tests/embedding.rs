//! The host as a library: what an embedder relies on. The guest is `tests/guests/prober`.
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
    Card, DecideError, Decision, FileGrant, Grants, Host, HostError, HostLimits, Invocation,
    Limits, RunFilter, RunStatus, Skill, Tenant,
};
use guildhall_package::authority::Access;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The built guest: where `cargo xtask guests` puts it (`GUILDHALL_GUESTS`), or where cargo does.
async fn host_and_skill() -> (Host, Skill) {
    let host = Host::builder().build().await.unwrap();
    let skill = host.load(&prober()).await.unwrap();
    (host, skill)
}

fn folder(name: &str, path: &Path, access: Access) -> FileGrant {
    FileGrant {
        name: name.parse().unwrap(),
        path: path.to_path_buf(),
        access,
        is_folder: true,
    }
}

fn write_to(path: &Path, text: &str) -> Invocation {
    let grants = Grants::none().file(folder("out", path, Access::Write));
    Invocation::new("write", json!({"path": "out/a.txt", "text": text})).grants(grants)
}

fn everything() -> Value {
    json!({
        "yes": true, "small": -8, "wide": "18446744073709551615", "deep": -5, "single": 1.5, "double": "NaN",
        "letter": "ß", "text": "ok", "bytes": "AAEC", "numbers": [1, 2], "maybe": null, "perhaps": {"some": null},
        "outcome": {"err": "no"}, "pair": ["a", 1], "colour": "dark_green", "rights": ["may_write"],
        "shape": {"circle": 2.5}
    })
}

#[tokio::test]
async fn every_supported_type_goes_in_and_comes_out_through_a_real_component() {
    let (host, skill) = host_and_skill().await;
    let invocation = Invocation::new("echo", json!({"value": everything()}));
    let outcome = host.invoke(&skill, invocation).await.unwrap();
    assert_eq!(outcome.status, RunStatus::Completed);
    assert_eq!(outcome.output.unwrap(), everything());
}

#[tokio::test]
async fn a_revoked_digest_stops_its_runs_within_100_ms_whether_computing_or_waiting_for_its_turn() {
    let limits = HostLimits {
        runs_at_once_per_tenant: 2,
        ..HostLimits::default()
    };
    let host = Host::builder().limits(limits).build().await.unwrap();
    let skill = host.load(&prober()).await.unwrap();
    let endless = Limits {
        fuel: u64::MAX / 2,
        ..Limits::ceiling()
    };
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let (host, skill) = (host.clone(), skill.clone());
            tokio::spawn(async move {
                let spin = Invocation::new("spin", json!({})).limits(endless);
                let outcome = host.invoke(&skill, spin).await.unwrap();
                (outcome, Instant::now())
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let revoked = Instant::now();
    host.revoke(skill.digest(), "it spins").await.unwrap();
    for (index, run) in runs.into_iter().enumerate() {
        let (outcome, ended) = run.await.unwrap();
        assert!(
            matches!(outcome.status, RunStatus::Cancelled | RunStatus::Refused),
            "{outcome:?}"
        );
        assert!(
            outcome
                .refusals
                .iter()
                .any(|refusal| refusal.rule == "skill.revoked")
        );
        let took = ended.duration_since(revoked);
        // The promise is 100 ms; a machine that is busy with other tests may be late by itself.
        assert!(
            took < Duration::from_millis(500),
            "run {index} took {took:?}"
        );
    }
    let again = host
        .invoke(&skill, Invocation::new("granted", json!({})))
        .await
        .unwrap();
    assert_eq!(again.status, RunStatus::Refused);
    let reloaded = host.load(&prober()).await.unwrap();
    let again = host
        .invoke(&reloaded, Invocation::new("granted", json!({})))
        .await
        .unwrap();
    assert_eq!(
        again.status,
        RunStatus::Refused,
        "loading again does not help"
    );
}

#[tokio::test]
async fn a_revocation_by_another_process_stops_a_run_here() {
    let home = tempfile::tempdir().unwrap();
    let here = Host::builder()
        .state_dir(home.path())
        .build()
        .await
        .unwrap();
    let there = Host::builder()
        .state_dir(home.path())
        .build()
        .await
        .unwrap();
    let skill = here.load(&prober()).await.unwrap();
    let run = {
        let (host, skill) = (here.clone(), skill.clone());
        tokio::spawn(async move {
            let limits = Limits {
                fuel: u64::MAX / 2,
                ..Limits::ceiling()
            };
            host.invoke(&skill, Invocation::new("spin", json!({})).limits(limits))
                .await
                .unwrap()
        })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    there.revoke(skill.digest(), "elsewhere").await.unwrap();
    let outcome = tokio::time::timeout(Duration::from_secs(5), run)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(outcome.status, RunStatus::Cancelled);
}

#[tokio::test]
async fn a_dropped_invocation_is_cancelled_and_recorded() {
    let (host, skill) = host_and_skill().await;
    let limits = Limits {
        fuel: u64::MAX / 2,
        ..Limits::ceiling()
    };
    let spin = Invocation::new("spin", json!({})).limits(limits);
    let _ = tokio::time::timeout(Duration::from_millis(100), host.invoke(&skill, spin)).await;
    for _ in 0..100 {
        let runs = host
            .runs(&Tenant::local(), RunFilter::default())
            .await
            .unwrap();
        if runs[0].status == RunStatus::Cancelled {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the run goes on");
}

#[tokio::test]
async fn tenants_see_nothing_of_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (host, skill) = host_and_skill().await;
    let (one, two) = (Tenant::new("one").unwrap(), Tenant::new("two").unwrap());
    let parked = host
        .invoke(&skill, write_to(folder.path(), "x").tenant(one.clone()))
        .await
        .unwrap();
    assert_eq!(parked.status, RunStatus::AwaitingApproval);
    let id = parked.invocation.as_str();
    assert!(host.pending(&two).await.unwrap().is_empty());
    assert!(host.card(&two, id).await.unwrap().is_none());
    assert!(host.run(&two, id).await.unwrap().is_none());
    assert!(
        host.runs(&two, RunFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
    let hash = parked.effect_set.unwrap();
    let foreign = host
        .decide(&two, id, hash, Decision::Approve, "two", "test")
        .await
        .unwrap_err();
    assert!(matches!(foreign, DecideError::NotFound(_)));
    assert!(!folder.path().join("a.txt").exists());

    let remember = json!({"key": "k", "value": "secret", "then_fail": false});
    host.invoke(&skill, Invocation::new("remember", remember).tenant(one))
        .await
        .unwrap();
    let recall = Invocation::new("recall", json!({"key": "k"})).tenant(two);
    let outcome = host.invoke(&skill, recall).await.unwrap();
    assert_eq!(outcome.output.unwrap(), Value::Null);
}

#[tokio::test]
async fn two_hosts_in_one_process_share_nothing() {
    let (first, skill) = host_and_skill().await;
    let second = Host::builder().build().await.unwrap();
    first.revoke(skill.digest(), "here only").await.unwrap();
    let other = second.load(&prober()).await.unwrap();
    let outcome = second
        .invoke(&other, Invocation::new("granted", json!({})))
        .await
        .unwrap();
    assert_eq!(outcome.status, RunStatus::Completed);
    assert!(
        first
            .runs(&Tenant::local(), RunFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn code_can_approve_reject_or_wait_and_each_card_is_decided_once() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("a.txt");
    let (host, skill) = host_and_skill().await;
    let rejected = write_to(folder.path(), "no").approver(|_: &Card| Decision::Reject {
        reason: "no".to_owned(),
    });
    let outcome = host.invoke(&skill, rejected).await.unwrap();
    assert_eq!(outcome.status, RunStatus::Rejected);
    assert!(!target.exists());

    let approved = write_to(folder.path(), "yes").approver(|card: &Card| {
        assert_eq!(card.effects.len(), 1);
        Decision::Approve
    });
    let outcome = host.invoke(&skill, approved).await.unwrap();
    assert_eq!(outcome.status, RunStatus::Committed);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "yes");
    let again = host
        .decide(
            &Tenant::local(),
            &outcome.invocation,
            outcome.effect_set.unwrap(),
            Decision::Approve,
            "x",
            "test",
        )
        .await
        .unwrap_err();
    assert!(matches!(
        again,
        DecideError::NotPending(RunStatus::Committed)
    ));
}

#[tokio::test]
async fn an_input_that_changed_after_the_card_refuses_the_commit() {
    let folder_in = tempfile::tempdir().unwrap();
    let folder_out = tempfile::tempdir().unwrap();
    std::fs::write(folder_in.path().join("a.txt"), "as read").unwrap();
    let (host, skill) = host_and_skill().await;
    let grants = Grants::none()
        .file(folder("in", folder_in.path(), Access::Read))
        .file(folder("out", folder_out.path(), Access::Write));
    let copy = json!({"source": "in/a.txt", "target": "out/b.txt"});
    let parked = host
        .invoke(&skill, Invocation::new("copy", copy).grants(grants))
        .await
        .unwrap();
    std::fs::write(folder_in.path().join("a.txt"), "changed").unwrap();
    let outcome = host
        .decide(
            &Tenant::local(),
            &parked.invocation,
            parked.effect_set.unwrap(),
            Decision::Approve,
            "x",
            "test",
        )
        .await
        .unwrap();
    assert_eq!(outcome.status, RunStatus::Refused);
    assert_eq!(outcome.refusals[0].rule, "files.input-changed");
    assert!(!folder_out.path().join("b.txt").exists());
}

#[tokio::test]
async fn a_pending_approval_survives_its_host_and_holds_no_instance() {
    let home = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let first = Host::builder()
        .state_dir(home.path())
        .build()
        .await
        .unwrap();
    let skill = first.load(&prober()).await.unwrap();
    let parked = first
        .invoke(&skill, write_to(folder.path(), "later"))
        .await
        .unwrap();
    first.shutdown().await;
    // No skill is loaded here: the effects are rows.
    let second = Host::builder()
        .state_dir(home.path())
        .build()
        .await
        .unwrap();
    let pending = second.pending(&Tenant::local()).await.unwrap();
    assert_eq!(pending[0].invocation, parked.invocation);
    let outcome = second
        .decide(
            &Tenant::local(),
            &parked.invocation,
            pending[0].effect_set,
            Decision::Approve,
            "x",
            "test",
        )
        .await
        .unwrap();
    assert_eq!(outcome.status, RunStatus::Committed);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("a.txt")).unwrap(),
        "later"
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_said_before_anything_runs() {
    let (host, skill) = host_and_skill().await;
    let unknown = host
        .invoke(&skill, Invocation::new("nope", json!({})))
        .await
        .unwrap_err();
    assert!(matches!(unknown, HostError::UnknownOperation { .. }));
    let wrong = host
        .invoke(&skill, Invocation::new("fail", json!({"text": 1})))
        .await
        .unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "the input does not fit the operation: text: expected a string, got the number 1"
    );
    let setting = Invocation::new("granted", json!({})).setting("colour", "red");
    assert!(matches!(
        host.invoke(&skill, setting).await.unwrap_err(),
        HostError::Setting(_)
    ));
    assert!(
        host.runs(&Tenant::local(), RunFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_tenant_whose_journal_is_full_is_refused_until_it_is_pruned() {
    let limits = HostLimits {
        journal_bytes_per_tenant: 200,
        ..HostLimits::default()
    };
    let host = Host::builder().limits(limits).build().await.unwrap();
    let skill = host.load(&prober()).await.unwrap();
    let long = || Invocation::new("long-output", json!({"bytes": 300}));
    assert_eq!(
        host.invoke(&skill, long()).await.unwrap().status,
        RunStatus::Completed
    );
    let full = host.invoke(&skill, long()).await.unwrap();
    assert_eq!(full.status, RunStatus::Refused);
    assert_eq!(full.refusals[0].rule, "journal.full");
    let other = long().tenant(Tenant::new("other").unwrap());
    assert_eq!(
        host.invoke(&skill, other).await.unwrap().status,
        RunStatus::Completed
    );
    host.prune(&Tenant::local(), i64::MAX).await.unwrap();
    assert_eq!(
        host.invoke(&skill, long()).await.unwrap().status,
        RunStatus::Completed
    );
}

#[tokio::test]
async fn the_same_seed_and_time_give_the_same_run() {
    let (host, skill) = host_and_skill().await;
    let mut outputs = Vec::new();
    for _ in 0..2 {
        let mut invocation = Invocation::new("random", json!({"length": 32}));
        invocation.seed = Some([7; 32]);
        invocation.now_ms = Some(1_000);
        let outcome = host.invoke(&skill, invocation).await.unwrap();
        outputs.push((outcome.output, outcome.usage.fuel));
    }
    assert_eq!(outputs[0], outputs[1]);
    let fresh = host
        .invoke(&skill, Invocation::new("random", json!({"length": 32})))
        .await
        .unwrap();
    assert_ne!(fresh.output, outputs[0].0);
}

#[tokio::test]
async fn the_example_program_writes_after_approval_in_code() {
    let example: PathBuf = std::env::current_exe()
        .unwrap()
        .parent()
        .and_then(Path::parent)
        .unwrap()
        .join("examples/embed");
    assert!(
        example.exists(),
        "build it first: cargo build -p guildhall-host --examples"
    );
    let source = include_str!("../examples/embed.rs");
    assert!(source.lines().count() < 40);
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(from.path().join("a.txt"), "embedded").unwrap();
    let component = from.path().join("prober.wasm");
    std::fs::write(&component, prober()).unwrap();
    let ran = std::process::Command::new(example)
        .arg(&component)
        .args(["copy", r#"{"source": "in/a.txt", "target": "out/b.txt"}"#])
        .arg(format!("in={}", from.path().display()))
        .arg(format!("out={}", to.path().display()))
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let outcome: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(outcome["status"], "committed");
    assert_eq!(
        std::fs::read_to_string(to.path().join("b.txt")).unwrap(),
        "embedded"
    );
}
