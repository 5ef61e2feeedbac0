//! Which cards can be decided together: those of one kind that one table shows whole. Pure.
//!
//! What has to be looked at by itself is never in a table: an account that is new or changed, a file that is replaced, a text
//! that is long.

use guildhall_host::words::{self, PLACE};
use guildhall_host::{Card, CardEffect, EffectFacts, Preview, Standing};
use guildhall_package::Digest;
use guildhall_package::text::{plain, plain_lines};

/// Most characters of a text that a table shows.
const TEXT: usize = 600;
/// Most lines of it.
const LINES: usize = 12;
/// Most rows that one card may take.
const ROWS: usize = 20;
/// Most cards of one table.
pub const CARDS: usize = 100;

/// What a table is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Payments to accounts that were paid before.
    Payments,
    /// Messages whose text is short.
    Messages,
    /// New files whose content is short.
    Files,
}

impl Kind {
    /// Its word in an address.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Messages => "messages",
            Self::Files => "files",
        }
    }

    /// As a page calls it.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Payments => "Payments to accounts that were paid before",
            Self::Messages => "Messages",
            Self::Files => "New files",
        }
    }
}

/// Cards that one table shows: of one skill, one operation and one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// What the rows are.
    pub kind: Kind,
    /// Whose.
    pub skill: Digest,
    /// Which operation.
    pub operation: String,
}

/// The table that a card can stand in; none if it has to be looked at by itself.
#[must_use]
pub fn group(card: &Card) -> Option<Group> {
    if card.effects.is_empty() || card.effects.len() > ROWS {
        return None;
    }
    let mut kinds = card.effects.iter().map(kind);
    let kind = kinds.next()??;
    kinds.all(|other| other == Some(kind)).then(|| Group {
        kind,
        skill: card.skill.digest,
        operation: card.operation.clone(),
    })
}

fn kind(shown: &CardEffect) -> Option<Kind> {
    let known = matches!(
        shown.payee,
        Some(Standing::Known {
            name_before: None,
            ..
        })
    );
    match &shown.effect.facts {
        EffectFacts::Payment(_) if known => Some(Kind::Payments),
        EffectFacts::Message(message) if message.attachments.is_empty() => {
            short(&shown.preview).map(|_| Kind::Messages)
        }
        EffectFacts::FileWrite(write) if write.replaces.is_none() => {
            short(&shown.preview).map(|_| Kind::Files)
        }
        _ => None,
    }
}

/// A text that a table shows whole; none if it is too long for that.
fn short(preview: &Preview) -> Option<Vec<String>> {
    let Preview::Text { old: None, new, .. } = preview else {
        return None;
    };
    let fits = new.chars().count() <= TEXT && new.lines().count() <= LINES;
    fits.then(|| new.lines().map(words::code).collect())
}

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Who or what: an account, a recipient, a path.
    pub what: String,
    /// An amount; empty for what is no payment.
    pub amount: String,
    /// Facts, one line each.
    pub facts: Vec<String>,
    /// Text that is sent or written, as lines.
    pub text: Vec<String>,
}

/// The rows of a card, in the order of its effects.
#[must_use]
pub fn rows(card: &Card) -> Vec<Row> {
    let own = card.skill.trust.is_host();
    card.effects.iter().map(|shown| row(shown, own)).collect()
}

fn row(shown: &CardEffect, own: bool) -> Row {
    let text = short(&shown.preview).unwrap_or_default();
    match &shown.effect.facts {
        EffectFacts::Payment(payment) => Row {
            what: words::account(&payment.scheme, &payment.account),
            amount: payment.amount.to_string(),
            facts: [
                Some(words::standing(shown.payee.as_ref()).0),
                Some(words::pays_for(payment, own)),
                Some(words::pays_from(payment)),
                Some(words::pays_on(payment)),
                words::pays_why(payment, own),
            ]
            .into_iter()
            .flatten()
            .collect(),
            text: Vec::new(),
        },
        EffectFacts::Message(message) => Row {
            what: words::recipient(&message.recipient),
            amount: String::new(),
            facts: std::iter::once(format!("by {}", plain(&message.channel, 64)))
                .chain(words::message_facts(message))
                .collect(),
            text,
        },
        EffectFacts::FileWrite(write) => Row {
            what: words::headline(shown).1,
            amount: String::new(),
            facts: vec![words::file_facts(write)],
            text,
        },
        facts @ EffectFacts::Forgotten { .. } => Row {
            what: plain_lines(&facts.summary(), 1, PLACE).concat(),
            amount: String::new(),
            facts: Vec::new(),
            text: Vec::new(),
        },
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::super::testing::{
        card, changed, file, first, imitated, known, message, payment, renamed,
    };
    use super::*;

    #[test]
    fn only_cards_of_one_kind_that_a_table_shows_whole_are_decided_together() {
        let kind = |effects| group(&card(effects)).map(|group| group.kind);
        let pay = || payment("EUR 1.00", known());
        assert_eq!(kind(vec![pay(), pay()]), Some(Kind::Payments));
        assert_eq!(kind(vec![file(None, "a\n")]), Some(Kind::Files));
        let mut bare = message("hello");
        bare["effect"]["facts"]["attachments"] = serde_json::json!([]);
        assert_eq!(kind(vec![bare.clone()]), Some(Kind::Messages));
        // Of two kinds, empty, or with something that has to be looked at.
        assert_eq!(kind(vec![pay(), bare.clone()]), None);
        assert_eq!(kind(vec![]), None);
        for standing in [
            first(),
            changed(),
            imitated(),
            renamed(),
            serde_json::Value::Null,
        ] {
            assert_eq!(kind(vec![pay(), payment("EUR 1.00", standing)]), None);
        }
        assert_eq!(kind(vec![file(Some("a"), "b")]), None);
        assert_eq!(kind(vec![file(None, &"x".repeat(TEXT + 1))]), None);
        assert_eq!(kind(vec![file(None, &"x\n".repeat(LINES + 1))]), None);
        assert_eq!(kind(vec![message("with an attachment")]), None);
        assert_eq!(kind((0..=ROWS).map(|_| pay()).collect()), None);
    }

    #[test]
    fn cards_of_other_skills_or_operations_stand_in_other_tables() {
        let one = card(vec![payment("EUR 1.00", known())]);
        let mut other = one.clone();
        other.operation = "refund".to_owned();
        assert_ne!(group(&one), group(&other));
        let mut other = one.clone();
        other.skill.digest = Digest::of(b"other");
        assert_ne!(group(&one), group(&other));
        assert_eq!(group(&one), group(&one.clone()));
    }

    #[test]
    fn a_row_says_what_the_card_says_and_nothing_moves_in_it() {
        let shown = rows(&card(vec![
            payment("EUR 1.00", known()),
            file(None, "a\u{202e}b\n"),
        ]));
        assert_eq!(shown.len(), 2);
        assert_eq!(
            shown
                .iter()
                .map(|row| row.amount.as_str())
                .collect::<Vec<_>>(),
            ["EUR 1.00", ""]
        );
        assert_eq!(
            shown.first().map(|row| row.what.as_str()),
            Some("IBAN DE89 3704 0044 0532 0130 00")
        );
        assert_eq!(
            shown.last().map(|row| row.text.join("|")),
            Some("a\\u{202e}b".to_owned())
        );
    }
}
