//! Accounts: new, known, changed, several.

use super::*;
use crate::bindings::AccountHistory;

fn at(number: &'static str, accounts: &[(&'static str, &'static str)]) -> Paper {
    invoice(number, "100.00").with(|paper| paper.accounts = accounts.to_vec())
}

#[test]
fn an_account_is_new_then_known_and_another_one_is_flagged() {
    let host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "100.00")),
    ]);
    let report = pay().unwrap();
    let histories: Vec<_> = report
        .paid
        .iter()
        .map(|payment| payment.account_history)
        .collect();
    assert_eq!(histories, [AccountHistory::FirstPayment; 2]);
    let host = host.file("invoices/c.xml", at("N-3", &[("58", NORTH)]).xml());
    let report = pay().unwrap();
    assert_eq!(report.paid[0].account_history, AccountHistory::Known);
    assert_eq!(flags(&report), []);
    let host = host.file("invoices/d.xml", at("N-4", &[("58", SOUTH)]).xml());
    let report = pay().unwrap();
    assert_eq!(report.paid[0].account_history, AccountHistory::Changed);
    assert_eq!(flags(&report), [("d", FlagCode::ChangedAccount)]);
    assert_eq!(host.orders()[3].payee, format!("iban:{SOUTH}"));
}

#[test]
fn another_seller_at_a_known_account_is_not_known() {
    let host = host(&[("a", invoice("N-1", "100.00"))]);
    pay().unwrap();
    let other = invoice("N-2", "100.00").with(|paper| paper.vat_id = "DE999000999");
    let _host = host.file("invoices/b.xml", other.xml());
    assert_eq!(
        pay().unwrap().paid[0].account_history,
        AccountHistory::FirstPayment
    );
}

#[test]
fn two_accounts_of_a_new_seller_in_one_folder_are_flagged() {
    let _host = host(&[
        ("a", at("N-1", &[("58", NORTH)])),
        ("b", at("N-2", &[("58", SOUTH)])),
    ]);
    let report = pay().unwrap();
    assert_eq!(
        flags(&report),
        [
            ("a", FlagCode::ChangedAccount),
            ("b", FlagCode::ChangedAccount)
        ]
    );
    assert_eq!(report.advices.len(), 2, "an advice for each account");
}

#[test]
fn of_several_accounts_the_one_that_was_paid_before_is_paid() {
    let both = [("58", SOUTH), ("30", NORTH)];
    let host = host(&[("a", at("N-1", &both))]);
    let report = pay().unwrap();
    assert_eq!(
        refused(&report),
        [("a", vec![RefusedCode::SeveralAccounts])]
    );
    let host = host.file("invoices/b.xml", at("N-2", &[("58", NORTH)]).xml());
    pay().unwrap();
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(report.paid[0].account, NORTH);
    drop(host);
}

#[test]
fn one_account_written_twice_is_one() {
    let _host = host(&[(
        "a",
        at(
            "N-1",
            &[("58", NORTH), ("30", "de48 9999 0000 0123 4567 89")],
        ),
    )]);
    assert_eq!(paid(&pay().unwrap()), ["N-1 100.00 EUR"]);
}

#[test]
fn somebody_else_who_is_paid_is_flagged_and_named() {
    let factor = invoice("N-1", "100.00").xml().replace(
        "<cac:PaymentMeans>",
        "<cac:PayeeParty><cac:PartyName><cbc:Name>Factor Bank AG</cbc:Name></cac:PartyName></cac:PayeeParty><cac:PaymentMeans>",
    );
    let host = host(&[]).file("invoices/a.xml", factor);
    let report = pay().unwrap();
    assert_eq!(flags(&report), [("a", FlagCode::OtherPayee)]);
    assert_eq!(host.orders()[0].payee_name, "Factor Bank AG");
}
