//! The reviewer that is a process of its own: shell scripts stand in for it.

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use guildhall_marketplace::{ProcessReviewer, ReviewError, ReviewRequest, Reviewer};
use guildhall_package::Digest;
use guildhall_package::market::{Authority, ReviewReport};

fn reviewer(folder: &Path, script: &str) -> ProcessReviewer {
    ProcessReviewer::new(
        "/bin/bash".into(),
        vec!["-c".into(), script.into()],
        vec![
            ("PATH".into(), "/usr/bin:/bin".into()),
            ("GIVEN".into(), "yes".into()),
        ],
        folder.to_owned(),
    )
}

fn request(limit: Duration) -> ReviewRequest {
    let component = Bytes::from_static(b"component");
    let golden = Bytes::from_static(b"golden");
    ReviewRequest {
        name: "northwind/invoices".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        digest: Digest::of(&component),
        component,
        golden: Some((Digest::of(&golden), golden)),
        previous: Some(Authority::default()),
        limit,
    }
}

async fn run(script: &str) -> Result<ReviewReport, ReviewError> {
    let folder = tempfile::tempdir().unwrap();
    let result = reviewer(folder.path(), script)
        .review(request(Duration::from_secs(5)))
        .await;
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "its files are gone");
    result
}

/// Writes a report about the component of the task; `$task` is the line that it was told.
const HONEST: &str = r#"
read -r task
digest=$(echo "$task" | grep -o '"component":"sha256:[0-9a-f]*"' | head -1)
echo "{${digest},\"engine\":\"shell\",\"findings\":[],\"authority\":{\"capabilities\":[],\"network\":[],\"files\":[],\"payees\":[],\"channels\":[]},\"golden\":{\"passed\":0,\"failed\":0,\"cases\":[]},\"observed\":[]}"
"#;

#[tokio::test]
async fn a_worker_is_told_its_task_and_its_report_is_read() {
    let report = run(HONEST).await.unwrap();
    assert_eq!(report.component, Digest::of(b"component"));
    // The files are there, read-only, and nothing else: no environment, no more input.
    let script = format!(
        r#"
        [ "$(cat component.wasm)" = component ] || exit 3
        [ "$(cat golden.tar)" = golden ] || exit 4
        [ "$(stat -c %a component.wasm)" = 400 ] || exit 5
        [ "$GIVEN" = yes ] || exit 6
        [ -z "$HOME$CARGO_MANIFEST_DIR" ] || exit 7
        {HONEST}
        read -r more && exit 8
        exit 0
        "#
    );
    run(&script).await.unwrap();
}

#[tokio::test]
async fn whatever_else_a_worker_does_is_no_verdict() {
    let crashed = run("echo 'out of paper' >&2; exit 1").await.unwrap_err();
    assert!(
        matches!(&crashed, ReviewError::Crashed(said) if said.contains("out of paper")),
        "{crashed}"
    );
    // A right report of a worker that then fails does not count either.
    let late = run(&format!("{HONEST}\nkill -9 $$")).await.unwrap_err();
    assert!(matches!(late, ReviewError::Crashed(_)), "{late}");
    for script in [
        "exit 0",
        "echo '{}'",
        "echo nonsense",
        "echo '{\"component\":1}'",
    ] {
        let error = run(script).await.unwrap_err();
        assert!(matches!(error, ReviewError::Report(_)), "{script}: {error}");
    }
    let error = run("head -c 3000000 /dev/zero").await.unwrap_err();
    assert!(
        matches!(error, ReviewError::Report(_) | ReviewError::Crashed(_)),
        "{error}"
    );
    let folder = tempfile::tempdir().unwrap();
    let missing = ProcessReviewer::new(
        "/no/such/program".into(),
        Vec::new(),
        Vec::new(),
        folder.path().to_owned(),
    );
    let error = missing
        .review(request(Duration::from_secs(1)))
        .await
        .unwrap_err();
    assert!(matches!(error, ReviewError::Crashed(_)), "{error}");
}

#[tokio::test]
async fn a_worker_that_does_not_end_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("alive");
    std::fs::write(&mark, "").unwrap();
    let script = format!(
        "while :; do touch {0}; sleep 0.05; done & while :; do sleep 1; done",
        mark.display()
    );
    let scratch = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let error = reviewer(scratch.path(), &script)
        .review(request(Duration::from_millis(200)))
        .await
        .unwrap_err();
    assert_eq!(error, ReviewError::TimedOut(Duration::from_millis(200)));
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    tokio::time::sleep(Duration::from_millis(300)).await;
    let last = std::fs::metadata(&mark).unwrap().modified().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        std::fs::metadata(&mark).unwrap().modified().unwrap(),
        last,
        "its child lives on"
    );
    // Given up from outside, it ends as well.
    let review = reviewer(scratch.path(), &script);
    let given_up = tokio::time::timeout(
        Duration::from_millis(500),
        review.review(request(Duration::from_secs(60))),
    )
    .await;
    assert!(given_up.is_err());
    tokio::time::sleep(Duration::from_millis(300)).await;
    let last = std::fs::metadata(&mark).unwrap().modified().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(
        std::fs::metadata(&mark).unwrap().modified().unwrap(),
        last,
        "its child lives on"
    );
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}
