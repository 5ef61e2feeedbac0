//! The audit log, attacked: every entry that was changed, removed or put in is found, and so is a record that is not what the
//! log says.

use crate::receipts::{Proven, fails};
use guildhall_tests::{Home, Sink, journal, proof};

/// What was decided and done, changed afterwards, and a word that must be in what is said of it.
const DEEDS: [(&str, &str); 8] = [
    ("UPDATE runs SET status = 'failed'", "status"),
    (
        "UPDATE effects SET state = 'failed' WHERE idx = 0",
        "effect 0",
    ),
    (
        "UPDATE effects SET state = 'void' WHERE idx = 2",
        "effect 2",
    ),
    (
        "UPDATE effects SET effect = replace(effect, 'paid.txt', 'pald.txt') WHERE idx = 1",
        "effect",
    ),
    (
        "UPDATE effects SET undo = 'undone' WHERE idx = 1",
        "effect 1",
    ),
    ("DELETE FROM effects WHERE idx = 2", "effect"),
    ("UPDATE approvals SET decider = 'somebody else'", "decision"),
    ("DELETE FROM approvals", "decision"),
];

#[test]
fn a_changed_record_of_what_was_decided_and_done_is_found_and_named() {
    let proven = Proven::new();
    let mut missed = Vec::new();
    for (statement, named) in DEEDS {
        assert_eq!(journal::execute(&proven.home, statement), 1, "{statement}");
        let ran = proven.audit(&[]);
        match ran.code {
            Some(5) => {
                let message = fails(ran);
                let lower = message.to_lowercase();
                assert!(lower.contains(named), "{statement}: {message}");
                assert!(message.contains(&proven.id), "{statement}: {message}");
            }
            _ => missed.push(statement),
        }
        proven.restore();
    }
    assert_eq!(missed, Vec::<&str>::new(), "not found by audit verify");
}

#[test]
fn a_receipt_is_not_made_of_effects_and_a_decision_that_the_log_does_not_know() {
    let proven = Proven::new();
    let mut missed = Vec::new();
    for (count, (statement, _)) in DEEDS.into_iter().enumerate() {
        assert_eq!(journal::execute(&proven.home, statement), 1, "{statement}");
        // The host signs it, or says that it can't; what it signs must not hold.
        let name = format!("forged-{count}.json");
        let made = proven
            .home
            .guildhall(["receipts", "export", &proven.id, "--out", &name]);
        if made.code == Some(0) {
            let ran = proven.home.guildhall(["verify", &name, "--json"]);
            if ran.code != Some(5) {
                missed.push(statement);
            }
        }
        proven.restore();
    }
    assert_eq!(missed, Vec::<&str>::new(), "such a receipt is verified");
}

#[test]
fn a_run_that_is_made_to_look_half_done_is_found_done_and_does_nothing_again() {
    let proven = Proven::new();
    let home = &proven.home;
    let changed = journal::execute(home, "UPDATE runs SET status = 'committing'");
    assert_eq!(changed, 1);
    home.serves_the_next_run();
    assert_eq!(home.recorded(&proven.id)["outcome"]["status"], "committed");
    assert_eq!(
        (home.available("till"), home.available("supplier")),
        (8_500, 1_500)
    );
    assert_eq!(home.names("out"), ["paid.txt"]);
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    let _ = proven.verify(&["--replay"]).exits(0);
}

/// Changes of the audit log itself, and what must be said of them.
const LOG: [(&[&str], &str); 10] = [
    (
        &[
            "UPDATE audit SET body = replace(body, '\"effect\":0', '\"effect\":9') WHERE kind = 'effect'",
        ],
        "changed",
    ),
    (&["UPDATE audit SET body = body || ' ' WHERE 0"], ""),
    (&["UPDATE audit SET at = at + 1 WHERE seq = 2"], "entry 2"),
    (
        &["UPDATE audit SET kind = 'deposits' WHERE seq = 2"],
        "entry 2",
    ),
    (&["UPDATE audit SET hash = prev WHERE seq = 2"], "entry 2"),
    (&["UPDATE audit SET prev = hash WHERE seq = 2"], "entry 2"),
    (&["DELETE FROM audit WHERE seq = 3"], "entry 3"),
    (&["DELETE FROM audit WHERE seq = 0"], "entry 0"),
    (
        &[
            "UPDATE audit SET seq = -seq - 1 WHERE seq >= 3",
            "UPDATE audit SET seq = -seq WHERE seq < 0",
            "INSERT INTO audit SELECT tenant, 3, at, kind, body, prev, hash FROM audit WHERE seq = 2",
        ],
        "entry 3",
    ),
    (
        &[
            "UPDATE audit SET seq = 1000 WHERE seq = 2",
            "UPDATE audit SET seq = 2 WHERE seq = 3",
            "UPDATE audit SET seq = 3 WHERE seq = 1000",
        ],
        "entry 2",
    ),
];

#[test]
fn a_changed_removed_or_inserted_entry_of_the_audit_log_is_found_and_named() {
    let proven = Proven::new();
    for (statements, named) in LOG {
        for statement in statements {
            let changed = journal::execute(&proven.home, statement);
            assert!(changed > 0 || named.is_empty(), "{statement}");
        }
        if named.is_empty() {
            continue;
        }
        let message = fails(proven.audit(&[]));
        assert!(message.contains(named), "{statements:?}: {message}");
        assert!(message.contains("audit log"), "{statements:?}: {message}");
        fails(proven.verify(&[]));
        proven.restore();
    }
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
}

#[test]
fn a_tail_that_was_cut_off_is_found_only_against_what_was_kept_elsewhere() {
    let proven = Proven::new();
    let home = &proven.home;
    let set = |name: &str| {
        drop(
            home.told(["secrets", "set", name], "a value of it")
                .exits(0),
        )
    };
    let cut = "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)";
    set("first");
    let _ = home
        .guildhall(["audit", "head", "--out", "later.json"])
        .exits(0);
    assert_eq!(journal::execute(home, cut), 1);
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    let message = fails(proven.audit(&["--head", "head.json", "--head", "later.json"]));
    assert!(message.contains("its tail was cut off"), "{message}");
    // Written on over the cut, it is as long as before, and another one.
    set("second");
    let _ = proven.audit(&[]).exits(0);
    let message = fails(proven.audit(&["--head", "later.json"]));
    assert!(message.contains("written anew"), "{message}");

    // A receipt is a head that was kept.
    proven.restore();
    set("first");
    let export = ["receipts", "export", &proven.id, "--out", "late.json"];
    let _ = home.guildhall(export).exits(0);
    let verify = || home.guildhall(["verify", "late.json", "--json"]);
    let _ = verify().exits(0);
    assert_eq!(journal::execute(home, cut), 1);
    let _ = proven.verify(&[]).exits(0);
    let message = fails(verify());
    assert!(message.contains("its tail was cut off"), "{message}");
    set("third");
    let message = fails(verify());
    assert!(message.contains("written anew"), "{message}");
}

#[test]
fn a_log_that_was_emptied_is_found_against_a_head_and_by_the_receipts_of_its_runs() {
    let proven = Proven::new();
    let _ = journal::execute(&proven.home, "DELETE FROM audit");
    let message = fails(proven.audit(&["--head", "head.json"]));
    assert!(message.contains("cut off"), "{message}");
    let message = fails(proven.verify(&[]));
    assert!(message.contains("no such end of a run"), "{message}");
}

#[test]
fn a_run_that_was_removed_and_not_pruned_is_missed() {
    let proven = Proven::new();
    assert_eq!(journal::execute(&proven.home, "DELETE FROM runs"), 1);
    let message = fails(proven.audit(&[]));
    assert!(message.contains(&proven.id), "{message}");
    // What was pruned is not missed, because the log says so.
    proven.restore();
    let _ = proven
        .home
        .guildhall(["runs", "prune", "--older-than", "0"])
        .exits(0);
    let pruned = proven.audit(&["--head", "head.json"]).exits(0).json();
    assert_eq!(pruned["pruned"], 1);
}

#[test]
fn a_revocation_is_in_a_log_that_is_exported_and_verified() {
    let proven = Proven::new();
    let show = ["receipts", "show", &proven.id, "--json"];
    let digest = proven
        .home
        .guildhall(show)
        .exits(0)
        .word("/run/skill/digest");
    let _ = proven
        .home
        .guildhall(["revoke", &digest, "--reason", "a reason"])
        .exits(0);
    let _ = proven
        .home
        .guildhall(["audit", "export", "--out", "log.jsonl"])
        .exits(0);
    let _ = proven.audit(&["--head", "head.json"]).exits(0);
    proof::audit(&proven.home.path().join("log.jsonl")).unwrap();
    let changed = journal::execute(
        &proven.home,
        "UPDATE audit SET body = replace(body, 'sha256:', 'sha256:0') WHERE kind = 'skill-revoked'",
    );
    assert_eq!(changed, 1);
    fails(proven.audit(&[]));
    let log = proven.home.text("log.jsonl").unwrap();
    assert!(
        log.contains("skill-revoked"),
        "it is not in the exported log\n{log}"
    );
}

#[test]
fn a_revocation_that_was_taken_back_in_the_store_is_found_against_a_kept_head() {
    let proven = Proven::new();
    let show = ["receipts", "show", &proven.id, "--json"];
    let shown = proven.home.guildhall(show).exits(0);
    let digest = shown.word("/run/skill/digest");
    let revoke = ["revoke", &digest, "--reason", "a reason"];
    let _ = proven.home.guildhall(revoke).exits(0);
    let head = ["audit", "head", "--out", "later.json"];
    let _ = proven.home.guildhall(head).exits(0);
    let _ = proven.audit(&["--head", "later.json"]).exits(0);
    for statement in [
        "DELETE FROM revocations",
        "DELETE FROM audit WHERE kind = 'skill-revoked'",
    ] {
        assert_eq!(journal::execute(&proven.home, statement), 1);
        fails(proven.audit(&["--head", "later.json"]));
    }
}

#[test]
fn a_mandate_a_channel_and_a_limit_that_were_put_back_as_they_once_were_are_found() {
    let home = Home::with_till(10_000);
    let sink = Sink::new();
    home.announces_to(&sink);
    let id = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    for statement in [
        "CREATE TABLE old_mandates AS SELECT * FROM mandates",
        "CREATE TABLE old_channels AS SELECT * FROM channels",
        "CREATE TABLE old_accounts AS SELECT * FROM accounts",
    ] {
        let _ = journal::execute(&home, statement);
    }
    let _ = home.guildhall(["mandates", "revoke", &id]).exits(0);
    let _ = home.guildhall(["messages", "remove", "books"]).exits(0);
    let limit = ["wallet", "limit", "till", "EUR 1.00", "--per", "day"];
    let _ = home.guildhall(limit).exits(0);
    let _ = home.guildhall(["audit", "verify"]).exits(0);
    for (table, back, named) in [
        (
            "mandates",
            "INSERT OR REPLACE INTO mandates SELECT * FROM old_mandates",
            id.as_str(),
        ),
        (
            "channels",
            "INSERT OR REPLACE INTO channels SELECT * FROM old_channels",
            "books",
        ),
        (
            "accounts",
            "INSERT OR REPLACE INTO accounts SELECT * FROM old_accounts WHERE name = 'till'",
            "till",
        ),
    ] {
        let saved = journal::saved(&home);
        assert_eq!(journal::execute(&home, back), 1, "{table}");
        let message = fails(home.guildhall(["audit", "verify", "--json"]));
        assert!(message.contains(named), "{table}: {message}");
        journal::restore(&home, &saved);
    }
}
