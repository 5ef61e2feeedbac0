//! The store's file in the hands of somebody who wants money moved or messages sent elsewhere: what the merchant has set up
//! (mandates, accounts, payees, channels) is used as it was set up, or not at all.

use guildhall_tests::journal::{execute, number};
use guildhall_tests::money::{ACME, order};
use guildhall_tests::settings::letter;
use guildhall_tests::{Home, Peer, Ran, Reply, json};

/// Insists that what was changed was not believed: the command says so, or a person is asked. That nothing has left is for the
/// caller to look up.
#[track_caller]
fn is_not_believed(ran: &Ran, what: &str) {
    let words = format!("{}{}", ran.stdout, ran.stderr);
    let said = words.contains("was changed") && matches!(ran.code, Some(1 | 4 | 5 | 70));
    assert!(said || ran.code == Some(3), "{what}\n{}", ran.shown());
}

/// A home with EUR 100 in the till, `acme` paid once before, and a mandate of EUR 20 a day for it.
fn trusting() -> (Home, String) {
    let home = Home::with_till(10_000);
    home.book("evil", "EUR");
    home.pays_once(order("book:acme", 100, "INV-0"));
    let mandate = home.mandate([
        "--pay",
        "EUR 20.00 to book:acme",
        "--per",
        "day",
        "--until",
        "2999-12-31",
    ]);
    (home, mandate)
}

/// A payment that nobody is there to approve.
fn pays(home: &Home, payee: &str, minor: i64, document: &str) -> Ran {
    home.pay(order(payee, minor, document))
        .money("EUR 1000.00")
        .go()
}

const MANDATES: [(&str, &str); 8] = [
    (
        "its limit",
        r#"UPDATE mandates SET mandate = replace(mandate, '2000', '9000')"#,
    ),
    (
        "its limit at once",
        r#"UPDATE mandates SET mandate = json_set(mandate, '$.scope.limit_minor', 9000, '$.scope.each_minor', 9000)"#,
    ),
    (
        "its payee",
        r#"UPDATE mandates SET mandate = replace(mandate, 'acme', 'evil')"#,
    ),
    (
        "its end",
        r#"UPDATE mandates SET mandate = json_set(mandate, '$.until_ms', NULL)"#,
    ),
    (
        "that it was revoked",
        "UPDATE mandates SET revoked_at = NULL, revoked_by = NULL",
    ),
    ("its uses", "DELETE FROM mandate_uses"),
    ("what a use counts", "UPDATE mandate_uses SET charge = 1"),
    (
        "whether a use counts",
        "UPDATE mandate_uses SET counted = 0",
    ),
];

#[test]
fn a_mandate_that_was_changed_in_the_store_approves_nothing() {
    for (what, statement) in MANDATES {
        let (home, mandate) = trusting();
        let _ = pays(&home, "book:acme", 1_500, "INV-1")
            .exits(0)
            .is("committed");
        if what == "that it was revoked" {
            let _ = home
                .guildhall(["mandates", "revoke", &mandate, "--json"])
                .exits(0);
        }
        if what == "its payee" {
            home.pays_once(order("book:evil", 1, "INV-E"));
        }
        let (till, acme, evil) = (
            home.balance("till"),
            home.balance("acme"),
            home.balance("evil"),
        );
        assert!(execute(&home, statement) > 0, "{statement}");
        // What the mandate would not cover as it was given, and does as it lies there.
        let (payee, minor) = match what {
            "its payee" => ("book:evil", 400),
            "its limit" | "its limit at once" => ("book:acme", 7_000),
            "its end" => ("book:acme", 400),
            _ => ("book:acme", 1_500),
        };
        let ran = pays(&home, payee, minor, "INV-2");
        is_not_believed(&ran, what);
        assert_eq!(home.balance("till"), till, "{what}\n{}", ran.shown());
        assert_eq!(home.balance("acme"), acme, "{what}");
        assert_eq!(home.balance("evil"), evil, "{what}");
        home.serves_the_next_run();
    }
}

const ACCOUNTS: [(&str, &str); 3] = [
    (
        "its limit",
        "UPDATE accounts SET limit_minor = 900000 WHERE name = 'till'",
    ),
    (
        "that it has a limit",
        "UPDATE accounts SET limit_minor = NULL, limit_per = NULL WHERE name = 'till'",
    ),
    (
        "above what it asks",
        "UPDATE accounts SET ask_above = 900000 WHERE name = 'till'",
    ),
];

#[test]
fn an_account_that_was_changed_in_the_store_pays_nothing() {
    for (what, statement) in ACCOUNTS {
        let (home, _) = trusting();
        // One rule alone stands between the mandate and the money; the change takes it away.
        let rule: &[&str] = if what == "above what it asks" {
            &["--ask-above", "EUR 1.00"]
        } else {
            &["EUR 5.00", "--per", "month"]
        };
        let limit = ["wallet", "limit", "till", "--json"].iter().chain(rule);
        let _ = home.guildhall(limit).exits(0);
        let before = (home.balance("till"), home.balance("acme"));
        assert_eq!(execute(&home, statement), 1, "{what}");
        let ran = pays(&home, "book:acme", 600, "INV-1");
        is_not_believed(&ran, what);
        let now = number(
            &home,
            "SELECT SUM(minor) FROM postings WHERE account = 'book:acme'",
        );
        assert_eq!(now, before.1.0, "{what}\n{}", ran.shown());
    }
}

#[test]
fn an_account_at_a_bank_that_was_changed_in_the_store_gives_no_file() {
    for statement in [
        "UPDATE accounts SET iban = 'GB82WEST12345698765432'",
        "UPDATE accounts SET holder = 'Somebody Else'",
        "UPDATE accounts SET bic = 'DEUTDEFF'",
    ] {
        let home = Home::new();
        home.has_bank();
        home.pays_once(order(ACME, 1_250, "INV-1"));
        assert_eq!(execute(&home, statement), 1, "{statement}");
        let out = home.path().join("out.xml");
        let ran = home.guildhall([
            "wallet",
            "export",
            "main",
            "--json",
            "--out",
            out.to_str().unwrap(),
        ]);
        is_not_believed(&ran, statement);
        assert!(!out.exists(), "{statement}");
        assert_eq!(
            number(&home, "SELECT COUNT(*) FROM bank_files"),
            0,
            "{statement}"
        );
    }
}

#[test]
fn a_payee_that_was_made_known_in_the_store_is_not_taken_for_known() {
    for statement in [
        "INSERT INTO payees (tenant, scheme, account, name, paid_count, last_paid) SELECT tenant, scheme, 'evil', name, paid_count, last_paid FROM payees WHERE account = 'acme'",
        "UPDATE payees SET account = 'evil' WHERE account = 'acme'",
    ] {
        let (home, _) = trusting();
        let _ = home.mandate(["--pay", "EUR 20.00 to book:evil"]);
        // The first payment to an account is asked about, whatever mandates say.
        let _ = pays(&home, "book:evil", 400, "INV-1").exits(3);
        assert_eq!(execute(&home, statement), 1, "{statement}");
        let ran = pays(&home, "book:evil", 400, "INV-2");
        is_not_believed(&ran, statement);
        assert_eq!(home.balance("evil"), (0, 0), "{statement}\n{}", ran.shown());
        home.serves_the_next_run();
    }
}

#[test]
fn a_channel_that_was_changed_in_the_store_sends_nothing() {
    for statement in [
        "UPDATE channels SET config = replace(config, 'books.test', 'evil.test')",
        "UPDATE channels SET config = replace(config, '/in', '/out')",
        "UPDATE channels SET config = replace(config, 'books-key', 'other-key')",
        "UPDATE channels SET name = 'bookz'",
    ] {
        let home = Home::new();
        let books = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
        let evil = Peer::tls(&["evil.test"], |_| Reply::text("thanks"));
        home.reaches(&[
            ("books.test:443", books.address()),
            ("evil.test:443", evil.address()),
        ]);
        let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let _ = home.told(["secrets", "set", "other-key"], key).exits(0);
        home.has_webhook("https://books.test/in", key);
        assert_eq!(execute(&home, statement), 1, "{statement}");
        let channel = if statement.contains("bookz") {
            "bookz"
        } else {
            "books"
        };
        let ran = home
            .prober("tell")
            .input(json!({ "note": letter(channel, "ann@example.com", "hello") }))
            .messages(channel)
            .approve("all")
            .go();
        books.saw_nothing();
        evil.saw_nothing();
        is_not_believed(&ran, statement);
        home.serves_the_next_run();
    }
}

#[test]
fn a_channel_that_was_changed_between_the_card_and_the_approval_sends_nothing() {
    let home = Home::new();
    let books = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
    let evil = Peer::tls(&["evil.test"], |_| Reply::text("thanks"));
    home.reaches(&[
        ("books.test:443", books.address()),
        ("evil.test:443", evil.address()),
    ]);
    home.has_webhook(
        "https://books.test/in",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    );
    let id = home
        .prober("tell")
        .input(json!({ "note": letter("books", "ann@example.com", "hello") }))
        .messages("books")
        .go()
        .exits(3)
        .invocation();
    let change = "UPDATE channels SET config = replace(config, 'books.test', 'evil.test')";
    assert_eq!(execute(&home, change), 1);
    let ran = home.approves(&id);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    books.saw_nothing();
    evil.saw_nothing();
    home.serves_the_next_run();
}
