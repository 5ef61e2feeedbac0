//! The documents of a shipment, as a skill.
//!
//! `shipment` reads and checks the one description that all documents come from, with its `parts`; `documents` writes the six;
//! `table` names the fields, the rules and what each document needs. All of them are of one shipment, so that customs, carrier,
//! bank and buyer read the same figures.

mod documents;
mod parts;
mod shipment;
mod table;
#[cfg(test)]
mod tests;

use bindings::{
    DocumentKind, DocumentWritten, Guest, Invalid, Shipment, TradeDocument, TradeDocumentAnswer,
    Wanted, WriteError,
};
use guildhall_answer::Status;
use guildhall_sdk::{context, files, log};
use guildhall_ubl::{Draft, NotMade};

use crate::table::{SOURCES, TOTAL, document, is_priced};

/// Documents of one call.
const MAX_DOCUMENTS: usize = 200;

struct TradeDocs;

guildhall_sdk::skill!(TradeDocs);
guildhall_answer::bind!(bindings);
guildhall_ubl::bind!(bindings);

impl Guest for TradeDocs {
    fn compose(kind: DocumentKind, shipment: Shipment) -> Result<TradeDocumentAnswer, Invalid> {
        compose(kind, &shipment)
    }

    fn compose_all(wanted: Vec<Wanted>) -> Vec<Result<TradeDocumentAnswer, Invalid>> {
        let make = |each: &Wanted| compose(each.kind, &each.shipment);
        guildhall_ubl::each(MAX_DOCUMENTS, "documents", &wanted, make)
    }

    fn write(
        kinds: Vec<DocumentKind>,
        shipment: Shipment,
        folder: String,
    ) -> Result<Vec<DocumentWritten>, WriteError> {
        // All are made before the first is staged.
        let mut made = Vec::new();
        for kind in kinds {
            let mut answer = compose(kind, &shipment)?;
            // Whoever reads the answer finds the files beside it.
            let document = answer.value.as_mut();
            let Some(xml) = document.map(|value| std::mem::take(&mut value.xml)) else {
                return Err(WriteError::OutOfScope(answer.reason));
            };
            made.push((kind, answer, xml));
        }
        let folder = folder.trim_end_matches('/');
        let mut written = Vec::new();
        for (kind, answer, xml) in made {
            let path = format!("{folder}/{}.xml", document(kind).file);
            let file = files::write(&path, xml)?;
            written.push(DocumentWritten { answer, path, file });
        }
        log::info!("{} documents are staged", written.len());
        Ok(written)
    }
}

fn compose(kind: DocumentKind, given: &Shipment) -> Result<TradeDocumentAnswer, Invalid> {
    let mut draft = Draft::default();
    let made = write(&mut draft, kind, given);
    let document = document(kind);
    match draft.finish(document.root, made) {
        Err(NotMade::Invalid(problems)) => Err(problems.into()),
        Err(NotMade::Beyond(problem)) => Ok(answer(Status::OutOfScope, None, problem.message)),
        Ok((xml, value)) => {
            let value = TradeDocument { xml, ..value };
            let reason = document.reason.to_owned();
            Ok(answer(Status::Answered, Some(value), reason))
        }
    }
}

/// Writes a document; what is made has no text yet.
fn write(draft: &mut Draft, kind: DocumentKind, given: &Shipment) -> Option<TradeDocument> {
    let (read, _) = draft.part(|draft| shipment::read(draft, given));
    let shipment = read?;
    let number = documents::write(draft, kind, &shipment);
    let total = shipment.value() + shipment.charged;
    let total = is_priced(kind).then(|| draft.in_money(TOTAL, total));
    Some(TradeDocument {
        kind,
        number,
        xml: String::new(),
        total: total.flatten(),
        packages: shipment::package_count(given),
        gross_weight: shipment.gross.map(|weight| weight.to_string()),
    })
}

fn answer(status: Status, value: Option<TradeDocument>, reason: String) -> TradeDocumentAnswer {
    TradeDocumentAnswer {
        status: status.into(),
        value,
        sources: SOURCES.iter().cloned().map(Into::into).collect(),
        as_of: context::today().to_string(),
        reason,
    }
}
