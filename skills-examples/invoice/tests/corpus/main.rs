//! The repository's own invoices: made here, kept in `skills-examples/invoices`, read back and checked.
//!
//! `GUILDHALL_WRITE_CORPUS=1 cargo test -p guildhall-invoice --test corpus` writes the folder anew.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod broken;
mod clean;
mod companies;
mod planted;
mod render;
mod spec;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use guildhall_invoice::{ReadError, Severity, check, read};
use serde::Deserialize;

use crate::render::render;
use crate::spec::Spec;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../invoices")
}

fn specs() -> Vec<Spec> {
    clean::specs().into_iter().chain(planted::specs()).collect()
}

/// Every file of the folder as it must be.
fn files() -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = specs()
        .iter()
        .map(|spec| (spec.file.to_owned(), render(spec)))
        .collect();
    assert_eq!(files.len(), specs().len(), "no two documents have one name");
    for (file, content, _, _) in broken::FILES {
        files.insert((*file).to_owned(), (*content).to_owned());
    }
    files.insert("EXPECTED.toml".to_owned(), expected());
    files
}

/// The table of what a check must find. The findings are written by hand beside each planted error.
fn expected() -> String {
    let mut out = String::from(
        "# What reading and checking each file must give: the amount due as the document writes it, and every finding\n\
         # as CODE@PLACE, in order of the document; what is not marked as a warning is an error.\n\
         # Made by invoice/tests/corpus, where each error is planted.\n",
    );
    for spec in specs() {
        let text = render(&spec);
        let amount = text.split("<cbc:PayableAmount").nth(1).unwrap();
        let payable = amount.split(['>', '<']).nth(1).unwrap();
        let currency = text
            .split("<cbc:DocumentCurrencyCode>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        let _ = write!(
            out,
            "\n[\"{}\"] # {}\npayable = \"{payable}\"\ncurrency = \"{currency}\"\n",
            spec.file, spec.about
        );
        let _ = writeln!(out, "findings = {:?}", spec.findings);
    }
    for (file, _, about, error) in broken::FILES {
        let _ = write!(out, "\n[\"{file}\"] # {about}\nerror = \"{error}\"\n");
    }
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    payable: Option<String>,
    currency: Option<String>,
    findings: Option<Vec<String>>,
    error: Option<String>,
}

fn error_word(error: &ReadError) -> &'static str {
    match error {
        ReadError::TooLarge { .. } => "too-large",
        ReadError::Encoding { .. } => "encoding",
        ReadError::Malformed { .. } => "malformed",
        ReadError::DocumentType => "document-type",
        ReadError::Entity { .. } => "entity",
        ReadError::TooDeep => "too-deep",
        ReadError::TooManyElements => "too-many-elements",
        ReadError::TooManyAttributes => "too-many-attributes",
        ReadError::NotAnInvoice { .. } => "not-an-invoice",
    }
}

#[test]
fn the_folder_holds_exactly_what_the_generator_makes() {
    let files = files();
    if std::env::var_os("GUILDHALL_WRITE_CORPUS").is_some() {
        std::fs::create_dir_all(folder()).unwrap();
        for (name, content) in &files {
            std::fs::write(folder().join(name), content).unwrap();
        }
    }
    let present: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(present, files.keys().cloned().collect());
    for (name, content) in files {
        assert_eq!(
            std::fs::read_to_string(folder().join(&name)).unwrap(),
            content,
            "{name}"
        );
    }
}

#[test]
fn every_file_reads_and_checks_as_expected_with_nothing_missing_and_nothing_more() {
    let table = std::fs::read_to_string(folder().join("EXPECTED.toml")).unwrap();
    let table: BTreeMap<String, Expected> = toml::from_str(&table).unwrap();
    let mut wrong = Vec::new();
    for (file, expected) in table {
        let bytes = std::fs::read(folder().join(&file)).unwrap();
        let document = match read(&bytes) {
            Err(error) => {
                assert_eq!(
                    Some(error_word(&error)),
                    expected.error.as_deref(),
                    "{file}: {error}"
                );
                continue;
            }
            Ok(document) => document,
        };
        assert_eq!(expected.error, None, "{file}");
        assert_eq!(
            document
                .totals
                .payable
                .as_ref()
                .map(|amount| amount.number.raw.clone()),
            expected.payable,
            "{file}"
        );
        assert_eq!(document.currency, expected.currency, "{file}");
        let findings = check(&document);
        let found: Vec<String> = findings
            .iter()
            .map(|finding| match finding.severity {
                Severity::Error => format!("{}@{}", finding.code.as_str(), finding.place),
                Severity::Warning => {
                    format!("{}@{} (warning)", finding.code.as_str(), finding.place)
                }
            })
            .collect();
        if found != expected.findings.unwrap_or_default() {
            wrong.push(format!(
                "{file}:\n  {}",
                findings
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("\n  ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_owed_is_the_amount_due_of_an_invoice_and_its_opposite_for_a_credit_note() {
    for (file, owed) in [
        ("de-01-two-rates.xml", "566.30"),
        ("be-01-negative-invoice.xml", "-735.44"),
        ("no-01-credit-note-two-rates.xml", "-14028.10"),
        ("us-11-credit-note-turned-twice.xml", "136.00"),
    ] {
        let document = read(&std::fs::read(folder().join(file)).unwrap()).unwrap();
        assert_eq!(document.owed(), Some(crate::spec::d(owed)), "{file}");
    }
}

#[test]
fn the_corpus_is_broad_enough() {
    let specs = specs();
    let count =
        |pick: fn(&Spec) -> &'static str| specs.iter().map(pick).collect::<BTreeSet<_>>().len();
    assert!(specs.len() >= 30);
    assert!(
        specs
            .iter()
            .filter(|spec| !spec.findings.is_empty())
            .count()
            * 5
            >= specs.len() * 2
    );
    assert!(count(|spec| spec.seller.country) >= 12);
    assert!(count(|spec| spec.currency) >= 9);
    assert!(specs.iter().filter(|spec| spec.credit_note).count() >= 3);
}
