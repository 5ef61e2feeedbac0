//! The six documents.

use crate::bindings::DocumentKind;

/// A kind of document.
pub struct Document {
    /// Its root element.
    pub root: &'static str,
    /// What its file is called.
    pub file: &'static str,
    /// What a person should know of it.
    pub reason: &'static str,
}

macro_rules! documents {
    ($($kind:ident $root:literal $file:literal $reason:literal;)*) => {
        /// What a kind of document is called and what is said of it.
        pub const fn document(kind: DocumentKind) -> Document {
            match kind {
                $(DocumentKind::$kind => Document { root: $root, file: $file, reason: $reason },)*
            }
        }
    };
}

documents! {
    CommercialInvoice "Invoice" "commercial-invoice" "It follows UBL 2.1 and states no VAT: for an invoice by EN 16931 use einvoice. It is no customs declaration.";
    PackingList "PackingList" "packing-list" "It follows UBL 2.1; its weights agree with those of the other documents of this shipment.";
    CertificateOfOrigin "CertificateOfOrigin" "certificate-of-origin" "It is not endorsed: give it to the chamber of commerce, which examines the origin you state.";
    BillOfLading "BillOfLading" "bill-of-lading" "It is a draft for the carrier: only the carrier issues a bill of lading.";
    RequestForQuotation "RequestForQuotation" "request-for-quotation" "It follows UBL 2.1 and asks for prices; it orders nothing.";
    Quotation "Quotation" "quotation" "It is an offer that binds you until its last day once it is sent.";
}

/// Whether a document has prices.
pub const fn is_priced(kind: DocumentKind) -> bool {
    matches!(
        kind,
        DocumentKind::CommercialInvoice | DocumentKind::Quotation
    )
}
