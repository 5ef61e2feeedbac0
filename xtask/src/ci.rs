//! `ci`: everything that must hold before a change lands, from a clean clone.

use crate::data;
use crate::demo;
use crate::error::TaskError;
use crate::fuzz;
use crate::licences;
use crate::process;
use crate::report::{Report, Tally};
use crate::repository::{self, Workspace};
use crate::setup;
use crate::test;
use crate::up;
use std::time::Duration;

/// Seconds for each fuzz target: enough to see that it runs and finds its way, not to find the deep ones.
const FUZZ_SECONDS: u64 = 5;

/// About three times what it took on two quiet cores.
const UP_AND_DOWN: Duration = Duration::from_secs(120);

/// Runs all steps; a failed one does not keep the others from being seen.
pub fn run() -> Result<(), TaskError> {
    let mut report = Report::default();
    report.step("room on the disk", None, || {
        repository::room().map(|()| Tally::ONE)
    });
    if !report.good() {
        return report.close();
    }
    report.step("setup", None, || setup::run().map(|()| Tally::ONE));
    if !report.good() {
        return report.close();
    }
    report.step("format", None, format);
    report.step("licences, sources, bans", None, licences::check);
    report.step("tables of the skills", None, || {
        data::run(true).map(|()| Tally::ONE)
    });
    for workspace in repository::all() {
        let name = format!("lints: {}", workspace.folder);
        report.step(&name, None, || lints(&workspace));
    }
    test::add(&mut report, &[]);
    report.step("demo", None, || demo::run().map(|()| Tally::ONE));
    report.step("up and down", Some(UP_AND_DOWN), || {
        up::check::run().map(|()| Tally::ONE)
    });
    if let Err(error) = fuzz::add(&mut report, FUZZ_SECONDS, &[]) {
        report.step("fuzz", None, || Err(error));
    }
    report.close()
}

fn format() -> Result<Tally, TaskError> {
    let mut wrong = Vec::new();
    for workspace in repository::all() {
        let mut cargo = process::cargo(&workspace);
        cargo.args(["fmt", "--all", "--check", "--", "-l"]);
        if process::run(&mut cargo).is_err() {
            wrong.push(workspace.folder);
        }
    }
    if wrong.is_empty() {
        return Ok(Tally::ONE);
    }
    Err(TaskError::check(format!(
        "run `cargo fmt --all` in {}",
        wrong.join(", ")
    )))
}

fn lints(workspace: &Workspace) -> Result<Tally, TaskError> {
    let mut cargo = process::cargo(workspace);
    cargo.args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--locked",
    ]);
    for feature in workspace.features {
        cargo.args(["--features", feature]);
    }
    process::run(cargo.args(["--", "-D", "warnings"]))?;
    Ok(Tally::ONE)
}
