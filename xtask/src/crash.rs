//! `crash`: long sweeps of runs that are killed on a disk that forgets. docs/durability.md says what they count.

use crate::error::TaskError;
use crate::guests;
use crate::json;
use crate::process;
use crate::repository::{self, HOUSE};
use std::path::PathBuf;
use std::process::Command;

/// Builds what is needed and makes so many runs.
pub fn run(runs: u32, seed: u64) -> Result<(), TaskError> {
    let guildhall = guests::guildhall()?;
    guests::all(&guildhall)?;
    let sweep = sweep()?;
    process::run(
        Command::new(sweep)
            .args(["--runs", &runs.to_string(), "--seed", &seed.to_string()])
            .env("GUILDHALL_BIN", guildhall)
            .env("GUILDHALL_GUESTS", guests::folder_of_components()?),
    )
}

/// The program that sweeps. The whole workspace's features are chosen, as for `guildhall`.
fn sweep() -> Result<PathBuf, TaskError> {
    const NAME: &str = "guildhall-crash";
    let messages = process::output(process::cargo(&HOUSE).args([
        "build",
        "--workspace",
        "--bin",
        NAME,
        "--message-format",
        "json-render-diagnostics",
    ]))?;
    json::executables(&messages)
        .into_iter()
        .find(|(name, _)| name == NAME)
        .map(|(_, path)| path)
        .ok_or_else(|| TaskError::check(format!("cargo built no `{NAME}`")))
}

/// The library that sets a program's clock wrong.
pub fn clock() -> Result<PathBuf, TaskError> {
    process::run(process::cargo(&HOUSE).args([
        "build",
        "--quiet",
        "--package",
        "guildhall-clock",
    ]))?;
    Ok(repository::target()?.join("debug/libguildhall_clock.so"))
}
