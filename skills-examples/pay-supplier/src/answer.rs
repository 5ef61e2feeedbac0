//! The report: its sums, how far it can be relied on, and what it rests on.

use guildhall_answer::{Source, Status};
use guildhall_payables::{sort, sources};
use guildhall_sdk::Money;

use crate::bindings::{self, DocumentKind, RefusedCode, Report, Total};
use crate::input::Input;
use crate::stage::Run;

guildhall_answer::bind!(bindings);

/// What a run comes to.
pub fn report(mut run: Run<'_>, input: &Input) -> Report {
    sort(&mut run.refused, |a, b| a.path < b.path);
    sort(&mut run.flagged, |a, b| a.path < b.path);
    sort(&mut run.open, |a, b| a.path < b.path);
    let totals = totals(&run);
    let (status, first) = judged(&run);
    let documents = Source {
        name: "The documents of the folder".into(),
        date: input.today.to_string().into(),
        licence: "as you gave them".into(),
    };
    Report {
        status: status.into(),
        sources: sources(documents).into_iter().map(Into::into).collect(),
        as_of: input.today.to_string(),
        reason: format!("{first}{}", proposed(&run, &totals)),
        totals,
        paid: run.paid,
        refused: run.refused,
        flagged: run.flagged,
        carried_forward: run.open,
        advices: run.advices,
    }
}

fn judged(run: &Run<'_>) -> (Status, &'static str) {
    let any = |codes: &[RefusedCode]| {
        let mut reasons = run.refused.iter().flat_map(|document| &document.reasons);
        reasons.any(|reason| codes.contains(&reason.code))
    };
    if any(&[RefusedCode::Contradiction]) {
        return (
            Status::Disputed,
            "Documents contradict each other, and none of those is paid: ask the seller which is right. ",
        );
    }
    if any(&[
        RefusedCode::Unreadable,
        RefusedCode::NotReadable,
        RefusedCode::NotChecked,
    ]) {
        return (
            Status::OutOfScope,
            "Not every document could be read or checked: see what is refused. ",
        );
    }
    (Status::Answered, "")
}

fn proposed(run: &Run<'_>, totals: &[Total]) -> String {
    let sums = totals.iter().filter(|total| total.payments > 0);
    let sums: Vec<_> = sums.map(|total| total.paid.to_string()).collect();
    let sums = sums.join(", ");
    let paid = match run.paid.len() {
        0 => "Nothing is proposed to be paid".to_owned(),
        1 => format!("One payment is proposed, {sums}"),
        count => format!("{count} payments are proposed, {sums} together"),
    };
    let refused = match run.refused.len() {
        0 => "no document is refused".to_owned(),
        1 => "one document is refused".to_owned(),
        count => format!("{count} documents are refused"),
    };
    let flagged = if run.flagged.is_empty() {
        ""
    } else {
        " Look at what is flagged before you approve."
    };
    format!("{paid}, and {refused}.{flagged}")
}

fn totals(run: &Run<'_>) -> Vec<Total> {
    let mut totals = Vec::new();
    for payment in &run.paid {
        let total = of_currency(&mut totals, &payment.amount.currency);
        total.payments += 1;
        add(&mut total.paid, Some(&payment.amount));
        add(
            &mut total.invoiced,
            payment.documents.first().map(|invoice| &invoice.amount),
        );
        add(
            &mut total.discount,
            payment.discount.as_ref().map(|discount| &discount.amount),
        );
        add(&mut total.credited, Some(&payment.credited));
    }
    for open in run
        .open
        .iter()
        .filter(|open| open.kind == DocumentKind::Credit)
    {
        let total = of_currency(&mut totals, &open.amount.currency);
        add(&mut total.credit_left, Some(&open.amount));
    }
    sort(&mut totals, |a, b| a.currency < b.currency);
    totals
}

/// Only what is left of credits can be too much to be said exactly; it is shown document by document all the same.
fn add(sum: &mut Money, amount: Option<&Money>) {
    sum.minor = sum
        .minor
        .saturating_add(amount.map_or(0, |amount| amount.minor));
}

fn of_currency<'t>(totals: &'t mut Vec<Total>, currency: &str) -> &'t mut Total {
    let zero = || Money {
        minor: 0,
        currency: currency.to_owned(),
    };
    let position = totals.iter().position(|total| total.currency == currency);
    if position.is_none() {
        totals.push(Total {
            currency: currency.to_owned(),
            payments: 0,
            paid: zero(),
            invoiced: zero(),
            discount: zero(),
            credited: zero(),
            credit_left: zero(),
        });
    }
    let position = position.unwrap_or(totals.len() - 1);
    #[allow(clippy::indexing_slicing)] // Found or pushed just now.
    &mut totals[position]
}
