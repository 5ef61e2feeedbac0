//! Sums invoices by VAT, as a skill.
//!
//! `collect` decides which documents count, `tables` writes CSV and JSON; the sums are of `guildhall-vat`, which `vat-return` shares.

mod collect;
mod tables;
#[cfg(test)]
mod tests;

use bindings::{Guest, ReportError, VatSummary};
use guildhall_sdk::{Refusal, files, log};
use guildhall_vat::{NoFolder, each_document};

use crate::collect::Collection;

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
    let mut collection = Collection::default();
    each_document(folder, |path, document| collection.add(path, document)).map_err(
        |why| match why {
            NoFolder::NotReadable(message) => ReportError::NotReadable(message),
            NoFolder::Empty(message) => ReportError::NoInvoices(message),
        },
    )?;
    Ok(collection)
}

fn not_writable(refusal: Refusal) -> ReportError {
    ReportError::NotWritable(refusal.to_string())
}
