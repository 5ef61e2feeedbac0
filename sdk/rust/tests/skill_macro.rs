//! `skill!` over a world with an exported interface, a plain function and the contract's types, used as an author does.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use bindings::exports::tests::clerk::ledger::{self, Note};
use guildhall_sdk::testing::FakeHost;
use guildhall_sdk::{Money, Refusal, RefusalKind, files};

struct Clerk;

guildhall_sdk::skill!(Clerk, path: "tests/worlds/clerk", world: "clerk", derives: [Eq, Hash]);

impl bindings::Guest for Clerk {
    fn double(amount: Money) -> Option<Money> {
        amount.checked_add(&amount).ok()
    }
}

impl ledger::Guest for Clerk {
    fn total(file: String) -> Result<Note, Refusal> {
        let text = files::read_to_string(&file)?;
        let invalid = |line: &str| Refusal::new(RefusalKind::Invalid, "clerk.line", line);
        let amounts = text
            .lines()
            .map(|line| {
                let (amount, currency) = line.split_once(' ').ok_or_else(|| invalid(line))?;
                Money::parse(amount, currency).map_err(|_| invalid(line))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Note {
            total: Money::sum(&amounts, "EUR").map_err(|error| invalid(&error.to_string()))?,
            from: text.lines().map(str::to_owned).collect(),
        })
    }
}

#[test]
fn an_operation_is_a_plain_function_that_a_unit_test_calls() {
    let _host = FakeHost::new().file("book", "1.50 EUR\n2.25 EUR");
    let note = <Clerk as ledger::Guest>::total("book".to_owned()).unwrap();
    assert_eq!(note.total.to_string(), "3.75 EUR");
    assert_eq!(note.from.len(), 2);
}

#[test]
fn a_refusal_passes_through_an_operation_unchanged() {
    let _host = FakeHost::new();
    let refusal = <Clerk as ledger::Guest>::total("book".to_owned()).unwrap_err();
    assert!(refusal.is_denied());
}

#[test]
fn money_of_the_contract_and_money_of_the_sdk_are_one_type() {
    let amount: bindings::Money = Money::new(21, "JPY").unwrap();
    let doubled = <Clerk as bindings::Guest>::double(amount).unwrap();
    assert_eq!(doubled, Money::new(42, "JPY").unwrap());
}

#[test]
fn the_named_derives_are_there() {
    fn is_eq_and_hash<T: Eq + std::hash::Hash>() {}
    is_eq_and_hash::<Note>();
}
