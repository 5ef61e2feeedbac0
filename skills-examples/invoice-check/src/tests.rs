#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use guildhall_sdk::testing::FakeHost;

use crate::InvoiceCheck;
use crate::bindings::{
    AccountKind, CheckError, DocumentKind, FindingCode, Guest, History, Outcome, Report, Severity,
    Status, Verdict,
};

macro_rules! invoice {
    ($name:literal) => {
        include_str!(concat!("../../invoices/", $name, ".xml"))
    };
}

const CLEAN: &str = invoice!("de-01-two-rates");
const SAME_NUMBER: &str = invoice!("de-14-number-of-de-01");

fn host() -> FakeHost {
    FakeHost::new().now("2026-11-24T12:00:00Z")
}

fn check(path: &str) -> Result<Report, CheckError> {
    InvoiceCheck::check(path.to_owned())
}

fn codes(report: &Report) -> Vec<FindingCode> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_right_invoice_is_shown_as_it_is_with_nothing_found() {
    let _host = host().file("invoices/a.xml", CLEAN);
    let report = check("invoices/a.xml").unwrap();
    assert_eq!(
        (report.verdict, report.history),
        (Verdict::Clean, History::FirstTime)
    );
    assert_eq!(report.payable.unwrap().to_string(), "566.30 EUR");
    assert_eq!(report.owed.unwrap().to_string(), "566.30 EUR");
    assert_eq!(
        report.document.seller.name.as_deref(),
        Some("Nordlicht Bürobedarf GmbH")
    );
    assert_eq!(report.document.lines.len(), 3);
    assert_eq!(report.document.vat_breakdown.len(), 2);
    assert_eq!(report.document.accounts[0].kind, AccountKind::Iban);
    assert_eq!(
        report.document.accounts[0].payment_code.as_deref(),
        Some("58")
    );
    assert!(report.digest.starts_with("sha256:") && report.digest.len() == 71);
}

#[test]
fn a_report_says_how_far_it_can_be_trusted_and_never_that_an_account_is_somebodys() {
    let _host = host()
        .file("invoices/a.xml", CLEAN)
        .file("invoices/b.xml", SAME_NUMBER)
        .file("invoices/c.xml", invoice!("de-12-amount-due-wrong"));
    let clean = check("invoices/a.xml").unwrap();
    assert_eq!(clean.status, Status::Answered);
    assert_eq!(clean.as_of, "2026-11-24");
    assert!(
        clean.reason.contains("was not looked up"),
        "{}",
        clean.reason
    );
    assert_eq!(clean.sources[0].name, "The document itself");
    assert_eq!(clean.sources[0].date, "2026-09-03");
    assert!(
        clean
            .sources
            .iter()
            .any(|source| source.name.contains("EN 16931"))
    );
    let twice = check("invoices/b.xml").unwrap();
    assert_eq!(twice.status, Status::Disputed);
    let wrong = check("invoices/c.xml").unwrap();
    assert_eq!(wrong.status, Status::Answered);
    assert!(
        wrong.reason.contains("one error, the first at BT-115"),
        "{}",
        wrong.reason
    );
}

#[test]
fn a_report_of_a_document_that_was_not_checked_whole_is_out_of_scope() {
    // A line that says its quantity in words, more often than findings are listed.
    let (before, rest) = CLEAN.split_once("<cac:InvoiceLine>").unwrap();
    let (line, _) = rest.split_once("</cac:InvoiceLine>").unwrap();
    let (head, tail) = line.split_once("unitCode=").unwrap();
    let (unit, tail) = tail.split_once('>').unwrap();
    let (_, tail) = tail.split_once('<').unwrap();
    let line = format!("<cac:InvoiceLine>{head}unitCode={unit}>ten<{tail}</cac:InvoiceLine>");
    let text = format!("{before}{}</Invoice>", line.repeat(600));
    let _host = host().file("invoices/a.xml", text);
    let report = check("invoices/a.xml").unwrap();
    assert!(codes(&report).contains(&FindingCode::MoreFindings));
    assert_eq!(report.status, Status::OutOfScope);
}

#[test]
fn a_credit_note_is_owed_the_other_way_round() {
    let _host = host().file("invoices/a.xml", invoice!("de-03-credit-note"));
    let report = check("invoices/a.xml").unwrap();
    assert_eq!(report.document.kind, DocumentKind::CreditNote);
    assert_eq!(report.payable.unwrap().to_string(), "95.08 EUR");
    assert_eq!(report.owed.unwrap().to_string(), "-95.08 EUR");
}

#[test]
fn money_has_the_decimal_places_of_its_currency_or_is_none() {
    for (text, expected) in [
        (invoice!("jp-01-yen"), Some("135476 JPY")),
        (invoice!("kw-01-dinar"), Some("264.875 KWD")),
        (invoice!("be-01-negative-invoice"), Some("-735.44 EUR")),
        (invoice!("gb-11-unknown-currency"), None),
        (invoice!("jp-11-yen-with-decimals"), None),
    ] {
        let _host = host().file("invoices/a.xml", text);
        let payable = check("invoices/a.xml").unwrap().payable;
        assert_eq!(payable.map(|money| money.to_string()).as_deref(), expected);
    }
}

#[test]
fn errors_are_findings_and_the_document_is_still_there() {
    let _host = host().file("invoices/a.xml", invoice!("it-11-iban-check-digits"));
    let report = check("invoices/a.xml").unwrap();
    assert_eq!(report.verdict, Verdict::Errors);
    assert_eq!(codes(&report), [FindingCode::IbanCheckDigits]);
    assert_eq!(report.findings[0].place, "account 1");
    assert_eq!(report.document.accounts[0].kind, AccountKind::BadIban);
    let _host = host().file("invoices/a.xml", invoice!("fr-12-vat-rounded-by-line"));
    assert_eq!(check("invoices/a.xml").unwrap().verdict, Verdict::Warnings);
}

#[test]
fn the_same_file_again_is_no_duplicate_and_says_when_it_was_seen() {
    let host = host()
        .file("invoices/a.xml", CLEAN)
        .file("invoices/copy.xml", CLEAN);
    check("invoices/a.xml").unwrap();
    let host = host.now("2026-12-01T08:00:00Z");
    let again = check("invoices/copy.xml").unwrap();
    assert_eq!(
        (again.verdict, again.history),
        (Verdict::Clean, History::SeenAgain)
    );
    assert_eq!(again.first_seen.as_deref(), Some("2026-11-24T12:00:00Z"));
    drop(host);
}

#[test]
fn another_document_with_the_number_is_a_duplicate_and_does_not_replace_the_first() {
    let host = host()
        .file("invoices/a.xml", CLEAN)
        .file("invoices/b.xml", SAME_NUMBER);
    check("invoices/a.xml").unwrap();
    let _host = host.now("2026-12-01T08:00:00Z");
    for _ in 0..2 {
        let other = check("invoices/b.xml").unwrap();
        assert_eq!(
            (other.verdict, other.history),
            (Verdict::Errors, History::OtherContent)
        );
        assert_eq!(codes(&other), [FindingCode::Duplicate]);
        assert_eq!(other.findings[0].severity, Severity::Error);
        assert!(
            other.findings[0]
                .message
                .contains("2026-11-24T12:00:00Z (`invoices/a.xml`)")
        );
        assert_eq!(other.first_seen.as_deref(), Some("2026-11-24T12:00:00Z"));
    }
    assert_eq!(check("invoices/a.xml").unwrap().history, History::SeenAgain);
}

#[test]
fn a_duplicate_is_recognised_in_another_spelling_and_with_an_identifier_left_out() {
    let spelled = SAME_NUMBER
        .replace("NB-2026-0117", " nb 2026/0117")
        .replace("DE999000111", "DE 999 000 111");
    let without_vat = CLEAN.replace("<cbc:CompanyID>DE999000111</cbc:CompanyID>", "");
    let _host = host()
        .file("invoices/a.xml", CLEAN)
        .file("invoices/b.xml", spelled)
        .file("invoices/c.xml", without_vat);
    check("invoices/a.xml").unwrap();
    assert_eq!(
        check("invoices/b.xml").unwrap().history,
        History::OtherContent
    );
    assert_eq!(
        check("invoices/c.xml").unwrap().history,
        History::OtherContent
    );
}

#[test]
fn another_seller_or_kind_with_the_number_is_no_duplicate() {
    let seller = CLEAN
        .replace("DE999000111", "DE999000112")
        .replace("HRB 990011", "HRB 990012");
    let kind = invoice!("de-03-credit-note").replace("NB-G-2026-0009", "NB-2026-0117");
    let _host = host()
        .file("invoices/a.xml", CLEAN)
        .file("invoices/b.xml", seller)
        .file("invoices/c.xml", kind);
    for path in ["invoices/a.xml", "invoices/b.xml", "invoices/c.xml"] {
        assert_eq!(check(path).unwrap().history, History::FirstTime, "{path}");
    }
}

#[test]
fn a_document_without_a_number_is_not_recorded() {
    let _host = host().file("invoices/a.xml", invoice!("gb-12-no-number-no-seller"));
    for _ in 0..2 {
        assert_eq!(
            check("invoices/a.xml").unwrap().history,
            History::NotRecorded
        );
    }
}

#[test]
fn the_store_holds_neither_seller_nor_number() {
    let host = host().file("invoices/a.xml", CLEAN);
    check("invoices/a.xml").unwrap();
    let keys = guildhall_sdk::state::keys("").unwrap();
    assert_eq!(keys.len(), 2, "one for each identifier of the seller");
    for key in keys {
        let value = String::from_utf8(host.state(&key).unwrap()).unwrap();
        assert!(
            !format!("{key}{value}").contains("0117") && !value.contains("DE999"),
            "{key} {value}"
        );
    }
}

#[test]
fn a_date_in_the_future_is_found_by_the_hosts_clock() {
    let _host = host()
        .file("invoices/a.xml", CLEAN)
        .now("2026-09-01T23:59:59Z");
    assert_eq!(
        codes(&check("invoices/a.xml").unwrap()),
        [FindingCode::FutureDate]
    );
    let _host = host()
        .file("invoices/a.xml", CLEAN)
        .now("2026-09-02T00:00:00Z");
    assert_eq!(codes(&check("invoices/a.xml").unwrap()), []);
}

#[test]
fn what_cannot_be_read_is_a_typed_failure() {
    let _host = host()
        .file("invoices/bomb.xml", invoice!("broken-01-entity-bomb"))
        .file("invoices/letter.xml", invoice!("broken-05-not-xml"));
    assert!(matches!(
        check("invoices/none.xml"),
        Err(CheckError::NotReadable(_))
    ));
    assert!(matches!(
        check("other/a.xml"),
        Err(CheckError::NotReadable(_))
    ));
    for (path, word) in [
        ("invoices/bomb.xml", "<!DOCTYPE"),
        ("invoices/letter.xml", "no XML"),
    ] {
        match check(path) {
            Err(CheckError::NotAnInvoice(message)) => assert!(message.contains(word), "{message}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(guildhall_sdk::state::keys("").unwrap().is_empty());
}

#[test]
fn a_folder_is_checked_file_by_file_and_one_bad_file_stops_nothing() {
    let _host = host()
        .file("invoices/2026/a.xml", CLEAN)
        .file("invoices/2026/b.XML", SAME_NUMBER)
        .file("invoices/bomb.xml", invoice!("broken-01-entity-bomb"))
        .file("invoices/notes.txt", "not looked at");
    let entries = InvoiceCheck::check_folder("invoices".to_owned()).unwrap();
    let paths: Vec<_> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "invoices/2026/a.xml",
            "invoices/2026/b.XML",
            "invoices/bomb.xml"
        ]
    );
    match [
        &entries[0].outcome,
        &entries[1].outcome,
        &entries[2].outcome,
    ] {
        [
            Outcome::Checked(first),
            Outcome::Checked(second),
            Outcome::Unreadable(_),
        ] => {
            assert_eq!(
                (first.verdict, first.history),
                (Verdict::Clean, History::FirstTime)
            );
            assert_eq!(
                (second.verdict, second.history),
                (Verdict::Errors, History::OtherContent)
            );
        }
        other => panic!("{other:?}"),
    }
}
