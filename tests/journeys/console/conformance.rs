//! The conformance suite of the Model Context Protocol, against the door of a console over HTTP.

use guildhall_host::{FileGrant, Grants};
use guildhall_package::Access;
use guildhall_tests::agents::{Console, bears};
use guildhall_tests::installed::seven;
use guildhall_tests::{Home, Value, component, find, json};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_conformance_suite_finds_nothing_but_what_is_written_down_with_a_reason() {
    passes(&["--requirements", "2026-07-28"], "mcp-baseline.yml");
}

#[test]
fn the_conformance_suite_finds_no_more_in_the_version_with_sessions() {
    passes(
        &["--suite", "active", "--spec-version", "2025-11-25"],
        "mcp-baseline-2025-11-25.yml",
    );
}

/// Runs the suite against a console with the fixtures; only what the list names may fail.
fn passes(which: &[&str], expected: &str) {
    let tools = std::env::var_os("GUILDHALL_PEERS_NODE")
        .map(PathBuf::from)
        .expect("GUILDHALL_PEERS_NODE names the folder with tests/peers/packages.txt");
    let home = Home::new();
    let bytes = std::fs::read(find::guest("mcp-fixtures")).unwrap();
    home.installs(&component::with_manifest(
        &bytes,
        "name = \"acme/fixtures\"\nversion = \"1.0.0\"\ndescription = \"Fixtures.\"\nlicence = \"Apache-2.0\"\n",
    ));
    home.put("shared/note.txt", "A granted file.\n");
    // The suite sends no token: somebody on the way adds it, whom the console is reached by.
    let way = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let public = format!("http://localhost:{}", way.local_addr().unwrap().port());
    let console = Console::start_with(
        &home,
        &["--public-url", &public, "--prefix", "acme/fixtures="],
    );
    let grants = Grants::none().file(FileGrant {
        name: "shared".parse().unwrap(),
        path: home.path().join("shared"),
        access: Access::Read,
        is_folder: true,
    });
    let agent = console.agent(&home, "conformance", &grants);
    bears(&agent.token, way, &console.address);
    // The suite waits half a second for an answer, which is no time to compile a skill in on a busy machine.
    let _ = agent.call(&json!({}), "test_simple_text", json!({}));
    let suite = tools.join("node_modules/@modelcontextprotocol/conformance/dist/index.js");
    let done = Command::new(tools.join("node_modules/node-engine/bin/node"))
        .arg(suite)
        .args(["server", "--url", &format!("{public}/mcp")])
        .args(which)
        .arg("--expected-failures")
        .arg(find::repository().join("tests/peers").join(expected))
        .current_dir(home.folder("suite"))
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
}

#[test]
fn the_inspector_lists_and_calls_over_both_ways() {
    let tools = std::env::var_os("GUILDHALL_PEERS_NODE")
        .map(PathBuf::from)
        .expect("GUILDHALL_PEERS_NODE names the folder with tests/peers/packages.txt");
    let home = Home::new();
    home.installs(&seven("acme/seven"));
    let console = Console::start(&home);
    let agent = console.agent(&home, "inspector", &Grants::none());
    let program = find::guildhall().display().to_string();
    let place = home.home().display().to_string();
    let url = console.url();
    let bearer = format!("Authorization: Bearer {}", agent.token);
    let by_pipe = [program.as_str(), "--home", &place, "mcp"];
    let by_http = ["--server-url", &url, "--header", &bearer];
    for target in [by_pipe.as_slice(), &by_http] {
        let inspect = |more: &[&str]| -> Value {
            let done = Command::new(tools.join("node_modules/node-engine/bin/node"))
                .arg(tools.join(
                    "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js",
                ))
                .arg("--cli")
                .args(target)
                .args(more)
                .args(["--format", "json"])
                // What it keeps is kept where the test ends.
                .env("HOME", home.folder("inspector"))
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&done.stdout).into_owned();
            let why = String::from_utf8_lossy(&done.stderr).into_owned();
            let first = said.lines().next().unwrap_or_default();
            serde_json::from_str(first).unwrap_or_else(|e| panic!("{e}: {said}\n{why}"))
        };
        let listed = inspect(&["--method", "tools/list"]);
        let names: Vec<&str> = listed["result"]["tools"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tool| tool["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["seven_go", "guildhall_run"], "{listed:#}");
        let called = inspect(&["--method", "tools/call", "--tool-name", "seven_go"]);
        assert_eq!(
            called["result"]["structuredContent"]["result"], 7,
            "{called:#}"
        );
    }
}
