//! What the scripts found, as JSON.

use crate::error::TaskError;
use crate::json;
use crate::report::Tally;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// By name of the skill.
    pub skills: Vec<OfSkill>,
}

/// What one script found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfSkill {
    /// Name of the skill's folder.
    pub skill: String,
    /// What was counted.
    pub measures: Vec<Measure>,
    /// The same by market, where it differs by market.
    #[serde(default)]
    pub markets: Vec<Market>,
    /// Risk against coverage.
    #[serde(default)]
    pub curve: Vec<Point>,
    /// Disagreements, each adjudicated.
    #[serde(default)]
    pub ledger: Vec<Ruling>,
    /// Who judged.
    #[serde(default)]
    pub oracles: Vec<Oracle>,
    /// Size, fuel and what else is measured.
    #[serde(default)]
    pub figures: Vec<Figure>,
}

/// One count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// What was asked.
    pub name: String,
    /// What was aimed at; empty where nothing was.
    #[serde(default)]
    pub target: String,
    /// Whether it was reached; none where nothing was aimed at.
    pub met: Option<bool>,
    /// Questions.
    pub asked: u64,
    /// Questions that got an answer and not an abstention.
    pub answered: u64,
    /// Answers that are right.
    pub right: u64,
    /// Answers that are wrong, and said nothing of a doubt.
    pub wrong_confident: u64,
    /// Questions that were left alone.
    pub abstained: u64,
    /// What else is to be said.
    #[serde(default)]
    pub note: String,
}

/// One count for a market.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// ISO 3166-1 code, or what stands for it.
    pub market: String,
    /// Questions.
    pub asked: u64,
    /// Questions that got an answer.
    pub answered: u64,
    /// Answers that are right.
    pub right: u64,
    /// Answers that are wrong, and said nothing of a doubt.
    pub wrong_confident: u64,
    /// Questions that were left alone.
    pub abstained: u64,
}

/// How much is answered and how much of that is wrong, if only answers of a certain confidence are heeded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Which answers are heeded.
    pub what: String,
    /// Share of the questions that get an answer, 0 to 1.
    pub coverage: f64,
    /// Share of the answers that are wrong, 0 to 1.
    pub risk: f64,
}

/// A disagreement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// On what.
    pub case: String,
    /// What the skill says.
    pub ours: String,
    /// What the oracles say.
    pub theirs: String,
    /// Who is right, and why.
    pub ruling: String,
}

/// Who judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oracle {
    /// Name of the package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its licence.
    pub licence: String,
}

/// Something else that was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What.
    pub name: String,
    /// How much, with its unit.
    pub value: String,
}

impl Measured {
    /// Reads it; nothing was measured if there is no file.
    pub fn read(file: &Path) -> Result<Self, TaskError> {
        if !file.exists() {
            return Ok(Self::default());
        }
        let bytes = std::fs::read(file).map_err(TaskError::file(file))?;
        json::parse("docs/accuracy.json", &bytes)
    }

    /// Writes it.
    pub fn write(&self, file: &Path) -> Result<(), TaskError> {
        let mut text = serde_json::to_string_pretty(self)
            .map_err(|error| TaskError::check(error.to_string()))?;
        text.push('\n');
        std::fs::write(file, text).map_err(TaskError::file(file))
    }

    /// Puts what was found of a skill in the place of what was there.
    pub fn put(&mut self, found: OfSkill) {
        self.skills.retain(|skill| skill.skill != found.skill);
        self.skills.push(found);
        self.skills.sort_by(|a, b| a.skill.cmp(&b.skill));
    }

    /// Forgets skills that nothing measures any more.
    pub fn keep_only(&mut self, names: &[String]) {
        self.skills.retain(|skill| names.contains(&skill.skill));
    }

    /// Targets that were not reached.
    pub fn missed(&self) -> Vec<String> {
        let missed = |skill: &OfSkill| {
            let name = skill.skill.clone();
            let lines = skill.measures.iter().filter(|line| line.met == Some(false));
            lines
                .map(move |line| format!("{name}: {}", line.name))
                .collect::<Vec<_>>()
        };
        self.skills.iter().flat_map(missed).collect()
    }
}

impl OfSkill {
    /// One pass or failure for each target.
    pub fn tally(&self) -> Tally {
        let count = |met| {
            let lines = self.measures.iter().filter(|line| line.met == Some(met));
            u64::try_from(lines.count()).unwrap_or(u64::MAX)
        };
        Tally {
            passed: count(true),
            failed: count(false),
        }
    }

    /// Says it on the terminal.
    pub fn print(&self) {
        for line in &self.measures {
            println!(
                "{}: {}: {} asked, {} right, {} wrong but confident, {} abstained{}",
                self.skill,
                line.name,
                line.asked,
                line.right,
                line.wrong_confident,
                line.abstained,
                match line.met {
                    Some(true) => format!(" (target {}: met)", line.target),
                    Some(false) => format!(" (target {}: NOT met)", line.target),
                    None => String::new(),
                }
            );
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    /// A report with one measure that is met and one that is not.
    pub fn example() -> OfSkill {
        let text = r#"{"skill": "tax-id", "measures": [
            {"name": "all agree", "target": "100 %", "met": true, "asked": 3, "answered": 2, "right": 2, "wrong_confident": 0, "abstained": 1},
            {"name": "a | pipe", "target": "0", "met": false, "asked": 1, "answered": 1, "right": 0, "wrong_confident": 1, "abstained": 0, "note": "why"},
            {"name": "reported", "met": null, "asked": 1, "answered": 1, "right": 1, "wrong_confident": 0, "abstained": 0}],
            "markets": [{"market": "DE", "asked": 2, "answered": 2, "right": 2, "wrong_confident": 0, "abstained": 0},
                        {"market": "QQ", "asked": 1, "answered": 0, "right": 0, "wrong_confident": 0, "abstained": 1}],
            "curve": [{"what": "answered", "coverage": 0.5, "risk": 0.0}, {"what": "single source too", "coverage": 0.9, "risk": 0.1}],
            "ledger": [{"case": "DE 1", "ours": "malformed", "theirs": "valid", "ruling": "Nine digits."}],
            "oracles": [{"name": "python-stdnum", "version": "2.2", "licence": "LGPL-2.1"}],
            "figures": [{"name": "component size", "value": "83 kB"}]}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_target_is_a_pass_or_a_failure_and_the_rest_is_not_counted() {
        assert_eq!(
            example().tally(),
            Tally {
                passed: 1,
                failed: 1
            }
        );
    }

    #[test]
    fn what_is_measured_again_takes_the_place_of_what_was_measured() {
        let mut measured = Measured::default();
        measured.put(example());
        let mut again = example();
        again.measures.truncate(1);
        measured.put(again);
        assert_eq!(measured.skills.len(), 1);
        assert!(measured.missed().is_empty());
        measured.keep_only(&[]);
        assert!(measured.skills.is_empty());
    }

    #[test]
    fn a_report_with_a_word_of_its_own_is_refused() {
        let text = r#"{"skill": "a", "measures": [], "rightness": 1}"#;
        assert!(serde_json::from_str::<OfSkill>(text).is_err());
    }
}
