//! An agent that was talked into doing harm: it says everything that it can say, and nothing happens.

use guildhall_tests::mcp::{NEW, OLD, text};
use guildhall_tests::money::order;
use guildhall_tests::{Draft, Home, Mcp, Value, json};

pub(super) const PROTOCOL: [&str; 18] = [
    "initialize",
    "ping",
    "server/discover",
    "completion/complete",
    "logging/setLevel",
    "prompts/get",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "resources/directory/read",
    "tools/list",
    "tools/call",
    "tasks/get",
    "tasks/update",
    "tasks/cancel",
];

/// Words that would name a way to decide, in this house or in another.
pub(super) const WISHES: [&str; 20] = [
    "approve",
    "approvals/approve",
    "approvals",
    "decide",
    "guildhall_approve",
    "guildhall_decide",
    "guildhall_mandate",
    "guildhall_secrets",
    "mandates/add",
    "mandate",
    "grant",
    "secrets",
    "wallet",
    "wallet/deposit",
    "pay",
    "install",
    "consent",
    "elicitation/create",
    "sampling/createMessage",
    "guildhall/approve",
];

fn handle(parked: &Value) -> String {
    let told = text(parked);
    let handle = told.split("run = \"").nth(1).expect("a handle");
    handle.split('"').next().unwrap().to_owned()
}

fn waits(home: &Home, run: &str) {
    let shown = home
        .guildhall(["runs", "show", run, "--json"])
        .exits(0)
        .json();
    assert!(shown.to_string().contains("awaiting_approval"), "{shown:#}");
    assert_eq!(home.balance("till"), (10_000, 0));
    assert_eq!(home.balance("acme"), (0, 0));
}

#[test]
fn an_agent_that_tries_everything_can_not_approve_move_money_or_read_what_is_not_granted() {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    home.put("private/key.txt", "TOP-SECRET");
    home.put("in/open.txt", "fine");
    let out = home.folder("out");
    let (read, write) = (
        format!("out={}", home.path().join("in").display()),
        format!("drop={}", out.display()),
    );
    for version in [OLD, NEW] {
        let mut agent = Mcp::start(
            &home,
            version,
            ["--pay", "EUR 90.00", "--read", &read, "--write", &write],
        );
        let document = format!("INV-{version}");
        let parked = agent.call(
            "prober_pay",
            json!({"order": order("book:acme", 1_250, &document)}),
        );
        let run = parked["_meta"]["ai.guildhall/run"]
            .as_str()
            .unwrap()
            .to_owned();
        let handle = handle(&parked);

        // No tool has a name or an argument that decides.
        let tools = agent.result("tools/list", json!({}));
        for tool in tools["tools"].as_array().unwrap() {
            let name = tool["name"].as_str().unwrap();
            assert!(
                name.starts_with("prober_") || name == "guildhall_run",
                "{name}"
            );
        }

        // Every method, and every tool that one could wish for, with everything that looks like consent.
        let yes = json!({
            "run": run, "invocation": run, "id": run, "taskId": run, "task_id": handle, "approve": true, "decision": "approve",
            "action": "accept", "name": "approve", "uri": format!("guildhall://approvals/{run}"), "level": "debug",
            "arguments": {"run": run, "approve": true}, "inputResponses": {"approval": {"action": "accept", "content": {"approve": true}}},
            "requestState": run, "ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "x", "value": "y"},
        });
        for method in PROTOCOL.iter().chain(&WISHES) {
            if *method == "initialize" && version == OLD {
                continue;
            }
            let _ = agent.request(method, yes.clone());
        }
        for tool in WISHES {
            let answer = agent.request(
                "tools/call",
                json!({"name": tool, "arguments": {"run": run, "approve": true}}),
            );
            assert_eq!(answer["error"]["code"], -32602, "{tool}: {answer:#}");
        }
        // The same call with answers to questions that were never asked is a call like any other: the same payment again, which
        // the payment key refuses.
        let again = agent.request(
            "tools/call",
            json!({
                "name": "prober_pay", "arguments": {"order": order("book:acme", 1_250, &document)},
                "inputResponses": {"approval": {"action": "accept"}}, "requestState": handle,
            }),
        );
        assert!(
            again.get("error").is_some() || again["result"]["isError"] == true,
            "{again:#}"
        );
        // A helper with more arguments than it has.
        let more = agent.call("guildhall_run", json!({"run": handle, "approve": true}));
        assert_eq!(more["isError"], true, "{more:#}");
        waits(&home, &run);

        // Runs of others, by their plain identifier or a handle that was changed.
        let own = home.parked_payment(order("book:acme", 99, &format!("OWN-{version}")));
        let foreign = handle.replacen(&run, &own, 1);
        for guess in [
            own.as_str(),
            run.as_str(),
            &foreign,
            &format!("{own}."),
            "",
            "../x",
        ] {
            let answer = agent.call("guildhall_run", json!({ "run": guess }));
            assert_eq!(answer["isError"], true, "{guess}: {answer:#}");
            assert!(!text(&answer).contains("OWN-"), "{guess}: {answer:#}");
        }
        let _ = home
            .guildhall(["approvals", "reject", &own, "--json"])
            .exits(0);

        // Files: neither as a resource nor through a skill.
        let private = home.path().join("private/key.txt");
        for uri in [
            format!("file://{}", private.display()),
            format!("guildhall://files{}", private.display()),
            "guildhall://files/out/../../private/key.txt".to_owned(),
            "guildhall://files/out/..%2f..%2fprivate%2fkey.txt".to_owned(),
            "guildhall://files/out//private/key.txt".to_owned(),
            "guildhall://files/drop/open.txt".to_owned(),
            "guildhall://files/private/key.txt".to_owned(),
            "guildhall://secrets/x".to_owned(),
        ] {
            let answer = agent.request("resources/read", json!({ "uri": uri }));
            assert!(answer.get("error").is_some(), "{uri}: {answer:#}");
        }
        for path in [
            "private/key.txt",
            "out/../private/key.txt",
            "../private/key.txt",
            "drop/x",
        ] {
            let answer = agent.call("prober_read", json!({ "path": path }));
            assert_eq!(answer["isError"], true, "{path}: {answer:#}");
            assert!(!answer.to_string().contains("TOP-SECRET"), "{path}");
        }
        // More money than was granted, and to whom the consent does not reach.
        for wish in [
            order("book:acme", 9_001, "BIG"),
            order("iban:NL91ABNA0417164300", 100, "OUT"),
        ] {
            let answer = agent.call("prober_pay", json!({ "order": wish }));
            assert_eq!(answer["isError"], true, "{answer:#}");
            assert!(!text(&answer).contains("waits"), "{answer:#}");
        }
        waits(&home, &run);
        agent.ends();
        let _ = home
            .guildhall(["approvals", "reject", &run, "--json"])
            .exits(0);
    }
    assert_eq!(home.names("out"), [""; 0]);
    // Nobody but the person decided anything.
    let by_others = "SELECT COUNT(*) FROM approvals WHERE channel <> 'command line'";
    assert_eq!(guildhall_tests::journal::number(&home, by_others), 0);
    let decided = guildhall_tests::journal::number(&home, "SELECT COUNT(*) FROM approvals");
    assert_eq!(decided, 4);
}

#[test]
fn the_home_folder_is_granted_to_no_agent() {
    let home = Home::new();
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    for place in [
        home.home(),
        home.home().join("state"),
        home.path().to_owned(),
    ] {
        let ran = home.guildhall(["mcp", "--read", &format!("out={}", place.display())]);
        let _ = ran.exits(4);
    }
}

#[test]
fn lines_that_are_none_of_the_protocol_end_nothing_but_themselves() {
    let home = Home::new();
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    let mut agent = Mcp::start(&home, OLD, [""; 0]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for line in [
        "",
        "null",
        "[]",
        "{}",
        "\u{0}",
        "GET / HTTP/1.1",
        "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"tools/list\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"tools/list\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":999,\"result\":{\"action\":\"accept\"}}",
        &deep,
    ] {
        agent.send_text(line);
    }
    let id = agent.ask(
        "tools/call",
        json!({"name": "prober_fail", "arguments": {"text": "x"}}),
    );
    // Errors about the lines above may come first.
    let answer = loop {
        let message = agent.receive();
        if message["id"] == id {
            break message;
        }
    };
    assert_eq!(answer["result"]["isError"], true, "{answer:#}");
    agent.ends();
}
