//! Why a file is not made.

use super::{MAX_ID, MAX_ORDERS};

/// What keeps a batch from becoming a file. Texts of others are quoted bounded and made plain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Pain001Error {
    /// Nothing to pay.
    #[error("the batch has no orders; add at least one")]
    NoOrders,
    /// More orders than one file takes. Holds their number.
    #[error("the batch has {0} orders and a file takes {MAX_ORDERS}; split it")]
    TooManyOrders(usize),
    /// The message id can't be written.
    #[error("message id {0}")]
    MessageId(IdFault),
    /// The time of making is not in the years 2000 to 9999. Holds its year.
    #[error("the batch is dated in the year {0}; it must be within 2000 to 9999")]
    Created(i16),
    /// Nothing readable remains of the initiator's name. Holds what was given.
    #[error(
        "the initiator's name `{0}` has no letter or digit that a bank file can carry; give one in Latin letters"
    )]
    InitiatorName(String),
    /// Nothing readable remains of the debtor's name. Holds what was given.
    #[error(
        "the debtor's name `{0}` has no letter or digit that a bank file can carry; give one in Latin letters"
    )]
    DebtorName(String),
    /// The paying account is no IBAN.
    #[error("the debtor's account {0}")]
    DebtorIban(IbanFault),
    /// The paying bank's code is no BIC. Holds what was given.
    #[error(
        "the debtor's bank `{0}` is no BIC: 8 or 11 capital letters and digits; correct it or leave it out"
    )]
    DebtorBic(String),
    /// One order can't be written.
    #[error("order {position}{}: {fault}", called(.end_to_end_id))]
    Order {
        /// Its place in the batch, from 1.
        position: usize,
        /// Its end-to-end id, as far as it can be shown; may be empty.
        end_to_end_id: String,
        /// What is wrong with it.
        fault: OrderFault,
    },
    /// A total has more than the 18 digits that the message carries.
    #[error(
        "the orders add up to more than the 18 digits that a bank file carries; split the batch"
    )]
    Sum,
    /// The XML writer failed, which it has no cause to do in memory.
    #[error("the XML of the file could not be put together; please report this")]
    NotWritten,
}

fn called(id: &str) -> String {
    if id.is_empty() {
        String::new()
    } else {
        format!(" (`{id}`)")
    }
}

/// What is wrong with one order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderFault {
    /// The end-to-end id can't be written.
    #[error("end-to-end id {0}")]
    EndToEndId(IdFault),
    /// An earlier order has the same end-to-end id. Holds the place of that order, from 1.
    #[error("order {0} has the same end-to-end id; each must be told apart on the statement")]
    DuplicateId(usize),
    /// Nothing readable remains of the payee's name. Holds what was given.
    #[error(
        "the payee's name `{0}` has no letter or digit that a bank file can carry; give one in Latin letters"
    )]
    CreditorName(String),
    /// The account that is paid is no IBAN.
    #[error("the payee's account {0}")]
    CreditorIban(IbanFault),
    /// The currency can't be paid in.
    #[error("currency {0}")]
    Currency(CurrencyFault),
    /// Zero or less. Holds the minor units.
    #[error("an amount must be above zero, and {0} minor units are not")]
    NotPositive(i64),
    /// More than SEPA carries in one transfer.
    #[error("SEPA carries at most EUR 999999999.99 in one transfer; split the order")]
    AboveSepa,
    /// More than the 18 digits that the message carries.
    #[error("the amount has more than the 18 digits that a bank file carries; split the order")]
    TooManyDigits,
    /// The requested day is not in the years 2000 to 9999. Holds its year.
    #[error("the requested day is in the year {0}; it must be within 2000 to 9999")]
    Requested(i16),
}

/// What is wrong with an id. Ids are never mended, because statements are matched by them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// Nothing there.
    #[error("is empty; give 1 to {MAX_ID} characters")]
    Empty,
    /// Too long. Holds the number of characters.
    #[error("has {0} characters; at most {MAX_ID} are carried")]
    TooLong(usize),
    /// A character outside the SEPA set. Holds it, shown plainly.
    #[error(
        "has the character `{0}`; banks carry letters a to z, digits, space and / - ? : ( ) . , ' +"
    )]
    Character(String),
    /// Starts or ends with a space.
    #[error("starts or ends with a space, which gets lost on the way; leave it out")]
    Space,
    /// Starts or ends with `/`, or has two of them in sequence.
    #[error(
        "starts or ends with `/` or has `//`, which the SEPA rules keep for banks; leave them out"
    )]
    Slash,
}

/// What is wrong with an account. Holds what was given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IbanFault {
    /// Not the form of an IBAN.
    #[error(
        "`{0}` is no IBAN: two capital letters, two digits, then letters and digits; compare it with the invoice"
    )]
    Form(String),
    /// A digit is wrong, or two are swapped.
    #[error(
        "`{0}` has wrong check digits, so that a digit was mistyped; compare it with the invoice"
    )]
    CheckDigits(String),
    /// Not the length or form that its country uses.
    #[error(
        "`{0}` has not the length or form of that country's accounts; compare it with the invoice"
    )]
    CountryForm(String),
    /// A country without IBANs.
    #[error("`{0}` starts with a country that has no IBANs; a bank file needs one")]
    UnknownCountry(String),
}

/// What is wrong with a currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyFault {
    /// Not in ISO 4217. Holds what was given.
    #[error("`{0}` is not in ISO 4217; give a code of three capital letters, such as EUR")]
    Unknown(String),
    /// Nothing that amounts are counted in, as gold or the code for tests.
    #[error(
        "{0} has no minor unit, so that amounts can't be counted in it; use a national currency"
    )]
    NoMinorUnit(&'static str),
    /// No longer in use.
    #[error("{code} was withdrawn; use {successor}")]
    Withdrawn {
        /// The code.
        code: &'static str,
        /// What took its place.
        successor: &'static str,
    },
}
