//! One file for each command. A command returns how the process ends; what it could not do is an error.

pub mod approvals;
pub mod build;
pub mod completions;
pub mod doctor;
pub mod inspect;
pub mod new;
pub mod revoke;
pub mod run;
pub mod runs;
pub mod test;

use crate::error::CliError;
use crate::home::Home;
use serde::Serialize;
use serde_json::Value;

/// A value as JSON, for `--json`.
///
/// # Errors
/// Never for this program's own types; a defect is reported and not hidden.
pub fn to_json(value: &impl Serialize) -> Result<Value, CliError> {
    serde_json::to_value(value).map_err(crate::host::fault)
}

/// `guildhall`, with the home folder if the next command would otherwise use another one.
#[must_use]
pub fn program(home: &Home) -> String {
    match home.flag() {
        Some(path) => format!("guildhall --home {}", quoted(&path.display().to_string())),
        None => "guildhall".to_owned(),
    }
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
        assert_eq!(quoted("/tmp/a-b"), "/tmp/a-b");
        assert_eq!(quoted("/tmp/my home"), "'/tmp/my home'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
