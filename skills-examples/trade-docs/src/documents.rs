//! The six documents, each with its elements in the order of its schema.

use guildhall_sdk::context;
use guildhall_ubl::Draft;

use crate::bindings::DocumentKind;
use crate::parts::Goods;
use crate::shipment::Shipment;
use crate::table::*;

/// Until a chamber of commerce has endorsed it, nobody has.
const NOT_ENDORSED: &str = "Not endorsed";

/// Writes a document and gives its number.
pub fn write(draft: &mut Draft, kind: DocumentKind, shipment: &Shipment<'_>) -> String {
    let given = shipment.given;
    let own = given.document_numbers.iter().find(|each| each.kind == kind);
    draft.leaf("UBLVersionID", "2.1");
    let number = own.map_or(&given.number, |own| &own.number);
    let number = draft.required(DOCUMENT_NUMBER, number);
    for (kinds, there, rule) in NEEDS {
        let needed = kinds.contains(&kind);
        draft.require(!needed || there(shipment), *rule, &[]);
    }
    draft.leaf("IssueDate", shipment.issued);
    match kind {
        DocumentKind::CommercialInvoice => invoice(draft, shipment),
        DocumentKind::PackingList => waybill(draft, "Packing list", None, shipment),
        DocumentKind::CertificateOfOrigin => certificate(draft, &number, shipment),
        DocumentKind::BillOfLading => waybill(draft, "Bill of lading", Some("draft"), shipment),
        DocumentKind::RequestForQuotation => request(draft, shipment),
        DocumentKind::Quotation => quotation(draft, shipment),
    }
    number
}

fn invoice(draft: &mut Draft, shipment: &Shipment<'_>) {
    draft.leaf("InvoiceTypeCode", "380");
    draft.put(shipment.notes.clone());
    draft.leaf("DocumentCurrencyCode", draft.scale());
    draft.leaf("OrderReference/ID", &shipment.order_number);
    draft.copy("AccountingSupplierParty/Party", &shipment.seller.content);
    draft.copy("AccountingCustomerParty/Party", &shipment.buyer.content);
    draft.group("Delivery", |draft| {
        draft.copy("DeliveryParty", &shipment.consignee.content);
        draft.copy("Shipment", &shipment.transported);
    });
    draft.copy("DeliveryTerms", &shipment.terms);
    draft.leaf("PaymentTerms/Note", &shipment.payment_terms);
    draft.put(shipment.charges.clone());
    totals(draft, "LegalMonetaryTotal", shipment);
    lines(draft, "InvoiceLine", shipment, |draft, _, goods| {
        draft.measure("InvoicedQuantity", &goods.unit, goods.quantity);
        draft.amount("LineExtensionAmount", goods.value);
        draft.copy("Item", &goods.item);
        draft.price("Price/PriceAmount", goods.price);
    });
}

fn totals(draft: &mut Draft, path: &'static str, shipment: &Shipment<'_>) {
    let (value, charged) = (shipment.value(), shipment.charged);
    draft.group(path, |draft| {
        draft.amount("LineExtensionAmount", value);
        draft.amount("TaxExclusiveAmount", value + charged);
        draft.amount("ChargeTotalAmount", (charged != 0).then_some(charged));
        draft.amount("PayableAmount", value + charged);
    });
}

fn lines(
    draft: &mut Draft,
    name: &'static str,
    shipment: &Shipment<'_>,
    content: impl Fn(&mut Draft, usize, &Goods),
) {
    draft.each(name, &shipment.goods, |draft, number, goods| {
        draft.group(name, |draft| {
            draft.leaf("ID", number);
            content(draft, number, goods);
        });
    });
}

/// A packing list, or a bill of lading as a draft.
fn waybill(draft: &mut Draft, name: &str, status: Option<&str>, shipment: &Shipment<'_>) {
    draft.leaf("Name", name);
    draft.put(shipment.notes.clone());
    draft.leaf("DocumentStatusCode", status);
    draft.copy("ConsignorParty", &shipment.seller.content);
    draft.copy("CarrierParty", &shipment.carrier);
    draft.copy("Shipment", &shipment.transported);
    if let Some(number) = &shipment.order_number {
        draft.leaf("DocumentReference/ID", number);
        draft.leaf("DocumentReference/DocumentType", "Purchase order");
    }
}

fn certificate(draft: &mut Draft, number: &str, shipment: &Shipment<'_>) {
    let Some(chamber) = &shipment.chamber else {
        return;
    };
    let endorser = |draft: &mut Draft| {
        draft.group("EndorserParty", |draft| {
            draft.leaf("RoleCode", "chamber-of-commerce");
            draft.leaf("SequenceNumeric", "1");
            draft.copy("Party", &chamber.content);
            draft.leaf("SignatoryContact/Name", &chamber.signatory);
        });
    };
    draft.leaf("Description", "Certificate of origin");
    draft.put(shipment.notes.clone());
    draft.copy("ExporterParty", &shipment.seller.content);
    draft.copy("ImporterParty", &shipment.buyer.content);
    endorser(draft);
    draft.group("CertificateOfOriginApplication", |draft| {
        draft.leaf("ReferenceID", number);
        draft.leaf("CertificateType", "Non-preferential certificate of origin");
        draft.leaf("OriginalJobID", shipment.given.number.trim());
        draft.copy("Shipment", &shipment.transported);
        endorser(draft);
        draft.copy("PreparationParty", &shipment.seller.content);
        draft.copy("IssuerParty", &chamber.content);
        draft.copy("ExporterParty", &shipment.seller.content);
        draft.copy("ImporterParty", &shipment.buyer.content);
        draft.leaf("IssuingCountry/IdentificationCode", &chamber.country);
    });
    draft.group("IssuerEndorsement", |draft| {
        draft.leaf("DocumentID", number);
        draft.leaf("ApprovalStatus", NOT_ENDORSED);
        endorser(draft);
    });
}

fn request(draft: &mut Draft, shipment: &Shipment<'_>) {
    let now = context::now().to_string();
    draft.leaf("IssueTime", now.get(11..19).unwrap_or("00:00:00"));
    draft.leaf("SubmissionDueDate", shipment.valid_until);
    draft.put(shipment.notes.clone());
    draft.leaf("PricingCurrencyCode", draft.scale());
    draft.leaf("LineCountNumeric", shipment.goods.len());
    draft.copy("OriginatorCustomerParty/Party", &shipment.buyer.content);
    draft.copy("SellerSupplierParty/Party", &shipment.seller.content);
    draft.copy("DeliveryTerms", &shipment.terms);
    let destination = &shipment.consignee.country;
    draft.leaf("DestinationCountry/IdentificationCode", destination);
    let name = "RequestForQuotationLine";
    lines(draft, name, shipment, |draft, number, goods| {
        draft.group("LineItem", |draft| {
            draft.leaf("ID", number);
            draft.measure("Quantity", &goods.unit, goods.quantity);
            draft.copy("Item", &goods.item);
        });
    });
}

fn quotation(draft: &mut Draft, shipment: &Shipment<'_>) {
    draft.put(shipment.notes.clone());
    draft.leaf("PricingCurrencyCode", draft.scale());
    draft.leaf("LineCountNumeric", shipment.goods.len());
    draft.leaf("ValidityPeriod/StartDate", shipment.issued);
    draft.leaf("ValidityPeriod/EndDate", shipment.valid_until);
    let request = &shipment.request_number;
    draft.leaf("RequestForQuotationDocumentReference/ID", request);
    draft.copy("SellerSupplierParty/Party", &shipment.seller.content);
    draft.copy("OriginatorCustomerParty/Party", &shipment.buyer.content);
    draft.copy("DeliveryTerms", &shipment.terms);
    draft.put(shipment.charges.clone());
    let destination = &shipment.consignee.country;
    draft.leaf("DestinationCountry/IdentificationCode", destination);
    totals(draft, "QuotedMonetaryTotal", shipment);
    lines(draft, "QuotationLine", shipment, |draft, number, goods| {
        draft.measure("Quantity", &goods.unit, goods.quantity);
        draft.amount("LineExtensionAmount", goods.value);
        draft.group("LineItem", |draft| {
            draft.leaf("ID", number);
            draft.measure("Quantity", &goods.unit, goods.quantity);
            draft.amount("LineExtensionAmount", goods.value);
            draft.price("Price/PriceAmount", goods.price);
            draft.copy("Item", &goods.item);
        });
    });
}
