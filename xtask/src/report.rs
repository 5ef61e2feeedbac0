//! Steps with a time budget, and the counts that close a run.

use crate::error::TaskError;
use std::io::Write;
use std::ops::AddAssign;
use std::time::{Duration, Instant};

/// Tests or checks that passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

impl Tally {
    /// One check that passed: for steps that count nothing themselves.
    pub const ONE: Self = Self {
        passed: 1,
        failed: 0,
    };

    /// Adds what the closing lines of `cargo test` say: `test result: ok. 12 passed; 0 failed; …`.
    pub fn of_test_output<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let mut tally = Self::default();
        for line in lines {
            let Some((_, counts)) = line.split_once("test result: ") else {
                continue;
            };
            for part in counts.split([';', '.']) {
                match part.trim().split_once(' ') {
                    Some((count, "passed")) => tally.passed += count.parse().unwrap_or(0),
                    Some((count, "failed")) => tally.failed += count.parse().unwrap_or(0),
                    _ => {}
                }
            }
        }
        tally
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The steps done so far.
#[derive(Default)]
pub struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: String,
    took: Duration,
    budget: Option<Duration>,
    tally: Tally,
    problem: Option<String>,
}

impl Report {
    /// Does one step. `budget` is a promise: a step that takes longer has failed.
    pub fn step(
        &mut self,
        name: &str,
        budget: Option<Duration>,
        work: impl FnOnce() -> Result<Tally, TaskError>,
    ) {
        println!("\n=== {name}");
        let _ = std::io::stdout().flush();
        let start = Instant::now();
        let (mut tally, mut problem) = match work() {
            Ok(tally) => (tally, None),
            Err(TaskError::Counted) => (Tally::default(), Some("failed".to_owned())),
            Err(error) => (Tally::default(), Some(error.to_string())),
        };
        let took = start.elapsed();
        if problem.is_none() && tally.failed > 0 {
            problem = Some(format!("{} failed", tally.failed));
        }
        if problem.is_none() && budget.is_some_and(|budget| took > budget) {
            problem = Some("took longer than its budget".to_owned());
        }
        if problem.is_some() && tally.failed == 0 {
            tally.failed = 1;
        }
        let step = Step {
            name: name.to_owned(),
            took,
            budget,
            tally,
            problem,
        };
        println!("--- {}", step.line());
        let _ = std::io::stdout().flush();
        self.steps.push(step);
    }

    /// Whether every step so far has passed.
    pub fn good(&self) -> bool {
        self.steps.iter().all(|step| step.problem.is_none())
    }

    /// Prints all steps with their times, then the counts alone on the last line.
    pub fn close(self) -> Result<(), TaskError> {
        let mut total = Tally::default();
        let mut took = Duration::ZERO;
        println!("\n=== all steps");
        for step in &self.steps {
            println!("{}", step.line());
            total += step.tally;
            took += step.took;
        }
        println!("{:>7.1} s in all", took.as_secs_f64());
        println!("{} passed, {} failed", total.passed, total.failed);
        if self.good() && total.failed == 0 {
            Ok(())
        } else {
            Err(TaskError::Counted)
        }
    }
}

impl Step {
    fn line(&self) -> String {
        let budget = self.budget.map_or_else(
            || " ".repeat(12),
            |budget| format!(" of {:>5} s  ", budget.as_secs()),
        );
        let counts = format!("{} passed, {} failed", self.tally.passed, self.tally.failed);
        let problem = self
            .problem
            .as_ref()
            .map_or_else(String::new, |text| format!("  FAILED: {text}"));
        format!(
            "{:>7.1} s{budget} {}: {counts}{problem}",
            self.took.as_secs_f64(),
            self.name
        )
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_several_test_binaries_are_summed() {
        let lines = [
            "running 3 tests",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "2 passed by the way",
            "test result: ok. 40 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.50s",
        ];
        assert_eq!(
            Tally::of_test_output(lines),
            Tally {
                passed: 42,
                failed: 1
            }
        );
    }

    #[test]
    fn a_step_that_fails_or_overruns_is_counted() {
        let mut report = Report::default();
        report.step("fine", Some(Duration::from_secs(5)), || Ok(Tally::ONE));
        assert!(report.good());
        report.step("late", Some(Duration::ZERO), || Ok(Tally::ONE));
        assert!(!report.good());
        assert!(matches!(report.close(), Err(TaskError::Counted)));
    }

    #[test]
    fn an_error_without_counts_is_one_failure() {
        let mut report = Report::default();
        report.step("broken", None, || Err(TaskError::check("no")));
        assert_eq!(report.steps.first().unwrap().tally.failed, 1);
    }
}
