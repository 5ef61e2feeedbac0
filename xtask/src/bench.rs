//! `bench`: measures in a release build, against a floor in the same run.

use crate::error::TaskError;
use crate::process;
use crate::repository::HOUSE;
use clap::ValueEnum;

/// What can be measured.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Bench {
    /// An invocation of a pure skill, against the same call on the raw engine
    Host,
}

/// Builds in release and measures. Not part of CI: the numbers of a busy machine mean nothing.
pub fn run(what: Bench) -> Result<(), TaskError> {
    let name = match what {
        Bench::Host => "host",
    };
    process::run(process::cargo(&HOUSE).args(["bench", "--package", "xtask", "--bench", name]))
}
