//! What is known about a payee before it is paid.

use super::key::normal_account;
use super::names::NameKey;
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// Names on a card are cut to so many characters.
const NAME: usize = 60;

/// Somebody who was paid before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Account scheme: `iban` or `book`.
    pub scheme: String,
    /// Account in its scheme: the payee.
    pub account: String,
    /// Name it was last paid under; empty if that is not known any more.
    pub name: String,
    /// How many payments were made. An entry with none does not count as known.
    pub paid_count: u64,
    /// When it was last paid, in milliseconds since the Unix epoch.
    pub last_paid_ms: i64,
}

/// How a payee of a new order stands to those who were paid before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Standing {
    /// This account was paid before.
    Known {
        /// How many payments were made.
        paid_count: u64,
        /// When it was last paid, in milliseconds since the Unix epoch.
        last_paid_ms: i64,
        /// The name it was paid under, where the order names another.
        name_before: Option<String>,
    },
    /// Neither the account nor anybody of a like name was paid before.
    First,
    /// Somebody of this name was paid before, under another account.
    AccountChanged {
        /// The name it was paid under.
        name: String,
        /// The account that was paid, with its scheme: `iban:DE89370400440532013000`.
        account_before: String,
    },
    /// The name can be taken for that of somebody who was paid before, but is not the same.
    Imitates {
        /// The name of the one who was paid before.
        name: String,
        /// The account of the one who was paid before, with its scheme.
        account_of_known: String,
    },
}

/// Everybody who was paid before, ready for many questions: names are prepared once, at the first new account.
#[derive(Debug)]
pub struct Payees<'a> {
    known: Vec<&'a Known>,
    keys: OnceLock<Vec<NameKey>>,
}

/// How the payee of one order stands to `known`; see [`Payees::standing`], which is faster for several orders.
#[cfg(test)]
#[must_use]
pub fn standing(known: &[Known], scheme: &str, account: &str, name: &str) -> Standing {
    Payees::new(known).standing(scheme, account, name)
}

impl<'a> Payees<'a> {
    /// Those of `known` who were really paid.
    #[must_use]
    pub fn new(known: &'a [Known]) -> Self {
        Self {
            known: known.iter().filter(|known| known.paid_count > 0).collect(),
            keys: OnceLock::new(),
        }
    }

    /// How the payee of an order stands to them. The same account counts first, then the same name, then a name that
    /// looks like one; among several the one that was paid last. Of long names the first 300 characters count.
    #[must_use]
    pub fn standing(&self, scheme: &str, account: &str, name: &str) -> Standing {
        let account = normal_account(scheme, account);
        let is_account = |known: &&&Known| {
            known.scheme == scheme && normal_account(scheme, &known.account) == account
        };
        let claimed = NameKey::of(name);
        if let Some(known) = latest(self.known.iter().filter(is_account)) {
            let before = NameKey::of(&known.name);
            let differs = !before.is_empty() && !before.is_same(&claimed);
            return Standing::Known {
                paid_count: known.paid_count,
                last_paid_ms: known.last_paid_ms,
                name_before: differs.then(|| known.name.clone()),
            };
        }
        if let Some(known) = latest(self.named(|key| claimed.is_same(key))) {
            return Standing::AccountChanged {
                name: known.name.clone(),
                account_before: known.full_account(),
            };
        }
        match latest(self.named(|key| claimed.looks_like(key))) {
            Some(known) => Standing::Imitates {
                name: known.name.clone(),
                account_of_known: known.full_account(),
            },
            None => Standing::First,
        }
    }

    fn named(&self, fits: impl Fn(&NameKey) -> bool) -> impl Iterator<Item = &&'a Known> {
        let prepare = || {
            self.known
                .iter()
                .map(|known| NameKey::of(&known.name))
                .collect()
        };
        self.known
            .iter()
            .zip(self.keys.get_or_init(prepare))
            .filter(move |(_, key)| fits(key))
            .map(|(known, _)| known)
    }
}

fn latest<'k>(known: impl Iterator<Item = &'k &'k Known>) -> Option<&'k Known> {
    known.copied().max_by(|a, b| {
        (a.last_paid_ms, &b.scheme, &b.account).cmp(&(b.last_paid_ms, &a.scheme, &a.account))
    })
}

impl Known {
    fn full_account(&self) -> String {
        let account = normal_account(&self.scheme, &self.account);
        format!("{}:{account}", self.scheme)
    }
}

impl Standing {
    /// Whether this account was never paid before.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        !matches!(self, Self::Known { .. })
    }

    /// One line for a card. Names are made plain and stand between quotation marks that they can't close.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Known {
                paid_count,
                name_before,
                ..
            } => {
                let times = match paid_count {
                    1 => "once".to_owned(),
                    2 => "twice".to_owned(),
                    n => format!("{n} times"),
                };
                match name_before {
                    Some(name) => format!("paid {times} before, under the name {}", quoted(name)),
                    None => format!("paid {times} before"),
                }
            }
            Self::First => "first payment to this account".to_owned(),
            Self::AccountChanged {
                name,
                account_before,
            } => format!(
                "new account: {} was paid before, but at {}; ask them by a way you know before you pay",
                quoted(name),
                plain(account_before, 80)
            ),
            Self::Imitates {
                name,
                account_of_known,
            } => format!(
                "new payee: the name looks like {}, which was paid before at {}, but it is not the same",
                quoted(name),
                plain(account_of_known, 80)
            ),
        }
    }
}

/// A stranger's words between quotation marks that they can't close.
fn quoted(text: &str) -> String {
    let inner: String = plain(text, NAME)
        .chars()
        .map(|c| match c {
            '“' | '”' | '„' | '‟' | '«' | '»' | '"' | '＂' => '\'',
            other => other,
        })
        .collect();
    format!("“{inner}”")
}
