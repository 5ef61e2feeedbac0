//! `attack`: every attack over the real binary, the generated ones long; what came of them in counts.

use crate::error::TaskError;
use crate::process;
use crate::report::Tally;
use crate::repository::{self, HOUSE};
use crate::test::for_tests;
use crate::{guests, setup};
use std::ops::AddAssign;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The module of the generated attacks, as a filter of tests.
const GENERATED: &str = "random::";
/// What all other attacks may take together, in seconds.
const OTHERS_SECONDS: u64 = 1_800;
/// Generated attacks, each of which is given its time or rounds: how many there are at most.
const ATTACKS: u64 = 16;

/// How long the generated attacks go on.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// Rounds of each generated attack; each round is a run with many tries, or a few runs
    #[arg(long, conflicts_with = "seconds")]
    rounds: Option<u64>,
    /// Seconds of each generated attack [default: 60]
    #[arg(long)]
    seconds: Option<u64>,
    /// Seed of the generated attacks; the same seed makes the same tries [default: the clock]
    #[arg(long)]
    seed: Option<u64>,
    /// Leave out the attacks that are written one by one
    #[arg(long)]
    only_random: bool,
}

/// Tries, and what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    tried: u64,
    denied: u64,
    escaped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.tried += other.tried;
        self.denied += other.denied;
        self.escaped += other.escaped;
    }
}

impl Counts {
    /// Reads `NAME: tried 3, denied 3, escaped 0`.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line.rsplit_once(": tried ")?;
        let (tried, rest) = counts.split_once(", denied ")?;
        let (denied, escaped) = rest.split_once(", escaped ")?;
        Some(Self {
            tried: tried.parse().ok()?,
            denied: denied.parse().ok()?,
            escaped: escaped.trim().parse().ok()?,
        })
    }

    /// An attack that is written down is one try; its test fails if it is not denied.
    const fn of_tests(tally: Tally) -> Self {
        Self {
            tried: tally.passed + tally.failed,
            denied: tally.passed,
            escaped: tally.failed,
        }
    }

    fn line(self) -> String {
        format!(
            "tried {}, denied {}, escaped {}",
            self.tried, self.denied, self.escaped
        )
    }
}

/// Builds what is attacked, attacks it, and prints the counts.
pub fn run(options: Options) -> Result<(), TaskError> {
    setup::run()?;
    let guildhall = guests::guildhall()?;
    guests::all(&guildhall)?;
    process::run(process::cargo(&HOUSE).args([
        "test",
        "--workspace",
        "--no-run",
        "--quiet",
        "--test",
        "attacks",
    ]))?;
    let mut counts = Counts::default();
    if !options.only_random {
        println!("\n=== attacks that are written one by one");
        let limit = Duration::from_secs(OTHERS_SECONDS);
        let tally = attacks(&guildhall, &["--skip", GENERATED], &[], limit)?;
        let others = Counts::of_tests(tally);
        println!("{}", others.line());
        counts += others;
    }
    counts += generated(&guildhall, options)?;
    println!("\n{}", counts.line());
    if counts.escaped == 0 && counts.tried > 0 {
        Ok(())
    } else {
        Err(TaskError::Counted)
    }
}

fn generated(guildhall: &Path, options: Options) -> Result<Counts, TaskError> {
    let seed = options.seed.unwrap_or_else(clock);
    println!("\n=== generated attacks (seed {seed})");
    let report = repository::target()?.join("attack-report.txt");
    match std::fs::remove_file(&report) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(TaskError::file(&report)(error));
        }
        _ => {}
    }
    let (length, limit) = match (options.rounds, options.seconds) {
        // A round takes less than half a minute on a machine that has other things to do.
        (Some(rounds), _) => (
            ("GUILDHALL_ATTACK_ROUNDS", rounds),
            rounds.saturating_mul(30 * ATTACKS),
        ),
        (None, seconds) => {
            let seconds = seconds.unwrap_or(60);
            (
                ("GUILDHALL_ATTACK_SECONDS", seconds),
                seconds.saturating_mul(ATTACKS),
            )
        }
    };
    let environment = [
        ("GUILDHALL_SEED", seed.to_string()),
        (length.0, length.1.to_string()),
        ("GUILDHALL_ATTACK_REPORT", report.display().to_string()),
    ];
    let limit = Duration::from_secs(limit.saturating_add(300));
    let tally = attacks(guildhall, &[GENERATED], &environment, limit)?;
    let text = std::fs::read_to_string(&report).unwrap_or_default();
    let mut counts = Counts::default();
    let mut told = 0;
    for line in text.lines() {
        println!("{line}");
        let Some(read) = Counts::read(line) else {
            return Err(TaskError::check(format!("these are no counts: {line}")));
        };
        counts += read;
        told += 1;
    }
    if told < tally.passed {
        return Err(TaskError::check(format!(
            "{} attacks passed, {told} gave their counts",
            tally.passed
        )));
    }
    // A test that failed without a count of its own broke off: nobody knows what came through.
    counts.escaped = counts.escaped.max(tally.failed);
    counts.tried = counts.denied + counts.escaped;
    Ok(counts)
}

/// Runs the attack suite with these arguments of the test harness.
fn attacks(
    guildhall: &Path,
    arguments: &[&str],
    environment: &[(&str, String)],
    limit: Duration,
) -> Result<Tally, TaskError> {
    let mut cargo = process::cargo(&HOUSE);
    cargo
        .args([
            "test",
            "--workspace",
            "--quiet",
            "--no-fail-fast",
            "--test",
            "attacks",
            "--",
        ])
        .args(arguments)
        .envs(for_tests(guildhall)?)
        .envs(environment.iter().map(|(name, value)| (name, value)));
    let ended = process::watched(&mut cargo, limit, true)?;
    let mut tally = Tally::of_test_output(ended.lines.iter().map(String::as_str));
    match ended.status {
        Some(status) if status.success() && tally.passed > 0 => {}
        Some(status) if status.success() => {
            return Err(TaskError::check("no attack was made"));
        }
        Some(_) => tally.failed = tally.failed.max(1),
        None => {
            println!("`{}` was stopped: it took too long", process::line(&cargo));
            tally.failed += 1;
        }
    }
    Ok(tally)
}

/// A seed that nobody has chosen, short enough to be typed.
fn clock() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(1, |now| u64::from(now.subsec_nanos()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_an_attack_are_read_and_summed() {
        let mut sum = Counts::default();
        for line in [
            "urls: tried 12, denied 11, escaped 1",
            "paths to read: tried 30, denied 30, escaped 0",
        ] {
            sum += Counts::read(line).unwrap_or_default();
        }
        assert_eq!(sum.line(), "tried 42, denied 41, escaped 1");
        for line in [
            "",
            "urls: tried x, denied 1, escaped 0",
            "urls: tried 1, denied 1",
            "tried 1, denied 1, escaped 0",
        ] {
            assert_eq!(Counts::read(line), None, "{line}");
        }
    }

    #[test]
    fn an_attack_whose_test_failed_has_escaped() {
        let counts = Counts::of_tests(Tally {
            passed: 7,
            failed: 2,
        });
        assert_eq!(counts.line(), "tried 9, denied 7, escaped 2");
    }
}
