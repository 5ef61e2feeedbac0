//! Runs `host/examples/embed.rs`: what the README shows an embedder must work as it stands.

use crate::error::TaskError;
use crate::guests::Guest;
use crate::json;
use crate::process;
use crate::report::Tally;
use crate::repository::{self, HOUSE};
use std::path::PathBuf;
use std::process::Command;

/// Lines that an embedder is promised to get by with.
const MAX_LINES: usize = 40;

/// Builds the example.
pub fn build() -> Result<PathBuf, TaskError> {
    let messages = process::output(process::cargo(&HOUSE).args([
        "build",
        "--workspace",
        "--example",
        "embed",
        "--message-format",
        "json-render-diagnostics",
    ]))?;
    json::executables(&messages)
        .into_iter()
        .find(|(name, _)| name == "embed")
        .map(|(_, path)| path)
        .ok_or_else(|| TaskError::check("cargo built no example `embed`"))
}

/// Runs it over the repository's invoices: it approves in code, and the report must be written.
pub fn check(example: &PathBuf, guests: &[Guest]) -> Result<Tally, TaskError> {
    let source = repository::root().join("host/examples/embed.rs");
    let text = std::fs::read_to_string(&source).map_err(TaskError::file(&source))?;
    let lines = text.lines().count();
    if lines >= MAX_LINES {
        return Err(TaskError::check(format!(
            "host/examples/embed.rs has {lines} lines; under {MAX_LINES} are promised"
        )));
    }
    let skill = guests
        .iter()
        .find(|guest| guest.name == "vat-report")
        .ok_or_else(|| TaskError::check("the skill vat-report was not built"))?;
    let reports = tempfile::tempdir().map_err(TaskError::file("temporary folder"))?;
    let invoices = repository::root().join("skills-examples/invoices");
    let output = process::output(
        Command::new(example)
            .arg(&skill.component)
            .args(crate::demo::REPORT)
            .arg(format!("invoices={}", invoices.display()))
            .arg(format!("reports={}", reports.path().display())),
    )?;
    let outcome: serde_json::Value = json::parse("the output of the example `embed`", &output)?;
    if outcome.get("status").and_then(serde_json::Value::as_str) != Some("committed") {
        return Err(TaskError::check(format!(
            "the example did not commit: {outcome:#}"
        )));
    }
    let written = std::fs::read_dir(reports.path())
        .map_err(TaskError::file("reports"))?
        .count();
    if written == 0 {
        return Err(TaskError::check("the example committed and wrote nothing"));
    }
    println!("embed: {lines} lines, committed, {written} files written");
    Ok(Tally::ONE)
}
