//! Where services write their log: standard error, without what opens doors, and no line longer than a page: what a client
//! sends may stand in it.

use guildhall_console::doors::redact;
use serde_json::Value;
use std::borrow::Cow;
use std::io::{self, Write};
use tracing_subscriber::fmt::MakeWriter;

/// Longest line as it is, in bytes.
const LINE: usize = 8_000;
/// Longest text in a line that would be longer, in characters.
const TEXT: usize = 500;

/// Standard error for logs. Each line arrives whole.
#[derive(Debug, Clone, Copy)]
pub struct Redacted;

impl Write for Redacted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        io::stderr().write_all(bounded(&redact(&text)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl MakeWriter<'_> for Redacted {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        *self
    }
}

/// The line, with what is long in it cut short. An object of JSON stays one.
fn bounded(line: &str) -> Cow<'_, str> {
    if line.len() <= LINE {
        return Cow::Borrowed(line);
    }
    let parsed = serde_json::from_str::<Value>(line).ok();
    if let Some(mut value @ Value::Object(_)) = parsed {
        shorten(&mut value);
        let short = format!("{value}\n");
        if short.len() <= LINE {
            return Cow::Owned(short);
        }
    }
    Cow::Owned(format!("{}\n", cut(line.trim_end(), TEXT)))
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > TEXT => *text = cut(text, TEXT),
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

fn cut(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_line_that_a_client_made_long_is_cut_and_stays_what_it_was() {
        let short = "{\"fields\":{\"message\":\"x\"}}\n";
        assert_eq!(bounded(short), short);
        let long = json!({"level": "WARN", "fields": {"id": "ä".repeat(1 << 20), "message": "m"}});
        let told = bounded(&format!("{long}\n")).into_owned();
        assert!(told.len() <= LINE && told.ends_with("}\n"), "{told}");
        let read: Value = serde_json::from_str(&told).unwrap();
        assert_eq!(
            (&read["level"], &read["fields"]["message"]),
            (&json!("WARN"), &json!("m"))
        );
        // Many texts of allowed length, and text that is no JSON.
        let many = json!({"fields": vec!["y".repeat(TEXT); 100]}).to_string();
        for line in [many, "WARN z".repeat(LINE)] {
            assert!(bounded(&line).len() <= LINE);
        }
    }
}
