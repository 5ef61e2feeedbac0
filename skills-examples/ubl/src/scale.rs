//! Amounts of a currency, as whole numbers of the smallest one that is written.

use guildhall_sdk::{Currency, Money};

use crate::exact::Exact;

/// Amounts stay below 10^15 smallest units, so that sums of many stay exact.
const LIMIT: i128 = 1_000_000_000_000_000;

/// A currency as a document writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    currency: Currency,
    places: u32,
    /// Minor units of ISO 4217 in one unit that is written: 10 for dinars with two decimal places.
    factor: i64,
}

impl Scale {
    /// A currency with at most so many decimal places as a standard allows.
    pub fn of(code: &str, most: u32) -> Option<Self> {
        let currency = Currency::new(code).ok()?;
        let exponent = u32::from(currency.exponent());
        let places = exponent.min(most);
        Some(Scale {
            currency,
            places,
            factor: 10_i64.pow(exponent - places),
        })
    }

    /// ISO 4217 code.
    pub fn code(&self) -> &'static str {
        self.currency.code()
    }

    /// Decimal places.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// Whether the currency has more decimal places than are written.
    pub fn is_coarse(&self) -> bool {
        self.factor > 1
    }

    /// Minor units of ISO 4217 as an amount. None if it cannot be written.
    pub fn amount(&self, minor: i64) -> Option<i128> {
        (minor % self.factor == 0).then(|| i128::from(minor / self.factor))
    }

    /// An amount as it is written.
    pub fn exact(&self, amount: i128) -> Exact {
        Exact::new(amount, self.places)
    }

    /// An amount as money, unless it is too large.
    pub fn money(&self, amount: i128) -> Option<Money> {
        let amount = i64::try_from(within(amount)?).ok()?;
        Some(Money::of(amount.checked_mul(self.factor)?, self.currency))
    }

    /// Money as it is written.
    pub fn written(&self, money: &Money) -> Exact {
        self.exact(i128::from(money.minor / self.factor))
    }

    /// `one` × `other` ÷ `by` as an amount, rounded once, if it is not too large.
    pub fn product(&self, one: Exact, other: Exact, by: Exact) -> Option<i128> {
        within(one.product(other, by, self.places)?)
    }
}

/// An amount, if it is not too large.
pub(crate) fn within(amount: i128) -> Option<i128> {
    (-LIMIT < amount && amount < LIMIT).then_some(amount)
}
