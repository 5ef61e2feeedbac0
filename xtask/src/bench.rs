//! `bench`: measures in a release build, against a floor in the same run.

use crate::debian;
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
    /// Pulling, publishing and searching in a marketplace, against nginx and Debian's docker-registry
    Marketplace,
    /// Runs of programs at a fixed rate beside a thousand browsers that listen
    Console,
    /// A tool's call over MCP, against a tool that does nothing
    Mcp,
}

/// Builds in release and measures. Not part of CI: the numbers of a busy machine mean nothing.
pub fn run(what: Bench, parts: &[String]) -> Result<(), TaskError> {
    let name = match what {
        Bench::Host => "host",
        Bench::Mcp => "mcp",
        Bench::Marketplace => {
            debian::ensure(&debian::FOR_BENCHES)?;
            "marketplace"
        }
        Bench::Console => "console",
    };
    // What most of them measure is the real binary, built in release.
    let guildhall = guests::guildhall_in_release(name)?;
    guests::all(&guildhall)?;
    process::run(
        process::cargo(&HOUSE)
            // The whole workspace, so that it shares the build of the binary.
            .args(["bench", "--workspace", "--bench", name, "--"])
            .args(parts)
            .env("GUILDHALL_BIN", guildhall)
            .env("GUILDHALL_GUESTS", guests::folder_of_components()?),
    )
}
