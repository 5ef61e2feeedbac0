//! The API for programs.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guildhall_console::api::doc;
use guildhall_console::api::once::REMEMBERED_MS;
use guildhall_console::store::requests;
use guildhall_host::{Retention, RunId, Tenant};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::bench::Bench;
use super::program::{PROBER, Program, Said, agent, install, part, runs, served, stand_in};

const ID: &str = "0198c0de-f00d-7000-8000-000000000001";

/// Every route that the document describes, with something in the place of its parameters.
pub fn routes(run: &str) -> Vec<(Method, String)> {
    let document = serde_json::to_value(doc::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let mut routes = Vec::new();
    for (path, item) in paths {
        let filled = path
            .replace("{run}", run)
            .replace("{install}", ID)
            .replace("{publisher}", "tests")
            .replace("{skill}", "prober");
        assert!(!filled.contains('{'), "{path}: fill it in");
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            routes.push((method, filled.clone()));
        }
    }
    assert!(routes.len() >= 14, "{routes:?}");
    routes
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_wants_a_token_and_a_cookie_is_none() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let nobody = Program::new(&bench, None);
    let stranger = Program::new(
        &bench,
        Some("gha_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
    );
    let forger = Program::new(
        &bench,
        Some("ghp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned()),
    );
    for (method, path) in routes(ID) {
        if path == doc::OPENAPI {
            assert_eq!(nobody.get(&path).await.status, StatusCode::OK);
            continue;
        }
        for program in [&nobody, &stranger, &forger] {
            let said = program.send(method.clone(), &path, &[], None).await;
            assert_eq!(said.outcome().0, 401, "{method} {path}");
            assert!(said.header("www-authenticate").starts_with("Bearer"));
        }
        // A page elsewhere could send a cookie in its owner's name: here it counts for nothing.
        let said = ann.send(method.clone(), &path, &[], Body::empty()).await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED, "{method} {path}");
    }
    let nowhere = nobody.get("/api/v1/nowhere").await;
    assert_eq!(
        nowhere.outcome().0,
        401,
        "not even which paths there are is told"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_of_every_route_what_it_wants_and_how_it_fails() {
    let document = serde_json::to_value(doc::document()).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let wants = operation["security"][0].get("token").is_some();
            assert_eq!(wants, path != doc::OPENAPI, "{method} {path}");
            let failed = &operation["responses"]["default"]["content"];
            assert!(
                failed.get("application/problem+json").is_some(),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_sees_its_own_runs_and_a_person_all() {
    let bench = Bench::new().await;
    install(&bench).await;
    let out = tempfile::tempdir().unwrap();
    let mut ann = bench.owner().await;
    let person = stand_in(&bench, &mut ann).await;
    let one = agent(&bench, "One", out.path(), Retention::Full).await;
    let other = agent(&bench, "Other", out.path(), Retention::Full).await;
    let mut own: Vec<String> = Vec::new();
    for _ in 0..3 {
        let said = one.run("granted", &json!({}), &[]).await;
        assert_eq!(said.status, StatusCode::OK);
        let run = said.json();
        assert_eq!(
            (&run["status"], &run["output"]),
            (&json!("completed"), &json!(["out"]))
        );
        assert_eq!(
            said.header("location"),
            format!("/api/v1/runs/{}", run["run"].as_str().unwrap())
        );
        own.push(run["run"].as_str().unwrap().to_owned());
    }
    own.reverse();
    let run = &own[0];
    for path in ["", "/events", "/receipt"] {
        let path = format!("/api/v1/runs/{run}{path}");
        assert_eq!(
            other.get(&path).await.outcome(),
            (404, "not-found".to_owned()),
            "{path}"
        );
    }
    let cancel = format!("/api/v1/runs/{run}/cancel");
    assert_eq!(other.post(&cancel, &json!({})).await.outcome().0, 404);
    for program in [&one, &person] {
        let receipt = program.get(&format!("/api/v1/runs/{run}/receipt")).await;
        assert_eq!(
            receipt.header("content-type"),
            "application/vnd.dsse.envelope.v1+json"
        );
        let receipt = bench
            .host
            .verify_receipt(&Tenant::local(), &receipt.bytes)
            .await;
        assert_eq!(receipt.unwrap().run.invocation, *run);
    }
    // Page by page, newest first.
    for (program, all) in [
        (&one, own.clone()),
        (&person, own.clone()),
        (&other, Vec::new()),
    ] {
        let (mut seen, mut next) = (Vec::new(), Some(String::new()));
        while let Some(cursor) = next {
            let page = program
                .get(&format!("/api/v1/runs?limit=2{cursor}"))
                .await
                .json();
            seen.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["run"].as_str().unwrap().to_owned()),
            );
            next = page["next"].as_str().map(|next| format!("&cursor={next}"));
        }
        assert_eq!(seen, all);
    }
    for bad in [
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?cursor=x",
        "?other=1",
    ] {
        let said = one.get(&format!("/api/v1/runs{bad}")).await;
        assert_eq!(said.outcome().0, 400, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_is_done_once_however_often_it_comes() {
    let bench = Bench::new().await;
    install(&bench).await;
    let out = tempfile::tempdir().unwrap();
    bench.owner().await;
    let one = agent(&bench, "One", out.path(), Retention::Full).await;
    let other = agent(&bench, "Other", out.path(), Retention::Full).await;
    let key = |key| [("idempotency-key", key)];
    let write = |file: &str| json!({"path": format!("out/{file}"), "text": "hello"});

    let together: Vec<Said> = futures::future::join_all((0..8).map(|_| {
        let (one, input) = (one.clone(), write("a.txt"));
        async move { one.run("write", &input, &[("idempotency-key", "k1")]).await }
    }))
    .await;
    let first = &together[0].bytes;
    for said in &together {
        assert_eq!(said.status, StatusCode::OK, "{:?}", said.bytes);
        assert_eq!(said.bytes, *first);
    }
    assert_eq!(
        together
            .iter()
            .filter(|said| said.header("idempotent-replayed").is_empty())
            .count(),
        1
    );
    assert_eq!(runs(&bench).await, 1);

    let again = one.run("write", &write("a.txt"), &key("k1")).await;
    assert_eq!(
        (again.header("idempotent-replayed"), &again.bytes),
        ("true", first)
    );
    let reused = one.run("write", &write("b.txt"), &key("k1")).await;
    assert_eq!(reused.outcome(), (409, "request.key-reused".to_owned()));
    // A key is its sender's own.
    let theirs = other.run("granted", &json!({}), &key("k1")).await;
    assert_eq!(theirs.status, StatusCode::OK);
    assert_eq!(runs(&bench).await, 2);
    // What came to nothing does not use its key up.
    let wrong = one.run("write", &json!({"path": 1}), &key("k2")).await;
    assert_eq!(wrong.outcome(), (422, "run.input".to_owned()));
    let right = one.run("granted", &json!({}), &key("k2")).await;
    assert_eq!(right.status, StatusCode::OK, "{:?}", right.bytes);
    for bad in ["a b", ""] {
        assert_eq!(
            one.run("granted", &json!({}), &key(bad)).await.outcome().0,
            400
        );
    }
    // After a day it is another request.
    let before = runs(&bench).await;
    bench.app.clock.advance(REMEMBERED_MS - 60_000);
    let same = one.run("granted", &json!({}), &key("k2")).await;
    assert_eq!(same.header("idempotent-replayed"), "true");
    assert_eq!(runs(&bench).await, before);
}

/// As a process leaves it that was killed after it wrote the request down and before it began the run, and one that was killed
/// after that and before it answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_on_where_a_killed_process_left_it() {
    let (bench, _out, agent) = served().await;
    let input = json!({"path": "out/a.txt", "text": "hello"});
    let body = json!({"skill": PROBER, "operation": "write", "input": input});
    let wanted = serde_json::from_value::<guildhall_console::api::wire::NewRun>(body).unwrap();
    let request = guildhall_console::api::once::hash_of("POST /api/v1/runs", &wanted).unwrap();
    let asker = {
        let token = agent.token.as_deref().unwrap();
        let found = guildhall_console::agents::tokens::find(&bench.app, token).await;
        found.unwrap().unwrap().id.clone()
    };
    let key: [u8; 32] = Sha256::digest(b"k1").into();
    let place = requests::Place {
        asker: &asker,
        key: &key,
    };
    let run = RunId::new().to_string();
    let now = bench.app.clock.now();
    let mut tx = bench.app.store.write().await.unwrap();
    let until = (now, now + REMEMBERED_MS);
    requests::insert(tx.connection(), place, &request, &run, until)
        .await
        .unwrap();
    requests::asked(tx.connection(), &asker, &run, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let headers = [("idempotency-key", "k1")];
    let first = agent.run("write", &input, &headers).await;
    assert_eq!(
        first.json()["run"],
        run.as_str(),
        "the run that was promised"
    );
    assert_eq!(first.json()["status"], "awaiting_approval");
    // It was begun, and nobody had been answered.
    let mut tx = bench.app.store.write().await.unwrap();
    requests::insert(
        tx.connection(),
        requests::Place {
            asker: &asker,
            key: &Sha256::digest(b"k2").into(),
        },
        &request,
        &run,
        until,
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let second = agent
        .run("write", &input, &[("idempotency-key", "k2")])
        .await;
    assert_eq!(second.bytes, first.bytes);
    assert_eq!(runs(&bench).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_run_is_answered_at_once_watched_and_cancelled() {
    let (_bench, _out, agent) = served().await;
    let said = agent
        .run("spin", &json!({}), &[("prefer", "respond-async")])
        .await;
    assert_eq!(said.status, StatusCode::ACCEPTED);
    assert_eq!(said.header("preference-applied"), "respond-async");
    let place = said.header("location").to_owned();
    let run = said.json()["run"].as_str().unwrap().to_owned();
    let state = agent.get(&place).await.json();
    assert_eq!(
        (&state["status"], &state["ended"]),
        (&json!("running"), &json!(false))
    );

    let mut events = agent.listen(&run).await;
    let first = part(&mut events).await.unwrap();
    assert!(
        first.starts_with("event: run\ndata: {") && first.contains("\"running\""),
        "{first}"
    );
    let cancelled = agent.post(&format!("{place}/cancel"), &json!({})).await;
    assert_eq!(
        cancelled.json()["status"],
        "cancelled",
        "{:?}",
        cancelled.bytes
    );
    let mut told = String::new();
    while let Some(text) = part(&mut events).await {
        told.push_str(&text);
    }
    assert!(
        told.contains("\"cancelled\"") && told.contains("\"ended\":true"),
        "{told}"
    );
    // Of one that is over there is one event, and to cancel it changes nothing.
    let mut events = agent.listen(&run).await;
    assert!(part(&mut events).await.unwrap().contains("\"cancelled\""));
    assert_eq!(part(&mut events).await, None);
    let again = agent.post(&format!("{place}/cancel"), &json!({})).await;
    assert_eq!(again.json(), cancelled.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn skills_are_told_with_the_types_of_their_operations_and_what_is_not_there_is_not() {
    let (_bench, _out, agent) = served().await;
    let list = agent.get("/api/v1/skills").await.json();
    assert_eq!(list["items"][0]["name"], PROBER);
    let skill = agent.get("/api/v1/skills/tests/prober").await.json();
    let write = skill["schemas"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "write")
        .unwrap();
    assert_eq!(write["input"]["properties"]["path"]["type"], "string");
    for (path, code) in [
        ("/api/v1/skills/tests/none", 404),
        ("/api/v1/skills/../x", 404),
        ("/api/v1/runs/x", 404),
    ] {
        assert_eq!(agent.get(path).await.outcome().0, code, "{path}");
    }
    let post = |body: Value| {
        let agent = agent.clone();
        async move { agent.post("/api/v1/runs", &body).await.outcome() }
    };
    let ask =
        |skill, operation, input| json!({"skill": skill, "operation": operation, "input": input});
    assert_eq!(post(ask("tests/none", "write", json!({}))).await.0, 404);
    assert_eq!(
        post(ask(PROBER, "none", json!({}))).await,
        (422, "run.operation".to_owned())
    );
    assert_eq!(
        post(ask(PROBER, "write", json!([]))).await,
        (400, "request.body".to_owned())
    );
    assert_eq!(
        post(json!({"skill": PROBER, "operation": "granted", "input": {}, "approve": true}))
            .await
            .0,
        400
    );
    let said = agent.send(Method::DELETE, "/api/v1/runs", &[], None).await;
    assert_eq!(said.outcome().0, 405);
    assert!(said.header("allow").contains("GET") && said.header("allow").contains("POST"));
}

/// What is not to be kept is told to who waits for it, and is in no file of the console afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn the_consoles_own_database_holds_nothing_of_what_was_asked_and_answered() {
    let bench = Bench::new().await;
    install(&bench).await;
    let out = tempfile::tempdir().unwrap();
    bench.owner().await;
    let secret = "only-in-the-input-83f1";
    for retention in [Retention::Full, Retention::Hashes, Retention::None] {
        let agent = agent(&bench, "Agent", out.path(), retention).await;
        let headers = [("idempotency-key", "a-key-that-is-hashed-77")];
        let failed = agent.run("fail", &json!({"text": secret}), &headers).await;
        assert_eq!(failed.json()["status"], "failed");
        let said = agent.run("granted", &json!({}), &[]).await.json();
        assert_eq!(said["output"], json!(["out"]), "{retention:?}");
    }
    let state = bench.folder.path().join("state");
    let mut looked = 0;
    for entry in std::fs::read_dir(state).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("console.sqlite") {
            let bytes = std::fs::read(&path).unwrap();
            let has = |text: &str| {
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            };
            assert!(!has(secret) && !has("a-key-that-is-hashed-77"), "{name}");
            looked += 1;
        }
    }
    assert!(looked >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_not_ask_too_often_from_wherever_it_asks() {
    let bench = Bench::with(|config| config.limits.requests_per_second = 2).await;
    let out = tempfile::tempdir().unwrap();
    bench.owner().await;
    let mut one = agent(&bench, "One", out.path(), Retention::Full).await;
    let mut answers = Vec::new();
    for place in 0..12 {
        one.from = format!("10.0.0.{place}:1").parse().unwrap();
        answers.push(one.get("/api/v1/skills").await);
    }
    let limited: Vec<&Said> = answers
        .iter()
        .filter(|said| said.status == StatusCode::TOO_MANY_REQUESTS)
        .collect();
    assert!(!limited.is_empty() && limited.len() < 12);
    assert_eq!(limited[0].outcome().1, "rate.too-many");
    assert!(limited[0].header("retry-after").parse::<u64>().is_ok());
    let mut other = agent(&bench, "Other", out.path(), Retention::Full).await;
    other.from = "10.0.0.1:1".parse().unwrap();
    assert_eq!(other.get("/api/v1/skills").await.status, StatusCode::OK);
}
