//! Golden cases: an operation on recorded surroundings, and what is expected of it.
//!
//! A case runs in the real sandbox with a host of its own: state in memory, files copied to a temporary folder,
//! network answers from the recording. Its effects are approved and really written there, and what is compared is
//! what is then on disk: so a case shows the whole way, the commit included.

pub mod case;
pub mod compare;
mod run;
mod toml_json;
mod update;
mod wallet;

pub use compare::Problem;
pub use run::Runner;

use case::Case;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What one case came to.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// Name of the case.
    pub name: String,
    /// What differs; empty if it passed.
    pub problems: Vec<Problem>,
    /// Files rewritten by an update, relative to the case.
    pub updated: Vec<String>,
    /// How long it took in milliseconds.
    pub millis: u128,
}

/// Folders of the cases of a skill, sorted by name.
///
/// # Errors
/// If the folder can't be read.
pub fn find(skill: &Path) -> Result<Vec<PathBuf>, String> {
    let golden = skill.join("golden");
    let entries = match std::fs::read_dir(&golden) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{}: {error}", golden.display())),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| format!("{}: {error}", golden.display()))?
            .path();
        if path.join("case.toml").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Runs one case, and with `update` writes down what it did.
pub async fn check(runner: &Runner, folder: &Path, update: bool, columns: usize) -> CaseReport {
    let begun = Instant::now();
    let name = folder
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut updated = Vec::new();
    let problems = match case::read(folder) {
        Err(error) => vec![Problem::new(error)],
        Ok(case) => judge(runner, &case, update, columns, &mut updated)
            .await
            .unwrap_or_else(|error| vec![Problem::new(error)]),
    };
    CaseReport {
        name,
        problems,
        updated,
        millis: begun.elapsed().as_millis(),
    }
}

async fn judge(
    runner: &Runner,
    case: &Case,
    update: bool,
    columns: usize,
    updated: &mut Vec<String>,
) -> Result<Vec<Problem>, String> {
    let observed = runner.run(case).await?;
    let problems = match &case.expect {
        Some(expect) => compare::compare(case, expect, &observed, columns),
        None => vec![Problem::new(
            "the case expects nothing yet; `guildhall test --update` writes down what it does now",
        )],
    };
    if update && !problems.is_empty() {
        updated.extend(update::update(case, &observed)?);
        return Ok(Vec::new());
    }
    Ok(problems)
}
