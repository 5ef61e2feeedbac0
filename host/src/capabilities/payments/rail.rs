//! Rails: what carries an approved payment to its payee.

use crate::journal::{BANK_FILE, BOOK, Journal};
use crate::money::Amount;
use crate::refusal::{Refusal, RefusalKind};
use futures::future::BoxFuture;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One payment as a rail sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RailOrder {
    /// Payment key: the same order always has the same, and a rail carries it out once.
    pub key: Digest,
    /// Tenant that pays.
    pub tenant: String,
    /// Wallet account that it leaves from, by name.
    pub from: String,
    /// Account scheme of the payee.
    pub scheme: String,
    /// Account of the payee.
    pub account: String,
    /// Payee's name: a claim of the document.
    pub payee_name: String,
    /// Amount; positive.
    pub amount: Amount,
    /// Document that is paid.
    pub document: String,
    /// Requested date, `YYYY-MM-DD`.
    pub requested_date: Option<String>,
}

/// What a rail knows about an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum RailReply {
    /// It is carried out, or will be without further doing.
    Done,
    /// It is not carried out, and will not be.
    NotDone {
        /// Why, for a person.
        why: String,
    },
    /// The rail did not say. The order is asked for again with the same key, never sent anew.
    Unknown {
        /// What happened, for a person.
        why: String,
    },
}

/// Carries payments out. The amount is held before [`PaymentRail::submit`] is called, and only for approved orders.
pub trait PaymentRail: Send + Sync {
    /// Name in the journal and on the card, one word.
    fn name(&self) -> &str;

    /// Whether an order could be carried out, asked while it is staged. Moves nothing.
    fn verify<'a>(&'a self, order: &'a RailOrder) -> BoxFuture<'a, Result<(), Refusal>>;

    /// Carries an order out, once for each key.
    fn submit<'a>(&'a self, order: &'a RailOrder) -> BoxFuture<'a, RailReply>;

    /// What became of an order with this key: asked after a crash, and while an outcome is unknown.
    fn query<'a>(&'a self, order: &'a RailOrder) -> BoxFuture<'a, RailReply>;
}

/// The rails of a host, by the scheme of the payee's account.
#[derive(Clone)]
pub(crate) struct Rails {
    rails: BTreeMap<String, Arc<dyn PaymentRail>>,
    /// Schemes that the host itself carries: to record such a payment as done is to make it.
    own: BTreeSet<String>,
}

impl Rails {
    /// The rail for a scheme.
    pub(crate) fn of_scheme(&self, scheme: &str) -> Option<&Arc<dyn PaymentRail>> {
        self.rails.get(scheme)
    }

    /// Whether the host itself carries payments of this scheme.
    pub(crate) fn is_own(&self, scheme: &str) -> bool {
        self.own.contains(scheme)
    }

    /// Puts another rail in the place of a scheme's.
    pub(crate) fn set(&mut self, scheme: String, rail: Arc<dyn PaymentRail>) {
        self.own.remove(&scheme);
        self.rails.insert(scheme, rail);
    }
}

/// The rails that come with every host.
pub(crate) fn built_in(journal: &Arc<Journal>) -> Rails {
    let mut rails = Rails {
        rails: BTreeMap::new(),
        own: BTreeSet::new(),
    };
    rails.set(
        "book".to_owned(),
        Arc::new(BookRail {
            journal: journal.clone(),
        }),
    );
    rails.set("iban".to_owned(), Arc::new(BankFileRail));
    rails.own = rails.rails.keys().cloned().collect();
    rails
}

/// Between accounts of this host. The posting is part of the transaction that records the payment as done, so there is
/// nothing to find out afterwards: what is not recorded did not happen.
struct BookRail {
    journal: Arc<Journal>,
}

impl PaymentRail for BookRail {
    fn name(&self) -> &str {
        BOOK
    }

    fn verify<'a>(&'a self, order: &'a RailOrder) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let found = self
                .journal
                .book_currency(&order.account)
                .await
                .map_err(|error| {
                    Refusal::new(
                        RefusalKind::Unavailable,
                        "payments.unavailable",
                        error.to_string(),
                    )
                })?;
            let own = order.amount.currency.code();
            match found {
                Some(currency) if currency == own => Ok(()),
                Some(currency) => Err(Refusal::new(
                    RefusalKind::Invalid,
                    "payments.other-currency",
                    format!(
                        "the account book:{} is kept in {currency}, not in {own}",
                        order.account
                    ),
                )
                .with_fix("pay in the currency of that account; nothing is converted")),
                None => Err(Refusal::new(
                    RefusalKind::NotFound,
                    "payments.no-such-payee",
                    format!("there is no account book:{} on this host", order.account),
                )
                .with_fix("see `guildhall wallet` for the accounts of this host")),
            }
        })
    }

    fn submit<'a>(&'a self, _: &'a RailOrder) -> BoxFuture<'a, RailReply> {
        Box::pin(std::future::ready(RailReply::Done))
    }

    fn query<'a>(&'a self, _: &'a RailOrder) -> BoxFuture<'a, RailReply> {
        Box::pin(std::future::ready(not_recorded()))
    }
}

/// Orders wait for the next file to the merchant's bank, where they stay held until the file is made.
struct BankFileRail;

impl PaymentRail for BankFileRail {
    fn name(&self) -> &str {
        BANK_FILE
    }

    fn verify<'a>(&'a self, order: &'a RailOrder) -> BoxFuture<'a, Result<(), Refusal>> {
        let fits = super::bank_file::check_order(order).map_err(|error| {
            Refusal::new(
                RefusalKind::Invalid,
                "payments.not-for-the-bank",
                format!("no bank would take this order: {error}"),
            )
            .with_fix("give the payee's name as the document has it, and an amount that a transfer can carry")
        });
        Box::pin(std::future::ready(fits))
    }

    fn submit<'a>(&'a self, _: &'a RailOrder) -> BoxFuture<'a, RailReply> {
        Box::pin(std::future::ready(RailReply::Done))
    }

    fn query<'a>(&'a self, _: &'a RailOrder) -> BoxFuture<'a, RailReply> {
        Box::pin(std::future::ready(not_recorded()))
    }
}

fn not_recorded() -> RailReply {
    RailReply::NotDone {
        why: "nothing of it was recorded".to_owned(),
    }
}
