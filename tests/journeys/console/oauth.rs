//! A program that others wrote and that has no token: it makes itself known, a person lets it in, and it renews its token.

use guildhall_tests::agents::Agent;
use guildhall_tests::console::Up;
use guildhall_tests::installed::seven;
use guildhall_tests::{Home, Value, find, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

#[test]
fn the_client_of_pypi_is_let_in_by_a_person_renews_its_token_and_calls_a_tool() {
    let python = std::env::var_os("GUILDHALL_PEERS_PYTHON")
        .expect("GUILDHALL_PEERS_PYTHON names the Python with tests/peers/requirements.txt");
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    let up = Up::start(&home);
    let mut ann = up.owner();
    let port = up.address.rsplit_once(':').unwrap().1;
    let own = format!("http://localhost:{port}");
    let mut program = Command::new(python)
        .arg(find::repository().join("tests/peers/mcp_oauth.py"))
        .args([&format!("{own}/mcp"), "seven_go"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let asks = lines.next().expect("it asks a person").unwrap();
    let page = asks.strip_prefix(&own).unwrap_or_else(|| panic!("{asks}"));
    let shown = ann.get(page).text();
    assert!(shown.contains("Desk agent"), "{shown}");
    assert!(shown.contains("It never approves anything."), "{shown}");
    let allowed = ann.submits(
        page,
        "/oauth/authorize",
        &[("answer", "allow"), ("which", "all")],
    );
    assert_eq!(allowed.status, 200, "{}", allowed.text());
    let text = allowed.text();
    let to = text.split("content=\"0; url=").nth(1).expect("a way back");
    let to = to.split('"').next().unwrap().replace("&#38;", "&");
    let mut input = program.stdin.take().unwrap();
    writeln!(input, "{to}").unwrap();
    let told = lines.next().expect("what came of it").unwrap();
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
    assert!(program.wait().unwrap().success());
    assert_eq!(
        told["tools"],
        json!(["seven_go", "guildhall_run"]),
        "{told:#}"
    );
    assert_eq!(told["answer"]["structuredContent"]["result"], 7, "{told:#}");
    assert_eq!(told["scope"], "tools:call runs:read", "{told:#}");
    assert_eq!(
        (&told["renewed"], &told["visits"]),
        (&json!(true), &json!(1))
    );
    // The token from before is worth nothing now.
    let before = Agent {
        address: up.address.clone(),
        token: told["first"].as_str().unwrap().to_owned(),
    };
    let answer = before.post(&json!({}), "tools/list", json!({}), &[]);
    assert_eq!(answer.status, 401, "{}", answer.text());
}
