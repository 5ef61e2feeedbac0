//! Pays suppliers, as a skill.
//!
//! `guildhall-payables` says what a document asks for, sets credits off and finds the words; this decides. `input` is what the
//! merchant asks, `claim` judges one document (`table` says which findings refuse), `batch` sees them together, `stage` stages one
//! payment for each invoice, `answer` sums up.

mod answer;
mod batch;
mod claim;
mod input;
mod stage;
mod table;
#[cfg(test)]
mod tests;

use bindings::{Contact, DiscountTerms, Guest, PayError, RefusedCode, RefusedDocument, Report};
use guildhall_payables::{Accounts, Documents, xml_files};
use guildhall_sdk::text::line;
use guildhall_sdk::{Refusal, files, log};

use crate::claim::{Claim, reason};
use crate::input::Input;

/// Files that are looked at in one run. Each costs up to a dozen host calls, of which a run has 10,000 by default.
const MAX_FILES: usize = 500;

/// What was ordered or set off, each with how much of it is still open: zero but for a credit of which only a part was set off.
const ORDERED: Documents = Documents::below("done");
/// Where sellers were paid.
const PAID: Accounts = Accounts::below("paid");

struct PaySupplier;

guildhall_sdk::skill!(PaySupplier);

impl Guest for PaySupplier {
    fn pay(
        folder: String,
        advice: String,
        requested_date: Option<String>,
        contacts: Option<Vec<Contact>>,
        discounts: Option<Vec<DiscountTerms>>,
        again: Option<Vec<String>>,
    ) -> Result<Report, PayError> {
        let input = Input::read(&advice, requested_date, contacts, discounts, again)
            .map_err(PayError::InvalidInput)?;
        let (claims, refused) = read(&folder, &input)?;
        let (groups, open, refused) =
            batch::sort_out(claims, refused, &input).map_err(no_memory)?;
        let report = answer::report(stage::stage(groups, open, refused, &input)?, &input);
        log::info!(
            "{} payments, {} documents refused, {} carried forward",
            report.paid.len(),
            report.refused.len(),
            report.carried_forward.len()
        );
        Ok(report)
    }
}

/// Every document below the folder: what can be paid or set off, and what is refused by itself.
fn read(folder: &str, input: &Input) -> Result<(Vec<Claim>, Vec<RefusedDocument>), PayError> {
    let entries = xml_files(folder, MAX_FILES, "paid").map_err(PayError::NotReadable)?;
    if entries.is_empty() {
        return Err(PayError::NoInvoices(format!(
            "There is no .xml file in {folder}, so there is nothing to pay."
        )));
    }
    let is_unknown = |path: &&String| !entries.iter().any(|entry| entry.path == **path);
    if let Some(unknown) = input.again.iter().find(is_unknown) {
        return Err(PayError::InvalidInput(format!(
            "`again` names `{}`, which is no .xml file in {folder}.",
            line(unknown, 200)
        )));
    }
    let (mut claims, mut refused) = (Vec::new(), Vec::new());
    for entry in entries {
        let read = files::read(&entry.path)
            .map_err(|refusal| reason(RefusedCode::NotReadable, refusal.to_string()))
            .and_then(|bytes| Claim::read(&entry.path, &bytes, input));
        match read {
            Ok((claim, reasons)) if reasons.is_empty() => claims.push(claim),
            Ok((claim, reasons)) => refused.push(claim.refused(reasons)),
            Err(reason) => refused.push(RefusedDocument {
                path: entry.path,
                document: None,
                seller: None,
                reasons: vec![reason],
            }),
        }
    }
    Ok((claims, refused))
}

/// The failure that the skill's memory could not be used.
fn no_memory(refusal: Refusal) -> PayError {
    PayError::NoMemory(format!(
        "Nobody can tell what was ordered before, because the skill's memory could not be used: {refusal}"
    ))
}
