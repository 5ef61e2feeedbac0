//! The card: one page from which a person decides about a run. Written from facts; what the skill says is quoted
//! and marked as its claim.

pub mod diff;
mod effects;
pub mod layout;

#[cfg(test)]
mod tests;

use crate::when::Clock;
use guildhall_host::Card;
use guildhall_host::words::{INPUTS_PINNED, NOTHING_DONE, OWN_CLAIM, PLACE, is_claimed, totals};
pub use guildhall_host::words::{skill_name, trust_words};
use guildhall_package::text::plain;
use layout::{bytes, counted, wrap};
use owo_colors::OwoColorize;
use std::collections::BTreeMap;

/// Columns of the labels on the left.
const LABEL: usize = 9;
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
        own: card.skill.trust.is_host(),
    };
    page.top(if card.effects.is_empty() {
        "Nothing to approve"
    } else {
        "Approve what this run wants to do?"
    });
    page.who(card);
    page.what(card);
    page.asks(card);
    let numbers: BTreeMap<u32, usize> = card
        .effects
        .iter()
        .zip(1..)
        .map(|(shown, number)| (shown.effect.index, number))
        .collect();
    for (number, effect) in (1..).zip(&card.effects) {
        page.effect(number, effect, &numbers);
    }
    page.inputs(card);
    page.contacted(card);
    page.does_not(card);
    page.proposals(card);
    page.expires(card);
    page.shortened(card);
    page.bottom(card);
    Rendered {
        lines: page.lines,
        cut: page.cut,
    }
}

struct Page<'a> {
    style: &'a CardStyle,
    lines: Vec<String>,
    /// Rows of difference that are left.
    budget: usize,
    cut: bool,
    /// Whether no skill asks, but whoever uses this host.
    own: bool,
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
        let claim = if is_claimed(&card.skill) {
            format!("; {OWN_CLAIM}")
        } else {
            String::new()
        };
        self.push("");
        self.block(
            "Who",
            &[
                format!(
                    "{} — {}{claim}",
                    skill_name(&card.skill),
                    trust_words(&card.skill)
                ),
                format!(
                    "{} {}, operation {}",
                    if self.own { "purpose" } else { "component" },
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
            &[format!("{}. {NOTHING_DONE}", totals(&card.effects))],
        );
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
            "{}, {}; {INPUTS_PINNED}",
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

    /// Why a mandate does not do.
    fn asks(&mut self, card: &Card) {
        if card.asks.is_empty() {
            return;
        }
        let reasons: Vec<String> = card.asks.iter().map(|ask| plain(ask, PLACE)).collect();
        self.push("");
        self.block("Asks you", &reasons);
    }

    /// What a person could allow with the same decision.
    fn proposals(&mut self, card: &Card) {
        if card.proposals.is_empty() {
            return;
        }
        let mut sentences = vec!["You could allow from now on:".to_owned()];
        sentences.extend(
            card.proposals
                .iter()
                .map(|offer| format!("· {}", plain(&offer.words, PLACE))),
        );
        self.push("");
        self.block("Allow", &sentences);
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
