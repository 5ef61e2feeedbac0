//! EN 16931 invoices and credit notes from orders, as a skill.
//!
//! `order` reads and checks what was given, `lines` and `totals` compute it in whole numbers, `rules` holds what the norm says of
//! several fields together, `document` writes UBL. This file reads the result back with the reader that other skills use on
//! strangers' invoices, and gives it out only if every sum is there again and nothing is found wrong.

mod category;
mod document;
mod lines;
mod order;
mod party;
mod rules;
mod scale;
#[cfg(test)]
mod tests;
mod totals;

use bindings::{
    Einvoice, EinvoiceAnswer, EinvoiceWritten, Guest, Invalid, Order, Problem, VatRow, WriteError,
};
use guildhall_answer::{Source, Status};
use guildhall_invoice::{Amount, Severity, check, read};
use guildhall_sdk::{Money, context, files, log};
use guildhall_ubl::Problems;

use crate::order::{Invoice, NotMade};

/// Documents of one call.
const MAX_ORDERS: usize = 200;

struct EinvoiceSkill;

guildhall_sdk::skill!(EinvoiceSkill);
guildhall_answer::bind!(bindings);

/// The standards that a document follows.
const SOURCES: &[Source] = &[
    Source::new(
        "EN 16931-1, electronic invoicing, as its official validation artefacts 1.3.16 hold it",
        "2026-03-30",
        "standard of CEN; artefacts EUPL-1.2",
    ),
    Source::new(
        "OASIS Universal Business Language 2.1",
        "2013-11-04",
        "standard of OASIS, royalty-free",
    ),
];

impl Guest for EinvoiceSkill {
    fn compose(order: Order) -> Result<EinvoiceAnswer, Invalid> {
        compose(&order)
    }

    fn compose_all(orders: Vec<Order>) -> Vec<Result<EinvoiceAnswer, Invalid>> {
        let too_many = orders.len() > MAX_ORDERS;
        let answer = |order: &Order| {
            if too_many {
                let message = format!("At most {MAX_ORDERS} orders are made at once: pass fewer.");
                return Err(one_problem("document", message));
            }
            compose(order)
        };
        orders.iter().map(answer).collect()
    }

    fn write(order: Order, path: String) -> Result<EinvoiceWritten, WriteError> {
        let mut answer = compose(&order).map_err(WriteError::Invalid)?;
        let file = match &mut answer.value {
            None => None,
            Some(value) => {
                // Whoever reads the answer finds the file beside it.
                let staged = files::write(&path, std::mem::take(&mut value.xml))
                    .map_err(|refusal| WriteError::NotWritable(refusal.to_string()))?;
                log::info!("{} is staged as {path}", value.number);
                Some(staged)
            }
        };
        Ok(EinvoiceWritten { answer, path, file })
    }
}

fn compose(order: &Order) -> Result<EinvoiceAnswer, Invalid> {
    match order::read(order) {
        Err(NotMade::Invalid(problems)) => Err(invalid(problems)),
        Err(NotMade::Beyond(problem)) => Ok(answer(Status::OutOfScope, None, problem.message)),
        Ok(invoice) => {
            let xml = document::write(&invoice);
            read_back(&invoice, &xml)?;
            let reason = reason(&invoice);
            let Some(value) = einvoice(&invoice, xml) else {
                return Err(one_problem(
                    "BT-115",
                    scale::too_large("The amount due", "BT-115"),
                ));
            };
            Ok(answer(Status::Answered, Some(value), reason))
        }
    }
}

/// Reads the document as a stranger would, and finds every sum again.
fn read_back(invoice: &Invoice, xml: &str) -> Result<(), Invalid> {
    let document = read(xml.as_bytes()).map_err(|error| {
        one_problem(
            "document",
            format!("The document could not be read back: {error}."),
        )
    })?;
    if let Some(finding) = check(&document)
        .into_iter()
        .find(|finding| finding.severity == Severity::Error)
    {
        let message = format!(
            "Reading the document back found: {}: {}",
            finding.place, finding.message
        );
        return Err(one_problem(&finding.place, message));
    }
    let totals = &invoice.totals;
    let found = &document.totals;
    for (name, written, read) in [
        ("BT-106", totals.lines, &found.lines),
        ("BT-109", totals.net, &found.tax_exclusive),
        ("BT-110", totals.vat, &found.vat),
        ("BT-112", totals.gross, &found.tax_inclusive),
        ("BT-115", totals.payable, &found.payable),
    ] {
        let raw = read
            .as_ref()
            .map(|amount: &Amount| amount.number.raw.as_str());
        if raw != Some(invoice.scale.text(written).as_str()) {
            return Err(one_problem(
                name,
                format!("Reading the document back did not find {name} again."),
            ));
        }
    }
    Ok(())
}

/// What a person should know of the document.
fn reason(invoice: &Invoice) -> String {
    let mut reason = if invoice.scale.is_coarse() {
        format!(
            "It was read back and follows EN 16931, which allows two decimal places: amounts in {} are rounded to {}.",
            invoice.scale.code(),
            invoice.scale.text(1)
        )
    } else {
        "It was read back and follows EN 16931. Whether the VAT category is right for this sale is for you to know.".to_owned()
    };
    // Elsewhere tomorrow has begun.
    if invoice.issued.days_since(context::today()) > 1 {
        reason.push_str(&format!(
            " It is dated {}, which lies in the future: look at the day before you send it.",
            invoice.issued
        ));
    }
    reason
}

fn einvoice(invoice: &Invoice, xml: String) -> Option<Einvoice> {
    let (scale, totals) = (invoice.scale, &invoice.totals);
    let money = |amount| -> Option<Money> { scale.money(amount) };
    let mut vat_rows = Vec::new();
    for row in &totals.rows {
        vat_rows.push(VatRow {
            category: row.tax.code.to_owned(),
            rate: row.tax.rate.map(|rate| rate.to_string()),
            taxable: money(row.taxable)?,
            vat: money(row.vat)?,
        });
    }
    Some(Einvoice {
        xml,
        number: invoice.number.clone(),
        lines: money(totals.lines)?,
        allowances: money(totals.allowances)?,
        charges: money(totals.charges)?,
        net: money(totals.net)?,
        vat: money(totals.vat)?,
        gross: money(totals.gross)?,
        payable: money(totals.payable)?,
        vat_rows,
    })
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

fn invalid(problems: Problems) -> Invalid {
    let (message, problems) = problems.finish();
    let problems = problems
        .into_iter()
        .map(|problem| Problem {
            term: problem.term,
            rule: problem.rule,
            message: problem.message,
        })
        .collect();
    Invalid { message, problems }
}

fn one_problem(term: &str, message: impl Into<String>) -> Invalid {
    let mut problems = Problems::default();
    problems.add(term, "", message);
    invalid(problems)
}
