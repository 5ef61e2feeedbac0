//! How far a report can be trusted, and what it rests on.

use guildhall_answer::{Source, Status};
use guildhall_invoice::Document;
use guildhall_payables::sources;
use guildhall_sdk::Date;

use crate::bindings::{self, Finding, FindingCode, History, Severity, Verdict};

guildhall_answer::bind!(bindings);

/// What every answer says.
pub struct Answer {
    pub status: bindings::Status,
    pub sources: Vec<bindings::Source>,
    pub as_of: String,
    pub reason: String,
}

/// Of the check of one document.
pub fn of(document: &Document, findings: &[Finding], history: History, today: Date) -> Answer {
    let unchecked = |finding: &&Finding| {
        matches!(
            finding.code,
            FindingCode::TooLarge | FindingCode::MoreFindings
        )
    };
    let (status, reason) = if let Some(finding) = findings.iter().find(unchecked) {
        (
            Status::OutOfScope,
            format!(
                "A part could not be checked ({}), so do not rely on the rest. Ask the seller for a smaller document.",
                finding.place
            ),
        )
    } else if history == History::OtherContent {
        (
            Status::Disputed,
            "Another document of this seller has this number and says something else. Pay neither before the seller has told you which is right."
                .to_owned(),
        )
    } else {
        (Status::Answered, told(findings))
    };
    let issued = document.issue_date.as_ref().and_then(|date| date.value);
    let of_document = Source {
        name: "The document itself".into(),
        date: issued
            .map_or_else(|| today.to_string(), |day| day.to_string())
            .into(),
        licence: "as you gave it".into(),
    };
    Answer {
        status: status.into(),
        sources: sources(of_document).into_iter().map(Into::into).collect(),
        as_of: today.to_string(),
        reason,
    }
}

/// What the findings come to.
pub fn verdict(findings: &[Finding]) -> Verdict {
    match findings.iter().map(|finding| finding.severity).max() {
        None => Verdict::Clean,
        Some(Severity::Warning) => Verdict::Warnings,
        Some(Severity::Error) => Verdict::Errors,
    }
}

/// The same in words.
fn told(findings: &[Finding]) -> String {
    let count = |severity| {
        findings
            .iter()
            .filter(|one| one.severity == severity)
            .count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let first = |severity| {
        let first = findings.iter().find(|one| one.severity == severity);
        first.map_or("", |finding| finding.place.as_str())
    };
    match (errors, warnings) {
        (0, 0) => "It was computed again and nothing wrong was found. Whose the account is, and whether the VAT identifiers exist, was not looked up.".to_owned(),
        (0, _) => format!(
            "It may be right, but look at {}, the first at {}, before you pay.",
            things(warnings, "thing"),
            first(Severity::Warning)
        ),
        _ => format!(
            "Do not pay it as it is: it has {}, the first at {}. Ask the seller for a correct one.",
            things(errors, "error"),
            first(Severity::Error)
        ),
    }
}

fn things(count: usize, what: &str) -> String {
    if count == 1 {
        format!("one {what}")
    } else {
        format!("{count} {what}s")
    }
}
