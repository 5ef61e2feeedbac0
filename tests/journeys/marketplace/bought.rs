//! Money: bought with a card and an approval, used without a network, renewed, paid back, stopped; never paid twice.

use guildhall_tests::clock::set_wrong;
use guildhall_tests::market::remember;
use guildhall_tests::{Draft, Home, Market, Ran, Running, Value, folder, journal, json};
use std::process::Command;

const DAY: i64 = 24 * 60 * 60;
/// What the skill costs, and what the merchant has, in cents.
const PRICE: i64 = 1_200;
const PURSE: i64 = 10_000;

/// A marketplace that sells `acme/shop`, with its author.
pub fn selling(price: &[&str]) -> (Market, Home) {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    costs(&author, price);
    (market, author)
}

fn costs(author: &Home, price: &[&str]) {
    let mut args = vec!["price", "acme/shop"];
    args.extend(price);
    args.push("--json");
    let _ = author.guildhall(args).exits(0);
}

/// A merchant with EUR 100.00 who has installed it.
pub fn merchant(market: &Market) -> Home {
    let home = Home::new();
    home.book("till", "EUR");
    let _ = home
        .guildhall(["wallet", "deposit", "till", "EUR 100.00", "--json"])
        .exits(0);
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    home
}

pub fn later(home: &Home, days: i64, args: &[&str]) -> Ran {
    Running::start(set_wrong(home.command(args), days * DAY)).wait()
}

fn use_command(home: &Home) -> Command {
    home.run("acme/shop", "remember")
        .input(remember("k", "v"))
        .command()
}

pub fn uses(home: &Home) -> Ran {
    Running::start(use_command(home)).wait()
}

pub fn uses_later(home: &Home, days: i64) -> Ran {
    Running::start(set_wrong(use_command(home), days * DAY)).wait()
}

pub fn buys(home: &Home) -> Ran {
    home.guildhall(["buy", "acme/shop", "--yes", "--json"])
}

/// What the till has, by the postings themselves.
#[track_caller]
pub fn has(home: &Home, minor: i64) {
    let sum = "SELECT COALESCE(SUM(minor), 0) FROM postings WHERE account = 'book:till'";
    assert_eq!(journal::number(home, sum), minor);
    home.debits_are_credits();
}

/// What merchants owe in all, by the marketplace.
fn debts(market: &Market) -> i64 {
    let list = market
        .staff()
        .guildhall(["marketplace", "debts", "--json"])
        .exits(0)
        .json();
    let debts = list["debts"].as_array().expect("a list");
    debts
        .iter()
        .map(|debt| debt["debt"]["minor"].as_i64().expect("minor units"))
        .sum()
}

#[test]
fn a_skill_is_bought_with_a_card_and_an_approval_and_runs_on_without_a_network() {
    let (mut market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let missing = uses(&home).error(4, "licence.missing");
    for part in ["EUR 12.00 per month", "guildhall buy acme/shop"] {
        assert!(missing.contains(part), "{part}\n{missing}");
    }
    let _ = home
        .guildhall(["test", "acme/shop", "--json"])
        .error(4, "licence.missing");

    let waits = home.guildhall(["buy", "acme/shop", "--json"]).exits(3);
    assert_eq!(waits.word("/state"), "waiting");
    let run = waits.word("/run");
    has(&home, PURSE);
    let card = home.card_in_words(&run);
    for part in [
        "licence of acme/shop — guildhall itself, at your command; no skill runs",
        "pay EUR 12.00",
        "recorded here, no bank transfer",
        "It runs no skill.",
        "a month",
    ] {
        assert!(card.contains(part), "{part}\n{card}");
    }
    assert!(!card.contains("the skill's claim"), "{card}");
    // Asked again it is the same payment.
    let again = home.guildhall(["buy", "acme/shop", "--json"]).exits(3);
    assert_eq!(again.word("/run"), run);
    let _ = home.approves(&run).exits(0).is("committed");
    has(&home, PURSE - PRICE);
    let bought = home.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    assert_eq!(bought.word("/state"), "licensed");
    assert_eq!(bought.word("/run"), run);

    let file = home.path().join("receipt.json");
    let file = file.to_str().expect("a plain path");
    let _ = home
        .guildhall(["receipts", "export", &run, "--out", file])
        .exits(0);
    let verified = home.guildhall(["verify", file, "--json"]).exits(0);
    assert_eq!(verified.json()["verified"], true);
    assert_eq!(verified.json()["status"], "committed");
    let _ = home.guildhall(["audit", "verify", "--json"]).exits(0);

    // However often it is bought, it is paid once.
    for _ in 0..2 {
        let again = buys(&home).exits(0).json();
        assert_eq!(again["run"], Value::Null);
    }
    has(&home, PURSE - PRICE);
    assert_eq!(debts(&market), PRICE);
    let _ = uses(&home).exits(0);
    market.kill_service();
    let _ = uses(&home).exits(0);
    let list = home.guildhall(["licences", "--json"]).exits(0).json();
    assert_eq!(list["licences"][0]["state"], "valid");
    assert_eq!(list["licences"][0]["licence"]["skill"], "acme/shop");
    assert_eq!(list["owed"][0]["owed"]["minor"], json!(PRICE));
    let shown = home.guildhall(["licences", "show", "acme/shop"]).exits(0);
    assert!(shown.stdout.contains("valid"), "{}", shown.shown());
}

#[test]
fn a_licence_ends_with_a_week_of_grace_and_a_clock_that_is_set_back_is_noticed() {
    let (mut market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let _ = buys(&home).exits(0);
    market.kill_service();
    let _ = uses(&home).exits(0);
    let warned = uses_later(&home, 33).exits(0);
    assert!(
        warned.stderr.contains("has ended; it runs on until"),
        "{}",
        warned.shown()
    );
    let over = uses_later(&home, 40).error(4, "licence.expired");
    assert!(
        over.contains("guildhall licences renew acme/shop"),
        "{over}"
    );
    // It ran 33 days from now: now it can't be known what time it is.
    let back = uses(&home).error(4, "licence.clock");
    assert!(back.contains("set the clock right"), "{back}");
    let _ = uses_later(&home, 33).exits(0);
    let _ = uses_later(&home, -400).error(4, "licence.clock");
    has(&home, PURSE - PRICE);
}

#[test]
fn a_licence_of_another_merchant_or_one_that_was_changed_does_not_count() {
    let (market, _author) = selling(&["once", "EUR 12.00"]);
    let (ann, bob) = (merchant(&market), merchant(&market));
    let _ = buys(&ann).exits(0);
    let _ = uses(&ann).exits(0);
    let theirs = |home: &Home| {
        let markets = home.home().join("marketplaces");
        let place = std::fs::read_dir(markets)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .find(|path| path.is_dir())
            .expect("a marketplace");
        place.join("licences/acme/shop")
    };
    let from = theirs(&ann);
    std::fs::create_dir_all(theirs(&bob)).expect("a folder");
    for entry in std::fs::read_dir(&from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let to = theirs(&bob).join(path.file_name().expect("a name"));
        std::fs::copy(&path, &to).expect("a copy");
    }
    let other = uses(&bob).error(4, "licence.other-merchant");
    assert!(other.contains("guildhall buy acme/shop"), "{other}");
    has(&bob, PURSE);
    let licence = std::fs::read_dir(&from)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|end| end == "licence"))
        .expect("a licence");
    let text = std::fs::read_to_string(&licence).expect("a licence");
    let at = text.find("\"payload\":\"").expect("a payload") + 40;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    std::fs::write(&licence, bytes).expect("a file");
    let _ = uses(&ann).error(5, "licence.changed");
}

#[test]
fn a_month_is_renewed_by_a_mandate_and_otherwise_waits_for_a_person() {
    let (mut market, author) = selling(&["monthly", "EUR 12.00"]);
    let (ann, bob) = (merchant(&market), merchant(&market));
    let waits = ann.guildhall(["buy", "acme/shop", "--json"]).exits(3);
    let run = waits.word("/run");
    let _ = ann
        .guildhall([
            "approvals",
            "approve",
            &run,
            "--yes",
            "--as-mandate",
            "--limit",
            "EUR 24.00",
            "--json",
        ])
        .exits(0);
    let _ = ann.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    let _ = buys(&bob).exits(0);

    market.restart_at(20 * DAY);
    let early = uses_later(&ann, 20).exits(0);
    assert!(!early.stderr.contains("renewed"), "{}", early.shown());
    has(&ann, PURSE - PRICE);

    market.restart_at(30 * DAY);
    let renewed = uses_later(&ann, 30).exits(0);
    assert!(
        renewed.stderr.contains("is renewed until"),
        "{}",
        renewed.shown()
    );
    has(&ann, PURSE - 2 * PRICE);
    let again = uses_later(&ann, 30).exits(0);
    assert!(!again.stderr.contains("renewed"), "{}", again.shown());
    has(&ann, PURSE - 2 * PRICE);

    let asks = uses_later(&bob, 30).exits(0);
    assert!(
        asks.stderr.contains("waits for your approval"),
        "{}",
        asks.shown()
    );
    has(&bob, PURSE - PRICE);
    let waiting = later(&bob, 30, &["approvals", "list", "--json"])
        .exits(0)
        .json();
    let run = waiting["approvals"][0]["invocation"]
        .as_str()
        .expect("a run")
        .to_owned();
    let _ = later(&bob, 30, &["approvals", "approve", &run, "--yes", "--json"]).exits(0);
    let _ = later(&bob, 30, &["licences", "renew", "acme/shop", "--json"]).exits(0);
    has(&bob, PURSE - 2 * PRICE);
    // Nobody looks at a price that `--yes` or a mandate approves: a raised one is not paid.
    market.restart_at(60 * DAY);
    let raise = ["price", "acme/shop", "monthly", "EUR 90.00", "--json"];
    let _ = later(&author, 60, &raise).exits(0);
    let renew = ["licences", "renew", "acme/shop", "--yes", "--json"];
    let raised = later(&bob, 60, &renew).error(4, "price.changed");
    assert!(raised.contains("EUR 90.00"), "{raised}");
    let asks = uses_later(&ann, 60).exits(0);
    assert!(
        asks.stderr.contains("waits for your approval"),
        "{}",
        asks.shown()
    );
    has(&ann, PURSE - 2 * PRICE);
    has(&bob, PURSE - 2 * PRICE);
    let next = later(&bob, 45, &["licences", "--json"]).exits(0).json();
    assert_eq!(next["licences"][0]["state"], "valid", "{next:#}");
}

#[test]
fn money_comes_back_in_full_if_it_never_ran_and_once() {
    let (market, _author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    let first = buys(&home).exits(0).word("/order");
    let refund = || home.guildhall(["licences", "refund", "acme/shop", "--yes", "--json"]);
    let back = refund().exits(0).json();
    assert_eq!(
        (&back["amount"]["minor"], &back["rule"]),
        (&json!(PRICE), &json!("full"))
    );
    assert_eq!(back["credited"]["credited"], "now");
    has(&home, PURSE);
    let twice = refund().exits(0).json();
    assert_eq!(twice["credited"]["credited"], "before");
    has(&home, PURSE);
    assert_eq!(debts(&market), 0);
    let _ = uses(&home).error(4, "licence.refunded");
    // Bought anew it is another purchase, and is paid.
    let second = buys(&home).exits(0).word("/order");
    assert_ne!(first, second);
    has(&home, PURSE - PRICE);
    let _ = uses(&home).exits(0);
    let _ = home.guildhall(["audit", "verify", "--json"]).exits(0);
}

#[test]
fn of_what_ran_the_days_that_are_left_come_back() {
    let (market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let licence = buys(&home).exits(0).json()["licence"].clone();
    let _ = uses(&home).exits(0);
    let back = home
        .guildhall(["licences", "refund", "acme/shop", "--yes", "--json"])
        .exits(0)
        .json();
    assert_eq!(back["rule"], "unused-days");
    let days = (licence["until"].as_i64().expect("ms") - licence["from"].as_i64().expect("ms"))
        / (DAY * 1_000);
    let expected = PRICE * (days - 1) / days;
    assert_eq!(back["amount"]["minor"], json!(expected));
    has(&home, PURSE - PRICE + expected);
    // Runs that were removed from the journal may have been of it.
    let _ = buys(&home).exits(0);
    let _ = home
        .guildhall(["runs", "prune", "--older-than", "0", "--json"])
        .exits(0);
    let back = home
        .guildhall(["licences", "refund", "acme/shop", "--yes", "--json"])
        .exits(0)
        .json();
    assert_eq!(back["rule"], "unused-days");
    has(&home, PURSE - 2 * (PRICE - expected));
}

#[test]
fn a_month_that_was_paid_back_is_not_renewed() {
    let (market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let _ = buys(&home).exits(0);
    let back = home
        .guildhall(["licences", "refund", "acme/shop", "--yes", "--json"])
        .exits(0)
        .json();
    assert_eq!(back["charges_stopped"], json!(true), "{back:#}");
    has(&home, PURSE);
    let one = ["licences", "renew", "acme/shop", "--yes", "--json"];
    let _ = home.guildhall(one).error(4, "licence.cancelled");
    let all = home.guildhall(["licences", "renew", "--yes", "--json"]);
    assert_eq!(all.exits(0).json()["renewed"], json!([]));
    has(&home, PURSE);
    assert_eq!(debts(&market), 0);
    // Who wants it again says so.
    let _ = buys(&home).exits(0);
    has(&home, PURSE - PRICE);
    let _ = uses(&home).exits(0);
}

#[test]
fn taking_a_skill_away_stops_charges_with_and_without_a_network() {
    let (mut market, _author) = selling(&["monthly", "EUR 12.00"]);
    let (ann, bob) = (merchant(&market), merchant(&market));
    let mandated = |home: &Home| {
        let waits = home.guildhall(["buy", "acme/shop", "--json"]).exits(3);
        let run = waits.word("/run");
        let _ = home
            .guildhall([
                "approvals",
                "approve",
                &run,
                "--yes",
                "--as-mandate",
                "--limit",
                "EUR 60.00",
                "--json",
            ])
            .exits(0);
        let _ = home.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    };
    mandated(&ann);
    mandated(&bob);
    let gone = ann
        .guildhall(["uninstall", "acme/shop", "--json"])
        .exits(0)
        .json();
    assert_eq!(gone["charges_stopped"], true);
    assert_eq!(gone["marketplace_told"], true);
    market.kill_service();
    let gone = bob.guildhall(["uninstall", "acme/shop"]).exits(0);
    for part in [
        "Charges for acme/shop have stopped",
        "which would have paid the next month, is taken back",
        "it can't charge you",
    ] {
        assert!(gone.stderr.contains(part), "{part}\n{}", gone.shown());
    }
    market.restart_at(30 * DAY);
    for home in [&ann, &bob] {
        let refused = later(home, 30, &["licences", "renew", "acme/shop", "--json"]);
        let _ = refused.error(4, "licence.cancelled");
        has(home, PURSE - PRICE);
    }
}

#[test]
fn a_home_that_was_restored_from_an_older_backup_pays_once() {
    let (market, _author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    let restored = Home::new();
    folder::copy(&home.home(), &restored.home());
    let _ = buys(&home).exits(0);
    let again = buys(&restored).exits(0).json();
    assert_eq!(again["state"], "licensed");
    assert_eq!(again["run"], Value::Null);
    has(&restored, PURSE);
    let _ = uses(&restored).exits(0);
    assert_eq!(debts(&market), PRICE);
}

#[test]
fn a_price_that_changes_between_card_and_payment_does_not_change_what_was_shown() {
    let (market, author) = selling(&["once", "EUR 12.00"]);
    let (ann, bob) = (merchant(&market), merchant(&market));
    let waits = |home: &Home| {
        let ran = home.guildhall(["buy", "acme/shop", "--json"]).exits(3);
        ran.word("/run")
    };
    let (of_ann, of_bob) = (waits(&ann), waits(&bob));
    costs(&author, &["once", "EUR 15.00"]);
    // What was shown and approved is what is paid, and it counts.
    let _ = ann.approves(&of_ann).exits(0).is("committed");
    let _ = ann.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    has(&ann, PURSE - PRICE);
    let _ = uses(&ann).exits(0);
    // Asked for anew, the old card is void, and the new one says the new price.
    let new = waits(&bob);
    assert_ne!(new, of_bob);
    let _ = bob.approves(&of_bob).error(4, "not-pending");
    assert!(bob.card_in_words(&new).contains("pay EUR 15.00"));
    let _ = bob.approves(&new).exits(0).is("committed");
    let _ = bob.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    has(&bob, PURSE - 1_500);
    assert_eq!(debts(&market), PRICE + 1_500);
}

#[test]
fn what_is_bought_in_two_currencies_is_owed_in_two_accounts() {
    let (market, author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    let _ = buys(&home).exits(0);
    let _ = home
        .guildhall(["licences", "refund", "acme/shop", "--yes", "--json"])
        .exits(0);
    costs(&author, &["once", "USD 9.00"]);
    let short = buys(&home).exits(4).json();
    assert_eq!(
        short["outcome"]["refusals"][0]["rule"],
        "payments.no-account"
    );
    home.book("dollars", "USD");
    let _ = home
        .guildhall(["wallet", "deposit", "dollars", "USD 10.00", "--json"])
        .exits(0);
    let _ = buys(&home).exits(0);
    has(&home, PURSE);
    assert_eq!(home.balance("dollars"), (100, 0));
    let owed = home.guildhall(["licences", "--json"]).exits(0).json();
    assert_eq!(owed["owed"].as_array().map(Vec::len), Some(2), "{owed:#}");
}

#[test]
fn of_several_who_buy_at_once_one_pays_and_all_have_the_licence() {
    let (market, _author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    let all: Vec<Running> = (0..4)
        .map(|_| home.start(["buy", "acme/shop", "--yes", "--json"]))
        .collect();
    for one in all {
        let ran = one.wait().exits(0);
        assert_eq!(ran.word("/state"), "licensed");
    }
    has(&home, PURSE - PRICE);
    assert_eq!(debts(&market), PRICE);
    let _ = uses(&home).exits(0);
}

#[test]
fn an_operator_writes_down_what_was_settled_and_an_author_sees_it() {
    let (market, author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    let _ = buys(&home).exits(0);
    let key = home
        .guildhall(["licences", "show", "acme/shop", "--json"])
        .exits(0)
        .word("/merchant");
    let staff = market.staff();
    let settle = || {
        staff.guildhall([
            "marketplace",
            "settle",
            &key,
            "EUR 12.00",
            "--reference",
            "bank 1",
            "--json",
        ])
    };
    assert_eq!(settle().exits(0).json()["debt"]["minor"], json!(0));
    assert_eq!(settle().exits(0).json()["debt"]["minor"], json!(0));
    let earned = author
        .guildhall(["earnings", "acme", "--json"])
        .exits(0)
        .json();
    assert_eq!(earned["items"][0]["amount"]["minor"], json!(PRICE));
    assert_eq!(earned["items"][0]["share"]["minor"], json!(1_020));
    assert_eq!(earned["items"][0]["settled"], true);
    let csv = author.guildhall(["earnings", "acme", "--csv"]).exits(0);
    assert_eq!(csv.stdout.lines().count(), 2, "{}", csv.shown());
    let _ = author.guildhall(["earnings", "acme"]).exits(0);
}

#[test]
fn an_operator_decides_how_much_a_merchant_may_owe() {
    let (market, _author) = selling(&["once", "EUR 12.00"]);
    let home = merchant(&market);
    // What a merchant's key is, he can tell before he has bought anything.
    let key = home
        .guildhall(["licences", "--json"])
        .exits(0)
        .word("/merchant");
    let staff = market.staff();
    let credit = |amount: &str| {
        let set = staff.guildhall(["marketplace", "credit", &key, amount, "--json"]);
        let _ = set.exits(0);
    };
    credit("EUR 11.99");
    let refused = buys(&home);
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
    for part in ["EUR 11.99", "settle what is owed"] {
        let said = format!("{}{}", refused.stdout, refused.stderr);
        assert!(said.contains(part), "{part}\n{}", refused.shown());
    }
    has(&home, PURSE);
    credit("EUR 12.00");
    let _ = buys(&home).exits(0);
    has(&home, PURSE - PRICE);
}
