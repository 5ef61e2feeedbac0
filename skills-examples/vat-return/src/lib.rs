//! VAT returns, prepared from invoices, as a skill. It files nothing.
//!
//! `question` checks what is asked, `collect` decides which documents of the folder count, `boxes` says which row of a document goes
//! into which box. As long as one document of the period is unclear there is no return: a figure that lacks a document looks like one
//! that does not.

mod boxes;
mod collect;
mod question;
mod summary;
#[cfg(test)]
mod tests;

use bindings::{
    Documents, Guest, LeftOutReason, NineBoxes, Prepared, Question, ReturnError, SummaryAnswer,
    UkReturnAnswer, Written,
};
use guildhall_answer::{Source, Status};
use guildhall_sdk::{Money, context, files, log};
use guildhall_vat::{NoFolder, each_document};

use crate::boxes::{Boxes, Facts, Row, place, pounds};
use crate::collect::{Collection, Fit, Out, too_large};
use crate::question::{Asked, is_uk};
use crate::summary::Summing;

const POUND: &str = "GBP";

/// What the boxes follow, as it stood on that day.
const NOTICE: &[Source] = &[Source::new(
    "HM Revenue & Customs, VAT Notice 700/12: how to fill in and submit your VAT Return",
    "2022-11-02",
    "OGL-UK-3.0",
)];

/// What a summary follows.
const DIRECTIVE: &[Source] = &[Source::new(
    "Council Directive 2006/112/EC, articles 250 and 251",
    "2006-11-28",
    "law of the European Union",
)];

struct VatReturn;

guildhall_sdk::skill!(VatReturn);
guildhall_answer::bind!(bindings);

impl Guest for VatReturn {
    fn uk_return(question: Question, period_key: String) -> Result<UkReturnAnswer, ReturnError> {
        uk_return(question, &period_key)
    }

    fn write_uk_return(
        question: Question,
        period_key: String,
        path: String,
    ) -> Result<Written, ReturnError> {
        let answer = uk_return(question, &period_key)?;
        let file = match &answer.value {
            None => None,
            Some(prepared) => Some(
                files::write(&path, &prepared.json)
                    .map_err(|refusal| ReturnError::NotWritable(refusal.to_string()))?,
            ),
        };
        Ok(Written { answer, path, file })
    }

    fn summary(question: Question) -> Result<SummaryAnswer, ReturnError> {
        let asked = Asked::new(question)?;
        let mut sums = Summing::default();
        let (documents, open) = read(&asked, |fit| sums.add(&fit))?;
        let (status, reason) = judged(&asked, &documents, open, "summary");
        let value = match status {
            Status::Answered => Some(
                sums.finish()
                    .ok_or_else(|| ReturnError::Invalid(too_large().1))?,
            ),
            _ => None,
        };
        Ok(SummaryAnswer {
            status: status.into(),
            value,
            documents,
            sources: DIRECTIVE.iter().cloned().map(Into::into).collect(),
            as_of: context::today().to_string(),
            reason,
        })
    }
}

fn uk_return(question: Question, period_key: &str) -> Result<UkReturnAnswer, ReturnError> {
    let asked = Asked::new(question)?;
    let (in_uk, northern) = asked.united_kingdom();
    if !in_uk {
        return Err(ReturnError::Invalid(
            "A UK return is made for VAT identifiers that begin with GB or XI: give yours, or ask for a summary.".to_owned(),
        ));
    }
    let key_fits = period_key.len() == 4
        && period_key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'#');
    if !key_fits {
        return Err(ReturnError::Invalid(
            "The period key is four letters and digits, for example 24A1: take it from your obligation at HM Revenue & Customs.".to_owned(),
        ));
    }
    let mut boxes = Boxes::default();
    let (documents, open) = read(&asked, |fit| {
        boxes = boxes
            .plus(of_document(&fit, &asked, northern)?)
            .ok_or_else(too_large)?;
        Ok(())
    })?;
    let (status, reason) = judged(&asked, &documents, open, "return");
    let value = match status {
        Status::Answered => {
            Some(prepared(&boxes, period_key).ok_or_else(|| ReturnError::Invalid(too_large().1))?)
        }
        _ => None,
    };
    log::info!(
        "{} documents counted, {open} unclear",
        documents.counted.len()
    );
    Ok(UkReturnAnswer {
        status: status.into(),
        value,
        documents,
        sources: NOTICE.iter().cloned().map(Into::into).collect(),
        as_of: context::today().to_string(),
        reason,
    })
}

/// Reads the folder and puts each document into the figures. Gives also how many are unclear.
fn read(
    asked: &Asked,
    mut add: impl FnMut(Fit<'_>) -> Result<(), Out>,
) -> Result<(Documents, usize), ReturnError> {
    let mut collection = Collection::new(asked);
    each_document(&asked.folder, |path, document| {
        collection.take(path, document, &mut add)
    })
    .map_err(|why| match why {
        NoFolder::NotReadable(message) => ReturnError::NotReadable(message),
        NoFolder::Empty(message) => ReturnError::NoInvoices(message),
    })?;
    Ok((collection.documents, collection.open))
}

/// The boxes of one document: all its rows, or none.
fn of_document(fit: &Fit<'_>, asked: &Asked, northern: bool) -> Result<Boxes, Out> {
    let facts = Facts {
        northern,
        uk_seller: fit.document.seller.vat_id.as_deref().is_some_and(is_uk),
        reclaimed: fit.reclaimed,
        reverse_charge: asked.reverse_charge,
        acquisition: asked.acquisition,
    };
    let mut boxes = Boxes::default();
    for ((currency, category, _), sum) in &fit.share.rows {
        if currency != POUND {
            return Err((
                LeftOutReason::Currency,
                format!(
                    "It is in {currency}, and the return is in pounds sterling: convert it at the rate you use for VAT, and enter it yourself."
                ),
            ));
        }
        let row = Row {
            direction: fit.direction,
            category,
            taxable: sum.taxable,
            vat: sum.vat,
        };
        let placed =
            place(row, facts).map_err(|why| (LeftOutReason::UnclearBox, why.to_owned()))?;
        boxes = boxes.plus(placed).ok_or_else(too_large)?;
    }
    Ok(boxes)
}

/// Whether there is an answer, and what a person should know.
fn judged(asked: &Asked, documents: &Documents, open: usize, what: &str) -> (Status, String) {
    let counted = documents.counted.len();
    if open > 0 {
        let them = if open == 1 {
            "1 document is"
        } else {
            &format!("{open} documents are")
        };
        return (
            Status::OutOfScope,
            format!(
                "{them} unclear, so there is no {what} yet: see what is left out, put it right, or list it as excluded."
            ),
        );
    }
    if counted == 0 {
        return (
            Status::OutOfScope,
            format!(
                "No document of the folder is of this period, so there is no {what}: look at the days and the folder."
            ),
        );
    }
    let mut reason = format!(
        "It is prepared from {counted} documents and filed nowhere: compare it with your books, add what you excluded, and file it yourself."
    );
    if !asked.is_over(&context::today().to_string()) {
        reason.push_str(" The period is not over, so more may come.");
    }
    (Status::Answered, reason)
}

fn prepared(boxes: &Boxes, period_key: &str) -> Option<Prepared> {
    let money = |minor| Money::new(minor, POUND).ok();
    let net = boxes.net()?;
    let nine = NineBoxes {
        vat_due_sales: money(boxes.due_on_sales)?,
        vat_due_acquisitions: money(boxes.due_on_acquisitions)?,
        total_vat_due: money(boxes.total_due()?)?,
        vat_reclaimed: money(boxes.reclaimed)?,
        net_vat_due: money(net.checked_abs()?)?,
        repayment: net < 0,
        sales: pounds(boxes.sales),
        purchases: pounds(boxes.purchases),
        goods_to_union: pounds(boxes.goods_to_union),
        goods_from_union: pounds(boxes.goods_from_union),
    };
    let json = json(&nine, period_key)?;
    Some(Prepared { boxes: nine, json })
}

/// Numbers are written as text into it: no float comes near them.
fn json(nine: &NineBoxes, period_key: &str) -> Option<String> {
    let amount = |money: &Money| money.amount().ok();
    let rows = [
        ("periodKey", format!("\"{period_key}\"")),
        ("vatDueSales", amount(&nine.vat_due_sales)?),
        ("vatDueAcquisitions", amount(&nine.vat_due_acquisitions)?),
        ("totalVatDue", amount(&nine.total_vat_due)?),
        ("vatReclaimedCurrPeriod", amount(&nine.vat_reclaimed)?),
        ("netVatDue", amount(&nine.net_vat_due)?),
        ("totalValueSalesExVAT", nine.sales.to_string()),
        ("totalValuePurchasesExVAT", nine.purchases.to_string()),
        (
            "totalValueGoodsSuppliedExVAT",
            nine.goods_to_union.to_string(),
        ),
        ("totalAcquisitionsExVAT", nine.goods_from_union.to_string()),
        ("finalised", "false".to_owned()),
    ];
    let rows: Vec<_> = rows
        .iter()
        .map(|(name, value)| format!("  \"{name}\": {value}"))
        .collect();
    Some(format!("{{\n{}\n}}\n", rows.join(",\n")))
}
