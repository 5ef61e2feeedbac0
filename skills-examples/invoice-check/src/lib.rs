//! Checks invoices and credit notes, as a skill.
//!
//! `guildhall-invoice` reads and checks; `memory` recognises documents that were seen before; `shown` turns the result into
//! the types of the world. This file asks the host.

mod answer;
mod memory;
mod shown;
#[cfg(test)]
mod tests;

use bindings::{
    CheckError, Finding, FolderEntry, Guest, History, Outcome, Report, Summary, Verdict,
};
use guildhall_invoice::{Document, check_against_today, parse_date};
use guildhall_sdk::{Refusal, context, files, log};

use crate::answer::Answer;
use crate::memory::{Digest, Memory, Seen};

/// Files of a folder that are checked in one run; the host bounds runs too, but without a word to the merchant.
const MAX_FILES: usize = 1_000;

struct InvoiceCheck;

guildhall_sdk::skill!(InvoiceCheck);

impl Guest for InvoiceCheck {
    fn check(path: String) -> Result<Report, CheckError> {
        let bytes = files::read(&path).map_err(not_readable)?;
        let checked = checked(&path, &bytes)?.map_err(CheckError::NotAnInvoice)?;
        let document = &checked.document;
        Ok(Report {
            path,
            digest: checked.digest.to_string(),
            verdict: verdict(&checked.findings),
            payable: shown::money(document, document.payable()),
            owed: shown::money(document, document.owed()),
            history: checked.history,
            first_seen: checked.first_seen,
            document: shown::document(document),
            findings: checked.findings,
            status: checked.answer.status,
            sources: checked.answer.sources,
            as_of: checked.answer.as_of,
            reason: checked.answer.reason,
        })
    }

    fn check_folder(folder: String) -> Result<Vec<FolderEntry>, CheckError> {
        let mut entries = files::list_recursive(&folder).map_err(not_readable)?;
        entries.retain(|entry| entry.path.to_ascii_lowercase().ends_with(".xml"));
        if entries.len() > MAX_FILES {
            return Err(CheckError::NotReadable(format!(
                "The folder has {} files; at most {MAX_FILES} are checked at once. Pass a folder inside it.",
                entries.len()
            )));
        }
        entries
            .into_iter()
            .map(|entry| {
                let outcome = one_of_many(&entry.path)?;
                Ok(FolderEntry {
                    path: entry.path,
                    outcome,
                })
            })
            .collect()
    }
}

/// One file of a folder: what is wrong with it does not keep the others from being checked.
fn one_of_many(path: &str) -> Result<Outcome, CheckError> {
    let bytes = match files::read(path) {
        Ok(bytes) => bytes,
        Err(refusal) => return Ok(Outcome::Unreadable(refusal.message)),
    };
    Ok(match checked(path, &bytes)? {
        Err(why) => Outcome::Unreadable(why),
        Ok(checked) => Outcome::Checked(Summary {
            kind: shown::kind(checked.document.kind),
            number: checked.document.number.clone(),
            seller: checked.document.seller.name.clone(),
            verdict: verdict(&checked.findings),
            owed: shown::money(&checked.document, checked.document.owed()),
            history: checked.history,
            first_seen: checked.first_seen,
            findings: checked.findings,
            status: checked.answer.status,
            sources: checked.answer.sources,
            as_of: checked.answer.as_of,
            reason: checked.answer.reason,
        }),
    })
}

/// A document with all that is known of it.
struct Checked {
    document: Document,
    digest: Digest,
    findings: Vec<Finding>,
    history: History,
    first_seen: Option<String>,
    answer: Answer,
}

/// Outer error: the run cannot go on. Inner error: this file is no invoice.
fn checked(path: &str, bytes: &[u8]) -> Result<Result<Checked, String>, CheckError> {
    let document = match guildhall_invoice::read(bytes) {
        Ok(document) => document,
        Err(error) => {
            log::info!("{path}: {error}");
            return Ok(Err(format!(
                "This is no invoice that can be read: {error}."
            )));
        }
    };
    let today = parse_date(&context::today().to_string());
    let found = match today {
        Some(today) => check_against_today(&document, today),
        None => guildhall_invoice::check(&document),
    };
    let digest = Digest::of(bytes);
    let seen = Memory::of(&document)
        .see(&digest, path)
        .map_err(no_memory)?;
    let (history, first_seen, duplicate) = match seen {
        Seen::Unknown => (History::NotRecorded, None, None),
        Seen::First => (History::FirstTime, None, None),
        Seen::Again(earlier) => (History::SeenAgain, Some(earlier.when), None),
        Seen::Other(earlier) => {
            let duplicate = shown::duplicate(&document, &earlier);
            (History::OtherContent, Some(earlier.when), Some(duplicate))
        }
    };
    let findings: Vec<_> = duplicate
        .into_iter()
        .chain(found.into_iter().map(shown::finding))
        .collect();
    Ok(Ok(Checked {
        answer: answer::of(&document, &findings, history, context::today()),
        document,
        digest,
        findings,
        history,
        first_seen,
    }))
}

fn verdict(findings: &[Finding]) -> Verdict {
    match findings.iter().map(|finding| finding.severity).max() {
        None => Verdict::Clean,
        Some(bindings::Severity::Warning) => Verdict::Warnings,
        Some(bindings::Severity::Error) => Verdict::Errors,
    }
}

fn not_readable(refusal: Refusal) -> CheckError {
    CheckError::NotReadable(refusal.to_string())
}

fn no_memory(refusal: Refusal) -> CheckError {
    CheckError::NoMemory(format!(
        "Nobody can tell whether it was seen before, because the skill's memory could not be used: {refusal}"
    ))
}
