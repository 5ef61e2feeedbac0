//! A manifest bounds a skill whatever the command line grants, and is bounded by the bytes itself.

use crate::fetch;
use guildhall_tests::{Home, Peer, Reply, component, guest, json};
use std::path::PathBuf;

/// What the prober must declare, with a network, files and state part to be filled in.
fn manifest(network: &str, files: &str) -> String {
    format!(
        r#"
name = "tests/prober"
version = "1.2.3"
description = "Tries things."
licence = "Apache-2.0"
{network}
{files}
[[capabilities.payments]]
payees = ["book:*"]
reason = "Pays."
[[capabilities.messages]]
channels = ["email"]
reason = "Tells."
[capabilities.state]
reason = "Remembers."
max-bytes = 1000
"#
    )
}

const NETWORK: &str = r#"
[[capabilities.network]]
methods = ["GET"]
url = "https://shop.test/public/*"
reason = "Looks up prices."
"#;

const FILES: &str = r#"
[[capabilities.files]]
name = "inbox"
access = "read"
reason = "Reads invoices."
[[capabilities.files]]
name = "out"
access = "write"
reason = "Writes the report."
"#;

fn prober(home: &Home, manifest: &str) -> PathBuf {
    let bytes = std::fs::read(guest("prober")).unwrap();
    home.put("prober.wasm", component::with_manifest(&bytes, manifest))
}

#[test]
fn a_host_that_the_manifest_does_not_declare_is_refused_although_it_is_granted() {
    let home = Home::new();
    let skill = prober(&home, &manifest(NETWORK, FILES));
    let peer = Peer::tls(&["shop.test", "evil.test"], |_| Reply::text("yes"));
    let ask = |method: &str, url: &str| {
        home.run(&skill, "fetch")
            .input(json!({ "method": method, "url": url, "headers": [], "body": "" }))
            .allow("GET,POST https://shop.test/**")
            .allow("GET,POST https://evil.test/**")
            .peer("shop.test:443", &peer)
            .peer("evil.test:443", &peer)
            .go()
    };
    for (method, url) in [
        ("GET", "https://evil.test/public/x"),
        ("POST", "https://shop.test/public/x"),
        ("GET", "https://shop.test/admin"),
    ] {
        let refusal = ask(method, url).refused_by("network.not-declared");
        assert_eq!(refusal.set.as_deref(), Some("manifest"));
        assert!(
            refusal.fix.contains("[[capabilities.network]]"),
            "{}",
            refusal.fix
        );
    }
    peer.saw_nothing();
    let _ = ask("GET", "https://shop.test/public/x").exits(0);
    assert_eq!(peer.lines(), ["GET /public/x"]);
}

#[test]
fn a_redirect_to_what_the_manifest_does_not_declare_is_not_followed() {
    let home = Home::new();
    let skill = prober(&home, &manifest(NETWORK, FILES));
    let first = Peer::tls(&["shop.test"], |_| {
        Reply::redirect(302, "https://evil.test/")
    });
    let evil = Peer::tls(&["evil.test"], |_| Reply::text("yes"));
    let ran = home
        .run(&skill, "fetch")
        .input(json!({ "method": "GET", "url": "https://shop.test/public/x", "headers": [], "body": "" }))
        .allow("GET https://shop.test/**")
        .allow("GET https://evil.test/**")
        .peer("shop.test:443", &first)
        .peer("evil.test:443", &evil)
        .go();
    let refusal = ran.refused_by("network.redirect-refused");
    assert_eq!(refusal.set.as_deref(), Some("manifest"));
    evil.saw_nothing();
}

#[test]
fn a_folder_that_the_manifest_does_not_declare_is_refused_although_it_is_granted() {
    let home = Home::new();
    let skill = prober(&home, &manifest(NETWORK, FILES));
    let folder = home.folder("folder");
    home.put("folder/a.txt", "alpha");
    let read = home
        .run(&skill, "read")
        .input(json!({ "path": "secret/a.txt" }))
        .read("secret", &folder)
        .go();
    let refusal = read.refused_by("files.not-declared");
    assert_eq!(refusal.set.as_deref(), Some("manifest"));
    assert!(refusal.fix.contains("skill.toml"), "{}", refusal.fix);
    // Declared for reading is not declared for writing, and the other way round.
    let write = home
        .run(&skill, "write")
        .input(json!({ "path": "inbox/a.txt", "text": "x" }))
        .write("inbox", &folder)
        .approve("all")
        .go();
    write.refused_by("files.not-declared");
    let read = home
        .run(&skill, "read")
        .input(json!({ "path": "out/a.txt" }))
        .read("out", &folder)
        .go();
    read.refused_by("files.not-declared");
    assert_eq!(home.text("folder/a.txt").as_deref(), Some("alpha"));
    assert_eq!(home.names("folder"), ["a.txt"]);
    home.serves_the_next_run();
}

#[test]
fn the_manifest_bounds_what_a_skill_keeps() {
    let home = Home::new();
    let skill = prober(&home, &manifest(NETWORK, FILES));
    let fill = |bytes: u32| {
        home.run(&skill, "fill")
            .input(json!({ "key": "k", "bytes": bytes }))
            .go()
    };
    fill(1_001).refused_by("state.full");
    let _ = fill(900).exits(0);
}

#[test]
fn limits_of_a_manifest_are_requests_and_never_above_the_hosts() {
    let home = Home::new();
    let limits = "[limits]\nwall-ms = 500\nfuel = 18446744073709551\n";
    let skill = prober(&home, &format!("{}{limits}", manifest(NETWORK, FILES)));
    let ran = home.run(&skill, "spin").go();
    ran.stopped_by("wall-ms");
    let limits = "[limits]\nhost-calls = 9000000000000\n";
    let skill = prober(&home, &format!("{}{limits}", manifest(NETWORK, FILES)));
    let ran = home
        .run(&skill, "ask-time")
        .input(json!({ "times": 1_000_001 }))
        .go();
    ran.stopped_by("host-calls");
}

#[test]
fn a_component_that_imports_what_its_manifest_hides_does_not_load() {
    let home = Home::new();
    let skill = prober(&home, &manifest("", FILES));
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    let ran = home
        .run(&skill, "fetch")
        .input(json!({ "method": "GET", "url": "https://shop.test/", "headers": [], "body": "" }))
        .allow("GET https://shop.test/**")
        .peer("shop.test:443", &peer)
        .go();
    let error = ran.error(4, "manifest");
    assert!(error.contains("guildhall:skill/network@1.0.0"), "{error}");
    assert!(error.contains("fix:"), "{error}");
    peer.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn a_manifest_that_promises_what_the_bytes_do_not_import_does_not_load() {
    let home = Home::new();
    let bytes = component::around(r#"(func (export "go") (result i64) (i64.const 1))"#);
    let text = manifest(NETWORK, "");
    let skill = home.put("go.wasm", component::with_manifest(&bytes, &text));
    let error = home.run(&skill, "go").go().error(4, "manifest");
    let line = text
        .lines()
        .position(|line| line == "[[capabilities.network]]")
        .unwrap()
        + 1;
    assert!(error.contains(&format!("skill.toml:{line}:")), "{error}");
}

#[test]
fn a_manifest_hidden_in_a_nested_component_counts_for_nothing() {
    let home = Home::new();
    let inner = component::with_manifest(
        &component::from_text("(component)"),
        &manifest(NETWORK, FILES),
    );
    let mut outer = component::around(r#"(func (export "go") (result i64) (i64.const 1))"#);
    component::nest(&mut outer, &inner);
    let skill = home.put("go.wasm", outer);
    let inspected = home
        .guildhall(["inspect".as_ref(), skill.as_os_str(), "--json".as_ref()])
        .exits(0)
        .json();
    assert_eq!(inspected["name"], json!(null));
    assert_eq!(home.run(&skill, "go").go().exits(0).output(), 1);
}

#[test]
fn a_nested_component_gets_nothing_that_the_manifest_hides() {
    let home = Home::new();
    // The inner component is the one that wants the network, under a harmless name; the outer one passes it on.
    let bytes = component::from_text(
        r#"(component
            (import "guildhall:skill/network@1.0.0" (instance $network))
            (component $inner
                (import "harmless" (instance))
                (core module $m (func (export "go") (result i64) (i64.const 1)))
                (core instance $i (instantiate $m))
                (func (export "go") (result s64) (canon lift (core func $i "go"))))
            (instance $i (instantiate $inner (with "harmless" (instance $network))))
            (export "go" (func $i "go")))"#,
    );
    let hides = "name = \"tests/go\"\nversion = \"1.2.3\"\ndescription = \"Goes.\"\nlicence = \"Apache-2.0\"\n";
    let skill = home.put("go.wasm", component::with_manifest(&bytes, hides));
    let error = home.run(&skill, "go").go().error(4, "manifest");
    assert!(error.contains("guildhall:skill/network@1.0.0"), "{error}");
    assert!(error.contains("fix:"), "{error}");
    // What declares it is shown with it, wherever in the component it is used.
    let says = format!("{hides}{NETWORK}");
    let skill = home.put("go.wasm", component::with_manifest(&bytes, &says));
    assert_eq!(home.run(&skill, "go").go().exits(0).output(), 1);
    home.serves_the_next_run();
}

#[test]
fn two_manifests_are_one_too_many() {
    let home = Home::new();
    let once = std::fs::read(prober(&home, &manifest(NETWORK, FILES))).unwrap();
    let skill = home.put(
        "twice.wasm",
        component::with_manifest(&once, &manifest(NETWORK, "")),
    );
    let error = home.run(&skill, "granted").go().error(4, "not-a-skill");
    assert!(error.contains("more than once"), "{error}");
}

#[test]
fn hostile_manifests_are_refused_with_a_place_and_a_fix() {
    let home = Home::new();
    let deep = format!("x = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let long = format!("x = \"{}\"", "a".repeat(200_000));
    let many = "[[capabilities.network]]\n".repeat(5_000);
    let good = manifest(NETWORK, FILES);
    for text in [
        "",
        "\u{0}",
        "name = ",
        "[",
        &deep,
        &long,
        &many,
        &good.replace("tests/prober", "tests/\u{202e}prober"),
        &good.replace("tests/prober", "../../etc/passwd"),
        &good.replace("1.2.3", "1.2.3.4.5"),
        &good.replace("Apache-2.0", "Mine, all mine"),
        &good.replace("https://shop.test/public/*", "https://*/**"),
        &good.replace("https://shop.test/public/*", "https://shop.test@evil.test/"),
        &good.replace("https://shop.test/public/*", "file:///etc/passwd"),
        &good.replace("\"GET\"", "\"CONNECT\""),
        &good.replace("\"inbox\"", "\"../inbox\""),
        &good.replace("access = \"read\"", "access = \"everything\""),
        &format!("{good}\nunknown = 1"),
        &format!("{good}\n[limits]\nfuel = -1"),
        &format!("{good}\n[limits]\nfuel = 99999999999999999999999"),
    ] {
        let skill = prober(&home, text);
        let ran = home.run(&skill, "granted").go();
        let error = ran.error(4, "manifest");
        assert!(error.contains("skill.toml:"), "{error}");
        assert!(error.contains("fix:"), "{error}");
        let inspect = home.guildhall(["inspect".as_ref(), skill.as_os_str(), "--json".as_ref()]);
        assert_eq!(inspect.code, Some(4), "{}", inspect.shown());
    }
    home.serves_the_next_run();
}

#[test]
fn a_manifest_without_a_reason_for_a_capability_is_refused() {
    let home = Home::new();
    let text = manifest(
        &NETWORK.replace("reason = \"Looks up prices.\"\n", ""),
        FILES,
    );
    let skill = prober(&home, &text);
    let error = home.run(&skill, "granted").go().error(4, "manifest");
    assert!(error.contains("reason"), "{error}");
    let ran = fetch(&home, "GET", "https://shop.test/").go();
    ran.refused_by("network.not-granted");
}
