//! The page that a merchant consents from: what is needed, what is optional, what it can't do. From the bytes; the skill's
//! own words are quoted.

use super::Ask;
use crate::card::layout::wrap;
use guildhall_package::Inspection;
use guildhall_package::market::authority::Wider;
use guildhall_package::text::plain;
use owo_colors::OwoColorize;

/// Columns of the labels on the left.
const LABEL: usize = 10;

/// The page. `facts` are labels with what is known: where it comes from, who signed it, what the review said.
#[must_use]
pub fn page(
    inspection: &Inspection,
    asks: &[Ask],
    facts: &[(&str, String)],
    width: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    let name = inspection.name.as_deref().unwrap_or("a skill");
    let version = inspection.version.as_deref().unwrap_or_default();
    let title = format!("{} {}", plain(name, 130), plain(version, 40));
    lines.push(title.trim_end().bold().to_string());
    if let Some(description) = &inspection.description {
        lines.extend(wrap(&format!("“{}”", claim(description, 2_000)), width));
    }
    lines.push(String::new());
    for (label, text) in facts {
        let mut label = *label;
        for row in wrap(&plain(text, 2_000), width.saturating_sub(LABEL + 1)) {
            lines.push(format!("{} {row}", format!("{label:LABEL$}").bold()));
            label = "";
        }
    }
    lines.extend(asked_lines(asks, inspection, width));
    heading(&mut lines, "It cannot");
    for sentence in &inspection.cannot {
        bullet(&mut lines, width, "·", sentence);
    }
    lines
}

/// What is asked for: what is needed, and apart from it what is optional.
#[must_use]
pub fn asked_lines(asks: &[Ask], inspection: &Inspection, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    heading(&mut lines, "It needs");
    let mut needs_nothing = true;
    for view in &inspection.capabilities {
        let parts: Vec<&Ask> = asks
            .iter()
            .filter(|ask| ask.capability == view.capability)
            .collect();
        // A capability of which everything is optional stands below.
        if !parts.is_empty() && parts.iter().all(|ask| ask.optional) {
            continue;
        }
        needs_nothing = false;
        bullet(&mut lines, width, "·", &view.sentence);
        for ask in parts.into_iter().filter(|ask| !ask.optional) {
            let text = format!(
                "{}: “{}” (its own reason)",
                ask.what,
                claim(&ask.reason, 300)
            );
            bullet(&mut lines, width, "  -", &text);
        }
    }
    if needs_nothing {
        bullet(
            &mut lines,
            width,
            "·",
            "nothing: it is given its input and returns its output",
        );
    }
    let optional: Vec<&Ask> = asks.iter().filter(|ask| ask.optional).collect();
    if !optional.is_empty() {
        heading(&mut lines, "Optional: it also runs without");
        for ask in optional {
            let text = format!(
                "{} [{}]: “{}” (its own reason)",
                ask.what,
                ask.id,
                claim(&ask.reason, 300)
            );
            bullet(&mut lines, width, "·", &text);
        }
    }
    lines
}

/// What an update may do and the release before may not, and the other way round.
#[must_use]
pub fn difference_lines(gained: &[Wider], lost: &[Wider], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if gained.is_empty() && lost.is_empty() {
        lines.push("It may do what it may do now, and nothing more.".to_owned());
        return lines;
    }
    for (sign, list, style) in [("+", gained, true), ("-", lost, false)] {
        for wider in list {
            let text = plain(&wider.to_string(), 600);
            let mut mark = sign;
            for row in wrap(&text, width.saturating_sub(6)) {
                let line = format!("  {mark} {row}");
                lines.push(if style {
                    line.yellow().to_string()
                } else {
                    line.green().to_string()
                });
                mark = " ";
            }
        }
    }
    lines
}

/// Words of the author, to stand between quotation marks that they can't close.
fn claim(text: &str, max: usize) -> String {
    plain(text, max)
        .chars()
        .map(|c| match c {
            '“' | '”' | '„' | '‟' | '«' | '»' | '"' | '＂' => '\'',
            other => other,
        })
        .collect()
}

fn heading(lines: &mut Vec<String>, text: &str) {
    lines.push(String::new());
    lines.push(text.bold().to_string());
}

fn bullet(lines: &mut Vec<String>, width: usize, mark: &str, text: &str) {
    let blank = " ".repeat(mark.chars().count());
    let rows = wrap(&plain(text, 2_000), width.saturating_sub(4 + blank.len()));
    for (index, row) in rows.into_iter().enumerate() {
        let mark = if index == 0 { mark } else { &blank };
        lines.push(format!("  {mark} {row}"));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use guildhall_package::inspect::CapabilityView;
    use guildhall_package::{Capability, Digest, Manifest};

    const TABLES: &str = "\
        [[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://a.example/x/*\"\nreason = \"R1.\"\n\
        [[capabilities.files]]\nname = \"archive\"\naccess = \"read-write\"\nreason = \"R4.\"\noptional = true\n\
        [[capabilities.messages]]\nchannels = [\"email\", \"chat\"]\nreason = \"R6.\"\noptional = true\n";

    fn of(tables: &str) -> Vec<Ask> {
        let head =
            "name = \"acme/x\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n";
        let manifest = Manifest::parse(&format!("{head}{tables}")).unwrap();
        guildhall_console::consent::asks_of(&manifest, |_| true)
    }

    fn inspection() -> Inspection {
        Inspection {
            digest: Digest::of(b"x"),
            bytes: 5,
            name: Some("acme/x".to_owned()),
            version: Some("1.0.0".to_owned()),
            description: Some("Does ”all“ you\u{1b}[2J want.".to_owned()),
            licence: None,
            lane: "strict",
            imports: Vec::new(),
            refused: Vec::new(),
            operations: Vec::new(),
            capabilities: [
                Capability::Network,
                Capability::Files,
                Capability::Payments,
                Capability::Messages,
                Capability::Context,
            ]
            .map(|capability| CapabilityView {
                capability,
                sentence: capability.can().to_owned(),
                details: Vec::new(),
            })
            .to_vec(),
            cannot: vec!["It cannot remember anything.".to_owned()],
        }
    }

    fn shown(width: usize) -> String {
        let facts = [("From", "market.example".to_owned())];
        page(&inspection(), &of(TABLES), &facts, width)
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn what_is_needed_what_is_optional_and_what_it_cannot_do_stand_apart() {
        let text = shown(200);
        let at = |what: &str| {
            text.find(what)
                .unwrap_or_else(|| panic!("no {what:?} in\n{text}"))
        };
        let (needs, optional, cannot) = (at("It needs"), at("Optional"), at("It cannot\n"));
        assert!(needs < optional && optional < cannot, "{text}");
        for (what, from, to) in [
            (
                "GET https://a.example/x/*: “R1.” (its own reason)",
                needs,
                optional,
            ),
            ("[files:archive]: “R4.” (its own reason)", optional, cannot),
            ("[messages:email+chat]", optional, cannot),
            ("It cannot remember anything.", cannot, text.len()),
        ] {
            assert!((from..to).contains(&at(what)), "{what}\n{text}");
        }
        // Its messages are optional as a whole.
        assert!(!text.contains(Capability::Messages.can()), "{text}");
        assert!(text.contains("It can read the date and time"), "{text}");
    }

    #[test]
    fn an_author_s_words_can_not_leave_their_quotation() {
        let text = shown(80);
        assert!(text.contains("“Does 'all' you\\u{1b}[2J want.”"), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
    }

    #[test]
    fn a_difference_is_told_in_both_directions() {
        let wider = |capability| Wider::Capability { capability };
        let lines = difference_lines(
            &[wider(Capability::Network)],
            &[wider(Capability::State)],
            80,
        );
        let text: Vec<String> = lines
            .iter()
            .map(|line| anstream::adapter::strip_str(line).to_string())
            .collect();
        assert_eq!(
            text,
            ["  + the capability `network`", "  - the capability `state`"]
        );
        assert_eq!(difference_lines(&[], &[], 80).len(), 1);
    }
}
