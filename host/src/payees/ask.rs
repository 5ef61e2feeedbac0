//! Payments for which a person is asked whatever mandates say.

use super::Standing;
use crate::money::Amount;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a person is asked whatever mandates say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum AskReason {
    /// The account was never paid before.
    First,
    /// Somebody of this name was paid before, under another account.
    AccountChanged {
        /// The name it was paid under.
        name: String,
        /// The account that was paid, with its scheme.
        account_before: String,
    },
    /// The name can be taken for that of somebody who was paid before.
    Imitates {
        /// The name of the one who was paid before.
        name: String,
        /// The account of the one who was paid before, with its scheme.
        account_of_known: String,
    },
    /// More than the amount up to which no question is needed.
    AboveLimit {
        /// The amount.
        asked: Amount,
        /// The most that is paid without asking.
        limit: Amount,
    },
    /// The amount can't be compared with the limit, because nothing is converted.
    LimitInOtherCurrency {
        /// The amount.
        asked: Amount,
        /// The most that is paid without asking.
        limit: Amount,
    },
}

/// Why a person has to be asked about a payment of `amount` to a payee of this standing; none if a mandate may do.
///
/// `ask_above` is the largest amount that needs no question by itself; none: no amount does.
#[must_use]
pub fn always_asks(
    standing: &Standing,
    amount: Amount,
    ask_above: Option<Amount>,
) -> Option<AskReason> {
    match standing.clone() {
        Standing::Known { .. } => {}
        Standing::First => return Some(AskReason::First),
        Standing::AccountChanged {
            name,
            account_before,
        } => {
            return Some(AskReason::AccountChanged {
                name,
                account_before,
            });
        }
        Standing::Imitates {
            name,
            account_of_known,
        } => {
            return Some(AskReason::Imitates {
                name,
                account_of_known,
            });
        }
    }
    let limit = ask_above?;
    if limit.currency != amount.currency {
        let asked = amount;
        return Some(AskReason::LimitInOtherCurrency { asked, limit });
    }
    let asked = amount;
    (amount.minor > limit.minor).then_some(AskReason::AboveLimit { asked, limit })
}

/// One line for a card.
impl fmt::Display for AskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let standing = match self.clone() {
            Self::First => Standing::First,
            Self::AccountChanged {
                name,
                account_before,
            } => Standing::AccountChanged {
                name,
                account_before,
            },
            Self::Imitates {
                name,
                account_of_known,
            } => Standing::Imitates {
                name,
                account_of_known,
            },
            Self::AboveLimit { asked, limit } => {
                return write!(
                    f,
                    "{asked} is more than the {limit} that are paid without asking"
                );
            }
            Self::LimitInOtherCurrency { asked, limit } => {
                return write!(
                    f,
                    "{asked} can't be compared with the {limit} that are paid without asking"
                );
            }
        };
        f.write_str(&standing.words())
    }
}
