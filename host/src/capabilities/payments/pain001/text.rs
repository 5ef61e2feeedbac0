//! Text as banks carry it.

use super::error::IdFault;
use super::{MAX_ID, NOT_PROVIDED};
use deunicode::deunicode_char;
use guildhall_package::text::plain;

/// `text` in the SEPA character set: other scripts in Latin letters, one space for any space, at most `max` characters.
///
/// Empty if no letter or digit remains: dots alone tell nobody anything.
pub fn clean(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut gap = false;
    // Piece by piece and cut on the way: an input of any length costs no memory.
    'text: for given in text.chars() {
        for c in latin(given).chars().map(nearest) {
            if c == ' ' {
                gap = !out.is_empty();
                continue;
            }
            if out.len() + usize::from(gap) >= max {
                break 'text;
            }
            if std::mem::take(&mut gap) {
                out.push(' ');
            }
            out.push(c);
        }
    }
    if !out.contains(|c: char| c.is_ascii_alphanumeric()) {
        out.clear();
    }
    out
}

/// The id as it is.
///
/// # Errors
/// See [`IdFault`].
pub fn id(text: &str) -> Result<&str, IdFault> {
    if text.is_empty() {
        return Err(IdFault::Empty);
    }
    if let Some(other) = text.chars().find(|&c| !permitted(c)) {
        return Err(IdFault::Character(plain(&other.to_string(), 12)));
    }
    if text.len() > MAX_ID {
        return Err(IdFault::TooLong(text.len()));
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err(IdFault::Space);
    }
    if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
        return Err(IdFault::Slash);
    }
    Ok(text)
}

/// The id as it is, or the word for none if it is blank.
///
/// # Errors
/// See [`IdFault`].
pub fn optional_id(text: &str) -> Result<&str, IdFault> {
    if text.trim().is_empty() {
        Ok(NOT_PROVIDED)
    } else {
        id(text)
    }
}

/// Whether the SEPA rules let every bank carry it.
pub const fn permitted(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '0'..='9'
        | '/' | '-' | '?' | ':' | '(' | ')' | '.' | ',' | '\'' | '+' | ' ')
}

/// In ASCII, a space for any space or control character, a dot for what has no likeness there.
fn latin(c: char) -> &'static str {
    // `deunicode` drops some of them, which would join two words.
    if c.is_whitespace() || c.is_control() {
        " "
    } else {
        deunicode_char(c).unwrap_or(".")
    }
}

/// The permitted character that stands for an ASCII character.
const fn nearest(c: char) -> char {
    match c {
        _ if permitted(c) => c,
        '&' => '+',
        '_' | '~' => '-',
        ';' => ',',
        '`' | '"' => '\'',
        '[' | '{' | '<' => '(',
        ']' | '}' | '>' => ')',
        '\\' | '|' => '/',
        _ if c.is_ascii_control() => ' ',
        _ => '.',
    }
}
