//! EN 16931 invoices and credit notes from orders, as a skill.
//!
//! `document` says which element carries what of an order, `party`, `lines` and `tax` read its parts, `totals` adds up in whole
//! numbers, `rules` is what the norm says of several fields together, and `table` names its terms and rules. This file reads the
//! result back with the reader that other skills use on strangers' invoices, and gives it out only if every sum is there again and
//! nothing is found wrong.

mod document;
mod lines;
mod party;
mod rules;
mod table;
mod tax;
#[cfg(test)]
mod tests;
mod totals;

use bindings::{Einvoice, EinvoiceAnswer, EinvoiceWritten, Guest, Invalid, Order, WriteError};
use guildhall_answer::Status;
use guildhall_invoice::{Severity, check, read};
use guildhall_sdk::{Date, context, files, log};
use guildhall_ubl::{Draft, NotMade, Problems, Scale};

use crate::document::Made;
use crate::table::{FOLLOWS, SOURCES, names};

/// Documents of one call.
const MAX_ORDERS: usize = 200;

struct EinvoiceSkill;

guildhall_sdk::skill!(EinvoiceSkill);
guildhall_answer::bind!(bindings);
guildhall_ubl::bind!(bindings);

impl Guest for EinvoiceSkill {
    fn compose(order: Order) -> Result<EinvoiceAnswer, Invalid> {
        compose(&order)
    }

    fn compose_all(orders: Vec<Order>) -> Vec<Result<EinvoiceAnswer, Invalid>> {
        guildhall_ubl::each(MAX_ORDERS, "orders", &orders, compose)
    }

    fn write(order: Order, path: String) -> Result<EinvoiceWritten, WriteError> {
        let mut answer = compose(&order)?;
        let mut file = None;
        if let Some(value) = &mut answer.value {
            // Whoever reads the answer finds the file beside it.
            file = Some(files::write(&path, std::mem::take(&mut value.xml))?);
            log::info!("{} is staged as {path}", value.number);
        }
        Ok(EinvoiceWritten { answer, path, file })
    }
}

fn compose(order: &Order) -> Result<EinvoiceAnswer, Invalid> {
    match write(order) {
        Err(NotMade::Invalid(problems)) => Err(problems.into()),
        Err(NotMade::Beyond(problem)) => Ok(answer(Status::OutOfScope, None, problem.message)),
        Ok((xml, (value, scale, issued))) => {
            read_back(&xml, &value, scale)?;
            let value = Einvoice { xml, ..value };
            Ok(answer(Status::Answered, Some(value), reason(scale, issued)))
        }
    }
}

fn write(order: &Order) -> Result<(String, Made), NotMade> {
    let mut draft = Draft::default();
    let names = names(order.kind);
    let made = document::write(&mut draft, order, &names);
    draft.finish(names.root, made)
}

/// Reads the document as a stranger would, and finds every sum again.
fn read_back(xml: &str, value: &Einvoice, scale: Scale) -> Result<(), Problems> {
    let found = |term: &str, what: &str| {
        Problems::one(term, format!("Reading the document back found: {what}"))
    };
    let document = read(xml.as_bytes()).map_err(|error| found("document", &error.to_string()))?;
    let mut findings = check(&document).into_iter();
    if let Some(error) = findings.find(|finding| finding.severity == Severity::Error) {
        return Err(found(&error.place, &error.to_string()));
    }
    let totals = &document.totals;
    for (term, written, read) in [
        ("BT-106", &value.lines, &totals.lines),
        ("BT-109", &value.net, &totals.tax_exclusive),
        ("BT-110", &value.vat, &totals.vat),
        ("BT-112", &value.gross, &totals.tax_inclusive),
        ("BT-115", &value.payable, &totals.payable),
    ] {
        let read = read.as_ref().map(|amount| amount.number.raw.clone());
        if read != Some(scale.written(written).to_string()) {
            return Err(found(term, "another amount than was written."));
        }
    }
    Ok(())
}

/// What a person should know of the document.
fn reason(scale: Scale, issued: Date) -> String {
    let mut reason = FOLLOWS.to_owned();
    if scale.is_coarse() {
        let (code, cent) = (scale.code(), scale.exact(1));
        reason = format!(
            "It was read back and follows EN 16931, which allows two decimal places: amounts in {code} are rounded to {cent}."
        );
    }
    // Elsewhere tomorrow has begun.
    if issued.days_since(context::today()) > 1 {
        reason.push_str(&format!(
            " It is dated {issued}, which lies in the future: look at the day before you send it."
        ));
    }
    reason
}

fn answer(status: Status, value: Option<Einvoice>, reason: String) -> EinvoiceAnswer {
    EinvoiceAnswer {
        status: status.into(),
        value,
        sources: SOURCES.iter().cloned().map(Into::into).collect(),
        as_of: context::today().to_string(),
        reason,
    }
}
