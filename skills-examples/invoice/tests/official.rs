//! The official EN 16931 examples (EUPL-1.2, never committed here), read from beside the repository.
//!
//! The table was worked out from the files by hand and with another program, not taken from what this crate says.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use guildhall_invoice::{Kind, check, read};
use serde::Deserialize;

/// What is known of one example; `tests/accuracy/invoice-check.py` reads the same table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    kind: String,
    /// Amount due with its sign, as the document writes it.
    payable: String,
    currency: String,
    lines: usize,
    accounts: usize,
    findings: Vec<String>,
}

fn cases() -> BTreeMap<String, Case> {
    toml::from_str(include_str!("official.toml")).unwrap()
}

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
    let cases = cases();
    let listed: BTreeSet<String> = cases.keys().cloned().collect();
    let present: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.to_ascii_lowercase().ends_with(".xml"))
        .collect();
    assert_eq!(
        present, listed,
        "each file of the folder is in the table, and each file of the table in the folder"
    );
    for (file, case) in &cases {
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let document = read(&bytes).unwrap_or_else(|error| panic!("{file}: {error}"));
        let is_credit_note = document.kind == Kind::CreditNote;
        assert_eq!(is_credit_note, case.kind == "credit-note", "{file}");
        let payable = document.totals.payable.as_ref().unwrap();
        assert_eq!(payable.number.raw, case.payable, "{file}");
        assert_eq!(
            payable.currency.as_deref(),
            Some(case.currency.as_str()),
            "{file}"
        );
        assert_eq!(
            document.currency.as_deref(),
            Some(case.currency.as_str()),
            "{file}"
        );
        assert_eq!(document.lines.len(), case.lines, "{file}");
        assert_eq!(document.accounts.len(), case.accounts, "{file}");
        let findings: Vec<_> = check(&document)
            .iter()
            .map(|finding| format!("{}@{}", finding.code.as_str(), finding.place))
            .collect();
        assert_eq!(findings, case.findings, "{file}");
    }
    println!("{} official examples checked", cases.len());
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
