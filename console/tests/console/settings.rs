//! What a merchant sets for a skill: every run has it, whichever door it comes through.

use axum::http::Method;
use guildhall_console::agents::{Agent, AgentHost, Call, Handles, Scopes};
use guildhall_console::chosen::Chosen;
use guildhall_console::store;
use guildhall_host::{Grants, Retention, SecretKey32};
use serde_json::{Value, json};

use super::bench::Bench;
use super::program::{agent, stand_in};
use super::skills::shop;

/// What the operation `about` tells of the setting.
fn told(output: &Value) -> &Value {
    &output[3]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_reaches_the_runs_of_persons_programs_and_agents() {
    let bench = Bench::new().await;
    let skill = shop(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let person = stand_in(&bench, &mut ann).await;
    let agent = agent(&bench, "Desk", out.path(), Retention::Full).await;
    let input = json!({"setting": "greeting"});
    let body = json!({"skill": "acme/shop", "operation": "about", "input": input});

    // Nothing was set: the manifest's own.
    let said = person.post("/api/v1/runs", &body).await.json();
    assert_eq!(told(&said["output"]), "hi", "{said}");
    ann.post(
        "/skills/acme/shop/settings",
        &[("setting.greeting", "Guten Tag"), ("setting.days", "")],
    )
    .await
    .goes_to();

    for program in [&person, &agent] {
        let said = program
            .send(Method::POST, "/api/v1/runs", &[], Some(&body))
            .await
            .json();
        assert_eq!(told(&said["output"]), "Guten Tag", "{said}");
    }
    let call = json!({"name": "shop_about", "arguments": input});
    let said = agent.mcp("tools/call", call).await;
    let output = &said["result"]["structuredContent"]["result"];
    assert_eq!(told(output), "Guten Tag", "{said:#}");

    // As `guildhall mcp` does it, which serves one agent over the same folder.
    let state = bench.folder.path().join("state");
    let database = store::url(&store::file(&state));
    let stdio = AgentHost::new(
        bench.host.clone(),
        Handles::new(SecretKey32::random().unwrap()),
        Chosen::of_store(store::open(&database).await.unwrap()),
    );
    let own = Agent {
        id: "stdio".to_owned(),
        name: "stdio".to_owned(),
        skills: None,
        grants: Grants::none(),
        retention: Retention::Full,
        locale: "en".to_owned(),
        scopes: Scopes::all(),
    };
    let call = Call {
        operation: "about".to_owned(),
        input,
        cancel: tokio_util::sync::CancellationToken::new(),
        observer: None,
        run: None,
    };
    let outcome = stdio.invoke(&own, &skill, call).await.unwrap();
    assert_eq!(told(&outcome.output.unwrap().value().unwrap()), "Guten Tag");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_the_release_no_longer_has_holds_up_no_run() {
    let bench = Bench::new().await;
    shop(&bench).await;
    let mut ann = bench.owner().await;
    let person = stand_in(&bench, &mut ann).await;
    let mut tx = bench.app.store.write().await.unwrap();
    let values = [("gone".to_owned(), "x".to_owned())].into_iter().collect();
    store::skill_settings::set(tx.connection(), "acme/shop", &values, ("somebody", 1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let body = json!({"skill": "acme/shop", "operation": "about", "input": {"setting": "gone"}});
    let said = person.post("/api/v1/runs", &body).await.json();
    assert_eq!(said["status"], "completed", "{said}");
    assert_eq!(told(&said["output"]), &Value::Null);
}
