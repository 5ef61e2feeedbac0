//! The element and attribute names of UBL 2.1 that EN 16931 uses and this crate reads, each list sorted.

/// The name, if it is one that is read.
pub(crate) fn known(name: &str) -> Option<&'static str> {
    find(ELEMENTS, name)
}

/// The attribute, if it is one that is read.
pub(crate) fn known_attribute(name: &str) -> Option<&'static str> {
    find(ATTRIBUTES, name)
}

fn find(list: &[&'static str], name: &str) -> Option<&'static str> {
    let position = list.binary_search(&name).ok()?;
    list.get(position).copied()
}

const ATTRIBUTES: &[&str] = &["currencyID", "filename", "mimeCode", "schemeID", "unitCode"];

const ELEMENTS: &[&str] = &[
    "AccountingCustomerParty",
    "AccountingSupplierParty",
    "ActualDeliveryDate",
    "AdditionalDocumentReference",
    "AdditionalStreetName",
    "Address",
    "AddressLine",
    "AllowanceCharge",
    "AllowanceChargeReason",
    "AllowanceChargeReasonCode",
    "AllowanceTotalAmount",
    "Amount",
    "Attachment",
    "BaseAmount",
    "BaseQuantity",
    "BillingReference",
    "BuyerReference",
    "ChargeIndicator",
    "ChargeTotalAmount",
    "CityName",
    "ClassifiedTaxCategory",
    "CompanyID",
    "ContractDocumentReference",
    "Country",
    "CreditNoteLine",
    "CreditNoteTypeCode",
    "CreditedQuantity",
    "CustomizationID",
    "Delivery",
    "DeliveryLocation",
    "Description",
    "DespatchDocumentReference",
    "DocumentCurrencyCode",
    "DocumentDescription",
    "DocumentTypeCode",
    "DueDate",
    "EmbeddedDocumentBinaryObject",
    "EndDate",
    "EndpointID",
    "ExternalReference",
    "FinancialInstitutionBranch",
    "ID",
    "IdentificationCode",
    "InvoiceDocumentReference",
    "InvoiceLine",
    "InvoicePeriod",
    "InvoiceTypeCode",
    "InvoicedQuantity",
    "IssueDate",
    "Item",
    "LegalMonetaryTotal",
    "Line",
    "LineExtensionAmount",
    "MultiplierFactorNumeric",
    "Name",
    "Note",
    "OrderReference",
    "OriginatorDocumentReference",
    "Party",
    "PartyIdentification",
    "PartyLegalEntity",
    "PartyName",
    "PartyTaxScheme",
    "PayableAmount",
    "PayableRoundingAmount",
    "PayeeFinancialAccount",
    "PayeeParty",
    "PayerFinancialAccount",
    "PaymentDueDate",
    "PaymentID",
    "PaymentMandate",
    "PaymentMeans",
    "PaymentMeansCode",
    "PaymentTerms",
    "Percent",
    "PostalAddress",
    "PostalZone",
    "PrepaidAmount",
    "Price",
    "PriceAmount",
    "ProjectReference",
    "ReceiptDocumentReference",
    "RegistrationName",
    "SalesOrderID",
    "StartDate",
    "StreetName",
    "TaxAmount",
    "TaxCategory",
    "TaxCurrencyCode",
    "TaxExclusiveAmount",
    "TaxExemptionReason",
    "TaxExemptionReasonCode",
    "TaxInclusiveAmount",
    "TaxPointDate",
    "TaxRepresentativeParty",
    "TaxScheme",
    "TaxSubtotal",
    "TaxTotal",
    "TaxableAmount",
    "URI",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_they_can_be_searched() {
        assert!(ELEMENTS.is_sorted() && ATTRIBUTES.is_sorted());
    }
}
