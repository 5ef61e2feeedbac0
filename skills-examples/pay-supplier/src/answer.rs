//! How far a report can be relied on, and what it rests on.

use guildhall_answer::{Source, Status};
use guildhall_invoice::RULES;

use crate::bindings::{self, RefusedCode, Report};
use crate::input::Input;

guildhall_answer::bind!(bindings);

/// Writes into a finished report what every answer says.
pub fn add(report: &mut Report, input: &Input) {
    let (status, first) = judged(report);
    report.status = status.into();
    report.reason = match first {
        Some(first) => format!("{first} {}", proposed(report)),
        None => proposed(report),
    };
    report.as_of = input.today.to_string();
    report.sources = std::iter::once(Source {
        name: "The documents of the folder".into(),
        date: input.today.to_string().into(),
        licence: "as you gave them".into(),
    })
    .chain(RULES.map(|(name, date, licence)| Source::new(name, date, licence)))
    .map(Into::into)
    .collect();
}

fn judged(report: &Report) -> (Status, Option<&'static str>) {
    let any = |codes: &[RefusedCode]| {
        let mut reasons = report.refused.iter().flat_map(|document| &document.reasons);
        reasons.any(|reason| codes.contains(&reason.code))
    };
    if any(&[RefusedCode::Contradiction]) {
        return (
            Status::Disputed,
            Some(
                "Documents contradict each other, and none of those is paid: ask the seller which is right.",
            ),
        );
    }
    if any(&[
        RefusedCode::Unreadable,
        RefusedCode::NotReadable,
        RefusedCode::NotChecked,
    ]) {
        return (
            Status::OutOfScope,
            Some("Not every document could be read or checked: see what is refused."),
        );
    }
    (Status::Answered, None)
}

fn proposed(report: &Report) -> String {
    let (paid, refused) = (report.paid.len(), report.refused.len());
    let sums: Vec<_> = report
        .totals
        .iter()
        .filter(|total| total.payments > 0)
        .map(|total| total.paid.to_string())
        .collect();
    let paid = match paid {
        0 => "Nothing is proposed to be paid".to_owned(),
        1 => format!("One payment is proposed, {}", sums.join(", ")),
        _ => format!("{paid} payments are proposed, {} together", sums.join(", ")),
    };
    let refused = match refused {
        0 => "no document is refused".to_owned(),
        1 => "one document is refused".to_owned(),
        _ => format!("{refused} documents are refused"),
    };
    let flagged = if report.flagged.is_empty() {
        ""
    } else {
        " Look at what is flagged before you approve."
    };
    format!("{paid}, and {refused}.{flagged}")
}
