//! Amounts: integers of minor units, never floats.

use super::{Currency, MoneyError};
use crate::text::plain;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An amount in minor units of its currency: EUR 12.50 is 1250. May be negative, as balances are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Amount {
    /// Minor units. In JSON a number up to 2^53 - 1 and a text beyond, because canonical JSON rounds larger numbers.
    #[serde(with = "minor")]
    pub minor: i64,
    /// Its currency.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub currency: Currency,
}

impl Amount {
    /// A positive amount, as everything that is paid.
    ///
    /// # Errors
    /// Zero or less; a code that [`Currency::parse`] refuses.
    pub fn positive(minor: i64, code: &str) -> Result<Self, MoneyError> {
        let currency = Currency::parse(code)?;
        Self { minor, currency }.ensure_positive()
    }

    /// The same amount, if it is above zero.
    ///
    /// # Errors
    /// Zero or less.
    pub const fn ensure_positive(self) -> Result<Self, MoneyError> {
        if self.minor > 0 {
            Ok(self)
        } else {
            Err(MoneyError::NotPositive(self))
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// Two currencies, or more than a signed 64-bit integer holds.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// Two currencies, or more than a signed 64-bit integer holds.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// `EUR 1234.50`: what [`str::parse`] reads.
    #[must_use]
    pub fn plain(&self) -> String {
        self.written(false)
    }

    fn combine(self, other: Self, f: fn(i64, i64) -> Option<i64>) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::OtherCurrency {
                left: self.currency,
                right: other.currency,
            });
        }
        let minor = f(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    fn written(&self, grouped: bool) -> String {
        let decimals = usize::try_from(self.currency.exponent()).unwrap_or(0);
        let digits = format!("{:0>1$}", self.minor.unsigned_abs(), decimals + 1);
        let (whole, fraction) = digits
            .split_at_checked(digits.len() - decimals)
            .unwrap_or((&digits, ""));
        let mut text = format!("{} ", self.currency);
        if self.minor < 0 {
            text.push('-');
        }
        for (i, digit) in whole.char_indices() {
            if grouped && i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

/// `EUR 1,234.50`, for people.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.written(true))
    }
}

/// Reads `EUR 500.00`, `EUR 500`, `JPY 5000`, `KWD 1.250`. No sign, no grouping, no more decimals than the
/// currency has. Zero is read.
impl FromStr for Amount {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let shape = || MoneyError::Shape(plain(text, 40));
        let (code, number) = text.split_once(' ').ok_or_else(shape)?;
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(shape()),
            None => (number, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(shape());
        }
        let currency = Currency::parse(code)?;
        let missing = u32::try_from(fraction.len())
            .ok()
            .and_then(|digits| currency.exponent().checked_sub(digits))
            .ok_or_else(|| MoneyError::TooFine {
                text: plain(text, 40),
                currency,
            })?;
        let minor = whole
            .bytes()
            .chain(fraction.bytes())
            .chain((0..missing).map(|_| b'0'))
            .try_fold(0_i64, |sum, digit| {
                sum.checked_mul(10)?
                    .checked_add(i64::from(digit.wrapping_sub(b'0')))
            })
            .ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }
}

/// Minor units in JSON: exact under canonical JSON too, where numbers are doubles.
mod minor {
    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;
    use std::fmt;

    /// The largest integer below which every integer is a double of its own.
    const EXACT: u64 = (1 << 53) - 1;

    pub(super) fn serialize<S: Serializer>(minor: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        if minor.unsigned_abs() <= EXACT {
            serializer.serialize_i64(*minor)
        } else {
            serializer.collect_str(minor)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        deserializer.deserialize_any(Minor)
    }

    struct Minor;

    impl Visitor<'_> for Minor {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("minor units, an integer of 64 bits as a number or a text")
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<i64, E> {
            Ok(value)
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<i64, E> {
            i64::try_from(value).map_err(|_| E::custom("more minor units than can be counted"))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<i64, E> {
            let number: i64 = value
                .parse()
                .map_err(|_| E::custom("these minor units are not an integer of 64 bits"))?;
            // One spelling only: `+5` and `007` read as numbers, too.
            if number.to_string() == value {
                Ok(number)
            } else {
                Err(E::custom("write minor units without `+` and leading zeros"))
            }
        }
    }
}
