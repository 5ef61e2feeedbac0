//! One mandate: what it covers, and how much of it is left.

use super::calendar::{MandateError, Period, bucket, check_zone};
use super::fact::Fact;
use super::words::shown;
use crate::money::{Amount, Currency};
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

/// A standing approval of a person for one skill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// Identifier, unique in the journal.
    pub id: String,
    /// Digest of the skill it was given to.
    pub skill: Digest,
    /// What it covers.
    pub scope: Scope,
    /// Time zone of its calendar, by its IANA name.
    pub zone: String,
    /// From when it counts, in milliseconds since the Unix epoch.
    pub from_ms: i64,
    /// The first moment at which it counts no more, in milliseconds since the Unix epoch; none: until revoked.
    pub until_ms: Option<i64>,
}

/// What a mandate covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Scope {
    /// Payments to one account.
    Payment {
        /// Account scheme of the payee.
        scheme: String,
        /// Account in its scheme.
        account: String,
        /// Currency of the limits.
        currency: Currency,
        /// The most in sum for each period, in minor units.
        limit_minor: i64,
        /// The period.
        per: Period,
        /// The most at once, in minor units; none: the limit itself.
        each_minor: Option<i64>,
    },
    /// Files in one folder; not in folders below it.
    FileWrite {
        /// The folder, an absolute path.
        folder: PathBuf,
        /// Whether files that are there may be replaced.
        replace: bool,
        /// The period.
        per: Period,
        /// The most files for each period.
        count: u64,
    },
    /// Messages to one recipient.
    Message {
        /// Channel name.
        channel: String,
        /// Address in the channel.
        recipient: String,
        /// The period.
        per: Period,
        /// The most messages for each period.
        count: u64,
    },
}

/// What one fact takes from a mandate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Minor units of a payment; 1 for a file or a message.
    pub amount_or_count: i64,
}

/// Why a mandate does not cover a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCovered {
    /// It was given to another skill, or to another version of this one.
    #[error("it was given to another skill or another version of it")]
    OtherSkill,
    /// It is for another kind of effect.
    #[error("it is for another kind of effect")]
    OtherKind,
    /// It is for another payee account.
    #[error("it is for another account")]
    OtherAccount,
    /// The target is not directly in its folder, or is no absolute path without `..`.
    #[error("the file is not in its folder")]
    OutsideFolder,
    /// It is for another channel or recipient.
    #[error("it is for another recipient")]
    OtherRecipient,
    /// It is in another currency.
    #[error("it is in {currency}; nothing is converted")]
    OtherCurrency {
        /// Its currency.
        currency: Currency,
    },
    /// It does not count yet.
    #[error("it does not count yet")]
    NotYet {
        /// From when it counts, in milliseconds since the Unix epoch.
        from_ms: i64,
    },
    /// It counts no more.
    #[error("it has ended")]
    Ended {
        /// Since when, in milliseconds since the Unix epoch.
        until_ms: i64,
    },
    /// Zero or less is never paid.
    #[error("{0} is not a positive amount")]
    NotPositive(Amount),
    /// More than it allows at once.
    #[error("{asked} is more than the {limit} that it allows at once")]
    EachLimit {
        /// The most at once.
        limit: Amount,
        /// The amount.
        asked: Amount,
    },
    /// Something would be replaced, and it allows new files only.
    #[error("it allows new files only, and this one replaces another")]
    Replaces,
}

/// The limit of a mandate's period leaves no room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "of its limit of {}, {} are used; {} more do not fit",
    shown(*limit, *currency), shown(*used, *currency), shown(*asked, *currency)
)]
pub struct Exhausted {
    /// The limit: minor units, or a count.
    pub limit: i64,
    /// What is used of it.
    pub used: i64,
    /// What was asked.
    pub asked: i64,
    /// Currency of the three; none for counts.
    pub currency: Option<Currency>,
}

impl Mandate {
    /// Checks a mandate before it is kept: zone, limits, folder, window.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), MandateError> {
        check_zone(&self.zone)?;
        if self.until_ms.is_some_and(|until| until <= self.from_ms) {
            return Err(MandateError::Window);
        }
        match &self.scope {
            Scope::FileWrite { folder, .. } if !is_clean(folder) => {
                return Err(MandateError::Folder);
            }
            Scope::Payment {
                each_minor: Some(each),
                ..
            } if *each <= 0 => return Err(MandateError::Limit),
            _ => {}
        }
        if self.scope.limit() <= 0 {
            return Err(MandateError::Limit);
        }
        Ok(())
    }

    /// The bucket in which something at `now_ms` is counted.
    ///
    /// # Errors
    /// As those of the zone: it is unknown, or the moment is out of the calendar.
    pub fn bucket(&self, now_ms: i64) -> Result<String, MandateError> {
        bucket(self.scope.per(), &self.zone, now_ms)
    }
}

impl Scope {
    /// The period of its limit.
    #[must_use]
    pub const fn per(&self) -> Period {
        match self {
            Self::Payment { per, .. } | Self::FileWrite { per, .. } | Self::Message { per, .. } => {
                *per
            }
        }
    }

    /// Its limit for each period: minor units, or a count.
    #[must_use]
    pub fn limit(&self) -> i64 {
        match self {
            Self::Payment { limit_minor, .. } => *limit_minor,
            Self::FileWrite { count, .. } | Self::Message { count, .. } => {
                i64::try_from(*count).unwrap_or(i64::MAX)
            }
        }
    }

    const fn currency(&self) -> Option<Currency> {
        match self {
            Self::Payment { currency, .. } => Some(*currency),
            Self::FileWrite { .. } | Self::Message { .. } => None,
        }
    }

    /// Whether files may be replaced.
    pub(super) const fn replaces(&self) -> bool {
        matches!(self, Self::FileWrite { replace: true, .. })
    }
}

/// Whether a mandate covers a fact of a skill at `now_ms`, and what that takes from it. Whether so much is left is
/// asked of [`room`].
///
/// # Errors
/// The first rule that does not fit: skill, kind, target, currency, time, amount.
pub fn covers(
    mandate: &Mandate,
    skill: Digest,
    fact: &Fact,
    now_ms: i64,
) -> Result<Charge, NotCovered> {
    if mandate.skill != skill {
        return Err(NotCovered::OtherSkill);
    }
    same_target(&mandate.scope, fact)?;
    if now_ms < mandate.from_ms {
        let from_ms = mandate.from_ms;
        return Err(NotCovered::NotYet { from_ms });
    }
    if let Some(until_ms) = mandate.until_ms.filter(|until| now_ms >= *until) {
        return Err(NotCovered::Ended { until_ms });
    }
    within(&mandate.scope, fact)?;
    Ok(Charge {
        amount_or_count: fact.size(),
    })
}

fn same_target(scope: &Scope, fact: &Fact) -> Result<(), NotCovered> {
    match (scope, fact) {
        (
            Scope::Payment {
                scheme,
                account,
                currency,
                ..
            },
            Fact::Payment {
                scheme: to_scheme,
                account: to_account,
                amount,
            },
        ) => {
            if scheme != to_scheme || account != to_account {
                return Err(NotCovered::OtherAccount);
            }
            if *currency != amount.currency {
                let currency = *currency;
                return Err(NotCovered::OtherCurrency { currency });
            }
        }
        (Scope::FileWrite { folder, .. }, Fact::FileWrite { target, .. }) => {
            if folder_of(target) != Some(folder) {
                return Err(NotCovered::OutsideFolder);
            }
        }
        (
            Scope::Message {
                channel, recipient, ..
            },
            Fact::Message {
                channel: by,
                recipient: to,
            },
        ) => {
            if channel != by || recipient != to {
                return Err(NotCovered::OtherRecipient);
            }
        }
        _ => return Err(NotCovered::OtherKind),
    }
    Ok(())
}

/// How much at once, and in what way.
fn within(scope: &Scope, fact: &Fact) -> Result<(), NotCovered> {
    match (scope, fact) {
        (
            Scope::Payment {
                limit_minor,
                each_minor,
                ..
            },
            Fact::Payment { amount, .. },
        ) => {
            if amount.minor <= 0 {
                return Err(NotCovered::NotPositive(*amount));
            }
            let each = each_minor.unwrap_or(*limit_minor);
            if amount.minor > each {
                let limit = Amount {
                    minor: each,
                    ..*amount
                };
                let asked = *amount;
                return Err(NotCovered::EachLimit { limit, asked });
            }
        }
        (Scope::FileWrite { replace: false, .. }, Fact::FileWrite { replaces: true, .. }) => {
            return Err(NotCovered::Replaces);
        }
        _ => {}
    }
    Ok(())
}

/// Whether a mandate of whose current bucket `used` is used has room for a charge.
///
/// # Errors
/// It has not.
pub fn room(mandate: &Mandate, used: i64, charge: Charge) -> Result<(), Exhausted> {
    let limit = mandate.scope.limit();
    // A negative use would make room; there is no such thing.
    let used = used.max(0);
    let asked = charge.amount_or_count;
    let fits = asked > 0 && used.checked_add(asked).is_some_and(|sum| sum <= limit);
    if fits {
        return Ok(());
    }
    Err(Exhausted {
        limit,
        used,
        asked,
        currency: mandate.scope.currency(),
    })
}

/// The folder of a target; none if it is no absolute path without `..`.
pub(super) fn folder_of(target: &Path) -> Option<&Path> {
    if is_clean(target) && target.file_name().is_some() {
        target.parent()
    } else {
        None
    }
}

fn is_clean(path: &Path) -> bool {
    let steps_aside = |part| matches!(part, Component::ParentDir | Component::CurDir);
    path.is_absolute() && !path.components().any(steps_aside)
}
