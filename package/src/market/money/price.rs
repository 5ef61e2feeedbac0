//! Prices. The form is the log's ([`Price`]); here are the rules for setting one, and its words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Price;
use crate::money::{Amount, Currency, MoneyError};
use crate::trust::log::entry::MAX_PRICE_MINOR;

/// How a skill is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum PriceModel {
    /// For nothing.
    Free,
    /// Paid once, for all versions.
    OneTime,
    /// Paid for each month.
    PerMonth,
}

/// Why a price can't be set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Nothing, or less, or more than can be sold here.
    #[error(
        "a price is from 1 to {MAX_PRICE_MINOR} minor units of its currency; what costs nothing is `free`"
    )]
    Bounds,
    /// No currency to pay in.
    #[error("the price's currency: {0}")]
    Currency(#[from] MoneyError),
}

impl PriceModel {
    /// All models.
    pub const ALL: [Self; 3] = [Self::Free, Self::OneTime, Self::PerMonth];

    /// As on the wire: `free`, `one-time`, `per-month`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::OneTime => "one-time",
            Self::PerMonth => "per-month",
        }
    }
}

impl fmt::Display for PriceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text is not a [`PriceModel`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no price of this kind; use one of free, one-time, per-month")]
pub struct UnknownModel;

impl FromStr for PriceModel {
    type Err = UnknownModel;

    fn from_str(text: &str) -> Result<Self, UnknownModel> {
        Self::ALL
            .into_iter()
            .find(|model| model.as_str() == text)
            .ok_or(UnknownModel)
    }
}

impl Price {
    /// A price of this model. The amount of a free one is left out.
    ///
    /// # Errors
    /// [`PriceError::Bounds`] for an amount that no price can have.
    pub fn of(model: PriceModel, amount: Amount) -> Result<Self, PriceError> {
        let minor = u64::try_from(amount.minor).map_err(|_| PriceError::Bounds)?;
        let currency = amount.currency.code().to_owned();
        let price = match model {
            PriceModel::Free => Self::Free,
            PriceModel::OneTime => Self::OneTime { minor, currency },
            PriceModel::PerMonth => Self::PerMonth { minor, currency },
        };
        price.amount()?;
        Ok(price)
    }

    /// How it is sold.
    #[must_use]
    pub const fn model(&self) -> PriceModel {
        match self {
            Self::Free => PriceModel::Free,
            Self::OneTime { .. } => PriceModel::OneTime,
            Self::PerMonth { .. } => PriceModel::PerMonth,
        }
    }

    /// The amount of one payment; none if it is free. This is stricter than the log's own check, which must go on reading
    /// what it once took: the currency is one that is in use now.
    ///
    /// # Errors
    /// [`PriceError`] for an amount that can't be a price, or a currency that nobody can pay in.
    pub fn amount(&self) -> Result<Option<Amount>, PriceError> {
        let (minor, currency) = match self {
            Self::Free => return Ok(None),
            Self::OneTime { minor, currency } | Self::PerMonth { minor, currency } => {
                (*minor, currency)
            }
        };
        if !(1..=MAX_PRICE_MINOR).contains(&minor) {
            return Err(PriceError::Bounds);
        }
        let minor = i64::try_from(minor).map_err(|_| PriceError::Bounds)?;
        let currency = Currency::parse(currency)?;
        Ok(Some(Amount { minor, currency }))
    }
}

/// `free`, `EUR 12.00 once`, `EUR 5.00 per month`.
impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self {
            Self::Free => return f.write_str("free"),
            Self::OneTime { .. } => "once",
            Self::PerMonth { .. } => "per month",
        };
        match self.amount() {
            Ok(Some(amount)) => write!(f, "{amount} {when}"),
            // Set when the currency was still in use.
            _ => f.write_str("not for sale any more"),
        }
    }
}
