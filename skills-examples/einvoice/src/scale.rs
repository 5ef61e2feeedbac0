//! The decimal places that amounts of a document are written with.
//!
//! ISO 4217 says how many a currency has; EN 16931 allows two at most (BR-DEC-01 and its siblings). So Kuwaiti dinars, which have
//! three, are written with two, and everything is computed in the smallest amount that can be written.

use guildhall_sdk::{Currency, Money};
use guildhall_ubl::{Exact, Problems};

/// Decimal places that EN 16931 allows.
const MOST: u32 = 2;
/// Currencies that ISO 4217 has or had and the code list of EN 16931 (version of 2026) has not: withdrawn ones, and the dobra.
const NOT_LISTED: &[&str] = &["BGN", "CUC", "HRK", "SLL", "STN", "ZWL"];
/// Amounts stay below 10^14 smallest units, so that sums of many lines stay exact.
const LIMIT: i128 = 100_000_000_000_000;

/// A currency as amounts are written in it. Amounts are whole numbers of its smallest written unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    currency: Currency,
    places: u32,
    /// Minor units of ISO 4217 in one written unit: 10 for dinars, otherwise 1.
    factor: i64,
}

impl Scale {
    /// The scale of a currency that EN 16931 lists.
    pub fn of(code: &str) -> Option<Self> {
        let currency = Currency::new(code).ok()?;
        if NOT_LISTED.contains(&currency.code()) {
            return None;
        }
        let exponent = u32::from(currency.exponent());
        let places = exponent.min(MOST);
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

    /// Whether the currency has more decimal places than can be written.
    pub fn is_coarse(&self) -> bool {
        self.factor > 1
    }

    /// An amount as it is written.
    pub fn text(&self, amount: i128) -> String {
        Exact::new(amount, self.places).to_string()
    }

    /// An amount as money, if it is within bounds.
    pub fn money(&self, amount: i128) -> Option<Money> {
        let amount = i64::try_from(within(amount)?).ok()?;
        Some(Money::of(amount.checked_mul(self.factor)?, self.currency))
    }

    /// An amount that was given, of this currency and without places that cannot be written.
    pub fn given(
        &self,
        problems: &mut Problems,
        (term, rule, name): (&str, &str, &str),
        money: &Money,
    ) -> Option<i128> {
        if money.currency != self.code() {
            problems.add(
                term,
                "",
                format!(
                    "{name} ({term}) is in {}, but the document is in {}: write it in {}.",
                    shown(&money.currency),
                    self.code(),
                    self.code()
                ),
            );
            return None;
        }
        if money.minor % self.factor != 0 {
            problems.add(
                term,
                rule,
                format!(
                    "{name} ({term}) is {money}, but EN 16931 writes amounts with {} decimal places at most: round it.",
                    self.places
                ),
            );
            return None;
        }
        let amount = within(i128::from(money.minor / self.factor));
        if amount.is_none() {
            problems.add(term, "", too_large(name, term));
        }
        amount
    }
}

/// The amount, if it is within bounds.
pub fn within(amount: i128) -> Option<i128> {
    (-LIMIT < amount && amount < LIMIT).then_some(amount)
}

/// What is said of an amount beyond the bounds.
pub fn too_large(name: &str, term: &str) -> String {
    format!("{name} ({term}) is too large: split the document.")
}

/// Text of the caller, for a sentence.
pub fn shown(text: &str) -> String {
    const SHOWN: usize = 40;
    let short: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(SHOWN)
        .collect();
    format!("`{short}`")
}
