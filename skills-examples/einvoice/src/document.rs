//! The document as UBL 2.1: which element carries which business term, in the order of the schema.

use guildhall_ubl::{Party, Writer};

use crate::bindings::DocumentKind;
use crate::category::Tax;
use crate::lines::{Adjustment, Line};
use crate::order::{Invoice, Period};
use crate::party::Representative;
use crate::scale::Scale;

/// What the norm calls itself (BT-24).
const SPECIFICATION: &str = "urn:cen.eu:en16931:2017";
/// Means of payment of UNTDID 4461: not defined, credit transfer, SEPA credit transfer.
const NOT_DEFINED: &str = "1";
const CREDIT_TRANSFER: &str = "30";
const SEPA_CREDIT_TRANSFER: &str = "58";

/// Writes it.
pub fn write(invoice: &Invoice) -> String {
    let credit_note = invoice.kind == DocumentKind::CreditNote;
    let root = if credit_note { "CreditNote" } else { "Invoice" };
    Writer::document(root, |writer| {
        head(invoice, credit_note, writer);
        writer.group("AccountingSupplierParty", |writer| {
            invoice.seller.write("Party", writer)
        });
        writer.group("AccountingCustomerParty", |writer| {
            invoice.buyer.write("Party", writer)
        });
        if let Some(representative) = &invoice.representative {
            tax_representative(representative, writer);
        }
        delivery(invoice, writer);
        payment(invoice, credit_note, writer);
        for (tax, each) in &invoice.adjustments {
            adjustment(each, Some(*tax), invoice.scale, writer);
        }
        tax_totals(invoice, writer);
        totals(invoice, writer);
        for (position, each) in invoice.lines.iter().enumerate() {
            line(position + 1, each, credit_note, invoice.scale, writer);
        }
    })
}

fn head(invoice: &Invoice, credit_note: bool, writer: &mut Writer) {
    writer.leaf("CustomizationID", SPECIFICATION);
    writer.leaf("ID", &invoice.number);
    writer.leaf("IssueDate", &invoice.issued.to_string());
    // A credit note has no due date of its own in UBL 2.1; EN 16931 puts it into the payment means.
    match invoice.due {
        Some(due) if !credit_note => writer.leaf("DueDate", &due.to_string()),
        _ => {}
    }
    if credit_note {
        writer.leaf("CreditNoteTypeCode", "381");
    } else {
        writer.leaf("InvoiceTypeCode", "380");
    }
    for note in &invoice.notes {
        writer.leaf("Note", note);
    }
    writer.leaf("DocumentCurrencyCode", invoice.scale.code());
    writer.maybe(
        "TaxCurrencyCode",
        invoice.in_tax_currency.map(|(scale, _)| scale.code()),
    );
    let [buyer, order, contract] = &invoice.references;
    writer.maybe("BuyerReference", buyer.as_deref());
    period(invoice.period, writer);
    writer.reference("OrderReference", order.as_deref());
    for (number, day) in &invoice.preceding {
        writer.group("BillingReference", |writer| {
            writer.group("InvoiceDocumentReference", |writer| {
                writer.leaf("ID", number);
                writer.maybe("IssueDate", day.map(|day| day.to_string()).as_deref());
            });
        });
    }
    writer.reference("ContractDocumentReference", contract.as_deref());
}

fn period(period: Option<Period>, writer: &mut Writer) {
    if let Some((start, end)) = period {
        writer.group("InvoicePeriod", |writer| {
            writer.leaf("StartDate", &start.to_string());
            writer.leaf("EndDate", &end.to_string());
        });
    }
}

fn tax_representative(representative: &Representative, writer: &mut Writer) {
    Party {
        name: Some(representative.name.clone()),
        vat_id: Some(representative.vat_id.clone()),
        address: representative.address.clone(),
        ..Party::default()
    }
    .write("TaxRepresentativeParty", writer);
}

fn delivery(invoice: &Invoice, writer: &mut Writer) {
    let delivery = &invoice.delivery;
    writer.group("Delivery", |writer| {
        writer.maybe(
            "ActualDeliveryDate",
            delivery.date.map(|day| day.to_string()).as_deref(),
        );
        if let Some(address) = &delivery.address {
            writer.group("DeliveryLocation", |writer| {
                address.write("Address", writer)
            });
        }
        writer.group("DeliveryParty", |writer| {
            writer.group("PartyName", |writer| {
                writer.maybe("Name", delivery.name.as_deref());
            });
        });
    });
}

fn payment(invoice: &Invoice, credit_note: bool, writer: &mut Writer) {
    let due = invoice
        .due
        .filter(|_| credit_note)
        .map(|day| day.to_string());
    // All means of one document have one code (UBL-SR-47).
    let sepa = invoice.scale.code() == "EUR" && invoice.accounts.iter().all(|account| account.iban);
    let code = if sepa {
        SEPA_CREDIT_TRANSFER
    } else {
        CREDIT_TRANSFER
    };
    for (position, account) in invoice.accounts.iter().enumerate() {
        writer.group("PaymentMeans", |writer| {
            writer.leaf("PaymentMeansCode", code);
            // Once in a document (UBL-SR-45).
            writer.maybe("PaymentDueDate", due.as_deref().filter(|_| position == 0));
            writer.maybe("PaymentID", invoice.payment_reference.as_deref());
            writer.group("PayeeFinancialAccount", |writer| {
                writer.leaf("ID", &account.number);
                writer.maybe("Name", account.name.as_deref());
                writer.reference("FinancialInstitutionBranch", account.bic.as_deref());
            });
        });
    }
    if invoice.accounts.is_empty() && (due.is_some() || invoice.payment_reference.is_some()) {
        writer.group("PaymentMeans", |writer| {
            writer.leaf("PaymentMeansCode", NOT_DEFINED);
            writer.maybe("PaymentDueDate", due.as_deref());
            writer.maybe("PaymentID", invoice.payment_reference.as_deref());
        });
    }
    writer.group("PaymentTerms", |writer| {
        writer.maybe("Note", invoice.terms.as_deref());
    });
}

fn adjustment(each: &Adjustment, tax: Option<Tax>, scale: Scale, writer: &mut Writer) {
    writer.group("AllowanceCharge", |writer| {
        writer.leaf(
            "ChargeIndicator",
            if each.charge { "true" } else { "false" },
        );
        writer.leaf("AllowanceChargeReason", &each.reason);
        if let Some((percent, _)) = each.of {
            writer.leaf("MultiplierFactorNumeric", &percent.to_string());
        }
        writer.amount("Amount", scale.code(), &scale.text(each.amount));
        if let Some((_, base)) = each.of {
            writer.amount("BaseAmount", scale.code(), &scale.text(base));
        }
        if let Some(tax) = tax {
            category("TaxCategory", tax, (None, None), writer);
        }
    });
}

/// A tax category, with the code and the words of why there is no VAT.
fn category(
    name: &str,
    tax: Tax,
    (code, words): (Option<&str>, Option<&str>),
    writer: &mut Writer,
) {
    writer.group(name, |writer| {
        writer.leaf("ID", tax.code);
        writer.maybe("Percent", tax.rate.map(|rate| rate.to_string()).as_deref());
        writer.maybe("TaxExemptionReasonCode", code);
        writer.maybe("TaxExemptionReason", words);
        writer.group("TaxScheme", |writer| writer.leaf("ID", "VAT"));
    });
}

fn tax_totals(invoice: &Invoice, writer: &mut Writer) {
    let scale = invoice.scale;
    writer.group("TaxTotal", |writer| {
        writer.amount("TaxAmount", scale.code(), &scale.text(invoice.totals.vat));
        for row in &invoice.totals.rows {
            writer.group("TaxSubtotal", |writer| {
                writer.amount("TaxableAmount", scale.code(), &scale.text(row.taxable));
                writer.amount("TaxAmount", scale.code(), &scale.text(row.vat));
                let reason = invoice.reasons.get(&row.tax);
                let reason = (
                    reason.and_then(|reason| reason.code),
                    reason.and_then(|reason| reason.words.as_deref()),
                );
                category("TaxCategory", row.tax, reason, writer);
            });
        }
    });
    if let Some((scale, amount)) = invoice.in_tax_currency {
        writer.group("TaxTotal", |writer| {
            writer.amount("TaxAmount", scale.code(), &scale.text(amount));
        });
    }
}

fn totals(invoice: &Invoice, writer: &mut Writer) {
    let (scale, totals) = (invoice.scale, &invoice.totals);
    // A sum of nothing is left out; one of amounts that add up to nothing is not (BR-CO-11, BR-CO-12).
    let any = |charge: bool| {
        invoice
            .adjustments
            .iter()
            .any(|(_, each)| each.charge == charge)
    };
    writer.group("LegalMonetaryTotal", |writer| {
        for (name, amount, always) in [
            ("LineExtensionAmount", totals.lines, true),
            ("TaxExclusiveAmount", totals.net, true),
            ("TaxInclusiveAmount", totals.gross, true),
            ("AllowanceTotalAmount", totals.allowances, any(false)),
            ("ChargeTotalAmount", totals.charges, any(true)),
            ("PrepaidAmount", totals.prepaid, false),
            ("PayableRoundingAmount", totals.rounding, false),
            ("PayableAmount", totals.payable, true),
        ] {
            if always || amount != 0 {
                writer.amount(name, scale.code(), &scale.text(amount));
            }
        }
    });
}

fn line(number: usize, line: &Line, credit_note: bool, scale: Scale, writer: &mut Writer) {
    let (name, quantity) = if credit_note {
        ("CreditNoteLine", "CreditedQuantity")
    } else {
        ("InvoiceLine", "InvoicedQuantity")
    };
    let unit = [("unitCode", line.unit.as_str())];
    writer.group(name, |writer| {
        writer.leaf("ID", &number.to_string());
        writer.leaf_with(quantity, &unit, &line.quantity.to_string());
        writer.amount("LineExtensionAmount", scale.code(), &scale.text(line.net));
        period(line.period, writer);
        for each in &line.adjustments {
            adjustment(each, None, scale, writer);
        }
        writer.group("Item", |writer| {
            writer.maybe("Description", line.description.as_deref());
            writer.leaf("Name", &line.name);
            writer.reference("SellersItemIdentification", line.item_number.as_deref());
            writer.group("OriginCountry", |writer| {
                writer.maybe("IdentificationCode", line.origin.as_deref());
            });
            category("ClassifiedTaxCategory", line.tax, (None, None), writer);
        });
        writer.group("Price", |writer| {
            writer.amount("PriceAmount", scale.code(), &line.price.to_string());
            if let Some(each) = line.price_for {
                writer.leaf_with("BaseQuantity", &unit, &each.to_string());
            }
        });
    });
}
