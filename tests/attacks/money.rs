//! Who decides about money, how often, and what changes in between: counted on the payee's account.

use guildhall_tests::journal::{execute, number};
use guildhall_tests::money::{ACME, order};
use guildhall_tests::{Home, Ran, Running, Sink, guest, json};

/// Insists that of EUR 100 in the till nothing has moved and nothing is held.
#[track_caller]
fn nothing_moved(home: &Home) {
    assert_eq!(home.balance("till"), (10_000, 0));
    assert_eq!(home.balance("acme"), (0, 0));
    home.debits_are_credits();
}

/// A payment of EUR 12.50 to book:acme for INV-1 that waits.
fn parked(home: &Home) -> String {
    home.parked_payment(order("book:acme", 1_250, "INV-1"))
}

#[test]
fn of_approvers_at_once_one_wins_and_the_money_moves_once() {
    for _ in 0..3 {
        let home = Home::with_till(10_000);
        let id = parked(&home);
        let racers: Vec<Running> = (0..3)
            .map(|_| home.start(["approvals", "approve", &id, "--yes", "--json"]))
            .collect();
        let ended: Vec<Ran> = racers.into_iter().map(Running::wait).collect();
        let won = ended.iter().filter(|ran| ran.code == Some(0)).count();
        for ran in ended.iter().filter(|ran| ran.code != Some(0)) {
            let _ = ran.error(4, "not-pending");
        }
        assert_eq!(won, 1);
        assert_eq!(home.balance("acme"), (1_250, 0));
        assert_eq!(home.balance("till"), (8_750, 0));
        home.debits_are_credits();
    }
}

#[test]
fn an_approval_moves_money_once_however_often_it_is_repeated() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    let _ = home.approves(&id).exits(0);
    for _ in 0..3 {
        let _ = home.approves(&id).error(4, "not-pending");
        let reject = home.guildhall(["approvals", "reject", &id, "--json"]);
        let _ = reject.error(4, "not-pending");
    }
    assert_eq!(home.balance("acme"), (1_250, 0));
    home.debits_are_credits();
}

#[test]
fn a_card_for_money_that_expired_can_not_be_approved() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    // Seven days later.
    assert_eq!(execute(&home, "UPDATE runs SET expires_at = 1"), 1);
    let ran = home.approves(&id);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    nothing_moved(&home);
    assert_eq!(home.recorded(&id)["outcome"]["effects"][0]["state"], "void");
    let _ = home.approves(&id).error(4, "not-pending");
    home.serves_the_next_run();
}

#[test]
fn an_approval_that_ran_out_before_it_was_used_gives_the_money_back() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    // As if the host had been down between the approval and the payment for longer than an approval counts.
    let _ = execute(
        &home,
        "CREATE TRIGGER late AFTER INSERT ON approvals BEGIN
           UPDATE approvals SET expires_at = 1 WHERE run = NEW.run; END",
    );
    let ran = home.approves(&id).exits(4).is("refused");
    let _ = ran.refusal("approval.expired");
    nothing_moved(&home);
    let _ = execute(&home, "DROP TRIGGER late");
    home.pays_once(order("book:acme", 1_250, "INV-1"));
    assert_eq!(home.balance("acme"), (1_250, 0));
}

#[test]
fn an_approval_is_for_a_run_of_this_home_and_for_nothing_else() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    let other = Home::with_till(10_000);
    let _ = other.approves(&id).error(2, "not-found");
    for unknown in [
        "01a20e6b-a1ef-7230-b63f-0a4e7c48c2de",
        "zzzzzzzz",
        "%",
        "' OR 1=1",
    ] {
        let ran = home.approves(unknown);
        assert_eq!(ran.code, Some(2), "{}", ran.shown());
    }
    nothing_moved(&home);
    nothing_moved(&other);
    assert_eq!(home.waiting().len(), 1);
}

#[test]
fn an_approval_names_what_was_shown_or_is_refused() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    let another = home.parked_payment(order("book:acme", 1, "INV-2"));
    let set = |id: &str| home.card(id)["effect_set"].as_str().unwrap().to_owned();
    let (shown, others) = (set(&id), set(&another));
    let approve = |hash: &str| {
        home.guildhall([
            "approvals",
            "approve",
            &id,
            "--effects",
            hash,
            "--yes",
            "--json",
        ])
    };
    let _ = approve(&others).error(4, "effects-changed");
    let _ = approve(&format!("sha256:{}", "0".repeat(64))).error(4, "effects-changed");
    let _ = approve("sha256:00").error(2, "usage");
    nothing_moved(&home);
    let _ = approve(&shown).exits(0);
    assert_eq!(home.balance("acme"), (1_250, 0));
}

/// What somebody with the merchant's disk could do to an order that was shown.
const CHANGES: [(&str, &str); 9] = [
    (
        "the amount on the card's record",
        r#"UPDATE effects SET effect = replace(effect, '"minor":1250', '"minor":9250')"#,
    ),
    (
        "the payee on the card's record",
        r#"UPDATE effects SET effect = replace(effect, '"account":"acme"', '"account":"evil"')"#,
    ),
    (
        "the set that was hashed",
        r#"UPDATE runs SET effect_set = replace(effect_set, '"minor":1250', '"minor":9250')"#,
    ),
    (
        "both, without the hash",
        r#"UPDATE runs SET effect_set = replace(effect_set, '"minor":1250', '"minor":9250')"#,
    ),
    (
        "one more effect",
        "INSERT INTO effects (run, idx, rank, effect, state)
         SELECT run, 1, rank, replace(effect, '\"index\":0', '\"index\":1'), state FROM effects",
    ),
    ("the ledger's amount", "UPDATE payments SET minor = 9250"),
    ("the ledger's payee", "UPDATE payments SET payee = 'evil'"),
    (
        "the ledger's payer",
        "UPDATE payments SET account = 'book:evil'",
    ),
    ("the ledger's order", "DELETE FROM payments"),
];

#[test]
fn an_order_that_was_changed_in_the_store_is_not_paid() {
    for (what, statement) in CHANGES {
        let home = Home::with_till(10_000);
        home.book("evil", "EUR");
        let _ = home
            .guildhall(["wallet", "deposit", "evil", "EUR 100.00"])
            .exits(0);
        let id = parked(&home);
        assert_eq!(execute(&home, statement), 1, "{what}");
        if what.starts_with("both") {
            assert_eq!(execute(&home, CHANGES[0].1), 1);
        }
        let ran = home.approves(&id);
        assert_eq!(ran.code, Some(5), "{what}\n{}", ran.shown());
        let _ = ran.error(5, "tampered");
        assert_eq!(home.balance("evil"), (10_000, 0), "{what}");
        nothing_moved(&home);
        let again = home.approves(&id);
        assert_eq!(again.code, Some(4), "{what}\n{}", again.shown());
        home.serves_the_next_run();
    }
}

#[test]
fn an_order_that_was_changed_after_its_approval_is_not_paid() {
    for change in [
        r#"UPDATE effects SET effect = replace(effect, '"minor":1250', '"minor":9250')"#,
        r#"UPDATE effects SET effect = replace(effect, '"account":"acme"', '"account":"evil"')"#,
        "UPDATE payments SET payee = 'evil'",
        "UPDATE payments SET minor = 9250",
    ] {
        let home = Home::with_till(10_000);
        home.book("evil", "EUR");
        let id = parked(&home);
        // In the moment between the approval and the payment: when the run begins to be committed.
        let statement = format!(
            "CREATE TRIGGER meanwhile AFTER UPDATE OF status ON runs WHEN NEW.status = 'committing'
             BEGIN {change}; END"
        );
        let _ = execute(&home, Box::leak(statement.into_boxed_str()));
        let ran = home.approves(&id);
        assert_ne!(ran.code, Some(0), "{change}\n{}", ran.shown());
        assert_eq!(home.balance("evil"), (0, 0), "{change}\n{}", ran.shown());
        assert_eq!(home.balance("acme"), (0, 0), "{change}\n{}", ran.shown());
        assert_eq!(home.balance("till"), (10_000, 0), "{change}");
        home.debits_are_credits();
    }
}

#[test]
fn an_order_that_was_changed_while_it_waited_for_the_bank_is_not_exported() {
    for change in [
        "UPDATE payments SET payee = 'FR1420041010050500013M02606'",
        "UPDATE payments SET minor = 9250",
        "UPDATE payments SET currency = 'USD'",
        "UPDATE payments SET words = NULL",
    ] {
        let home = Home::new();
        home.has_bank();
        home.pays_once(order(ACME, 1_250, "INV-1"));
        assert_eq!(execute(&home, change), 1, "{change}");
        let out = home.path().join("out.xml");
        let ran = home.guildhall([
            "wallet",
            "export",
            "main",
            "--json",
            "--out",
            out.to_str().unwrap(),
        ]);
        assert_eq!(ran.code, Some(5), "{change}\n{}", ran.shown());
        assert!(!out.exists(), "{change}");
        let exported = number(&home, "SELECT COUNT(*) FROM bank_files");
        assert_eq!(exported, 0, "{change}");
    }
}

/// A home with a till, a sink for messages by the channel `books`, and a paper that names a document.
fn office() -> (Home, Sink) {
    let (home, sink) = (Home::with_till(10_000), Sink::new());
    home.announces_to(&sink);
    home.put("inbox/paper.txt", "INV-1");
    let _ = home.folder("out");
    (home, sink)
}

/// A run that pays what the paper names, writes a file about it and tells somebody; it waits.
fn parked_office(home: &Home) -> String {
    let letter = json!({
        "channel": "books", "recipient": "ann", "subject": "Paid", "body": "INV-1 is paid",
        "attachments": [], "requires": [],
    });
    home.prober("pay-write-and-tell")
        .input(json!({
            "source": "inbox/paper.txt", "order": order("book:acme", 1_250, ""), "target": "out/paid.txt",
            "note": letter,
        }))
        .read("inbox", &home.path().join("inbox"))
        .write("out", &home.path().join("out"))
        .money("EUR 50.00")
        .messages("books")
        .go()
        .exits(3)
        .invocation()
}

#[track_caller]
fn nothing_left_the_office(home: &Home, sink: &Sink) {
    nothing_moved(home);
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert_eq!(sink.arrivals(), 0);
}

#[test]
fn money_a_file_and_a_message_go_together_when_nothing_has_changed() {
    let (home, sink) = office();
    let id = parked_office(&home);
    let ran = home.approves(&id).exits(0).is("committed");
    assert_eq!(home.balance("acme"), (1_250, 0), "{}", ran.shown());
    assert_eq!(home.text("out/paid.txt").as_deref(), Some("INV-1"));
    assert_eq!(sink.messages().len(), 1);
}

#[test]
fn an_input_that_changed_after_the_card_moves_no_money_and_sends_nothing() {
    let (home, sink) = office();
    let id = parked_office(&home);
    home.put("inbox/paper.txt", "INV-2");
    let ran = home.approves(&id).exits(4).is("refused");
    let _ = ran.refusal("files.input-changed");
    for effect in ran.json()["effects"].as_array().unwrap() {
        assert_eq!(effect["state"], "void", "{effect:#}");
    }
    nothing_left_the_office(&home, &sink);
    // The document is free: the skill can read anew.
    home.put("inbox/paper.txt", "INV-1");
    let id = parked_office(&home);
    let _ = home.approves(&id).exits(0);
    assert_eq!(home.balance("acme"), (1_250, 0));
}

#[test]
fn a_target_that_changed_after_the_card_moves_no_money_and_sends_nothing() {
    let (home, sink) = office();
    let id = parked_office(&home);
    home.put("out/paid.txt", "somebody else's");
    let ran = home.approves(&id).exits(4).is("refused");
    let _ = ran.refusal("files.target-changed");
    nothing_moved(&home);
    assert_eq!(sink.arrivals(), 0);
    assert_eq!(
        home.text("out/paid.txt").as_deref(),
        Some("somebody else's")
    );
}

fn prober_digest(home: &Home) -> String {
    home.guildhall(["inspect".into(), guest("prober"), "--json".into()])
        .exits(0)
        .word("/digest")
}

#[test]
fn a_skill_that_is_revoked_after_the_card_pays_and_sends_nothing() {
    let (home, sink) = office();
    let id = parked_office(&home);
    let digest = prober_digest(&home);
    let _ = home
        .guildhall(["revoke", &digest, "--reason", "found out", "--json"])
        .exits(0);
    let error = home.approves(&id).error(4, "revoked");
    assert!(error.contains("found out"), "{error}");
    nothing_left_the_office(&home, &sink);
    let _ = home.approves(&id).error(4, "not-pending");
    // Its order is no longer in the way of others.
    let holds = home.guildhall(["wallet", "holds", "--json"]).exits(0);
    assert_eq!(holds.json(), json!({ "holds": [] }));
}

#[test]
fn a_skill_that_is_revoked_between_the_approval_and_the_payment_pays_and_sends_nothing() {
    let (home, sink) = office();
    let id = parked_office(&home);
    let _ = execute(
        &home,
        "CREATE TRIGGER meanwhile AFTER INSERT ON approvals BEGIN
           INSERT INTO revocations (digest, reason, at) VALUES (NEW.skill_digest, 'found out', 1); END",
    );
    let ran = home.approves(&id).exits(4).is("refused");
    let _ = ran.refusal("skill.revoked");
    nothing_left_the_office(&home, &sink);
}

#[test]
fn from_an_account_that_was_closed_after_the_card_nothing_is_paid() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    let _ = home.guildhall(["wallet", "close", "till"]).exits(0);
    let _ = home.approves(&id).error(4, "payments.account-closed");
    nothing_moved(&home);
    let ran = home
        .pay(order("book:acme", 1, "INV-2"))
        .money("EUR 50.00")
        .approve("all")
        .go();
    let _ = ran.refused_by("payments.no-account");
    for command in ["deposit", "limit"] {
        let mut args = vec!["wallet", command, "till", "EUR 1.00", "--json"];
        if command == "limit" {
            args.extend(["--per", "day"]);
        }
        let _ = home.guildhall(args).error(4, "wallet.no-account");
    }
    home.serves_the_next_run();
}

#[test]
fn a_payee_account_that_was_closed_after_the_card_is_not_paid() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    let _ = home.guildhall(["wallet", "close", "acme"]).exits(0);
    let _ = home.approves(&id).error(4, "payments.no-such-payee");
    nothing_moved(&home);
    let ran = home
        .pay(order("book:acme", 1, "INV-2"))
        .money("EUR 50.00")
        .approve("all")
        .go();
    let _ = ran.refused_by("payments.no-such-payee");
    home.serves_the_next_run();
}

#[test]
fn an_account_that_was_closed_between_the_approval_and_the_payment_is_not_paid_from() {
    let home = Home::with_till(10_000);
    let id = parked(&home);
    let _ = execute(
        &home,
        "CREATE TRIGGER meanwhile AFTER UPDATE OF status ON runs WHEN NEW.status = 'committing'
         BEGIN UPDATE accounts SET closed_at = 1, pays = 0 WHERE name = 'till'; END",
    );
    let ran = home.approves(&id).exits(4).is("refused");
    let _ = ran.refusal("payments.account-closed");
    nothing_moved(&home);
}
