//! ISO 4217 currencies, as far as money needs them: the code and the number of decimal places.

use std::fmt;
use std::str::FromStr;

use crate::money::MoneyError;

/// A currency that ISO 4217 lists with minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency {
    iso: iso_currency::Currency,
    exponent: u8,
}

impl Currency {
    /// The currency with this alphabetic code, upper case, for example `EUR`.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] for a code that ISO 4217 does not list, and for one without minor units
    /// (gold, `XXX`).
    pub fn new(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .and_then(|iso| {
                let exponent = u8::try_from(iso.exponent()?).ok()?;
                Some(Currency { iso, exponent })
            })
            .ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }

    /// Alphabetic code, upper case.
    pub fn code(&self) -> &'static str {
        self.iso.code()
    }

    /// Decimal places: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn exponent(&self) -> u8 {
        self.exponent
    }

    /// How many minor units make one major unit: 100 for EUR.
    pub fn minor_per_major(&self) -> i64 {
        10_i64.pow(u32::from(self.exponent))
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        Currency::new(code)
    }
}

/// The code.
impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}
