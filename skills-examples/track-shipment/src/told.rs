//! What a carrier's events have in common, whichever shape they come in, and what is done to the texts in them: they are a stranger's.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bindings::{Certainty, Event};
use crate::moment;

/// Characters of a text of the carrier that are shown.
const MAX_TEXT: usize = 80;
/// Events of one answer.
const MAX_EVENTS: usize = 1_000;

/// An event that was read.
#[derive(Debug)]
pub struct Told {
    /// Seconds since 1970.
    pub at: i64,
    /// The event.
    pub event: Event,
    /// Whether something arrives.
    pub arrival: bool,
}

/// Events that were read, and how many could not be used.
#[derive(Debug, Default)]
pub struct Page {
    /// Those that can be used.
    pub events: Vec<Told>,
    /// Those that cannot.
    pub left_out: u32,
}

/// What is wrong with a page, as the end of a sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Unreadable(pub &'static str);

/// A text of the carrier on one line: letters, digits and what names and addresses have. Nothing invisible, and nothing that a chat would
/// make a link of: no slash, and no point before a letter.
pub fn plain(text: &str) -> String {
    let mut kept = String::new();
    for character in text.chars() {
        if character.is_alphabetic() && kept.ends_with('.') {
            kept.push(' ');
        }
        kept.push(match character {
            _ if character.is_alphanumeric() => character,
            '-' | '_' | '\'' | '(' | ')' | '&' | '+' | '#' | ',' | '.' | ':' => character,
            _ => ' ',
        });
    }
    let mut words = kept
        .split_whitespace()
        .fold(String::new(), |mut line, word| {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        });
    if let Some((end, _)) = words.char_indices().nth(MAX_TEXT) {
        words.truncate(end);
        words.truncate(words.trim_end().len());
    }
    words
}

/// A member that is a text with something in it, made plain.
pub fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, name| value.get(name))?;
    let plain = plain(found.as_str()?);
    (!plain.is_empty()).then_some(plain)
}

/// A code: capitals, digits and what stands between words; empty if it is something else.
pub fn code<'a>(value: &'a Value, name: &str) -> &'a str {
    let code = value.get(name).and_then(Value::as_str).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match code.len() <= 40 && code.bytes().all(plain) {
        true => code,
        false => "",
    }
}

/// The time of an event as it stands, and in seconds.
pub fn time<'a>(value: &'a Value, name: &str) -> Option<(&'a str, i64)> {
    let text = value.get(name)?.as_str()?;
    (text.len() <= 40).then_some(())?;
    Some((text, moment::seconds(text)?))
}

/// What a table of codes says of one.
pub fn named(table: &[(&str, &'static str)], code: &str) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == code);
    found.map(|(_, words)| *words)
}

/// What names an event.
pub fn id(event: &Value) -> Option<&str> {
    event.get("eventID")?.as_str()
}

/// The document that a carrier sends.
pub fn json(body: &str) -> Result<Value, Unreadable> {
    serde_json::from_str(body).map_err(|_| Unreadable("it is not JSON"))
}

impl Page {
    /// Reads the events that can be used, each once.
    pub fn read(
        events: &[Value],
        now: i64,
        told: impl Fn(&Value) -> Option<Told>,
    ) -> Result<Self, Unreadable> {
        if events.len() > MAX_EVENTS {
            return Err(Unreadable("it has more events than a shipment has"));
        }
        let mut seen = BTreeSet::new();
        let mut page = Self::default();
        for event in events {
            if id(event).is_none_or(|id| seen.insert(id)) {
                page.add(told(event), now);
            }
        }
        Ok(page)
    }

    /// Adds what could be read. An event that is said to have happened in the future has not.
    fn add(&mut self, told: Option<Told>, now: i64) {
        // Clocks of carriers go wrong by minutes, and by an hour when summer time ends.
        const AHEAD: i64 = 3_600;
        match told {
            Some(told) if told.event.certainty != Certainty::Actual || told.at <= now + AHEAD => {
                self.events.push(told);
            }
            _ => self.left_out += 1,
        }
    }
}
