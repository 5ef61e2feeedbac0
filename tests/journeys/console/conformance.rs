//! The conformance suite of the Model Context Protocol, against the door of a console over HTTP.

use guildhall_host::{FileGrant, Grants};
use guildhall_package::Access;
use guildhall_tests::agents::{Console, bears};
use guildhall_tests::{Home, component, find};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn the_conformance_suite_finds_nothing_but_what_is_written_down_with_a_reason() {
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
    let suite = tools.join("node_modules/@modelcontextprotocol/conformance/dist/index.js");
    let done = Command::new(tools.join("node_modules/node-engine/bin/node"))
        .arg(suite)
        .args(["server", "--url", &format!("{public}/mcp")])
        .args(["--requirements", "2026-07-28", "--expected-failures"])
        .arg(find::repository().join("tests/peers/mcp-baseline.yml"))
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
