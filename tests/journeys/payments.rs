//! Money: an account that pays, a card that says whom, a ledger that agrees, and a file that the bank can read.

use guildhall_tests::money::{ACME, OTHER, order, order_as};
use guildhall_tests::{Home, Ran, Value, find, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Lines of an account's statement: what happened, minor units, balance afterwards.
fn statement(home: &Home, account: &str) -> Vec<(String, i64, i64)> {
    let shown = home.guildhall(["wallet", "statement", account, "--json"]);
    let lines = shown.exits(0).json()["lines"].clone();
    let number = |line: &Value, key: &str| line[key].as_i64().unwrap();
    let lines = lines.as_array().unwrap().iter();
    lines
        .map(|line| {
            let kind = line["kind"].as_str().unwrap().to_owned();
            (kind, number(line, "minor"), number(line, "balance"))
        })
        .collect()
}

fn moved(lines: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    let own = |(kind, minor, balance): &(&str, i64, i64)| ((*kind).to_owned(), *minor, *balance);
    lines.iter().map(own).collect()
}

#[test]
fn a_payment_is_shown_approved_and_posted() {
    let home = Home::with_till(10_000);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));

    let card = home.card(&id);
    let payment = &card["effects"][0]["effect"]["facts"];
    for (key, value) in [
        ("kind", json!("payment")),
        ("from", json!("till")),
        ("rail", json!("book")),
        ("scheme", json!("book")),
        ("account", json!("acme")),
        ("payee_name", json!("Acme")),
        ("amount", json!({ "minor": 1_250, "currency": "EUR" })),
        ("document", json!("INV-1")),
    ] {
        assert_eq!(payment[key], value, "{key}\n{card:#}");
    }
    assert_eq!(card["effects"][0]["payee"]["kind"], "first", "{card:#}");
    let words = home.card_in_words(&id);
    for part in [
        "1 payment would be made, EUR 12.50 in all.",
        "pay EUR 12.50 to book account acme",
        "first payment to this account",
        "for “INV-1”, in the name of “Acme” (the skill's claims)",
        "from your account till: recorded here, no bank transfer",
        "it says: “because the prober was told to” (the skill's claim)",
        "It sends no message.",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    assert!(!words.contains("moves no money"), "{words}");

    // Ordered, and nothing is held or moved yet.
    let holds = home
        .guildhall(["wallet", "holds", "--json"])
        .exits(0)
        .json();
    assert_eq!(holds["holds"][0]["hold"], "none", "{holds:#}");
    assert_eq!(home.balance("till"), (10_000, 0));
    assert_eq!(home.balance("acme"), (0, 0));

    let ran = home.approves(&id).exits(0).is("committed");
    assert_eq!(ran.json()["effects"][0]["state"], "done");
    assert_eq!(home.balance("till"), (8_750, 0));
    assert_eq!(home.balance("acme"), (1_250, 0));
    assert_eq!(
        statement(&home, "till"),
        moved(&[("deposit", 10_000, 10_000), ("hold", -1_250, 8_750)])
    );
    assert_eq!(
        statement(&home, "acme"),
        moved(&[("capture", 1_250, 1_250)])
    );
    home.debits_are_credits();
    let holds = home.guildhall(["wallet", "holds"]).exits(0);
    assert!(holds.stderr.contains("No order waits"), "{}", holds.shown());

    // Of the next one it is known who is paid.
    let next = home.parked_payment(order("book:acme", 100, "INV-2"));
    assert_eq!(home.card(&next)["effects"][0]["payee"]["kind"], "known");
    let words = home.card_in_words(&next);
    assert!(words.contains("paid once before"), "{words}");
}

#[test]
fn a_rejected_payment_moves_nothing_and_can_be_ordered_again() {
    let home = Home::with_till(10_000);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let _ = home
        .guildhall(["approvals", "reject", &id, "--reason", "not ours", "--json"])
        .exits(0);
    assert_eq!(home.balance("till"), (10_000, 0));
    assert_eq!(home.balance("acme"), (0, 0));
    home.pays_once(order("book:acme", 1_250, "INV-1"));
    assert_eq!(home.balance("acme"), (1_250, 0));
    home.debits_are_credits();
}

#[test]
fn amounts_are_shown_with_the_decimals_of_their_currency() {
    let home = Home::new();
    for (currency, deposit, minor, shown, plain) in [
        ("JPY", "JPY 5000", 1_250, "JPY 1,250", "-1250"),
        ("KWD", "KWD 5.5", 1_250, "KWD 1.250", "-1.250"),
        ("CLF", "CLF 1.0001", 10_000, "CLF 1.0000", "-1.0000"),
        ("EUR", "EUR 20", 1_250, "EUR 12.50", "-12.50"),
    ] {
        let small = currency.to_lowercase();
        let payee = format!("{small}-payee");
        home.book(&small, currency);
        home.book(&payee, currency);
        let _ = home
            .guildhall(["wallet", "deposit", &small, deposit])
            .exits(0);
        let to = format!("book:{payee}");
        let id = home
            .pay(order_as(&to, "Acme", minor, currency, "INV-1"))
            .money(&format!("{deposit} to {to}"))
            .go()
            .exits(3)
            .invocation();
        let words = home.card_in_words(&id);
        assert!(words.contains(&format!("pay {shown} to")), "{words}");
        assert!(words.contains(&format!("{shown} in all")), "{words}");
        let holds = home.guildhall(["wallet", "holds"]).exits(0).stdout;
        assert!(holds.contains(shown), "{holds}");
        let _ = home.approves(&id).exits(0);
        assert_eq!(home.balance(&payee), (minor, 0), "{currency}");
        let csv = home
            .guildhall(["wallet", "statement", &small, "--csv"])
            .exits(0);
        let cell = format!(",hold,{plain},{currency},");
        assert!(csv.stdout.contains(&cell), "{cell}\n{}", csv.shown());
        let list = home.guildhall(["wallet"]).exits(0).stdout;
        assert!(list.contains(shown), "{shown}\n{list}");
    }
    home.debits_are_credits();
}

/// Lets the reader of bank files that others wrote say whether these are sound: schema, counts and control sums.
fn banks_read(files: &[&Path]) {
    let python = std::env::var_os("GUILDHALL_PEERS_PYTHON")
        .expect("GUILDHALL_PEERS_PYTHON names the Python with tests/peers/requirements.txt");
    let checked = Command::new(python)
        .arg(find::repository().join("tests/peers/validate.py"))
        .args(["--schema-from-sepaxml", "--totals"])
        .args(files)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(checked.status.success(), "{said}\n{checked:?}");
    assert_eq!(said.matches("valid ").count(), files.len(), "{said}");
}

/// A home with a bank account and two approved orders: EUR 12.50 for INV-1, EUR 1,000.00 for INV-2.
fn two_orders() -> Home {
    let home = Home::new();
    home.has_bank();
    let words = {
        let id = home.parked_payment(order(ACME, 1_250, "INV-1"));
        let words = home.card_in_words(&id);
        let _ = home.approves(&id).exits(0).is("committed");
        words
    };
    for part in [
        "pay EUR 12.50 to IBAN NL91 ABNA 0417 1643 00",
        "from your account main: becomes an order in the next file for your bank",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    home.pays_once(order_as(
        OTHER,
        "Müller & Söhne <KG>",
        100_000,
        "EUR",
        "RE 2026/07 „Ärger“",
    ));
    home
}

fn export(home: &Home, out: &Path, more: &[&str]) -> Ran {
    let mut args = vec!["wallet", "export", "main", "--json", "--out"];
    args.push(out.to_str().unwrap());
    args.extend(more);
    home.guildhall(args)
}

/// Exports what waits. Returns the file, its identifier and those of its orders.
fn exported(home: &Home, name: &str) -> (PathBuf, String, Vec<String>) {
    let out = home.path().join(name);
    let json = export(home, &out, &[]).exits(0).json();
    let orders = json["file"]["orders"].as_array().unwrap().iter();
    let orders = orders.map(|order| order["id"].as_str().unwrap().to_owned());
    let id = json["file"]["id"].as_str().unwrap().to_owned();
    (out, id, orders.collect())
}

#[test]
fn orders_wait_for_one_file_that_the_schema_of_banks_accepts() {
    let home = two_orders();
    // Held here until the bank has them.
    assert_eq!(home.balance("main"), (-101_250, 101_250));
    let holds = home.guildhall(["wallet", "holds"]).exits(0).stdout;
    assert_eq!(
        holds
            .matches("waits for the next file for the bank")
            .count(),
        2,
        "{holds}"
    );

    let (out, id, orders) = exported(&home, "payments.xml");
    assert_eq!(orders.len(), 2);
    banks_read(&[&out]);
    let text = std::fs::read_to_string(&out).unwrap();
    for part in [
        format!("<MsgId>{id}</MsgId>"),
        "<CtrlSum>1012.50</CtrlSum>".to_owned(),
        "<InstdAmt Ccy=\"EUR\">12.50</InstdAmt>".to_owned(),
        "<InstdAmt Ccy=\"EUR\">1000.00</InstdAmt>".to_owned(),
        "<IBAN>NL91ABNA0417164300</IBAN>".to_owned(),
        "<IBAN>DE89370400440532013000</IBAN>".to_owned(),
        "<Ustrd>INV-1</Ustrd>".to_owned(),
    ] {
        assert!(text.contains(&part), "{part}\n{text}");
    }
    assert_eq!(home.balance("main"), (-101_250, 0));
    home.debits_are_credits();

    // They are in one file and in no other.
    let empty = home.path().join("empty.xml");
    let ran = export(&home, &empty, &[]).exits(0);
    assert_eq!(ran.json()["file"], json!(null));
    assert!(!empty.exists());
    let again = home.path().join("again.xml");
    let _ = export(&home, &again, &["--again", &id]).exits(0);
    assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&again).unwrap());
    // Nothing is written over.
    let _ = export(&home, &again, &["--again", &id]).error(2, "exists");
    let _ = export(&home, &empty, &["--again", "GH0"]).error(2, "not-found");

    let confirm = || {
        home.guildhall(["wallet", "confirm", &id, "--json"])
            .exits(0)
            .json()
    };
    assert_eq!(confirm()["confirmed"], 2);
    assert_eq!(confirm()["confirmed"], 0);
    assert_eq!(home.balance("main"), (-101_250, 0));
    let ran = home.pay(order(ACME, 1_250, "INV-1")).money("EUR 50").go();
    assert_eq!(ran.refusal("payments.already-ordered").kind, "conflict");
}

#[test]
fn what_the_bank_returned_is_back_and_can_be_paid_again() {
    let home = two_orders();
    let (_, id, orders) = exported(&home, "payments.xml");
    let confirm = |more: &[&str]| {
        let args = ["wallet", "confirm", &id, "--json"];
        home.guildhall(args.iter().chain(more))
    };
    let _ = confirm(&["--order", "unknown"]).error(2, "not-found");
    let back = confirm(&["--order", &orders[0], "--returned"]).exits(0);
    assert_eq!(back.json()["returned"], 1);
    assert_eq!(home.balance("main"), (-100_000, 0));
    // What came back does not come back twice, and the other order is what the bank still has to say something about.
    let back = confirm(&["--order", &orders[0], "--returned"]).exits(0);
    assert_eq!(back.json()["returned"], 0);
    assert_eq!(confirm(&[]).exits(0).json()["confirmed"], 1);
    assert_eq!(home.balance("main"), (-100_000, 0));
    home.debits_are_credits();
    let kinds: Vec<String> = statement(&home, "main")
        .into_iter()
        .map(|(kind, ..)| kind)
        .collect();
    assert_eq!(kinds, ["hold", "hold", "return"]);

    home.pays_once(order(ACME, 1_250, "INV-1"));
    let (out, ..) = exported(&home, "second.xml");
    banks_read(&[&out]);
    let text = std::fs::read_to_string(out).unwrap();
    assert!(text.contains("<NbOfTxs>1</NbOfTxs>"), "{text}");
    let ran = home
        .pay(order(OTHER, 1, "RE 2026/07 „Ärger“"))
        .money("EUR 50")
        .go();
    let _ = ran.refusal("payments.already-ordered");
}

/// A day that a bank can be asked for, `YYYY-MM-DD`.
fn in_a_month() -> String {
    let date = Command::new("date")
        .args(["-u", "-d", "+30 days", "+%F"])
        .output()
        .unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

#[test]
fn days_and_currencies_have_their_own_blocks_in_a_file() {
    let home = Home::new();
    home.has_bank();
    let args = [
        "wallet",
        "add-bank",
        "yen",
        "--iban",
        "DE89370400440532013000",
        "--holder",
        "Till GmbH",
        "--currency",
        "JPY",
        "--bic",
        "COBADEFFXXX",
    ];
    let _ = home.guildhall(args).exits(0);
    let later = in_a_month();
    let mut dated = order(ACME, 100, "INV-2");
    dated["date"] = json!(later);
    home.pays_once(order(ACME, 100, "INV-1"));
    home.pays_once(dated);
    let _ = home
        .pay(order_as(ACME, "Acme", 1_250, "JPY", "INV-3"))
        .money("JPY 5000")
        .approve("all")
        .go()
        .exits(0);
    let (euro, ..) = exported(&home, "euro.xml");
    let yen = home.path().join("yen.xml");
    let _ = home
        .guildhall(["wallet", "export", "yen", "--out", yen.to_str().unwrap()])
        .exits(0);
    banks_read(&[&euro, &yen]);
    let text = std::fs::read_to_string(euro).unwrap();
    assert_eq!(text.matches("<PmtInf>").count(), 2, "{text}");
    assert!(text.contains(&format!("<Dt>{later}</Dt>")), "{text}");
    let text = std::fs::read_to_string(yen).unwrap();
    assert!(
        text.contains("<InstdAmt Ccy=\"JPY\">1250</InstdAmt>"),
        "{text}"
    );
}

#[test]
fn an_account_that_can_not_be_right_is_not_opened() {
    let home = Home::with_till(100);
    for (line, code, kind) in [
        (
            &[
                "add-bank",
                "b",
                "--iban",
                "DE89370400440532013001",
                "--holder",
                "A",
            ][..],
            2,
            "account",
        ),
        (
            &[
                "add-bank",
                "b",
                "--iban",
                "DE89370400440532013000",
                "--holder",
                " ",
            ],
            2,
            "account",
        ),
        (
            &[
                "add-bank",
                "b",
                "--iban",
                "DE89370400440532013000",
                "--holder",
                "A",
                "--bic",
                "x",
            ],
            2,
            "account",
        ),
        (
            &["add-book", "Not A Name", "--currency", "EUR"],
            2,
            "account",
        ),
        (
            &["add-book", "b", "--currency", "EUR", "--zone", "Mars/Base"],
            2,
            "account",
        ),
        (&["add-book", "b", "--currency", "XAU"], 2, "usage"),
        (&["add-book", "b", "--currency", "eur"], 2, "usage"),
        (
            &["add-book", "till", "--currency", "USD"],
            4,
            "wallet.name-taken",
        ),
        (&["deposit", "till", "USD 1.00"], 4, "wallet.other-currency"),
        (&["deposit", "nobody", "EUR 1.00"], 4, "wallet.no-account"),
        (&["deposit", "till", "EUR 0"], 2, "usage"),
        (&["deposit", "till", "EUR -1"], 2, "usage"),
        (&["deposit", "till", "EUR 1.001"], 2, "usage"),
        (
            &["limit", "till", "USD 1.00", "--per", "day"],
            4,
            "wallet.other-currency",
        ),
        (&["close", "nobody"], 4, "wallet.no-account"),
        (&["statement", "nobody"], 4, "wallet.no-account"),
    ] {
        let args = ["wallet"].iter().chain(line).chain(&["--json"]);
        let _ = home.guildhall(args).error(code, kind);
    }
    home.has_bank();
    let _ = home
        .guildhall(["wallet", "deposit", "main", "EUR 1.00", "--json"])
        .error(4, "wallet.not-a-book-account");
    let list = home.guildhall(["wallet", "--json"]).exits(0).json();
    assert_eq!(list["accounts"].as_array().unwrap().len(), 3, "{list:#}");
    assert_eq!(home.balance("till"), (100, 0));
}
