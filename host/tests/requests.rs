//! A request that comes again finds the run that it made. The guest is `tests/guests/prober`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use guildhall_host::{
    FileGrant, Grants, Host, HostError, Invocation, JournalError, RunFilter, RunStatus, Tenant,
};
use guildhall_package::Digest;
use guildhall_package::authority::Access;
use serde_json::json;
use std::path::{Path, PathBuf};

fn prober() -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let collected = std::env::var_os("GUILDHALL_GUESTS").map(PathBuf::from);
    let path = collected
        .map(|folder| folder.join("prober.wasm"))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| {
            here.join("../tests/guests/target/wasm32-unknown-unknown/release/prober.wasm")
        });
    std::fs::read(path).expect("the test guests are not built: run `cargo xtask guests`")
}

fn write_to(path: &Path, key: Digest) -> Invocation {
    let folder = FileGrant {
        name: "out".parse().unwrap(),
        path: path.to_path_buf(),
        access: Access::Write,
        is_folder: true,
    };
    Invocation::new("write", json!({"path": "out/a.txt", "text": "hello"}))
        .grants(Grants::none().file(folder))
        .request_key(key)
}

fn is_taken(error: &HostError) -> bool {
    matches!(error, HostError::Journal(JournalError::Refused(refusal)) if refusal.rule == "run.request-taken")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_request_that_comes_many_times_at_once_one_run_is_made_and_it_is_found_after_a_restart()
 {
    let state = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let host = Host::builder()
        .state_dir(state.path())
        .build()
        .await
        .unwrap();
    let skill = host.load(&prober()).await.unwrap();
    let (key, tenant) = (Digest::of(b"an agent, and its key"), Tenant::local());
    assert_eq!(host.run_of_request(&tenant, key).await.unwrap(), None);

    let tries = (0..8).map(|_| host.invoke(&skill, write_to(out.path(), key)));
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
    let run = made.into_iter().next().unwrap().unwrap();
    assert_eq!(run.status, RunStatus::AwaitingApproval);
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
    let found = host.run_of_request(&tenant, key).await.unwrap();
    assert_eq!(found, Some(run.invocation));
    let again = host.invoke(&skill, write_to(out.path(), key)).await;
    assert!(is_taken(&again.unwrap_err()));

    // A key is a tenant's own, and another key is another request.
    let other = Tenant::new("other").unwrap();
    assert_eq!(host.run_of_request(&other, key).await.unwrap(), None);
    let theirs = write_to(out.path(), key).tenant(other);
    host.invoke(&skill, theirs).await.unwrap();
    let next = write_to(out.path(), Digest::of(b"another key"));
    host.invoke(&skill, next).await.unwrap();
}
