//! The report: its sums, how far it can be relied on, and what it rests on.

use guildhall_answer::{Source, Status};
use guildhall_payables::{sort, sources};
use guildhall_sdk::Money;

use crate::bindings::{self, CarriedForward, DocumentKind, RefusedCode, Report, Total};
use crate::input::Input;
use crate::stage::Run;

guildhall_answer::bind!(bindings);

/// What a run comes to.
pub fn report(mut run: Run, input: &Input) -> Report {
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

fn judged(run: &Run) -> (Status, &'static str) {
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

fn proposed(run: &Run, totals: &[Total]) -> String {
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

/// Sums by currency. Only what is left of credits can be too much to be said exactly; it is shown document by document all the same.
fn totals(run: &Run) -> Vec<Total> {
    let is_credit = |open: &&CarriedForward| open.kind == DocumentKind::Credit;
    let credits = run.open.iter().filter(is_credit).map(|open| &open.amount);
    let amounts = run.paid.iter().map(|payment| &payment.amount);
    let mut currencies: Vec<_> = amounts
        .chain(credits.clone())
        .map(|money| &money.currency)
        .collect();
    sort(&mut currencies, |a, b| a < b);
    currencies.dedup();
    let total = |currency: &String| {
        let sum = |amounts: &mut dyn Iterator<Item = &Money>| Money {
            minor: amounts.fold(0, |sum: i64, money| sum.saturating_add(money.minor)),
            currency: currency.clone(),
        };
        let paid: Vec<_> = run
            .paid
            .iter()
            .filter(|payment| payment.amount.currency == *currency)
            .collect();
        Total {
            currency: currency.clone(),
            payments: u32::try_from(paid.len()).unwrap_or(u32::MAX),
            paid: sum(&mut paid.iter().map(|payment| &payment.amount)),
            invoiced: sum(&mut paid
                .iter()
                .flat_map(|payment| payment.documents.first())
                .map(|invoice| &invoice.amount)),
            discount: sum(&mut paid
                .iter()
                .flat_map(|payment| &payment.discount)
                .map(|discount| &discount.amount)),
            credited: sum(&mut paid.iter().map(|payment| &payment.credited)),
            credit_left: sum(&mut credits.clone().filter(|money| money.currency == *currency)),
        }
    };
    currencies.into_iter().map(total).collect()
}
