//! Agents that come over HTTP with a token; and a client that others wrote, over both ways and in both versions.

use guildhall_host::Grants;
use guildhall_tests::agents::Console;
use guildhall_tests::installed::seven;
use guildhall_tests::mcp::text;
use guildhall_tests::money::order;
use guildhall_tests::{Draft, Home, Value, find, json};
use std::process::{Command, Stdio};

fn pays() -> Grants {
    Grants {
        payments: vec!["EUR 90.00".parse().unwrap()],
        ..Grants::none()
    }
}

/// Runs `tests/peers/mcp_client.py`.
fn peer(mode: &str, steps: &Value, target: &[&str], answers: &Value) -> std::process::Child {
    let python = std::env::var_os("GUILDHALL_PEERS_PYTHON")
        .expect("GUILDHALL_PEERS_PYTHON names the Python with tests/peers/requirements.txt");
    Command::new(python)
        .arg(find::repository().join("tests/peers/mcp_client.py"))
        .arg(mode)
        .arg(steps.to_string())
        .args(target)
        .env("MCP_ANSWERS", answers.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn said(child: std::process::Child) -> Value {
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    serde_json::from_slice(&done.stdout).unwrap()
}

#[test]
fn an_agent_with_a_token_calls_waits_and_is_answered_when_a_person_has_decided() {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    home.installs(&seven("acme/seven"));
    let console = Console::start(&home);
    let agent = console.agent(&home, "bookkeeper", &pays());
    let plain = json!({});
    assert_eq!(
        agent.call(&plain, "seven_go", json!({}))["structuredContent"],
        json!({"result": 7})
    );

    // A round, in which a person approves.
    let able = json!({"elicitation": {"url": {}}});
    let arguments = json!({"order": order("book:acme", 1_250, "INV-1")});
    let first = agent.call(&able, "prober_pay", arguments.clone());
    let url = first["inputRequests"]["approval"]["params"]["url"]
        .as_str()
        .unwrap();
    let (base, run) = url.rsplit_once('/').unwrap();
    let port = console.address.rsplit_once(':').unwrap().1;
    assert_eq!(base, format!("http://localhost:{port}/approvals"));
    let round = json!({
        "name": "prober_pay", "arguments": arguments, "requestState": first["requestState"],
        "inputResponses": {"approval": {"action": "accept"}},
    });
    let done = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| agent.ask(&able, "tools/call", round.clone()));
        let _ = home.approves(run).exits(0).is("committed");
        waiting.join().unwrap()
    });
    assert_eq!(done["result"]["isError"], false, "{done:#}");
    let again = agent.ask(&able, "tools/call", round);
    assert_eq!(again["error"]["code"], -32602, "{again:#}");
    assert_eq!(home.balance("till"), (8_750, 0));

    // Words for who can do no more, and the run's end by its handle.
    let words = text(&agent.call(
        &plain,
        "prober_pay",
        json!({"order": order("book:acme", 100, "INV-2")}),
    ));
    assert!(
        words.contains(&format!(
            "A person decides at: http://localhost:{port}/approvals/"
        )),
        "{words}"
    );
}

#[test]
fn the_client_of_pypi_lists_calls_reads_and_is_sent_to_the_card() {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    home.installs(&seven("acme/seven"));
    home.put("in/a.csv", "x;y\n");
    let read = format!("out={}", home.path().join("in").display());
    let program = find::guildhall().display().to_string();
    let place = home.home().display().to_string();
    let steps = json!([
        {"list": true}, {"call": "seven_go"}, {"resources": true}, {"read": "guildhall://files/out/a.csv"}, {"call": "nothing"},
        {"call": "prober_fail", "arguments": {"text": "no"}},
    ]);
    for (mode, version) in [
        ("legacy", "2025-11-25"),
        ("2026-07-28", "2026-07-28"),
        ("auto", "2026-07-28"),
    ] {
        let target = [program.as_str(), "--home", &place, "mcp", "--read", &read];
        let told = said(peer(mode, &steps, &target, &json!({})));
        assert_eq!(told["version"], version, "{mode}");
        let step = |index: usize| &told["steps"][index];
        assert!(step(0)["tools"].as_array().unwrap().len() > 30, "{told:#}");
        assert_eq!(step(1)["structuredContent"], json!({"result": 7}), "{mode}");
        assert_eq!(
            step(2)["resources"][0]["uri"],
            "guildhall://files/out/a.csv"
        );
        assert_eq!(step(3)["contents"][0]["text"], "x;y\n");
        assert_eq!(step(4)["error"]["code"], -32602);
        assert_eq!(step(5)["isError"], true);
    }

    // Over HTTP, with a person who goes to the page; the client asks again by itself.
    let console = Console::start(&home);
    let agent = console.agent(&home, "pypi", &pays());
    for (mode, document) in [("legacy", "INV-1"), ("2026-07-28", "INV-2")] {
        let steps = json!([{"call": "seven_go"}, {"call": "prober_pay", "arguments": {"order": order("book:acme", 100, document)}}]);
        let client = peer(
            mode,
            &steps,
            &[&console.url(), &agent.token],
            &json!({"url": {"action": "accept"}}),
        );
        let run = waiting(&home);
        let _ = home.approves(&run).exits(0).is("committed");
        let told = said(client);
        assert_eq!(
            told["steps"][0]["structuredContent"],
            json!({"result": 7}),
            "{told:#}"
        );
        assert_eq!(told["steps"][1]["isError"], false, "{told:#}");
        assert_eq!(told["asked"][0]["mode"], "url", "{told:#}");
    }
    assert_eq!(home.balance("till"), (9_800, 0));
}

/// The one run that waits.
fn waiting(home: &Home) -> String {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let list = home
            .guildhall(["approvals", "list", "--json"])
            .exits(0)
            .json();
        if let Some(run) = list["approvals"][0]["invocation"].as_str() {
            return run.to_owned();
        }
        assert!(std::time::Instant::now() < deadline, "{list:#}");
    }
}
