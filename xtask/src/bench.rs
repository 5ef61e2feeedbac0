//! `bench`: measures in a release build, against a floor in the same run.

use crate::error::TaskError;
use crate::guests;
use crate::process;
use crate::repository::HOUSE;
use clap::ValueEnum;

/// What can be measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Bench {
    /// Runs, loading, policy and memory of a host, against the raw engine
    Host,
}

/// Builds in release and measures. Not part of CI: the numbers of a busy machine mean nothing.
pub fn run(what: Bench, parts: &[String]) -> Result<(), TaskError> {
    let name = match what {
        Bench::Host => "host",
    };
    let guildhall = guests::guildhall()?;
    guests::all(&guildhall)?;
    process::run(
        process::cargo(&HOUSE)
            .args(["bench", "--package", "xtask", "--bench", name, "--"])
            .args(parts)
            .env("GUILDHALL_GUESTS", guests::folder_of_components()?),
    )
}
