//! The document as it was written: typed where it could be read, raw beside it where it could not.
//!
//! Amounts keep the sign that the document gives them. In an invoice a positive amount is asked for; in a credit note a
//! positive amount is given back. [`Document::owed`] puts both on one scale.

use rust_decimal::Decimal;
use time::Date;

use crate::iban::AccountKind;

/// Which of the two UBL documents it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `Invoice`: what the buyer owes.
    Invoice,
    /// `CreditNote`: what the seller owes back.
    CreditNote,
}

impl Kind {
    /// `invoice` or `credit-note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Invoice => "invoice",
            Kind::CreditNote => "credit-note",
        }
    }
}

/// A number with the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberField {
    /// The text, trimmed.
    pub raw: String,
    /// The number; none if the text is no decimal number within bounds.
    pub value: Option<Decimal>,
}

/// A date with the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateField {
    /// The text, trimmed.
    pub raw: String,
    /// The day; none if the text names none.
    pub value: Option<Date>,
}

/// An amount of money with its currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The number, in major units.
    pub number: NumberField,
    /// `currencyID`; none if the attribute is missing.
    pub currency: Option<String>,
}

impl Amount {
    /// The number, if it could be read.
    pub fn value(&self) -> Option<Decimal> {
        self.number.value
    }
}

/// A start and an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// First day (BT-73, BT-134).
    pub start: Option<DateField>,
    /// Last day (BT-74, BT-135).
    pub end: Option<DateField>,
}

/// A category of VAT and its rate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxCategory {
    /// Category code: `S` standard, `AE` reverse charge, `E` exempt and so on.
    pub code: Option<String>,
    /// Rate in percent; none where the category has none (`O`).
    pub rate: Option<NumberField>,
}

/// A party of the invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Party {
    /// Registered name (BT-27, BT-44), or the only name there is (payee, tax representative).
    pub name: Option<String>,
    /// Trading name (BT-28, BT-45).
    pub trading_name: Option<String>,
    /// VAT identifier (BT-31, BT-48, BT-63).
    pub vat_id: Option<String>,
    /// Tax registration other than VAT (BT-32).
    pub tax_registration: Option<String>,
    /// Legal registration (BT-30, BT-47, BT-61).
    pub legal_id: Option<String>,
    /// Other identifiers (BT-29, BT-46, BT-60).
    pub ids: Vec<String>,
    /// Whether there is a postal address at all.
    pub has_address: bool,
    /// Lines of the postal address: street, additional lines.
    pub address: Vec<String>,
    /// City.
    pub city: Option<String>,
    /// Postal code.
    pub postcode: Option<String>,
    /// Country, ISO 3166-1 alpha-2 (BT-40, BT-55).
    pub country: Option<String>,
    /// Electronic address (BT-34, BT-49).
    pub endpoint: Option<String>,
    /// Scheme of the electronic address.
    pub endpoint_scheme: Option<String>,
}

impl Party {
    /// What identifies the party, best first: VAT identifier, legal registration, tax registration; only where there is
    /// none of these, the other identifiers, and at last the name. Without spaces and punctuation and in upper case,
    /// so that two spellings of one identifier are one.
    pub fn keys(&self) -> Vec<String> {
        let registered = [&self.vat_id, &self.legal_id, &self.tax_registration];
        let mut keys: Vec<String> = Vec::new();
        for group in [
            registered.into_iter().flatten().collect::<Vec<_>>(),
            self.ids.iter().collect(),
            self.name.iter().collect(),
        ] {
            if keys.is_empty() {
                keys.extend(
                    group
                        .into_iter()
                        .map(|id| party_key(id))
                        .filter(|id| !id.is_empty()),
                );
            }
        }
        // Many countries use one number for both purposes.
        keys.dedup();
        keys
    }
}

/// An identifier or account in one spelling: letters and digits, in upper case. [`Party::keys`] are in it.
pub fn party_key(id: &str) -> String {
    id.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// What another document is to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// Purchase order (BT-13).
    Order,
    /// Sales order (BT-14).
    SalesOrder,
    /// Contract (BT-12).
    Contract,
    /// Project (BT-11).
    Project,
    /// Preceding invoice (BT-25).
    PrecedingInvoice,
    /// Despatch advice (BT-16).
    Despatch,
    /// Receiving advice (BT-15).
    Receipt,
    /// Tender or lot (BT-17).
    Tender,
}

/// A reference to another document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// Its number.
    pub id: String,
    /// Its date, where the document gives one (BT-26).
    pub date: Option<DateField>,
}

/// An account that the document wants to be paid to (BG-17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account as written (BT-84).
    pub raw: String,
    /// Without spaces; an IBAN also without hyphens and in upper case.
    pub normalised: String,
    /// Whether it is an IBAN, and a good one.
    pub kind: AccountKind,
    /// Name of the account (BT-85).
    pub name: Option<String>,
    /// Bank (BT-86).
    pub bic: Option<String>,
    /// Which of the document's payment means it belongs to, from 0.
    pub payment: usize,
}

/// One way to pay (BG-16).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    /// Payment means code, UNTDID 4461 (BT-81): `30` credit transfer, `58` SEPA credit transfer.
    pub code: Option<String>,
    /// What to write into the transfer (BT-83).
    pub references: Vec<String>,
    /// Direct debit mandate (BT-89).
    pub mandate: Option<String>,
    /// Account that is debited by direct debit (BT-91). Not an account to pay to.
    pub debited_account: Option<String>,
}

/// An allowance (taken off) or a charge (added), of the document or of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowanceCharge {
    /// Charge or allowance; none if the document does not say which.
    pub is_charge: Option<bool>,
    /// The amount (BT-92, BT-99, BT-136, BT-141).
    pub amount: Option<Amount>,
    /// What the percentage is of.
    pub base: Option<Amount>,
    /// Percentage.
    pub percentage: Option<NumberField>,
    /// Reason in words or as a code.
    pub reason: Option<String>,
    /// VAT category; lines have none of their own.
    pub tax: TaxCategory,
}

/// The price of one item (BG-29).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Net price (BT-146).
    pub net: Option<Amount>,
    /// How many units the price is for (BT-149); none means one.
    pub base_quantity: Option<NumberField>,
    /// Price before the discount (BT-148).
    pub gross: Option<Amount>,
    /// Discount per price (BT-147).
    pub discount: Option<Amount>,
}

/// One line (BG-25).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Identifier (BT-126).
    pub id: Option<String>,
    /// Name of the item (BT-153).
    pub item: Option<String>,
    /// Description of the item (BT-154).
    pub description: Option<String>,
    /// Quantity (BT-129).
    pub quantity: Option<NumberField>,
    /// Unit of the quantity, UN/ECE Recommendation 20 (BT-130).
    pub unit: Option<String>,
    /// Price.
    pub price: Price,
    /// Net amount (BT-131).
    pub net: Option<Amount>,
    /// VAT category and rate (BT-151, BT-152).
    pub tax: TaxCategory,
    /// Allowances and charges of the line (BG-27, BG-28).
    pub allowances_charges: Vec<AllowanceCharge>,
    /// Period of the line (BG-26).
    pub period: Period,
}

/// One row of the VAT breakdown (BG-23).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VatGroup {
    /// Category and rate (BT-118, BT-119).
    pub tax: TaxCategory,
    /// Taxable amount (BT-116).
    pub taxable: Option<Amount>,
    /// VAT (BT-117).
    pub vat: Option<Amount>,
    /// Why it is not taxed, in words or as a code (BT-120, BT-121).
    pub exemption_reason: Option<String>,
}

/// The totals (BG-22).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the lines (BT-106).
    pub lines: Option<Amount>,
    /// Sum of the document's allowances (BT-107).
    pub allowances: Option<Amount>,
    /// Sum of the document's charges (BT-108).
    pub charges: Option<Amount>,
    /// Total without VAT (BT-109).
    pub tax_exclusive: Option<Amount>,
    /// VAT (BT-110).
    pub vat: Option<Amount>,
    /// VAT in the currency of the tax authority (BT-111).
    pub vat_in_tax_currency: Option<Amount>,
    /// Total with VAT (BT-112).
    pub tax_inclusive: Option<Amount>,
    /// Already paid (BT-113).
    pub prepaid: Option<Amount>,
    /// Added so that a round amount is to be paid (BT-114).
    pub rounding: Option<Amount>,
    /// To be paid (BT-115).
    pub payable: Option<Amount>,
}

/// A supporting document (BG-24). Its content is measured, never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Identifier (BT-122).
    pub id: Option<String>,
    /// Description (BT-123).
    pub description: Option<String>,
    /// File name of what is embedded.
    pub filename: Option<String>,
    /// Media type of what is embedded.
    pub media_type: Option<String>,
    /// Size in bytes of what is embedded, decoded; none if nothing is.
    pub embedded_bytes: Option<u64>,
    /// Where it can be found (BT-124).
    pub location: Option<String>,
}

/// An invoice or credit note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Invoice or credit note, by its root element.
    pub kind: Kind,
    /// Specification it follows (BT-24).
    pub specification: Option<String>,
    /// Number (BT-1).
    pub number: Option<String>,
    /// Type code, UNTDID 1001 (BT-3).
    pub type_code: Option<String>,
    /// Day of issue (BT-2).
    pub issue_date: Option<DateField>,
    /// Day on which it is due (BT-9).
    pub due_date: Option<DateField>,
    /// Day on which VAT becomes due (BT-7).
    pub tax_point_date: Option<DateField>,
    /// Day of delivery (BT-72).
    pub delivery_date: Option<DateField>,
    /// Country of delivery (BT-80).
    pub delivery_country: Option<String>,
    /// Invoicing period (BG-14).
    pub period: Period,
    /// Currency (BT-5).
    pub currency: Option<String>,
    /// Currency of the tax authority (BT-6).
    pub tax_currency: Option<String>,
    /// The buyer's reference (BT-10).
    pub buyer_reference: Option<String>,
    /// Notes (BT-22).
    pub notes: Vec<String>,
    /// Orders, contracts, preceding invoices.
    pub references: Vec<Reference>,
    /// Preceding invoice references (BG-3) without a number.
    pub nameless_preceding_invoices: usize,
    /// Seller.
    pub seller: Party,
    /// Buyer.
    pub buyer: Party,
    /// Payee, if not the seller (BG-10).
    pub payee: Option<Party>,
    /// The seller's tax representative (BG-11).
    pub tax_representative: Option<Party>,
    /// Ways to pay.
    pub payments: Vec<Payment>,
    /// Accounts to pay to, in the order of the document.
    pub accounts: Vec<Account>,
    /// Payment terms (BT-20).
    pub payment_terms: Vec<String>,
    /// Allowances and charges of the document (BG-20, BG-21).
    pub allowances_charges: Vec<AllowanceCharge>,
    /// VAT breakdown in the document's currency.
    pub vat_breakdown: Vec<VatGroup>,
    /// Totals.
    pub totals: Totals,
    /// Lines.
    pub lines: Vec<Line>,
    /// Supporting documents.
    pub attachments: Vec<Attachment>,
}

/// The number of a document in one spelling: in upper case, with one hyphen for whatever stands between letters and digits. None
/// if nothing of it is left.
pub fn number_key(number: &str) -> Option<String> {
    let parts = number
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty());
    let key = parts.collect::<Vec<_>>().join("-").to_uppercase();
    (!key.is_empty()).then_some(key)
}

impl Document {
    /// The number in one spelling, as [`number_key`] makes it.
    pub fn number_key(&self) -> Option<String> {
        number_key(self.number.as_deref()?)
    }

    /// What makes two files one document: kind, seller and number, once for each of the seller's [keys](Party::keys). None if it
    /// has no number.
    pub fn identities(&self) -> Vec<String> {
        let Some(number) = self.number_key() else {
            return Vec::new();
        };
        let kind = self.kind.as_str();
        let of_seller = |seller| format!("{kind}\n{seller}\n{number}");
        self.seller.keys().into_iter().map(of_seller).collect()
    }

    /// The amount due as the document writes it (BT-115), with its sign.
    pub fn payable(&self) -> Option<Decimal> {
        self.totals.payable.as_ref()?.value()
    }

    /// What the buyer owes the seller: the amount due of an invoice, its opposite for a credit note. Negative when the
    /// seller owes the buyer.
    pub fn owed(&self) -> Option<Decimal> {
        let payable = self.payable()?;
        // `-0` would be shown with its sign.
        let payable = if payable.is_zero() {
            Decimal::ZERO
        } else {
            payable
        };
        Some(match self.kind {
            Kind::Invoice => payable,
            Kind::CreditNote if payable.is_zero() => payable,
            Kind::CreditNote => -payable,
        })
    }
}
