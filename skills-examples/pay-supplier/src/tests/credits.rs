//! Credits and netting.

use proptest::prelude::*;

use super::*;

#[test]
fn a_credit_reduces_the_invoice_that_it_refers_to() {
    let _host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "300.00")),
        (
            "c",
            credit("G-1", "40.00").with(|paper| paper.preceding = "n 1"),
        ),
    ]);
    let report = pay().unwrap();
    check_sums(&report);
    assert_eq!(paid(&report), ["N-1 60.00 EUR", "N-2 300.00 EUR"]);
    let documents: Vec<_> = report.paid[0]
        .documents
        .iter()
        .map(|document| document.number.as_str())
        .collect();
    assert_eq!(documents, ["N-1", "G-1"]);
    assert_eq!(report.paid[1].documents.len(), 1, "it is used up");
    assert_eq!(
        report.paid[0].reference, "N-1",
        "the key of an order is its invoice, whatever is set off"
    );
}

#[test]
fn without_a_reference_it_reduces_the_largest_and_a_negative_invoice_is_a_credit() {
    let _host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "300.00")),
        (
            "c",
            invoice("N-3", "-40.00").with(|paper| paper.due = "2026-12-01"),
        ),
    ]);
    let report = pay().unwrap();
    check_sums(&report);
    assert_eq!(paid(&report), ["N-1 100.00 EUR", "N-2 260.00 EUR"]);
}

#[test]
fn a_credit_larger_than_each_invoice_is_spread_so_that_each_is_ordered_by_its_own_number() {
    let _host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "50.00")),
        ("c", credit("G-1", "120.00")),
    ]);
    let report = pay().unwrap();
    check_sums(&report);
    assert_eq!(report.totals[0].paid.to_string(), "30.00 EUR");
    assert_eq!(report.paid.len(), 2);
    assert_eq!(carried(&report), []);
}

#[test]
fn a_seller_that_owes_as_much_is_paid_nothing_and_everything_is_carried_forward() {
    for amount in ["150.00", "150.01"] {
        let host = host(&[
            ("a", invoice("N-1", "100.00")),
            ("b", invoice("N-2", "50.00")),
            ("c", credit("G-1", amount)),
        ]);
        let report = pay().unwrap();
        assert_eq!(paid(&report), Vec::<String>::new());
        assert_eq!(
            carried(&report),
            [
                ("a", "100.00 EUR".to_owned(), OpenCode::CreditExceeds),
                ("b", "50.00 EUR".to_owned(), OpenCode::CreditExceeds),
                ("c", format!("{amount} EUR"), OpenCode::CreditExceeds),
            ]
        );
        assert_eq!(
            report.totals[0].credit_left.to_string(),
            format!("{amount} EUR")
        );
        assert!(host.writes().is_empty() && guildhall_sdk::state::keys("").unwrap().is_empty());
    }
}

#[test]
fn a_credit_alone_of_another_currency_or_of_another_seller_is_carried_forward() {
    let _host = host(&[
        ("a", invoice("N-1", "100.00")),
        (
            "b",
            credit("G-1", "10.00").with(|paper| paper.currency = "CHF"),
        ),
        (
            "c",
            credit("G-2", "10.00").with(|paper| paper.vat_id = "DE999000999"),
        ),
    ]);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(
        carried(&report),
        [
            ("b", "10.00 CHF".to_owned(), OpenCode::NoInvoice),
            ("c", "10.00 EUR".to_owned(), OpenCode::NoInvoice),
        ]
    );
}

#[test]
fn a_credit_is_not_guessed_to_belong_to_one_of_two_accounts() {
    let other = |paper: &mut Paper| paper.accounts = vec![("58", SOUTH)];
    let papers = |credit: Paper| {
        [
            ("a", invoice("N-1", "100.00")),
            ("b", invoice("N-2", "100.00").with(other)),
            ("c", credit),
        ]
    };
    let _host = host(&papers(credit("G-1", "10.00")));
    assert_eq!(
        carried(&pay().unwrap()),
        [("c", "10.00 EUR".to_owned(), OpenCode::SeveralAccounts)]
    );
    let _host = host(&papers(credit("G-1", "10.00").with(other)));
    assert_eq!(paid(&pay().unwrap()), ["N-1 100.00 EUR", "N-2 90.00 EUR"]);
    let _host = host(&papers(
        credit("G-1", "10.00").with(|paper| paper.preceding = "N-1"),
    ));
    assert_eq!(paid(&pay().unwrap()), ["N-1 90.00 EUR", "N-2 100.00 EUR"]);
}

#[test]
fn where_the_host_refuses_one_order_its_credit_goes_to_the_next() {
    let host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "50.00")),
        (
            "c",
            credit("G-1", "30.00").with(|paper| paper.preceding = "N-1"),
        ),
    ]);
    let _host = refusing(host, &["N-1"], RefusalKind::Conflict);
    let report = pay_and_check(None);
    assert_eq!(paid(&report), ["N-2 20.00 EUR"]);
    assert_eq!(refused(&report), [("a", vec![RefusedCode::AlreadyOrdered])]);
}

#[test]
fn where_no_invoice_is_left_for_it_a_credit_stays_open_and_nothing_more_is_paid() {
    let both = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "50.00")),
        ("c", credit("G-1", "60.00")),
    ]);
    let _host = refusing(both, &["N-1"], RefusalKind::Conflict);
    let report = pay_and_check(None);
    assert_eq!(paid(&report), Vec::<String>::new());
    assert_eq!(
        carried(&report),
        [
            ("b", "50.00 EUR".to_owned(), OpenCode::CreditExceeds),
            ("c", "60.00 EUR".to_owned(), OpenCode::CreditExceeds),
        ]
    );
    let one = host(&[
        ("a", invoice("N-1", "100.00")),
        ("c", credit("G-1", "60.00")),
    ]);
    let _host = refusing(one, &["N-1"], RefusalKind::Denied);
    let report = pay_and_check(None);
    assert_eq!(
        carried(&report),
        [("c", "60.00 EUR".to_owned(), OpenCode::NoInvoice)]
    );
}

#[test]
fn what_is_left_of_a_credit_that_was_used_in_part_is_used_in_the_next_run_and_no_more() {
    let papers = [
        ("a", invoice("N-1", "100.00")),
        (
            "b",
            invoice("N-2", "50.00").with(|paper| paper.issued = "2026-11-11"),
        ),
        ("c", credit("G-1", "120.00")),
    ];
    let host = refusing(host(&papers), &["N-2"], RefusalKind::Unavailable);
    let report = pay_and_check(None);
    assert_eq!(
        paid(&report),
        ["N-1 20.00 EUR"],
        "spread in proportion: 80.00 of 120.00"
    );
    assert_eq!(
        carried(&report),
        [("c", "40.00 EUR".to_owned(), OpenCode::NoInvoice)]
    );
    let host = host.next_run();
    let report = pay_and_check(None);
    assert_eq!(
        paid(&report),
        ["N-2 10.00 EUR"],
        "both runs together pay 30.00"
    );
    let _host = host.next_run();
    let report = pay_and_check(None);
    assert_eq!(refused(&report).len(), 3);
    assert_eq!(carried(&report), []);
}

fn cents(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_refused_nothing_is_paid_twice_or_set_off_twice(
        invoices in prop::collection::vec((1_i64..50_000, 0_u8..3), 1..5),
        credits in prop::collection::vec(1_i64..50_000, 0..4),
    ) {
        const INVOICES: [&str; 4] = ["N-1", "N-2", "N-3", "N-4"];
        const CREDITS: [&str; 3] = ["G-1", "G-2", "G-3"];
        let mut papers: Vec<(&str, Paper)> = Vec::new();
        for (number, (minor, _)) in INVOICES.iter().zip(&invoices) {
            papers.push((number, invoice(number, &cents(*minor)).with(|paper| paper.terms = "#SKONTO#TAGE=14#PROZENT=3.00#")));
        }
        for (number, minor) in CREDITS.iter().zip(&credits) {
            papers.push((number, credit(number, &cents(*minor))));
        }
        let lower = papers.iter().map(|(name, paper)| (name.to_lowercase(), paper.clone())).collect::<Vec<_>>();
        let lower: Vec<(&str, Paper)> = lower.iter().map(|(name, paper)| (name.as_str(), paper.clone())).collect();
        let mut host = host(&lower);
        // The host refuses each order in none, the first, or the first two of three runs.
        let mut settled = std::collections::BTreeMap::new();
        for run in 0_u8..3 {
            let refuse: Vec<_> = INVOICES.iter().zip(&invoices).filter(|(_, (_, until))| run < *until).map(|(number, _)| *number).collect();
            host = refusing(host, &refuse, RefusalKind::Unavailable);
            let report = pay_and_check(None);
            host = host.next_run();
            for document in report.paid.iter().flat_map(|payment| &payment.documents) {
                *settled.entry(document.number.clone()).or_insert(0) += document.amount.minor;
            }
        }
        for (number, (minor, _)) in INVOICES.iter().zip(&invoices) {
            prop_assert!(settled.get(*number).is_none_or(|sum| sum == minor), "{}", number);
        }
        for (number, minor) in CREDITS.iter().zip(&credits) {
            prop_assert!(settled.get(*number).is_none_or(|sum| sum <= minor), "{}", number);
        }
        drop(host);
    }
}
