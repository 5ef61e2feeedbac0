//! One file for each command. A command returns how the process ends; what it could not do is an error.

pub mod approvals;
pub mod audit;
pub mod build;
pub mod completions;
pub mod console;
pub mod doctor;
pub mod erasures;
pub mod inspect;
pub mod mandates;
pub mod market;
pub mod messages;
pub mod new;
pub mod receipts;
pub mod revoke;
pub mod run;
pub mod runs;
pub mod secrets;
pub mod test;
pub mod undo;
pub mod verify;
pub mod wallet;

use crate::error::CliError;
use crate::home::Home;
use crate::output;
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::Value;
use std::path::Path;

/// Word for this channel in the journal.
pub const CHANNEL: &str = "command line";

/// A value as JSON, for `--json`.
///
/// # Errors
/// Never for this program's own types; a defect is reported and not hidden.
pub fn to_json(value: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(value).map_err(crate::host::fault)
}

/// One fact of a page: a label and what it is.
fn fact(label: &str, value: impl std::fmt::Display) {
    output::line(format_args!("{} {value}", format!("{label:11}").bold()));
}

/// Bytes of a file that the command was given, at most `limit`.
///
/// # Errors
/// If it can't be read, or is larger.
fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, CliError> {
    use std::io::Read;
    let problem = |why: String| {
        CliError::usage(format!("{} can't be read: {why}", path.display())).kind("no-file")
    };
    let file = std::fs::File::open(path).map_err(|error| problem(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| problem(error.to_string()))?;
    if bytes.len() as u64 > limit {
        return Err(problem(format!("it has more than {limit} bytes")));
    }
    Ok(bytes)
}

/// `guildhall`, with the home folder if the next command would otherwise use another one.
#[must_use]
pub fn program(home: &Home) -> String {
    match home.flag() {
        Some(path) => format!("guildhall --home {}", quoted(&path.display().to_string())),
        None => "guildhall".to_owned(),
    }
}

/// `guildhall`, for commands that need no home folder.
#[must_use]
pub const fn program_name() -> &'static str {
    "guildhall"
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_command_can_be_pasted() {
        assert_eq!(quoted("one/a-b"), "one/a-b");
        assert_eq!(quoted("one/my home"), "'one/my home'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
