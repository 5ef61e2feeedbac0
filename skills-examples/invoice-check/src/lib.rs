//! Checks invoices and credit notes, as a skill.
//!
//! `guildhall-invoice` reads and checks; `guildhall-payables` recognises documents that were seen before; `shown` turns the result
//! into the types of the world, `answer` says how far it can be trusted. This file asks the host.

mod answer;
mod shown;
#[cfg(test)]
mod tests;

use bindings::{CheckError, Finding, FolderEntry, Guest, History, Outcome, Report, Summary};
use guildhall_invoice::Document;
use guildhall_payables::{Digest, Documents, check, read, xml_files};
use guildhall_sdk::{Refusal, context, files};

use crate::answer::Answer;

/// Files of a folder that are checked in one run; the host bounds runs too, but without a word to the merchant.
const MAX_FILES: usize = 1_000;

/// What was checked before, each with the path it was read from.
const SEEN: Documents = Documents::below("seen");

struct InvoiceCheck;

guildhall_sdk::skill!(InvoiceCheck);

impl Guest for InvoiceCheck {
    fn check(path: String) -> Result<Report, CheckError> {
        let not_readable = |refusal: Refusal| CheckError::NotReadable(refusal.to_string());
        let bytes = files::read(&path).map_err(not_readable)?;
        let document = read(&path, &bytes).map_err(CheckError::NotAnInvoice)?;
        let checked = Checked::of(&document, &path, &bytes)?;
        Ok(Report {
            path,
            digest: checked.digest.to_string(),
            verdict: answer::verdict(&checked.findings),
            payable: shown::money(&document, document.payable()),
            owed: shown::money(&document, document.owed()),
            history: checked.history,
            first_seen: checked.first_seen,
            document: shown::document(&document),
            findings: checked.findings,
            status: checked.answer.status,
            sources: checked.answer.sources,
            as_of: checked.answer.as_of,
            reason: checked.answer.reason,
        })
    }

    fn check_folder(folder: String) -> Result<Vec<FolderEntry>, CheckError> {
        let entries = xml_files(&folder, MAX_FILES, "checked").map_err(CheckError::NotReadable)?;
        let entry = |path: String| {
            // What is wrong with one file does not keep the others from being checked.
            let outcome = match files::read(&path) {
                Ok(bytes) => summary(&path, &bytes)?,
                Err(refusal) => Outcome::Unreadable(refusal.message),
            };
            Ok(FolderEntry { path, outcome })
        };
        entries.into_iter().map(|each| entry(each.path)).collect()
    }
}

fn summary(path: &str, bytes: &[u8]) -> Result<Outcome, CheckError> {
    let document = match read(path, bytes) {
        Ok(document) => document,
        Err(why) => return Ok(Outcome::Unreadable(why)),
    };
    let checked = Checked::of(&document, path, bytes)?;
    Ok(Outcome::Checked(Summary {
        kind: document.kind.into(),
        verdict: answer::verdict(&checked.findings),
        owed: shown::money(&document, document.owed()),
        number: document.number,
        seller: document.seller.name,
        history: checked.history,
        first_seen: checked.first_seen,
        findings: checked.findings,
        status: checked.answer.status,
        sources: checked.answer.sources,
        as_of: checked.answer.as_of,
        reason: checked.answer.reason,
    }))
}

/// What is known of a document besides what it says.
struct Checked {
    digest: Digest,
    findings: Vec<Finding>,
    history: History,
    first_seen: Option<String>,
    answer: Answer,
}

impl Checked {
    fn of(document: &Document, path: &str, bytes: &[u8]) -> Result<Self, CheckError> {
        let today = context::today();
        let mut findings: Vec<Finding> =
            check(document, today).into_iter().map(Into::into).collect();
        let digest = Digest::of(bytes);
        let identities = document.identities();
        let earlier = SEEN
            .first(&identities, &digest.to_string(), path)
            .map_err(no_memory)?;
        let history = match &earlier {
            None if identities.is_empty() => History::NotRecorded,
            None => History::FirstTime,
            Some(earlier) if earlier.digest == digest.to_string() => History::SeenAgain,
            Some(earlier) => {
                findings.insert(0, shown::duplicate(document, earlier));
                History::OtherContent
            }
        };
        Ok(Checked {
            answer: answer::of(document, &findings, history, today),
            digest,
            findings,
            history,
            first_seen: earlier.map(|earlier| earlier.when),
        })
    }
}

fn no_memory(refusal: Refusal) -> CheckError {
    CheckError::NoMemory(format!(
        "Nobody can tell whether it was seen before, because the skill's memory could not be used: {refusal}"
    ))
}
