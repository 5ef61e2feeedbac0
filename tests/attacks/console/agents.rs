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
    assert_eq!(rebound.status, 403, "{}", rebound.text());
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
