//! From the tree of elements to the typed document. Nothing is judged here: what is missing is none, what cannot be read
//! keeps its text.

mod line;
mod party;
mod payment;

use crate::date::parse_date;
use crate::document::{
    Amount, Attachment, DateField, Document, Kind, NumberField, Period, Reference, ReferenceKind,
    TaxCategory, Totals, VatGroup,
};
use crate::error::ReadError;
use crate::number;
use crate::xml::{self, Node};

/// Longest text that is kept, in characters. Notes of an invoice are shorter; longer ones end with `…`.
const MAX_TEXT: usize = 4_000;

/// Reads one UBL 2.1 Invoice or CreditNote.
///
/// # Errors
/// [`ReadError`] when the bytes are no such document or exceed a bound. A document that is incomplete or does not add
/// up is no error: [`crate::check`] tells.
pub fn read(bytes: &[u8]) -> Result<Document, ReadError> {
    let tree = xml::parse(bytes)?;
    Ok(document(tree.kind, tree.root()))
}

fn document(kind: Kind, root: Node<'_>) -> Document {
    let (type_code, line, quantity) = match kind {
        Kind::Invoice => ("InvoiceTypeCode", "InvoiceLine", "InvoicedQuantity"),
        Kind::CreditNote => ("CreditNoteTypeCode", "CreditNoteLine", "CreditedQuantity"),
    };
    let currency = text(root, &["DocumentCurrencyCode"]);
    let tax_currency = text(root, &["TaxCurrencyCode"]);
    let (vat_breakdown, totals) = totals(root, currency.as_deref(), tax_currency.as_deref());
    let (payments, accounts) = payment::payments(root);
    let (references, nameless_preceding_invoices) = references(kind, root);
    // A credit note has no due date of its own in UBL 2.1; EN 16931 puts it into the payment means.
    let due_date = date(root, &["DueDate"]).or_else(|| {
        root.children("PaymentMeans")
            .find_map(|means| date(means, &["PaymentDueDate"]))
    });
    let delivery = root.child("Delivery");
    Document {
        kind,
        specification: text(root, &["CustomizationID"]),
        number: text(root, &["ID"]),
        type_code: text(root, &[type_code]),
        issue_date: date(root, &["IssueDate"]),
        due_date,
        tax_point_date: date(root, &["TaxPointDate"]),
        delivery_date: delivery.and_then(|delivery| date(delivery, &["ActualDeliveryDate"])),
        delivery_country: delivery.and_then(|delivery| {
            text(
                delivery,
                &[
                    "DeliveryLocation",
                    "Address",
                    "Country",
                    "IdentificationCode",
                ],
            )
        }),
        period: period(root),
        currency,
        tax_currency,
        buyer_reference: text(root, &["BuyerReference"]),
        notes: texts(root, "Note"),
        references,
        nameless_preceding_invoices,
        seller: party::party(root.at(&["AccountingSupplierParty", "Party"])),
        buyer: party::party(root.at(&["AccountingCustomerParty", "Party"])),
        payee: root.child("PayeeParty").map(party::other_party),
        tax_representative: root.child("TaxRepresentativeParty").map(party::other_party),
        payments,
        accounts,
        payment_terms: root
            .children("PaymentTerms")
            .flat_map(|terms| texts(terms, "Note"))
            .collect(),
        allowances_charges: root
            .children("AllowanceCharge")
            .map(line::allowance_charge)
            .collect(),
        vat_breakdown,
        totals,
        lines: root
            .children(line)
            .map(|node| line::line(node, quantity))
            .collect(),
        attachments: root
            .children("AdditionalDocumentReference")
            .filter(|reference| !is_project(kind, *reference))
            .map(attachment)
            .collect(),
    }
}

/// VAT stands once in the document's currency, with its breakdown, and may stand once more in that of the tax authority.
fn totals(
    root: Node<'_>,
    currency: Option<&str>,
    tax_currency: Option<&str>,
) -> (Vec<VatGroup>, Totals) {
    let of = |wanted: Option<&str>| {
        root.children("TaxTotal").find(|total| {
            wanted.is_some()
                && total
                    .child("TaxAmount")
                    .and_then(|amount| amount.attribute("currencyID"))
                    == wanted
        })
    };
    let main = of(currency).or_else(|| root.child("TaxTotal"));
    let second = tax_currency
        .filter(|code| Some(*code) != currency)
        .and_then(|code| of(Some(code)));
    let sums = root.child("LegalMonetaryTotal");
    let sum = |name| sums.and_then(|sums| amount(sums, name));
    let totals = Totals {
        lines: sum("LineExtensionAmount"),
        allowances: sum("AllowanceTotalAmount"),
        charges: sum("ChargeTotalAmount"),
        tax_exclusive: sum("TaxExclusiveAmount"),
        vat: main.and_then(|total| amount(total, "TaxAmount")),
        vat_in_tax_currency: second.and_then(|total| amount(total, "TaxAmount")),
        tax_inclusive: sum("TaxInclusiveAmount"),
        prepaid: sum("PrepaidAmount"),
        rounding: sum("PayableRoundingAmount"),
        payable: sum("PayableAmount"),
    };
    let groups = main
        .into_iter()
        .flat_map(|total| total.children("TaxSubtotal"))
        .map(|group| {
            let category = group.child("TaxCategory");
            let reason = |name| category.and_then(|category| text(category, &[name]));
            VatGroup {
                tax: tax_category(category),
                taxable: amount(group, "TaxableAmount"),
                vat: amount(group, "TaxAmount"),
                exemption_reason: reason("TaxExemptionReason")
                    .or_else(|| reason("TaxExemptionReasonCode")),
            }
        })
        .collect();
    (groups, totals)
}

fn references(kind: Kind, root: Node<'_>) -> (Vec<Reference>, usize) {
    let mut found = Vec::new();
    let mut add = |kind, node: Option<Node<'_>>, id: &'static str| {
        let id = node.and_then(|node| text(node, &[id]));
        if let (Some(node), Some(id)) = (node, id) {
            found.push(Reference {
                kind,
                id,
                date: date(node, &["IssueDate"]),
            });
            return true;
        }
        false
    };
    let order = root.child("OrderReference");
    add(ReferenceKind::Order, order, "ID");
    add(ReferenceKind::SalesOrder, order, "SalesOrderID");
    let mut nameless = 0;
    for billing in root.children("BillingReference") {
        if !add(
            ReferenceKind::PrecedingInvoice,
            billing.child("InvoiceDocumentReference"),
            "ID",
        ) {
            nameless += 1;
        }
    }
    for (kind, name) in [
        (ReferenceKind::Despatch, "DespatchDocumentReference"),
        (ReferenceKind::Receipt, "ReceiptDocumentReference"),
        (ReferenceKind::Tender, "OriginatorDocumentReference"),
        (ReferenceKind::Contract, "ContractDocumentReference"),
        (ReferenceKind::Project, "ProjectReference"),
    ] {
        for node in root.children(name) {
            add(kind, Some(node), "ID");
        }
    }
    for node in root
        .children("AdditionalDocumentReference")
        .filter(|node| is_project(kind, *node))
    {
        add(ReferenceKind::Project, Some(node), "ID");
    }
    (found, nameless)
}

/// A credit note has no project reference in UBL 2.1; EN 16931 writes it as an additional document of type 50.
fn is_project(kind: Kind, reference: Node<'_>) -> bool {
    kind == Kind::CreditNote
        && reference.at(&["DocumentTypeCode"]).and_then(Node::text) == Some("50")
}

fn attachment(reference: Node<'_>) -> Attachment {
    let embedded = reference.at(&["Attachment", "EmbeddedDocumentBinaryObject"]);
    let attribute = |name| embedded.and_then(|node| node.attribute(name)).map(shorten);
    Attachment {
        id: text(reference, &["ID"]),
        description: text(reference, &["DocumentDescription"]),
        filename: attribute("filename"),
        media_type: attribute("mimeCode"),
        // Four characters of base64 are three bytes; padding makes this at most two too many.
        embedded_bytes: embedded.map(|node| node.embedded() / 4 * 3),
        location: text(reference, &["Attachment", "ExternalReference", "URI"]),
    }
}

fn period(node: Node<'_>) -> Period {
    let period = node.child("InvoicePeriod");
    Period {
        start: period.and_then(|period| date(period, &["StartDate"])),
        end: period.and_then(|period| date(period, &["EndDate"])),
    }
}

fn tax_category(category: Option<Node<'_>>) -> TaxCategory {
    TaxCategory {
        code: category.and_then(|category| text(category, &["ID"])),
        rate: category.and_then(|category| number_field(category, "Percent")),
    }
}

/// The category of VAT among several of other taxes; if none is named so, the first.
fn vat_category<'t>(node: Node<'t>, name: &'static str) -> Option<Node<'t>> {
    node.children(name)
        .find(|category| is_vat(*category))
        .or_else(|| node.child(name))
}

fn is_vat(node: Node<'_>) -> bool {
    node.at(&["TaxScheme", "ID"])
        .and_then(Node::text)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("VAT"))
}

fn text(node: Node<'_>, path: &[&'static str]) -> Option<String> {
    node.at(path)?.text().map(shorten)
}

fn texts(node: Node<'_>, name: &'static str) -> Vec<String> {
    node.children(name)
        .filter_map(Node::text)
        .map(shorten)
        .collect()
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        None => text.to_owned(),
        Some((end, _)) => text
            .get(..end)
            .unwrap_or_default()
            .chars()
            .chain(['…'])
            .collect(),
    }
}

fn date(node: Node<'_>, path: &[&'static str]) -> Option<DateField> {
    let raw = text(node, path)?;
    let value = parse_date(&raw);
    Some(DateField { raw, value })
}

fn number_field(node: Node<'_>, name: &'static str) -> Option<NumberField> {
    let raw = text(node, &[name])?;
    let value = number::parse(&raw);
    Some(NumberField { raw, value })
}

fn amount(node: Node<'_>, name: &'static str) -> Option<Amount> {
    let number = number_field(node, name)?;
    let currency = node
        .child(name)
        .and_then(|node| node.attribute("currencyID"))
        .map(shorten);
    Some(Amount { number, currency })
}
