//! What a run wants to change waits for a person, and is done once.

use guildhall_tests::{Home, Ran, json};
use std::fs;

/// A home with a run that waits: it would write `hello` to out/a/b.txt.
fn parked(home: &Home) -> Ran {
    let out = home.folder("out");
    home.prober("write")
        .input(json!({ "path": "out/a/b.txt", "text": "hello" }))
        .write("out", &out)
        .approve("later")
        .go()
        .exits(3)
        .is("awaiting_approval")
}

#[test]
fn a_staged_write_waits_is_listed_shown_approved_and_done_once() {
    let home = Home::new();
    let ran = parked(&home);
    let id = ran.invocation();
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert_eq!(ran.json()["effects"][0]["state"], "pending");

    let waiting = home.waiting();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0]["invocation"], id);
    assert_eq!(waiting[0]["effects"], 1);

    let card = home
        .guildhall(["approvals", "show", &id, "--json"])
        .exits(0)
        .json();
    assert_eq!(card["effects"][0]["effect"]["facts"]["kind"], "file-write");
    assert_eq!(card["effects"][0]["preview"]["new"], "hello");
    let hash = card["effect_set"].as_str().unwrap();

    let approved = home
        .guildhall([
            "approvals",
            "approve",
            &id,
            "--effects",
            hash,
            "--yes",
            "--json",
        ])
        .exits(0)
        .is("committed");
    assert_eq!(approved.json()["effects"][0]["state"], "done");
    assert_eq!(home.text("out/a/b.txt").as_deref(), Some("hello"));
    assert_eq!(home.names("out/a"), ["b.txt"], "no hidden file is left");

    // The approval is used up: what is there now is not touched again.
    home.put("out/a/b.txt", "mine");
    let again = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    let error = again.error(4, "not-pending");
    assert!(error.contains("guildhall runs show"), "{error}");
    assert_eq!(home.text("out/a/b.txt").as_deref(), Some("mine"));
    assert!(home.waiting().is_empty());

    let newest = home.newest();
    assert_eq!(newest["invocation"], id);
    assert_eq!(newest["status"], "committed");
    let recorded = home.recorded(&id);
    assert_eq!(recorded["outcome"]["status"], "committed");
    assert_eq!(recorded["calls"][0]["interface"], "files");
    assert_eq!(recorded["calls"][0]["class"], "staged");
}

#[test]
fn a_rejected_run_leaves_nothing_and_can_not_be_approved_later() {
    let home = Home::new();
    let id = parked(&home).invocation();
    let rejected = home
        .guildhall([
            "approvals",
            "reject",
            &id,
            "--reason",
            "not today",
            "--json",
        ])
        .exits(0)
        .is("rejected");
    assert_eq!(rejected.json()["failure"]["reason"], "not today");
    assert_eq!(rejected.json()["effects"][0]["state"], "void");
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .error(4, "not-pending");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn approving_all_writes_at_once_and_approving_none_writes_nothing() {
    let home = Home::new();
    let out = home.folder("out");
    let write = |name: &str, who: &str| {
        home.prober("write")
            .input(json!({ "path": format!("out/{name}"), "text": who }))
            .write("out", &out)
            .approve(who)
            .go()
    };
    let _ = write("yes.txt", "all").exits(0).is("committed");
    let none = write("no.txt", "none").exits(3).is("rejected");
    assert_eq!(none.json()["effects"][0]["state"], "void");
    assert_eq!(home.names("out"), ["yes.txt"]);
    assert_eq!(home.text("out/yes.txt").as_deref(), Some("all"));
}

#[test]
fn where_there_is_no_terminal_effects_wait() {
    let home = Home::new();
    let out = home.folder("out");
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/x.txt", "text": "x" }))
        .write("out", &out)
        .go();
    let _ = ran.exits(3).is("awaiting_approval");
    let id = home.waiting()[0]["invocation"].as_str().unwrap().to_owned();
    // Nor can a decision be asked for, and the way to give one is said.
    let ran = home.guildhall(["approvals", "approve", &id, "--json"]);
    assert!(
        ran.error(2, "no-terminal").contains("--yes"),
        "{}",
        ran.shown()
    );
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/x.txt", "text": "x" }))
        .write("out", &out)
        .approve("ask")
        .go();
    let _ = ran.error(2, "no-terminal");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn a_run_is_named_by_a_unique_beginning_of_its_identifier() {
    let home = Home::new();
    let first = parked(&home).invocation();
    let second = parked(&home).invocation();
    let common = first
        .bytes()
        .zip(second.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let ambiguous = home.guildhall(["approvals", "show", &first[..common.max(4)], "--json"]);
    let error = ambiguous.error(2, "ambiguous");
    assert!(error.contains(&first) && error.contains(&second), "{error}");
    let unique = &first[..common.max(4) + 1];
    let card = home
        .guildhall(["approvals", "show", unique, "--json"])
        .exits(0);
    assert_eq!(card.invocation(), first);
    let _ = home
        .guildhall(["approvals", "show", "ffffffff", "--json"])
        .error(2, "not-found");
}

#[test]
fn an_approval_names_the_effects_it_is_for() {
    let home = Home::new();
    let id = parked(&home).invocation();
    let other = format!("sha256:{}", "0".repeat(64));
    let ran = home.guildhall([
        "approvals",
        "approve",
        &id,
        "--effects",
        &other,
        "--yes",
        "--json",
    ]);
    let error = ran.error(4, "effects-changed");
    assert!(error.contains("approvals show"), "{error}");
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert_eq!(home.waiting().len(), 1, "it still waits");
}

#[test]
fn replacing_a_file_is_shown_as_a_difference() {
    let home = Home::new();
    let out = home.folder("out");
    home.put("out/list.txt", "one\ntwo\nthree\n");
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/list.txt", "text": "one\n2\nthree\n" }))
        .write("out", &out)
        .go()
        .exits(3);
    let id = ran.invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    for part in ["replace", "list.txt", "- two", "+ 2", "replaced"] {
        assert!(card.stderr.contains(part), "{part}\n{}", card.shown());
    }
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    assert_eq!(
        home.text("out/list.txt").as_deref(),
        Some("one\n2\nthree\n")
    );
}

#[test]
fn a_replaced_file_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let out = home.folder("out");
    let file = home.put("out/key.txt", "old");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let _ = home
        .prober("write")
        .input(json!({ "path": "out/key.txt", "text": "new" }))
        .write("out", &out)
        .approve("all")
        .go()
        .exits(0);
    assert_eq!(home.text("out/key.txt").as_deref(), Some("new"));
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn a_run_with_many_effects_is_one_card_and_one_decision() {
    let home = Home::new();
    let out = home.folder("out");
    let ran = home
        .prober("write-many")
        .input(json!({ "folder": "out", "count": 40 }))
        .write("out", &out)
        .go()
        .exits(3);
    assert_eq!(home.waiting().len(), 1);
    let id = ran.invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    assert!(
        card.stderr.contains("40 files would be written"),
        "{}",
        card.shown()
    );
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    assert_eq!(home.names("out").len(), 40);
}

#[test]
fn a_card_says_who_what_why_and_what_not() {
    let home = Home::new();
    let id = parked(&home).invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    for part in [
        "unsigned local file",
        "operation write",
        "would be written",
        "create",
        "out/a/b.txt",
        "the skill gives no reason",
        "It moves no money",
        "Expires",
        &format!("guildhall approvals approve {id}"),
    ] {
        let flat = card.stderr.replace('\n', " ");
        assert!(flat.contains(part), "{part}\n{}", card.shown());
    }
}
