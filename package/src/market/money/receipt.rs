//! The receipt of a payment: what a marketplace reads in it without knowing a host.
//!
//! A receipt is signed by the merchant's own host. It proves that he owns up to the payment: his book owes it to the
//! marketplace. It does not prove that a bank moved anything.

use serde::Deserialize;

use super::Order;
use crate::money::{Amount, Currency};
use crate::text::plain;
use crate::trust::dsse::{self, DsseError};

/// Type of the payload of a receipt's envelope.
pub const RECEIPT_TYPE: &str = "application/vnd.guildhall.receipt.v1+json";
/// Longest receipt that is taken as a proof of payment, in bytes: it fits into a request. A purchase's has a few thousand.
pub const MAX_RECEIPT_BYTES: usize = 48 << 10;
/// The rail between accounts of the merchant's own book: done means that it is booked.
const BOOK: &str = "book";

/// The payment of a receipt that paid an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidBy {
    /// Identifier of the run, at the host that signed.
    pub invocation: String,
    /// The effect within the run.
    pub effect: u32,
}

/// Why a receipt does not pay an order.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Longer than is taken.
    #[error(
        "the receipt is {size} bytes long and at most {MAX_RECEIPT_BYTES} are taken; present the receipt of the purchase alone"
    )]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// The envelope, or its signature by the merchant who ordered.
    #[error("the receipt is not one that the merchant of this order signed: {0}")]
    Envelope(#[from] DsseError),
    /// The payload is signed and can't be read as a receipt.
    #[error("the signed content is no receipt of version 1: {0}")]
    Form(String),
    /// It has no payment of this order.
    #[error(
        "the receipt has no payment for {reference}; present the receipt of the run that paid this order"
    )]
    NoPayment {
        /// Reference of the order.
        reference: String,
    },
    /// The payment's account, amount or rail is another than the order's.
    #[error(
        "the receipt's payment for this order has another {what} than the order: {found} instead of {expected}"
    )]
    Other {
        /// What is another.
        what: &'static str,
        /// As in the receipt, made plain.
        found: String,
        /// As in the order.
        expected: String,
    },
    /// Nothing was paid, or it was undone.
    #[error(
        "the payment in the receipt is {state}, and only what is done counts; present the receipt again when it is"
    )]
    NotPaid {
        /// State in the receipt, made plain.
        state: String,
    },
    /// It names the order twice.
    #[error("the receipt has two payments for this order; an order is paid once")]
    Twice,
}

// Only what is needed: the rest of a receipt is the host's own matter, and may grow.
#[derive(Deserialize)]
struct Wire {
    version: u32,
    run: WireRun,
    effects: Vec<WireEffect>,
}

#[derive(Deserialize)]
struct WireRun {
    invocation: String,
}

#[derive(Deserialize)]
struct WireEffect {
    effect: WireStaged,
    state: String,
    undone: bool,
}

#[derive(Deserialize)]
struct WireStaged {
    index: u32,
    facts: serde_json::Value,
}

#[derive(Deserialize)]
struct WirePayment {
    kind: String,
    rail: String,
    scheme: String,
    account: String,
    amount: Amount,
    document: String,
}

/// Checks that a receipt is signed by the merchant of the order, and that it says that exactly this order was paid: the
/// same account, amount, currency and reference, on the book, done and not undone.
///
/// # Errors
/// [`ReceiptError`] for the first thing that is not as it has to be.
pub fn verify(receipt: &[u8], order: &Order) -> Result<PaidBy, ReceiptError> {
    if receipt.len() > MAX_RECEIPT_BYTES {
        return Err(ReceiptError::TooLarge {
            size: receipt.len(),
        });
    }
    let merchant = std::slice::from_ref(&order.facts.merchant);
    let verified = dsse::verify(receipt, merchant, RECEIPT_TYPE)?;
    let form = |problem: String| ReceiptError::Form(plain(&problem, 200));
    let wire: Wire =
        serde_json::from_slice(&verified.payload).map_err(|error| form(error.to_string()))?;
    if wire.version != 1 {
        return Err(form(format!("it has version {}", wire.version)));
    }
    if wire.run.invocation.is_empty() || plain(&wire.run.invocation, 100) != wire.run.invocation {
        return Err(form("its run has no identifier".to_owned()));
    }
    let mut found = None;
    for effect in wire.effects {
        // Other kinds of effects have other fields.
        let Ok(payment) = serde_json::from_value::<WirePayment>(effect.effect.facts) else {
            continue;
        };
        if payment.kind != "payment" || payment.document != order.reference {
            continue;
        }
        if found.is_some() {
            return Err(ReceiptError::Twice);
        }
        same(&payment, order)?;
        match effect.state.as_str() {
            "done" if effect.undone => return Err(not_paid("undone")),
            "done" => {}
            other => return Err(not_paid(other)),
        }
        found = Some(PaidBy {
            invocation: wire.run.invocation.clone(),
            effect: effect.effect.index,
        });
    }
    found.ok_or_else(|| ReceiptError::NoPayment {
        reference: order.reference.clone(),
    })
}

fn same(payment: &WirePayment, order: &Order) -> Result<(), ReceiptError> {
    let other = |what, found: &str, expected: &str| {
        Err(ReceiptError::Other {
            what,
            found: plain(found, 100),
            expected: expected.to_owned(),
        })
    };
    let scheme = order.payee.scheme().as_str();
    if payment.scheme != scheme || payment.account != order.account() {
        let found = format!("{}:{}", payment.scheme, payment.account);
        return other("account", &found, &order.payee.to_string());
    }
    let code = |currency: Currency| currency.code();
    if payment.amount.currency != order.amount.currency {
        let (found, expected) = (payment.amount.currency, order.amount.currency);
        return other("currency", code(found), code(expected));
    }
    if payment.amount.minor != order.amount.minor {
        return other(
            "amount",
            &payment.amount.to_string(),
            &order.amount.to_string(),
        );
    }
    if payment.rail != BOOK {
        return other("rail", &payment.rail, BOOK);
    }
    Ok(())
}

fn not_paid(state: &str) -> ReceiptError {
    ReceiptError::NotPaid {
        state: plain(state, 40),
    }
}
