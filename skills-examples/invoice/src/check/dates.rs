//! Dates: readable, in order, not in the future.

use time::Date;

use super::{Check, error, quote, warning};
use crate::document::{DateField, Kind, Period};
use crate::finding::Code;

pub(super) fn dates(check: &mut Check<'_>, today: Option<Date>) {
    let document = check.document;
    readable(
        check,
        document.issue_date.as_ref(),
        "BT-2",
        "The date of issue",
    );
    readable(check, document.due_date.as_ref(), "BT-9", "The due date");
    readable(
        check,
        document.tax_point_date.as_ref(),
        "BT-7",
        "The VAT date",
    );
    readable(
        check,
        document.delivery_date.as_ref(),
        "BT-72",
        "The date of delivery",
    );
    for reference in &document.references {
        readable(
            check,
            reference.date.as_ref(),
            "BT-26",
            "The date of a preceding invoice",
        );
    }
    period(check, &document.period, "BG-14", "BR-29");
    for (position, line) in document.lines.iter().enumerate() {
        period(
            check,
            &line.period,
            &format!("line {}", position + 1),
            "BR-30",
        );
    }
    let issued = document.issue_date.as_ref().and_then(|date| date.value);
    let due = document.due_date.as_ref().and_then(|date| date.value);
    if let (Some(issued), Some(due)) = (issued, due)
        && due < issued
    {
        let message = format!("It is due on {due}, before it was issued on {issued}.");
        check.add(warning(Code::DueBeforeIssue, "BT-9", message).actual(due.to_string()));
    }
    if let (Some(issued), Some(today)) = (issued, today)
        && today.next_day().is_some_and(|tomorrow| issued > tomorrow)
    {
        let message = format!("It is dated {issued}, and today is {today}.");
        check.add(warning(Code::FutureDate, "BT-2", message).actual(issued.to_string()));
    }
    let asks_for_money = document.kind == Kind::Invoice
        && document
            .payable()
            .is_some_and(|payable| payable > rust_decimal::Decimal::ZERO);
    check.require(
        !asks_for_money || document.due_date.is_some() || !document.payment_terms.is_empty(),
        "BR-CO-25",
        "BT-9",
        "Both the due date (BT-9) and the payment terms (BT-20)",
    );
}

fn readable(check: &mut Check<'_>, date: Option<&DateField>, place: &str, name: &str) {
    if let Some(DateField { raw, value: None }) = date {
        let raw = quote(raw);
        let message = format!("{name} {raw} is no existing day, written as YYYY-MM-DD.");
        check.add(error(Code::UnreadableDate, place, message).actual(raw));
    }
}

fn period(check: &mut Check<'_>, period: &Period, place: &str, rule: &str) {
    readable(
        check,
        period.start.as_ref(),
        place,
        "The start of the period",
    );
    readable(check, period.end.as_ref(), place, "The end of the period");
    let day = |date: &Option<DateField>| date.as_ref().and_then(|date| date.value);
    if let (Some(start), Some(end)) = (day(&period.start), day(&period.end))
        && end < start
    {
        let message = format!("The period ends on {end}, before it starts on {start}.");
        check.add(
            error(Code::PeriodOrder, place, message)
                .rule(rule)
                .actual(end.to_string()),
        );
    }
}
