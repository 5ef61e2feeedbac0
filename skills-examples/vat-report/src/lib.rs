//! Sums invoices by VAT, as a skill.
//!
//! `sums` adds up, `collect` decides which documents count, `tables` writes CSV and JSON; this file asks the host.

mod collect;
mod sums;
mod tables;
#[cfg(test)]
mod tests;

use bindings::{Guest, ReportError, VatSummary};
use guildhall_sdk::{Refusal, files, log};

use crate::collect::Collection;

/// Files that are summed at once. Each costs one host call, of which a run has 10,000 by default.
const MAX_FILES: usize = 5_000;

struct VatReport;

guildhall_sdk::skill!(VatReport);

impl Guest for VatReport {
    fn report(folder: String, output: String) -> Result<VatSummary, ReportError> {
        let collection = collect(&folder)?;
        let mut summary = collection.summary();
        let tables = [
            (".csv", tables::sums(&summary)),
            ("-documents.csv", tables::documents(collection.entries())),
            (".json", tables::json(&summary, collection.entries())),
        ];
        for (ending, content) in tables {
            let path = format!("{output}{ending}");
            let content = content.map_err(|error| {
                ReportError::NotWritable(format!("The file {path} could not be made: {error}"))
            })?;
            files::write(&path, content).map_err(not_writable)?;
            summary.files.push(path);
        }
        log::info!(
            "{} documents summed, {} left out",
            summary.counted,
            summary.left_out.len()
        );
        Ok(summary)
    }
}

fn collect(folder: &str) -> Result<Collection, ReportError> {
    let mut entries = files::list_recursive(folder).map_err(not_readable)?;
    entries.retain(|entry| entry.path.to_ascii_lowercase().ends_with(".xml"));
    if entries.is_empty() {
        return Err(ReportError::NoInvoices(format!(
            "There is no .xml file in {folder}, so there is nothing to sum."
        )));
    }
    if entries.len() > MAX_FILES {
        return Err(ReportError::NotReadable(format!(
            "The folder has {} files; at most {MAX_FILES} are summed at once. Pass a folder inside it.",
            entries.len()
        )));
    }
    let mut collection = Collection::default();
    for entry in entries {
        let content = files::read(&entry.path);
        collection.add(entry.path, content);
    }
    Ok(collection)
}

fn not_readable(refusal: Refusal) -> ReportError {
    ReportError::NotReadable(refusal.to_string())
}

fn not_writable(refusal: Refusal) -> ReportError {
    ReportError::NotWritable(refusal.to_string())
}
