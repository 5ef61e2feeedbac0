//! Refunds: the rule, and the credit note that a marketplace signs.

use serde::{Deserialize, Serialize};

use super::Period;
use super::document::{Document, DocumentError, check_origin, check_time, value};
use super::period::DAY_MS;
use crate::authority::{PayeePattern, PayeeScheme};
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::money::Amount;
use crate::trust::keys::PublicKey;

/// Within so many days of the beginning of what was paid, all of it is paid back if the skill never ran.
pub const FULL_DAYS: i64 = 14;

/// By which part of the rule a refund was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RefundRule {
    /// All of it: within 14 days, and never run.
    Full,
    /// The days that were not used.
    UnusedDays,
}

/// Why nothing is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundError {
    /// No whole day is left, or its part is less than one minor unit.
    #[error(
        "nothing is left to pay back: what was paid is used up to {unused} of {days} days, and a refund is the part of the unused ones, rounded down"
    )]
    NothingLeft {
        /// Whole days that are not used.
        unused: i64,
        /// Days that were paid.
        days: i64,
    },
}

/// What is paid back of `amount`, paid for `covers`, after so many runs, at `now`: all within 14 days if it never ran, else
/// the part of the whole days that have not begun, rounded down to the minor unit.
///
/// # Errors
/// [`RefundError::NothingLeft`] if that is nothing.
pub fn refund(
    amount: Amount,
    covers: &Period,
    runs: u64,
    now: i64,
) -> Result<(Amount, RefundRule), RefundError> {
    if runs == 0 && now.saturating_sub(covers.from) <= FULL_DAYS * DAY_MS {
        return Ok((amount, RefundRule::Full));
    }
    let days = covers.days().max(1);
    let unused = covers.unused_days(now).clamp(0, days);
    let part = i128::from(amount.minor) * i128::from(unused) / i128::from(days);
    match i64::try_from(part) {
        Ok(minor) if minor > 0 => Ok((Amount { minor, ..amount }, RefundRule::UnusedDays)),
        _ => Err(RefundError::NothingLeft { unused, days }),
    }
}

/// A credit note: the marketplace owes this amount back. The merchant's host books it once, by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CreditNote {
    /// Its id: [`CreditNote::id_of`] the order.
    pub id: Digest,
    /// Origin of the marketplace.
    pub origin: String,
    /// The order that was paid.
    pub order: Digest,
    /// Of which skill.
    pub skill: SkillName,
    /// Who gets it back.
    pub merchant: PublicKey,
    /// How much.
    pub amount: Amount,
    /// Account in the merchant's book that gives it back: the one that was paid.
    pub payee: PayeePattern,
    /// By which part of the rule.
    pub rule: RefundRule,
    /// When it was made.
    pub at: i64,
}

impl CreditNote {
    /// Id of the one credit note that an order can have.
    #[must_use]
    pub fn id_of(order: &Digest) -> Digest {
        Digest::of(format!("guildhall credit note of {order}").as_bytes())
    }
}

impl Document for CreditNote {
    const TYPE: &'static str = "application/vnd.guildhall.credit-note.v1+json";
    const WHAT: &'static str = "a credit note";

    fn origin(&self) -> &str {
        &self.origin
    }

    fn check(&self) -> Result<(), DocumentError> {
        check_origin::<Self>(&self.origin)?;
        check_time::<Self>("at", self.at)?;
        if self.id != Self::id_of(&self.order) {
            return Err(value::<Self>("id", "is not that of its order"));
        }
        if self.amount.minor <= 0 {
            return Err(value::<Self>("amount", "must be above zero"));
        }
        if self.payee.scheme() != PayeeScheme::Book || self.payee.account().is_none() {
            return Err(value::<Self>("payee", "must be one account of the book"));
        }
        Ok(())
    }
}
