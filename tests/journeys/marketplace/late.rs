//! What was paid and got no licence: it is presented, or said to be settled otherwise, and never paid again.

use super::bought::{buys, has, later, merchant, selling, uses_later};
use guildhall_tests::{Home, Market, folder, json};
use std::path::PathBuf;

const PRICE: i64 = 1_200;
const PURSE: i64 = 10_000;
const DAY: i64 = 24 * 60 * 60;

/// A merchant who has approved a payment, and has not been back since.
fn approved(market: &Market) -> Home {
    let home = merchant(market);
    let waits = home.guildhall(["buy", "acme/shop", "--json"]).exits(3);
    let run = waits.word("/run");
    let approve = ["approvals", "approve", &run, "--yes", "--json"];
    let _ = home.guildhall(approve).exits(0);
    has(&home, PURSE - PRICE);
    home
}

/// The file of the licence.
fn licence_of(home: &Home) -> PathBuf {
    std::fs::read_dir(home.home().join("marketplaces"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path().join("licences/acme/shop"))
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .map(|entry| entry.expect("an entry").path())
        .find(|path| path.extension().is_some_and(|end| end == "licence"))
        .expect("a licence")
}

#[test]
fn what_was_paid_long_ago_and_never_presented_is_licensed_and_not_paid_again() {
    let (mut market, _author) = selling(&["once", "EUR 12.00"]);
    let home = approved(&market);
    market.restart_at(40 * DAY);
    let buy = ["buy", "acme/shop", "--yes", "--json"];
    let bought = later(&home, 40, &buy).exits(0);
    assert_eq!(bought.word("/state"), "licensed");
    has(&home, PURSE - PRICE);
    let _ = uses_later(&home, 40).exits(0);
}

#[test]
fn what_was_paid_long_ago_at_another_price_is_left_to_people_and_not_paid_again() {
    let (mut market, author) = selling(&["once", "EUR 12.00"]);
    let home = approved(&market);
    market.restart_at(40 * DAY);
    let raise = ["price", "acme/shop", "once", "EUR 13.00", "--json"];
    let _ = later(&author, 40, &raise).exits(0);
    let buy = ["buy", "acme/shop", "--yes", "--json"];
    for _ in 0..2 {
        let said = later(&home, 40, &buy).error(4, "payment.too-late");
        assert!(said.contains("is paid"), "{said}");
    }
    has(&home, PURSE - PRICE);
}

#[test]
fn a_renewal_says_what_is_due_and_presents_what_is_paid() {
    let (market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = approved(&market);
    let renew = ["licences", "renew", "--yes", "--json"];
    let renewed = home.guildhall(renew).exits(0).json();
    assert_eq!(renewed["renewed"][0]["state"], "licensed", "{renewed:#}");
    has(&home, PURSE - PRICE);
    let again = home.guildhall(renew).exits(0).json();
    assert_eq!(again["renewed"], json!([]));
    has(&home, PURSE - PRICE);
}

#[test]
fn a_damaged_licence_is_told_of_and_keeps_nobody_from_cancelling() {
    let (market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = merchant(&market);
    let _ = buys(&home).exits(0);
    let licence = licence_of(&home);
    std::fs::write(&licence, b"{}").expect("it is damaged");
    let renew = ["licences", "renew", "--yes", "--json"];
    let told = home.guildhall(renew);
    assert_eq!(told.code, Some(5), "{}", told.shown());
    assert_eq!(
        told.json()["renewed"][0]["error"]["kind"],
        "licence.changed",
        "{}",
        told.shown()
    );
    let _ = home
        .guildhall(["licences", "cancel", "acme/shop", "--json"])
        .exits(0);
    has(&home, PURSE - PRICE);
}

#[test]
fn what_another_copy_of_the_home_was_paid_back_for_is_bought_anew_only_by_its_name() {
    let (market, _author) = selling(&["monthly", "EUR 12.00"]);
    let home = approved(&market);
    let copy = Home::new();
    folder::copy(&home.home(), &copy.home());
    let renew = ["licences", "renew", "--yes", "--json"];
    let _ = copy.guildhall(renew).exits(0);
    let refund = ["licences", "refund", "acme/shop", "--yes", "--json"];
    let _ = copy.guildhall(refund).exits(0);
    let told = home.guildhall(renew).exits(4).json();
    assert_eq!(
        told["renewed"][0]["error"]["kind"], "licence.refunded",
        "{told:#}"
    );
    let told = home.guildhall(renew).exits(0).json();
    assert_eq!(told["renewed"], json!([]));
    has(&home, PURSE - PRICE);
    let _ = buys(&home).exits(0);
    has(&home, PURSE - 2 * PRICE);
}
