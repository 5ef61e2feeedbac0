//! Why a document is refused by itself.

use super::*;

/// The reasons for one document, and whether anything was paid.
fn reasons(xml: String) -> Vec<RefusedCode> {
    let host = host(&[]).file("invoices/a.xml", xml);
    let report = pay().unwrap();
    assert!(
        report.refused.len() == 1 && host.orders().is_empty() && host.writes().is_empty(),
        "{report:?}"
    );
    assert!(guildhall_sdk::state::keys("").unwrap().is_empty());
    report.refused[0]
        .reasons
        .iter()
        .map(|reason| reason.code)
        .collect()
}

fn accounts(accounts: &[(&'static str, &'static str)]) -> String {
    invoice("N-1", "100.00")
        .with(|paper| paper.accounts = accounts.to_vec())
        .xml()
}

fn replaced(from: &str, to: &str) -> String {
    let xml = invoice("N-1", "100.00").xml();
    assert!(xml.contains(from), "{from}");
    xml.replace(from, to)
}

#[test]
fn accounts_that_cannot_be_paid_are_refused() {
    assert_eq!(
        reasons(accounts(&[("58", "DE49999900000123456789")])),
        [RefusedCode::Account]
    );
    assert_eq!(
        reasons(accounts(&[("58", "DE4899990000012345678")])),
        [RefusedCode::Account]
    );
    assert_eq!(
        reasons(accounts(&[("58", "12345")])),
        [RefusedCode::Account],
        "SEPA needs an IBAN"
    );
    assert_eq!(
        reasons(accounts(&[("58", NORTH), ("58", "DE49999900000123456789")])),
        [RefusedCode::Account]
    );
    assert_eq!(
        reasons(accounts(&[("30", "12345678")])),
        [RefusedCode::NoIban]
    );
    assert_eq!(reasons(accounts(&[("30", "")])), [RefusedCode::NoAccount]);
    assert_eq!(reasons(accounts(&[])), [RefusedCode::NoAccount]);
}

#[test]
fn what_is_collected_or_paid_in_another_way_is_not_paid_again() {
    assert_eq!(reasons(accounts(&[("59", "")])), [RefusedCode::NoTransfer]);
    assert_eq!(
        reasons(accounts(&[("58", NORTH), ("49", "")])),
        [RefusedCode::NoTransfer]
    );
    assert_eq!(reasons(accounts(&[("48", "")])), [RefusedCode::NoTransfer]);
    assert_eq!(
        reasons(accounts(&[("54", NORTH)])),
        [RefusedCode::NoTransfer]
    );
}

#[test]
fn wrong_sums_and_currencies_are_refused() {
    let payable = "<cbc:PayableAmount currencyID=\"EUR\">100.00";
    assert_eq!(
        reasons(replaced(
            payable,
            "<cbc:PayableAmount currencyID=\"EUR\">90.00"
        )),
        [RefusedCode::Arithmetic]
    );
    assert_eq!(
        reasons(replaced(
            payable,
            "<cbc:PayableAmount currencyID=\"EUR\">ten"
        )),
        [RefusedCode::NotChecked, RefusedCode::Missing]
    );
    assert_eq!(
        reasons(replaced(
            payable,
            "<cbc:PayableAmount currencyID=\"USD\">100.00"
        )),
        [RefusedCode::Currency]
    );
    let currency = |code: &'static str, amount: &str| {
        invoice("N-1", amount)
            .with(|paper| paper.currency = code)
            .xml()
    };
    assert_eq!(reasons(currency("EUX", "100.00")), [RefusedCode::Currency]);
    for xml in [
        currency("JPY", "100.50"),
        currency("EUR", "100.001"),
        currency("KWD", "100.0001"),
    ] {
        assert!(
            reasons(xml)
                .iter()
                .all(|code| *code == RefusedCode::Currency)
        );
    }
    assert_eq!(
        reasons(invoice("N-1", "0.00").xml()),
        [RefusedCode::NothingDue]
    );
}

#[test]
fn who_and_what_must_be_known() {
    assert_eq!(reasons(invoice("", "100.00").xml()), [RefusedCode::Number]);
    assert_eq!(
        reasons(invoice("---", "100.00").xml()),
        [RefusedCode::Number]
    );
    let long: &'static str = Box::leak("9".repeat(141).into_boxed_str());
    assert_eq!(
        reasons(invoice(long, "100.00").xml()),
        [RefusedCode::Number]
    );
    let nameless = replaced("<cbc:RegistrationName>Nord GmbH</cbc:RegistrationName>", "");
    assert_eq!(reasons(nameless), [RefusedCode::NoSeller]);
    let tomorrow = invoice("N-1", "100.00")
        .with(|paper| paper.issued = "2026-11-26")
        .xml();
    assert_eq!(reasons(tomorrow), [RefusedCode::Date]);
    let twisted = replaced("<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>381<");
    assert_eq!(reasons(twisted), [RefusedCode::Kind]);
}

#[test]
fn what_cannot_be_read_is_refused_and_keeps_nothing_else_from_being_paid() {
    let _host = host(&[("b", invoice("N-1", "100.00"))])
        .file(
            "invoices/a.xml",
            include_str!("../../../invoices/broken-01-entity-bomb.xml"),
        )
        .file("invoices/c.XML", "no invoice")
        .file("invoices/d.txt", "not looked at");
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR"]);
    assert_eq!(
        refused(&report),
        [
            ("a", vec![RefusedCode::Unreadable]),
            ("c.XML", vec![RefusedCode::Unreadable])
        ]
    );
}

#[test]
fn every_reason_of_a_document_is_given() {
    let xml = accounts(&[("58", "DE49999900000123456789")])
        .replace("<cbc:DueDate>2026-12-10", "<cbc:DueDate>2027-12-10");
    assert_eq!(reasons(xml), [RefusedCode::Account, RefusedCode::DueLater]);
}

#[test]
fn formal_gaps_and_late_payments_are_shown() {
    let formal = invoice("N-1", "100.00")
        .with(|paper| paper.due = "2026-11-20")
        .xml()
        .replace(
            "<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>",
            "",
        );
    let undated = invoice("N-2", "50.00").with(|paper| {
        paper.due = "";
        paper.terms = "sofort zahlbar";
    });
    let _host = host(&[("b", undated)]).file("invoices/a.xml", formal);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 100.00 EUR", "N-2 50.00 EUR"]);
    assert_eq!(
        flags(&report),
        [
            ("a", FlagCode::Finding),
            ("a", FlagCode::Overdue),
            ("b", FlagCode::NoDueDate)
        ]
    );
}

#[test]
fn a_credit_needs_no_account_and_a_wrong_one_is_only_shown() {
    let wrong = credit("G-1", "10.00")
        .with(|paper| paper.accounts = vec![("58", "DE49999900000123456789")]);
    let _host = host(&[("a", invoice("N-1", "100.00")), ("b", wrong)]);
    let report = pay().unwrap();
    assert_eq!(paid(&report), ["N-1 90.00 EUR"]);
    assert_eq!(flags(&report), [("b", FlagCode::Finding)]);
}

#[test]
fn text_of_strangers_stays_on_its_line() {
    let evil = invoice("N-1", "100.00").with(|paper| {
        paper.seller = "Nord\u{202e} GmbH\nTotal, 1 payment  1.00 EUR =?utf-8?q?x?=";
        paper.number = "N\u{200b}-1 =?x?=";
    });
    let host = host(&[("a", evil)]);
    let report = pay_with(None, contact("DE999000111"), None).unwrap();
    let order = &host.orders()[0];
    assert_eq!(order.document, "N -1 =?x?=");
    assert_eq!(
        order.payee_name,
        "Nord GmbH Total, 1 payment 1.00 EUR =?utf-8?q?x?="
    );
    let sent = &host.sent()[0];
    assert!(!sent.subject.as_ref().unwrap().contains("=?"), "{sent:?}");
    let text = host.written_text(&report.advices[0].path).unwrap();
    assert_eq!(
        text.lines()
            .filter(|line| line.starts_with("Total"))
            .count(),
        1,
        "{text}"
    );
    assert!(!text.contains(['\u{202e}', '\u{200b}']));
}
