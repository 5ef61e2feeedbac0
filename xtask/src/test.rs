//! `test`: the tests in tiers, each within its budget. A missing tool is a failure and not a skip.

use crate::accuracy;
use crate::browser;
use crate::crash;
use crate::docs;
use crate::embed;
use crate::error::TaskError;
use crate::guests::{self, Guest};
use crate::json;
use crate::peers;
use crate::process;
use crate::report::{Report, Tally};
use crate::repository::{self, GUEST_WORKSPACES, HOUSE, Workspace};
use crate::setup;
use clap::ValueEnum;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How many tests run at once. An end-to-end test waits a fifth of its time for programs that themselves wait: one more than there
/// are cores keeps those busy (two cores: journeys 364 s with two, 297 s with four).
const THREADS: &str = "RUST_TEST_THREADS";

/// A tier. Building is not counted in its budget; each budget is about three times what it took on two quiet cores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tier {
    /// Unit tests, property tests and documentation examples of the house
    Unit,
    /// The rules of the house: boundaries, rooms, sizes, promises
    House,
    /// The documentation of every public item, without a warning
    Docs,
    /// Unit tests of the SDK and the skills, on this machine
    Guests,
    /// The skills' golden cases, through the real `guildhall test`
    Golden,
    /// How often the example skills are right: a bounded part of `cargo xtask accuracy`
    Accuracy,
    /// The embedding example, over real invoices
    Embed,
    /// Journeys, attacks and crashes over the real binaries
    E2e,
    /// The pages of a marketplace in a real browser
    Browser,
}

impl Tier {
    const fn budget(self) -> Duration {
        Duration::from_secs(match self {
            Self::Unit => 360,
            Self::House | Self::Embed => 60,
            Self::Guests | Self::Golden => 180,
            Self::Accuracy => 300,
            Self::Browser => 600,
            Self::E2e => 1_800,
            // This one is nothing but building.
            Self::Docs => 900,
        })
    }
}

/// Runs the tiers, all of them if none is named.
pub fn run(tiers: &[Tier]) -> Result<(), TaskError> {
    let mut report = Report::default();
    if tiers.is_empty() {
        repository::room()?;
    }
    add(&mut report, tiers);
    report.close()
}

/// Adds the tiers to a report.
pub fn add(report: &mut Report, tiers: &[Tier]) {
    let wanted = |tier| tiers.is_empty() || tiers.contains(&tier);
    report.step("tools", None, || setup::run().map(|()| Tally::default()));
    if wanted(Tier::Unit) || wanted(Tier::House) || wanted(Tier::E2e) || wanted(Tier::Browser) {
        report.step("build: tests", None, || {
            process::run(process::cargo(&HOUSE).args([
                "test",
                "--workspace",
                "--no-run",
                "--quiet",
            ]))?;
            Ok(Tally::default())
        });
    }
    let Some(targets) = step(report, "targets", Targets::find) else {
        return;
    };
    if wanted(Tier::Unit) {
        report.step("unit", Some(Tier::Unit.budget()), || {
            let mut tally = tests(&HOUSE, &targets.unit_arguments(), Tier::Unit, &[])?;
            tally += tests(&HOUSE, &["--workspace", "--doc"], Tier::Unit, &[])?;
            Ok(tally)
        });
    }
    if wanted(Tier::House) {
        report.step("house", Some(Tier::House.budget()), || {
            tests(
                &HOUSE,
                &["--workspace", "--test", "house"],
                Tier::House,
                &[],
            )
        });
    }
    if wanted(Tier::Docs) {
        report.step("docs", Some(Tier::Docs.budget()), docs::check);
    }
    if wanted(Tier::Guests) {
        add_guest_tests(report);
    }
    let over_the_binary = [
        Tier::Golden,
        Tier::Accuracy,
        Tier::Embed,
        Tier::E2e,
        Tier::Browser,
    ];
    if !over_the_binary.into_iter().any(wanted) {
        return;
    }
    let Some((guildhall, built)) = step(report, "build: guildhall and guests", || {
        let guildhall = guests::guildhall()?;
        let built = guests::all(&guildhall)?;
        Ok((guildhall, built))
    }) else {
        return;
    };
    if wanted(Tier::Golden) {
        report.step("golden", Some(Tier::Golden.budget()), || {
            golden(&guildhall, &built)
        });
    }
    if wanted(Tier::Accuracy) {
        accuracy::add(report, &guildhall, Tier::Accuracy.budget());
    }
    if wanted(Tier::Embed)
        && let Some(example) = step(report, "build: embed", embed::build)
    {
        report.step("embed", Some(Tier::Embed.budget()), || {
            embed::check(&example, &built)
        });
    }
    if !wanted(Tier::E2e) && !wanted(Tier::Browser) {
        return;
    }
    let Some(places) = step(report, "build: clients of others, clock", || {
        for_tests(&guildhall)
    }) else {
        return;
    };
    if wanted(Tier::E2e) {
        let arguments = targets.e2e_arguments();
        report.step("e2e", Some(Tier::E2e.budget()), || {
            tests(&HOUSE, &arguments, Tier::E2e, &places)
        });
    }
    if wanted(Tier::Browser)
        && let Some(tools) = step(report, "browser and axe-core", browser::ensure)
    {
        let mut places = places.to_vec();
        places.push(("GUILDHALL_CHROMEDRIVER", tools.driver));
        places.push(("GUILDHALL_AXE", tools.axe));
        report.step("browser", Some(Tier::Browser.budget()), || {
            let arguments = ["--workspace", "--test", "browser"];
            tests(&HOUSE, &arguments, Tier::Browser, &places)
        });
    }
}

/// A step whose result later steps need.
fn step<T>(
    report: &mut Report,
    name: &str,
    work: impl FnOnce() -> Result<T, TaskError>,
) -> Option<T> {
    let mut result = None;
    report.step(name, None, || {
        result = Some(work()?);
        Ok(Tally::default())
    });
    result
}

/// Where the end-to-end tests find what they run. What of it is missing is built or installed: not in a step whose time counts.
pub fn for_tests(guildhall: &Path) -> Result<[(&'static str, PathBuf); 6], TaskError> {
    Ok([
        ("GUILDHALL_BIN", guildhall.to_owned()),
        ("GUILDHALL_GUESTS", guests::folder_of_components()?),
        ("GUILDHALL_CLOCK", crash::clock()?),
        ("GUILDHALL_PEERS_PYTHON", peers::ensure()?),
        ("GUILDHALL_PEERS_CLIENTS", peers::clients()?),
        ("GUILDHALL_PEERS_NODE", peers::node()?),
    ])
}

fn add_guest_tests(report: &mut Report) {
    for workspace in GUEST_WORKSPACES
        .iter()
        .filter(|workspace| workspace.native_tests)
    {
        let mut arguments = vec!["--workspace", "--locked"];
        for feature in workspace.features {
            arguments.extend(["--features", feature]);
        }
        let name = format!("guests: {}", workspace.folder);
        let built = step(report, &format!("build: {}", workspace.folder), || {
            process::run(
                process::cargo(workspace)
                    .args(["test", "--no-run", "--quiet"])
                    .args(&arguments),
            )
        });
        if built.is_some() {
            report.step(&name, Some(Tier::Guests.budget()), || {
                tests(workspace, &arguments, Tier::Guests, &[])
            });
        }
    }
}

/// `cargo test` with these arguments; what it takes beyond the budget by half is stopped.
fn tests(
    workspace: &Workspace,
    arguments: &[&str],
    tier: Tier,
    environment: &[(&str, PathBuf)],
) -> Result<Tally, TaskError> {
    let mut cargo = process::cargo(workspace);
    cargo
        .args(["test", "--quiet", "--no-fail-fast"])
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)));
    if tier == Tier::E2e && std::env::var_os(THREADS).is_none() {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        cargo.env(THREADS, cores.saturating_add(1).to_string());
    }
    let ended = process::watched(&mut cargo, tier.budget().mul_f64(1.5), true)?;
    let mut tally = Tally::of_test_output(ended.lines.iter().map(String::as_str));
    match ended.status {
        Some(status) if status.success() && tally.passed == 0 => Err(TaskError::check(format!(
            "`{}` ran no test",
            process::line(&cargo)
        ))),
        Some(status) if status.success() => Ok(tally),
        Some(_) => {
            // Something that is no test failed: a build, a crash.
            tally.failed = tally.failed.max(1);
            Ok(tally)
        }
        None => {
            println!(
                "`{}` was stopped: it took far longer than its budget",
                process::line(&cargo)
            );
            tally.failed += 1;
            Ok(tally)
        }
    }
}

/// What `guildhall test --json` prints.
#[derive(Deserialize)]
struct Golden {
    passed: u64,
    failed: u64,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    passed: bool,
    problems: serde_json::Value,
}

fn golden(guildhall: &Path, guests: &[Guest]) -> Result<Tally, TaskError> {
    let home = tempfile::tempdir().map_err(TaskError::file("temporary folder"))?;
    let mut tally = Tally::default();
    for guest in guests
        .iter()
        .filter(|guest| guest.folder.join("golden").is_dir())
    {
        let output = Command::new(guildhall)
            .args(["test", "--json", "--component"])
            .args([&guest.component, &guest.folder])
            .env("GUILDHALL_HOME", home.path())
            .output()
            .map_err(|source| TaskError::Start {
                program: "guildhall".to_owned(),
                source,
            })?;
        let golden: Golden = json::parse(
            &format!("`guildhall test --json` of {}", guest.name),
            &output.stdout,
        )?;
        println!(
            "{}: {} passed, {} failed",
            guest.name, golden.passed, golden.failed
        );
        for case in golden.cases.iter().filter(|case| !case.passed) {
            println!("  {} {}: {:#}", guest.name, case.name, case.problems);
        }
        tally += Tally {
            passed: golden.passed,
            failed: golden.failed,
        };
    }
    if tally.passed == 0 {
        return Err(TaskError::check("no golden case was found"));
    }
    Ok(tally)
}

/// What can be tested in the house.
struct Targets {
    bins: Vec<String>,
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    test: bool,
}

impl Targets {
    fn find() -> Result<Self, TaskError> {
        let metadata = process::output(process::cargo(&HOUSE).args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
        ]))?;
        let metadata: Metadata = json::parse("the output of `cargo metadata`", &metadata)?;
        let named = |kind: &str| {
            let targets = metadata
                .packages
                .iter()
                .flat_map(|package| &package.targets);
            targets
                .filter(|target| target.test && target.kind.iter().any(|name| name == kind))
                .map(|target| target.name.clone())
                .collect()
        };
        Ok(Self {
            bins: named("bin"),
            tests: named("test"),
        })
    }

    /// Libraries and programs, without the integration tests. The whole workspace is always selected, so that every
    /// tier uses the same build of each dependency.
    fn unit_arguments(&self) -> Vec<&str> {
        let bins = self.bins.iter().flat_map(|name| ["--bin", name]);
        ["--workspace", "--lib"].into_iter().chain(bins).collect()
    }

    fn e2e_arguments(&self) -> Vec<&str> {
        let tests = self
            .tests
            .iter()
            // Each of these is a tier of its own.
            .filter(|name| !["house", "browser"].contains(&name.as_str()))
            .flat_map(|name| ["--test", name]);
        std::iter::once("--workspace").chain(tests).collect()
    }
}
