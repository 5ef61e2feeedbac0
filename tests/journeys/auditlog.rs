//! The audit log: exported, and held against heads that were kept.

use guildhall_tests::{Home, json, proof};

#[test]
fn the_audit_log_is_exported_in_lines_that_anybody_can_check() {
    let home = Home::new();
    let empty = home
        .guildhall(["audit", "verify", "--json"])
        .exits(0)
        .json();
    assert_eq!(empty["head"]["entries"], 0);
    home.has_till("10.00");
    let _ = home
        .told(["secrets", "set", "a-key"], "a value of a secret")
        .exits(0);
    let out = home.folder("out");
    let _ = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "a" }))
        .write("out", &out)
        .approve("all")
        .go()
        .exits(0);
    let exported = home
        .guildhall(["audit", "export", "--out", "log.jsonl", "--json"])
        .exits(0)
        .json();
    let (entries, hash) = proof::audit(&home.path().join("log.jsonl")).unwrap();
    assert_eq!(exported["head"]["entries"], entries);
    assert_eq!(exported["head"]["hash"], hash);
    let text = home.text("log.jsonl").unwrap();
    assert!(!text.contains("a value of a secret"));
    for kind in [
        "account-opened",
        "deposit",
        "secret-set",
        "run-ended",
        "decided",
        "effect",
        "run-closed",
    ] {
        assert!(
            text.contains(&format!("\"kind\":\"{kind}\"")),
            "no {kind} in\n{text}"
        );
    }
    // A changed line is found by the same reader.
    home.put("changed.jsonl", text.replacen("deposit", "deposlt", 1));
    assert!(proof::audit(&home.path().join("changed.jsonl")).is_err());
}

#[test]
fn a_head_of_the_audit_log_that_was_kept_lies_on_it_for_ever() {
    let home = Home::new();
    let mut heads = Vec::new();
    for index in 0..3 {
        let file = format!("head-{index}.json");
        let head = home
            .guildhall(["audit", "head", "--out", &file, "--json"])
            .exits(0)
            .json();
        assert_eq!(head["head"]["entries"], index, "{head:#}");
        heads.extend(["--head".to_owned(), file]);
        home.serves_the_next_run();
    }
    let command = ["audit", "verify", "--json"].map(str::to_owned).into_iter();
    let verified = home.guildhall(command.chain(heads)).exits(0).json();
    assert_eq!(verified["verified"], true);
    assert_eq!(verified["kept_heads"], 3);
    assert_eq!(verified["runs"], 3);
    let words = home.guildhall(["audit", "verify"]).exits(0);
    assert!(
        words
            .stderr
            .contains("only against a head that was kept elsewhere"),
        "{}",
        words.shown()
    );
    let _ = home
        .guildhall(["audit", "head", "--out", "head-0.json", "--json"])
        .error(2, "exists");
}
