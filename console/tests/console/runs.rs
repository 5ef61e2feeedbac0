//! Pages of runs: found by what one looks for, told in full, verified, undone.

use axum::http::{StatusCode, header};
use guildhall_console::people::Role;
use guildhall_host::{Decision, Grants, Invocation, RunStatus, Tenant};
use serde_json::json;

use super::bench::Bench;
use super::skills::{folder, shop};

#[tokio::test(flavor = "multi_thread")]
async fn runs_are_found_by_words_status_and_skill_and_come_page_by_page() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let out = tempfile::tempdir().unwrap();
    for index in 0..33 {
        let input = json!({ "text": format!("note {index}") });
        let outcome = bench
            .host
            .invoke(&skill, Invocation::new("note", input))
            .await;
        assert_eq!(outcome.unwrap().status, RunStatus::Completed);
    }
    let write = Invocation::new("write", json!({"path": "out/rare_name.txt", "text": "x"}))
        .grants(Grants::none().file(folder("out", out.path())));
    let written = bench.host.invoke(&skill, write).await.unwrap();
    assert_eq!(written.status, RunStatus::AwaitingApproval);
    let mut viewer = bench.sign_in_as(Role::Viewer).await;

    let all = viewer.get("/runs").await;
    assert_eq!(
        all.text.matches("class=\"run\"").count(),
        30,
        "{}",
        all.text
    );
    let older = all.between("href=\"/runs?before=", "\"");
    let rest = viewer.get(&format!("/runs?before={older}")).await;
    assert_eq!(rest.text.matches("class=\"run\"").count(), 4);
    assert!(!rest.text.contains("Older runs"));

    let count = async |query: &str| {
        let page = viewer.clone().get(&format!("/runs?{query}")).await;
        page.text.matches("class=\"run\"").count()
    };
    // By a fact of an effect, whose letters mean themselves.
    assert_eq!(count("q=rare_name").await, 1);
    assert_eq!(count("q=rareXname").await, 0);
    assert_eq!(count("q=%25").await, 0);
    assert_eq!(count("q=NOTE").await, 30);
    assert_eq!(count(&format!("q={}", written.invocation)).await, 1);
    assert_eq!(count("status=awaiting_approval").await, 1);
    assert_eq!(count("status=trapped").await, 0);
    assert_eq!(count("skill=acme%2Fshop&q=write").await, 1);
    assert_eq!(count("skill=acme%2Fother").await, 0);
    assert_eq!(count("since=2020-01-01&until=2020-12-31").await, 0);
    assert_eq!(count("since=2020-01-01&q=write").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_told_step_by_step_verified_and_undone_by_who_may() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let (source, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(source.path().join("a.txt"), "hello").unwrap();
    let copy = Invocation::new(
        "copy",
        json!({"source": "in/a.txt", "target": "out/<b>.txt"}),
    )
    .grants(
        Grants::none()
            .file(folder("in", source.path()))
            .file(folder("out", out.path())),
    );
    let waiting = bench.host.invoke(&skill, copy).await.unwrap();
    let id = waiting.invocation.clone();
    let mut ann = bench.owner().await;
    let mut viewer = bench.invited(&mut ann, "Vi", Role::Viewer).await;

    let page = viewer.get(&format!("/runs/{id}")).await;
    page.says("waits for approval")
        .says("files.read")
        .says("Nothing was sent while it ran.")
        .says(&format!("href=\"/approvals/{id}\""));
    assert!(!page.text.contains("<b>.txt"), "a name is no markup");
    bench
        .host
        .decide(
            &Tenant::local(),
            &id,
            waiting.effect_set.unwrap(),
            Decision::Approve,
            "person:x (Ann)",
            "console",
        )
        .await
        .unwrap();
    let written = out.path().join("<b>.txt");
    assert_eq!(std::fs::read_to_string(&written).unwrap(), "hello");

    let receipt = viewer.get(&format!("/runs/{id}/receipt")).await;
    assert_eq!(receipt.status, StatusCode::OK);
    let name = receipt.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert!(name.starts_with("attachment;"), "{name}");
    assert!(receipt.text.contains("payloadType"), "{}", receipt.text);
    let verified = viewer.get(&format!("/runs/{id}/verify")).await;
    verified
        .says("The receipt holds.")
        .says("Nobody asked for it yet.");
    let replayed = ann.post(&format!("/runs/{id}/verify"), &[]).await;
    replayed.says("It made the same calls and came to the same answer.");
    // It was written elsewhere than into a folder of this console: that is not handed out.
    let file = viewer.get(&format!("/runs/{id}/files/0")).await;
    assert_eq!(file.status, StatusCode::NOT_FOUND);

    // What did something that can be undone offers it, and nothing else.
    ann.get(&format!("/runs/{id}"))
        .await
        .says(&format!("/runs/{id}/undo"));
    let note = Invocation::new("note", json!({"text": "only words"}));
    let note = bench.host.invoke(&skill, note).await.unwrap().invocation;
    let write = Invocation::new("write", json!({"path": "out/late.txt", "text": "x"}))
        .grants(Grants::none().file(folder("out", out.path())));
    let undecided = bench.host.invoke(&skill, write).await.unwrap().invocation;
    for run in [note, undecided] {
        let page = ann.get(&format!("/runs/{run}")).await;
        assert!(!page.text.contains("/undo"), "{}", page.text);
    }

    // Who only looks can't undo, and looking at what would be undone undoes nothing.
    let refused = viewer.get(&format!("/runs/{id}/undo")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let plan = ann.get(&format!("/runs/{id}/undo")).await;
    plan.says("The file is removed, if it is still as the run left it.");
    assert!(written.exists());
    let undone = ann.post(&format!("/runs/{id}/undo"), &[]).await;
    undone.says(">undone<");
    // The run says so from then on, and offers the file no more.
    let after = ann.get(&format!("/runs/{id}")).await;
    after.says(">taken back<");
    assert!(!after.text.contains("Download the file"), "{}", after.text);
    assert!(
        !after.text.contains(&format!("/runs/{id}/undo\"")),
        "{}",
        after.text
    );
    assert!(!written.exists());
    // Of a run that is not there nothing is told.
    let nowhere = ann.get("/runs/0198c0de-f00d-7000-8000-000000000001").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_told_with_its_rule_and_what_was_not_kept_is_not_shown() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let read = json!({"path": "in/secret.txt"});
    let outcome = bench
        .host
        .invoke(&skill, Invocation::new("read", read))
        .await
        .unwrap();
    let mut ann = bench.owner().await;
    let page = ann.get(&format!("/runs/{}", outcome.invocation)).await;
    page.says("What was refused")
        .says("badge bad\">refused")
        .says("choose the files or the folder for it there");
    let kept = Invocation::new("note", json!({"text": "to be forgotten"}))
        .retention(guildhall_host::Retention::None);
    let forgotten = bench.host.invoke(&skill, kept).await.unwrap();
    let page = ann.get(&format!("/runs/{}", forgotten.invocation)).await;
    page.says("It was not kept.");
    assert!(!page.text.contains("to be forgotten"), "{}", page.text);
}
