//! How a payment is shared between author and marketplace, to the minor unit.

use serde::{Deserialize, Serialize};

/// All of it, in basis points.
pub const WHOLE: u16 = 10_000;

/// The author's share of every payment, in basis points: 8500 is 85 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

/// More than all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share is at most 10000 basis points, which is all of it")]
pub struct ShareError;

/// A payment, shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// The author's part, in minor units.
    pub author: i64,
    /// The marketplace's part, in minor units.
    pub fee: i64,
}

impl Share {
    /// A share.
    ///
    /// # Errors
    /// [`ShareError`] above 10000.
    pub const fn new(basis_points: u16) -> Result<Self, ShareError> {
        if basis_points > WHOLE {
            return Err(ShareError);
        }
        Ok(Self(basis_points))
    }

    /// In basis points.
    #[must_use]
    pub const fn basis_points(self) -> u16 {
        self.0
    }

    /// Shares an amount of minor units, not negative. The marketplace's part is rounded down, and the rest is the author's.
    #[must_use]
    pub fn split(self, minor: i64) -> Split {
        let part = i128::from(minor.max(0)) * i128::from(WHOLE - self.0) / i128::from(WHOLE);
        let fee = i64::try_from(part).unwrap_or(0);
        Split {
            author: minor.max(0) - fee,
            fee,
        }
    }
}

impl Default for Share {
    fn default() -> Self {
        Self(8_500)
    }
}

impl TryFrom<u16> for Share {
    type Error = ShareError;

    fn try_from(basis_points: u16) -> Result<Self, ShareError> {
        Self::new(basis_points)
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl Split {
    /// What was shared.
    #[must_use]
    pub const fn whole(self) -> i64 {
        self.author.saturating_add(self.fee)
    }

    /// Who gives back how much of `refunded` minor units, in the proportion in which it was shared, whatever the share is by
    /// now. The marketplace's part is rounded down. Neither gives back more than it got.
    #[must_use]
    pub fn of_refund(self, refunded: i64) -> Self {
        let refunded = refunded.clamp(0, self.whole().max(0));
        let part = i128::from(self.fee) * i128::from(refunded) / i128::from(self.whole().max(1));
        let fee = i64::try_from(part).unwrap_or(0);
        Self {
            author: refunded - fee,
            fee,
        }
    }
}
