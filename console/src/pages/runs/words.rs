//! Words for what runs come to, what they cost, and what would be undone.

use guildhall_host::{
    EffectFacts, EffectReport, EffectState, Failure, Outcome, Retention, RunStatus,
};
use guildhall_package::text::plain;

use crate::pages::hints;

/// Rail whose orders wait for a file.
const BANK: &str = "bank-file";

/// How a run stands: a word, the class of its badge, and a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// One or two words.
    pub word: &'static str,
    /// `good`, `warn`, `bad`, `work`, or nothing.
    pub badge: &'static str,
    /// What that means.
    pub sentence: &'static str,
}

/// How a run of this status stands.
#[must_use]
pub const fn standing(status: RunStatus) -> Standing {
    let (word, badge, sentence) = match status {
        RunStatus::Running => ("running", "work", "The skill is at work."),
        RunStatus::AwaitingApproval => (
            "waits for approval",
            "warn",
            "It has prepared something and stopped. Nothing is done until somebody approves it.",
        ),
        RunStatus::Committing => (
            "being done",
            "work",
            "It was approved and is being carried out.",
        ),
        RunStatus::Completed => (
            "done",
            "good",
            "It ended well. There was nothing to approve.",
        ),
        RunStatus::Committed => (
            "done",
            "good",
            "It ended well, and everything that was approved is done.",
        ),
        RunStatus::Partial => (
            "partly done",
            "bad",
            "Some of what was approved is done, and some is not. Look at each below.",
        ),
        RunStatus::Unknown => (
            "not known",
            "bad",
            "Nobody here knows whether everything was done. Look at the places below before you try again.",
        ),
        RunStatus::Rejected => ("rejected", "", "It was not approved. Nothing was done."),
        RunStatus::Failed => (
            "failed",
            "bad",
            "The skill answered that it could not do it. Nothing was done.",
        ),
        RunStatus::Refused => (
            "refused",
            "warn",
            "A rule stopped it, because something that it needs is not allowed. Nothing was done.",
        ),
        RunStatus::Trapped => (
            "stopped",
            "bad",
            "The skill broke down or used up a limit. Nothing was done.",
        ),
        RunStatus::Cancelled => ("cancelled", "", "It was stopped. Nothing was done."),
    };
    Standing {
        word,
        badge,
        sentence,
    }
}

/// Whether a run goes on by itself.
#[must_use]
pub const fn is_at_work(status: RunStatus) -> bool {
    matches!(status, RunStatus::Running | RunStatus::Committing)
}

/// Where one effect stands: a word and the class of its badge.
#[must_use]
pub const fn effect_standing(report: &EffectReport) -> (&'static str, &'static str) {
    match report.state {
        EffectState::Done if report.undone => ("taken back", ""),
        EffectState::Pending => ("not yet", "warn"),
        EffectState::Performing => ("being done", "work"),
        EffectState::Done => ("done", "good"),
        EffectState::Void => ("not done", ""),
        EffectState::Failed => ("failed", "bad"),
        EffectState::Unknown => ("not known", "bad"),
    }
}

/// What ended a run otherwise than well, in one sentence; none where its status says all.
#[must_use]
pub fn failure(outcome: &Outcome) -> Option<String> {
    let text = match outcome.failure.as_ref()? {
        Failure::Operation { .. } => return None,
        Failure::Limit { limit, .. } => hints::of_limit(limit),
        Failure::Trap { message } => format!("It broke down: {message}"),
        Failure::Stopped { message } => format!("It was stopped: {message}"),
        Failure::Rejected { reason } => reason.clone(),
    };
    Some(plain(&text, 1_000))
}

/// What a retention keeps.
#[must_use]
pub const fn kept(retention: Retention) -> &'static str {
    match retention {
        Retention::Full => "Everything: what it was given, what it read, and what it answered.",
        Retention::Hashes => {
            "Commitments only: they show whether something is what it was, and not what it was."
        }
        Retention::None => "Nothing but what money and the audit log need.",
    }
}

/// What an undo would try with an effect: the sentence, and whether it may bring something back.
#[must_use]
pub fn undo_plan(report: &EffectReport) -> (&'static str, bool) {
    if report.undone {
        return ("It was taken back already.", false);
    }
    match (report.state, &report.effect.facts) {
        (EffectState::Void | EffectState::Failed, _) => ("It was never done.", false),
        (EffectState::Pending | EffectState::Performing, _) => {
            ("It is not over yet. Reject it on its card instead.", false)
        }
        (EffectState::Unknown, _) => (
            "Nobody knows whether it was done. Ask again on the page of the run first.",
            false,
        ),
        (EffectState::Done, EffectFacts::FileWrite(write)) => match write.replaces {
            Some(_) => (
                "The file gets back what it held, if it is still as the run left it.",
                true,
            ),
            None => (
                "The file is removed, if it is still as the run left it.",
                true,
            ),
        },
        (EffectState::Done, EffectFacts::Payment(payment)) if payment.rail == BANK => (
            "The order is withdrawn, if it is in no file for the bank yet.",
            true,
        ),
        (EffectState::Done, EffectFacts::Payment(_)) => (
            "It can't be taken back: the money has been paid. Ask the payee.",
            false,
        ),
        (EffectState::Done, EffectFacts::Message(_)) => {
            ("It can't be taken back: it has been sent.", false)
        }
        (EffectState::Done, EffectFacts::Forgotten { .. }) => (
            "It can't be undone: the run did not keep what it did.",
            false,
        ),
    }
}

/// A number with its thousands apart.
#[must_use]
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length in bytes, with three digits at most.
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if value < 1_000 {
        return format!("{value} bytes");
    }
    let mut rest = value;
    let mut unit = "bytes";
    let mut tenths = 0;
    for next in UNITS {
        if rest < 1_000 {
            break;
        }
        tenths = rest % 1_000 / 100;
        rest /= 1_000;
        unit = next;
    }
    if rest < 10 && tenths > 0 {
        format!("{rest}.{tenths} {unit}")
    } else {
        format!("{rest} {unit}")
    }
}

/// A time span in microseconds.
#[must_use]
pub fn span(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{}.{} ms", micros / 1_000, micros % 1_000 / 100),
        10_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000..60_000_000 => {
            format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
        }
        _ => format!(
            "{} min {} s",
            micros / 60_000_000,
            micros % 60_000_000 / 1_000_000
        ),
    }
}

/// How long a run took, in milliseconds.
#[must_use]
pub fn took(ms: u64) -> String {
    match ms {
        0 => "under 1 ms".to_owned(),
        ms => span(ms.saturating_mul(1_000)),
    }
}

/// One thing or many.
#[must_use]
pub fn counted(count: u64, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{} {many}", number(count)),
    }
}

/// A name of an operation or a parameter as words: `check-folder` is `Check folder`.
#[must_use]
pub fn title(name: &str) -> String {
    let short = name.rsplit(['/', '.', '#']).next().unwrap_or(name);
    let spaced = plain(short, 120).replace(['-', '_'], " ");
    let mut letters = spaced.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => plain(name, 120),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lengths_and_spans_are_short_and_right() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(number(100), "100");
        for (value, text) in [
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_550, "1.5 kB"),
            (99_999, "99 kB"),
            (5_250_000, "5.2 MB"),
            (u64::MAX, "18446744 TB"),
        ] {
            assert_eq!(bytes(value), text);
        }
        for (value, text) in [
            (7, "7 µs"),
            (1_250, "1.2 ms"),
            (45_900, "45 ms"),
            (1_950_000, "1.9 s"),
            (125_000_000, "2 min 5 s"),
        ] {
            assert_eq!(span(value), text);
        }
        assert_eq!(counted(1, "effect", "effects"), "1 effect");
        assert_eq!(title("check-folder"), "Check folder");
        assert_eq!(title("acme:x/api@1.0.0/do_it"), "Do it");
    }

    #[test]
    fn every_status_is_told_and_only_good_ends_look_good() {
        for status in RunStatus::ALL {
            let standing = standing(status);
            let is_good = matches!(status, RunStatus::Completed | RunStatus::Committed);
            assert_eq!(standing.badge == "good", is_good, "{status:?}");
            assert!(standing.sentence.ends_with('.'), "{status:?}");
        }
    }
}
