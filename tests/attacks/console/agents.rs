//! Agents over HTTP: tokens, sessions and states of others, and pages elsewhere.

use guildhall_host::Grants;
use guildhall_tests::agents::{Agent, Console};
use guildhall_tests::mcp::OLD;
use guildhall_tests::money::order;
use guildhall_tests::wire::{self, Answer};
use guildhall_tests::{Draft, Home, json};

fn pays() -> Grants {
    Grants {
        payments: vec!["EUR 90.00".parse().unwrap()],
        ..Grants::none()
    }
}

/// Asks by the version with sessions.
fn old(console: &Console, agent: &Agent, session: Option<&str>, method: &str) -> Answer {
    let bearer = format!("Bearer {}", agent.token);
    let mut headers = vec![
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ];
    if let Some(session) = session {
        headers.push(("mcp-session-id", session));
    }
    let params = json!({"protocolVersion": OLD, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
    wire::ask(&console.address, "POST /mcp", &headers, body.as_bytes())
}

#[test]
fn nobody_without_a_token_of_an_agent_passes_and_no_page_elsewhere_does() {
    let home = Home::new();
    let console = Console::start(&home);
    let agent = console.agent(&home, "bookkeeper", &Grants::none());
    let able = json!({});
    let listed = agent.post(&able, "tools/list", json!({}), &[]);
    assert_eq!(listed.status, 200, "{}", listed.text());
    for token in [
        "",
        "x",
        "gha_",
        &agent.token[4..],
        &format!("{}A", agent.token),
        &agent.token.replace("gha_", "ghp_"),
    ] {
        let stranger = Agent {
            token: token.to_owned(),
            ..agent.clone()
        };
        let answer = stranger.post(&able, "tools/list", json!({}), &[]);
        assert_eq!(answer.status, 401, "{token}");
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.starts_with("Bearer ")
                && challenge.contains("/.well-known/oauth-protected-resource/mcp"),
            "{challenge}"
        );
    }
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://localhost:1"),
    ] {
        let answer = agent.post(&able, "tools/list", json!({}), &[(name, value)]);
        assert_eq!(answer.status, 403, "{name}: {value}: {}", answer.text());
    }
    // A name that was made to lead here, as by rebinding.
    let bearer = format!("Bearer {}", agent.token);
    let rebound = wire::ask_for(
        &console.address,
        "evil.example",
        "POST /mcp",
        &[
            ("authorization", &bearer),
            ("content-type", "application/json"),
        ],
        b"{}",
    );
    assert_eq!(rebound.status, 421, "{}", rebound.text());
    // A token opens no page and no other door.
    for path in [
        "/",
        "/approvals",
        "/settings/agents",
        "/settings/people",
        "/events",
    ] {
        let answer = wire::ask(
            &console.address,
            &format!("GET {path}"),
            &[("authorization", &bearer)],
            b"",
        );
        assert_ne!(answer.status, 200, "{path}");
    }
}

#[test]
fn sessions_states_and_runs_of_one_agent_are_nothing_to_another() {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    let console = Console::start(&home);
    let (ann, bob) = (
        console.agent(&home, "ann", &pays()),
        console.agent(&home, "bob", &pays()),
    );

    let begun = old(&console, &ann, None, "initialize");
    assert_eq!(begun.status, 200, "{}", begun.text());
    let session = begun.header("mcp-session-id").to_owned();
    assert!(!session.is_empty());
    assert_eq!(
        old(&console, &bob, Some(&session), "tools/list").status,
        404
    );
    assert_eq!(
        old(&console, &bob, Some("0198c0de"), "tools/list").status,
        404
    );

    let able = json!({"elicitation": {"url": {}}});
    let arguments = json!({"order": order("book:acme", 1_250, "INV-1")});
    let first = ann.call(&able, "prober_pay", arguments.clone());
    let state = &first["requestState"];
    assert!(state.is_string(), "{first:#}");
    let round = json!({"name": "prober_pay", "arguments": arguments, "requestState": state, "inputResponses": {"approval": {"action": "accept"}}});
    let stolen = bob.ask(&able, "tools/call", round);
    assert_eq!(stolen["error"]["code"], -32602, "{stolen:#}");

    let tasks = json!({"extensions": {"io.modelcontextprotocol/tasks": {}}});
    let task = ann.call(
        &tasks,
        "prober_pay",
        json!({"order": order("book:acme", 100, "INV-2")}),
    );
    let handle = task["taskId"].as_str().unwrap();
    for method in ["tasks/get", "tasks/update", "tasks/cancel"] {
        let answer = bob.ask(
            &tasks,
            method,
            json!({"taskId": handle, "inputResponses": {}}),
        );
        assert_eq!(answer["error"]["code"], -32602, "{method}: {answer:#}");
    }
    let told = bob.call(&json!({}), "guildhall_run", json!({ "run": handle }));
    assert_eq!(told["isError"], true, "{told:#}");
    let own = ann.ask(&tasks, "tasks/get", json!({ "taskId": handle }));
    assert_eq!(own["result"]["status"], "input_required", "{own:#}");
    assert_eq!(home.balance("till"), (10_000, 0));
}

#[test]
fn no_door_of_the_console_lets_an_agent_decide_whatever_it_brings() {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    let console = Console::start(&home);
    let agent = console.agent(&home, "bookkeeper", &pays());
    let parked = agent.call(
        &json!({}),
        "prober_pay",
        json!({"order": order("book:acme", 1_250, "INV-1")}),
    );
    let run = parked["_meta"]["ai.guildhall/run"].as_str().unwrap();
    let set = home.card(run)["effect_set"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {}", agent.token);
    let cookie = format!("guildhall-console={}", &agent.token[4..]);
    let own = format!(
        "http://localhost:{}",
        console.address.rsplit_once(':').unwrap().1
    );
    let body = json!({"effect_set": set, "approve": true, "decision": "approve"}).to_string();
    let form = format!(
        "effect_set={set}&decision=approve&csrf={}",
        &agent.token[4..]
    );
    for path in [
        format!("/api/v1/approvals/{run}/approve"),
        format!("/api/v1/approvals/{run}/reject"),
        format!("/approvals/{run}"),
        format!("/approvals/{run}/approve"),
        format!("/approvals/{run}/reject"),
        "/approvals".to_owned(),
        "/mandates".to_owned(),
        "/settings/secrets".to_owned(),
        "/settings/agents".to_owned(),
    ] {
        for (kind, body) in [
            ("application/json", &body),
            ("application/x-www-form-urlencoded", &form),
        ] {
            for brings in [
                vec![("authorization", bearer.as_str())],
                vec![("cookie", cookie.as_str()), ("origin", &own)],
                vec![
                    ("authorization", &bearer),
                    ("cookie", &cookie),
                    ("origin", &own),
                ],
            ] {
                let mut headers = vec![("content-type", kind)];
                headers.extend(brings);
                let answer = wire::ask(
                    &console.address,
                    &format!("POST {path}"),
                    &headers,
                    body.as_bytes(),
                );
                let sent_on = answer.status == 303 && answer.header("location").contains("sign-in");
                assert!(
                    answer.status >= 400 || sent_on,
                    "{path}: {} {}",
                    answer.status,
                    answer.text()
                );
            }
        }
    }
    let waiting = home
        .guildhall(["runs", "show", run, "--json"])
        .exits(0)
        .json();
    assert!(
        waiting.to_string().contains("awaiting_approval"),
        "{waiting:#}"
    );
    assert_eq!(home.balance("till"), (10_000, 0));
    let _ = home.approves(run).exits(0).is("committed");
}
