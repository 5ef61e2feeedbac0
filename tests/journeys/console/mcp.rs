//! An agent's client over standard input and output, line by line, in both versions of the protocol.

use guildhall_tests::installed::seven;
use guildhall_tests::mcp::{NEW, OLD, text};
use guildhall_tests::money::order;
use guildhall_tests::{Draft, Home, Mcp, Value, json};

fn named<'a>(tools: &'a Value, name: &str) -> &'a Value {
    let tools = tools["tools"].as_array().unwrap();
    let found = tools.iter().find(|tool| tool["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {tools:#?}"))
}

fn prober() -> Vec<u8> {
    Draft::new("acme/prober", "1.0.0").component()
}

#[test]
fn installed_operations_are_tools_and_what_they_compute_is_data_in_both_versions() {
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    home.installs(&prober());
    let mut listed = Vec::new();
    for version in [OLD, NEW] {
        let mut client = Mcp::start(
            &home,
            version,
            ["--skill", "acme/seven", "--skill", "acme/prober"],
        );
        let tools = client.result("tools/list", json!({}));
        let go = named(&tools, "seven_go");
        assert_eq!(go["title"], "go (acme/seven 1.0.0)");
        let description = go["description"].as_str().unwrap();
        assert!(
            description.starts_with("It can only compute"),
            "{description}"
        );
        assert!(
            description.contains("The skill says of itself: “Knows a number.”"),
            "{description}"
        );
        assert_eq!(
            go["annotations"],
            json!({"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false})
        );
        assert_eq!(go["outputSchema"]["required"], json!(["result"]));
        let echo = named(&tools, "prober_echo");
        assert_eq!(echo["inputSchema"]["required"], json!(["value"]));
        assert_eq!(echo["annotations"]["destructiveHint"], true);
        assert_eq!(echo["_meta"]["ai.guildhall/needs-approval"], true);
        let _ = named(&tools, "guildhall_run");
        listed.push(tools["tools"].clone());

        let answer = client.call("seven_go", json!({}));
        assert_eq!(
            answer["structuredContent"],
            json!({"result": 7}),
            "{answer:#}"
        );
        assert_eq!(answer["isError"], false);
        assert_eq!(text(&answer), "{\"result\":7}");
        let run = answer["_meta"]["ai.guildhall/run"].as_str().unwrap();
        // The typed failure is bad news, and no error of the protocol.
        let failed = client.call("prober_fail", json!({"text": "no “such” thing"}));
        assert_eq!(failed["isError"], true);
        assert!(failed.get("structuredContent").is_none());
        assert!(
            text(&failed).contains("The skill's words: “'no 'such' thing'”"),
            "{failed:#}"
        );
        let run = run.to_owned();
        client.ends();
        // It was recorded like any other run.
        let shown = home
            .guildhall(["runs", "show", &run, "--json"])
            .exits(0)
            .json();
        assert!(shown.to_string().contains("\"completed\""), "{shown:#}");
    }
    assert_eq!(listed[0], listed[1], "the same in both versions");
}

#[test]
fn what_is_wrong_with_a_call_is_told_as_the_protocol_wants() {
    let home = Home::new();
    home.installs(&prober());
    for version in [OLD, NEW] {
        let mut client = Mcp::start(&home, version, [""; 0]);
        let unknown = client.request("tools/call", json!({"name": "nothing", "arguments": {}}));
        assert_eq!(unknown["error"]["code"], -32602, "{unknown:#}");
        let shape = client.request(
            "tools/call",
            json!({"name": "prober_fail", "arguments": [1]}),
        );
        assert!(shape["error"]["code"].is_i64(), "{shape:#}");
        // A model can mend this, so it is told to the model.
        let arguments = client.call("prober_fail", json!({"text": 1, "more": 2}));
        assert_eq!(arguments["isError"], true);
        assert!(text(&arguments).contains("does not fit"), "{arguments:#}");
        // Missing authority names the set and what would allow it.
        let refused = client.call(
            "prober_fetch",
            json!({"method": "GET", "url": "https://shop.test/public/x", "headers": [], "body": ""}),
        );
        let told = text(&refused);
        assert_eq!(refused["isError"], true);
        assert!(
            told.contains("network.not-granted, by this invocation's grants"),
            "{told}"
        );
        assert!(
            told.contains("--allow-net 'GET https://shop.test/public/x'"),
            "{told}"
        );
        let method = client.request("prompts/list", json!({}));
        assert_eq!(method["error"]["code"], -32601, "{method:#}");
        client.ends();
    }
}

#[test]
fn what_needs_approval_waits_for_a_person_and_the_agent_hears_of_it_later() {
    let home = Home::with_till(10_000);
    home.installs(&prober());
    let out = home.folder("out");
    let write = format!("out={}", out.display());
    let args = ["--pay", "EUR 50.00", "--write", &write];
    let mut client = Mcp::start(&home, OLD, args);
    let parked = client.call(
        "prober_pay",
        json!({"order": order("book:acme", 1_250, "INV-1")}),
    );
    assert_eq!(parked["isError"], true, "{parked:#}");
    let told = text(&parked);
    let run = parked["_meta"]["ai.guildhall/run"]
        .as_str()
        .unwrap()
        .to_owned();
    for part in [
        "waits for a person's approval; nothing has been done yet",
        "- waits: pay EUR 12.50 to book:acme for INV-1",
        &format!("approvals show {run}"),
        "call guildhall_run with run = ",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let handle = told
        .split("run = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let asked = json!({ "run": handle });
    let waiting = client.call("guildhall_run", asked.clone())["structuredContent"].clone();
    assert_eq!(
        (&waiting["status"], &waiting["over"]),
        (&json!("awaiting_approval"), &json!(false))
    );
    assert!(waiting.get("output").is_none(), "{waiting:#}");

    // A person approves while the agent waits.
    let id = client.ask(
        "tools/call",
        json!({"name": "guildhall_run", "arguments": {"run": handle, "wait_seconds": 25}}),
    );
    let _ = home.approves(&run).exits(0).is("committed");
    let done = client.answer(id)["result"]["structuredContent"].clone();
    assert_eq!(
        (&done["status"], &done["over"]),
        (&json!("committed"), &json!(true))
    );
    assert_eq!(done["effects"][0]["state"], "done", "{done:#}");
    assert_eq!(home.balance("till"), (8_750, 0));

    // A rejection says why. And a handle outlives the process that gave it.
    let parked = client.call("prober_write", json!({"path": "out/a.txt", "text": "A"}));
    let second = parked["_meta"]["ai.guildhall/run"]
        .as_str()
        .unwrap()
        .to_owned();
    let told = text(&parked);
    let handle = told
        .split("run = \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    client.ends();
    let _ = home
        .guildhall([
            "approvals",
            "reject",
            &second,
            "--reason",
            "not now",
            "--json",
        ])
        .exits(0);
    let mut client = Mcp::start(&home, NEW, args);
    let end = client.call("guildhall_run", json!({ "run": handle }))["structuredContent"].clone();
    assert_eq!(end["status"], "rejected", "{end:#}");
    assert!(
        end["words"].as_str().unwrap().contains("not now"),
        "{end:#}"
    );
    assert_eq!(home.names("out"), [""; 0]);
    client.ends();
}

#[test]
fn a_mandate_of_a_person_lets_what_it_covers_happen_at_once() {
    let home = Home::with_till(10_000);
    home.installs(&prober());
    home.pays_once(order("book:acme", 100, "INV-0"));
    let mandate = [
        "mandates",
        "add",
        "--json",
        "--skill",
        "acme/prober",
        "--pay",
        "EUR 30.00 to book:acme",
    ];
    let _ = home.guildhall(mandate).exits(0);
    let mut client = Mcp::start(&home, NEW, ["--pay", "EUR 50.00"]);
    let paid = client.call(
        "prober_pay",
        json!({"order": order("book:acme", 1_250, "INV-1")}),
    );
    assert_eq!(paid["isError"], false, "{paid:#}");
    assert!(text(&paid).contains("- done: pay EUR 12.50"), "{paid:#}");
    client.ends();
}

#[test]
fn granted_files_are_resources_and_no_others() {
    let home = Home::new();
    home.installs(&prober());
    home.put("in/a b.csv", "x;y\n");
    home.put("in/deep/ä.bin", [0xff, 0x00]);
    home.put("secret.txt", "no");
    std::os::unix::fs::symlink(home.path().join("secret.txt"), home.path().join("in/link"))
        .unwrap();
    let (read, write) = (
        format!("in={}", home.path().join("in").display()),
        format!("out={}", home.folder("out").display()),
    );
    home.put("out/written.txt", "w");
    for version in [OLD, NEW] {
        let mut client = Mcp::start(&home, version, ["--read", &read, "--write", &write]);
        let list = client.result("resources/list", json!({}));
        let mut uris: Vec<&str> = list["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["uri"].as_str().unwrap())
            .collect();
        uris.sort_unstable();
        assert_eq!(
            uris,
            [
                "guildhall://files/in/a%20b.csv",
                "guildhall://files/in/deep/%C3%A4.bin"
            ]
        );
        let mut read = |uri: &str| client.request("resources/read", json!({ "uri": uri }));
        let csv = read("guildhall://files/in/a%20b.csv")["result"]["contents"][0].clone();
        assert_eq!(
            (&csv["text"], &csv["mimeType"]),
            (&json!("x;y\n"), &json!("text/csv"))
        );
        let bytes = read("guildhall://files/in/deep/%C3%A4.bin")["result"]["contents"][0].clone();
        assert_eq!(bytes["blob"], "/wA=");
        for other in [
            "guildhall://files/in/none.csv",
            "guildhall://files/in/link",
            "guildhall://files/in/../secret.txt",
            "guildhall://files/in/..%2Fsecret.txt",
            "guildhall://files/in/%2e%2e/secret.txt",
            "guildhall://files/out/written.txt",
            "guildhall://files/other/x",
            "file:///etc/hostname",
        ] {
            let answer = read(other);
            let code = if version == OLD { -32002 } else { -32602 };
            assert_eq!(answer["error"]["code"], code, "{other}: {answer:#}");
        }
        let templates = client.result("resources/templates/list", json!({}));
        assert_eq!(
            templates["resourceTemplates"][0]["uriTemplate"],
            "guildhall://files/{name}/{+path}"
        );
        client.ends();
    }
}

#[test]
fn a_client_hears_of_what_is_installed_and_taken_away() {
    for version in [OLD, NEW] {
        let home = Home::new();
        home.installs(&seven("acme/seven"));
        let mut client = Mcp::start(&home, version, [""; 0]);
        assert_eq!(
            client.result("tools/list", json!({}))["tools"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
        let listening = (version == NEW).then(|| {
            client.ask(
                "subscriptions/listen",
                json!({"notifications": {"toolsListChanged": true}}),
            )
        });
        if listening.is_some() {
            let _ = client.hears("notifications/subscriptions/acknowledged");
        }
        home.installs(&seven("evil/seven"));
        let _ = client.hears("notifications/tools/list_changed");
        let tools = client.result("tools/list", json!({}));
        // Whoever came first keeps the name.
        assert!(
            named(&tools, "seven_go")["title"]
                .as_str()
                .unwrap()
                .contains("acme/seven")
        );
        assert!(
            named(&tools, "evil_seven_go")["title"]
                .as_str()
                .unwrap()
                .contains("evil/seven")
        );
        home.takes_away("acme/seven");
        let _ = client.hears("notifications/tools/list_changed");
        let gone = client.request(
            "tools/call",
            json!({"name": "acme_seven_go", "arguments": {}}),
        );
        assert_eq!(gone["error"]["code"], -32602, "{gone:#}");
        if let Some(id) = listening {
            client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}}));
        }
        client.ends();
    }
}

#[test]
fn progress_comes_before_the_answer_and_a_cancelled_call_ends_its_run() {
    let home = Home::new();
    home.installs(&prober());
    home.put("in/a.txt", "A");
    let read = format!("out={}", home.path().join("in").display());
    let mut client = Mcp::start(&home, NEW, ["--read", &read]);
    let id = client.ask(
        "tools/call",
        json!({"name": "prober_read", "arguments": {"path": "out/a.txt"}, "_meta": {"progressToken": "p"}}),
    );
    let answer = client.answer(id);
    assert_eq!(
        answer["result"]["structuredContent"]["result"], "A",
        "{answer:#}"
    );
    let notes: Vec<&Value> = client
        .told
        .iter()
        .filter(|told| told["method"] == "notifications/progress")
        .collect();
    assert_eq!(notes.len(), 1, "{notes:#?}");
    assert_eq!(
        (
            &notes[0]["params"]["progressToken"],
            &notes[0]["params"]["progress"]
        ),
        (&json!("p"), &json!(1.0))
    );
    assert!(
        notes[0]["params"]["message"]
            .as_str()
            .unwrap()
            .contains("a.txt")
    );

    let spinning = client.ask(
        "tools/call",
        json!({"name": "prober_spin", "arguments": {}}),
    );
    std::thread::sleep(std::time::Duration::from_millis(300));
    client.send(&json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": spinning}}));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let runs = home.guildhall(["runs", "--json"]).exits(0).json();
        if runs["runs"][0]["status"] == "cancelled" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{runs:#}");
    }
    client.ends();
}
