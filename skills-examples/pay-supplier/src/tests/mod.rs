#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod accounts;
mod credits;
mod discounts;
mod documents;
mod duplicates;
mod paper;
mod policy;
mod refusals;
mod sample;

use guildhall_sdk::testing::FakeHost;
use guildhall_sdk::{Refusal, RefusalKind};

use crate::PaySupplier;
use crate::bindings::{
    CarriedForward, Contact, DiscountTerms, FlagCode, Guest, OpenCode, PayError, RefusedCode,
    Report,
};
use paper::{NORTH, Paper, SOUTH, credit, invoice};

/// A host with these documents as `invoices/NAME.xml`, on 2026-11-24.
fn host(papers: &[(&str, Paper)]) -> FakeHost {
    let host = FakeHost::new()
        .now("2026-11-24T09:00:00Z")
        .readable("invoices")
        .writable("advice")
        .payments()
        .messages();
    papers.iter().fold(host, |host, (name, paper)| {
        host.file(&format!("invoices/{name}.xml"), paper.xml())
    })
}

fn pay() -> Result<Report, PayError> {
    pay_with(None, None, None)
}

fn pay_with(
    day: Option<&str>,
    contacts: Option<Vec<Contact>>,
    discounts: Option<Vec<DiscountTerms>>,
) -> Result<Report, PayError> {
    PaySupplier::pay(
        "invoices".to_owned(),
        "advice".to_owned(),
        day.map(str::to_owned),
        contacts,
        discounts,
        None,
    )
}

/// Path without folder and ending.
fn stem(path: &str) -> &str {
    path.trim_start_matches("invoices/")
        .trim_end_matches(".xml")
}

/// What is paid, as `REFERENCE AMOUNT`.
fn paid(report: &Report) -> Vec<String> {
    report
        .paid
        .iter()
        .map(|payment| format!("{} {}", payment.reference, payment.amount))
        .collect()
}

fn refused(report: &Report) -> Vec<(&str, Vec<RefusedCode>)> {
    report
        .refused
        .iter()
        .map(|document| {
            let codes = document.reasons.iter().map(|reason| reason.code).collect();
            (stem(&document.path), codes)
        })
        .collect()
}

fn carried(report: &Report) -> Vec<(&str, String, OpenCode)> {
    report
        .carried_forward
        .iter()
        .map(
            |CarriedForward {
                 path, amount, code, ..
             }| (stem(path), amount.to_string(), *code),
        )
        .collect()
}

fn flags(report: &Report) -> Vec<(&str, FlagCode)> {
    report
        .flagged
        .iter()
        .map(|flag| (stem(&flag.path), flag.code))
        .collect()
}

/// What every report must fulfil.
fn check_sums(report: &Report) {
    for total in &report.totals {
        assert_eq!(
            total.invoiced.minor,
            total.paid.minor + total.discount.minor + total.credited.minor,
            "{total:?}"
        );
        let of_currency = report
            .paid
            .iter()
            .filter(|payment| payment.amount.currency == total.currency);
        assert_eq!(
            total.paid.minor,
            of_currency
                .clone()
                .map(|payment| payment.amount.minor)
                .sum::<i64>()
        );
        assert_eq!(total.payments as usize, of_currency.count());
    }
    for payment in &report.paid {
        assert!(payment.amount.minor > 0);
        let (first, credits) = payment.documents.split_first().unwrap();
        let credited: i64 = credits.iter().map(|credit| credit.amount.minor).sum();
        let discount = payment
            .discount
            .as_ref()
            .map_or(0, |discount| discount.amount.minor);
        assert_eq!(credited, payment.credited.minor);
        assert_eq!(
            payment.amount.minor,
            first.amount.minor - credited - discount
        );
    }
}

/// The host, where it refuses to pay these documents.
fn refusing(host: FakeHost, documents: &[&str], kind: RefusalKind) -> FakeHost {
    documents.iter().fold(host, |host, document| {
        let refusal = Refusal::new(kind, "payments.test", "The test refuses it.");
        host.refuse_order(document, refusal)
    })
}

/// Pays, and checks the sums.
fn pay_and_check(contacts: Option<Vec<Contact>>) -> Report {
    let report = pay_with(None, contacts, None).unwrap();
    check_sums(&report);
    report
}

fn contact(payee: &str) -> Option<Vec<Contact>> {
    Some(vec![Contact {
        payee: payee.to_owned(),
        channel: "email".to_owned(),
        recipient: "billing@nord.example".to_owned(),
    }])
}
