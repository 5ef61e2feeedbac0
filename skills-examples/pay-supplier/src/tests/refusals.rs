//! What the host refuses, and what the input gets wrong.

use super::*;

#[test]
fn a_payment_that_the_host_refuses_is_a_typed_refusal_without_advice_message_or_memory() {
    for (kind, code) in [
        (RefusalKind::Denied, RefusedCode::PaymentDenied),
        (RefusalKind::Unavailable, RefusedCode::PaymentUnavailable),
        (RefusalKind::Conflict, RefusedCode::AlreadyOrdered),
        (RefusalKind::Invalid, RefusedCode::PaymentRefused),
        (RefusalKind::LimitReached, RefusedCode::PaymentRefused),
    ] {
        let host = refusing(host(&[("a", invoice("N-1", "100.00"))]), &["N-1"], kind);
        let report = pay_and_check(contact("DE999000111"));
        assert_eq!(refused(&report), [("a", vec![code])]);
        assert_eq!(
            report.refused[0].reasons[0].rule.as_deref(),
            Some("payments.test")
        );
        assert!(report.paid.is_empty() && report.advices.is_empty() && report.totals.is_empty());
        assert!(host.writes().is_empty() && host.sent().is_empty());
        assert!(guildhall_sdk::state::keys("").unwrap().is_empty());
    }
}

#[test]
fn a_refused_payment_keeps_no_other_from_being_paid() {
    let host = host(&[
        ("a", invoice("N-1", "100.00")),
        ("b", invoice("N-2", "50.00")),
        (
            "c",
            invoice("N-3", "20.00").with(|paper| {
                paper.vat_id = "FR00999000333";
                paper.accounts = vec![("58", SOUTH)];
            }),
        ),
    ]);
    let host = refusing(host, &["N-1"], RefusalKind::Conflict);
    let report = pay_and_check(contact("DE999000111"));
    assert_eq!(paid(&report), ["N-2 50.00 EUR", "N-3 20.00 EUR"]);
    let files = host.writes();
    assert_eq!(files.len(), 2);
    let advice = host.written_text(&files[0]).unwrap();
    assert!(!advice.contains("N-1"), "{advice}");
    assert_eq!(host.sent()[0].after, [report.paid[0].payment]);
}

#[test]
fn on_a_host_without_payments_everything_is_checked_and_nothing_is_staged() {
    let host = FakeHost::new()
        .now("2026-11-24T09:00:00Z")
        .writable("advice")
        .file("invoices/a.xml", invoice("N-1", "100.00").xml());
    let report = pay().unwrap();
    assert_eq!(
        refused(&report),
        [("a", vec![RefusedCode::PaymentUnavailable])]
    );
    assert!(host.writes().is_empty() && guildhall_sdk::state::keys("").unwrap().is_empty());
}

#[test]
fn sums_that_would_no_longer_be_exact_refuse_the_payment() {
    // The largest amount that is read, in the currency with the most decimal places.
    let unit = |number| invoice(number, "9999999999999.9999").with(|paper| paper.currency = "CLF");
    let _host = host(&[("a", unit("N-1"))]);
    assert_eq!(paid(&pay().unwrap()), ["N-1 9999999999999.9999 CLF"]);
    let papers: Vec<_> = (0..93)
        .map(|position| {
            let name: &'static str = Box::leak(format!("n{position:02}").into_boxed_str());
            (name, unit(name))
        })
        .collect();
    let _host = host(&papers);
    let report = pay().unwrap();
    check_sums(&report);
    assert_eq!(report.paid.len(), 92);
    assert_eq!(refused(&report), [("n92", vec![RefusedCode::NotChecked])]);
}

#[test]
fn without_a_folder_for_advices_the_run_fails_so_that_nothing_is_paid_unannounced() {
    let _host = FakeHost::new()
        .now("2026-11-24T09:00:00Z")
        .payments()
        .file("invoices/a.xml", invoice("N-1", "100.00").xml());
    assert!(matches!(pay(), Err(PayError::NotWritable(message)) if message.contains("advice")));
}

#[test]
fn folders_that_cannot_be_read_or_are_empty_are_failures() {
    let _host = FakeHost::new();
    assert!(matches!(pay(), Err(PayError::NotReadable(_))));
    let _host = host(&[]);
    assert!(matches!(pay(), Err(PayError::NoInvoices(_))));
    let _host = (0..=crate::MAX_FILES).fold(host(&[]), |host, position| {
        host.file(&format!("invoices/{position}.xml"), "")
    });
    assert!(matches!(pay(), Err(PayError::NotReadable(message)) if message.contains("501")));
}

#[test]
fn input_that_cannot_be_used_is_told_before_anything_is_read() {
    let _host = FakeHost::new().now("2026-11-24T09:00:00Z");
    let message = |result: Result<Report, PayError>| match result {
        Err(PayError::InvalidInput(message)) => message,
        other => panic!("{other:?}"),
    };
    for (day, word) in [
        ("tomorrow", "YYYY-MM-DD"),
        ("2026-02-30", "YYYY-MM-DD"),
        ("2026-11-23", "is over"),
        ("2027-11-26", "366 days"),
    ] {
        assert!(
            message(pay_with(Some(day), None, None)).contains(word),
            "{day}"
        );
    }
    assert!(message(pay_with(None, contact(" - "), None)).contains("`payee` is empty"));
    let terms = |seller: Option<&str>, document: Option<&str>, percent: &str, days| {
        let terms = DiscountTerms {
            seller: seller.map(str::to_owned),
            document: document.map(str::to_owned),
            percent: percent.to_owned(),
            days,
        };
        message(pay_with(None, None, Some(vec![terms])))
    };
    assert!(terms(Some("DE1"), None, "100", 10).contains("no percentage"));
    assert!(terms(Some("DE1"), None, "2", 400).contains("366 days"));
    assert!(terms(None, None, "2", 10).contains("underpay"));
    assert!(terms(None, Some("-"), "2", 10).contains("`document` is empty"));
    assert!(terms(Some(""), None, "2", 10).contains("`seller` is empty"));
    let _host = FakeHost::new().setting("due-within-days", "soon");
    assert!(message(pay()).contains("due-within-days"));
}
