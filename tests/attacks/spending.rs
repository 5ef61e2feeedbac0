//! How much there is to spend: funds, limits of an account, what can be counted, what a bank can carry. Counted on the
//! payee's account, while many spend at once.

use guildhall_tests::journal::execute;
use guildhall_tests::money::{ACME, OTHER, order, order_as};
use guildhall_tests::{Home, Running, json};
use std::process::Command;

const MOST: i64 = i64::MAX;

#[test]
fn an_order_that_the_bank_file_can_not_carry_is_refused_when_it_is_staged() {
    let home = Home::with_till(10_000);
    home.has_bank();
    for (name, minor) in [
        ("", 100),
        ("!!!", 100),
        ("Acme", 100_000_000_000),
        ("Acme", MOST),
    ] {
        let asked = order_as(ACME, name, minor, "EUR", "INV-1");
        let run = home.pay(asked).money("EUR 92233720368547758.07");
        let _ = run
            .approve("all")
            .go()
            .refused_by("payments.not-for-the-bank");
    }
    assert_eq!(home.balance("main"), (0, 0));
    assert!(home.waiting().is_empty());
    home.serves_the_next_run();
}

#[test]
fn what_can_not_be_written_to_a_bank_file_leaves_the_orders_waiting() {
    let home = Home::new();
    home.has_bank();
    home.pays_once(order(ACME, 1_250, "INV-1"));
    home.pays_once(order(OTHER, 100, "INV-2"));
    // A row that no order could have made.
    let changed = execute(
        &home,
        "UPDATE payments SET minor = 100000000000 WHERE minor = 100",
    );
    assert_eq!(changed, 1);
    let out = home.path().join("out.xml");
    let export = [
        "wallet",
        "export",
        "main",
        "--json",
        "--out",
        out.to_str().unwrap(),
    ];
    let ran = home.guildhall(export);
    assert!(matches!(ran.code, Some(4 | 5)), "{}", ran.shown());
    assert!(!out.exists());
    let holds = home
        .guildhall(["wallet", "holds", "--json"])
        .exits(0)
        .json();
    assert_eq!(holds["holds"].as_array().unwrap().len(), 2, "{holds:#}");
    let _ = execute(
        &home,
        "UPDATE payments SET minor = 100 WHERE minor = 100000000000",
    );
    let json = home.guildhall(export).exits(0).json();
    assert_eq!(json["file"]["orders"].as_array().unwrap().len(), 2);
    assert_eq!(home.balance("main"), (-1_350, 0));
}

#[test]
fn a_balance_that_can_not_be_counted_is_refused_and_the_wallet_works_on() {
    let home = Home::with_till(0);
    let deposit = |account: &str, amount: &str| {
        home.guildhall(["wallet", "deposit", account, amount, "--json"])
    };
    let _ = deposit("acme", "EUR 92233720368547758.07").exits(0);
    for (account, amount) in [
        ("acme", "EUR 0.01"),
        ("acme", "EUR 92233720368547758.07"),
        ("till", "EUR 0.02"),
    ] {
        // The last one is too much for what came from outside altogether.
        let ran = deposit(account, amount);
        assert_eq!(ran.code, Some(4), "{account} {amount}\n{}", ran.shown());
    }
    assert_eq!(home.balance("acme"), (MOST, 0));
    assert_eq!(home.balance("till"), (0, 0));

    // What the payee's account can't take is not taken from the till either.
    let _ = deposit("till", "EUR 0.01").exits(0);
    let ran = home
        .pay(order("book:acme", 1, "INV-1"))
        .money("EUR 50.00")
        .approve("all")
        .go();
    assert_eq!(home.balance("acme"), (MOST, 0), "{}", ran.shown());
    assert_eq!(home.balance("till"), (1, 0), "{}", ran.shown());
    assert_ne!(ran.code, Some(70), "{}", ran.shown());
    home.debits_are_credits();
    home.serves_the_next_run();
}

#[test]
fn of_two_orders_that_can_not_be_added_the_second_is_refused() {
    let home = Home::with_till(0);
    let grant = "EUR 92233720368547758.07";
    let _ = home
        .guildhall(["wallet", "deposit", "till", grant, "--json"])
        .exits(0);
    let _ = home
        .guildhall(["wallet", "limit", "till", grant, "--per", "in-all"])
        .exits(0);
    // In one run, the grants hold: one is wholly used.
    let most = order("book:acme", MOST, "");
    let ran = home
        .prober("pay-many")
        .input(json!({ "order": most, "documents": ["INV-1", "INV-2"] }))
        .money(grant)
        .money(grant)
        .approve("all")
        .go();
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    assert_eq!(home.balance("acme"), (0, 0));
    let words = home.card_in_words(&ran.invocation());
    assert!(words.contains("more EUR than can be counted"), "{words}");
    let _ = home.approves(&ran.invocation()).exits(4);
    let _ = home
        .guildhall(["approvals", "reject", &ran.invocation(), "--json"])
        .exits(0);

    // In two runs, the first takes everything there is.
    let first = home
        .pay(order("book:acme", MOST, "INV-1"))
        .money(grant)
        .approve("all")
        .go();
    let _ = first.exits(0);
    let second = home
        .pay(order("book:acme", MOST, "INV-2"))
        .money(grant)
        .approve("all")
        .go();
    assert_eq!(second.code, Some(3), "{}", second.shown());
    assert_eq!(home.balance("acme"), (MOST, 0));
    assert_eq!(home.balance("till"), (0, 0));
    home.debits_are_credits();
    home.serves_the_next_run();
}

#[test]
fn more_than_there_is_is_not_paid_and_waits_until_it_is_there() {
    let home = Home::with_till(2_000);
    let pay = |document: &str| {
        home.pay(order("book:acme", 1_250, document))
            .money("EUR 50.00")
            .approve("all")
            .go()
    };
    let _ = pay("INV-1").exits(0);
    let second = pay("INV-2").exits(3).is("awaiting_approval");
    let refusal = second.refusal("payments.no-funds");
    assert!(refusal.message.contains("EUR 7.50 are left"), "{refusal:?}");
    let id = second.invocation();
    let _ = home.approves(&id).error(4, "payments.no-funds");
    assert_eq!(home.balance("acme"), (1_250, 0));
    let _ = home
        .guildhall(["wallet", "deposit", "till", "EUR 5.00"])
        .exits(0);
    let _ = home.approves(&id).exits(0);
    assert_eq!(home.balance("acme"), (2_500, 0));
    assert_eq!(home.balance("till"), (0, 0));
    home.debits_are_credits();
}

fn limit(home: &Home, account: &str, line: &[&str]) {
    let args = ["wallet", "limit", account].into_iter();
    let _ = home.guildhall(args.chain(line.iter().copied())).exits(0);
}

/// Runs commands, ten at a time, and counts how many ended with 0.
fn ten_at_a_time(commands: impl IntoIterator<Item = Command>) -> usize {
    let mut waiting = commands.into_iter();
    let mut done = 0;
    loop {
        let racers: Vec<Running> = waiting.by_ref().take(10).map(Running::start).collect();
        if racers.is_empty() {
            return done;
        }
        for ran in racers.into_iter().map(Running::wait) {
            match ran.code {
                Some(0) => done += 1,
                // It waits, or the limit said no.
                Some(3 | 4) => {
                    assert!(
                        ran.stdout.contains("payments.account-limit"),
                        "{}",
                        ran.shown()
                    );
                }
                _ => panic!("{}", ran.shown()),
            }
        }
    }
}

#[test]
fn fifty_runs_against_one_limit_spend_no_more_than_the_limit() {
    let home = Home::with_till(1_000_000);
    limit(&home, "till", &["EUR 10.00", "--per", "day"]);
    home.serves_the_next_run();
    let done = ten_at_a_time((0..50).map(|index| {
        let order = order("book:acme", 70, &format!("INV-{index}"));
        let run = home.pay(order).money("EUR 50.00").approve("all");
        run.command()
    }));
    // Fourteen of EUR 0.70 fit, and none of them is left out.
    assert_eq!(home.balance("acme"), (980, 0));
    assert_eq!(home.balance("till"), (999_020, 0));
    assert_eq!(done, 14);
    assert_eq!(home.waiting().len(), 36);
    home.debits_are_credits();
}

#[test]
fn fifty_approvals_against_one_limit_spend_no_more_than_the_limit() {
    let home = Home::with_till(1_000_000);
    home.has_bank();
    limit(&home, "till", &["EUR 10.00", "--per", "day"]);
    limit(&home, "main", &["EUR 5.00", "--per", "in-all"]);
    // Cards with two payments each; half of them for the bank, where what is queued counts, too.
    let cards: Vec<String> = (0..50)
        .map(|index| {
            let to = if index % 2 == 0 { "book:acme" } else { ACME };
            let documents = [format!("A-{index}"), format!("B-{index}")];
            home.prober("pay-many")
                .input(json!({ "order": order(to, 60, ""), "documents": documents }))
                .money("EUR 50.00")
                .go()
                .exits(3)
                .invocation()
        })
        .collect();
    let done = ten_at_a_time(
        cards
            .iter()
            .map(|id| home.command(["approvals", "approve", id, "--yes", "--json"])),
    );
    // Whole cards of EUR 1.20: eight in EUR 10.00, four in EUR 5.00.
    assert_eq!(home.balance("acme"), (960, 0));
    assert_eq!(home.balance("main"), (-480, 480));
    assert_eq!(done, 12);
    home.debits_are_credits();
}

#[test]
fn a_limit_counts_what_is_held_and_what_is_spent() {
    let home = Home::with_till(10_000);
    home.has_bank();
    limit(&home, "main", &["EUR 10.00", "--per", "month"]);
    let pay = |minor: i64, document: &str| {
        home.pay(order(ACME, minor, document))
            .money("EUR 50.00")
            .approve("all")
            .go()
    };
    let _ = pay(600, "INV-1").exits(0);
    let waits = pay(401, "INV-2").exits(3);
    let refusal = waits.refusal("payments.account-limit");
    assert_eq!(refusal.kind, "limit-reached");
    assert!(
        refusal.message.contains("EUR 6.00 are spent or held"),
        "{refusal:?}"
    );
    let out = home.path().join("out.xml");
    let _ = home
        .guildhall(["wallet", "export", "main", "--out", out.to_str().unwrap()])
        .exits(0);
    // Paid, it counts as it did while it was held.
    let _ = home
        .approves(&waits.invocation())
        .error(4, "payments.account-limit");
    let _ = pay(400, "INV-3").exits(0);
    assert_eq!(home.balance("main"), (-1_000, 400));
    // A limit that is lowered below what is spent leaves no room; one that is raised gives some.
    limit(&home, "main", &["EUR 1.00", "--per", "month"]);
    let _ = home
        .approves(&waits.invocation())
        .error(4, "payments.account-limit");
    limit(&home, "main", &["EUR 14.01", "--per", "month"]);
    let _ = home.approves(&waits.invocation()).exits(0);
    assert_eq!(home.balance("main"), (-1_401, 801));
    home.debits_are_credits();
}

#[test]
fn a_limit_counts_what_was_spent_before_it_was_set() {
    let home = Home::with_till(10_000);
    let pay = |minor: i64, document: &str| {
        home.pay(order("book:acme", minor, document))
            .money("EUR 50.00")
            .approve("all")
            .go()
    };
    let _ = pay(900, "INV-1").exits(0);
    // Whatever period is named, today is in it.
    for per in ["day", "week", "month", "in-all"] {
        limit(&home, "till", &["EUR 10.00", "--per", per]);
        let ran = pay(101, &format!("INV-{per}"));
        assert_eq!(ran.code, Some(3), "{per}\n{}", ran.shown());
        let refusal = ran.refusal("payments.account-limit");
        assert!(
            refusal.message.contains("EUR 9.00 are spent"),
            "{per}: {refusal:?}"
        );
    }
    let _ = pay(100, "INV-2").exits(0);
    limit(&home, "till", &["EUR 10.00", "--per", "day"]);
    assert_eq!(pay(1, "INV-3").code, Some(3));
    assert_eq!(home.balance("acme"), (1_000, 0));
    home.debits_are_credits();
}

/// Three approved orders for the bank, of EUR 1.00 each.
fn queued() -> Home {
    let home = Home::new();
    home.has_bank();
    for document in ["INV-1", "INV-2", "INV-3"] {
        home.pays_once(order(ACME, 100, document));
    }
    assert_eq!(home.balance("main"), (-300, 300));
    home
}

fn export(home: &Home, name: &str) -> Command {
    let out = home.path().join(name);
    home.command([
        "wallet",
        "export",
        "main",
        "--json",
        "--out",
        out.to_str().unwrap(),
    ])
}

#[test]
fn of_exports_at_once_each_order_is_in_one_file() {
    for _ in 0..2 {
        let home = queued();
        let racers: Vec<Running> = (0..4)
            .map(|index| Running::start(export(&home, &format!("{index}.xml"))))
            .collect();
        let mut orders = Vec::new();
        for ran in racers.into_iter().map(Running::wait) {
            let file = ran.exits(0).json()["file"].clone();
            for order in file["orders"].as_array().into_iter().flatten() {
                orders.push(order["document"].as_str().unwrap().to_owned());
            }
        }
        orders.sort();
        assert_eq!(orders, ["INV-1", "INV-2", "INV-3"]);
        let written: usize = (0..4)
            .filter_map(|index| home.text(&format!("{index}.xml")))
            .map(|text| text.matches("<CdtTrfTxInf>").count())
            .sum();
        assert_eq!(written, 3);
        assert_eq!(home.balance("main"), (-300, 0));
        home.debits_are_credits();
    }
}

#[test]
fn what_the_bank_returned_is_back_once_however_many_say_so() {
    let home = queued();
    let ran = Running::start(export(&home, "out.xml")).wait().exits(0);
    let file = ran.word("/file/id");
    let racers: Vec<Running> = (0..4)
        .map(|index| {
            let mut args = vec!["wallet", "confirm", &file, "--json"];
            if index % 2 == 0 {
                args.push("--returned");
            }
            home.start(args)
        })
        .collect();
    let mut returned = 0;
    for ran in racers.into_iter().map(Running::wait) {
        let json = ran.exits(0).json();
        returned += json["returned"].as_i64().unwrap_or(0);
    }
    assert!(matches!(returned, 0 | 3), "one answer for all: {returned}");
    assert_eq!(home.balance("main"), (returned * 100 - 300, 0));
    home.debits_are_credits();
}

#[test]
fn a_file_that_can_not_be_written_leaves_the_orders_waiting() {
    let home = queued();
    home.put("there.xml", "mine");
    for (name, kind) in [("there.xml", "exists"), ("nowhere/out.xml", "out")] {
        let _ = Running::start(export(&home, name)).wait().error(2, kind);
        assert_eq!(home.balance("main"), (-300, 300), "{kind}");
    }
    assert_eq!(home.text("there.xml").as_deref(), Some("mine"));
    let _ = Running::start(export(&home, "out.xml")).wait().exits(0);
    assert_eq!(home.balance("main"), (-300, 0));
}

#[test]
fn from_a_closed_bank_account_nothing_is_exported_and_the_orders_can_be_withdrawn() {
    let home = queued();
    let _ = home.guildhall(["wallet", "close", "main"]).exits(0);
    let ran = Running::start(export(&home, "out.xml")).wait();
    let _ = ran.error(4, "wallet.no-account");
    assert_eq!(home.text("out.xml"), None);
    assert_eq!(home.balance("main"), (-300, 300));
    let id = home.newest()["invocation"].as_str().unwrap().to_owned();
    let _ = home.guildhall(["undo", &id, "--yes", "--json"]).exits(0);
    assert_eq!(home.balance("main"), (-200, 200));
    home.debits_are_credits();
}
