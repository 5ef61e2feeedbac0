//! The six documents: what each needs, and its elements in the order of its schema.

use guildhall_sdk::Currency;
use guildhall_ubl::{Party, Problems, Writer};

use crate::bindings::DocumentKind;
use crate::parts::{
    amount, country, delivery_terms, item, price, quantity, shipment as shipment_part,
};
use crate::shipment::Shipment;

/// Until a chamber of commerce has endorsed it, nobody has.
const NOT_ENDORSED: &str = "Not endorsed";

/// How a document is called: its root element, and a word for people and file names.
pub fn names(kind: DocumentKind) -> (&'static str, &'static str) {
    match kind {
        DocumentKind::CommercialInvoice => ("Invoice", "commercial-invoice"),
        DocumentKind::PackingList => ("PackingList", "packing-list"),
        DocumentKind::CertificateOfOrigin => ("CertificateOfOrigin", "certificate-of-origin"),
        DocumentKind::BillOfLading => ("BillOfLading", "bill-of-lading"),
        DocumentKind::RequestForQuotation => ("RequestForQuotation", "request-for-quotation"),
        DocumentKind::Quotation => ("Quotation", "quotation"),
    }
}

/// Whether a document has prices.
pub fn is_priced(kind: DocumentKind) -> bool {
    matches!(
        kind,
        DocumentKind::CommercialInvoice | DocumentKind::Quotation
    )
}

/// What a document needs of its shipment.
pub fn needs(problems: &mut Problems, kind: DocumentKind, shipment: &Shipment) {
    let mut need =
        |there: bool, term: &str, message: &str| problems.require(there, term, "", message);
    if is_priced(kind) {
        need(
            shipment.currency.is_some(),
            "cbc:DocumentCurrencyCode",
            "The currency is missing: write it, for example EUR.",
        );
        need(
            shipment.goods.iter().all(|goods| goods.price.is_some()),
            "cbc:PriceAmount",
            "Some goods have no price: write the price of one unit of each.",
        );
    }
    match kind {
        DocumentKind::CommercialInvoice => {
            need(
                shipment.terms.is_some(),
                "cac:DeliveryTerms",
                "The terms of delivery are missing, and customs values the goods by them: write an Incoterm and its place.",
            );
            need(
                shipment.goods.iter().all(|goods| goods.origin.is_some()),
                "cac:OriginCountry",
                "Some goods have no country of origin: write it for each.",
            );
        }
        DocumentKind::PackingList => {
            need(
                !shipment.packages.is_empty(),
                "cac:TransportHandlingUnit",
                "There are no packages: write at least one.",
            );
            need(
                shipment.gross_weight().is_some(),
                "cbc:GrossWeightMeasure",
                "The gross weight is missing: write it for all goods, or for all packages.",
            );
            let packed = |number: usize| {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                shipment
                    .packages
                    .iter()
                    .any(|package| package.goods.contains(&number))
            };
            need(
                (1..=shipment.goods.len()).all(packed),
                "cac:GoodsItem",
                "Some goods are in no package: list them with the package they are in.",
            );
        }
        DocumentKind::CertificateOfOrigin => {
            need(
                shipment.chamber.is_some(),
                "cac:IssuerParty",
                "The chamber of commerce that endorses the certificate is missing: write it.",
            );
            need(
                shipment.goods.iter().all(|goods| goods.origin.is_some()),
                "cac:OriginCountry",
                "Some goods have no country of origin: write it for each.",
            );
        }
        DocumentKind::BillOfLading => {
            need(
                shipment.carrier.is_some(),
                "cac:CarrierParty",
                "The carrier is missing: write it.",
            );
            need(
                shipment.transport.is_some(),
                "cac:ShipmentStage",
                "The journey is missing: write how it travels, from where and to where.",
            );
            need(
                !shipment.packages.is_empty(),
                "cac:TransportHandlingUnit",
                "There are no packages: write at least one.",
            );
            need(
                shipment.gross_weight().is_some(),
                "cbc:GrossWeightMeasure",
                "The gross weight is missing: write it for all goods, or for all packages.",
            );
        }
        DocumentKind::RequestForQuotation => {
            need(
                shipment.goods.iter().all(|goods| goods.price.is_none()),
                "cbc:PriceAmount",
                "A request asks for prices: leave them out.",
            );
        }
        DocumentKind::Quotation => {
            need(
                shipment.valid_until.is_some(),
                "cac:ValidityPeriod",
                "The last day of the offer is missing: write it, so that it does not bind you for ever.",
            );
        }
    }
    if let (Some(last), Some(issued)) = (shipment.valid_until, shipment.issued) {
        need(
            last >= issued,
            "cac:ValidityPeriod",
            "The last day lies before the day of issue: correct one of the two.",
        );
    }
}

/// The sum of goods, freight and insurance, in minor units.
pub fn total(shipment: &Shipment) -> Option<i128> {
    let charges: i128 = shipment.charges.iter().map(|(_, minor)| minor).sum();
    shipment.value()?.checked_add(charges)
}

/// Writes a document. `time` is that of a request's issue.
pub fn write(kind: DocumentKind, number: &str, time: &str, shipment: &Shipment) -> Option<String> {
    let day = shipment.issued?.to_string();
    let head = Head {
        number,
        day: &day,
        time,
    };
    let (root, _) = names(kind);
    let currency = shipment.currency;
    if is_priced(kind) && (currency.is_none() || total(shipment).is_none()) {
        return None;
    }
    Some(Writer::document(root, |writer| match (kind, currency) {
        (DocumentKind::CommercialInvoice, Some(currency)) => {
            invoice(&head, currency, shipment, writer)
        }
        (DocumentKind::Quotation, Some(currency)) => quotation(&head, currency, shipment, writer),
        (DocumentKind::PackingList, _) => packing_list(&head, shipment, writer),
        (DocumentKind::CertificateOfOrigin, _) => certificate(&head, shipment, writer),
        (DocumentKind::BillOfLading, _) => bill_of_lading(&head, shipment, writer),
        _ => request(&head, shipment, writer),
    }))
}

/// What every document begins with.
struct Head<'h> {
    number: &'h str,
    day: &'h str,
    time: &'h str,
}

fn notes(shipment: &Shipment, writer: &mut Writer) {
    for note in &shipment.notes {
        writer.leaf("Note", note);
    }
}

fn within(name: &str, party: &Party, writer: &mut Writer) {
    writer.group(name, |writer| party.write("Party", writer));
}

fn charges(currency: Currency, shipment: &Shipment, writer: &mut Writer) {
    for (name, minor) in &shipment.charges {
        writer.group("AllowanceCharge", |writer| {
            writer.leaf("ChargeIndicator", "true");
            writer.leaf("AllowanceChargeReason", name);
            amount(writer, "Amount", currency, *minor);
        });
    }
}

fn totals(name: &str, currency: Currency, shipment: &Shipment, writer: &mut Writer) {
    let (Some(lines), Some(all)) = (shipment.value(), total(shipment)) else {
        return;
    };
    writer.group(name, |writer| {
        amount(writer, "LineExtensionAmount", currency, lines);
        amount(writer, "TaxExclusiveAmount", currency, all);
        if all != lines {
            amount(writer, "ChargeTotalAmount", currency, all - lines);
        }
        amount(writer, "PayableAmount", currency, all);
    });
}

fn invoice(head: &Head<'_>, currency: Currency, shipment: &Shipment, writer: &mut Writer) {
    writer.leaf("UBLVersionID", "2.1");
    writer.leaf("ID", head.number);
    writer.leaf("IssueDate", head.day);
    writer.leaf("InvoiceTypeCode", "380");
    notes(shipment, writer);
    writer.leaf("DocumentCurrencyCode", currency.code());
    writer.reference("OrderReference", shipment.order_number.as_deref());
    within("AccountingSupplierParty", &shipment.seller, writer);
    within("AccountingCustomerParty", &shipment.buyer, writer);
    writer.group("Delivery", |writer| {
        let consignee = shipment.consignee.as_ref().unwrap_or(&shipment.buyer);
        consignee.write("DeliveryParty", writer);
        shipment_part(writer, shipment);
    });
    delivery_terms(writer, shipment);
    writer.group("PaymentTerms", |writer| {
        writer.maybe("Note", shipment.payment_terms.as_deref())
    });
    charges(currency, shipment, writer);
    totals("LegalMonetaryTotal", currency, shipment, writer);
    for (position, goods) in shipment.goods.iter().enumerate() {
        writer.group("InvoiceLine", |writer| {
            writer.leaf("ID", &(position + 1).to_string());
            quantity(writer, "InvoicedQuantity", goods);
            amount(
                writer,
                "LineExtensionAmount",
                currency,
                goods.value.unwrap_or_default(),
            );
            item(writer, goods);
            price(writer, goods, currency);
        });
    }
}

fn packing_list(head: &Head<'_>, shipment: &Shipment, writer: &mut Writer) {
    writer.leaf("UBLVersionID", "2.1");
    writer.leaf("ID", head.number);
    writer.leaf("IssueDate", head.day);
    writer.leaf("Name", "Packing list");
    notes(shipment, writer);
    shipment.seller.write("ConsignorParty", writer);
    if let Some(carrier) = &shipment.carrier {
        carrier.write("CarrierParty", writer);
    }
    shipment_part(writer, shipment);
    order(shipment, writer);
}

/// The purchase order, in documents that have no place of its own for it.
fn order(shipment: &Shipment, writer: &mut Writer) {
    if let Some(number) = &shipment.order_number {
        writer.group("DocumentReference", |writer| {
            writer.leaf("ID", number);
            writer.leaf("DocumentType", "Purchase order");
        });
    }
}

fn certificate(head: &Head<'_>, shipment: &Shipment, writer: &mut Writer) {
    let Some(chamber) = &shipment.chamber else {
        return;
    };
    let endorser = |writer: &mut Writer| {
        writer.group("EndorserParty", |writer| {
            writer.leaf("RoleCode", "chamber-of-commerce");
            writer.leaf("SequenceNumeric", "1");
            chamber.write("Party", writer);
            writer.group("SignatoryContact", |writer| {
                let name = chamber.contact.name.as_ref().or(chamber.name.as_ref());
                writer.maybe("Name", name.map(String::as_str));
            });
        });
    };
    writer.leaf("UBLVersionID", "2.1");
    writer.leaf("ID", head.number);
    writer.leaf("IssueDate", head.day);
    writer.leaf("Description", "Certificate of origin");
    notes(shipment, writer);
    shipment.seller.write("ExporterParty", writer);
    shipment.buyer.write("ImporterParty", writer);
    endorser(writer);
    writer.group("CertificateOfOriginApplication", |writer| {
        writer.leaf("ReferenceID", head.number);
        writer.leaf("CertificateType", "Non-preferential certificate of origin");
        writer.leaf("OriginalJobID", &shipment.number);
        shipment_part(writer, shipment);
        endorser(writer);
        shipment.seller.write("PreparationParty", writer);
        chamber.write("IssuerParty", writer);
        shipment.seller.write("ExporterParty", writer);
        shipment.buyer.write("ImporterParty", writer);
        country(writer, "IssuingCountry", chamber.address.country.as_deref());
    });
    writer.group("IssuerEndorsement", |writer| {
        writer.leaf("DocumentID", head.number);
        writer.leaf("ApprovalStatus", NOT_ENDORSED);
        endorser(writer);
    });
}

fn bill_of_lading(head: &Head<'_>, shipment: &Shipment, writer: &mut Writer) {
    writer.leaf("UBLVersionID", "2.1");
    writer.leaf("ID", head.number);
    writer.leaf("IssueDate", head.day);
    writer.leaf("Name", "Bill of lading");
    notes(shipment, writer);
    writer.leaf("DocumentStatusCode", "draft");
    shipment.seller.write("ConsignorParty", writer);
    if let Some(carrier) = &shipment.carrier {
        carrier.write("CarrierParty", writer);
    }
    shipment_part(writer, shipment);
    order(shipment, writer);
}

fn request(head: &Head<'_>, shipment: &Shipment, writer: &mut Writer) {
    writer.leaf("UBLVersionID", "2.1");
    writer.leaf("ID", head.number);
    writer.leaf("IssueDate", head.day);
    writer.leaf("IssueTime", head.time);
    writer.maybe(
        "SubmissionDueDate",
        shipment.valid_until.map(|day| day.to_string()).as_deref(),
    );
    notes(shipment, writer);
    writer.maybe(
        "PricingCurrencyCode",
        shipment.currency.map(|currency| currency.code()),
    );
    writer.leaf("LineCountNumeric", &shipment.goods.len().to_string());
    within("OriginatorCustomerParty", &shipment.buyer, writer);
    within("SellerSupplierParty", &shipment.seller, writer);
    delivery_terms(writer, shipment);
    let destination = shipment.consignee.as_ref().unwrap_or(&shipment.buyer);
    country(
        writer,
        "DestinationCountry",
        destination.address.country.as_deref(),
    );
    for (position, goods) in shipment.goods.iter().enumerate() {
        writer.group("RequestForQuotationLine", |writer| {
            let number = (position + 1).to_string();
            writer.leaf("ID", &number);
            writer.group("LineItem", |writer| {
                writer.leaf("ID", &number);
                quantity(writer, "Quantity", goods);
                item(writer, goods);
            });
        });
    }
}

fn quotation(head: &Head<'_>, currency: Currency, shipment: &Shipment, writer: &mut Writer) {
    writer.leaf("UBLVersionID", "2.1");
    writer.leaf("ID", head.number);
    writer.leaf("IssueDate", head.day);
    notes(shipment, writer);
    writer.leaf("PricingCurrencyCode", currency.code());
    writer.leaf("LineCountNumeric", &shipment.goods.len().to_string());
    writer.group("ValidityPeriod", |writer| {
        writer.leaf("StartDate", head.day);
        writer.maybe(
            "EndDate",
            shipment.valid_until.map(|day| day.to_string()).as_deref(),
        );
    });
    writer.reference(
        "RequestForQuotationDocumentReference",
        shipment.request_number.as_deref(),
    );
    within("SellerSupplierParty", &shipment.seller, writer);
    within("OriginatorCustomerParty", &shipment.buyer, writer);
    delivery_terms(writer, shipment);
    charges(currency, shipment, writer);
    let destination = shipment.consignee.as_ref().unwrap_or(&shipment.buyer);
    country(
        writer,
        "DestinationCountry",
        destination.address.country.as_deref(),
    );
    totals("QuotedMonetaryTotal", currency, shipment, writer);
    for (position, goods) in shipment.goods.iter().enumerate() {
        writer.group("QuotationLine", |writer| {
            let number = (position + 1).to_string();
            let value = goods.value.unwrap_or_default();
            writer.leaf("ID", &number);
            quantity(writer, "Quantity", goods);
            amount(writer, "LineExtensionAmount", currency, value);
            writer.group("LineItem", |writer| {
                writer.leaf("ID", &number);
                quantity(writer, "Quantity", goods);
                amount(writer, "LineExtensionAmount", currency, value);
                price(writer, goods, currency);
                item(writer, goods);
            });
        });
    }
}
