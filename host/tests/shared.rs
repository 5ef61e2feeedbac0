//! Two hosts over one folder, as two processes have them, and what one does as long as it is at work. The guest is `tests/guests/prober`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod guest;

use guest::prober;
use guildhall_host::{
    Decision, FileGrant, Grants, Host, Invocation, Limits, RunId, RunStatus, Tenant,
};
use guildhall_package::authority::Access;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::Path;
use std::time::Duration;

async fn over(state: &Path) -> Host {
    Host::builder().state_dir(state).build().await.unwrap()
}

async fn status(host: &Host, run: RunId) -> Option<RunStatus> {
    let found = host.run(&Tenant::local(), &run.to_string()).await.unwrap();
    found.map(|run| run.summary.status)
}

/// Waits, as long as it takes.
async fn becomes(host: &Host, run: RunId, wanted: RunStatus) {
    while status(host, run).await != Some(wanted) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn endless(run: RunId) -> Invocation {
    // Longer than any machine takes to look.
    Invocation::new("spin", json!({}))
        .run(run)
        .limits(Limits::ceiling())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_stopped_by_a_host_that_is_not_at_work_on_it() {
    let state = tempfile::tempdir().unwrap();
    let (one, two) = (over(state.path()).await, over(state.path()).await);
    let skill = one.load(&prober()).await.unwrap();
    let (run, tenant) = (RunId::new(), Tenant::local());
    let working = tokio::spawn({
        let one = one.clone();
        async move { one.invoke(&skill, endless(run)).await }
    });
    becomes(&two, run, RunStatus::Running).await;
    let elsewhere = Tenant::new("elsewhere").unwrap();
    assert!(!two.stop(&elsewhere, &run.to_string()).await.unwrap());
    assert!(two.stop(&tenant, &run.to_string()).await.unwrap());
    let outcome = working.await.unwrap().unwrap();
    assert_eq!(outcome.status, RunStatus::Cancelled);
    assert!(!two.stop(&tenant, &run.to_string()).await.unwrap());
    assert!(!two.stop(&tenant, "nothing").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_that_is_gone_left_behind_a_running_one_ends_and_nothing_of_one_that_lives() {
    let state = tempfile::tempdir().unwrap();
    let (one, two) = (over(state.path()).await, over(state.path()).await);
    let skill = one.load(&prober()).await.unwrap();
    let (left, live) = (RunId::new(), RunId::new());
    let done = Invocation::new("recurse", json!({"depth": 1})).run(left);
    one.invoke(&skill, done).await.unwrap();
    let working = tokio::spawn({
        let one = one.clone();
        async move { one.invoke(&skill, endless(live)).await }
    });
    becomes(&two, live, RunStatus::Running).await;
    // As a process leaves it that was killed while the guest was at work.
    let mut db = SqliteConnectOptions::new()
        .filename(state.path().join("journal.sqlite"))
        .connect()
        .await
        .unwrap();
    let owner = "018f0000-0000-7000-8000-00000000dead";
    sqlx::query("UPDATE runs SET status = 'running', ended_at = NULL, owner = $2 WHERE id = $1")
        .bind(left.to_string())
        .bind(owner)
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
    becomes(&two, left, RunStatus::Cancelled).await;
    assert_eq!(status(&two, live).await, Some(RunStatus::Running));
    assert!(two.stop(&Tenant::local(), &live.to_string()).await.unwrap());
    let outcome = working.await.unwrap().unwrap();
    assert_eq!(outcome.status, RunStatus::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_a_run_that_is_no_more_is_destroyed_while_a_host_is_at_work() {
    let state = tempfile::tempdir().unwrap();
    let _host = over(state.path()).await;
    // As it is left where a run began that another host has ended and removed; its time is long ago.
    let key = state
        .path()
        .join("keys/run-keys/018f0000-0000-7000-8000-000000000000");
    std::fs::write(&key, [7; 32]).unwrap();
    while key.exists() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_carried_out_when_it_was_taken_over_is_carried_out_later_without_a_start()
{
    let (state, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = over(state.path()).await;
    let skill = host.load(&prober()).await.unwrap();
    let grants = Grants::none().file(FileGrant {
        name: "out".parse().unwrap(),
        path: out.path().to_path_buf(),
        access: Access::Write,
        is_folder: true,
    });
    let run = RunId::new();
    let write = Invocation::new("write", json!({"path": "out/a.txt", "text": "written"}))
        .grants(grants)
        .run(run);
    let waits = host.invoke(&skill, write).await.unwrap();
    let mut db = SqliteConnectOptions::new()
        .filename(state.path().join("journal.sqlite"))
        .connect()
        .await
        .unwrap();
    let full =
        "CREATE TRIGGER disk_full BEFORE UPDATE ON effects BEGIN SELECT RAISE(ABORT, 'full'); END";
    sqlx::query(full).execute(&mut db).await.unwrap();
    let (tenant, set) = (Tenant::local(), waits.effect_set.unwrap());
    let decided = host.decide(
        &tenant,
        &waits.invocation,
        set,
        Decision::Approve,
        "x",
        "test",
    );
    assert!(decided.await.is_err());
    host.shutdown().await;
    // As a process leaves it that was killed after the approval.
    let owner = "018f0000-0000-7000-8000-00000000dead";
    let left = "UPDATE runs SET owner = $2 WHERE id = $1 AND status = 'committing'";
    let left = sqlx::query(left).bind(run.to_string()).bind(owner);
    assert_eq!(left.execute(&mut db).await.unwrap().rows_affected(), 1);
    // The next start takes it over, and can't go on either.
    let host = over(state.path()).await;
    let owned = "SELECT COUNT(*) FROM runs WHERE owner = $1";
    let owned = sqlx::query_scalar::<_, i64>(owned).bind(owner);
    assert_eq!(owned.fetch_one(&mut db).await.unwrap(), 0);
    assert_eq!(status(&host, run).await, Some(RunStatus::Committing));
    let room = "DROP TRIGGER disk_full";
    sqlx::query(room).execute(&mut db).await.unwrap();
    becomes(&host, run, RunStatus::Committed).await;
    let written = std::fs::read_to_string(out.path().join("a.txt")).unwrap();
    assert_eq!(written, "written");
    db.close().await.unwrap();
}
