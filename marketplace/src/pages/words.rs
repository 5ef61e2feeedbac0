//! Words and figures as pages show them.

use guildhall_package::Capability;
use guildhall_package::market::Problem;
use guildhall_package::market::money::{Price, PriceModel};
use guildhall_package::market::review::Severity;
use guildhall_package::market::search::OTHER;

/// A day, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// `29 November 2026`.
    pub text: String,
    /// `2026-11-29T03:05:00Z`.
    pub exact: String,
}

/// The day of a time in milliseconds since 1970, in UTC.
#[must_use]
pub fn day(ms: u64) -> Day {
    let time = i64::try_from(ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let Some(time) = time else {
        return Day {
            text: "unknown".to_owned(),
            exact: String::new(),
        };
    };
    Day {
        text: time.strftime("%-d %B %Y").to_string(),
        exact: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
    }
}

/// A time of day with the day: `29 November 2026, 03:05 UTC`.
#[must_use]
pub fn moment(ms: u64) -> Day {
    let day = day(ms);
    let clock = day.exact.get(11..16).map(|clock| format!(", {clock} UTC"));
    Day {
        text: format!("{}{}", day.text, clock.unwrap_or_default()),
        exact: day.exact,
    }
}

/// A text as a sentence: it begins with a capital and ends with a stop.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut out = title(text);
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// What went wrong and what to do about it, as two sentences.
#[must_use]
pub fn problem(problem: &Problem) -> String {
    format!("{} {}", sentence(&problem.detail), sentence(&problem.fix))
}

/// A length: `31 kB`.
#[must_use]
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => {
            let tenths = bytes.div_ceil(100_000);
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

/// A limit of memory, which is often a whole number of 1,024s: `8 MB`, `64 kB`.
#[must_use]
pub fn room(limit: u64) -> String {
    const KB: u64 = 1_024;
    const MB: u64 = KB * KB;
    match limit {
        MB.. if limit.is_multiple_of(MB) => format!("{} MB", figure(limit / MB)),
        KB.. if limit.is_multiple_of(KB) => format!("{} kB", figure(limit / KB)),
        _ => bytes(limit),
    }
}

/// What a manifest asks for, as the inspection of a skill names it, without the signs that only programs use. What it has no
/// better words for stays as it is.
#[must_use]
pub fn asks(what: &str) -> String {
    if let Some(limit) = between(what, "keep up to ", " bytes of its own")
        && let Ok(limit) = limit.parse()
    {
        return format!("keep up to {} of its own", room(limit));
    }
    if let Some(payees) = what.strip_prefix("propose payments to ") {
        let payees: Vec<String> = payees.split(", ").map(payee).collect();
        return format!("propose payments to {}", payees.join(", "));
    }
    what.to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

/// Who may be paid.
fn payee(pattern: &str) -> String {
    match pattern.split_once(':') {
        Some(("iban", "*")) => "any bank account".to_owned(),
        Some(("iban", account)) => format!("the bank account {account}"),
        Some(("book", "*")) => "any account in your own books".to_owned(),
        Some(("book", account)) => format!("the account {account} in your own books"),
        _ => pattern.to_owned(),
    }
}

/// A count with its thing: `1 download`, `1,204 downloads`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        figure(number),
        if number == 1 { one } else { many }
    )
}

/// A number with its thousands apart: `1,204`.
#[must_use]
pub fn figure(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What it costs: `Free`, `EUR 12.00 once`, `EUR 5.00 per month`.
#[must_use]
pub fn price(price: &Price) -> String {
    title(&price.to_string())
}

/// What a price is called when one looks for skills at it.
#[must_use]
pub fn price_kind(kind: &str) -> String {
    match kind.parse() {
        Ok(PriceModel::Free) => "Free".to_owned(),
        Ok(PriceModel::OneTime) => "Paid once".to_owned(),
        Ok(PriceModel::PerMonth) => "Paid per month".to_owned(),
        Err(_) => title(kind),
    }
}

/// A capability in one or two words.
#[must_use]
pub const fn capability(capability: Capability) -> &'static str {
    match capability {
        Capability::Network => "Internet",
        Capability::Files => "Files",
        Capability::Payments => "Payments",
        Capability::Messages => "Messages",
        Capability::State => "Memory",
        Capability::Context => "Date and settings",
        Capability::Log => "Notes",
    }
}

/// A category as a title.
#[must_use]
pub fn category(name: &str) -> String {
    if name == OTHER {
        return "Everything else".to_owned();
    }
    title(name)
}

fn title(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// How much a finding weighs: a word, and the class that it looks by.
#[must_use]
pub const fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Note => ("Good to know", "note"),
        Severity::Warn => ("Read this", "warn"),
        Severity::Refuse => ("Refused", "bad"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_are_read_at_a_glance() {
        assert_eq!(count(0, "download", "downloads"), "0 downloads");
        assert_eq!(count(1, "download", "downloads"), "1 download");
        assert_eq!(figure(1_234_567), "1,234,567");
        assert_eq!(figure(100), "100");
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(30_001), "31 kB");
        assert_eq!(bytes(1_950_001), "2.0 MB");
        assert_eq!(day(1_700_000_000_000).text, "14 November 2023");
        assert_eq!(
            moment(1_700_000_000_000).text,
            "14 November 2023, 22:13 UTC"
        );
        assert_eq!(category("tax"), "Tax");
        assert_eq!(category(OTHER), "Everything else");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_and_ends() {
        assert_eq!(sentence("there is no such page"), "There is no such page.");
        assert_eq!(sentence("Wait."), "Wait.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn what_is_asked_for_has_words_for_each_kind() {
        for (said, shown) in [
            (
                "keep up to 65536 bytes of its own",
                "keep up to 64 kB of its own",
            ),
            (
                "keep up to 2000 bytes of its own",
                "keep up to 2 kB of its own",
            ),
            (
                "keep up to 7 bytes of its own",
                "keep up to 7 bytes of its own",
            ),
            (
                "propose payments to iban:DE89370400440532013000, book:*",
                "propose payments to the bank account DE89370400440532013000, any account in your own books",
            ),
            ("GET https://rates.test/*", "GET https://rates.test/*"),
            (
                "read what you grant as \"invoices\"",
                "read what you grant as \"invoices\"",
            ),
            ("keep up to ", "keep up to "),
        ] {
            assert_eq!(asks(said), shown);
        }
    }

    proptest! {
        #[test]
        fn no_text_that_is_asked_for_panics_or_gets_lost(text in ".{0,80}") {
            prop_assert_eq!(asks(&text).is_empty(), text.is_empty());
        }

        #[test]
        fn no_time_and_no_number_panics(value in any::<u64>()) {
            let _ = (day(value), moment(value), bytes(value));
            prop_assert_eq!(figure(value).replace(',', ""), value.to_string());
        }
    }
}
