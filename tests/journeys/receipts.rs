//! Receipts: what a run did, signed, checked later here and elsewhere, and executed again.

use guildhall_tests::settings::{bank_order, letter, order};
use guildhall_tests::{Home, Peer, Ran, Reply, Run, Value, json, proof};
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A secret for webhooks, as their receivers give them out.
const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Each check of a verification with its state.
fn checks(verified: &Value) -> Vec<(String, String)> {
    let list = verified["checks"].as_array().unwrap();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    list.iter()
        .map(|check| (text(check, "name"), text(check, "state")))
        .collect()
}

fn states(verified: &Value) -> Vec<String> {
    checks(verified)
        .into_iter()
        .map(|(_, state)| state)
        .collect()
}

fn verify(home: &Home, file: &str, more: &[&str]) -> Ran {
    home.guildhall(["verify", file, "--json"].iter().chain(more))
}

/// Insists that a receipt holds, and that its run does the same again.
#[track_caller]
fn holds_and_replays(home: &Home, file: &str) {
    let verified = verify(home, file, &["--replay"]).exits(0).json();
    assert_eq!(verified["verified"], true);
    assert_eq!(
        states(&verified),
        ["passed", "passed", "passed", "passed"],
        "{verified:#}"
    );
}

#[test]
fn a_receipt_of_a_pure_run_holds_and_its_run_does_the_same_again() {
    let home = Home::new();
    let ran = home
        .prober("long-output")
        .input(json!({ "bytes": 1_000 }))
        .arg("--receipt")
        .arg("receipt.json")
        .go()
        .exits(0);
    let verified = verify(&home, "receipt.json", &[]).exits(0).json();
    assert_eq!(verified["run"], ran.invocation());
    assert_eq!(verified["status"], "completed");
    let expected = ["signature", "audit-log", "journal", "replay"];
    let names: Vec<String> = checks(&verified).into_iter().map(|check| check.0).collect();
    assert_eq!(names, expected);
    assert_eq!(
        states(&verified),
        ["passed", "passed", "passed", "not-checked"]
    );
    holds_and_replays(&home, "receipt.json");
    let words = home
        .guildhall(["verify", "receipt.json", "--replay"])
        .exits(0);
    assert_eq!(words.stdout.matches("ok ").count(), 4, "{}", words.shown());
    assert!(
        words
            .stderr
            .contains("not that a remote server told the truth"),
        "{}",
        words.shown()
    );
}

/// Everything that a skill can ask of a host, one run each.
fn every_kind_of_run<'a>(home: &'a Home, peer: &Peer) -> Vec<(&'static str, Run<'a>)> {
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    home.put("inbox/a.txt", "alpha");
    home.put("inbox/INV-3.txt", "INV-3");
    let (read, write) = (
        |run: Run<'a>| run.read("inbox", &inbox),
        |run: Run<'a>| run.write("out", &out),
    );
    let fetch = |method: &str, url: &str| {
        home.prober("fetch").input(json!({
            "method": method, "url": url, "headers": [], "body": if method == "GET" { "" } else { "one" },
        }))
    };
    let shop = |run: Run<'a>| {
        run.allow("GET https://shop.test/**")
            .allow("POST https://shop.test/orders")
            .peer("shop.test:443", peer)
    };
    let pay = |operation: &str, input: Value| {
        let run = home.prober(operation).input(input);
        run.arg("--pay").arg("EUR 50.00")
    };
    let told = |run: Run<'a>| run.arg("--message").arg("books");
    let note = letter("books", "books@example.com", "paid");
    vec![
        (
            "list",
            read(
                home.prober("list-folder")
                    .input(json!({ "folder": "inbox" })),
            ),
        ),
        (
            "stat",
            read(home.prober("stat").input(json!({ "path": "inbox/a.txt" }))),
        ),
        (
            "range",
            read(
                home.prober("read-range")
                    .input(json!({ "path": "inbox/a.txt", "offset": 1, "length": 3 })),
            ),
        ),
        (
            "copy",
            write(read(home.prober("copy").input(
                json!({ "source": "inbox/a.txt", "target": "out/a.txt" }),
            ))),
        ),
        ("granted", read(home.prober("granted"))),
        ("get", shop(fetch("GET", "https://shop.test/page"))),
        ("redirected", shop(fetch("GET", "https://shop.test/moved"))),
        ("post", shop(fetch("POST", "https://shop.test/orders"))),
        ("denied", shop(fetch("POST", "https://shop.test/other"))),
        (
            "random",
            home.prober("random").input(json!({ "length": 16 })),
        ),
        ("time", home.prober("ask-time").input(json!({ "times": 3 }))),
        (
            "about",
            home.prober("about").input(json!({ "setting": "none" })),
        ),
        (
            "remember",
            write(
                home.prober("remember-and-write")
                    .input(json!({ "key": "k", "value": "v", "path": "out/k.txt" })),
            ),
        ),
        ("recall", home.prober("recall").input(json!({ "key": "k" }))),
        (
            "log",
            home.prober("note").input(json!({ "text": "a line" })),
        ),
        ("failed", home.prober("fail").input(json!({ "text": "no" }))),
        ("paid", pay("pay", json!({ "order": order("INV-1") }))),
        (
            "ordered",
            pay("pay", json!({ "order": bank_order("INV-2") })),
        ),
        (
            "told",
            told(home.prober("tell").input(json!({ "note": note }))),
        ),
        (
            "all",
            told(write(read(pay(
                "pay-write-and-tell",
                json!({ "source": "inbox/INV-3.txt", "order": order(""), "target": "out/paid.txt", "note": note }),
            )))),
        ),
    ]
}

#[test]
fn every_kind_of_run_does_the_same_again_with_nothing_behind_it() {
    let home = Home::new();
    home.has_till("100.00");
    home.has_bank();
    let peer = Peer::tls(&["shop.test", "books.test"], |request| {
        match &*request.target {
            "/moved" => Reply::redirect(302, "/page"),
            _ => Reply::text("an answer"),
        }
    });
    home.reaches(&[("books.test:443", peer.address())]);
    home.has_webhook("https://books.test/in", HOOK_KEY);
    let runs = every_kind_of_run(&home, &peer);
    let names: Vec<&str> = runs.iter().map(|(name, _)| *name).collect();
    for (name, run) in runs {
        let ran = run
            .approve("all")
            .arg("--receipt")
            .arg(format!("{name}.json"))
            .go();
        let expected = match name {
            "denied" => 4,
            "failed" => 1,
            _ => 0,
        };
        assert_eq!(ran.code, Some(expected), "{name}\n{}", ran.shown());
    }
    // The world moves on: nothing of it is asked again.
    let before = peer.connections();
    for folder in ["inbox", "out"] {
        fs::remove_dir_all(home.path().join(folder)).unwrap();
    }
    let _ = home.guildhall(["messages", "remove", "books"]).exits(0);
    let _ = home.guildhall(["secrets", "remove", "books-key"]).exits(0);
    let _ = home.guildhall(["wallet", "close", "till"]).exits(0);
    let _ = home
        .prober("remember")
        .input(json!({ "key": "k", "value": "another", "then_fail": false }))
        .go()
        .exits(0);
    for name in names {
        holds_and_replays(&home, &format!("{name}.json"));
    }
    assert_eq!(peer.connections(), before, "a replay sends nothing");
    assert!(!home.path().join("out").exists(), "a replay writes nothing");
    assert_eq!(home.available("supplier"), 3_000, "a replay pays nothing");
}

#[test]
fn a_receipt_tells_what_was_granted_called_sent_decided_and_done() {
    let home = Home::new();
    home.has_till("100.00");
    let peer = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
    home.reaches(&[("books.test:443", peer.address())]);
    home.has_webhook("https://books.test/in", HOOK_KEY);
    let runs = every_kind_of_run(&home, &peer);
    let (_, run) = runs.into_iter().next_back().unwrap();
    let id = run.approve("all").go().exits(0).invocation();
    let receipt = home
        .guildhall(["receipts", "show", &id, "--json"])
        .exits(0)
        .json();
    assert_eq!(receipt["status"], "committed");
    let facts = &receipt["run"];
    assert_eq!(facts["operation"], "pay-write-and-tell");
    assert_eq!(facts["contract"], "guildhall:skill@1.0.0");
    assert!(facts["engine"].as_str().unwrap().starts_with("wasmtime"));
    let calls: Vec<&str> = facts["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["call"].as_str().unwrap())
        .collect();
    assert_eq!(
        calls,
        [
            "files.read",
            "payments.stage",
            "files.write",
            "messages.stage"
        ]
    );
    for pointer in ["/input", "/output", "/calls/0/response", "/calls/1/request"] {
        let commitment = facts.pointer(pointer).unwrap().as_str().unwrap();
        assert!(
            commitment.starts_with("hmac-sha256:"),
            "{pointer}: {commitment}"
        );
    }
    let done: Vec<(&str, &str)> = receipt["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| {
            let kind = &fact["effect"]["facts"]["kind"];
            (kind.as_str().unwrap(), fact["state"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        done,
        [
            ("payment", "done"),
            ("file-write", "done"),
            ("message", "done")
        ]
    );
    let approval = &receipt["approval"];
    assert_eq!(approval["decision"], "approve");
    assert_eq!(approval["effect_set"], facts["effect_set"]);
    assert_eq!(approval["skill"], facts["skill"]["digest"]);
    assert!(facts["usage"]["fuel"].as_u64().unwrap() > 0);
    let words = home.guildhall(["receipts", "show", &id]).exits(0);
    for part in [
        "pay-write-and-tell",
        "committed",
        "read inbox at",
        "write out at",
        "pay EUR 50.00",
        "send by books",
        "4 host calls",
        "pay EUR 15.00 to book:supplier for INV-3",
        "hmac-sha256:",
        "entries",
    ] {
        assert!(
            words.stdout.contains(part),
            "no `{part}`\n{}",
            words.shown()
        );
    }
    assert!(
        words
            .stderr
            .contains("not that a remote server told the truth")
    );
}

#[test]
fn a_receipt_lists_what_left_for_each_destination_in_bytes() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("an answer"));
    let ran = home
        .prober("fetch")
        .input(json!({
            "method": "POST", "url": "https://shop.test/orders", "headers": [], "body": "x".repeat(5_000),
        }))
        .allow("POST https://shop.test/orders")
        .peer("shop.test:443", &peer)
        .go()
        .exits(0);
    let receipt = home
        .guildhall(["receipts", "show", &ran.invocation(), "--json"])
        .exits(0)
        .json();
    let sent = receipt["run"]["sent"].as_array().unwrap();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0]["host"], "shop.test");
    assert_eq!(sent[0]["method"], "POST");
    assert_eq!(sent[0]["requests"], 1);
    let out = sent[0]["bytes_out"].as_u64().unwrap();
    assert!((5_000..6_000).contains(&out), "{out}");
}

#[test]
fn a_receipt_is_written_for_its_owner_alone_and_never_over_another_file() {
    let home = Home::new();
    let out = home.folder("out");
    let file = home.put("taken.json", "mine");
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "a" }))
        .write("out", &out)
        .approve("all")
        .arg("--receipt")
        .arg(&file)
        .go();
    assert!(
        ran.error(2, "exists").contains("taken.json"),
        "{}",
        ran.shown()
    );
    assert_eq!(home.names("out"), Vec::<String>::new(), "nothing ran");
    assert_eq!(home.text("taken.json").as_deref(), Some("mine"));
    let id = home.prober("granted").go().exits(0).invocation();
    let _ = home
        .guildhall(["receipts", "export", &id, "--out", "taken.json", "--json"])
        .error(2, "exists");
    let export = home
        .guildhall(["receipts", "export", &id, "--out", "new.json", "--json"])
        .exits(0)
        .json();
    assert_eq!(export["run"], id);
    let metadata = fs::metadata(home.path().join("new.json")).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert_eq!(export["bytes"], metadata.len());
    holds_and_replays(&home, "new.json");
}

#[test]
fn a_receipt_of_a_run_that_waits_still_holds_when_it_is_done() {
    let home = Home::new();
    let out = home.folder("out");
    let id = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "a" }))
        .write("out", &out)
        .arg("--receipt")
        .arg("early.json")
        .go()
        .exits(3)
        .invocation();
    let early = verify(&home, "early.json", &["--replay"]).exits(0).json();
    assert_eq!(early["status"], "awaiting_approval");
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    let _ = home
        .guildhall(["receipts", "export", &id, "--out", "late.json"])
        .exits(0);
    assert_eq!(
        verify(&home, "late.json", &["--replay"]).exits(0).json()["status"],
        "committed"
    );
    assert_eq!(
        verify(&home, "early.json", &["--replay"]).exits(0).json()["status"],
        "awaiting_approval",
        "it tells what was so when it was made"
    );
    let _ = home.guildhall(["undo", &id, "--yes"]).exits(0);
    let _ = home
        .guildhall(["receipts", "export", &id, "--out", "undone.json"])
        .exits(0);
    holds_and_replays(&home, "undone.json");
    holds_and_replays(&home, "late.json");
    let undone = home
        .guildhall(["receipts", "show", &id, "--json"])
        .exits(0)
        .json();
    assert_eq!(undone["effects"][0]["undone"], true);
}

#[test]
fn a_receipt_from_elsewhere_is_checked_by_its_key_and_only_its_signature_is() {
    let (home, elsewhere) = (Home::new(), Home::new());
    let _ = home
        .prober("random")
        .input(json!({ "length": 4 }))
        .arg("--receipt")
        .arg(elsewhere.path().join("receipt.json"))
        .go()
        .exits(0);
    let key = home.guildhall(["receipts", "key"]).exits(0).stdout;
    let key = key.trim();
    let json = home
        .guildhall(["receipts", "key", "--json"])
        .exits(0)
        .json();
    assert_eq!(json["key"], key);
    let verified = verify(&elsewhere, "receipt.json", &["--key", key])
        .exits(0)
        .json();
    assert_eq!(
        states(&verified),
        ["passed", "not-checked", "not-checked", "not-checked"]
    );
    for check in verified["checks"].as_array().unwrap().iter().skip(1) {
        let found = check["found"].as_str().unwrap();
        assert!(
            found.contains("journal of the machine that signed it"),
            "{found}"
        );
    }
    assert!(
        !elsewhere.home().exists(),
        "nothing is asked of this machine"
    );
    let words = elsewhere
        .guildhall(["verify", "receipt.json", "--key", key])
        .exits(0);
    assert!(words.stdout.contains("not checked"), "{}", words.shown());
    let _ = elsewhere
        .guildhall(["verify", "receipt.json", "--key", key, "--replay", "--json"])
        .exits(2);
    let _ = elsewhere
        .guildhall(["verify", "receipt.json", "--key", "ed25519:AAAA", "--json"])
        .exits(2);
    // A reader that shares nothing with the product comes to the same.
    let signed = proof::receipt(&elsewhere.path().join("receipt.json"), key).unwrap();
    assert_eq!(signed["run"]["operation"], "random");
    let other = elsewhere.guildhall(["receipts", "key"]).exits(0).stdout;
    assert!(proof::receipt(&elsewhere.path().join("receipt.json"), other.trim()).is_err());
}

#[test]
fn a_run_that_can_not_be_executed_again_says_why() {
    let home = Home::new();
    let why = |name: &str, run: Run<'_>, reason: &str| {
        let file = format!("{name}.json");
        let _ = run.arg("--receipt").arg(&file).go();
        assert!(home.path().join(&file).is_file(), "{name}");
        let _ = verify(&home, &file, &[]).exits(0);
        let replayed = verify(&home, &file, &["--replay"]).exits(5);
        let message = replayed.word("/error/message");
        assert!(
            message.contains("can't be executed again"),
            "{name}: {message}"
        );
        assert!(message.contains(reason), "{name}: {message}");
    };
    why("looped", home.prober("spin").limit("wall-ms", 200), "limit");
    why("trapped", home.prober("panic-now"), "trap");
    let note = || home.prober("note").input(json!({ "text": "a line" }));
    why(
        "hashes",
        note().arg("--retention").arg("hashes"),
        "did not keep",
    );
    why(
        "none",
        note().arg("--retention").arg("none"),
        "did not keep",
    );
}

#[test]
fn a_receipt_of_a_run_that_was_pruned_says_that_the_journal_does_not_have_it() {
    let home = Home::new();
    let _ = home
        .prober("note")
        .input(json!({ "text": "a line" }))
        .arg("--receipt")
        .arg("receipt.json")
        .go()
        .exits(0);
    let _ = home
        .guildhall(["runs", "prune", "--older-than", "0", "--json"])
        .exits(0);
    let verified = verify(&home, "receipt.json", &["--replay"]).exits(5);
    let message = verified.word("/error/message");
    assert!(
        message.contains("the journal has no run"),
        "{}",
        verified.shown()
    );
    assert_eq!(
        states(&verified.json())[..2],
        ["passed", "passed"],
        "{}",
        verified.shown()
    );
    let audit = home
        .guildhall(["audit", "verify", "--json"])
        .exits(0)
        .json();
    assert_eq!(audit["pruned"], 1);
    assert_eq!(audit["runs"], 0);
}

#[test]
fn a_run_that_is_not_there_has_no_receipt() {
    let home = Home::new();
    home.serves_the_next_run();
    let nobody = "0198c0de-f00d-7000-8000-000000000000";
    for command in [
        vec!["receipts", "show", nobody, "--json"],
        vec!["receipts", "export", nobody, "--out", "no.json", "--json"],
    ] {
        let _ = home.guildhall(command).error(2, "not-found");
    }
    assert!(!home.path().join("no.json").exists());
    let _ = home.guildhall(["verify", "no.json", "--json"]).exits(2);
}
