//! A paid skill is bought on a page of the console, over a real marketplace: the payment is a card, its licence comes once that is
//! approved, and whatever ends in between, nothing is paid twice.

use crate::marketplace::bought::{has, merchant, selling, uses};
use guildhall_tests::Home;
use guildhall_tests::console::{Browser, PASSWORD, Up};
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
    let price = price.replace("&#34;", "%22").replace(':', "%3A");
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
    let effects = between(&shown, "name=\"effects\" value=\"", "\"").replace(':', "%3A");
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
    let stale = between(&stale, "name=\"price\" value=\"", "\"")
        .replace("&#34;", "%22")
        .replace(':', "%3A");
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
