//! What a file is made from.

use jiff::Timestamp;
use jiff::civil::Date;

/// The orders of one file, paid from one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Names this file for the bank, which refuses a second one of that name. 1 to 35 characters of the SEPA set.
    pub message_id: String,
    /// When the file was made. Written in UTC, to the second.
    pub created: Timestamp,
    /// Who hands the file in; often the debtor again.
    pub initiator: String,
    /// Who pays.
    pub debtor: Debtor,
    /// What is paid: 1 to 10,000 orders.
    pub orders: Vec<CreditOrder>,
}

/// Who pays, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// Holder of the account.
    pub name: String,
    /// The account, with or without spaces in groups of four.
    pub iban: String,
    /// The bank, 8 or 11 characters. Banks know it from the IBAN when it is absent.
    pub bic: Option<String>,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditOrder {
    /// Comes back on both statements. At most 35 characters of the SEPA set, once in a file; blank means not provided.
    pub end_to_end_id: String,
    /// Holder of the account that is paid.
    pub creditor_name: String,
    /// The account that is paid, with or without spaces in groups of four.
    pub creditor_iban: String,
    /// Amount in minor units of the currency: EUR 12.50 is 1250. Above zero.
    pub minor: i64,
    /// ISO 4217 code, in capitals.
    pub currency: String,
    /// The day on which the bank is asked to debit.
    pub requested: Date,
    /// What the payee reads. Cut after 140 characters; left out when nothing readable remains.
    pub remittance: String,
}
