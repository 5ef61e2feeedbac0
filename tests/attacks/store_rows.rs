//! Somebody who can write the store's file and has not its key: no row that decides about money, messages or code is
//! believed then. Each change is one that would pay, send or run something if it were.

use guildhall_tests::journal::{execute, number};
use guildhall_tests::money::{order, order_as};
use guildhall_tests::settings::letter;
use guildhall_tests::{Home, Ran, Sink, guest, json};

/// A home whose till holds EUR 100 and that has paid EUR 1.00 to book:acme; and a mandate of EUR 10.00 for it.
fn with_mandate() -> (Home, String) {
    let home = Home::with_till(10_000);
    home.pays_once(order("book:acme", 100, "INV-0"));
    let id = home.mandate(["--pay", "EUR 10.00 to book:acme"]);
    (home, id)
}

fn pay(home: &Home, minor: i64, document: &str) -> Ran {
    let run = home.pay(order("book:acme", minor, document));
    run.money("EUR 50.00").go()
}

/// Insists that nothing was done because of a row that was changed, and that the message names it.
#[track_caller]
fn not_believed(ran: &Ran, thing: &str) {
    assert_eq!(ran.code, Some(5), "{thing}\n{}", ran.shown());
    let message = ran.error(5, "tampered");
    assert!(message.contains(thing), "{message}");
    assert!(message.contains("journal.changed"), "{message}");
    assert!(message.contains("find out who can write"), "{message}");
}

#[test]
fn a_mandate_that_was_changed_in_the_store_approves_nothing() {
    for change in [
        "UPDATE mandates SET mandate = replace(mandate, '1000', '9000')",
        "UPDATE mandates SET mandate = json_set(mandate, '$.until_ms', 9000000000000)",
        "UPDATE mandates SET skill = skill, words = 'pays nothing'",
        "UPDATE mandates SET used = 0, used_bucket = NULL",
        "UPDATE mandates SET used = -100000",
        "UPDATE mandates SET mac = NULL",
        "UPDATE mandates SET mac = (SELECT mac FROM accounts WHERE name = 'till')",
    ] {
        let (home, id) = with_mandate();
        let _ = pay(&home, 600, "INV-1").exits(0);
        assert_eq!(execute(&home, change), 1, "{change}");
        let thing = format!("the mandate {id}");
        not_believed(&pay(&home, 100, "INV-2"), &thing);
        not_believed(&home.guildhall(["mandates", "--json"]), &thing);
        assert_eq!(home.balance("acme"), (700, 0), "{change}");
        home.debits_are_credits();
        // Taking it back is possible, and ends the matter.
        let _ = home
            .guildhall(["mandates", "revoke", &id, "--json"])
            .exits(0);
        let ran = pay(&home, 100, "INV-3").exits(3);
        let _ = home.approves(&ran.invocation()).exits(0);
        assert_eq!(home.balance("acme"), (800, 0), "{change}");
    }
}

#[test]
fn a_mandate_that_was_taken_back_does_not_count_again_because_the_store_says_so() {
    let (home, id) = with_mandate();
    let _ = home
        .guildhall(["mandates", "revoke", &id, "--json"])
        .exits(0);
    let change = "UPDATE mandates SET revoked_at = NULL, revoked_by = NULL";
    assert_eq!(execute(&home, change), 1);
    not_believed(&pay(&home, 100, "INV-1"), &format!("the mandate {id}"));
    assert_eq!(home.balance("acme"), (100, 0));
}

#[test]
fn what_was_used_of_a_mandate_is_not_given_back_by_removing_it_from_the_store() {
    for change in [
        "DELETE FROM mandate_uses WHERE charge = 300",
        "DELETE FROM mandate_uses",
        // The mandate as it was before the last payment.
        "UPDATE mandates SET (used, uses, used_bucket, mac) = (SELECT used, uses, used_bucket, mac FROM before)",
    ] {
        let (home, id) = with_mandate();
        let _ = pay(&home, 600, "INV-1").exits(0);
        let _ = execute(&home, "CREATE TABLE before AS SELECT * FROM mandates");
        let _ = pay(&home, 300, "INV-2").exits(0);
        assert!(execute(&home, change) > 0, "{change}");
        let thing = format!("what was used of the mandate {id}");
        not_believed(&pay(&home, 300, "INV-3"), &thing);
        assert_eq!(home.balance("acme"), (1_000, 0), "{change}");
        home.debits_are_credits();
    }
    // A use in the middle is not what the limit is counted by; that it is gone is told.
    let (home, id) = with_mandate();
    let _ = pay(&home, 600, "INV-1").exits(0);
    let _ = pay(&home, 300, "INV-2").exits(0);
    let change = "DELETE FROM mandate_uses WHERE charge = 600";
    assert_eq!(execute(&home, change), 1);
    let _ = pay(&home, 300, "INV-3").exits(3);
    not_believed(&home.guildhall(["mandates", "--json"]), &id);
}

#[test]
fn an_account_that_was_changed_in_the_store_pays_nothing() {
    for change in [
        "UPDATE accounts SET limit_minor = NULL, limit_per = NULL WHERE name = 'till'",
        "UPDATE accounts SET limit_minor = 100000 WHERE name = 'till'",
        "UPDATE accounts SET ask_above = 100000 WHERE name = 'till'",
        "UPDATE accounts SET zone = 'Asia/Tokyo' WHERE name = 'till'",
        "UPDATE accounts SET mac = (SELECT mac FROM accounts WHERE name = 'acme') WHERE name = 'till'",
    ] {
        let home = Home::with_till(10_000);
        let limit = ["wallet", "limit", "till", "EUR 5.00", "--per", "day"];
        let _ = home.guildhall(limit).exits(0);
        let waiting = home.parked_payment(order("book:acme", 400, "INV-1"));
        assert_eq!(execute(&home, change), 1, "{change}");
        not_believed(&home.approves(&waiting), "the account till");
        let list = home.guildhall(["wallet", "--json"]);
        not_believed(&list, "the account till");
        let moved = number(&home, "SELECT COUNT(*) FROM postings WHERE kind = 'hold'");
        assert_eq!(moved, 0, "{change}");
    }
    // Nor does one that was closed, or that nobody opened.
    let home = Home::with_till(10_000);
    let waiting = home.parked_payment(order("book:acme", 400, "INV-1"));
    let _ = home.guildhall(["wallet", "close", "till"]).exits(0);
    let reopened = "UPDATE accounts SET closed_at = NULL, pays = 1 WHERE name = 'till'";
    assert_eq!(execute(&home, reopened), 1);
    not_believed(&home.approves(&waiting), "the account till");
}

#[test]
fn a_payee_that_was_made_known_in_the_store_is_not_paid_by_a_mandate() {
    for change in [
        "UPDATE payees SET account = 'evil'",
        "INSERT INTO payees SELECT tenant, scheme, 'evil', name, paid_count, last_paid, mac FROM payees",
    ] {
        let home = Home::with_till(10_000);
        home.book("evil", "EUR");
        home.pays_once(order("book:acme", 100, "INV-0"));
        let _ = home.mandate(["--pay", "EUR 10.00 to book:evil"]);
        assert_eq!(execute(&home, change), 1, "{change}");
        let order = order_as("book:evil", "Acme", 100, "EUR", "INV-1");
        let ran = home.pay(order).money("EUR 50.00").go();
        not_believed(&ran, "the payee evil");
        assert_eq!(home.balance("evil"), (0, 0), "{change}");
    }
}

#[test]
fn a_channel_that_was_changed_in_the_store_sends_nothing() {
    let (home, sink) = (Home::new(), Sink::new());
    home.announces_to(&sink);
    let tell = || {
        let note = json!({ "note": letter("books", "ann", "paid") });
        home.prober("tell").input(note).messages("books")
    };
    let waiting = tell().go().exits(3).invocation();
    let change = "UPDATE channels SET config = replace(config, '/in', '/out')";
    assert_eq!(execute(&home, change), 1);
    let ran = home.approves(&waiting);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.shown().contains("the channel books"), "{}", ran.shown());
    // Nor is one staged for it.
    let ran = tell().approve("all").go();
    assert!(!matches!(ran.code, Some(0 | 3)), "{}", ran.shown());
    assert_eq!(sink.arrivals(), 0);
}

#[test]
fn an_approval_that_was_put_into_the_store_writes_nothing() {
    let home = Home::new();
    let out = home.folder("out");
    let waiting = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "new" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let forged = "INSERT INTO approvals (run, effect_set_hash, skill_digest, decision, decider, channel, decided_at)
         SELECT id, effect_set_hash, skill_digest, 'approve', 'ann', 'command line', created_at FROM runs";
    assert_eq!(execute(&home, forged), 1);
    let begun = "UPDATE runs SET status = 'committing', owner = 'gone'";
    assert_eq!(execute(&home, begun), 1);
    // The next command takes over what a dead host left.
    home.serves_the_next_run();
    let outcome = home.recorded(&waiting)["outcome"].clone();
    assert_eq!(outcome["effects"][0]["state"], "void", "{outcome:#}");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn code_that_the_store_names_for_another_component_is_not_run() {
    let home = Home::new();
    home.serves_the_next_run();
    let _ = home.run(guest("wasi-hello"), "nothing").go();
    assert_eq!(number(&home, "SELECT COUNT(*) FROM compiled"), 2);
    // The code of the other component under the name of this one, in the folder and in the store.
    let list = |folder: &std::path::Path| -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    };
    let engines = list(&home.home().join("state/compiled"));
    let [folder] = engines.as_slice() else {
        panic!("{engines:?}");
    };
    let mut code = list(folder);
    code.sort();
    let digest = number(
        &home,
        "SELECT digest = (SELECT MIN(digest) FROM compiled) FROM compiled ORDER BY rowid LIMIT 1",
    );
    let (own, other) = if digest == 1 { (0, 1) } else { (1, 0) };
    let _ = std::fs::copy(&code[other], &code[own]).expect("a copy");
    let change =
        "UPDATE compiled SET artefact = (SELECT artefact FROM compiled ORDER BY rowid DESC LIMIT 1)
         WHERE rowid = (SELECT MIN(rowid) FROM compiled)";
    assert_eq!(execute(&home, change), 1);
    home.serves_the_next_run();
    let same = number(&home, "SELECT COUNT(DISTINCT artefact) FROM compiled");
    assert_eq!(same, 2, "it was compiled again and recorded");
}
