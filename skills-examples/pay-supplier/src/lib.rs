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

use bindings::{Contact, DiscountTerms, Guest, PayError, RefusedCode, Report};
use guildhall_payables::{Accounts, Documents, Payable, xml_files};
use guildhall_sdk::text::line;
use guildhall_sdk::{Refusal, files, log};

use crate::claim::unread;
use crate::input::Input;
use crate::stage::Run;

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
        let mut run = Run::default();
        let payables = read(&folder, &input, &mut run)?;
        let (groups, lonely) = batch::sort_out(payables, &input, &mut run).map_err(no_memory)?;
        run.stage(groups, &lonely, &input)?;
        let report = answer::report(run, &input);
        log::info!(
            "{} payments, {} documents refused, {} carried forward",
            report.paid.len(),
            report.refused.len(),
            report.carried_forward.len()
        );
        Ok(report)
    }
}

/// Every document below the folder that can be paid or set off. What is refused by itself is in the run.
fn read(folder: &str, input: &Input, run: &mut Run) -> Result<Vec<Payable>, PayError> {
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
    let mut payables = Vec::new();
    for entry in entries {
        let judged = match files::read(&entry.path) {
            Ok(bytes) => claim::judge(&entry.path, &bytes, input),
            Err(refusal) => Err(unread(
                entry.path,
                RefusedCode::NotReadable,
                refusal.to_string(),
            )),
        };
        match judged {
            Ok((payable, flags)) => {
                payables.push(payable);
                run.flagged.extend(flags);
            }
            Err(refused) => run.refused.push(refused),
        }
    }
    Ok(payables)
}

/// The failure that the skill's memory could not be used.
fn no_memory(refusal: Refusal) -> PayError {
    PayError::NoMemory(format!(
        "Nobody can tell what was ordered before, because the skill's memory could not be used: {refusal}"
    ))
}
