//! Words of a card that are the same wherever it is shown: on a terminal, on a page, in a chat. Pure; layout is each
//! surface's own.

use super::{CardEffect, SkillIdentity};
use crate::effects::{EffectFacts, FileWrite, Message, Payment};
use crate::money::{Amount, Currency};
use crate::payees::Standing;
use guildhall_package::text::{is_unsafe, plain};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use unicode_normalization::char::is_combining_mark;

/// Longest claim of a skill, in characters.
const CLAIM: usize = 300;
/// Longest path or address, in characters. Nothing that is decided about is cut before this.
pub const PLACE: usize = 4_096;
/// More marks than this on one character would paint over the lines around it.
const MAX_MARKS: usize = 3;

/// Said of a skill whose name nobody has proved.
pub const OWN_CLAIM: &str = "the name is its own claim";
/// Said of every card.
pub const NOTHING_DONE: &str = "Nothing of it has been done yet.";
/// Said of the files that a run has read.
pub const INPUTS_PINNED: &str = "if one of them changes before you approve, nothing is done";

/// Words of a skill, to stand between quotation marks that they can't close.
#[must_use]
pub fn claim(text: &str) -> String {
    unquoted(&plain(text, CLAIM))
}

/// Text without the marks that would close a quotation.
#[must_use]
pub fn unquoted(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '“' | '”' | '„' | '‟' | '«' | '»' | '"' | '＂' => '\'',
            other => other,
        })
        .collect()
}

/// `acme/vat-report 1.2.0`, or what stands for it where there is no manifest. Made plain.
#[must_use]
pub fn skill_name(skill: &SkillIdentity) -> String {
    match (&skill.name, &skill.version) {
        (Some(name), Some(version)) => format!("{} {}", plain(name, 130), plain(version, 40)),
        (Some(name), None) => plain(name, 130),
        (None, _) => "a component without a manifest".to_owned(),
    }
}

/// How far it is proved who a skill is. Made plain.
#[must_use]
pub fn trust_words(skill: &SkillIdentity) -> String {
    plain(&skill.trust.words(), 300)
}

/// Whether the name of a skill is no more than its own claim.
#[must_use]
pub const fn is_claimed(skill: &SkillIdentity) -> bool {
    skill.name.is_some() && !skill.trust.is_signed() && !skill.trust.is_host()
}

/// What an effect would do, as a verb and what it is done to: `pay`, `EUR 10.00 to IBAN DE89 3704 …`. Made plain.
#[must_use]
pub fn headline(effect: &CardEffect) -> (&'static str, String) {
    match &effect.effect.facts {
        EffectFacts::FileWrite(write) => (
            if write.replaces.is_some() {
                "replace"
            } else {
                "create"
            },
            effect.preview.target().map_or_else(
                || plain(&write.target().display().to_string(), PLACE),
                |target| plain(target, PLACE),
            ),
        ),
        EffectFacts::Payment(payment) => (
            "pay",
            format!(
                "{} to {}",
                payment.amount,
                account(&payment.scheme, &payment.account)
            ),
        ),
        EffectFacts::Message(message) => (
            "send",
            format!(
                "a message by {} to {}",
                plain(&message.channel, 64),
                recipient(&message.recipient)
            ),
        ),
        facts @ EffectFacts::Forgotten { .. } => ("do", plain(&facts.summary(), PLACE)),
    }
}

/// Size and kind of a file, and how the skill calls it.
#[must_use]
pub fn file_facts(write: &FileWrite) -> String {
    let kind = match write.replaces {
        Some(_) => "replaces what is there",
        None => "a new file",
    };
    format!(
        "{}, {kind}; the skill calls it {}",
        bytes(write.bytes),
        plain(&write.path, PLACE)
    )
}

/// Why the content of a file is not shown, and what stands for it.
#[must_use]
pub fn opaque(write: &FileWrite) -> String {
    let replaced = write
        .replaces
        .map_or_else(String::new, |old| format!(", in place of {}", old.short()));
    format!(
        "the content can't be shown (not text, or too long): sha256 {}{replaced}",
        write.digest.short()
    )
}

/// For which document, and in whose name. `own`: the host itself pays, and these are no claims of a skill.
#[must_use]
pub fn pays_for(payment: &Payment, own: bool) -> String {
    if own {
        format!(
            "for {}, to what you owe {}",
            plain(&payment.document, PLACE),
            plain(&payment.payee_name, PLACE)
        )
    } else {
        format!(
            "for “{}”, in the name of “{}” (the skill's claims)",
            claim(&payment.document),
            claim(&payment.payee_name)
        )
    }
}

/// From which account, and how it is carried out.
#[must_use]
pub fn pays_from(payment: &Payment) -> String {
    let way = match payment.rail.as_str() {
        "book" => "recorded here, no bank transfer".to_owned(),
        "bank-file" => "becomes an order in the next file for your bank".to_owned(),
        other => format!("carried out by {}", plain(other, 64)),
    };
    format!("from your account {}: {way}", plain(&payment.from, 100))
}

/// When it is paid.
#[must_use]
pub fn pays_on(payment: &Payment) -> String {
    match &payment.requested_date {
        Some(date) => format!("on {}", plain(date, 40)),
        None => "as soon as possible".to_owned(),
    }
}

/// What a payment says for itself; none if it says nothing.
#[must_use]
pub fn pays_why(payment: &Payment, own: bool) -> Option<String> {
    if own {
        return Some(format!("what for: {}", plain(&payment.reason, PLACE)));
    }
    (!payment.reason.is_empty())
        .then(|| format!("it says: “{}” (the skill's claim)", claim(&payment.reason)))
}

/// Why the skill wants to do something at all, as its manifest says.
#[must_use]
pub fn why(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("why: “{}” (the skill's claim)", claim(reason)),
        None => "why: the skill gives no reason".to_owned(),
    }
}

/// Where a message goes, what it is about and what hangs on it, one line each.
#[must_use]
pub fn message_facts(message: &Message) -> Vec<String> {
    let route = message
        .through
        .iter()
        .map(|route| format!("it goes to {}", plain(&route.address, PLACE)));
    let subject = message
        .subject
        .iter()
        .map(|subject| format!("subject: “{}” (the skill's words)", claim(subject)));
    let attached = message.attachments.iter().map(|attached| {
        format!(
            "attached: {}, {}, sha256 {}",
            plain(&attached.path, PLACE),
            bytes(attached.bytes),
            attached.digest.short()
        )
    });
    route.chain(subject).chain(attached).collect()
}

/// An address as it is. In some channels it is any text: one that could be read as a sentence stands between quotation marks.
#[must_use]
pub fn recipient(text: &str) -> String {
    let shown = plain(text, PLACE);
    if shown.contains(' ') {
        format!("“{}”", unquoted(&shown))
    } else {
        shown
    }
}

/// How loudly something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loud {
    /// As it should be.
    Good,
    /// To be looked at.
    Notice,
    /// To be checked by another way before anything is done.
    Alarm,
}

/// What is known about a payee, and how loudly that is said.
#[must_use]
pub fn standing(payee: Option<&Standing>) -> (String, Loud) {
    match payee {
        Some(known @ Standing::Known { name_before, .. }) => {
            let loud = match name_before {
                Some(_) => Loud::Notice,
                None => Loud::Good,
            };
            (known.words(), loud)
        }
        Some(first @ Standing::First) => (first.words(), Loud::Notice),
        Some(other @ (Standing::AccountChanged { .. } | Standing::Imitates { .. })) => {
            (other.words(), Loud::Alarm)
        }
        None => ("nothing is known about this payee".to_owned(), Loud::Notice),
    }
}

/// Which effects must be done before an effect; none if it waits for nothing. `numbers` are those on the card, by handle.
#[must_use]
pub fn only_after(requires: &[u32], numbers: &BTreeMap<u32, usize>) -> Option<String> {
    let list: Vec<String> = requires
        .iter()
        .map(|handle| match numbers.get(handle) {
            Some(number) => format!("number {number}"),
            None => format!("staged effect {handle}"),
        })
        .collect();
    (!list.is_empty()).then(|| format!("only after {} is done", list.join(" and ")))
}

/// `2 files would be written (1 new, 1 replaced), 1,204 bytes`, for each kind of effect that there is.
#[must_use]
pub fn totals(effects: &[CardEffect]) -> String {
    let mut files = 0;
    let mut replaced = 0;
    let mut size = 0_u64;
    let mut payments = Vec::new();
    let mut messages = 0;
    let mut unknown = 0;
    for effect in effects {
        match &effect.effect.facts {
            EffectFacts::FileWrite(write) => {
                files += 1;
                replaced += usize::from(write.replaces.is_some());
                size = size.saturating_add(write.bytes);
            }
            EffectFacts::Payment(payment) => payments.push(payment.amount),
            EffectFacts::Message(_) => messages += 1,
            EffectFacts::Forgotten { .. } => unknown += 1,
        }
    }
    let mut parts = Vec::new();
    if files > 0 {
        parts.push(format!(
            "{} would be written ({} new, {replaced} replaced), {}",
            counted(files, "file"),
            files - replaced,
            bytes(size)
        ));
    }
    if !payments.is_empty() {
        parts.push(format!(
            "{} would be made, {}",
            counted(payments.len(), "payment"),
            sums(&payments)
        ));
    }
    if messages > 0 {
        parts.push(format!("{} would be sent", counted(messages, "message")));
    }
    if unknown > 0 {
        parts.push(format!(
            "{} whose facts were not kept",
            counted(unknown, "effect")
        ));
    }
    parts.join("; ")
}

/// What amounts come to in each currency, sorted by its code; none where 64 bits can't hold it.
#[must_use]
pub fn sum(amounts: &[Amount]) -> BTreeMap<Currency, Option<Amount>> {
    let mut sums: BTreeMap<Currency, Option<Amount>> = BTreeMap::new();
    for amount in amounts {
        sums.entry(amount.currency)
            .and_modify(|sum| *sum = sum.and_then(|sum| sum.checked_add(*amount).ok()))
            .or_insert(Some(*amount));
    }
    sums
}

/// `EUR 1,234.50 and USD 12.00 in all`: nothing is converted.
#[must_use]
pub fn sums(amounts: &[Amount]) -> String {
    let shown: Vec<String> = sum(amounts)
        .into_iter()
        .map(|(currency, sum)| match sum {
            Some(sum) => sum.to_string(),
            None => format!("more {currency} than can be counted"),
        })
        .collect();
    format!("{} in all", shown.join(" and "))
}

/// A payee as people compare it: `IBAN DE89 3704 0044 0532 0130 00`, `book account acme`. Made plain.
#[must_use]
pub fn account(scheme: &str, account: &str) -> String {
    let (scheme, account) = (plain(scheme, 20), plain(account, 200));
    match scheme.as_str() {
        "iban" => format!("IBAN {}", in_fours(&account)),
        "book" => format!("book account {account}"),
        _ => format!("{scheme} {account}"),
    }
}

/// `DE89 3704 0044 0532 0130 00`.
#[must_use]
pub fn in_fours(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// `scheme:account` as [`account`] shows it; anything else as it is, made plain.
#[must_use]
pub fn payee(text: &str) -> String {
    match text.split_once(':') {
        Some((scheme @ ("iban" | "book"), id)) => account(scheme, id),
        _ => plain(text, 200),
    }
}

/// `1,204 bytes`.
#[must_use]
pub fn bytes(count: u64) -> String {
    format!(
        "{} {}",
        number(count),
        if count == 1 { "byte" } else { "bytes" }
    )
}

/// `3 files`, `1 file`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(count as u64))
}

/// `1,204`.
#[must_use]
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `in 7 days`, `3 minutes ago`, `just now`: to the nearest whole unit, for beside the exact time.
#[must_use]
pub fn relative(ms: i64, now_ms: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const TWO_DAYS: i64 = 2 * DAY;
    let seconds = ms.saturating_sub(now_ms).div_euclid(1_000);
    let size = seconds.saturating_abs();
    let nearest = |unit: i64| size.saturating_add(unit / 2) / unit;
    let (count, unit) = match size {
        0..MINUTE => {
            return if seconds > 0 {
                "in less than a minute"
            } else {
                "just now"
            }
            .to_owned();
        }
        MINUTE..HOUR => (nearest(MINUTE), "minute"),
        HOUR..TWO_DAYS => (nearest(HOUR), "hour"),
        _ => (nearest(DAY), "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds > 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

/// One line of a file as it is, with what can't be seen made visible: tabs as `→`, trailing spaces as `·`, all
/// other invisible characters by their number. Plain spaces stay, because in a difference they may be what differs.
#[must_use]
pub fn code(line: &str) -> String {
    let body = line.trim_end_matches(' ');
    let mut out = String::with_capacity(line.len());
    let mut marks = 0;
    for c in body.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if c == '\t' {
            out.push_str("→   ");
        } else if is_unsafe(c) || marks > MAX_MARKS || (c.is_whitespace() && c != ' ') {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.extend(std::iter::repeat_n('·', line.len() - body.len()));
    out
}

/// Whether a character is drawn onto the one before it; the vowels and ends of old Hangul are, too.
fn is_mark(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn all(amounts: &[&str]) -> String {
        let amounts: Vec<Amount> = amounts.iter().map(|text| text.parse().unwrap()).collect();
        sums(&amounts)
    }

    #[test]
    fn sums_are_for_each_currency_and_never_wrap() {
        assert_eq!(
            all(&["EUR 1000.00", "USD 5.00", "EUR 234.50"]),
            "EUR 1,234.50 and USD 5.00 in all"
        );
        let most = "EUR 92233720368547758.07";
        assert_eq!(
            all(&[most, "EUR 0.01", "EUR 1.00"]),
            "more EUR than can be counted in all"
        );
    }

    #[test]
    fn what_cannot_be_seen_in_a_line_is_made_visible() {
        assert_eq!(code("  a  b"), "  a  b");
        assert_eq!(code("a\tb  "), "a→   b··");
        assert_eq!(code("x\r"), "x\\u{d}");
        assert_eq!(code("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(code("IBAN \u{202e}ED"), "IBAN \\u{202e}ED");
        assert_eq!(code("a\u{a0}b"), "a\\u{a0}b");
        assert!(code(&format!("a{}", "\u{301}".repeat(9))).contains("\\u{301}"));
    }

    #[test]
    fn an_account_is_shown_as_people_compare_it() {
        assert_eq!(
            payee("iban:DE89370400440532013000"),
            "IBAN DE89 3704 0044 0532 0130 00"
        );
        assert_eq!(payee("book:acme"), "book account acme");
        assert_eq!(payee("outside"), "outside");
        assert!(!account("iban", "DE\u{1b}[2J").contains('\u{1b}'));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_204), "1,204");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(counted(1_000_000, "file"), "1,000,000 files");
    }

    #[test]
    fn a_recipient_that_reads_as_a_sentence_is_quoted() {
        assert_eq!(recipient("billing@acme.example"), "billing@acme.example");
        assert_eq!(
            recipient("ann” (checked by\u{a0}your bank)"),
            "“ann' (checked by your bank)”"
        );
    }
}
