//! Payment orders. Staging one moves no money: a person approves it, then the host's rail carries it out.

use crate::bindings::guildhall::skill::payments as raw;
use crate::money::Money;
use crate::refusal::Refusal;
use crate::types::Effect;

pub use crate::bindings::guildhall::skill::payments::Account;

impl Account {
    /// A bank account by its IBAN; spaces are taken out.
    pub fn iban(iban: &str) -> Self {
        Account {
            scheme: "iban".to_owned(),
            id: iban.split_whitespace().collect(),
        }
    }

    /// An account of this host's own book.
    pub fn book(name: impl Into<String>) -> Self {
        Account {
            scheme: "book".to_owned(),
            id: name.into(),
        }
    }
}

/// One payment order, built step by step and staged once.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an order does nothing until it is staged"]
pub struct Order {
    raw: raw::Order,
}

impl Order {
    /// An order to pay `amount` to `payee` for `document`, for example an invoice number. Account and document
    /// together are paid once.
    pub fn new(payee: Account, amount: Money, document: impl Into<String>) -> Self {
        Order {
            raw: raw::Order {
                payee,
                payee_name: String::new(),
                amount,
                document: document.into(),
                requested_date: None,
                reason: String::new(),
                requires: Vec::new(),
            },
        }
    }

    /// Name of the payee as the document gives it; shown as the skill's claim.
    pub fn payee_name(mut self, name: impl Into<String>) -> Self {
        self.raw.payee_name = name.into();
        self
    }

    /// Why this is paid, one line; shown as the skill's claim.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.raw.reason = reason.into();
        self
    }

    /// Requested execution date. Default, and for none: as soon as possible.
    pub fn on(mut self, date: impl Into<Option<crate::date::Date>>) -> Self {
        self.raw.requested_date = date.into().map(|date| date.to_string());
        self
    }

    /// An effect of this run that must be done before this order is submitted.
    pub fn after(mut self, effect: Effect) -> Self {
        self.raw.requires.push(effect);
        self
    }

    /// Stages the order.
    ///
    /// # Errors
    /// The host's refusal: not granted, not positive, already staged or paid, or not served yet.
    pub fn stage(&self) -> Result<Effect, Refusal> {
        crate::host::payments::stage(&self.raw)
    }
}
