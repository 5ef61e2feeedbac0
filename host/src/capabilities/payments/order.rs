//! What makes an order one that could be paid. Pure.

use crate::capabilities::bindings::guildhall::skill::payments;
use crate::capabilities::bindings::guildhall::skill::types::Money;
use crate::journal::BOOK;
use crate::money::Amount;
use crate::payees::payment_key;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::text::plain;
use guildhall_package::{Digest, PayeePattern};
use jiff::civil::Date;

/// Longest document reference, in characters: what a credit transfer carries.
const MAX_DOCUMENT: usize = 140;
/// Longest name of a payee, in characters.
const MAX_NAME: usize = 140;
/// Longest reason, in characters.
const MAX_REASON: usize = 300;
/// Furthest execution date, in days.
const MAX_DAYS: i32 = 366;

/// An order whose every field can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    pub(super) scheme: String,
    pub(super) account: String,
    pub(super) payee_name: String,
    pub(super) amount: Amount,
    pub(super) document: String,
    pub(super) key: Digest,
    pub(super) requested_date: Option<String>,
    pub(super) reason: String,
}

/// Checks an order of the host itself by the same rules: as soon as possible, between accounts of its book.
pub(crate) fn check_order(
    account: &str,
    payee_name: &str,
    amount: Amount,
    document: &str,
    reason: &str,
) -> Result<Checked, Refusal> {
    let order = payments::Order {
        payee: payments::Account {
            scheme: BOOK.to_owned(),
            id: account.to_owned(),
        },
        payee_name: payee_name.to_owned(),
        amount: Money {
            minor: amount.minor,
            currency: amount.currency.code().to_owned(),
        },
        document: document.to_owned(),
        requested_date: None,
        reason: reason.to_owned(),
        requires: Vec::new(),
    };
    check(&order, Date::default())
}

/// Checks an order field by field; `today` is the guest's day.
pub(super) fn check(order: &payments::Order, today: Date) -> Result<Checked, Refusal> {
    let (scheme, account) = payee(&order.payee.scheme, &order.payee.id)?;
    let amount = Amount::positive(order.amount.minor, &order.amount.currency).map_err(|error| {
        invalid("payments.invalid-amount", error.to_string())
            .with_fix("give a positive amount in minor units of an ISO 4217 currency")
    })?;
    let document = line("document", &order.document, MAX_DOCUMENT)?;
    let key = payment_key(&scheme, &account, &document).map_err(|error| {
        invalid("payments.invalid-document", error.to_string()).with_fix(
            "give the reference of the document that is paid, for example the invoice number",
        )
    })?;
    Ok(Checked {
        payee_name: line("payee-name", &order.payee_name, MAX_NAME)?,
        reason: line("reason", &order.reason, MAX_REASON)?,
        requested_date: order
            .requested_date
            .as_deref()
            .map(|date| requested(date, today))
            .transpose()?,
        scheme,
        account,
        amount,
        document,
        key,
    })
}

fn payee(scheme: &str, id: &str) -> Result<(String, String), Refusal> {
    let account: String = match scheme {
        "iban" => id
            .split_whitespace()
            .collect::<String>()
            .to_ascii_uppercase(),
        _ => id.to_owned(),
    };
    let refusal = |message: String| {
        invalid("payments.invalid-account", message).with_fix(
            "compare the account with the document; a wrong check digit means a wrong account",
        )
    };
    match format!("{scheme}:{account}").parse::<PayeePattern>() {
        Ok(pattern) if pattern.account().is_some() => Ok((scheme.to_owned(), account)),
        Ok(_) => Err(refusal("`*` is not an account".to_owned())),
        Err(error) => Err(refusal(format!(
            "{}:{}: {error}",
            plain(scheme, 16),
            plain(id, 64)
        ))),
    }
}

/// One line of text of the skill, bounded.
fn line(field: &str, text: &str, max: usize) -> Result<String, Refusal> {
    if text.chars().count() > max || text.chars().any(char::is_control) {
        return Err(invalid(
            "payments.invalid-text",
            format!("`{field}` must be one line of at most {max} characters"),
        )
        .with_fix("shorten it, and leave out line breaks and control characters"));
    }
    Ok(text.trim().to_owned())
}

fn requested(text: &str, today: Date) -> Result<String, Refusal> {
    let refusal = |message: String| {
        invalid("payments.invalid-date", message)
            .with_fix("give a date as YYYY-MM-DD, today or later, or none")
    };
    let date: Date = text
        .parse()
        .map_err(|_| refusal(format!("`{}` is not a date", plain(text, 32))))?;
    if date.to_string() != text {
        return Err(refusal(format!("`{}` is not a date", plain(text, 32))));
    }
    let days = today
        .until(date)
        .map(|span| span.get_days())
        .unwrap_or(i32::MAX);
    // One day of grace: the guest's day is that of UTC, the merchant's may be behind it.
    if !(-1..=MAX_DAYS).contains(&days) {
        return Err(refusal(format!(
            "{date} is not within a year from today ({today})"
        )));
    }
    Ok(text.to_owned())
}

fn invalid(rule: &str, message: String) -> Refusal {
    Refusal::new(RefusalKind::Invalid, rule, message)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const IBAN: &str = "DE89370400440532013000";

    fn order() -> payments::Order {
        payments::Order {
            payee: payments::Account {
                scheme: "iban".to_owned(),
                id: IBAN.to_owned(),
            },
            payee_name: "Acme GmbH".to_owned(),
            amount: Money {
                minor: 12_345,
                currency: "EUR".to_owned(),
            },
            document: "INV-1".to_owned(),
            requested_date: None,
            reason: "invoice".to_owned(),
            requires: Vec::new(),
        }
    }

    fn today() -> Date {
        jiff::civil::date(2026, 11, 24)
    }

    fn rule(change: impl FnOnce(&mut payments::Order)) -> String {
        let mut order = order();
        change(&mut order);
        match check(&order, today()) {
            Ok(_) => "fine".to_owned(),
            Err(refusal) => refusal.rule,
        }
    }

    #[test]
    fn amounts_that_are_no_payments_are_refused() {
        for minor in [0, -1, i64::MIN] {
            assert_eq!(rule(|o| o.amount.minor = minor), "payments.invalid-amount");
        }
        for currency in ["", "eur", "EURO", "XXX", "XAU", "ZZZ"] {
            assert_eq!(
                rule(|o| o.amount.currency = currency.to_owned()),
                "payments.invalid-amount",
                "{currency}"
            );
        }
        assert_eq!(rule(|o| o.amount.minor = i64::MAX), "fine");
    }

    #[test]
    fn accounts_whose_check_digits_are_wrong_are_refused_and_spaces_are_taken_out() {
        for id in ["DE88370400440532013000", "", "*", "DE89"] {
            assert_eq!(
                rule(|o| o.payee.id = id.to_owned()),
                "payments.invalid-account",
                "{id}"
            );
        }
        assert_eq!(
            rule(|o| o.payee.scheme = "paypal".to_owned()),
            "payments.invalid-account"
        );
        let mut spaced = order();
        spaced.payee.id = "DE89 3704 0044 0532 0130 00".to_owned();
        let checked = check(&spaced, today()).unwrap();
        assert_eq!(checked.account, IBAN);
        assert_eq!(checked.key, check(&order(), today()).unwrap().key);
    }

    #[test]
    fn dates_are_dates_within_a_year() {
        for (date, expected) in [
            ("2026-11-24", "fine"),
            ("2027-11-24", "fine"),
            ("2026-11-20", "payments.invalid-date"),
            ("2028-01-01", "payments.invalid-date"),
            ("2026-02-30", "payments.invalid-date"),
            ("tomorrow", "payments.invalid-date"),
            ("2026-11-24T00:00", "payments.invalid-date"),
        ] {
            assert_eq!(
                rule(|o| o.requested_date = Some(date.to_owned())),
                expected,
                "{date}"
            );
        }
    }

    #[test]
    fn an_order_names_the_document_it_pays() {
        assert_eq!(
            rule(|o| o.document = " \u{200b}".to_owned()),
            "payments.invalid-document"
        );
        assert_eq!(
            rule(|o| o.document = "a\nb".to_owned()),
            "payments.invalid-text"
        );
        assert_eq!(
            rule(|o| o.reason = "x".repeat(301)),
            "payments.invalid-text"
        );
    }

    proptest! {
        #[test]
        fn no_order_panics(id in ".{0,40}", scheme in ".{0,8}", document in ".{0,40}", minor: i64, currency in ".{0,4}", date in ".{0,12}") {
            let order = payments::Order {
                payee: payments::Account { scheme, id },
                amount: Money { minor, currency },
                document,
                requested_date: Some(date),
                ..order()
            };
            let _ = check(&order, today());
        }
    }
}
