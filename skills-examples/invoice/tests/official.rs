//! The official EN 16931 examples (EUPL-1.2, never committed here), read from beside the repository.
//!
//! The table was worked out from the files by hand and with another program, not taken from what this crate says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use guildhall_invoice::{Kind, check, read};

struct Case {
    file: &'static str,
    kind: Kind,
    /// Amount due with its sign, as the document writes it.
    payable: &'static str,
    currency: &'static str,
    lines: usize,
    accounts: usize,
    findings: &'static [&'static str],
}

const fn invoice(
    file: &'static str,
    payable: &'static str,
    currency: &'static str,
    [lines, accounts]: [usize; 2],
    findings: &'static [&'static str],
) -> Case {
    Case {
        file,
        kind: Kind::Invoice,
        payable,
        currency,
        lines,
        accounts,
        findings,
    }
}

const CASES: &[Case] = &[
    // SEPA transfer (58) to something that is no IBAN; -1 kWh at 625,743.54.
    invoice(
        "BIS3_Invoice_negativ.XML",
        "-782179.43",
        "DKK",
        [1, 1],
        &["iban-expected@account 1"],
    ),
    invoice(
        "BIS3_Invoice_positive.XML",
        "782179.43",
        "DKK",
        [1, 1],
        &["iban-expected@account 1"],
    ),
    // Line 20: 6 at 18.33 is written as -109.98. The totals count it as -109.98.
    invoice(
        "guide-example1.xml",
        "250.33",
        "EUR",
        [20, 2],
        &["line-net@line 20"],
    ),
    // Lines: 2 at 800.00 written as 400.00. DK12 1234… has wrong check digits.
    invoice(
        "guide-example3.xml",
        "1125.00",
        "DKK",
        [2, 1],
        &[
            "iban-check-digits@account 1",
            "line-net@line 1",
            "line-net@line 2",
        ],
    ),
    invoice("issue116.xml", "830", "SEK", [4, 0], &[]),
    // Split payment: the VAT counts as paid already.
    invoice("it-with-attachment-3mb.xml", "1246.00", "EUR", [1, 1], &[]),
    invoice("sample-discount-price.xml", "15.15", "EUR", [1, 0], &[]),
    Case {
        file: "ubl-tc434-creditnote1.xml",
        kind: Kind::CreditNote,
        payable: "100.11",
        currency: "EUR",
        lines: 1,
        accounts: 1,
        findings: &[],
    },
    invoice(
        "ubl-tc434-example1.xml",
        "250.33",
        "EUR",
        [20, 2],
        &["line-net@line 20"],
    ),
    invoice(
        "ubl-tc434-example10.xml",
        "250.33",
        "EUR",
        [20, 2],
        &["line-net@line 20"],
    ),
    // Line 1: 2 at 1273.00 written as 1273.00. Line 3: 2.70 - 0.27 is not 2.48.
    invoice(
        "ubl-tc434-example2.xml",
        "801.78",
        "NOK",
        [5, 1],
        &["line-net@line 1", "gross-price@line 3"],
    ),
    invoice(
        "ubl-tc434-example3.xml",
        "2005.00",
        "DKK",
        [2, 1],
        &[
            "iban-check-digits@account 1",
            "line-net@line 1",
            "line-net@line 2",
        ],
    ),
    // Direct debit: the account in it is the buyer's, not one to pay to.
    invoice("ubl-tc434-example5.xml", "2337.50", "DKK", [3, 0], &[]),
    invoice("ubl-tc434-example6.xml", "4675.00", "DKK", [3, 0], &[]),
    // A Swedish IBAN has 24 characters, this one 18.
    invoice(
        "ubl-tc434-example7.xml",
        "3200.00",
        "SEK",
        [2, 1],
        &["iban-length@account 1"],
    ),
];

/// Where the examples are; none where they are not.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("GUILDHALL_EN16931_EXAMPLES").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/en16931-examples"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

#[test]
fn the_official_examples_read_as_the_table_says_and_none_is_left_out() {
    let Some(folder) = folder() else {
        println!(
            "NOT CHECKED: the official EN 16931 examples are not here (../shared/data/en16931-examples)"
        );
        return;
    };
    let listed: BTreeSet<String> = CASES.iter().map(|case| case.file.to_owned()).collect();
    let present: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.to_ascii_lowercase().ends_with(".xml"))
        .collect();
    assert_eq!(
        present, listed,
        "each file of the folder is in the table, and each file of the table in the folder"
    );
    for case in CASES {
        let bytes = std::fs::read(folder.join(case.file)).unwrap();
        let document = read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", case.file));
        assert_eq!(document.kind, case.kind, "{}", case.file);
        let payable = document.totals.payable.as_ref().unwrap();
        assert_eq!(payable.number.raw, case.payable, "{}", case.file);
        assert_eq!(
            payable.currency.as_deref(),
            Some(case.currency),
            "{}",
            case.file
        );
        assert_eq!(
            document.currency.as_deref(),
            Some(case.currency),
            "{}",
            case.file
        );
        assert_eq!(document.lines.len(), case.lines, "{}", case.file);
        assert_eq!(document.accounts.len(), case.accounts, "{}", case.file);
        let findings: Vec<_> = check(&document)
            .iter()
            .map(|finding| format!("{}@{}", finding.code.as_str(), finding.place))
            .collect();
        assert_eq!(findings, case.findings, "{}", case.file);
    }
    println!("{} official examples checked", CASES.len());
}

#[test]
fn the_official_examples_give_what_is_owed_its_sign() {
    let Some(folder) = folder() else {
        println!("NOT CHECKED: the official EN 16931 examples are not here");
        return;
    };
    for (file, owed) in [
        ("BIS3_Invoice_negativ.XML", "-782179.43"),
        ("BIS3_Invoice_positive.XML", "782179.43"),
        ("ubl-tc434-creditnote1.xml", "-100.11"),
    ] {
        let document = read(&std::fs::read(folder.join(file)).unwrap()).unwrap();
        assert_eq!(document.owed().unwrap().to_string(), owed, "{file}");
    }
}

#[test]
fn the_attachment_of_the_large_example_is_measured_and_not_kept() {
    let Some(folder) = folder() else {
        println!("NOT CHECKED: the official EN 16931 examples are not here");
        return;
    };
    let document =
        read(&std::fs::read(folder.join("it-with-attachment-3mb.xml")).unwrap()).unwrap();
    let [attachment] = document.attachments.as_slice() else {
        panic!("{:?}", document.attachments);
    };
    assert_eq!(
        attachment.filename.as_deref(),
        Some("mappatura_ubl_sdi.pdf")
    );
    assert_eq!(attachment.media_type.as_deref(), Some("application/pdf"));
    assert!(
        (2_400_000..2_470_000).contains(&attachment.embedded_bytes.unwrap()),
        "{attachment:?}"
    );
    assert!(
        format!("{document:?}").len() < 20_000,
        "nothing of it is in the document"
    );
}
