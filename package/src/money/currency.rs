//! Currencies of ISO 4217 in which amounts can be counted.

use super::MoneyError;
use crate::text::plain;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A currency with a minor unit, written as its alphabetic code: `EUR`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an alphabetic code, in capitals as ISO 4217 has it.
    ///
    /// # Errors
    /// Unknown code, a code without a minor unit (`XAU`, `XXX`, `XTS`), or a withdrawn currency.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let unknown = || MoneyError::UnknownCurrency(plain(code, 16));
        let iso = iso_currency::Currency::from_code(code).ok_or_else(unknown)?;
        if iso.code() != code {
            return Err(unknown());
        }
        if iso.exponent().is_none() {
            return Err(MoneyError::NoMinorUnit(iso.code()));
        }
        match iso.is_superseded() {
            // The table calls VES superseded by VED; ISO 4217 lists both as in use.
            Some(successor) if code != "VES" => Err(MoneyError::Withdrawn {
                code: iso.code(),
                successor: successor.code(),
            }),
            _ => Ok(Self(iso)),
        }
    }

    /// The alphabetic code, three capital letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals its minor unit has: 0, 2, 3 or 4.
    #[must_use]
    pub fn exponent(self) -> u32 {
        // `parse` let nothing else in.
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}
