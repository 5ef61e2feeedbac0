//! Orders: what a marketplace offers to one merchant, signed by it, and bound to what he was shown.

use serde::{Deserialize, Serialize};

use super::document::{Document, DocumentError, check_origin, check_time, value};
use super::{Period, PriceModel};
use crate::authority::{PayeePattern, PayeeScheme};
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::money::Amount;
use crate::trust::canonical::{self, CanonicalError};
use crate::trust::keys::PublicKey;
use crate::trust::log::entry::MAX_PRICE_MINOR;

/// How long an order's card should stay open, in milliseconds: 15 minutes. One that is paid later counts nevertheless,
/// because the money has moved.
pub const ORDER_LIFE_MS: i64 = 15 * 60_000;
/// From so long before the end of what is paid the next month can be ordered, in milliseconds: 7 days.
pub const ORDER_AHEAD_MS: i64 = 7 * super::period::DAY_MS;
/// Begins the reference of every order.
const REFERENCE: &str = "guildhall-order-";

/// What makes an order one and the same, whoever counts: its id is their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OrderFacts {
    /// Origin of the marketplace.
    pub origin: String,
    /// Which skill.
    pub skill: SkillName,
    /// Who buys.
    pub merchant: PublicKey,
    /// How many purchases of this skill by this merchant ended before, by refund or cancellation.
    pub purchase: u32,
    /// The month, counted from the first of this purchase; 0 for what is paid once.
    pub period: u32,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Order {
    /// Its id: the digest of [`Order::facts`].
    pub id: Digest,
    /// Which purchase it is.
    #[serde(flatten)]
    pub facts: OrderFacts,
    /// How the skill is sold: never `free`.
    pub model: PriceModel,
    /// What has to be paid.
    pub amount: Amount,
    /// Account that has to be paid: `book:NAME`, in the merchant's own book.
    pub payee: PayeePattern,
    /// The document that is paid, as it has to stand in the payment: [`Order::reference_of`] its id.
    pub reference: String,
    /// When this purchase began: months are counted from it.
    pub began: i64,
    /// What the payment covers.
    pub covers: Period,
    /// When it was made.
    pub issued: i64,
    /// Until when it should be decided.
    pub expires: i64,
}

impl OrderFacts {
    /// The order's id.
    ///
    /// # Errors
    /// [`CanonicalError`], which does not happen.
    pub fn id(&self) -> Result<Digest, CanonicalError> {
        #[derive(Serialize)]
        struct Named<'a> {
            order: &'a OrderFacts,
        }
        canonical::to_vec(&Named { order: self }).map(|bytes| Digest::of(&bytes))
    }
}

impl Order {
    /// The reference of an order with this id.
    #[must_use]
    pub fn reference_of(id: &Digest) -> String {
        format!("{REFERENCE}{}", id.hex())
    }

    /// Name of the account to pay, without its scheme.
    #[must_use]
    pub fn account(&self) -> &str {
        self.payee.account().unwrap_or_default()
    }
}

impl Document for Order {
    const TYPE: &'static str = "application/vnd.guildhall.order.v1+json";
    const WHAT: &'static str = "an order";

    fn origin(&self) -> &str {
        &self.facts.origin
    }

    fn check(&self) -> Result<(), DocumentError> {
        check_origin::<Self>(&self.facts.origin)?;
        check_time::<Self>("issued", self.issued)?;
        check_time::<Self>("expires", self.expires)?;
        if self.facts.id().ok() != Some(self.id) {
            return Err(value::<Self>("id", "is not the digest of what it names"));
        }
        if self.reference != Self::reference_of(&self.id) {
            return Err(value::<Self>("reference", "does not name its id"));
        }
        if self.payee.scheme() != PayeeScheme::Book || self.payee.account().is_none() {
            return Err(value::<Self>("payee", "must be one account of the book"));
        }
        let minor = u64::try_from(self.amount.minor).unwrap_or(0);
        if !(1..=MAX_PRICE_MINOR).contains(&minor) {
            return Err(value::<Self>("amount", "is none that can be paid"));
        }
        let covers = match (self.model, self.facts.period) {
            (PriceModel::Free, _) => {
                return Err(value::<Self>("model", "must be one that is paid"));
            }
            (PriceModel::OneTime, 1..) => {
                return Err(value::<Self>("period", "must be 0 for what is paid once"));
            }
            (PriceModel::OneTime, 0) => Period::once(self.began),
            (PriceModel::PerMonth, index) => Period::month(self.began, index),
        };
        if covers != Some(self.covers) {
            return Err(value::<Self>(
                "covers",
                "is not the period that is counted from `began`",
            ));
        }
        Ok(())
    }
}
