//! A paid skill is bought on a page of the console, over a real marketplace: the payment is a card, its licence comes once that is
//! approved, and whatever ends in between, nothing is paid twice.

use crate::marketplace::bought::{has, merchant, selling, uses};
use guildhall_tests::console::{Browser, PASSWORD, Up};
use guildhall_tests::{Home, folder, journal};
use rustix::process::Signal;
use std::time::{Duration, Instant};

const PAGE: &str = "/skills/acme/shop";
const BUY: &str = "/skills/acme/shop/buy";
/// What the skill costs, and what the merchant has, in cents.
const PRICE: i64 = 1_200;
const PURSE: i64 = 10_000;
/// Longest wait for what goes on in the background.
const PATIENCE: Duration = Duration::from_secs(60);

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap().to_owned()
}

fn says(page: &str, text: &str) {
    assert!(page.contains(text), "no `{text}` in {page}");
}

/// Sends the form of the page, with the price that it shows; answers the run that waits.
fn buys(browser: &mut Browser) -> String {
    let shown = browser.get(BUY).text();
    says(&shown, "EUR 12.00 per month");
    let price = between(&shown, "name=\"price\" value=\"", "\"");
    let price = price.replace("&#34;", "\"");
    let sent = browser.send_from(BUY, BUY, &[("price", &price)]);
    assert_eq!(sent.status, 303, "{}", sent.text());
    sent.header("location")
        .strip_prefix("/approvals/")
        .expect("a card")
        .to_owned()
}

fn approves(browser: &mut Browser, run: &str) {
    let card = format!("/approvals/{run}");
    let shown = browser.get(&card).text();
    says(&shown, "licence of acme/shop");
    let effects = between(&shown, "name=\"effects\" value=\"", "\"");
    let once = [("decision", "once"), ("effects", effects.as_str())];
    let done = browser.send_from(&card, &card, &once);
    assert_eq!(done.status, 303, "{}", done.text());
}

/// Waits until a page says something: what goes on in the background is told there.
fn comes(browser: &mut Browser, path: &str, text: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = browser.get(path).text();
        if page.contains(text) {
            return;
        }
        assert!(Instant::now() < deadline, "no `{text}` in {page}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Who owns the console, at its next start.
fn again(up: &Up) -> Browser {
    let mut browser = up.browser();
    let name = [("name", "Ann"), ("password", PASSWORD)];
    let signed_in = browser.send_from("/sign-in", "/sign-in", &name);
    assert_eq!(signed_in.status, 303, "{}", signed_in.text());
    browser
}

fn licences(home: &Home) -> String {
    let list = home.guildhall(["licences", "--json"]).exits(0).json();
    let state = list["licences"][0]["state"].as_str();
    state.unwrap_or_default().to_owned()
}

#[test]
fn a_skill_is_bought_on_its_page_and_runs_for_the_command_line_too() {
    let (market, author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let up = Up::start(&home);
    let mut ann = up.owner();
    says(&ann.get(PAGE).text(), "not bought yet");
    let _ = uses(&home).error(4, "licence.missing");
    // At another price than was shown nothing is ordered.
    let stale = ann.get(BUY).text();
    let stale = between(&stale, "name=\"price\" value=\"", "\"").replace("&#34;", "\"");
    let _ = author
        .guildhall(["price", "acme/shop", "monthly", "EUR 13.00", "--json"])
        .exits(0);
    let refused = ann.send_from(BUY, BUY, &[("price", &stale)]);
    assert_eq!(refused.status, 409, "{}", refused.text());
    says(&refused.text(), "EUR 13.00 per month");
    let _ = author
        .guildhall(["price", "acme/shop", "monthly", "EUR 12.00", "--json"])
        .exits(0);
    let run = buys(&mut ann);
    // However often it is asked for, on a page or on the command line, it is one payment.
    says(&ann.get(PAGE).text(), &run);
    let other = home.guildhall(["buy", "acme/shop", "--json"]).exits(3);
    assert_eq!(other.word("/run"), run);
    has(&home, PURSE);
    approves(&mut ann, &run);
    comes(&mut ann, PAGE, "It is bought, and runs until");
    has(&home, PURSE - PRICE);
    assert_eq!(licences(&home), "valid");
    let _ = uses(&home).exits(0);
    let bought = home.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    assert_eq!(bought.word("/state"), "licensed");
    has(&home, PURSE - PRICE);
    assert_eq!(up.end(Signal::TERM), Some(0));
}

#[test]
fn what_was_paid_when_the_marketplace_or_the_console_ended_gets_its_licence_later() {
    let (mut market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let up = Up::start(&home);
    let mut ann = up.owner();
    let run = buys(&mut ann);
    market.kill_service();
    approves(&mut ann, &run);
    has(&home, PURSE - PRICE);
    says(
        &ann.get(PAGE).text(),
        "It is paid, and its licence is not here yet",
    );
    let _ = up.end(Signal::KILL);
    market.start_service();
    // Nobody asks for it: the next process looks for what was paid.
    let up = Up::start(&home);
    let mut ann = again(&up);
    comes(&mut ann, PAGE, "It is bought, and runs until");
    assert_eq!(licences(&home), "valid");
    has(&home, PURSE - PRICE);
    assert_eq!(up.end(Signal::TERM), Some(0));
}

fn is_cancelled(home: &Home) -> bool {
    let list = home.guildhall(["licences", "--json"]).exits(0).json();
    list["licences"][0]["cancelled"]
        .as_bool()
        .expect("whether it is cancelled")
}

#[test]
fn what_was_cancelled_stays_so_when_its_licence_comes_late() {
    let (mut market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let up = Up::start(&home);
    let mut ann = up.owner();
    let run = buys(&mut ann);
    market.kill_service();
    approves(&mut ann, &run);
    has(&home, PURSE - PRICE);
    let cancel = ["licences", "cancel", "acme/shop", "--json"];
    let _ = home.guildhall(cancel).exits(0);
    market.start_service();
    let fetched = ann.send_from(BUY, "/skills/acme/shop/licence", &[]);
    assert_eq!(fetched.status, 303, "{}", fetched.text());
    comes(&mut ann, PAGE, "It is bought, and runs until");
    assert_eq!(licences(&home), "valid");
    assert!(is_cancelled(&home));
    let renew = ["licences", "renew", "acme/shop", "--json"];
    let _ = home.guildhall(renew).error(4, "licence.cancelled");
    // Who wants it again says so, and nothing is paid for what is paid.
    let _ = home.guildhall(["buy", "acme/shop", "--json"]).exits(0);
    assert!(!is_cancelled(&home));
    has(&home, PURSE - PRICE);
    assert_eq!(up.end(Signal::TERM), Some(0));
}

#[test]
fn a_card_that_a_new_price_makes_void_is_void_in_the_name_of_who_buys() {
    let (market, author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let up = Up::start(&home);
    let mut ann = up.owner();
    let shown = ann.get(BUY).text();
    let price = between(&shown, "name=\"price\" value=\"", "\"").replace("&#34;", "\"");
    let old = buys(&mut ann);
    let raise = ["price", "acme/shop", "monthly", "EUR 13.00", "--json"];
    let _ = author.guildhall(raise).exits(0);
    let raised = price.replace("1200", "1300");
    let sent = ann.send_from(BUY, BUY, &[("price", &raised)]);
    assert_eq!(sent.status, 303, "{}", sent.text());
    let new = sent.header("location").to_owned();
    assert!(!new.contains(&old), "{new}");
    // The old card is the only one that anything was decided about.
    let all = "SELECT COUNT(*) FROM approvals";
    let by_ann = "SELECT COUNT(*) FROM approvals WHERE decider LIKE 'person:% (Ann)' AND channel = 'console'";
    assert_eq!(journal::number(&home, all), 1);
    assert_eq!(journal::number(&home, by_ann), 1);
    has(&home, PURSE);
    assert_eq!(up.end(Signal::TERM), Some(0));
}

#[test]
fn what_another_copy_of_the_home_was_paid_back_for_can_be_bought_again() {
    let (mut market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let up = Up::start(&home);
    let mut ann = up.owner();
    let run = buys(&mut ann);
    market.kill_service();
    approves(&mut ann, &run);
    let _ = up.end(Signal::KILL);
    let copy = Home::new();
    folder::copy(&home.home(), &copy.home());
    market.start_service();
    let _ = copy.guildhall(["licences", "renew", "--json"]).exits(0);
    let refund = ["licences", "refund", "acme/shop", "--yes", "--json"];
    let _ = copy.guildhall(refund).exits(0);

    let up = Up::start(&home);
    let mut ann = again(&up);
    comes(&mut ann, PAGE, "What was paid for it came back");
    let second = buys(&mut ann);
    assert_ne!(second, run);
    approves(&mut ann, &second);
    comes(&mut ann, PAGE, "It is bought, and runs until");
    has(&home, PURSE - 2 * PRICE);
    assert_eq!(up.end(Signal::TERM), Some(0));
}
