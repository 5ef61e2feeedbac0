//! The effects on a card, one after the other: what would happen in facts, and the skill's words as its claims.

use super::diff::{DiffBounds, diff};
use super::layout::{account, bytes, wrap};
use super::{PLACE, Page, claim, unquoted};
use guildhall_host::{CardEffect, EffectFacts, FileWrite, Message, Payment, Preview, Standing};
use guildhall_package::text::plain;
use owo_colors::{OwoColorize, Style};
use std::collections::BTreeMap;

impl Page<'_> {
    /// One effect. `numbers` are those of all effects on the card, by handle.
    pub(super) fn effect(
        &mut self,
        number: usize,
        effect: &CardEffect,
        numbers: &BTreeMap<u32, usize>,
    ) {
        self.push("");
        match &effect.effect.facts {
            EffectFacts::FileWrite(write) => self.file(number, write, effect),
            EffectFacts::Payment(payment) => self.payment(number, payment, effect),
            EffectFacts::Message(message) => self.message(number, message, effect),
            facts @ EffectFacts::Forgotten { .. } => {
                self.headline(number, "do", &plain(&facts.summary(), PLACE));
            }
        }
        let requires = &effect.effect.requires;
        if !requires.is_empty() {
            let list: Vec<String> = requires
                .iter()
                .map(|handle| match numbers.get(handle) {
                    Some(number) => format!("number {number}"),
                    None => format!("staged effect {handle}"),
                })
                .collect();
            self.below(&format!("only after {} is done", list.join(" and ")));
        }
    }

    fn headline(&mut self, number: usize, verb: &str, object: &str) {
        let lead = format!("{number:>2}  ");
        let columns = self.columns().saturating_sub(lead.len());
        let text = format!("{verb} {object}");
        for (index, row) in wrap(&text, columns).into_iter().enumerate() {
            let lead = if index == 0 {
                lead.clone()
            } else {
                " ".repeat(lead.len())
            };
            self.push(&format!("{lead}{}", row.bold()));
        }
    }

    /// Text below an effect's line that must not be missed.
    fn alert(&mut self, text: &str, style: Style) {
        for row in wrap(text, self.columns().saturating_sub(4)) {
            self.push(&format!("    {}", row.style(style)));
        }
    }

    fn why(&mut self, effect: &CardEffect) {
        match &effect.reason {
            Some(reason) => self.below(&format!("why: “{}” (the skill's claim)", claim(reason))),
            None => self.below("why: the skill gives no reason"),
        }
    }

    fn file(&mut self, number: usize, write: &FileWrite, effect: &CardEffect) {
        let target = match &effect.preview {
            Preview::Text { target, .. } | Preview::Opaque { target } => plain(target, PLACE),
        };
        let (verb, kind) = match write.replaces {
            Some(_) => ("replace", "replaces what is there"),
            None => ("create", "a new file"),
        };
        self.headline(number, verb, &target);
        self.below(&format!(
            "{}, {kind}; the skill calls it {}",
            bytes(write.bytes),
            plain(&write.path, PLACE)
        ));
        self.why(effect);
        match &effect.preview {
            Preview::Text { old, new, .. } => self.difference(old.as_deref(), new),
            Preview::Opaque { .. } => {
                let replaced = write
                    .replaces
                    .map_or_else(String::new, |old| format!(", in place of {}", old.short()));
                self.below(&format!(
                    "the content can't be shown (not text, or too long): sha256 {}{replaced}",
                    write.digest.short()
                ));
            }
        }
    }

    fn difference(&mut self, old: Option<&str>, new: &str) {
        if self.budget == 0 {
            self.cut = true;
            self.below("(its content is not shown here)");
            return;
        }
        let bounds = DiffBounds {
            columns: self.columns().saturating_sub(6),
            lines: self.budget.min(self.style.lines_per_file),
            rows_per_line: self.style.rows_per_line,
        };
        let shown = diff(old, new, bounds);
        self.budget = self.budget.saturating_sub(shown.rows.len());
        self.cut |= shown.cut;
        let rail = "┆".dimmed();
        for row in shown.rows {
            self.push(&format!("    {rail} {row}"));
        }
    }

    fn payment(&mut self, number: usize, payment: &Payment, effect: &CardEffect) {
        let payee = account(&payment.scheme, &payment.account);
        self.headline(number, "pay", &format!("{} to {payee}", payment.amount));
        let (words, style) = standing(effect.payee.as_ref());
        self.alert(&words, style);
        if self.own {
            self.below(&format!(
                "for {}, to what you owe {}",
                plain(&payment.document, PLACE),
                plain(&payment.payee_name, PLACE)
            ));
        } else {
            self.below(&format!(
                "for “{}”, in the name of “{}” (the skill's claims)",
                claim(&payment.document),
                claim(&payment.payee_name)
            ));
        }
        let way = match payment.rail.as_str() {
            "book" => "recorded here, no bank transfer".to_owned(),
            "bank-file" => "becomes an order in the next file for your bank".to_owned(),
            other => format!("carried out by {}", plain(other, 64)),
        };
        self.below(&format!(
            "from your account {}: {way}",
            plain(&payment.from, 100)
        ));
        match &payment.requested_date {
            Some(date) => self.below(&format!("on {}", plain(date, 40))),
            None => self.below("as soon as possible"),
        }
        if self.own {
            self.below(&format!("what for: {}", plain(&payment.reason, PLACE)));
            return;
        }
        if !payment.reason.is_empty() {
            self.below(&format!(
                "it says: “{}” (the skill's claim)",
                claim(&payment.reason)
            ));
        }
        self.why(effect);
    }

    fn message(&mut self, number: usize, message: &Message, effect: &CardEffect) {
        self.headline(
            number,
            "send",
            &format!(
                "a message by {} to {}",
                plain(&message.channel, 64),
                recipient(&message.recipient)
            ),
        );
        if let Some(route) = &message.through {
            self.below(&format!("it goes to {}", plain(&route.address, PLACE)));
        }
        if let Some(subject) = &message.subject {
            self.below(&format!(
                "subject: “{}” (the skill's words)",
                claim(subject)
            ));
        }
        for attached in &message.attachments {
            self.below(&format!(
                "attached: {}, {}, sha256 {}",
                plain(&attached.path, PLACE),
                bytes(attached.bytes),
                attached.digest.short()
            ));
        }
        self.why(effect);
        match &effect.preview {
            Preview::Text { new, .. } => self.difference(None, new),
            Preview::Opaque { .. } => self.below("its text can't be shown (too long)"),
        }
    }
}

/// An address as it is. In some channels it is any text: one that could be read as a sentence stands between quotation marks.
fn recipient(text: &str) -> String {
    let shown = plain(text, PLACE);
    if shown.contains(' ') {
        format!("“{}”", unquoted(&shown))
    } else {
        shown
    }
}

/// What is known about a payee, and how loudly that is said.
fn standing(payee: Option<&Standing>) -> (String, Style) {
    let quiet = Style::new();
    match payee {
        Some(known @ Standing::Known { name_before, .. }) => {
            let style = match name_before {
                Some(_) => quiet.yellow().bold(),
                None => quiet.green(),
            };
            (known.words(), style)
        }
        Some(first @ Standing::First) => (first.words(), quiet.yellow().bold()),
        Some(other @ (Standing::AccountChanged { .. } | Standing::Imitates { .. })) => {
            (other.words(), quiet.red().bold())
        }
        None => (
            "nothing is known about this payee".to_owned(),
            quiet.yellow().bold(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_that_reads_as_a_sentence_is_quoted() {
        assert_eq!(recipient("billing@acme.example"), "billing@acme.example");
        assert_eq!(
            recipient("ann” (checked by\u{a0}your bank)"),
            "“ann' (checked by your bank)”"
        );
    }
}
