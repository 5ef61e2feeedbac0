//! The money of one invocation: its grants, and what has been taken from each.

use super::{Amount, PayGrant};
use guildhall_package::PayeePattern;
use guildhall_package::text::plain;

/// Counts payments against the money grants of one invocation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purse {
    lines: Vec<Line>,
}

/// A grant and the minor units taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    grant: PayGrant,
    used: i64,
}

/// Why a payment does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PurseRefusal {
    /// Zero or less can't be paid.
    #[error("{asked} is not a positive amount; an amount to pay is above zero")]
    NotPositive {
        /// The amount.
        asked: Amount,
    },
    /// No grant names this account and this currency.
    #[error("no money grant of this run covers {asked} to {payee}")]
    NotGranted {
        /// Payee account with its scheme, made plain.
        payee: String,
        /// The amount.
        asked: Amount,
    },
    /// No grant for this account and this currency has room for it. Says how it stands with the roomiest.
    #[error("{asked} does not fit into the money grant of {ceiling}, of which {used} are used")]
    OverCeiling {
        /// The grant's ceiling.
        ceiling: Amount,
        /// What was taken from it before.
        used: Amount,
        /// The amount.
        asked: Amount,
    },
}

impl PurseRefusal {
    /// What would allow it: a command that people can paste. Only an account that is one gets into it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NotPositive { .. } => "ask for an amount above zero".to_owned(),
            Self::NotGranted { payee, asked } => match payee.parse::<PayeePattern>() {
                Ok(payee) => format!("grant it with `--pay '{} to {payee}'`", asked.plain()),
                Err(_) => "compare the account with the document".to_owned(),
            },
            Self::OverCeiling { .. } => "grant more with `--pay`".to_owned(),
        }
    }
}

impl Purse {
    /// A purse from which nothing has been taken.
    #[must_use]
    pub fn new(grants: Vec<PayGrant>) -> Self {
        let lines = grants
            .into_iter()
            .map(|grant| Line { grant, used: 0 })
            .collect();
        Self { lines }
    }

    /// Takes a payment from one grant, wholly: a grant for this account before one for its scheme before one for
    /// anybody; among equals the one with the least room that is enough, then the first named.
    ///
    /// # Errors
    /// No grant covers it; then nothing is taken.
    pub fn allot(
        &mut self,
        scheme: &str,
        account: &str,
        asked: Amount,
    ) -> Result<(), PurseRefusal> {
        if asked.minor <= 0 {
            return Err(PurseRefusal::NotPositive { asked });
        }
        let fits = |line: &&mut Line| line.covers(scheme, account, asked);
        let best = self
            .lines
            .iter_mut()
            .filter(fits)
            .filter(|line| line.room() >= asked.minor)
            .min_by_key(|line| (line.breadth(), line.room()));
        if let Some(line) = best {
            line.used += asked.minor;
            return Ok(());
        }
        let roomiest = self
            .lines
            .iter()
            .filter(|line| line.covers(scheme, account, asked))
            .reduce(|best, line| {
                if line.room() > best.room() {
                    line
                } else {
                    best
                }
            });
        Err(match roomiest {
            Some(line) => PurseRefusal::OverCeiling {
                ceiling: line.grant.ceiling,
                used: line.used(),
                asked,
            },
            None => PurseRefusal::NotGranted {
                payee: plain(&format!("{scheme}:{account}"), 80),
                asked,
            },
        })
    }

    /// Each grant with what was taken from it, in the order given.
    #[cfg(test)]
    pub fn used(&self) -> impl Iterator<Item = (&PayGrant, Amount)> {
        self.lines.iter().map(|line| (&line.grant, line.used()))
    }
}

impl Line {
    fn covers(&self, scheme: &str, account: &str, asked: Amount) -> bool {
        self.grant.ceiling.currency == asked.currency
            && self
                .grant
                .payee
                .as_ref()
                .is_none_or(|payee| payee.allows(scheme, account))
    }

    /// Minor units left; never overflows, because what is used is between zero and a positive ceiling.
    const fn room(&self) -> i64 {
        self.grant.ceiling.minor.saturating_sub(self.used)
    }

    const fn used(&self) -> Amount {
        Amount {
            minor: self.used,
            currency: self.grant.ceiling.currency,
        }
    }

    /// 0 for one account, 1 for a scheme, 2 for anybody.
    fn breadth(&self) -> u8 {
        match &self.grant.payee {
            Some(payee) if payee.account().is_some() => 0,
            Some(_) => 1,
            None => 2,
        }
    }
}
