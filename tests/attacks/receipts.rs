//! Receipts, attacked: every changed byte is found, and what was changed is named.

use guildhall_tests::settings::{letter, order};
use guildhall_tests::{Home, Peer, Ran, Reply, journal, json};
use std::fs;
use std::path::{Path, PathBuf};

const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A home with one run that used everything, its receipt in `receipt.json`, and the head of the log in `head.json`.
pub(crate) struct Proven {
    pub(crate) home: Home,
    pub(crate) id: String,
    saved: Vec<u8>,
}

impl Proven {
    pub(crate) fn new() -> Self {
        let home = Home::new();
        home.has_till("100.00");
        let peer = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
        home.reaches(&[("books.test:443", peer.address())]);
        home.has_webhook("https://books.test/in", HOOK_KEY);
        let (inbox, out) = (home.folder("inbox"), home.folder("out"));
        home.put("inbox/a.txt", "INV-1");
        let id = home
            .prober("pay-write-and-tell")
            .input(json!({
                "source": "inbox/a.txt", "order": order(""), "target": "out/paid.txt",
                "note": letter("books", "books@example.com", "paid"),
            }))
            .read("inbox", &inbox)
            .write("out", &out)
            .arg("--pay")
            .arg("EUR 50.00")
            .arg("--message")
            .arg("books")
            .approve("all")
            .arg("--receipt")
            .arg("receipt.json")
            .go()
            .exits(0)
            .invocation();
        Self::of(home, id)
    }

    /// A home with one run that computed and did nothing else: what such runs have in common stands in a row of its own.
    pub(crate) fn computed() -> Self {
        let home = Home::new();
        let line =
            json!({"description": "screws", "quantity": 3, "price_minor": 250, "vat_rate": 1900});
        let id = home
            .run(guildhall_tests::guest("totals"), "total")
            .input(json!({ "currency": "EUR", "lines": [line] }))
            .arg("--receipt")
            .arg("receipt.json")
            .go()
            .exits(0)
            .invocation();
        assert_eq!(
            journal::number(
                &home,
                "SELECT COUNT(*) FROM runs JOIN run_kinds k ON k.id = kind"
            ),
            1
        );
        Self::of(home, id)
    }

    fn of(home: Home, id: String) -> Self {
        let _ = home
            .guildhall(["audit", "head", "--out", "head.json"])
            .exits(0);
        let saved = journal::saved(&home);
        Self { home, id, saved }
    }

    /// Puts the journal back as it was.
    pub(crate) fn restore(&self) {
        journal::restore(&self.home, &self.saved);
    }

    pub(crate) fn verify(&self, more: &[&str]) -> Ran {
        let command = ["verify", "receipt.json", "--json"];
        self.home.guildhall(command.iter().chain(more))
    }

    pub(crate) fn audit(&self, more: &[&str]) -> Ran {
        let command = ["audit", "verify", "--json"];
        self.home.guildhall(command.iter().chain(more))
    }
}

/// Insists that it is not verified, and returns why.
#[track_caller]
pub(crate) fn fails(ran: Ran) -> String {
    let ran = ran.exits(5);
    assert_eq!(ran.json()["verified"], false, "{}", ran.shown());
    ran.word("/error/message")
}

fn verify_bytes(home: &Home, bytes: &[u8], more: &[&str]) -> Ran {
    home.put("changed.json", bytes);
    let command = ["verify", "changed.json", "--json"];
    home.guildhall(command.iter().chain(more))
}

#[test]
fn every_changed_byte_of_a_receipt_is_refused() {
    let proven = Proven::new();
    let home = &proven.home;
    let receipt = fs::read(home.path().join("receipt.json")).unwrap();
    let _ = verify_bytes(home, &receipt, &[]).exits(0);
    let key = home.guildhall(["receipts", "key"]).exits(0).stdout;
    let by_key = ["--key", key.trim()];
    // Evenly over the file, and every byte of its two ends.
    let step = receipt.len() / 50;
    let places = (0..receipt.len())
        .filter(|at| at.is_multiple_of(step) || *at < 4 || receipt.len() - at < 6);
    for (count, at) in places.enumerate() {
        let mut changed = receipt.clone();
        // Another letter where there was one, so that it stays well-formed where it can.
        changed[at] = match changed[at] {
            b'A' => b'B',
            byte if byte.is_ascii_alphanumeric() => b'A',
            byte => byte ^ 1,
        };
        let more: &[&str] = if count % 2 == 0 { &[] } else { &by_key };
        let message = fails(verify_bytes(home, &changed, more));
        assert!(!message.is_empty(), "byte {at}");
    }
    home.serves_the_next_run();
}

#[test]
fn a_receipt_that_says_the_same_in_other_bytes_is_refused() {
    let proven = Proven::new();
    let home = &proven.home;
    let text = home.text("receipt.json").unwrap();
    let envelope: guildhall_tests::Value = serde_json::from_str(&text).unwrap();
    let (payload, kind) = (&envelope["payload"], &envelope["payloadType"]);
    let signatures = &envelope["signatures"];
    let signature = &signatures[0];
    let unpadded = text.replace("==\"", "\"");
    let twice =
        json!({ "payloadType": kind, "payload": payload, "signatures": [signature, signature] });
    let none = json!({ "payloadType": kind, "payload": payload, "signatures": [] });
    let more =
        json!({ "payloadType": kind, "payload": payload, "signatures": signatures, "more": 1 });
    let other = json!({
        "payloadType": "application/vnd.guildhall.audit-head.v1+json", "payload": payload, "signatures": signatures,
    });
    let reordered = json!({ "signatures": signatures, "payload": payload, "payloadType": kind });
    for changed in [
        format!("{text} "),
        format!("{text}\n"),
        format!(" {text}"),
        format!("{text}{text}"),
        format!("\u{feff}{text}"),
        text.replace("\",\"payload\"", "\", \"payload\""),
        text.replacen('{', "{\"payload\":\"\",", 1),
        text.replace("payloadType", "payload\\u0054ype"),
        text.trim_end_matches('}').to_owned(),
        text.replace('/', "\\/"),
        unpadded,
        twice.to_string(),
        none.to_string(),
        more.to_string(),
        other.to_string(),
        reordered.to_string(),
        "{}".to_owned(),
        "null".to_owned(),
        String::new(),
    ] {
        if changed != text {
            fails(verify_bytes(home, changed.as_bytes(), &[]));
        }
    }
    // What is no text at all, and what is too large.
    fails(verify_bytes(home, &[0xff; 64], &[]));
    fails(verify_bytes(home, "[".repeat(1 << 20).as_bytes(), &[]));
    home.serves_the_next_run();
}

#[test]
fn a_receipt_of_another_home_is_refused() {
    let (proven, other) = (Proven::new(), Home::new());
    let receipt = fs::read(proven.home.path().join("receipt.json")).unwrap();
    let message = fails(verify_bytes(&other, &receipt, &[]));
    assert!(message.contains("key"), "{message}");
    let fix = verify_bytes(&other, &receipt, &[]).word("/error/fix");
    assert!(fix.contains("--key"), "{fix}");
    let own = other.guildhall(["receipts", "key"]).exits(0).stdout;
    fails(verify_bytes(&other, &receipt, &["--key", own.trim()]));

    // Signed by the very key, about a run that this journal never had.
    let _ = other
        .prober("granted")
        .arg("--receipt")
        .arg("own.json")
        .go()
        .exits(0);
    let elsewhere = Home::new();
    elsewhere.serves_the_next_run();
    let keys = |home: &Home| home.home().join("state/keys/receipts.key");
    fs::copy(keys(&other), keys(&elsewhere)).unwrap();
    let receipt = fs::read(other.path().join("own.json")).unwrap();
    let message = fails(verify_bytes(&elsewhere, &receipt, &[]));
    assert!(
        message.contains("the audit log has no such end of a run"),
        "{message}"
    );
    elsewhere.serves_the_next_run();
}

#[test]
fn a_head_is_no_receipt_and_a_receipt_no_head() {
    let proven = Proven::new();
    let home = &proven.home;
    let head = fs::read(home.path().join("head.json")).unwrap();
    fails(verify_bytes(home, &head, &[]));
    let ran = proven.audit(&["--head", "receipt.json"]);
    fails(ran.clone());
    let fix = ran.word("/error/fix");
    assert!(fix.contains("guildhall audit head --out"), "{fix}");
    // A changed head, and one of another home.
    for at in [0, head.len() / 3, head.len() / 2, head.len() - 8] {
        let mut changed = head.clone();
        changed[at] ^= 1;
        home.put("changed.json", changed);
        fails(proven.audit(&["--head", "head.json", "--head", "changed.json"]));
    }
    let other = Home::new();
    let _ = other
        .guildhall(["audit", "head", "--out", "head.json"])
        .exits(0);
    let foreign = other.path().join("head.json");
    fails(proven.audit(&["--head", foreign.to_str().unwrap()]));
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    let _ = proven.audit(&["--head", "missing.json"]).exits(2);
}

/// Changes of the record of a run, and the words that must name them.
const RECORD: [(&str, &str); 14] = [
    (
        "UPDATE runs SET input = CAST(replace(CAST(input AS TEXT), 'Supplier', 'Suppliers') AS BLOB)",
        "the input",
    ),
    ("UPDATE runs SET input = CAST('{}' AS BLOB)", "the input"),
    (
        "UPDATE runs SET output = CAST('[0,1,3]' AS BLOB)",
        "the output",
    ),
    ("UPDATE runs SET output = NULL", "the output"),
    (
        "UPDATE runs SET failure = '{\"kind\":\"operation\",\"value\":\"no\"}'",
        "the failure",
    ),
    (
        "UPDATE runs SET grants = replace(grants, '5000', '9000')",
        "the grants",
    ),
    ("UPDATE runs SET seed = zeroblob(32)", "the seed"),
    ("UPDATE runs SET operation = 'pay'", "the operation"),
    (
        "UPDATE runs SET skill_digest = replace(skill_digest, 'sha256:', 'sha256:0') WHERE 0",
        "",
    ),
    (
        "UPDATE host_calls SET response = CAST('9' AS BLOB) WHERE seq = 1",
        "host call 1 (payments.stage)",
    ),
    (
        "UPDATE host_calls SET request = CAST('{}' AS BLOB) WHERE seq = 3",
        "host call 3 (messages.stage)",
    ),
    (
        "UPDATE host_calls SET refused = 'payments.denied' WHERE seq = 1",
        "host call 1 (payments.stage)",
    ),
    (
        "UPDATE host_calls SET function = 'list' WHERE seq = 0",
        "host call 0 (files.list)",
    ),
    ("DELETE FROM host_calls WHERE seq = 3", "host calls"),
];

#[test]
fn a_changed_record_of_a_run_is_found_and_named() {
    let proven = Proven::new();
    for (statement, named) in RECORD {
        let changed = journal::execute(&proven.home, statement);
        if named.is_empty() {
            continue;
        }
        assert_eq!(changed, 1, "{statement}");
        let message = fails(proven.verify(&[]));
        assert!(message.contains(named), "{statement}: {message}");
        let message = fails(proven.audit(&[]));
        assert!(message.contains(named), "{statement}: {message}");
        let words = proven
            .home
            .guildhall(["verify", "receipt.json", "--replay"])
            .exits(5);
        assert!(words.stdout.contains("FAILED"), "{}", words.shown());
        proven.restore();
    }
    let _ = proven.verify(&["--replay"]).exits(0);
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
}

/// Changes of what a run that computed has for itself, and of what it has of its kind.
const COMPUTED: [(&str, &str); 9] = [
    (
        "UPDATE run_kinds SET facts = replace(facts, '\"total\"', '\"total2\"')",
        "facts were changed",
    ),
    ("UPDATE run_kinds SET facts = 'none'", "facts"),
    ("UPDATE run_kinds SET operation = 'pay'", "the operation"),
    (
        "UPDATE run_kinds SET grants = replace(grants, '\"network\":[]', '\"network\":[7]')",
        "",
    ),
    (
        "UPDATE runs SET commitments = substr(commitments, 1, 95) || x'00'",
        "facts were changed",
    ),
    ("UPDATE runs SET commitments = x'00'", "kind of a run"),
    ("UPDATE runs SET commitments = NULL", ""),
    ("UPDATE runs SET fuel = fuel + 1", "facts were changed"),
    ("DELETE FROM run_kinds", "kind of a run"),
];

#[test]
fn a_changed_record_of_a_run_that_computed_is_found() {
    let proven = Proven::computed();
    let mut missed = Vec::new();
    for (statement, named) in COMPUTED {
        assert_eq!(journal::execute(&proven.home, statement), 1, "{statement}");
        // The receipt has the facts itself: that those of the journal are others is for the log to say.
        let ran = proven.audit(&[]);
        let words = ran.word("/error/message");
        if !matches!(ran.code, Some(2 | 5 | 70)) || !words.contains(named) {
            missed.push(format!("{statement}: {words}"));
        }
        proven.restore();
    }
    assert_eq!(missed, Vec::<String>::new(), "not found, or not named");
    let _ = proven.verify(&["--replay"]).exits(0);
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    proven.home.serves_the_next_run();
}

#[test]
fn a_run_whose_facts_were_changed_is_found_even_in_a_receipt_that_was_made_of_them() {
    let proven = Proven::new();
    for statement in [
        "UPDATE runs SET facts = replace(facts, 'pay-write-and-tell', 'pay-write-and-tel1')",
        "UPDATE runs SET facts = replace(facts, '\"fuel\":', '\"fuel\":1')",
        "UPDATE runs SET facts = replace(facts, '\"full\"', '\"hashes\"')",
        "UPDATE runs SET facts = NULL",
    ] {
        assert_eq!(journal::execute(&proven.home, statement), 1);
        let message = fails(proven.audit(&[]));
        assert!(message.contains(&proven.id), "{statement}: {message}");
        let made = proven
            .home
            .guildhall(["receipts", "export", &proven.id, "--out", "made.json"]);
        if made.code == Some(0) {
            let made = fs::read(proven.home.path().join("made.json")).unwrap();
            let message = fails(verify_bytes(&proven.home, &made, &[]));
            assert!(message.contains("no such end of a run"), "{message}");
            fs::remove_file(proven.home.path().join("made.json")).unwrap();
        }
        proven.restore();
    }
}

#[test]
fn a_replay_uses_the_component_that_ran_and_no_other() {
    let proven = Proven::new();
    let state = proven.home.home().join("state");
    // Compiled code is only a cache: it may be changed or gone.
    for file in files_below(&state.join("compiled")) {
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
    }
    let _ = proven.verify(&["--replay"]).exits(0);
    fs::remove_dir_all(state.join("compiled")).unwrap();
    let _ = proven.verify(&["--replay"]).exits(0);

    let [component] = &files_below(&state.join("components"))[..] else {
        panic!("one component ran");
    };
    let bytes = fs::read(component).unwrap();
    let other = fs::read(guildhall_tests::guest("wasi-hello")).unwrap();
    for changed in [
        other,
        guildhall_tests::component::with_section(&bytes, "x", b""),
    ] {
        fs::write(component, changed).unwrap();
        let message = fails(proven.verify(&["--replay"]));
        assert!(
            message.contains("was changed in the state folder"),
            "{message}"
        );
    }
    fs::remove_file(component).unwrap();
    let message = fails(proven.verify(&["--replay"]));
    assert!(
        message.contains("not in the state folder any more"),
        "{message}"
    );
    let _ = proven.verify(&[]).exits(0);
    fs::write(component, bytes).unwrap();
    let _ = proven.verify(&["--replay"]).exits(0);
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn a_replay_finds_what_the_commitments_do_not_cover() {
    let home = Home::new();
    let _ = home
        .prober("about")
        .input(json!({ "setting": "none" }))
        .arg("--receipt")
        .arg("receipt.json")
        .go()
        .exits(0);
    let saved = journal::saved(&home);
    let verify = || home.guildhall(["verify", "receipt.json", "--replay", "--json"]);
    let _ = verify().exits(0);
    for statement in [
        "UPDATE runs SET locale = 'de'",
        "UPDATE runs SET started_now_ms = started_now_ms + 60000",
    ] {
        assert_eq!(journal::execute(&home, statement), 1);
        let ran = verify();
        let message = fails(ran.clone());
        assert!(
            message.contains("output is another") || message.contains("host call"),
            "{statement}: {}",
            ran.shown()
        );
        journal::restore(&home, &saved);
    }
    let _ = verify().exits(0);
}

#[test]
fn a_signing_key_that_others_can_read_or_that_is_a_link_signs_nothing() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let proven = Proven::new();
    let key = proven.home.home().join("state/keys/receipts.key");
    for mode in [0o644, 0o640, 0o604, 0o602] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let ran = proven.home.guildhall(["receipts", "key", "--json"]);
        assert_ne!(ran.code, Some(0), "{}", ran.shown());
        assert!(ran.stdout.contains("chmod 600"), "{}", ran.shown());
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let _ = proven.verify(&[]).exits(0);
    let moved = proven.home.path().join("moved.key");
    fs::rename(&key, &moved).unwrap();
    symlink(&moved, &key).unwrap();
    let ran = proven.home.guildhall(["receipts", "key", "--json"]);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.stdout.contains("symbolic link"), "{}", ran.shown());
    fs::remove_file(&key).unwrap();
    fs::rename(&moved, &key).unwrap();
    let _ = proven.verify(&[]).exits(0);
    proven.home.serves_the_next_run();
}
