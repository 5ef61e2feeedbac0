//! Reads UBL 2.1 / EN 16931 invoices and credit notes, and checks them.
//!
//! Two steps that never mix: [`read`] turns bytes into a [`Document`] and says what it could not read; [`check`]
//! computes everything again in exact decimals and returns typed [`Finding`]s. Nothing here is rejected because it
//! does not add up: the document is shown as it is, and the findings say what is wrong with it.
//!
//! The bytes come from strangers. A document type definition, an entity of its own, deep nesting, too many elements and
//! a file that is too large are refused with a typed [`ReadError`]; embedded attachments are measured and never copied.
//!
//! ```
//! let document = guildhall_invoice::read(br#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>"#)?;
//! let findings = guildhall_invoice::check(&document);
//! assert!(findings.iter().any(|finding| finding.to_string().starts_with("missing@BT-1: ")));
//! # Ok::<(), guildhall_invoice::ReadError>(())
//! ```
//!
//! The rules are those of EN 16931-1 (business rules `BR-…`, business terms `BT-…`) and, for what the norm leaves open,
//! of Peppol BIS Billing 3 (`PEPPOL-EN16931-R…`). [`check`] explains the tolerances.

mod check;
mod currency;
mod date;
mod document;
mod error;
mod finding;
mod iban;
mod names;
mod number;
mod read;
mod xml;

pub use check::{MAX_FINDINGS, check, check_against_today};
pub use currency::minor_digits;
pub use date::parse_date;
pub use document::{
    Account, AllowanceCharge, Amount, Attachment, DateField, Document, Kind, Line, NumberField,
    Party, Payment, Period, Price, Reference, ReferenceKind, TaxCategory, Totals, VatGroup,
    number_key, party_key,
};
pub use error::ReadError;
pub use finding::{Code, Finding, Severity};
pub use iban::{AccountKind, IbanProblem, classify, spaced};
pub use read::read;
pub use rust_decimal::Decimal;
pub use time::Date;
pub use xml::{MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS};

/// What a check rests on, besides the document: name, day on which it was read, licence.
pub const RULES: [(&str, &str, &str); 3] = [
    (
        "EN 16931-1:2017, business rules, and Peppol BIS Billing 3.0, arithmetic rules",
        "2026-11-24",
        "standard; facts only",
    ),
    (
        "ISO 13616, IBAN registry, by iban_validate 5.0.1",
        "2026-11-24",
        "MIT OR Apache-2.0",
    ),
    ("ISO 4217, by iso_currency 0.7.1", "2026-11-24", "MIT"),
];
