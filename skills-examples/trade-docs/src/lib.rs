//! The documents of a shipment, as a skill.
//!
//! `shipment` (with `reader`) reads and checks the one description that all documents come from, `parts` writes what several of them have, `documents`
//! holds the six and what each needs. All of them are of one shipment, so that customs, carrier, bank and buyer read the same
//! figures.

mod documents;
mod parts;
mod reader;
mod shipment;
#[cfg(test)]
mod tests;

use bindings::{
    DocumentKind, DocumentWritten, Guest, Invalid, Problem, Shipment, TradeDocument,
    TradeDocumentAnswer, Wanted, WriteError,
};
use guildhall_answer::{Source, Status};
use guildhall_sdk::{Money, context, files, log};
use guildhall_ubl::Problems;

/// Documents of one call.
const MAX_DOCUMENTS: usize = 200;

/// The standards that the documents follow.
const SOURCES: &[Source] = &[
    Source::new(
        "OASIS Universal Business Language 2.1",
        "2013-11-04",
        "standard of OASIS, royalty-free",
    ),
    Source::new(
        "Incoterms 2020, International Chamber of Commerce",
        "2020-01-01",
        "its codes only",
    ),
];

struct TradeDocs;

guildhall_sdk::skill!(TradeDocs);
guildhall_answer::bind!(bindings);

impl Guest for TradeDocs {
    fn compose(kind: DocumentKind, shipment: Shipment) -> Result<TradeDocumentAnswer, Invalid> {
        compose(kind, &shipment)
    }

    fn compose_all(wanted: Vec<Wanted>) -> Vec<Result<TradeDocumentAnswer, Invalid>> {
        let too_many = wanted.len() > MAX_DOCUMENTS;
        let answer = |each: &Wanted| {
            if too_many {
                let mut problems = Problems::default();
                let message =
                    format!("At most {MAX_DOCUMENTS} documents are made at once: pass fewer.");
                problems.add("document", "", message);
                return Err(invalid(problems));
            }
            compose(each.kind, &each.shipment)
        };
        wanted.iter().map(answer).collect()
    }

    fn write(
        kinds: Vec<DocumentKind>,
        shipment: Shipment,
        folder: String,
    ) -> Result<Vec<DocumentWritten>, WriteError> {
        // All are made before the first is staged.
        let mut made = Vec::new();
        for kind in kinds {
            let mut answer = compose(kind, &shipment).map_err(WriteError::Invalid)?;
            // Whoever reads the answer finds the files beside it.
            let document = answer.value.as_mut();
            let Some(xml) = document.map(|value| std::mem::take(&mut value.xml)) else {
                return Err(WriteError::OutOfScope(answer.reason));
            };
            made.push((kind, answer, xml));
        }
        let mut written = Vec::new();
        for (kind, answer, xml) in made {
            let (_, name) = documents::names(kind);
            let path = format!("{}/{name}.xml", folder.trim_end_matches('/'));
            let file = files::write(&path, xml)
                .map_err(|refusal| WriteError::NotWritable(refusal.to_string()))?;
            written.push(DocumentWritten { answer, path, file });
        }
        log::info!("{} documents are staged", written.len());
        Ok(written)
    }
}

fn compose(kind: DocumentKind, given: &Shipment) -> Result<TradeDocumentAnswer, Invalid> {
    let (mut problems, mut beyond) = (Problems::default(), Vec::new());
    let read = shipment::read(&mut problems, &mut beyond, given);
    let number = number(&mut problems, kind, given);
    if let Some(shipment) = &read {
        documents::needs(&mut problems, kind, shipment);
    }
    if !problems.is_empty() {
        return Err(invalid(problems));
    }
    if !beyond.is_empty() {
        return Ok(answer(
            Status::OutOfScope,
            None,
            beyond.swap_remove(0).message,
        ));
    }
    let value = read.and_then(|shipment| document(kind, number, &shipment));
    match value {
        Some(value) => Ok(answer(
            Status::Answered,
            Some(value),
            reason(kind).to_owned(),
        )),
        None => {
            problems.add(
                "document",
                "",
                "The figures are too large: split the shipment.",
            );
            Err(invalid(problems))
        }
    }
}

fn number(problems: &mut Problems, kind: DocumentKind, given: &Shipment) -> String {
    let own = given.document_numbers.iter().find(|each| each.kind == kind);
    let number = own.map_or(&given.number, |own| &own.number);
    guildhall_ubl::required(
        problems,
        ("cbc:ID", "", "The number of the document"),
        number,
    )
}

fn document(
    kind: DocumentKind,
    number: String,
    shipment: &shipment::Shipment,
) -> Option<TradeDocument> {
    let now = context::now().to_string();
    let time = now.get(11..19).unwrap_or("00:00:00");
    let total = match (documents::is_priced(kind), shipment.currency) {
        (true, Some(currency)) => {
            let minor = i64::try_from(documents::total(shipment)?).ok()?;
            Some(Money::of(minor, currency))
        }
        _ => None,
    };
    let xml = documents::write(kind, &number, time, shipment)?;
    Some(TradeDocument {
        kind,
        number,
        xml,
        total,
        packages: shipment.package_count(),
        gross_weight: shipment.gross_weight().map(|weight| weight.to_string()),
    })
}

/// What a person should know of the document.
fn reason(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::CommercialInvoice => {
            "It follows UBL 2.1 and states no VAT: for an invoice by EN 16931 use einvoice. It is no customs declaration."
        }
        DocumentKind::PackingList => {
            "It follows UBL 2.1; its weights agree with those of the other documents of this shipment."
        }
        DocumentKind::CertificateOfOrigin => {
            "It is not endorsed: give it to the chamber of commerce, which examines the origin you state."
        }
        DocumentKind::BillOfLading => {
            "It is a draft for the carrier: only the carrier issues a bill of lading."
        }
        DocumentKind::RequestForQuotation => {
            "It follows UBL 2.1 and asks for prices; it orders nothing."
        }
        DocumentKind::Quotation => {
            "It is an offer that binds you until its last day once it is sent."
        }
    }
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
