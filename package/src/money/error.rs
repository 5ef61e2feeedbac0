//! Why something is not an amount of money.

use super::{Amount, Currency};

/// Why a text or a number is not money, or why two amounts can't be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No currency of ISO 4217 in its three capital letters. The text, made plain.
    #[error(
        "`{0}` is not a currency; write the three capital letters of ISO 4217, for example `EUR`"
    )]
    UnknownCurrency(String),
    /// A code of ISO 4217 in which no amount can be counted: metals, test codes, units of account.
    #[error(
        "{0} has no minor unit, so no amount can be counted in it; name the currency to pay in"
    )]
    NoMinorUnit(&'static str),
    /// No longer legal tender.
    #[error("{code} has been withdrawn; use {successor}")]
    Withdrawn {
        /// The code.
        code: &'static str,
        /// The currency that took its place.
        successor: &'static str,
    },
    /// Zero or less where only a positive amount makes sense.
    #[error("{0} is not a positive amount; an amount to pay is above zero")]
    NotPositive(Amount),
    /// Two amounts in two currencies.
    #[error("amounts in {left} and {right} can't be added; nothing is converted here")]
    OtherCurrency {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second.
        right: Currency,
    },
    /// More minor units than a signed 64-bit integer holds.
    #[error(
        "the amount is too large: at most {} minor units can be counted",
        i64::MAX
    )]
    Overflow,
    /// Not written as an amount. The text, made plain.
    #[error(
        "`{0}` is not an amount; write a currency, one space and a plain decimal number without sign or grouping, for example `EUR 1250.00`"
    )]
    Shape(String),
    /// More decimals than the currency has.
    #[error(
        "`{text}` has more decimals than {currency} counts: its exponent is {}",
        currency.exponent()
    )]
    TooFine {
        /// The text, made plain.
        text: String,
        /// Its currency.
        currency: Currency,
    },
}
