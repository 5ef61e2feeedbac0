//! Selling: orders, payments, licences, refunds, and the ledger behind them.
//!
//! The marketplace never charges. It signs orders; a merchant's own host pays one and signs a receipt; for the receipt it
//! signs a licence. On the rail `book` a receipt is a debt that the merchant signed: it is settled outside, and until then
//! it counts against his credit.
//!
//! Each step is one transaction that starts with the merchant's lock, so that two processes decide one after the other. What
//! was decided has a name that follows from the order, so that a repeated request finds it instead of deciding again.

pub mod earnings;
pub mod licences;
pub mod orders;
pub mod payments;
pub mod payouts;
pub mod purchase;
pub mod refunds;
pub mod settle;

use axum::http::StatusCode;
use guildhall_package::PayeePattern;
use guildhall_package::authority::PayeeError;
use guildhall_package::market::money::document::{self, DocumentError};
use guildhall_package::market::money::request::check_fresh;
use guildhall_package::market::money::{Document, Licence, Order, OwnDocument, Share};
use guildhall_package::money::{Amount, Currency};
use guildhall_package::text::plain;
use guildhall_package::trust::PublicKey;
use guildhall_package::trust::root::TrustedRoot;

use crate::app::App;
use crate::error::{ApiError, invalid, refuse};

/// What the operator decided about money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyConfig {
    /// Name of the accounts in every merchant's book that stand for this marketplace, before `/` and the currency: at most 60
    /// small letters, digits, `-`, `.`, `/`.
    pub account: String,
    /// The author's share. Default 85 %. What was sold keeps the share of its day.
    pub share: Share,
    /// How much a merchant may owe, for each currency in which is sold. Nothing is sold in others. A single merchant's limit
    /// can be set apart.
    pub credit: Vec<Amount>,
}

/// Currencies in which is sold by default, with what a merchant may owe, in minor units.
const CREDIT: [(&str, i64); 5] = [
    ("EUR", 100_000),
    ("USD", 100_000),
    ("GBP", 100_000),
    ("CHF", 100_000),
    ("JPY", 15_000_000),
];
/// Longest name of an account in a book.
const MAX_ACCOUNT: usize = 64;

impl MoneyConfig {
    /// The defaults for a marketplace of this origin, whose account is named after it.
    #[must_use]
    pub fn of_origin(origin: &str) -> Self {
        let name: String = origin
            .to_ascii_lowercase()
            .chars()
            .map(|letter| match letter {
                'a'..='z' | '0'..='9' | '.' | '-' | '/' => letter,
                _ => '-',
            })
            .collect();
        let credit = CREDIT.into_iter().filter_map(|(code, minor)| {
            let currency = Currency::parse(code).ok()?;
            Some(Amount { minor, currency })
        });
        Self {
            // With room for the currency.
            account: format!("market/{name}")
                .chars()
                .take(MAX_ACCOUNT - 4)
                .collect(),
            share: Share::default(),
            credit: credit.collect(),
        }
    }

    /// The account as a payee: one for each currency, because an account of a book is kept in one.
    ///
    /// # Errors
    /// [`PayeeError`] if its name can't be one.
    pub fn payee(&self, currency: Currency) -> Result<PayeePattern, PayeeError> {
        let code = currency.code().to_ascii_lowercase();
        format!("book:{}/{code}", self.account).parse()
    }

    /// What a merchant may owe in a currency, unless it was decided for him; none if nothing is sold in it.
    #[must_use]
    pub fn credit_in(&self, currency: Currency) -> Option<i64> {
        let found = self.credit.iter().find(|it| it.currency == currency);
        found.map(|it| it.minor)
    }
}

/// Signs a document with the key of the log.
pub(crate) fn sign<D: Document>(app: &App, document: &D) -> Result<String, ApiError> {
    let envelope = document::sign(document, &app.log_key)
        .map_err(|error| ApiError::Fault(error.to_string()))?;
    String::from_utf8(envelope).map_err(|error| ApiError::Fault(error.to_string()))
}

/// The licence for a paid order, signed now.
pub(crate) fn licence(app: &App, order: &Order, now: i64) -> Result<String, ApiError> {
    let licence = Licence::for_order(order, now)
        .ok_or_else(|| ApiError::Fault("a licence beyond the year 9999".to_owned()))?;
    sign(app, &licence)
}

/// Reads what a merchant's host signed just now.
///
/// # Errors
/// 422 for what is not signed by the merchant whom it names, for another marketplace, or at another time.
pub(crate) fn asked<D: OwnDocument>(app: &App, envelope: &str) -> Result<D, ApiError> {
    let document: D =
        document::verify_own(envelope.as_bytes(), &app.config.origin).map_err(|error| {
            refuse(
                StatusCode::UNPROCESSABLE_ENTITY,
                "request.signature",
                format!(
                    "the request is not one that its merchant signed for this marketplace: {}",
                    plain(&error.to_string(), 500)
                ),
                "sign the request anew with the key of the host, for this marketplace",
            )
        })?;
    check_fresh(document.at(), app.clock.now()).map_err(|stale| {
        refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "request.stale",
            stale.to_string(),
            "set the clock of this computer right and ask again",
        )
    })?;
    Ok(document)
}

/// Which of its keys the log signed a document with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The one that it has now.
    Current,
    /// One that was given up. Somebody else may have it by now: what it signed says nothing by itself.
    Former,
}

/// Reads a document that this marketplace signed, with any of the keys that its log ever had; tells which.
pub(crate) fn own<D: Document>(app: &App, envelope: &[u8]) -> Result<(D, Signer), DocumentError> {
    let origin = &app.config.origin;
    document::verify(envelope, &app.log_key.public(), origin)
        .map(|document| (document, Signer::Current))
        .or_else(|error| {
            document::verify_any(envelope, &former_keys(app), origin)
                .map(|document| (document, Signer::Former))
                .map_err(|_| error)
        })
}

/// Keys that the log had before.
fn former_keys(app: &App) -> Vec<PublicKey> {
    let roots = app.shelf.roots();
    let before = roots
        .after(0)
        .filter_map(|file| TrustedRoot::pin(file).ok());
    before.map(|root| *root.file().log.key()).collect()
}

/// A reference or other text of a person, one line.
pub(crate) fn line(field: &str, text: &str, max_chars: usize) -> Result<String, ApiError> {
    if text.is_empty() || plain(text, max_chars) != text {
        return Err(invalid(
            field,
            format!(
                "write one line of 1 to {max_chars} characters, without control characters and spaces at its ends"
            ),
        ));
    }
    Ok(text.to_owned())
}

/// 409 with these words.
pub(crate) fn conflict(code: &str, detail: impl Into<String>, fix: impl Into<String>) -> ApiError {
    refuse(StatusCode::CONFLICT, code, detail, fix)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_account_of_a_marketplace_is_named_after_it() {
        let of = |origin: &str| {
            let eur = Currency::parse("EUR").unwrap();
            let payee = MoneyConfig::of_origin(origin).payee(eur).unwrap();
            assert!(payee.account().is_some());
            payee.to_string()
        };
        assert_eq!(
            of("log.test/guildhall"),
            "book:market/log.test/guildhall/eur"
        );
        assert_eq!(of("Log.Test:8080"), "book:market/log.test-8080/eur");
        let long = of(&"x".repeat(200));
        assert_eq!(long.len(), "book:".len() + MAX_ACCOUNT);
        let config = MoneyConfig::of_origin("log.test");
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(config.credit_in(eur), Some(100_000));
        assert_eq!(config.credit_in(Currency::parse("SEK").unwrap()), None);
    }
}
