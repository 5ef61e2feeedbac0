//! Decisions by programs: of those that stand in for a person, and of nobody else.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guildhall_console::people::Role;
use guildhall_console::people::session::FRESH_MS;
use guildhall_host::{Retention, RunStatus, Tenant};
use serde_json::{Value, json};

use super::api::routes;
use super::bench::Bench;
use super::program::{PROBER, Program, agent, install, stand_in};

async fn effect_set(program: &Program, run: &str) -> String {
    let card = program
        .get(&format!("/api/v1/approvals/{run}"))
        .await
        .json();
    assert_eq!(card["card"]["invocation"], run);
    card["effect_set"].as_str().unwrap().to_owned()
}

async fn status(bench: &Bench, run: &str) -> RunStatus {
    let run = bench.host.run(&Tenant::local(), run).await.unwrap();
    run.unwrap().outcome.status
}

/// Generated over the document, so that a route that comes later is tried too.
#[tokio::test(flavor = "multi_thread")]
async fn an_agents_token_decides_nothing_on_any_route() {
    let bench = Bench::new().await;
    install(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let person = stand_in(&bench, &mut ann).await;
    let agent = agent(&bench, "Agent", out.path(), Retention::Full).await;
    let run = agent.waits("a.txt").await;
    let effect_set = effect_set(&person, &run).await;
    let body = json!({"effect_set": effect_set, "reason": "r", "skill": PROBER, "operation": "granted", "input": {}});
    for (method, path) in routes(&run) {
        let bodies =
            [None, Some(&body), Some(&json!({"effect_set": effect_set}))].map(|body| body.cloned());
        for body in bodies {
            // A stream has no end yet, and an agent may take back what it proposed.
            if path.ends_with("/events") || path.ends_with("/cancel") {
                continue;
            }
            let said = agent.send(method.clone(), &path, &[], body.as_ref()).await;
            let (code, rule) = said.outcome();
            let of_people = ["/approvals", "/audit", "/offers"];
            let changes_skills = path.contains("/skills") && method != Method::GET;
            if of_people.iter().any(|part| path.contains(part)) || changes_skills {
                // A body that can't be read is told so before anybody is asked who they are.
                assert!(
                    (code, rule.as_str()) == (403, "token.kind") || matches!(code, 400 | 415),
                    "{method} {path}: {code} {rule}"
                );
            }
            assert!(code < 500, "{method} {path}: {code} {rule}");
        }
    }
    let approve = format!("/api/v1/approvals/{run}/approve");
    let asked = agent
        .post(&approve, &json!({"effect_set": effect_set}))
        .await;
    assert_eq!(asked.outcome(), (403, "token.kind".to_owned()));
    // Neither does it open any page, by whatever header it comes.
    let mut browser = bench.browser();
    let bearer = format!("Bearer {}", agent.token.as_deref().unwrap());
    let headers = [
        ("authorization", bearer.as_str()),
        ("cookie", bearer.as_str()),
    ];
    for path in ["/approvals", "/settings/programs", "/settings/webhooks"] {
        let page = browser
            .send(Method::GET, path, &headers, Body::empty())
            .await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{path}");
    }
    assert_eq!(status(&bench, &run).await, RunStatus::AwaitingApproval);
    let cancel = format!("/api/v1/runs/{run}/cancel");
    let said = agent.post(&cancel, &json!({})).await;
    assert_eq!(said.json()["status"], "rejected", "{:?}", said.bytes);
    let said = person
        .post(&approve, &json!({"effect_set": effect_set}))
        .await;
    assert_eq!(said.outcome(), (409, "approval.over".to_owned()));
    assert!(!out.path().join("a.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_stands_in_for_a_person_decides_what_was_shown_once() {
    let bench = Bench::new().await;
    install(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let person = stand_in(&bench, &mut ann).await;
    let agent = agent(&bench, "Agent", out.path(), Retention::Full).await;
    let run = agent.waits("a.txt").await;
    let rejected = agent.waits("b.txt").await;

    let waiting = person.get("/api/v1/approvals?limit=1").await.json();
    assert_eq!(waiting["items"][0]["run"], run.as_str());
    assert_eq!(waiting["next"], run.as_str());
    let effect_set = effect_set(&person, &run).await;
    let approve = format!("/api/v1/approvals/{run}/approve");
    let other = json!({"effect_set": format!("sha256:{}", "0".repeat(64))});
    let said = person.post(&approve, &other).await;
    assert_eq!(said.outcome(), (409, "approval.changed".to_owned()));
    let body = json!({"effect_set": effect_set});
    let headers = [("idempotency-key", "decide-1")];
    let first = person
        .send(Method::POST, &approve, &headers, Some(&body))
        .await;
    assert_eq!(first.json()["status"], "committed", "{:?}", first.bytes);
    assert_eq!(
        std::fs::read_to_string(out.path().join("a.txt")).unwrap(),
        "hello"
    );
    let again = person
        .send(Method::POST, &approve, &headers, Some(&body))
        .await;
    assert_eq!(
        (again.header("idempotent-replayed"), &again.bytes),
        ("true", &first.bytes)
    );
    let late = person.post(&approve, &body).await;
    assert_eq!(late.outcome(), (409, "approval.over".to_owned()));

    let reject = format!("/api/v1/approvals/{rejected}/reject");
    let set = self::effect_set(&person, &rejected).await;
    for reason in [String::new(), "x".repeat(301)] {
        let said = person
            .post(&reject, &json!({"effect_set": set, "reason": reason}))
            .await;
        assert_eq!(said.outcome().0, 422, "{reason:?}");
    }
    let said = person
        .post(&reject, &json!({"effect_set": set, "reason": "not now"}))
        .await;
    assert_eq!(said.json()["status"], "rejected");

    let audit = person.get("/api/v1/audit").await.json();
    let decided: Vec<&Value> = audit["entries"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["kind"] == "decided")
        .collect();
    assert_eq!(decided.len(), 2);
    for entry in decided {
        assert_eq!(entry["body"]["channel"], "api");
        assert!(
            entry["body"]["decider"]
                .as_str()
                .unwrap()
                .ends_with("(Ann)")
        );
    }
    let size = audit["size"].as_u64().unwrap();
    let last = person
        .get(&format!("/api/v1/audit?from={}", size - 1))
        .await
        .json();
    assert_eq!(last["entries"].as_array().unwrap().len(), 1);
    assert_eq!(last.get("next"), None);
    let head = person.get("/api/v1/audit/head").await;
    let kept = [head.bytes.to_vec()];
    bench
        .host
        .verify_audit(&Tenant::local(), &kept)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_a_person_is_worth_what_the_person_is_and_is_made_by_who_has_just_signed_in() {
    let bench = Bench::new().await;
    install(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let mut bo = bench.invited(&mut ann, "Bo", Role::Approver).await;
    let program = stand_in(&bench, &mut bo).await;
    let agent = agent(&bench, "Agent", out.path(), Retention::Full).await;
    let run = agent.waits("a.txt").await;
    let body = json!({"effect_set": effect_set(&program, &run).await});
    let approve = format!("/api/v1/approvals/{run}/approve");
    // An approver runs and installs nothing, by a program neither.
    let offer = json!({"skill": PROBER});
    let said = program.post("/api/v1/offers", &offer).await;
    assert_eq!(said.outcome(), (403, "people.right".to_owned()));
    let owner = stand_in(&bench, &mut ann).await;
    let said = owner.post("/api/v1/offers", &offer).await;
    assert_eq!(said.outcome(), (409, "skills.fixed".to_owned()));
    let said = program.run("granted", &json!({}), &[]).await;
    assert_eq!(said.outcome(), (403, "people.right".to_owned()));

    let people = ann.get("/settings/people").await;
    let bo_at = people.text.find("<bdi>Bo</bdi>").unwrap();
    let id = people.text[bo_at..]
        .split("/settings/people/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    ann.post(
        &format!("/settings/people/{id}/role"),
        &[("role", "viewer")],
    )
    .await;
    let said = program.post(&approve, &body).await;
    assert_eq!(said.outcome(), (403, "people.right".to_owned()));
    assert_eq!(
        program.get("/api/v1/runs").await.status,
        StatusCode::OK,
        "a viewer looks"
    );
    let page = bo
        .post("/settings/programs", &[("label", "x"), ("days", "1")])
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    ann.post(
        &format!("/settings/people/{id}/role"),
        &[("role", "approver")],
    )
    .await;

    let list = bo.get("/settings/programs").await;
    let token = list.between("/settings/programs/", "/revoke");
    assert_eq!(
        bo.post(&format!("/settings/programs/{token}/revoke"), &[])
            .await
            .goes_to(),
        "/settings/programs"
    );
    assert_eq!(
        program.post(&approve, &body).await.outcome(),
        (401, "token.invalid".to_owned())
    );
    let program = stand_in(&bench, &mut bo).await;
    assert_eq!(
        program.get("/api/v1/approvals").await.status,
        StatusCode::OK
    );
    ann.post(&format!("/settings/people/{id}/remove"), &[])
        .await;
    assert_eq!(
        program.post(&approve, &body).await.outcome(),
        (401, "token.invalid".to_owned())
    );
    assert_eq!(status(&bench, &run).await, RunStatus::AwaitingApproval);

    bench.app.clock.advance(FRESH_MS + 1);
    let page = ann
        .post("/settings/programs", &[("label", "x"), ("days", "1")])
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    page.says("sign in again");
}

/// The two kinds of tokens lie in two tables. No statement copies from one into the other, and none changes a row of those that
/// decide but its end.
#[test]
fn no_statement_makes_a_token_of_one_kind_of_one_of_the_other() {
    fn texts(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                texts(&path, found);
            } else {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut all = Vec::new();
    texts(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut all,
    );
    let (mut changed, mut made) = (0, 0);
    for text in all {
        let words: Vec<&str> = text.split_whitespace().collect();
        for at in words.windows(4) {
            if at[..2] == ["\"UPDATE", "approver_tokens"] {
                assert_eq!(at[2..], ["SET", "revoked"]);
                changed += 1;
            }
            if at[..3] == ["\"INSERT", "INTO", "approver_tokens"] {
                made += 1;
            }
        }
        let both = text.contains("approver_tokens") && text.contains("agent_tokens");
        assert!(!both, "{}", text.lines().next().unwrap());
    }
    assert_eq!((changed, made), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_a_person_ends_by_its_time() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let program = stand_in(&bench, &mut ann).await;
    assert_eq!(program.get("/api/v1/runs").await.status, StatusCode::OK);
    // Longer than any may live.
    bench.app.clock.advance(366 * 24 * 60 * 60 * 1000);
    let ended = program.get("/api/v1/runs").await.outcome();
    assert_eq!(ended, (401, "token.invalid".to_owned()));
}
