//! The same document twice: in one folder, and in two runs.

use super::*;

#[test]
fn a_copy_and_a_reminder_are_refused_and_the_first_is_paid() {
    let reminder = invoice("N-1", "100.00").with(|paper| paper.number = "n 1");
    let _host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-1", "100.00")),
        ("c", reminder),
    ]);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(
        refused(&report),
        [
            ("b", vec![RefusedCode::Duplicate]),
            ("c", vec![RefusedCode::Duplicate])
        ]
    );
    assert!(
        report.refused[0].reasons[0]
            .message
            .contains("`invoices/a.xml`")
    );
}

#[test]
fn documents_of_one_number_that_ask_for_different_things_are_all_refused() {
    for other in [
        invoice("N-1", "100.01"),
        invoice("N-1", "100.00").with(|paper| paper.accounts = vec![("58", SOUTH)]),
        invoice("N-1", "100.00").with(|paper| paper.currency = "CHF"),
    ] {
        let one = || invoice("N-1", "100.00");
        for [a, b, c] in [
            [one(), other.clone(), one()],
            [one(), one(), other.clone()],
            [other.clone(), one(), one()],
        ] {
            let _host = host(&[("a", a), ("b", b), ("c", c)]);
            let report = pay().unwrap();
            assert_eq!(paid(&report), Vec::<String>::new());
            let all = ["a", "b", "c"].map(|name| (name, vec![RefusedCode::Contradiction]));
            assert_eq!(refused(&report), all);
        }
    }
}

#[test]
fn a_corrected_invoice_is_paid_where_the_first_one_is_wrong() {
    let wrong = invoice("N-1", "100.00").xml().replace(
        "<cbc:PayableAmount currencyID=\"EUR\">100.00",
        "<cbc:PayableAmount currencyID=\"EUR\">110.00",
    );
    let _host = host(&[("b", invoice("N-1", "100.00"))]).file("invoices/a.xml", wrong);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(refused(&report), [("a", vec![RefusedCode::Arithmetic])]);
}

#[test]
fn what_an_earlier_run_ordered_is_refused_also_under_another_spelling_and_amount() {
    let host = host(&[("a", invoice("N-1", "100.00"))]);
    pay().unwrap();
    let other = invoice("N-1", "120.00").with(|paper| {
        paper.number = "n/1";
        paper.vat_id = "DE 999.000.111";
    });
    let host = host
        .now("2026-11-25T09:00:00Z")
        .file("invoices/b.xml", other.xml());
    let report = pay().unwrap();
    assert_eq!(paid(&report), Vec::<String>::new());
    assert_eq!(
        refused(&report),
        [
            ("a", vec![RefusedCode::OrderedBefore]),
            ("b", vec![RefusedCode::OrderedBefore])
        ]
    );
    let message = &report.refused[1].reasons[0].message;
    assert!(
        message.contains("Another file") && message.contains("2026-11-24T09:00:00Z"),
        "{message}"
    );
    assert_eq!(host.orders().len(), 1);
}

#[test]
fn a_document_can_be_ordered_again_by_its_path() {
    let host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "50.00")),
    ]);
    pay_and_check(None);
    let _host = host.next_run();
    let again = |path: &str| {
        let (folder, advice) = ("invoices".to_owned(), "advice".to_owned());
        PaySupplier::pay(
            folder,
            advice,
            None,
            None,
            None,
            Some(vec![path.to_owned()]),
        )
    };
    assert_eq!(paid(&again("invoices/b.xml").unwrap()), ["N-2 50.00 EUR"]);
    let unknown = again("invoices/z.xml");
    assert!(matches!(unknown, Err(PayError::InvalidInput(_))));
}

#[test]
fn a_credit_is_set_off_once() {
    let host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", credit("G-1", "30.00")),
        ("c", credit("G-1", "30.00")),
    ]);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 70.00 EUR"]);
    assert_eq!(refused(&report), [("c", vec![RefusedCode::Duplicate])]);
    let host = host.file("invoices/d.xml", invoice("N-2", "100.00").xml());
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-2 100.00 EUR"]);
    assert_eq!(host.orders().len(), 2);
}

#[test]
fn the_store_names_nobody_and_nothing_that_was_not_staged() {
    let host = host(&[
        ("a", invoice("N-0117", "100.00")),
        ("b", invoice("N-0118", "50.00")),
        ("c", credit("G-0119", "30.00")),
    ]);
    let host = refusing(host, &["N-0118"], RefusalKind::Denied);
    pay_and_check(None);
    let keys = guildhall_sdk::state::keys("").unwrap();
    // The invoice, the credit, and the account of the seller.
    assert_eq!(keys.len(), 3, "{keys:?}");
    for key in &keys {
        let text = format!(
            "{key} {}",
            String::from_utf8(host.state(key).unwrap()).unwrap()
        );
        for plain in ["0117", "0119", "DE999", NORTH, "Nord", "invoices"] {
            assert!(!text.contains(plain), "{text}");
        }
    }
}
