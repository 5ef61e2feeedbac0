//! Random runs, killed at random places on a disk that forgets, and what is left of them. Which runs, which places and which
//! losses follow from one number, so that what was found can be had again.

mod act;
pub mod count;
pub mod office;
pub mod points;

use act::Sweep;
pub use points::Point;
use std::collections::BTreeMap;
use std::fmt;

/// Runs over one home. A new home begins with nothing lost.
const RUNS_OF_A_HOME: u32 = 20;

/// Numbers that follow from a number (xorshift64).
#[derive(Debug, Clone, Copy)]
pub struct Seed(u64);

impl Seed {
    /// From any number.
    #[must_use]
    pub const fn of(number: u64) -> Self {
        // Spread, and never zero.
        Self(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one.
    pub const fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        (self.draw() >> 11) % end
    }
}

/// What came of a sweep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs, exports and undos that were begun.
    pub runs: u64,
    /// Commands that were killed.
    pub kills: u64,
    /// How often the power was cut as well.
    pub cuts: u64,
    /// Changes of the disk that were lost by that, at least in part.
    pub changes_lost: u64,
    /// Papers that were approved and not taken back, whoever died.
    pub approved: u64,
    /// Papers that were approved and taken back.
    pub undone: u64,
    /// Credits on payees' accounts, and orders in files for the bank.
    pub paid: u64,
    /// Files in the folder.
    pub written: u64,
    /// Messages at their receiver.
    pub told: u64,
    /// Effects that were approved and are not there.
    pub lost: u64,
    /// Effects that are there twice.
    pub doubled: u64,
    /// Effects that nobody approved, or that were taken back and are there.
    pub undue: u64,
    /// Runs of which the product says that it does not know their end.
    pub unknown: u64,
    /// Holds that nothing resolved.
    pub unresolved: u64,
    /// How often a command was killed at each place.
    pub points: BTreeMap<String, u64>,
    /// What was found, in words.
    pub findings: Vec<String>,
}

impl Counts {
    /// Whether everything was done once, and nothing else was done.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.lost + self.doubled + self.undue + self.unresolved == 0 && self.findings.is_empty()
    }

    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.kills += other.kills;
        self.cuts += other.cuts;
        self.changes_lost += other.changes_lost;
        self.approved += other.approved;
        self.undone += other.undone;
        self.paid += other.paid;
        self.written += other.written;
        self.told += other.told;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.undue += other.undue;
        self.unknown += other.unknown;
        self.unresolved += other.unresolved;
        for (point, kills) in other.points {
            *self.points.entry(point).or_default() += kills;
        }
        self.findings.extend(other.findings);
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} runs, {} kills, {} power cuts ({} changes lost); {} approved and {} taken back: {} payments, {} files, {} messages; \
             {} lost, {} doubled, {} undue, {} unknown, {} unresolved",
            self.runs,
            self.kills,
            self.cuts,
            self.changes_lost,
            self.approved,
            self.undone,
            self.paid,
            self.written,
            self.told,
            self.lost,
            self.doubled,
            self.undue,
            self.unknown,
            self.unresolved
        )
    }
}

/// Makes so many runs; `progress` hears the counts after each home.
///
/// # Panics
/// If the product does something that has no place in the counts, for example does not start again.
pub fn sweep(runs: u32, seed: u64, mut progress: impl FnMut(&Counts)) -> Counts {
    let mut counts = Counts::default();
    let mut left = runs;
    for home in 0_u64.. {
        if left == 0 {
            break;
        }
        let some = left.min(RUNS_OF_A_HOME);
        left -= some;
        // No two homes of any two seeds alike.
        let seed = Seed::of(seed.wrapping_mul(1_000_003).wrapping_add(home));
        counts.add(Sweep::new(seed).run(some));
        progress(&counts);
    }
    counts
}
