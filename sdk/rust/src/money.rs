//! Exact money: integer minor units of an ISO 4217 currency. No floats anywhere.

use std::fmt;

use crate::currency::Currency;

/// An amount of money in minor units (cents for EUR, whole yen for JPY, fils for KWD).
///
/// The same type as `money` in WIT, so an operation takes and returns it as it is. What comes from outside may
/// carry any text as currency: every method that needs the exponent checks it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units, by the ISO 4217 exponent of `currency`. Negative for what is owed back.
    pub minor: i64,
    /// ISO 4217 alphabetic code, upper case.
    pub currency: String,
}

/// Why an amount could not be made or computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// ISO 4217 does not list this code with minor units.
    UnknownCurrency(String),
    /// The text is not a decimal number such as `-1234.50`.
    NotANumber(String),
    /// The text has more decimal places than the currency has.
    TooManyDecimals {
        /// The text.
        text: String,
        /// The currency.
        currency: &'static str,
        /// Decimal places of the currency.
        exponent: u8,
    },
    /// The result does not fit 64 bits of minor units.
    OutOfRange,
    /// Two currencies met in one sum.
    CurrencyMismatch {
        /// Currency of the left side.
        left: String,
        /// Currency of the right side.
        right: String,
    },
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MoneyError::UnknownCurrency(code) => {
                write!(f, "`{code}` is not an ISO 4217 currency with minor units")
            }
            MoneyError::NotANumber(text) => write!(
                f,
                "`{text}` is not a decimal number: write digits with an optional sign and `.`"
            ),
            MoneyError::TooManyDecimals {
                text,
                currency,
                exponent,
            } => write!(
                f,
                "`{text}` has more decimal places than {currency} has ({exponent}): round it first"
            ),
            MoneyError::OutOfRange => f.write_str("the amount does not fit 64 bits of minor units"),
            MoneyError::CurrencyMismatch { left, right } => write!(
                f,
                "`{left}` and `{right}` cannot be added: convert one of them first"
            ),
        }
    }
}

impl std::error::Error for MoneyError {}

impl Money {
    /// An amount of `minor` units of a known currency.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`].
    pub fn new(minor: i64, currency: &str) -> Result<Self, MoneyError> {
        Currency::new(currency).map(|currency| Money::of(minor, currency))
    }

    /// An amount of `minor` units.
    pub fn of(minor: i64, currency: Currency) -> Self {
        Money {
            minor,
            currency: currency.code().to_owned(),
        }
    }

    /// Reads a decimal number of major units, exactly: an optional sign, digits, and `.` with digits. No grouping,
    /// no exponent, no spaces. Decimal places beyond the currency's are accepted only if they are zeros.
    ///
    /// # Errors
    /// Everything but [`MoneyError::CurrencyMismatch`].
    pub fn parse(text: &str, currency: &str) -> Result<Self, MoneyError> {
        let currency = Currency::new(currency)?;
        let not_a_number = || MoneyError::NotANumber(shorten(text));
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) {
            return Err(not_a_number());
        }
        let places = usize::from(currency.exponent());
        if fraction.bytes().skip(places).any(|digit| digit != b'0') {
            return Err(MoneyError::TooManyDecimals {
                text: shorten(text),
                currency: currency.code(),
                exponent: currency.exponent(),
            });
        }
        let cents = fraction.bytes().chain(std::iter::repeat(b'0')).take(places);
        let mut minor: i64 = 0;
        for digit in whole.bytes().chain(cents) {
            let digit = i64::from(digit - b'0');
            // Counted down for a negative amount, so that the smallest one is reached too.
            minor = minor
                .checked_mul(10)
                .and_then(|minor| {
                    if negative {
                        minor.checked_sub(digit)
                    } else {
                        minor.checked_add(digit)
                    }
                })
                .ok_or(MoneyError::OutOfRange)?;
        }
        Ok(Money::of(minor, currency))
    }

    /// The currency, checked.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`].
    pub fn iso(&self) -> Result<Currency, MoneyError> {
        Currency::new(&self.currency)
    }

    /// The amount in major units with all decimal places: `1234.50`. [`Money::parse`] reads it back.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`].
    pub fn amount(&self) -> Result<String, MoneyError> {
        let currency = self.iso()?;
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        let per_major = currency.minor_per_major().unsigned_abs();
        let (whole, cents) = (minor / per_major, minor % per_major);
        Ok(match usize::from(currency.exponent()) {
            0 => format!("{sign}{whole}"),
            places => format!("{sign}{whole}.{cents:0>places$}"),
        })
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::OutOfRange`].
    pub fn checked_add(&self, other: &Money) -> Result<Money, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], [`MoneyError::OutOfRange`].
    pub fn checked_sub(&self, other: &Money) -> Result<Money, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    /// [`MoneyError::OutOfRange`].
    pub fn checked_neg(&self) -> Result<Money, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::OutOfRange)?;
        Ok(Money {
            minor,
            currency: self.currency.clone(),
        })
    }

    /// The sum of many amounts of one currency; zero for none.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for `currency`, and as [`Money::checked_add`].
    pub fn sum<'a>(
        amounts: impl IntoIterator<Item = &'a Money>,
        currency: &str,
    ) -> Result<Money, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Money::new(0, currency)?, |sum, amount| {
                sum.checked_add(amount)
            })
    }

    fn combine(
        &self,
        other: &Money,
        operation: fn(i64, i64) -> Option<i64>,
    ) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch {
                left: self.currency.clone(),
                right: other.currency.clone(),
            });
        }
        let minor = operation(self.minor, other.minor).ok_or(MoneyError::OutOfRange)?;
        Ok(Money {
            minor,
            currency: self.currency.clone(),
        })
    }
}

/// `1234.50 EUR`; for a currency without known decimal places ``123450 minor units of `CODE` ``.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.amount() {
            Ok(amount) => write!(f, "{amount} {}", self.currency),
            Err(_) => write!(f, "{} minor units of `{}`", self.minor, self.currency),
        }
    }
}

#[cfg(feature = "decimal")]
mod decimal {
    use rust_decimal::{Decimal, RoundingStrategy};

    use super::{Money, MoneyError};
    use crate::currency::Currency;

    impl Money {
        /// The amount in major units as an exact decimal.
        ///
        /// # Errors
        /// [`MoneyError::UnknownCurrency`].
        pub fn to_decimal(&self) -> Result<Decimal, MoneyError> {
            Ok(Decimal::new(self.minor, u32::from(self.iso()?.exponent())))
        }

        /// A decimal number of major units, rounded to the currency's decimal places by the strategy you name.
        ///
        /// # Errors
        /// [`MoneyError::UnknownCurrency`], [`MoneyError::OutOfRange`].
        pub fn from_decimal(
            amount: Decimal,
            currency: &str,
            rounding: RoundingStrategy,
        ) -> Result<Money, MoneyError> {
            let currency = Currency::new(currency)?;
            let places = u32::from(currency.exponent());
            let mut rounded = amount.round_dp_with_strategy(places, rounding);
            rounded.rescale(places);
            // `rescale` keeps fewer places where the mantissa has no room: the value would then be misread.
            if rounded.scale() != places {
                return Err(MoneyError::OutOfRange);
            }
            let minor = i64::try_from(rounded.mantissa()).map_err(|_| MoneyError::OutOfRange)?;
            Ok(Money::of(minor, currency))
        }
    }
}

/// Text from outside, short enough for an error message.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}
