//! `GET /api/v1/publishers/{publisher}/earnings`: what a publisher earned in a month.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::money::Amount;
use crate::{FolderName, SkillName};

/// Which month, and which page of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct EarningsQuery {
    /// `2026-11`, in UTC; the month that is running if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// Where to go on: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Lines wanted: 1 to 100, default 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A publisher's statement of a month. As CSV (`…/earnings.csv`, its figures in whole units of the currency) it has all lines at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Earnings {
    /// Whose.
    pub publisher: FolderName,
    /// The month, `2026-11`, in UTC.
    pub month: String,
    /// Sums of the whole month and what is owed by now, for each currency.
    pub totals: Vec<EarningsTotal>,
    /// Its lines, oldest first.
    pub items: Vec<Earning>,
    /// Give this as `cursor` to get the next page; none on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Sums in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarningsTotal {
    /// What merchants paid in this month.
    pub sold: Amount,
    /// What they got back in this month.
    pub refunded: Amount,
    /// The publisher's part of the difference. May be negative.
    pub earned: Amount,
    /// What the publisher is owed by now, all months together and less what was paid out. Negative: that much was paid back to
    /// merchants after it had been paid out.
    pub payable: Amount,
    /// The part of that which merchants have settled, and which can be paid out: the rest is a debt that they signed and have
    /// not paid yet.
    pub settled: Amount,
    /// What was paid out to the publisher, all months together.
    pub paid_out: Amount,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum EarningKind {
    /// A merchant paid.
    Sale,
    /// A merchant got something back.
    Refund,
    /// The operator paid the publisher.
    Payout,
}

impl EarningKind {
    /// As on the wire: `sale`, `refund`, `payout`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Refund => "refund",
            Self::Payout => "payout",
        }
    }
}

/// One line. Who bought is not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Earning {
    /// When.
    pub at: u64,
    /// What happened.
    pub kind: EarningKind,
    /// Which skill; none for a payout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<SkillName>,
    /// Which order; none for a payout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Digest>,
    /// Reference of a payout, as the operator wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the operator wrote to a payout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the merchant paid; what he got back is negative, and so is what was paid out.
    pub amount: Amount,
    /// The publisher's part of it. All of them together are what the publisher is owed.
    pub share: Amount,
    /// Whether the merchant has settled the order, as far as it was not paid back. A payout is settled.
    pub settled: bool,
}
