//! What a merchant's host asks of a marketplace, signed by it.

use serde::{Deserialize, Serialize};

use super::document::{Document, DocumentError, OwnDocument, check_origin, check_time, value};
use super::{Price, PriceError};
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::trust::keys::PublicKey;

/// How far a request's time may be from the marketplace's clock, in milliseconds: 15 minutes. A request that somebody kept
/// can't be sent again later.
pub const MAX_REQUEST_AGE_MS: i64 = 15 * 60_000;
/// The most runs that a request can tell.
pub const MAX_RUNS: u64 = 1 << 50;

/// A request is too old, or from the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the request is signed for {at} and it is {now} (milliseconds since 1970 UTC) here: more than 15 minutes apart; set this computer's clock right, and ask again"
)]
pub struct StaleRequest {
    /// When it was signed.
    pub at: i64,
    /// The marketplace's time.
    pub now: i64,
}

/// Checks that a request was signed just now.
///
/// # Errors
/// [`StaleRequest`].
pub const fn check_fresh(at: i64, now: i64) -> Result<(), StaleRequest> {
    if now.abs_diff(at) <= MAX_REQUEST_AGE_MS.unsigned_abs() {
        Ok(())
    } else {
        Err(StaleRequest { at, now })
    }
}

/// `POST /api/v1/orders`: a skill is to be bought, or its next month.
///
/// The marketplace tells which purchase and which period it is. What is paid already is answered with the licence, so
/// asking again never leads to paying again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct OrderRequest {
    /// Origin of the marketplace.
    pub origin: String,
    /// Which skill.
    pub skill: SkillName,
    /// The merchant: the key that signs his host's receipts.
    pub merchant: PublicKey,
    /// The price that the merchant saw. If it is another by now, nothing is ordered.
    pub price: Price,
    /// Whether the next month is meant once this one is paid. From 7 days before the end of what is paid there is an order
    /// for it, before that there is nothing to pay.
    pub next: bool,
    /// When it was signed.
    pub at: i64,
}

/// `POST /api/v1/orders/{id}/refund`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RefundRequest {
    /// Origin of the marketplace.
    pub origin: String,
    /// The order that was paid.
    pub order: Digest,
    /// The merchant who paid it.
    pub merchant: PublicKey,
    /// How often the skill ran since the beginning of what the order covers, by the host's journal.
    pub runs: u64,
    /// When it ran last; none if it never did. The amount does not depend on it: a run in the future shows that a host's clock
    /// is wrong, and its request is refused.
    pub last_run: Option<i64>,
    /// When it was signed.
    pub at: i64,
}

/// `POST /api/v1/licences/cancel`: no further month of a skill. What is paid can be used to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CancelRequest {
    /// Origin of the marketplace.
    pub origin: String,
    /// Which skill.
    pub skill: SkillName,
    /// The merchant.
    pub merchant: PublicKey,
    /// When it was signed.
    pub at: i64,
}

/// `POST /api/v1/licences/renew`: the licence of a paid order anew, free of charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RenewRequest {
    /// Origin of the marketplace.
    pub origin: String,
    /// The order that was paid.
    pub order: Digest,
    /// The merchant who paid it.
    pub merchant: PublicKey,
    /// When it was signed.
    pub at: i64,
}

/// `POST /api/v1/licences`: everything that this merchant has paid here, for a host that lost it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LicencesRequest {
    /// Origin of the marketplace.
    pub origin: String,
    /// The merchant.
    pub merchant: PublicKey,
    /// Where to go on: `next` of the page before.
    pub cursor: Option<String>,
    /// When it was signed.
    pub at: i64,
}

macro_rules! own {
    ($type:ident, $payload:literal, $what:literal, $self:ident, $check:expr) => {
        impl Document for $type {
            const TYPE: &'static str =
                concat!("application/vnd.guildhall.", $payload, ".v1+json");
            const WHAT: &'static str = $what;

            fn origin(&self) -> &str {
                &self.origin
            }

            fn check(&$self) -> Result<(), DocumentError> {
                check_origin::<Self>(&$self.origin)?;
                check_time::<Self>("at", $self.at)?;
                $check
            }
        }

        impl OwnDocument for $type {
            fn merchant(&self) -> &PublicKey {
                &self.merchant
            }

            fn at(&self) -> i64 {
                self.at
            }
        }
    };
}

own!(
    OrderRequest,
    "order-request",
    "an order request",
    self,
    match self.price.amount() {
        Ok(_) => Ok(()),
        Err(PriceError::Bounds) => Err(value::<Self>("price", "is no price that a skill can have")),
        Err(PriceError::Currency(_)) =>
            Err(value::<Self>("price", "is in no currency that can be paid")),
    }
);
own!(
    CancelRequest,
    "cancel-request",
    "a cancellation",
    self,
    Ok(())
);
own!(
    RenewRequest,
    "renew-request",
    "a request for a licence",
    self,
    Ok(())
);
own!(
    LicencesRequest,
    "licences-request",
    "a request for all licences",
    self,
    match &self.cursor {
        Some(cursor) if cursor.len() > crate::market::page::MAX_CURSOR =>
            Err(value::<Self>("cursor", "is longer than any that was given")),
        _ => Ok(()),
    }
);
own!(
    RefundRequest,
    "refund-request",
    "a refund request",
    self,
    match self.last_run {
        _ if self.runs > MAX_RUNS => Err(value::<Self>("runs", "are more than can be counted")),
        Some(at) if self.runs > 0 => check_time::<Self>("last-run", at),
        None if self.runs == 0 => Ok(()),
        _ => Err(value::<Self>(
            "last-run",
            "must be there if and only if there were runs",
        )),
    }
);
