//! ISO 4217, as far as invoices need it.

use rust_decimal::Decimal;

/// Decimal places of a currency: 2 for EUR, 0 for JPY, 3 for KWD. None for a code that ISO 4217 does not list, and for
/// one without minor units (gold, `XXX`).
pub fn minor_digits(code: &str) -> Option<u32> {
    let exponent = iso_currency::Currency::from_code(code)?.exponent()?;
    Some(u32::from(exponent))
}

/// The smallest amount in a currency: 0.01 for EUR. An unknown currency is taken to have two decimal places, as most do.
pub(crate) fn minor_unit(code: Option<&str>) -> Decimal {
    Decimal::new(1, code.and_then(minor_digits).unwrap_or(2))
}
