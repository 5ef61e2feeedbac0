//! Amounts and their sums, in integers.

use super::error::{CurrencyFault, OrderFault};
use guildhall_package::text::plain;

/// Decimals that sums are kept in: what the message type carries at most.
const SCALE: u32 = 5;

/// Numbers of the message have 18 digits at most.
const LIMIT: u128 = 10_u128.pow(18);

/// EUR 999,999,999.99 in cents: the most that one SEPA transfer carries.
const SEPA_MAX: i64 = 99_999_999_999;

/// A currency as the file needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Three capital letters.
    pub code: &'static str,
    /// Decimals of its minor unit: 0, 2, 3 or 4.
    pub exponent: u32,
}

impl Unit {
    /// Looks `code` up in ISO 4217.
    ///
    /// # Errors
    /// Unknown, withdrawn, or without a minor unit.
    pub fn find(code: &str) -> Result<Self, CurrencyFault> {
        let iso = iso_currency::Currency::from_code(code)
            .ok_or_else(|| CurrencyFault::Unknown(plain(code, 12)))?;
        let exponent = iso
            .exponent()
            .map(u32::from)
            .filter(|exponent| *exponent <= SCALE)
            .ok_or(CurrencyFault::NoMinorUnit(iso.code()))?;
        match iso.is_superseded() {
            // The table has VES superseded by VED; ISO 4217 lists both as in use.
            Some(successor) if code != "VES" => Err(CurrencyFault::Withdrawn {
                code: iso.code(),
                successor: successor.code(),
            }),
            _ => Ok(Self {
                code: iso.code(),
                exponent,
            }),
        }
    }

    /// Whether transfers in it run by the SEPA scheme.
    pub fn is_sepa(self) -> bool {
        self.code == "EUR"
    }

    /// The amount as a count, if a transfer can carry it.
    ///
    /// # Errors
    /// Zero or less, or too much.
    pub fn payable(self, minor: i64) -> Result<u128, OrderFault> {
        match u128::try_from(minor) {
            Ok(0) | Err(_) => Err(OrderFault::NotPositive(minor)),
            Ok(_) if self.is_sepa() && minor > SEPA_MAX => Err(OrderFault::AboveSepa),
            Ok(units) if units >= LIMIT => Err(OrderFault::TooManyDigits),
            Ok(units) => Ok(units),
        }
    }
}

/// A control sum. The message wants one number for all currencies together, so that decimals can differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    scaled: u128,
    exponent: u32,
}

impl Sum {
    /// This sum and `units` of 10^-`exponent` more; none beyond what can be counted.
    #[must_use]
    pub fn plus(self, units: u128, exponent: u32) -> Option<Self> {
        let factor = 10_u128.checked_pow(SCALE.checked_sub(exponent)?)?;
        Some(Self {
            scaled: self.scaled.checked_add(units.checked_mul(factor)?)?,
            exponent: self.exponent.max(exponent),
        })
    }

    /// The number as the message carries it, with the decimals of its finest part; none above 18 digits.
    #[must_use]
    pub fn written(self) -> Option<String> {
        // Exact: no part has more decimals than `exponent`.
        let factor = 10_u128.checked_pow(SCALE.checked_sub(self.exponent)?)?;
        let units = self.scaled.checked_div(factor)?;
        (units < LIMIT).then(|| decimal(units, self.exponent))
    }
}

/// `units` of 10^-`exponent` as a decimal number: 5 of exponent 3 is `0.005`.
#[must_use]
pub fn decimal(units: u128, exponent: u32) -> String {
    let decimals = usize::try_from(exponent).unwrap_or(0);
    let digits = format!("{units:0>width$}", width = decimals + 1);
    match digits.split_at_checked(digits.len() - decimals) {
        Some((whole, fraction)) if !fraction.is_empty() => format!("{whole}.{fraction}"),
        _ => digits,
    }
}
