//! Pays suppliers, as a skill.
//!
//! `claim` reads and judges one document with `guildhall-invoice` (`policy` says which findings refuse), `batch` sees them together,
//! `net` sets credits off, `stage` stages one payment for each invoice, `advice` finds the words, `memory` knows what was ordered
//! before. This file asks the host for the documents.

mod advice;
mod answer;
mod batch;
mod claim;
mod desk;
mod input;
mod memory;
mod net;
mod order;
mod policy;
mod stage;
mod terms;
#[cfg(test)]
mod tests;
mod text;

use bindings::{Contact, DiscountTerms, Guest, PayError, RefusedCode, RefusedDocument, Report};
use guildhall_sdk::{Refusal, files, log};

use crate::claim::{Claim, reason};
use crate::desk::{Desk, Host};
use crate::input::Input;
use crate::stage::{Run, no_memory};

/// Files that are looked at in one run. Each costs up to a dozen host calls, of which a run has 10,000 by default.
const MAX_FILES: usize = 500;

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
        let input = Input::read(&advice, requested_date, contacts, discounts, again)?;
        pay(&folder, &input, &mut Host)
    }
}

fn pay(folder: &str, input: &Input, desk: &mut dyn Desk) -> Result<Report, PayError> {
    let (claims, mut refused) = read(folder, input)?;
    let claims = batch::not_ordered_before(claims, input, &mut refused).map_err(no_memory)?;
    let claims = batch::distinct(claims, &mut refused);
    let (groups, lonely) = batch::groups(claims, &mut refused).map_err(no_memory)?;
    let mut report = Run::new(input, desk).stage(groups, lonely)?;
    report.refused.extend(refused);
    order::sort(&mut report.refused, |a, b| a.path < b.path);
    answer::add(&mut report, input);
    log::info!(
        "{} payments, {} documents refused, {} carried forward",
        report.paid.len(),
        report.refused.len(),
        report.carried_forward.len()
    );
    Ok(report)
}

/// Every document below the folder: what can be paid or set off, and what is refused by itself.
fn read(folder: &str, input: &Input) -> Result<(Vec<Claim>, Vec<RefusedDocument>), PayError> {
    let not_readable = |refusal: Refusal| PayError::NotReadable(refusal.to_string());
    let mut entries = files::list_recursive(folder).map_err(not_readable)?;
    entries.retain(|entry| entry.path.to_ascii_lowercase().ends_with(".xml"));
    if entries.is_empty() {
        return Err(PayError::NoInvoices(format!(
            "There is no .xml file in {folder}, so there is nothing to pay."
        )));
    }
    if entries.len() > MAX_FILES {
        return Err(PayError::NotReadable(format!(
            "The folder has {} files; at most {MAX_FILES} are paid at once. Pass a folder inside it.",
            entries.len()
        )));
    }
    if let Some(unknown) = input
        .again
        .iter()
        .find(|path| !entries.iter().any(|entry| entry.path == **path))
    {
        return Err(PayError::InvalidInput(format!(
            "`again` names `{}`, which is no .xml file in {folder}.",
            text::line(unknown, 200)
        )));
    }
    let mut claims = Vec::new();
    let mut refused = Vec::new();
    for entry in entries {
        let outcome = match files::read(&entry.path) {
            Ok(bytes) => claim::read(&entry.path, &bytes, input),
            Err(refusal) => Err(RefusedDocument {
                path: entry.path,
                document: None,
                seller: None,
                reasons: vec![reason(RefusedCode::NotReadable, refusal.to_string())],
            }),
        };
        match outcome {
            Ok(claim) => claims.push(claim),
            Err(document) => refused.push(document),
        }
    }
    Ok((claims, refused))
}
