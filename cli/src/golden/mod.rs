//! Golden cases: an operation on recorded surroundings, and what is expected of it.
//!
//! A case runs in the real sandbox with a host of its own: state in memory, files copied to a temporary folder,
//! network answers from the recording. Its effects are approved and really written there, and what is compared is
//! what is then on disk: so a case shows the whole way, the commit included.

pub mod archive;
pub mod case;
pub mod compare;
mod paths;
mod run;
mod toml_json;
mod update;
mod wallet;

pub use compare::Problem;
pub use run::Runner;

use case::Case;
use guildhall_package::Capability;
use std::collections::BTreeSet;
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
    /// What it used of the contract.
    pub uses: Uses,
}

/// What the runs of a case used of the contract, and what they tried without having declared it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// Capabilities of which at least one function was called, whatever came of it.
    pub capabilities: BTreeSet<Capability>,
    /// What the manifest does not declare and was tried, one sentence each, made plain.
    pub undeclared: BTreeSet<String>,
}

impl Uses {
    /// Adds what another run used.
    pub fn add(&mut self, other: Self) {
        self.capabilities.extend(other.capabilities);
        self.undeclared.extend(other.undeclared);
    }
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
    report(runner, folder, case::read(folder), update, columns).await
}

/// Runs a case of a stranger, which can name nothing outside `within`.
pub async fn check_within(
    runner: &Runner,
    folder: &Path,
    within: &Path,
    columns: usize,
) -> CaseReport {
    let case = case::read_within(folder, within);
    report(runner, folder, case, false, columns).await
}

async fn report(
    runner: &Runner,
    folder: &Path,
    case: Result<Case, String>,
    update: bool,
    columns: usize,
) -> CaseReport {
    let begun = Instant::now();
    let name = folder
        .file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut report = CaseReport {
        name,
        problems: Vec::new(),
        updated: Vec::new(),
        millis: 0,
        uses: Uses::default(),
    };
    let judged = match case {
        Err(error) => Err(error),
        Ok(case) => judge(runner, &case, update, columns, &mut report).await,
    };
    if let Err(error) = judged {
        report.problems.push(Problem::new(error));
    }
    report.millis = begun.elapsed().as_millis();
    report
}

async fn judge(
    runner: &Runner,
    case: &Case,
    update: bool,
    columns: usize,
    report: &mut CaseReport,
) -> Result<(), String> {
    let observed = runner.run(case, &mut report.uses).await?;
    let problems = match &case.expect {
        Some(expect) => compare::compare(case, expect, &observed, columns),
        None => vec![Problem::new(
            "the case expects nothing yet; `guildhall test --update` writes down what it does now",
        )],
    };
    if update && !problems.is_empty() {
        report.updated.extend(update::update(case, &observed)?);
    } else {
        report.problems.extend(problems);
    }
    Ok(())
}
