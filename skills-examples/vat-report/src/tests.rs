#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use guildhall_invoice::Decimal;
use guildhall_sdk::testing::FakeHost;
use guildhall_vat::{Reason, Share, Sum, Sums};
use proptest::prelude::*;

use crate::VatReport;
use crate::bindings::{Guest, LeftOutReason, ReportError, VatSummary};
use crate::tables::harmless;

macro_rules! invoice {
    ($name:literal) => {
        include_str!(concat!("../../invoices/", $name, ".xml"))
    };
}

const CLEAN: &str = invoice!("de-01-two-rates");

fn host(files: &[(&str, &str)]) -> FakeHost {
    files
        .iter()
        .fold(FakeHost::new().writable("reports"), |host, (name, text)| {
            host.file(&format!("invoices/{name}"), text)
        })
}

fn report() -> Result<VatSummary, ReportError> {
    VatReport::report("invoices".to_owned(), "reports/vat".to_owned())
}

fn rows(summary: &VatSummary) -> Vec<String> {
    summary
        .rows
        .iter()
        .map(|row| {
            format!(
                "{} {} n={} {} + {} = {}",
                row.category, row.rate, row.documents, row.taxable, row.vat, row.total
            )
        })
        .collect()
}

#[test]
fn rows_are_summed_by_currency_category_and_rate_and_credit_notes_take_away() {
    let host = host(&[
        ("a.xml", CLEAN),
        ("b.xml", invoice!("de-03-credit-note")),
        ("c.xml", invoice!("kw-01-dinar")),
        ("d.xml", invoice!("jp-01-yen")),
        ("e.xml", invoice!("nl-01-reverse-charge")),
    ]);
    let summary = report().unwrap();
    assert_eq!(
        rows(&summary),
        [
            "AE 0 n=1 3600.00 EUR + 0.00 EUR = 3600.00 EUR",
            "S 7 n=1 69.16 EUR + 4.84 EUR = 74.00 EUR",
            // 413.70 - 79.90, 78.60 - 15.18
            "S 19 n=2 333.80 EUR + 63.42 EUR = 397.22 EUR",
            "S 8 n=1 16205 JPY + 1296 JPY = 17501 JPY",
            "S 10 n=1 107250 JPY + 10725 JPY = 117975 JPY",
            "O 0 n=1 264.875 KWD + 0.000 KWD = 264.875 KWD",
        ]
    );
    assert_eq!((summary.counted, summary.left_out.len()), (5, 0));
    assert_eq!(
        summary.files,
        [
            "reports/vat.csv",
            "reports/vat-documents.csv",
            "reports/vat.json"
        ]
    );
    assert_eq!(host.writes(), summary.files);
    let csv = host.written_text("reports/vat.csv").unwrap();
    assert!(csv.starts_with("currency,category,rate,documents,taxable,vat,total\r\n"));
    assert!(
        csv.contains("\r\nEUR,S,19,2,333.80,63.42,397.22\r\n"),
        "{csv}"
    );
}

#[test]
fn vat_in_the_currency_of_the_tax_authority_is_summed_beside() {
    let _host = host(&[("a.xml", invoice!("pl-02-vat-in-zloty"))]);
    let summary = report().unwrap();
    let second: Vec<_> = summary
        .vat_in_tax_currency
        .iter()
        .map(ToString::to_string)
        .collect();
    // 438.15 EUR at 4.2518
    assert_eq!(second, ["1862.93 PLN"]);
}

#[test]
fn what_cannot_be_summed_is_left_out_with_the_reason_and_keeps_nothing_else_out() {
    let mixed = CLEAN.replacen(
        "<cbc:TaxableAmount currencyID=\"EUR\">",
        "<cbc:TaxableAmount currencyID=\"USD\">",
        1,
    );
    let host = host(&[
        ("a.xml", CLEAN),
        ("b.xml", invoice!("broken-01-entity-bomb")),
        ("c.xml", invoice!("gb-11-unknown-currency")),
        ("d.xml", invoice!("de-14-number-of-de-01")),
        ("e.xml", &mixed.replace("NB-2026-0117", "NB-1")),
        ("f.xml", invoice!("broken-05-not-xml")),
        ("g.txt", "not looked at"),
    ]);
    let summary = report().unwrap();
    let left_out: Vec<_> = summary
        .left_out
        .iter()
        .map(|each| (each.path.as_str(), each.reason))
        .collect();
    assert_eq!(
        left_out,
        [
            ("invoices/b.xml", LeftOutReason::Unreadable),
            ("invoices/c.xml", LeftOutReason::UnknownCurrency),
            ("invoices/d.xml", LeftOutReason::Contradiction),
            ("invoices/e.xml", LeftOutReason::UnclearVat),
            ("invoices/f.xml", LeftOutReason::Unreadable),
        ]
    );
    assert_eq!(summary.counted, 1);
    let json = host.written_text("reports/vat.json").unwrap();
    assert!(
        json.contains("\"reason\": \"contradiction\"") && json.contains("<!DOCTYPE"),
        "{json}"
    );
    let csv = host.written_text("reports/vat-documents.csv").unwrap();
    assert_eq!(csv.lines().count(), 7);
    assert!(csv.contains("invoices/b.xml,,,,,,,,,no,"), "{csv}");
}

#[test]
fn a_document_with_errors_counts_as_it_is_written_and_is_listed() {
    let _host = host(&[("a.xml", invoice!("fr-11-vat-too-high"))]);
    let summary = report().unwrap();
    assert_eq!(
        rows(&summary),
        ["S 20 n=1 2150.00 EUR + 530.00 EUR = 2680.00 EUR"]
    );
    assert_eq!(summary.with_errors[0].path, "invoices/a.xml");
    assert!(
        summary.with_errors[0].errors[0].contains("430.00"),
        "{:?}",
        summary.with_errors
    );
}

#[test]
fn sums_that_would_overflow_leave_the_document_out_whole() {
    let key = |rate: i64| ("EUR".to_owned(), "S".to_owned(), Decimal::from(rate));
    let share = |rows: &[(i64, i64)]| {
        let row = |(rate, taxable): &(i64, i64)| {
            (
                key(*rate),
                Sum {
                    documents: 1,
                    taxable: *taxable,
                    vat: 0,
                },
            )
        };
        Share {
            rows: rows.iter().map(row).collect(),
            in_tax_currency: None,
        }
    };
    let mut sums = Sums::default();
    sums.add(&share(&[(7, i64::MAX)])).unwrap();
    let before = sums.rows();
    assert_eq!(
        sums.add(&share(&[(5, 1), (7, 1)])).unwrap_err().0,
        Reason::TooLarge
    );
    assert_eq!(
        sums.rows(),
        before,
        "not even the row that would have fitted was added"
    );
    sums.add(&share(&[(5, 1), (7, -1)])).unwrap();
}

#[test]
fn a_corrected_document_counts_where_the_first_one_could_not() {
    let unclear = CLEAN.replacen(
        "<cbc:TaxableAmount currencyID=\"EUR\">",
        "<cbc:TaxableAmount currencyID=\"USD\">",
        1,
    );
    let _host = host(&[("a.xml", &unclear), ("b.xml", CLEAN), ("c.xml", CLEAN)]);
    let summary = report().unwrap();
    let left_out: Vec<_> = summary
        .left_out
        .iter()
        .map(|each| (each.path.as_str(), each.reason))
        .collect();
    assert_eq!(
        left_out,
        [
            ("invoices/a.xml", LeftOutReason::UnclearVat),
            ("invoices/c.xml", LeftOutReason::Duplicate)
        ]
    );
    assert_eq!(summary.counted, 1);
}

#[test]
fn a_number_of_another_year_is_a_document_of_its_own() {
    let earlier = CLEAN.replace("IssueDate>2026-", "IssueDate>2025-");
    let _host = host(&[("a.xml", CLEAN), ("b.xml", &earlier), ("c.xml", &earlier)]);
    let summary = report().unwrap();
    assert_eq!(summary.counted, 2);
    let left_out = &summary.left_out[0];
    assert_eq!(
        (left_out.path.as_str(), left_out.reason),
        ("invoices/c.xml", LeftOutReason::Duplicate)
    );
    assert!(left_out.message.contains("invoices/b.xml"), "{left_out:?}");
}

#[test]
fn text_of_documents_is_never_a_formula() {
    for text in [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r\n=1", "＝1", "|calc", "%0A=1",
    ] {
        let cell = harmless(text);
        assert!(cell.starts_with('\''), "{text:?} {cell:?}");
    }
    assert_eq!(harmless("Nordlicht = Licht"), "Nordlicht = Licht");
    let evil = CLEAN
        .replace(
            "Nordlicht Bürobedarf GmbH",
            "=HYPERLINK(&quot;http://example.org&quot;,&quot;open&quot;)",
        )
        .replace("NB-2026-0117", "-2+3\n\",x");
    let host = host(&[("a.xml", &evil), ("=b.xml", "no invoice")]);
    report().unwrap();
    let csv = host.written_text("reports/vat-documents.csv").unwrap();
    assert!(
        csv.contains("\"'=HYPERLINK(\"\"http://example.org\"\",\"\"open\"\")\""),
        "{csv}"
    );
    assert!(csv.contains("\"'-2+3 \"\",x\""), "{csv}");
    assert_eq!(csv.lines().count(), 3);
}

#[test]
fn without_grants_or_invoices_the_failure_says_which() {
    let no_read = FakeHost::new().writable("reports");
    assert!(matches!(report(), Err(ReportError::NotReadable(_))));
    drop(no_read);
    let empty = FakeHost::new().writable("reports").readable("invoices");
    assert!(matches!(report(), Err(ReportError::NoInvoices(_))));
    drop(empty);
    let _no_write = FakeHost::new().file("invoices/a.xml", CLEAN);
    assert!(matches!(report(), Err(ReportError::NotWritable(_))));
}

proptest! {
    #[test]
    fn no_cell_begins_a_formula_or_a_new_line(text in "\\PC{0,30}|[=+@|%\\t\\r\\n -]{0,4}.{0,10}") {
        let cell = harmless(&text);
        prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']));
        prop_assert!(!cell.contains(['\n', '\r']));
    }

    #[test]
    fn the_order_of_files_does_not_change_the_sums(order in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle()) {
        let texts = [CLEAN, invoice!("de-03-credit-note"), invoice!("fr-01-line-allowances"), invoice!("be-01-negative-invoice"), invoice!("it-02-three-rates-two-accounts")];
        let sums = |order: &[usize]| {
            let mut collection = crate::collect::Collection::default();
            for at in order {
                let document = guildhall_invoice::read(texts[*at].as_bytes()).unwrap();
                collection.add(format!("{at}.xml"), Ok(document));
            }
            rows(&collection.summary())
        };
        prop_assert_eq!(sums(&order), sums(&[0, 1, 2, 3, 4]));
    }
}
