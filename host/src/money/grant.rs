//! How much an invocation may pay: `--pay 'EUR 500.00 [to ACCOUNT]'`.

use super::{Amount, MoneyError};
use guildhall_package::PayeePattern;
use guildhall_package::authority::PayeeError;
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A ceiling for the payments of one invocation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PayGrant {
    /// The most that may be paid under it in sum.
    pub ceiling: Amount,
    /// To whom; none: any account, which the approval of the payment then fixes.
    #[serde(default)]
    pub payee: Option<PayeePattern>,
}

/// Why a text is not a [`PayGrant`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayGrantError {
    /// The amount before `to` is none, or is zero.
    #[error("a money grant is `EUR 500.00` or `EUR 500.00 to ACCOUNT`: {0}")]
    Ceiling(#[from] MoneyError),
    /// What follows `to` is not an account.
    #[error(
        "`{account}` is not an account to pay to ({why}); write `to` and an IBAN, or `to book:` and the name of an account of this host"
    )]
    Payee {
        /// The text, made plain.
        account: String,
        /// The rule it breaks.
        why: PayeeError,
    },
}

/// Reads `EUR 500.00`, `EUR 500.00 to iban:DE89370400440532013000`, `EUR 500 to book:acme`,
/// `EUR 500 to DE89 3704 0044 0532 0130 00`. Spaces inside the account are left out.
impl FromStr for PayGrant {
    type Err = PayGrantError;

    fn from_str(text: &str) -> Result<Self, PayGrantError> {
        let text = text.trim();
        let (amount, account) = match text.split_once(" to ") {
            Some((amount, account)) => (amount.trim_end(), Some(account)),
            None => (text, None),
        };
        let ceiling = amount.parse::<Amount>()?.ensure_positive()?;
        let payee = account.map(payee).transpose()?;
        Ok(Self { ceiling, payee })
    }
}

fn payee(account: &str) -> Result<PayeePattern, PayGrantError> {
    let dense: String = account.chars().filter(|c| !c.is_whitespace()).collect();
    // A bare `*` must not become every bank account.
    let full = if dense.contains(':') || dense == "*" {
        dense
    } else {
        format!("iban:{dense}")
    };
    full.parse().map_err(|why| PayGrantError::Payee {
        account: plain(account, 60),
        why,
    })
}

/// As on the command line; reads back as the same grant.
impl fmt::Display for PayGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ceiling.plain())?;
        match &self.payee {
            Some(payee) => write!(f, " to {payee}"),
            None => Ok(()),
        }
    }
}
