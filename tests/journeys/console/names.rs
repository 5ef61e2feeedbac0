//! Names of tools, over everything that is installed and taken away.

use guildhall_tests::console::Up;
use guildhall_tests::installed::seven;
use guildhall_tests::mcp::NEW;
use guildhall_tests::{Home, Mcp, Value, json};

fn tools(listed: &Value) -> Vec<(String, String)> {
    let tools = listed["tools"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    tools
        .iter()
        .filter(|tool| tool["name"] != "guildhall_run")
        .map(|tool| (text(&tool["name"]), text(&tool["title"])))
        .collect()
}

fn shown(home: &Home) -> Vec<(String, String)> {
    let mut client = Mcp::start(home, NEW, [""; 0]);
    let listed = client.result("tools/list", json!({}));
    client.ends();
    tools(&listed)
}

fn own(name: &str, skill: &str) -> (String, String) {
    (name.to_owned(), format!("go ({skill} 1.0.0)"))
}

#[test]
fn the_name_of_a_tool_never_leads_to_another_publishers_skill() {
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    assert_eq!(shown(&home), [own("seven_go", "acme/seven")]);
    // It goes, and another publisher's of the same name comes: at this door, after a restart, and at that of a console.
    home.takes_away("acme/seven");
    home.installs(&seven("evil/seven"));
    let other = own("evil_seven_go", "evil/seven");
    assert_eq!(shown(&home), std::slice::from_ref(&other));
    let up = Up::start(&home);
    let token = up.owner().agent("Desk", &[]);
    let agent = guildhall_tests::agents::Agent {
        address: up.address.clone(),
        token,
    };
    let able = json!({});
    let listed = agent.ask(&able, "tools/list", json!({}));
    assert_eq!(tools(&listed["result"]), std::slice::from_ref(&other));
    let call = json!({"name": "seven_go", "arguments": {}});
    let answer = agent.ask(&able, "tools/call", call);
    assert_eq!(answer["error"]["code"], -32602, "{answer:#}");
    // The first one comes back to its name.
    home.installs(&seven("acme/seven"));
    assert_eq!(shown(&home), [other, own("seven_go", "acme/seven")]);
    // The merchant gives it on.
    home.takes_away("acme/seven");
    let mut client = Mcp::start(&home, NEW, ["--prefix", "evil/seven=seven_"]);
    let listed = client.result("tools/list", json!({}));
    assert_eq!(tools(&listed), [own("seven_go", "evil/seven")]);
    client.ends();
}
