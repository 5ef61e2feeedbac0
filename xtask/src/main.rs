//! `cargo xtask`: set-up, demo, up, down, test, attack, crash, fuzz, bench, data and ci of this repository, in Rust instead of shell.
//!
//! Use this when you want what CI does, or a part of it. Don't put here what the product needs: nothing of the product
//! imports this crate, and this crate imports nothing of the product; it drives the real binaries.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

mod accuracy;
mod attack;
mod bench;
mod browser;
mod ci;
mod crash;
mod data;
mod debian;
mod demo;
mod docs;
mod embed;
mod error;
mod fuzz;
mod guests;
mod json;
mod licences;
mod peers;
mod process;
mod promises;
mod report;
mod repository;
mod setup;
mod test;
mod up;

use clap::{Parser, Subcommand};
use error::TaskError;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Set-up, demo, test, attack, crash, fuzz, bench and ci of this repository"
)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install the two WebAssembly targets and check that every other tool is there
    Setup,
    /// Build the example skills and the tests' guests into target/guests
    Guests,
    /// Show the product: build it, build the skills, and run them on real documents
    Demo,
    /// Start a marketplace, its witness and a console with the example skills, leave them running, and print one link
    Up {
        /// Check in a folder of its own that `up` and `down` do what they say, and leave nothing running
        #[arg(long)]
        check: bool,
    },
    /// Stop what `up` has started; what it keeps stays
    Down,
    /// Run the tests in tiers, each within its time budget
    Test {
        /// Only these tiers
        #[arg(value_enum)]
        tiers: Vec<test::Tier>,
    },
    /// Make the tables of the example skills from the packages that skills-examples/data.toml pins
    Data {
        /// Write nothing: fail if a table is not what the generator makes
        #[arg(long)]
        check: bool,
    },
    /// Kill runs at random places on a disk that forgets, and count what is lost and what is done twice
    Crash {
        /// How many runs
        #[arg(long, default_value_t = 400)]
        runs: u32,
        /// A number to repeat them by
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Fuzz everything that is parsed, guided by coverage
    Fuzz {
        /// Seconds for each target
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Only these targets; those of the guests have the prefix guests/
        targets: Vec<String>,
    },
    /// Attack the real binary: everything in tests/attacks, the generated attacks long; prints what was tried, denied and escaped
    Attack(attack::Options),
    /// Measure how often the example skills are right, against oracles of others, and write docs/accuracy.md
    Accuracy(accuracy::Options),
    /// Measure against a floor or peers in the same run (release build)
    Bench {
        /// What to measure
        #[arg(value_enum)]
        what: bench::Bench,
        /// Only these parts. Of host: one-caller, many-callers, effects, policy, load, json, memory, journal, pool; of
        /// marketplace: blob, manifest, tiles, publish, upload, search, crowd
        parts: Vec<String>,
    },
    /// Check licences, sources and banned crates of all dependencies
    Licences,
    /// Write docs/promises.md from tests/promises.toml
    Promises,
    /// Everything that CI checks
    Ci,
}

fn main() -> ExitCode {
    // The fuzz build runs this program again in place of rustc.
    if let Some(code) = fuzz::rustc_wrapper() {
        return code;
    }
    let result = match Cli::parse().task {
        Task::Setup => setup::run(),
        Task::Guests => guests::run(),
        Task::Demo => demo::run(),
        Task::Up { check: true } => up::check::run(),
        Task::Up { check: false } => up::up(),
        Task::Down => up::down(),
        Task::Test { tiers } => test::run(&tiers),
        Task::Data { check } => data::run(check),
        Task::Crash { runs, seed } => crash::run(runs, seed),
        Task::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Task::Attack(options) => attack::run(options),
        Task::Accuracy(options) => accuracy::run(&options),
        Task::Bench { what, parts } => bench::run(what, &parts),
        Task::Licences => licences::run(),
        Task::Promises => promises::run(),
        Task::Ci => ci::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // What failed has been said where it happened; the counts stay the last line.
        Err(TaskError::Counted) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
