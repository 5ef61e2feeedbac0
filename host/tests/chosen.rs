//! A run whose identifier was chosen before it began happens once. The guest is `tests/guests/prober`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod guest;

use guest::prober;
use guildhall_host::{
    FileGrant, Grants, Host, HostError, Invocation, JournalError, RunFilter, RunId, RunStatus,
    Tenant,
};
use guildhall_package::authority::Access;
use serde_json::json;
use std::path::Path;

fn write_to(path: &Path, run: RunId) -> Invocation {
    let folder = FileGrant {
        name: "out".parse().unwrap(),
        path: path.to_path_buf(),
        access: Access::Write,
        is_folder: true,
    };
    Invocation::new("write", json!({"path": "out/a.txt", "text": "hello"}))
        .grants(Grants::none().file(folder))
        .run(run)
}

fn is_taken(error: &HostError) -> bool {
    matches!(error, HostError::Journal(JournalError::Refused(refusal)) if refusal.rule == "run.taken")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_begin_at_once_under_one_identifier_one_runs_and_it_is_known_after_a_restart()
{
    let state = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let host = Host::builder()
        .state_dir(state.path())
        .build()
        .await
        .unwrap();
    let skill = host.load(&prober()).await.unwrap();
    let (run, tenant) = (RunId::new(), Tenant::local());

    let tries = (0..8).map(|_| host.invoke(&skill, write_to(out.path(), run)));
    let (made, taken): (Vec<_>, Vec<_>) = futures::future::join_all(tries)
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!((made.len(), taken.len()), (1, 7));
    assert!(
        taken
            .iter()
            .all(|ended| ended.as_ref().is_err_and(is_taken))
    );
    let outcome = made.into_iter().next().unwrap().unwrap();
    assert_eq!(outcome.status, RunStatus::AwaitingApproval);
    assert_eq!(outcome.invocation, run.to_string());
    let runs = host.runs(&tenant, RunFilter::default()).await.unwrap();
    assert_eq!(runs.len(), 1, "nothing is left of those that were refused");

    host.shutdown().await;
    drop(skill);
    let host = Host::builder()
        .state_dir(state.path())
        .build()
        .await
        .unwrap();
    let skill = host.load(&prober()).await.unwrap();
    let found = host.run(&tenant, &run.to_string()).await.unwrap().unwrap();
    assert_eq!(found.outcome.effect_set, outcome.effect_set);
    // An identifier is taken for every tenant.
    let other = Tenant::new("other").unwrap();
    let again = host
        .invoke(&skill, write_to(out.path(), run).tenant(other))
        .await;
    assert!(is_taken(&again.unwrap_err()));
    host.invoke(&skill, write_to(out.path(), RunId::new()))
        .await
        .unwrap();
}
