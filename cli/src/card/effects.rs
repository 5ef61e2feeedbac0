//! The effects on a card, one after the other: what would happen in facts, and the skill's words as its claims.

use super::Page;
use super::diff::{DiffBounds, diff};
use super::layout::wrap;
use guildhall_host::words::{self, Loud};
use guildhall_host::{CardEffect, EffectFacts, FileWrite, Message, Payment, Preview};
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
        let (verb, object) = words::headline(effect);
        self.headline(number, verb, &object);
        match &effect.effect.facts {
            EffectFacts::FileWrite(write) => self.file(write, effect),
            EffectFacts::Payment(payment) => self.payment(payment, effect),
            EffectFacts::Message(message) => self.message(message, effect),
            EffectFacts::Forgotten { .. } => {}
        }
        if let Some(order) = words::only_after(&effect.effect.requires, numbers) {
            self.below(&order);
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
        self.below(&words::why(effect.reason.as_deref()));
    }

    fn file(&mut self, write: &FileWrite, effect: &CardEffect) {
        self.below(&words::file_facts(write));
        self.why(effect);
        match &effect.preview {
            Preview::Text { old, new, .. } => self.difference(old.as_deref(), new),
            Preview::Opaque { .. } => self.below(&words::opaque(write)),
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

    fn payment(&mut self, payment: &Payment, effect: &CardEffect) {
        let (words, loud) = words::standing(effect.payee.as_ref());
        self.alert(&words, style(loud));
        self.below(&words::pays_for(payment, self.own));
        self.below(&words::pays_from(payment));
        self.below(&words::pays_on(payment));
        if let Some(why) = words::pays_why(payment, self.own) {
            self.below(&why);
        }
        if !self.own {
            self.why(effect);
        }
    }

    fn message(&mut self, message: &Message, effect: &CardEffect) {
        for line in words::message_facts(message) {
            self.below(&line);
        }
        self.why(effect);
        match &effect.preview {
            Preview::Text { new, .. } => self.difference(None, new),
            Preview::Opaque { .. } => self.below("its text can't be shown (too long)"),
        }
    }
}

/// How loudly something is said, as a colour.
const fn style(loud: Loud) -> Style {
    let quiet = Style::new();
    match loud {
        Loud::Good => quiet.green(),
        Loud::Notice => quiet.yellow().bold(),
        Loud::Alarm => quiet.red().bold(),
    }
}
