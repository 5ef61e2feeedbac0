//! The card: one page from which a person decides about a run. Written from facts; what the skill says is quoted
//! and marked as its claim.

pub mod diff;
pub mod layout;

#[cfg(test)]
mod tests;

use crate::when::Clock;
use diff::{DiffBounds, diff};
use guildhall_host::{
    Card, CardEffect, EffectFacts, FileWrite, Message, Payment, Preview, SkillIdentity,
};
use guildhall_package::text::plain;
use layout::{bytes, counted, wrap};
use owo_colors::OwoColorize;

/// Columns of the labels on the left.
const LABEL: usize = 9;
/// Longest claim of a skill, in characters.
const CLAIM: usize = 300;
/// Longest path or address, in characters. Nothing that is decided about is cut before this.
const PLACE: usize = 4_096;
/// Inputs listed one by one.
const INPUTS: usize = 12;

/// How much of a card is shown, and for which screen.
#[derive(Debug, Clone)]
pub struct CardStyle {
    /// Columns of the terminal.
    pub width: usize,
    /// Lines of difference of one file.
    pub lines_per_file: usize,
    /// Rows of difference of all files together.
    pub rows_in_all: usize,
    /// Rows that one line of a difference may take.
    pub rows_per_line: usize,
    /// Clock for the expiry.
    pub clock: Clock,
}

impl CardStyle {
    /// A card to decide from, at once.
    #[must_use]
    pub const fn brief(width: usize, clock: Clock) -> Self {
        Self {
            width,
            lines_per_file: 16,
            rows_in_all: 80,
            rows_per_line: 2,
            clock,
        }
    }

    /// Everything that the host can show.
    #[must_use]
    pub const fn full(width: usize, clock: Clock) -> Self {
        Self {
            width,
            lines_per_file: usize::MAX,
            rows_in_all: usize::MAX,
            rows_per_line: usize::MAX,
            clock,
        }
    }
}

/// A card as it is printed.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Lines, with colours.
    pub lines: Vec<String>,
    /// Whether a difference is shortened.
    pub cut: bool,
}

/// The card as lines with colours. Every effect is on it, however many there are; only differences are bounded.
#[must_use]
pub fn render(card: &Card, style: &CardStyle) -> Rendered {
    let mut page = Page {
        style,
        lines: Vec::new(),
        budget: style.rows_in_all,
        cut: false,
    };
    page.top(if card.effects.is_empty() {
        "Nothing to approve"
    } else {
        "Approve what this run wants to do?"
    });
    page.who(card);
    page.what(card);
    for (index, effect) in card.effects.iter().enumerate() {
        page.effect(index + 1, effect);
    }
    page.inputs(card);
    page.contacted(card);
    page.does_not(card);
    page.expires(card);
    page.shortened(card);
    page.bottom(card);
    Rendered {
        lines: page.lines,
        cut: page.cut,
    }
}

/// Words of a skill, to stand between quotation marks that they can't close.
fn claim(text: &str) -> String {
    plain(text, CLAIM)
        .chars()
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

struct Page<'a> {
    style: &'a CardStyle,
    lines: Vec<String>,
    /// Rows of difference that are left.
    budget: usize,
    cut: bool,
}

impl Page<'_> {
    const fn columns(&self) -> usize {
        self.style.width.saturating_sub(3)
    }

    fn top(&mut self, title: &str) {
        let rule = "─".repeat(self.style.width.saturating_sub(title.chars().count() + 4));
        self.lines.push(format!(
            "{} {} {}",
            "┌─".dimmed(),
            title.bold(),
            rule.dimmed()
        ));
    }

    fn push(&mut self, text: &str) {
        let rail = "│".dimmed();
        self.lines.push(if text.is_empty() {
            rail.to_string()
        } else {
            format!("{rail}  {text}")
        });
    }

    /// A label, and text that wraps beside it. Empty lines of text continue the block above.
    fn block(&mut self, label: &str, sentences: &[String]) {
        let columns = self.columns().saturating_sub(LABEL + 1);
        let mut label = label;
        for sentence in sentences {
            for row in wrap(sentence, columns) {
                let head = format!("{label:LABEL$}");
                self.push(&format!("{} {row}", head.bold()));
                label = "";
            }
        }
    }

    /// Text below an effect's line.
    fn below(&mut self, text: &str) {
        for row in wrap(text, self.columns().saturating_sub(4)) {
            self.push(&format!("    {row}"));
        }
    }

    fn who(&mut self, card: &Card) {
        let claim = if card.skill.name.is_some() {
            "; the name is its own claim"
        } else {
            ""
        };
        self.push("");
        self.block(
            "Who",
            &[
                format!(
                    "{} — {}{claim}",
                    skill_name(&card.skill),
                    card.skill.trust.words()
                ),
                format!(
                    "component {}, operation {}",
                    card.skill.digest.short(),
                    plain(&card.operation, 130)
                ),
            ],
        );
    }

    fn what(&mut self, card: &Card) {
        self.push("");
        self.block(
            "What",
            &[format!(
                "{}. Nothing of it has been done yet.",
                totals(&card.effects)
            )],
        );
    }

    fn effect(&mut self, number: usize, effect: &CardEffect) {
        self.push("");
        match &effect.effect.facts {
            EffectFacts::FileWrite(write) => self.file(number, write, effect),
            EffectFacts::Payment(payment) => self.payment(number, payment, effect),
            EffectFacts::Message(message) => self.message(number, message, effect),
        }
        let requires = &effect.effect.requires;
        if !requires.is_empty() {
            let list: Vec<String> = requires.iter().map(|index| format!("#{index}")).collect();
            self.below(&format!(
                "only after staged effect {} is done",
                list.join(", ")
            ));
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
        self.headline(
            number,
            "pay",
            &format!(
                "{} {} (in minor units) to {} {}",
                payment.minor,
                plain(&payment.currency, 8),
                plain(&payment.scheme, 20),
                plain(&payment.account, PLACE)
            ),
        );
        self.below(&format!(
            "for “{}”, in the name of “{}” (the skill's claims)",
            claim(&payment.document),
            claim(&payment.payee_name)
        ));
        self.below(&format!("“{}” (the skill's claim)", claim(&payment.reason)));
        self.why(effect);
    }

    fn message(&mut self, number: usize, message: &Message, effect: &CardEffect) {
        self.headline(
            number,
            "send",
            &format!(
                "a message by {} to {}",
                plain(&message.channel, 64),
                plain(&message.recipient, PLACE)
            ),
        );
        if let Some(subject) = &message.subject {
            self.below(&format!("subject: “{}”", claim(subject)));
        }
        for attachment in &message.attachments {
            self.below(&format!("attached: {}", plain(attachment, PLACE)));
        }
        self.why(effect);
        if let Preview::Text { new, .. } = &effect.preview {
            self.difference(None, new);
        }
    }

    fn inputs(&mut self, card: &Card) {
        if card.inputs.is_empty() {
            return;
        }
        let size =
            |inputs: &[guildhall_host::CardInput]| inputs.iter().map(|input| input.bytes).sum();
        let shown = card.inputs.len().min(INPUTS);
        let (listed, rest) = card.inputs.split_at(shown);
        let mut sentences = vec![format!(
            "{}, {}; if one of them changes before you approve, nothing is written",
            counted(card.inputs.len(), "file"),
            bytes(size(&card.inputs))
        )];
        sentences.extend(listed.iter().map(|input| plain(&input.path, PLACE)));
        if !rest.is_empty() {
            sentences.push(format!(
                "… and {}, {}",
                counted(rest.len(), "more file"),
                bytes(size(rest))
            ));
        }
        self.push("");
        self.block("Has read", &sentences);
    }

    fn contacted(&mut self, card: &Card) {
        if card.contacted.is_empty() {
            return;
        }
        let places: Vec<String> = card
            .contacted
            .iter()
            .map(|place| plain(place, PLACE))
            .collect();
        self.push("");
        self.block("Has asked", &places);
    }

    fn does_not(&mut self, card: &Card) {
        if card.does_not.is_empty() {
            return;
        }
        let sentences: Vec<String> = card
            .does_not
            .iter()
            .map(|sentence| plain(sentence, PLACE))
            .collect();
        self.push("");
        self.block("Does not", &sentences);
    }

    fn expires(&mut self, card: &Card) {
        let clock = &self.style.clock;
        self.push("");
        self.block(
            "Expires",
            &[format!(
                "{}, {}",
                clock.relative(card.expires_at_ms),
                clock.date(card.expires_at_ms)
            )],
        );
    }

    fn shortened(&mut self, card: &Card) {
        if self.cut {
            self.push("");
            self.block(
                "Cut",
                &[format!(
                    "contents are shortened; `guildhall approvals show {}` shows all",
                    plain(&card.invocation, 64)
                )],
            );
        }
    }

    fn bottom(&mut self, card: &Card) {
        let run = format!("run {}", plain(&card.invocation, 64));
        let effects = format!("effects {}", card.effect_set.short());
        self.push("");
        let fits = run.len() + effects.len() + 5 <= self.style.width;
        let last = if fits {
            format!("{run}  {effects}")
        } else {
            for row in wrap(&run, self.columns()) {
                self.push(&row.dimmed().to_string());
            }
            effects
        };
        self.lines
            .push(format!("{} {}", "└─".dimmed(), last.dimmed()));
    }
}

/// `2 files would be written (1 new, 1 replaced), 1,204 bytes`, for each kind of effect that there is.
fn totals(effects: &[CardEffect]) -> String {
    let mut files = 0;
    let mut replaced = 0;
    let mut size = 0;
    let mut payments = 0;
    let mut messages = 0;
    for effect in effects {
        match &effect.effect.facts {
            EffectFacts::FileWrite(write) => {
                files += 1;
                replaced += usize::from(write.replaces.is_some());
                size += write.bytes;
            }
            EffectFacts::Payment(_) => payments += 1,
            EffectFacts::Message(_) => messages += 1,
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
    if payments > 0 {
        parts.push(format!("{} would be made", counted(payments, "payment")));
    }
    if messages > 0 {
        parts.push(format!("{} would be sent", counted(messages, "message")));
    }
    parts.join("; ")
}
