//! The merchant's wallet, as data: accounts that payments leave from, what they hold, and what goes to the bank.

mod spending;

pub use spending::{DaySpend, PayeeSpend, SkillSpend, SpendFilter, Spending};
pub(crate) use spending::{Paid, spending};

use crate::ledger::Hold;
use crate::mandates::{Period, check_zone};
use crate::money::{Amount, Currency};
use guildhall_package::PayeePattern;
use serde::{Deserialize, Serialize};

/// An account to open. Open one with [`NewAccount::book`] or [`NewAccount::bank`], which check it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rail", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NewAccount {
    /// An account of this host's own book: what is on it is what was paid in.
    Book {
        /// Name, unique on this host.
        name: String,
        /// Currency it is kept in.
        currency: Currency,
        /// Time zone in which its limits count days.
        zone: String,
    },
    /// An account at a bank. Orders become a file for that bank; what is on the account is not known here.
    Bank {
        /// Name, unique in the wallet.
        name: String,
        /// Currency of the orders.
        currency: Currency,
        /// Time zone in which its limits count days.
        zone: String,
        /// IBAN.
        iban: String,
        /// BIC of the bank; most banks need none.
        bic: Option<String>,
        /// Holder of the account, as the bank knows them.
        holder: String,
    },
}

/// An account that can't be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The name has other characters.
    #[error("`{0}` is not an account name; use 1 to 64 small letters, digits, `-`, `.` and `/`")]
    Name(String),
    /// The IBAN can't be right.
    #[error(
        "this IBAN can't be right (length, characters or check digits); compare it with what the bank gave you"
    )]
    Iban,
    /// The BIC can't be right.
    #[error("this BIC can't be right; it has 8 or 11 capital letters and digits")]
    Bic,
    /// The holder's name is missing or too long.
    #[error("the account holder's name has 1 to 70 characters")]
    Holder,
    /// There is no such time zone.
    #[error("there is no time zone `{0}`; write it like Europe/Berlin")]
    Zone(String),
}

impl NewAccount {
    /// An account of this host's book.
    ///
    /// # Errors
    /// If name or time zone can't be used.
    pub fn book(name: &str, currency: Currency, zone: &str) -> Result<Self, AccountError> {
        Ok(Self::Book {
            name: checked_name(name)?,
            currency,
            zone: checked_zone(zone)?,
        })
    }

    /// An account at a bank. Spaces in the IBAN are taken out.
    ///
    /// # Errors
    /// If name, IBAN, BIC, holder or time zone can't be used.
    pub fn bank(
        name: &str,
        currency: Currency,
        zone: &str,
        iban: &str,
        bic: Option<&str>,
        holder: &str,
    ) -> Result<Self, AccountError> {
        let iban: String = iban.split_whitespace().collect();
        if format!("iban:{iban}").parse::<PayeePattern>().is_err() || iban == "*" {
            return Err(AccountError::Iban);
        }
        let good_bic = |bic: &str| {
            matches!(bic.len(), 8 | 11)
                && bic
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        };
        if bic.is_some_and(|bic| !good_bic(bic)) {
            return Err(AccountError::Bic);
        }
        let holder = guildhall_package::text::plain(holder.trim(), 71);
        if holder.is_empty() || holder.chars().count() > 70 {
            return Err(AccountError::Holder);
        }
        Ok(Self::Bank {
            name: checked_name(name)?,
            currency,
            zone: checked_zone(zone)?,
            iban,
            bic: bic.map(str::to_owned),
            holder,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Book { name, .. } | Self::Bank { name, .. } => name,
        }
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        match self {
            Self::Book { currency, .. } | Self::Bank { currency, .. } => *currency,
        }
    }

    /// Its time zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        match self {
            Self::Book { zone, .. } | Self::Bank { zone, .. } => zone,
        }
    }
}

fn checked_name(name: &str) -> Result<String, AccountError> {
    let good = name != "*" && format!("book:{name}").parse::<PayeePattern>().is_ok();
    if good {
        Ok(name.to_owned())
    } else {
        Err(AccountError::Name(guildhall_package::text::plain(name, 64)))
    }
}

fn checked_zone(zone: &str) -> Result<String, AccountError> {
    match check_zone(zone) {
        Ok(()) => Ok(zone.to_owned()),
        Err(_) => Err(AccountError::Zone(guildhall_package::text::plain(zone, 64))),
    }
}

/// How much may leave an account in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendLimit {
    /// The most that may be spent and held together.
    pub amount: Amount,
    /// In which period, by the account's calendar.
    pub per: Period,
}

/// One account with what it holds. Amounts without a currency are in minor units of the account's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Name.
    pub name: String,
    /// Account in the ledger.
    pub account: String,
    /// `book` or `bank-file`.
    pub rail: String,
    /// Currency.
    pub currency: Currency,
    /// IBAN, of an account at a bank.
    pub iban: Option<String>,
    /// Holder, of an account at a bank.
    pub holder: Option<String>,
    /// Whether payments on its rail and in its currency leave from here.
    pub pays: bool,
    /// What can be spent; for an account at a bank, what has left since it was opened, as a negative amount.
    pub available: i64,
    /// What approved payments wait for.
    pub held: i64,
    /// Limit, if one was set.
    pub limit: Option<SpendLimit>,
    /// Time zone in which days are counted.
    pub zone: String,
    /// Above this amount a person is always asked, whatever mandates say.
    pub ask_above: Option<Amount>,
    /// Whether it was closed.
    pub closed: bool,
}

/// One order that waits or holds funds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldSummary {
    /// The run that ordered it.
    pub run: String,
    /// Its effect.
    pub effect: u32,
    /// Account it leaves from.
    pub account: String,
    /// Payee: scheme and account.
    pub payee: String,
    /// Amount.
    pub amount: Amount,
    /// `none` while it waits for approval, then `held`.
    pub hold: Hold,
    /// `queued` while it waits for the next bank file.
    pub bank: Option<String>,
    /// When it was ordered, in milliseconds since the Unix epoch.
    pub ordered_at_ms: i64,
    /// When it ends by itself: the card that waits, or the approval that was given. None for what waits for the bank.
    #[serde(default)]
    pub ends_at_ms: Option<i64>,
}

/// One line of an account's statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// `deposit`, `hold`, `capture`, `void`, `expire`, `return` or `refund`.
    pub kind: String,
    /// Amount in minor units: positive came in.
    pub minor: i64,
    /// Currency.
    pub currency: String,
    /// The payee, or the account on the other side.
    pub other: String,
    /// The run, for payments.
    pub run: Option<String>,
    /// What has become of a held payment: `held`, `captured` (paid), `void`, `expired` or `returned`.
    pub state: Option<Hold>,
    /// What the account has after it, in minor units.
    pub balance: i64,
}

/// Orders that go to the bank together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankFile {
    /// Message identifier, at most 35 characters.
    pub id: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// Account it is for, by name.
    pub account: String,
    /// Holder of that account.
    pub holder: String,
    /// Its IBAN.
    pub iban: String,
    /// Its bank.
    pub bic: Option<String>,
    /// Time zone of the account: what `as soon as possible` means.
    pub zone: String,
    /// The orders.
    pub orders: Vec<BankOrder>,
}

/// A file for the bank as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankFileSummary {
    /// Message identifier.
    pub id: String,
    /// Account it is for, by name.
    pub account: String,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// Orders in it.
    pub orders: u64,
    /// Orders of which the bank has not said what became of them.
    pub open: u64,
}

/// One credit transfer in a bank file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankOrder {
    /// End-to-end identifier, at most 35 characters.
    pub id: String,
    /// Payee's name, as the document gives it.
    pub payee_name: String,
    /// Payee's account.
    pub iban: String,
    /// Amount.
    pub amount: Amount,
    /// Requested date, `YYYY-MM-DD`; none means as soon as possible.
    pub requested_date: Option<String>,
    /// Document that is paid.
    pub document: String,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    #[test]
    fn an_account_is_checked_before_it_is_opened() {
        let bank = |iban: &str, bic, holder: &str| {
            NewAccount::bank("main", eur(), "Europe/Berlin", iban, bic, holder)
        };
        assert!(bank("DE89 3704 0044 0532 0130 00", None, "Acme GmbH").is_ok());
        assert_eq!(
            bank("DE88370400440532013000", None, "A"),
            Err(AccountError::Iban)
        );
        assert_eq!(bank("*", None, "A"), Err(AccountError::Iban));
        assert_eq!(
            bank("DE89370400440532013000", Some("DEUT"), "A"),
            Err(AccountError::Bic)
        );
        assert_eq!(
            bank("DE89370400440532013000", None, " "),
            Err(AccountError::Holder)
        );
        assert!(NewAccount::book("*", eur(), "UTC").is_err());
        assert!(NewAccount::book("till", eur(), "Mars/Olympus").is_err());
        assert!(NewAccount::book("till", eur(), "Europe/Berlin").is_ok());
    }
}
