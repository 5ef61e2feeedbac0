//! Text as it may stand in a document: what a person sees is what is there.

use crate::problem::Problems;

/// Longest text of one element, in characters.
pub const MAX_TEXT: usize = 2_000;
/// Longest identifier.
const MAX_IDENTIFIER: usize = 100;

/// A text that must be there. `term` and `name` are how the standard calls it: `BT-27` and "The name of the seller".
pub fn required(
    problems: &mut Problems,
    (term, rule, name): (&str, &str, &str),
    text: &str,
) -> String {
    let text = cleaned(problems, (term, name), text);
    if text.is_empty() {
        problems.add(term, rule, format!("{name} ({term}) is missing: write it."));
    }
    text
}

/// A text that may be left out; an empty one counts as left out.
pub fn optional(
    problems: &mut Problems,
    term: (&str, &str),
    text: Option<&String>,
) -> Option<String> {
    let text = cleaned(problems, term, text?);
    (!text.is_empty()).then_some(text)
}

/// An identifier: printable ASCII without spaces at its ends, so that no character of it imitates another.
pub fn identifier(
    problems: &mut Problems,
    (term, name): (&str, &str),
    text: Option<&String>,
) -> Option<String> {
    let trimmed = text?.trim();
    if let Some(wrong) = trimmed.chars().find(|c| !matches!(c, ' '..='~')) {
        let code = u32::from(wrong);
        problems.add(
            term,
            "",
            format!(
                "{name} ({term}) has the character U+{code:04X}, which no such number has: write it in plain Latin letters and digits."
            ),
        );
        return None;
    }
    if trimmed.len() > MAX_IDENTIFIER {
        problems.add(
            term,
            "",
            format!("{name} ({term}) is longer than {MAX_IDENTIFIER} characters: shorten it."),
        );
        return None;
    }
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn cleaned(problems: &mut Problems, (term, name): (&str, &str), text: &str) -> String {
    let text = text.trim();
    if let Some(wrong) = text.chars().find(|c| is_hidden(*c)) {
        let code = u32::from(wrong);
        problems.add(
            term,
            "",
            format!(
                "{name} ({term}) has the invisible character U+{code:04X}: take it out, so that what is read is what is there."
            ),
        );
    } else if text.chars().count() > MAX_TEXT {
        problems.add(
            term,
            "",
            format!("{name} ({term}) is longer than {MAX_TEXT} characters: shorten it."),
        );
    } else {
        return text.to_owned();
    }
    // Something stands there, so it is not missing too.
    "?".to_owned()
}

/// Characters that cannot be seen, or that turn the order of those that can. The joiners stay: Persian and Hindi need them.
fn is_hidden(character: char) -> bool {
    let layout = matches!(character, '\t' | '\n');
    (character.is_control() && !layout)
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        )
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(character, '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}')
        || matches!(character, '\u{e0000}'..)
}
