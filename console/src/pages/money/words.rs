//! Facts of the wallet in words and figures, the same as on the command line.

use guildhall_host::HostError;
use guildhall_host::{
    AccountSummary, Amount, Currency, Hold, HoldSummary, JournalError, MandateSummary, Period,
    Scope, StatementLine,
};
use guildhall_package::text::plain;

use super::super::answer::Other;
use super::super::hints;
use super::super::words::sentence;

/// Rail of accounts at a bank.
pub const BANK: &str = "bank-file";

/// An amount of an account.
#[must_use]
pub fn amount(account: &AccountSummary, minor: i64) -> String {
    Amount {
        minor,
        currency: account.currency,
    }
    .to_string()
}

/// Letters and digits in groups of four, as they are on paper.
#[must_use]
pub fn in_fours(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(4)
        .map(|four| four.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(" ")
}

/// An account of somebody, as people read it: `NL91 ABNA …`, `acme (book)`.
#[must_use]
pub fn payee(text: &str) -> String {
    match text.split_once(':') {
        Some(("iban", iban)) => in_fours(&plain(iban, 40)),
        Some(("book", name)) => format!("{} (book)", plain(name, 70)),
        Some(("outside", _)) => "from outside".to_owned(),
        _ => plain(text, 120),
    }
}

/// `a day`, chosen by its word.
pub const PERIODS: [(Period, &str); 4] = [
    (Period::Day, "a day"),
    (Period::Week, "a week"),
    (Period::Month, "a month"),
    (Period::InAll, "in all"),
];

/// `EUR 500.00 a day`.
#[must_use]
pub fn limit(account: &AccountSummary) -> Option<String> {
    account
        .limit
        .map(|limit| format!("{} {}", limit.amount, limit.per.phrase()))
}

/// What an order waits for.
#[must_use]
pub fn waits_for(hold: &HoldSummary) -> &'static str {
    match (hold.hold, hold.bank.as_deref()) {
        (Hold::None, _) => "a decision of a person",
        (Hold::Held, Some("queued")) => "the next file for your bank",
        (Hold::Held, _) => "being carried out",
        _ => "nothing any more",
    }
}

/// What has become of a payment on a statement.
#[must_use]
pub const fn state(line: &StatementLine) -> &'static str {
    match line.state {
        None => "",
        Some(Hold::None) => "waits",
        Some(Hold::Held) => "held",
        Some(Hold::Captured) => "paid",
        Some(Hold::Void) => "not paid",
        Some(Hold::Expired) => "expired",
        Some(Hold::Returned) => "returned",
    }
}

/// What a line of a statement is.
#[must_use]
pub fn kind(line: &StatementLine) -> String {
    match line.kind.as_str() {
        "deposit" => "Paid in".to_owned(),
        "hold" => match line.state {
            Some(Hold::Captured) => "Payment".to_owned(),
            _ => "Set aside for a payment".to_owned(),
        },
        "capture" => "Payment received".to_owned(),
        "void" => "Free again, not paid".to_owned(),
        "expire" => "Free again, approval ran out".to_owned(),
        "return" => "Returned by the bank".to_owned(),
        "refund" => "Refund".to_owned(),
        other => plain(other, 40),
    }
}

/// The amount of a line, where its currency is one.
#[must_use]
pub fn of_line(line: &StatementLine, minor: i64) -> String {
    Currency::parse(&line.currency).map_or_else(
        |_| "?".to_owned(),
        |currency| Amount { minor, currency }.to_string(),
    )
}

/// What is used of a mandate, and of how much, in words; and both as numbers, for a meter.
#[must_use]
pub fn used(mandate: &MandateSummary) -> (String, i64, i64) {
    let (used, limit) = (mandate.used.max(0), mandate.mandate.scope.limit());
    let words = match &mandate.mandate.scope {
        Scope::Payment { currency, per, .. } => {
            let of = |minor| Amount {
                minor,
                currency: *currency,
            };
            format!("{} of {} {}", of(used), of(limit), per.phrase())
        }
        scope => format!("{used} of {limit} {}", scope.per().phrase()),
    };
    (words, used.min(limit), limit)
}

/// Why the host did not do what was asked, for the head of a form. A fault is no such thing.
///
/// # Errors
/// The fault.
pub fn refused(error: HostError) -> Result<String, Other> {
    Ok(match &error {
        HostError::Journal(JournalError::Refused(refusal)) => hints::told(refusal),
        HostError::Setting(_)
        | HostError::Secret(_)
        | HostError::Channel(_)
        | HostError::Journal(JournalError::Busy) => sentence(&plain(&error.to_string(), 600)),
        _ => return Err(error.into()),
    })
}

/// An amount that was typed for an account: `12.50` or `EUR 12.50`.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn typed(text: &str, currency: Currency) -> Result<Amount, String> {
    let text = text.trim();
    let with_code = if text.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{} {text}", currency.code())
    } else {
        text.to_owned()
    };
    let amount: Amount = with_code
        .parse()
        .map_err(|error: guildhall_host::MoneyError| sentence(&error.to_string()))?;
    if amount.currency != currency {
        return Err(format!(
            "The account is kept in {}; nothing is converted.",
            currency.code()
        ));
    }
    amount
        .ensure_positive()
        .map_err(|error| sentence(&error.to_string()))
}

/// A name as one part of a path.
#[must_use]
pub fn in_path(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_typed_with_its_currency_or_without() {
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(typed(" 12.50", eur).unwrap().minor, 1_250);
        assert_eq!(typed("EUR 3", eur).unwrap().minor, 300);
        assert!(typed("USD 3", eur).unwrap_err().contains("EUR"));
        for wrong in ["", "0", "-1", "1.005", "EUR", "1e3", "99999999999999999999"] {
            assert!(typed(wrong, eur).is_err(), "{wrong}");
        }
    }

    #[test]
    fn payees_are_read_as_on_paper_and_names_fit_into_a_path() {
        assert_eq!(payee("iban:NL91ABNA0417164300"), "NL91 ABNA 0417 1643 00");
        assert_eq!(payee("book:acme"), "acme (book)");
        assert_eq!(payee("outside:EUR"), "from outside");
        assert_eq!(in_path("payable/market"), "payable%2Fmarket");
    }
}
