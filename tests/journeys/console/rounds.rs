//! A run that waits, told to clients that can do more than read: rounds, requests and tasks. And missing arguments, asked for.

use guildhall_tests::mcp::{NEW, OLD, text};
use guildhall_tests::money::order;
use guildhall_tests::{Draft, Home, Mcp, Value, component, find, json};

const CONSOLE: [&str; 4] = ["--pay", "EUR 90.00", "--console", "http://localhost:8470"];
const TASKS: &str = "io.modelcontextprotocol/tasks";

fn merchant() -> Home {
    let home = Home::with_till(10_000);
    home.installs(&Draft::new("acme/prober", "1.0.0").component());
    home
}

fn run_of(url: &Value) -> String {
    let url = url.as_str().unwrap();
    let run = url.strip_prefix("http://localhost:8470/approvals/");
    run.unwrap_or_else(|| panic!("{url}")).to_owned()
}

#[test]
fn a_client_that_opens_pages_is_sent_to_the_card_and_its_state_is_good_once_for_that_call_alone() {
    let home = merchant();
    let able = json!({"elicitation": {"form": {}, "url": {}}});
    let mut client = Mcp::start_able(&home, NEW, able, CONSOLE);
    let arguments = json!({"order": order("book:acme", 1_250, "INV-1")});
    let first = client.call("prober_pay", arguments.clone());
    assert_eq!(first["resultType"], "input_required", "{first:#}");
    let ask = &first["inputRequests"]["approval"];
    assert_eq!(
        (&ask["method"], &ask["params"]["mode"]),
        (&json!("elicitation/create"), &json!("url"))
    );
    assert!(
        ask["params"]["message"]
            .as_str()
            .unwrap()
            .contains("pay EUR 12.50 to book:acme"),
        "{ask:#}"
    );
    let run = run_of(&ask["params"]["url"]);
    let state = first["requestState"].clone();

    let round = |arguments: &Value, state: &Value| {
        json!({
            "name": "prober_pay", "arguments": arguments, "requestState": state,
            "inputResponses": {"approval": {"action": "accept"}},
        })
    };
    // Other arguments, another tool, a changed state: refused, and nothing is used up.
    let other = json!({"order": order("book:acme", 9_999, "INV-1")});
    let mut tampered = state.as_str().unwrap().to_owned();
    tampered.replace_range(20..21, if tampered[20..21] == *"A" { "B" } else { "A" });
    let mut tool = round(&arguments, &state);
    tool["name"] = json!("prober_fail");
    for wrong in [
        round(&other, &state),
        round(&arguments, &json!(tampered)),
        tool,
    ] {
        let answer = client.request("tools/call", wrong);
        assert_eq!(answer["error"]["code"], -32602, "{answer:#}");
    }
    // To accept is not to approve: the round waits for the person, who decides elsewhere.
    let id = client.ask("tools/call", round(&arguments, &state));
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert_eq!(home.balance("till"), (10_000, 0));
    let _ = home.approves(&run).exits(0).is("committed");
    let done = client.answer(id)["result"].clone();
    assert_eq!(
        (&done["resultType"], &done["isError"]),
        (&json!("complete"), &json!(false)),
        "{done:#}"
    );
    assert!(text(&done).contains("- done: pay EUR 12.50"), "{done:#}");
    // Once.
    let again = client.request("tools/call", round(&arguments, &state));
    assert_eq!(again["error"]["code"], -32602, "{again:#}");
    assert_eq!(home.balance("till"), (8_750, 0));
    client.ends();
}

#[test]
fn a_client_of_the_older_version_is_asked_to_go_to_the_card_while_its_call_waits() {
    let home = merchant();
    let able = json!({"elicitation": {"url": {}}});
    let mut client = Mcp::start_able(&home, OLD, able, CONSOLE);
    for (action, ends_well) in [("accept", true), ("decline", false)] {
        let document = format!("INV-{action}");
        let id = client.ask("tools/call", json!({"name": "prober_pay", "arguments": {"order": order("book:acme", 1_250, &document)}}));
        let asked = client.hears("elicitation/create");
        assert_eq!(asked["params"]["mode"], "url", "{asked:#}");
        let run = run_of(&asked["params"]["url"]);
        if ends_well {
            let _ = home.approves(&run).exits(0).is("committed");
        }
        client.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"action": action}}));
        let answer = client.answer(id)["result"].clone();
        assert_eq!(answer["isError"], !ends_well, "{answer:#}");
        if !ends_well {
            assert!(
                text(&answer).contains("waits for a person's approval"),
                "{answer:#}"
            );
        }
    }
    assert_eq!(home.balance("till"), (8_750, 0));
    client.ends();
}

#[test]
fn a_client_with_tasks_gets_one_that_outlives_the_process_and_decides_nothing() {
    let home = merchant();
    let able = json!({"extensions": {TASKS: {}}, "elicitation": {"url": {}}});
    let mut client = Mcp::start_able(&home, NEW, able.clone(), CONSOLE);
    let pay = |client: &mut Mcp, document: &str| {
        let made = client.call(
            "prober_pay",
            json!({"order": order("book:acme", 1_250, document)}),
        );
        assert_eq!(
            (&made["resultType"], &made["status"]),
            (&json!("task"), &json!("input_required")),
            "{made:#}"
        );
        made["taskId"].as_str().unwrap().to_owned()
    };
    let (one, two) = (pay(&mut client, "INV-1"), pay(&mut client, "INV-2"));
    client.kill();

    let mut client = Mcp::start_able(&home, NEW, able, CONSOLE);
    let get = |client: &mut Mcp, task: &str| client.result("tasks/get", json!({ "taskId": task }));
    let waiting = get(&mut client, &one);
    assert_eq!(waiting["status"], "input_required", "{waiting:#}");
    let run = run_of(&waiting["inputRequests"]["approval"]["params"]["url"]);
    assert!(one.starts_with(&run));
    // What is answered to a task is taken note of, and that is all.
    let _ = client.result(
        "tasks/update",
        json!({"taskId": one, "inputResponses": {"approval": {"action": "accept"}}}),
    );
    assert_eq!(get(&mut client, &one)["status"], "input_required");
    assert_eq!(home.balance("till"), (10_000, 0));

    let _ = home.approves(&run).exits(0).is("committed");
    let done = get(&mut client, &one);
    assert_eq!(
        (&done["status"], &done["result"]["isError"]),
        (&json!("completed"), &json!(false)),
        "{done:#}"
    );
    assert!(done["result"]["structuredContent"].is_object());

    // The other one is taken back, which rejects it, in the agent's name.
    let _ = client.result("tasks/cancel", json!({ "taskId": two }));
    let back = get(&mut client, &two);
    assert_eq!(back["result"]["isError"], true, "{back:#}");
    assert!(
        text(&back["result"]).contains("withdrawn by the agent"),
        "{back:#}"
    );
    let approve = home.approves(two.split('.').next().unwrap());
    assert_ne!(approve.code, Some(0), "{}", approve.shown());
    assert_eq!(home.balance("till"), (8_750, 0));
    // A plain identifier is no task.
    let foreign = client.request("tasks/get", json!({ "taskId": run }));
    assert_eq!(foreign["error"]["code"], -32602, "{foreign:#}");
    client.ends();
}

/// What the conformance suite calls, installed.
fn fixtures() -> Vec<u8> {
    let bytes = std::fs::read(find::guest("mcp-fixtures")).unwrap();
    component::with_manifest(
        &bytes,
        "name = \"acme/fixtures\"\nversion = \"1.0.0\"\ndescription = \"Fixtures.\"\nlicence = \"Apache-2.0\"\n",
    )
}

#[test]
fn a_missing_argument_is_asked_for_before_anything_runs() {
    let home = Home::new();
    home.installs(&fixtures());
    let able = json!({"elicitation": {"form": {}}});
    let prefix = ["--prefix", "acme/fixtures="];
    let tool = "test_input_required_result_multi_round";
    let mut client = Mcp::start_able(&home, NEW, able.clone(), prefix);
    let first = client.call(tool, json!({}));
    assert_eq!(first["resultType"], "input_required", "{first:#}");
    let form = &first["inputRequests"]["step1"]["params"];
    assert_eq!(
        form["requestedSchema"]["properties"]["name"]["type"], "string",
        "{form:#}"
    );
    let message = form["message"].as_str().unwrap();
    assert!(message.contains("no approval of anything"), "{message}");
    let round = |state: &Value, responses: Value| json!({"name": tool, "arguments": {}, "requestState": state, "inputResponses": responses});
    // Answers that nobody asked for, or that are none, are as if they were not there.
    let odd = json!({"other": {"action": "accept", "content": {"name": "x"}}, "step1": 7});
    let again = client.result("tools/call", round(&first["requestState"], odd));
    assert!(again["inputRequests"].get("step1").is_some(), "{again:#}");
    let name = json!({"step1": {"action": "accept", "content": {"name": "Alice"}}});
    let second = client.result("tools/call", round(&again["requestState"], name));
    assert!(second["inputRequests"].get("step2").is_some(), "{second:#}");
    let colour = json!({"step2": {"action": "accept", "content": {"color": "blue"}}});
    let done = client.result("tools/call", round(&second["requestState"], colour));
    let expected = json!({"result": "Alice likes blue."});
    assert_eq!(done["structuredContent"], expected, "{done:#}");
    // An answer of the wrong kind is told to the model; a refusal ends the call.
    let third = client.call(tool, json!({"step2": {"color": "red"}}));
    let wrong = json!({"name": tool, "arguments": {"step2": {"color": "red"}}, "requestState": third["requestState"],
        "inputResponses": {"step1": {"action": "accept", "content": {"name": 7}}}});
    let wrong = client.result("tools/call", wrong);
    assert!(text(&wrong).contains("does not fit"), "{wrong:#}");
    let fourth = client.call(tool, json!({}));
    let no = json!({"step1": {"action": "decline"}});
    let refused = client.result("tools/call", round(&fourth["requestState"], no));
    assert!(
        text(&refused).contains("was not given; nothing was done"),
        "{refused:#}"
    );
    client.ends();

    let mut client = Mcp::start_able(&home, OLD, able, prefix);
    let id = client.ask("tools/call", json!({"name": tool, "arguments": {}}));
    for content in [json!({"name": "Bo"}), json!({"color": "green"})] {
        let asked = client.hears("elicitation/create");
        let result = json!({"action": "accept", "content": content});
        client.send(&json!({"jsonrpc": "2.0", "id": asked["id"], "result": result}));
    }
    let answer = client.answer(id);
    assert_eq!(
        answer["result"]["structuredContent"],
        json!({"result": "Bo likes green."}),
        "{answer:#}"
    );
    client.ends();
    let runs = home.guildhall(["runs", "--json"]).exits(0).json();
    assert_eq!(
        runs["runs"].as_array().unwrap().len(),
        2,
        "nothing ran in between: {runs:#}"
    );
}

#[test]
fn pictures_sounds_and_resources_are_told_as_what_they_are() {
    let home = Home::new();
    home.installs(&fixtures());
    let mut client = Mcp::start(
        &home,
        NEW,
        ["--prefix", "acme/fixtures=", "--skill", "acme/fixtures"],
    );
    let all = client.call("test_multiple_content_types", json!({}));
    let kinds: Vec<&str> = all["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["text", "image", "resource"], "{all:#}");
    assert_eq!(all["content"][1]["mimeType"], "image/png");
    assert!(
        all["content"][1]["data"]
            .as_str()
            .unwrap()
            .starts_with("iVBORw0KGgo")
    );
    assert_eq!(
        all["structuredContent"]["result"][0],
        json!({"text": "Multiple content types test:"})
    );
    let sound = client.call("test_audio_content", json!({}));
    assert_eq!(sound["content"][0]["type"], "audio", "{sound:#}");
    client.ends();
}
