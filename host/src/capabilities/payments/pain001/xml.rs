//! Checked orders as XML. The sequence of elements is the schema's.

use super::check::{Block, Checked, Transfer};
use super::{NAMESPACE, NOT_PROVIDED};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::io;

type Xml = Writer<Vec<u8>>;

/// The whole file.
///
/// # Errors
/// None in memory; the writer's type has them.
pub fn document(batch: &Checked<'_>) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("Document")
        .with_attribute(("xmlns", NAMESPACE))
        .write_inner_content(|xml| {
            within(xml, "CstmrCdtTrfInitn", |xml| {
                within(xml, "GrpHdr", |xml| header(xml, batch))?;
                batch
                    .blocks
                    .iter()
                    .try_for_each(|block| within(xml, "PmtInf", |xml| payment(xml, batch, block)))
            })
        })?;
    let mut bytes = xml.into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

fn header(xml: &mut Xml, batch: &Checked<'_>) -> io::Result<()> {
    leaf(xml, "MsgId", batch.message_id)?;
    leaf(xml, "CreDtTm", &batch.created)?;
    leaf(xml, "NbOfTxs", &batch.count.to_string())?;
    leaf(xml, "CtrlSum", &batch.sum)?;
    within(xml, "InitgPty", |xml| leaf(xml, "Nm", &batch.initiator))
}

fn payment(xml: &mut Xml, batch: &Checked<'_>, block: &Block<'_>) -> io::Result<()> {
    leaf(xml, "PmtInfId", &block.id)?;
    leaf(xml, "PmtMtd", "TRF")?;
    leaf(xml, "NbOfTxs", &block.transfers.len().to_string())?;
    leaf(xml, "CtrlSum", &block.sum)?;
    if block.sepa {
        within(xml, "PmtTpInf", |xml| {
            within(xml, "SvcLvl", |xml| leaf(xml, "Cd", "SEPA"))
        })?;
    }
    within(xml, "ReqdExctnDt", |xml| leaf(xml, "Dt", &block.requested))?;
    within(xml, "Dbtr", |xml| leaf(xml, "Nm", &block.debtor_name))?;
    account(xml, "DbtrAcct", batch.debtor_account())?;
    within(xml, "DbtrAgt", |xml| {
        within(xml, "FinInstnId", |xml| match batch.debtor_bic {
            Some(bic) => leaf(xml, "BICFI", bic),
            // The schema wants a bank here; this is how the SEPA rules say that the IBAN tells it.
            None => within(xml, "Othr", |xml| leaf(xml, "Id", NOT_PROVIDED)),
        })
    })?;
    // The SEPA rules allow nothing but SLEV; outside of them it means nothing.
    leaf(xml, "ChrgBr", if block.sepa { "SLEV" } else { "SHAR" })?;
    block
        .transfers
        .iter()
        .try_for_each(|order| within(xml, "CdtTrfTxInf", |xml| transfer(xml, order)))
}

fn transfer(xml: &mut Xml, order: &Transfer<'_>) -> io::Result<()> {
    within(xml, "PmtId", |xml| {
        leaf(xml, "EndToEndId", order.end_to_end_id)
    })?;
    within(xml, "Amt", |xml| {
        xml.create_element("InstdAmt")
            .with_attribute(("Ccy", order.currency))
            .write_text_content(BytesText::new(&order.amount))
            .map(drop)
    })?;
    within(xml, "Cdtr", |xml| leaf(xml, "Nm", &order.creditor_name))?;
    account(xml, "CdtrAcct", order.creditor_account())?;
    if order.remittance.is_empty() {
        return Ok(());
    }
    within(xml, "RmtInf", |xml| leaf(xml, "Ustrd", &order.remittance))
}

fn account(xml: &mut Xml, name: &str, iban: &str) -> io::Result<()> {
    within(xml, name, |xml| {
        within(xml, "Id", |xml| leaf(xml, "IBAN", iban))
    })
}

fn within(
    xml: &mut Xml,
    name: &str,
    inside: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    xml.create_element(name)
        .write_inner_content(inside)
        .map(drop)
}

fn leaf(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name)
        .write_text_content(BytesText::new(text))
        .map(drop)
}
