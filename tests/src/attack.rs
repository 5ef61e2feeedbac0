//! Attacks by generated input: how many, from which seed, and what came of them.
//!
//! `cargo xtask test` makes a few rounds from a seed that never changes; `cargo xtask attack` says by the environment how
//! many, or how long, from which seed, and in which file it wants the counts.

use crate::kill::Seed;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::{Duration, Instant};

/// How many rounds, instead of the few of a test.
const ROUNDS: &str = "GUILDHALL_ATTACK_ROUNDS";
/// How many seconds each attack goes on, however many rounds that makes.
const SECONDS: &str = "GUILDHALL_ATTACK_SECONDS";
/// The seed of all attacks.
const SEED: &str = "GUILDHALL_SEED";
/// File to which each attack adds its counts as one line.
const REPORT: &str = "GUILDHALL_ATTACK_REPORT";
/// Escapes that are told in full, and those of which one line is told.
const TOLD: usize = 3;
const NAMED: usize = 40;

/// One attack: rounds of tries, each judged by what the far side has seen.
#[derive(Debug)]
pub struct Attack {
    /// Where its random numbers come from.
    pub seed: Seed,
    name: &'static str,
    first_seed: u64,
    rounds: u64,
    until: Option<Instant>,
    done: u64,
    denied: u64,
    harmless: u64,
    escaped: Vec<String>,
    by: BTreeMap<String, u64>,
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text}")),
    )
}

impl Attack {
    /// One by this name, with so many rounds unless the environment says otherwise.
    ///
    /// # Panics
    /// If the environment is not understood.
    #[must_use]
    pub fn new(name: &'static str, rounds: u64) -> Self {
        let first_seed = number(SEED).unwrap_or(1);
        // Each attack has numbers of its own, so that one can be repeated alone.
        let own = name.bytes().fold(first_seed, |sum, byte| {
            sum.wrapping_mul(0x0100_0000_01b3)
                .wrapping_add(u64::from(byte))
        });
        let until = number(SECONDS).map(|seconds| Instant::now() + Duration::from_secs(seconds));
        Self {
            seed: Seed::of(own),
            name,
            first_seed,
            rounds: number(ROUNDS).unwrap_or(rounds),
            until,
            done: 0,
            denied: 0,
            harmless: 0,
            escaped: Vec::new(),
            by: BTreeMap::new(),
        }
    }

    /// Whether there is another round.
    pub fn goes_on(&mut self) -> bool {
        self.done += 1;
        match self.until {
            Some(until) => Instant::now() < until,
            None => self.done <= self.rounds,
        }
    }

    /// A try that was denied, by this rule.
    pub fn denied(&mut self, rule: &str) {
        self.denied += 1;
        *self.by.entry(rule.to_owned()).or_default() += 1;
    }

    /// A try that turned out to be allowed: it counts as no try.
    pub const fn harmless(&mut self) {
        self.harmless += 1;
    }

    /// A try that came through.
    pub fn escaped(&mut self, what: impl Into<String>) {
        self.escaped.push(what.into());
    }

    /// How many were denied by rules whose name begins so.
    #[must_use]
    pub fn denied_by(&self, rule: &str) -> u64 {
        let by = self.by.iter().filter(|(name, _)| name.starts_with(rule));
        by.map(|(_, count)| count).sum()
    }

    /// Says what came of it.
    ///
    /// # Panics
    /// If anything escaped, or nothing was tried.
    #[track_caller]
    #[allow(clippy::print_stdout, reason = "shown with a test that fails")]
    pub fn ends(self) {
        let (denied, escaped) = (self.denied, self.escaped.len() as u64);
        let tried = denied + escaped;
        let line = format!(
            "{}: tried {tried}, denied {denied}, escaped {escaped}",
            self.name
        );
        println!(
            "{line} ({} were allowed; seed {})",
            self.harmless, self.first_seed
        );
        if let Some(path) = std::env::var_os(REPORT) {
            let file = OpenOptions::new().create(true).append(true).open(path);
            writeln!(file.expect("the report"), "{line}").expect("the report");
        }
        let mut by = String::new();
        for (rule, count) in &self.by {
            let _ = write!(by, "\n  {count:>6} {rule}");
        }
        println!("denied by{by}");
        let named: Vec<&str> = self
            .escaped
            .iter()
            .take(NAMED)
            .filter_map(|what| what.lines().next())
            .collect();
        assert!(
            self.escaped.is_empty(),
            "{line}\nto repeat: {SEED}={}\n{}\n\n{}",
            self.first_seed,
            self.escaped[..self.escaped.len().min(TOLD)].join("\n"),
            named.join("\n"),
        );
        assert!(tried > 0, "{line}");
    }
}
