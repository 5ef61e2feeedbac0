//! Who decided, as the journal has it and as people read it. Pure.

use guildhall_host::ApprovalFacts;
use guildhall_package::text::plain;

use crate::people::Person;

/// By which way a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// On a page of the console.
    Console,
    /// By a token that a person made for a program that stands in for people.
    Api,
    /// In a chat.
    Telegram,
}

impl Channel {
    /// The word in the journal.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
            Self::Telegram => "telegram",
        }
    }
}

/// A person as the journal names the one who decided.
#[must_use]
pub fn name_of(person: &Person) -> String {
    format!("person:{} ({})", person.id(), plain(person.name(), 60))
}

/// Whether a person of this console is the one that the journal names.
#[must_use]
pub fn is_by(decider: &str, person: &Person) -> bool {
    decider
        .strip_prefix("person:")
        .and_then(|rest| rest.split_once(' '))
        .is_some_and(|(id, _)| id == person.id().as_str())
}

/// Who decided, for people: `Ann, on this console`.
#[must_use]
pub fn words(decider: &str, channel: &str) -> String {
    let who = decider
        .strip_prefix("person:")
        .and_then(|rest| rest.split_once(" ("))
        .and_then(|(_, name)| name.strip_suffix(')'))
        .unwrap_or(decider);
    let who = plain(who, 120);
    match channel {
        "console" => format!("{who}, on this console"),
        "api" => format!("{who}, by a program with a token of theirs"),
        "telegram" => format!("{who}, by Telegram"),
        "mandate" => "a mandate".to_owned(),
        "retention" => "guildhall, because the run keeps nothing".to_owned(),
        other => format!("{who}, by {}", plain(other, 60)),
    }
}

/// Who decided what: `approved by Ann, on this console`.
#[must_use]
pub fn decided(facts: &ApprovalFacts) -> String {
    let what = match facts.decision.as_str() {
        "approve" => "approved",
        _ => "rejected",
    };
    format!("{what} by {}", words(&facts.decider, &facts.channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decided_is_named_as_people_know_them() {
        let id = "0198c0de-f00d-7000-8000-000000000001";
        assert_eq!(
            words(&format!("person:{id} (Ann Lee)"), "console"),
            "Ann Lee, on this console"
        );
        assert_eq!(
            words(&format!("person:{id} (Ann (CFO))"), "telegram"),
            "Ann (CFO), by Telegram"
        );
        assert_eq!(
            words("ann (uid 1000)", "command line"),
            "ann (uid 1000), by command line"
        );
        assert_eq!(words("mandate m1, m2", "mandate"), "a mandate");
        assert!(
            !words("a\u{202e}b", "c\u{1b}[2J")
                .chars()
                .any(guildhall_package::text::is_unsafe)
        );
    }
}
