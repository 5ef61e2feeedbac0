//! The command's one voice. Results go to standard output; everything about the work goes to standard error.
//!
//! `anstream` drops colours where they are not wanted: in a pipe, with `NO_COLOR`, on a dumb terminal.

mod hints;
mod outcome;
mod progress;
mod table;

pub use hints::worded;
pub use outcome::{decided, outcome};
pub use progress::Progress;
pub use table::table;

use crate::error::CliError;
use crate::exit::Exit;
use guildhall_host::Refusal;
use guildhall_package::text::{is_unsafe, plain};
use owo_colors::OwoColorize;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Columns assumed where the terminal does not say.
const DEFAULT_WIDTH: usize = 80;
/// Wider lines are hard to read.
const MAX_WIDTH: usize = 120;

/// Prints one line of the result.
pub fn line(text: impl Display) {
    finish(writeln!(anstream::stdout(), "{text}"));
}

/// Prints one line about the work.
///
/// What can't be said about the work changes nothing about the work.
pub fn note(text: impl Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints the one object of `--json`.
pub fn json(value: &Value) {
    line(escaped(&format!("{value:#}")));
}

/// Prints one of several objects, on one line.
pub fn json_line(value: &Value) {
    line(escaped(&value.to_string()));
}

/// JSON whose control, bidirectional and invisible characters are written as escapes: the same value, and nothing that
/// a terminal acts on. Such characters stand only in strings, where an escape is allowed.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c != '\n' && is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Prints bytes as they are, for output that a program reads.
pub fn raw(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    finish(out.write_all(bytes).and_then(|()| out.flush()));
}

/// Prints an error: as an object on standard output for `--json`, in words otherwise.
pub fn error(error: &CliError, as_json: bool) {
    if as_json {
        json(&error.to_json());
        return;
    }
    let lead = match error.exit {
        Exit::Refused => "refused:".yellow().bold().to_string(),
        Exit::Unverified => "not verified:".red().bold().to_string(),
        _ => "error:".red().bold().to_string(),
    };
    // A message may quote an argument or a path.
    note(format_args!("{lead} {}", visible(&error.message)));
    for detail in &error.details {
        note(format_args!("  {}", visible(detail)));
    }
    if let Some(fix) = &error.fix {
        hint(visible(fix));
    }
}

/// Prints what is wrong with the arguments, made plain.
pub fn usage(text: &str) {
    note(visible(text.trim_end()));
}

/// Text of several lines, each made plain.
fn visible(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| plain(line, 4_000)).collect();
    lines.join("\n")
}

/// Prints what to do next.
pub fn hint(text: impl Display) {
    note(format_args!("{} {text}", "hint:".cyan().bold()));
}

/// Prints something worth a look that stops nothing.
pub fn warning(text: impl Display) {
    note(format_args!("{} {text}", "warning:".yellow().bold()));
}

/// Prints one refusal of a run: what, by which set, what would allow it.
pub fn refusal(refusal: &Refusal) {
    for line in refusal_lines(refusal) {
        note(line);
    }
}

fn refusal_lines(refusal: &Refusal) -> Vec<String> {
    let by = match refusal.set {
        Some(set) => format!("{}, by {}", plain(&refusal.rule, 80), set.noun()),
        None => plain(&refusal.rule, 80),
    };
    let mut lines = vec![format!(
        "{} {} {}",
        "refused:".yellow().bold(),
        plain(&refusal.message, 600),
        format_args!("({by})").dimmed(),
    )];
    if let Some(fix) = hints::fix(refusal) {
        lines.push(format!("{} {}", "hint:".cyan().bold(), plain(&fix, 600)));
    }
    lines
}

/// Columns to lay text out for: the terminal's, within reason.
#[must_use]
pub fn width() -> usize {
    terminal_size::terminal_size_of(io::stderr())
        .or_else(|| terminal_size::terminal_size_of(io::stdout()))
        .map_or(DEFAULT_WIDTH, |(width, _)| usize::from(width.0))
        .clamp(40, MAX_WIDTH)
}

/// Whether a person can be asked: both the questions and the answers go through a terminal.
#[must_use]
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether results are read by a person.
#[must_use]
pub fn on_terminal() -> bool {
    io::stdout().is_terminal()
}

/// A reader that has gone (`guildhall runs | head -1`) is no fault: the work goes on, and the exit code tells how it
/// ended. A result that can't be written for another reason is lost, and must not look like success.
fn finish(written: io::Result<()>) {
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // Standard error may be what failed.
        let _ = writeln!(io::stderr(), "error: the output can't be written: {error}");
        std::process::exit(i32::from(Exit::Fault.code()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_host::AuthoritySet;

    #[test]
    fn json_is_escaped_where_a_terminal_would_act_and_stays_the_same_value() {
        let value = serde_json::json!({"a": "\u{9b}2J\u{202e}x\u{e0041}", "b": "line\nline ü"});
        let text = escaped(&format!("{value:#}"));
        assert!(!text.chars().any(|c| c != '\n' && is_unsafe(c)), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
    }

    #[test]
    fn a_refusal_says_what_by_which_set_and_what_would_allow_it() {
        let refusal = Refusal::denied(
            AuthoritySet::Grants,
            "network.host-not-granted",
            "GET https://evil\u{1b}[2J.example was not sent",
        )
        .with_fix("add `--allow-net 'GET https://evil.example/*'`");
        let lines = refusal_lines(&refusal);
        let shown = anstream::adapter::strip_str(&lines.join("\n")).to_string();
        assert_eq!(
            shown,
            "refused: GET https://evil\\u{1b}[2J.example was not sent \
             (network.host-not-granted, by this invocation's grants)\n\
             hint: add `--allow-net 'GET https://evil.example/*'`"
        );
    }
}
