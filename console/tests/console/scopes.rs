//! What a token is for: a token for looking runs nothing, and none grows.

use axum::http::StatusCode;
use guildhall_console::agents::tokens;
use serde_json::{Value, json};

use super::bench::{Bench, PASSWORD};
use super::oauth::{self, refused};
use super::program::{Program, runs, served};

fn text(given: &Value, name: &str) -> String {
    given[name].as_str().unwrap().to_owned()
}

/// A program with an agent's token, cut down to these scopes.
async fn narrowed(bench: &Bench, program: &Program, scopes: &str) -> Program {
    let hash = tokens::hash(program.token.as_ref().unwrap()).unwrap();
    let mut tx = bench.app.store.write().await.unwrap();
    let changed = sqlx::query("UPDATE agent_tokens SET scopes = $2 WHERE hash = $1")
        .bind(hash.to_vec())
        .bind(scopes)
        .execute(tx.connection())
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);
    tx.commit().await.unwrap();
    program.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_looking_runs_nothing_over_any_door() {
    let (bench, _out, whole) = served().await;
    let run = whole.waits("a.txt").await;
    let before = runs(&bench).await;

    let looks = narrowed(&bench, &whole, "runs:read").await;
    let said = looks.run("granted", &json!({}), &[]).await;
    assert_eq!(said.outcome(), (403, "token.scope".to_owned()));
    let said = looks
        .post(&format!("/api/v1/runs/{run}/cancel"), &json!({}))
        .await;
    assert_eq!(said.outcome(), (403, "token.scope".to_owned()));
    let shown = looks.mcp("tools/list", json!({})).await;
    let names: Vec<&Value> = shown["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| &tool["name"])
        .collect();
    assert_eq!(names, ["guildhall_run"]);
    for (method, params) in [
        (
            "tools/call",
            json!({"name": "prober_granted", "arguments": {}}),
        ),
        ("tasks/cancel", json!({"taskId": run})),
        ("resources/list", json!({})),
        ("resources/read", json!({"uri": "guildhall://files/out"})),
    ] {
        let said = looks.mcp_said(method, params).await;
        assert_eq!(said.outcome(), (403, "token.scope".to_owned()), "{method}");
        let challenge = said.header("www-authenticate");
        assert!(
            challenge.contains("error=\"insufficient_scope\"") && challenge.contains("tools:call"),
            "{challenge}"
        );
    }
    assert_eq!(runs(&bench).await, before);
    // It looks, at what is its own.
    let found = looks.get(&format!("/api/v1/runs/{run}")).await;
    assert_eq!(found.json()["status"], "awaiting_approval");
    assert_eq!(looks.get("/api/v1/runs").await.status, StatusCode::OK);

    // The other way round.
    let calls = narrowed(&bench, &whole, "tools:call").await;
    let said = calls.run("granted", &json!({}), &[]).await;
    assert_eq!(said.status, StatusCode::OK);
    for path in [
        "/api/v1/runs".to_owned(),
        format!("/api/v1/runs/{run}"),
        format!("/api/v1/runs/{run}/receipt"),
        format!("/api/v1/runs/{run}/events"),
    ] {
        let said = calls.get(&path).await;
        assert_eq!(said.outcome(), (403, "token.scope".to_owned()), "{path}");
    }
    let told = json!({"name": "guildhall_run", "arguments": {"run": run}});
    let said = calls.mcp_said("tools/call", told).await;
    assert_eq!(said.outcome(), (403, "token.scope".to_owned()));
    // Without a way to ask about it later, what waits is told in words and is no task.
    let write =
        json!({"name": "prober_write", "arguments": {"path": "out/b.txt", "text": "hello"}});
    let said = calls.mcp("tools/call", write).await;
    assert!(said["result"]["taskId"].is_null(), "{said:#}");
    assert!(said["result"]["content"][0]["text"].is_string(), "{said:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_running_sees_no_run_by_cancelling_it() {
    let (bench, _out, whole) = served().await;
    let done = whole.run("granted", &json!({}), &[]).await.json();
    assert!(!done["output"].is_null(), "{done:#}");
    let waits = whole.waits("a.txt").await;

    let calls = narrowed(&bench, &whole, "tools:call").await;
    for run in [text(&done, "run"), waits] {
        let cancel = format!("/api/v1/runs/{run}/cancel");
        // Twice: while it waits, and when it is over.
        for _ in 0..2 {
            let said = calls.post(&cancel, &json!({})).await;
            assert_eq!(said.status, StatusCode::OK);
            let said = said.json();
            assert_eq!(said["run"], run);
            for part in ["output", "failure", "effects", "refusals"] {
                let told = &said[part];
                let is_empty = told.is_null() || told.as_array().is_some_and(Vec::is_empty);
                assert!(is_empty, "{part}: {said:#}");
            }
        }
    }
    // Whoever may look is told.
    let whole = narrowed(&bench, &whole, "tools:call runs:read").await;
    let cancel = format!("/api/v1/runs/{}/cancel", text(&done, "run"));
    let said = whole.post(&cancel, &json!({})).await.json();
    assert_eq!(said["output"], done["output"]);
}

#[tokio::test]
async fn an_agents_new_token_is_for_what_it_was_let_in_for_however_long_ago() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let mut program = oauth::Program::registered(&bench).await;
    program.scope = Some("runs:read");
    let given = program.joins(&mut owner).await;
    let token = text(&given, "access_token");
    let found = tokens::find(&bench.app, &token).await.unwrap().unwrap();
    let id = found.id.strip_prefix("token:").unwrap().to_owned();
    // Its token and what renews it have ended, and are forgotten when others are made.
    bench.app.clock.advance(31 * 24 * 60 * 60 * 1000);
    let mut owner = bench.browser();
    owner.get("/sign-in").await;
    let who = [("name", "Ann"), ("password", PASSWORD)];
    owner.post("/sign-in", &who).await.goes_to();
    let page = "/settings/agents";
    owner
        .get(page)
        .await
        .says("It sees its own runs, and runs nothing.");
    oauth::Program::registered(&bench)
        .await
        .joins(&mut owner)
        .await;
    owner
        .get(page)
        .await
        .says("It runs its skills, and sees its own runs.");
    let new = owner
        .post(&format!("{page}/{id}/token"), &[("days", "30")])
        .await;
    let token = new.between("<code>", "</code>");
    let found = tokens::find(&bench.app, &token).await.unwrap().unwrap();
    assert_eq!(found.scopes.to_string(), "runs:read");
}

#[tokio::test]
async fn a_program_may_ask_for_less_is_shown_as_that_and_never_gets_more() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let mut program = oauth::Program::registered(&bench).await;
    owner
        .get(&program.page())
        .await
        .says("It runs the skills you choose")
        .says("It sees its own runs");
    program.scope = Some("runs:read");
    let page = owner.get(&program.page()).await;
    page.says("It runs nothing and proposes nothing")
        .says("It sees its own runs");
    assert!(!page.text.contains("It runs the skills you choose"));

    let given = program.joins(&mut owner).await;
    assert_eq!(given["scope"], "runs:read");
    let renewal = text(&given, "refresh_token");
    for more in ["tools:call runs:read", "tools:call", "approvals:decide"] {
        let said = program.renew_for(&renewal, Some(more)).await;
        refused(&said, "invalid_scope");
    }
    // Asking for too much has used nothing up.
    let said = program.renew_for(&renewal, None).await;
    let given: Value = serde_json::from_str(&said.text).unwrap();
    assert_eq!(given["scope"], "runs:read");
    let found = tokens::find(&bench.app, &text(&given, "access_token")).await;
    assert_eq!(found.unwrap().unwrap().scopes.to_string(), "runs:read");
}

#[tokio::test]
async fn a_token_may_be_renewed_for_less_without_giving_up_the_rest() {
    let bench = Bench::new().await;
    let mut owner = bench.owner().await;
    let mut program = oauth::Program::registered(&bench).await;
    let given = program.joins(&mut owner).await;
    assert_eq!(given["scope"], "tools:call runs:read");
    let renewal = text(&given, "refresh_token");
    let said = program.renew_for(&renewal, Some("runs:read")).await;
    let given: Value = serde_json::from_str(&said.text).unwrap();
    assert_eq!(given["scope"], "runs:read");
    let found = tokens::find(&bench.app, &text(&given, "access_token")).await;
    assert_eq!(found.unwrap().unwrap().scopes.to_string(), "runs:read");
    let renewal = text(&given, "refresh_token");
    let said = program.renew_for(&renewal, None).await;
    let given: Value = serde_json::from_str(&said.text).unwrap();
    assert_eq!(given["scope"], "tools:call runs:read");
}
