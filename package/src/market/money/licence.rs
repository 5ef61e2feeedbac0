//! Licences: signed by the marketplace for what was paid, checked offline by the merchant's host.
//!
//! A licence is no copy protection. It says what was bought; a host that respects it runs a paid skill only with one.

use serde::{Deserialize, Serialize};

use super::document::{Document, DocumentError, check_origin, check_time, value};
use super::period::{DAY_MS, ONCE_DAYS};
use super::{Order, PriceModel};
use crate::digest::Digest;
use crate::manifest::SkillName;
use crate::trust::keys::PublicKey;
use crate::trust::log::entry::MAX_TIME_MS;

/// Days that a skill goes on running after its licence ended, with a warning.
pub const GRACE_DAYS: u32 = 7;
/// The most days of grace that a licence may give.
pub const MAX_GRACE_DAYS: u32 = 31;
/// How far the clock may go back, in milliseconds: 10 minutes, as clocks do when they are set right.
pub const CLOCK_TOLERANCE_MS: i64 = 10 * 60_000;

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Licence {
    /// Origin of the marketplace.
    pub origin: String,
    /// The order that was paid.
    pub order: Digest,
    /// Which skill, in all its versions.
    pub skill: SkillName,
    /// Who may run it: the key that signs the host's receipts.
    pub merchant: PublicKey,
    /// How it was bought: never `free`.
    pub model: PriceModel,
    /// Which purchase of the skill by the merchant it is, from 0.
    pub purchase: u32,
    /// Which month of the purchase, from 0; 0 for what is paid once.
    pub period: u32,
    /// It counts from then on.
    pub from: i64,
    /// And before then. What is paid once gets a new licence free of charge.
    pub until: i64,
    /// When it was signed.
    pub issued: i64,
    /// Days that the skill runs on after the end, with a warning.
    pub grace_days: u32,
}

/// What a licence is worth now, to a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The skill may run.
    Valid {
        /// Until then.
        until: i64,
    },
    /// It ended, and the skill may run on for a few days, with a warning.
    Grace {
        /// Until then.
        until: i64,
    },
    /// It is for later: the next month was paid early.
    NotYet {
        /// From then on.
        from: i64,
    },
    /// It ended, and its days of grace too.
    Expired {
        /// When the grace ended.
        at: i64,
    },
    /// It was paid back.
    Refunded,
    /// The clock was set back: it shows a time before one that was seen already, so nobody knows what time it is.
    ClockSetBack {
        /// The time that was seen.
        seen: i64,
    },
    /// It is another merchant's.
    NotYours,
    /// It is for another skill.
    OtherSkill,
}

impl Standing {
    /// Whether the skill may run.
    #[must_use]
    pub const fn may_run(&self) -> bool {
        matches!(self, Self::Valid { .. } | Self::Grace { .. })
    }

    /// Orders standings from worthless to good, for choosing among several licences.
    const fn rank(&self) -> (u8, i64) {
        match self {
            Self::OtherSkill => (0, 0),
            Self::NotYours => (1, 0),
            Self::Refunded => (2, 0),
            Self::Expired { at } => (3, *at),
            Self::NotYet { from } => (4, from.saturating_neg()),
            Self::ClockSetBack { .. } => (5, 0),
            Self::Grace { until } => (6, *until),
            Self::Valid { until } => (7, *until),
        }
    }
}

impl Licence {
    /// The licence for an order that is paid, signed at `now`; none if its time can't be written.
    ///
    /// What is paid by the month counts for its month. What is paid once counts for 365 days from now: it is renewed free of
    /// charge, so that a host that lost its key can't be run by a stranger for ever.
    #[must_use]
    pub fn for_order(order: &Order, now: i64) -> Option<Self> {
        let until = match order.model {
            PriceModel::Free => return None,
            PriceModel::PerMonth => order.covers.until,
            PriceModel::OneTime => now
                .max(order.covers.from)
                .checked_add(ONCE_DAYS * DAY_MS)
                .filter(|until| *until <= MAX_TIME_MS)?,
        };
        Some(Self {
            origin: order.facts.origin.clone(),
            order: order.id,
            skill: order.facts.skill.clone(),
            merchant: order.facts.merchant,
            model: order.model,
            purchase: order.facts.purchase,
            period: order.facts.period,
            from: order.covers.from,
            until,
            issued: now,
            grace_days: GRACE_DAYS,
        })
    }

    /// When its grace ends.
    #[must_use]
    pub fn grace_until(&self) -> i64 {
        self.until
            .saturating_add(i64::from(self.grace_days).saturating_mul(DAY_MS))
    }

    /// What it is worth to the host with this key, for this skill, now.
    ///
    /// `seen` is the latest time that the host ever saw, by its own records; `refunded` whether the signed status, or the
    /// host's own credit notes, say that the order was paid back.
    #[must_use]
    pub fn check(
        &self,
        merchant: &PublicKey,
        skill: &SkillName,
        now: i64,
        seen: Option<i64>,
        refunded: bool,
    ) -> Standing {
        if self.skill != *skill {
            return Standing::OtherSkill;
        }
        if self.merchant != *merchant {
            return Standing::NotYours;
        }
        if refunded {
            return Standing::Refunded;
        }
        let seen = seen.unwrap_or(self.issued).max(self.issued);
        if now.saturating_add(CLOCK_TOLERANCE_MS) < seen {
            return Standing::ClockSetBack { seen };
        }
        let (until, grace_until) = (self.until, self.grace_until());
        // A clock that is a little behind the marketplace's does not stop a skill that was just bought.
        if now.saturating_add(CLOCK_TOLERANCE_MS) < self.from {
            Standing::NotYet { from: self.from }
        } else if now < until {
            Standing::Valid { until }
        } else if now < grace_until {
            Standing::Grace { until: grace_until }
        } else {
            Standing::Expired { at: grace_until }
        }
    }
}

/// The best of several standings: that of the licence that counts. None if there is none.
pub fn best(standings: impl IntoIterator<Item = Standing>) -> Option<Standing> {
    standings.into_iter().max_by_key(Standing::rank)
}

impl Document for Licence {
    const TYPE: &'static str = "application/vnd.guildhall.licence.v1+json";
    const WHAT: &'static str = "a licence";

    fn origin(&self) -> &str {
        &self.origin
    }

    fn check(&self) -> Result<(), DocumentError> {
        check_origin::<Self>(&self.origin)?;
        check_time::<Self>("from", self.from)?;
        check_time::<Self>("until", self.until)?;
        check_time::<Self>("issued", self.issued)?;
        if self.from >= self.until {
            return Err(value::<Self>("until", "must be after `from`"));
        }
        if self.grace_days > MAX_GRACE_DAYS {
            return Err(value::<Self>("grace-days", "are more than 31"));
        }
        match (self.model, self.period) {
            (PriceModel::Free, _) => Err(value::<Self>("model", "must be one that is paid")),
            (PriceModel::OneTime, 1..) => {
                Err(value::<Self>("period", "must be 0 for what is paid once"))
            }
            _ => Ok(()),
        }
    }
}
