//! `accuracy`: how often the example skills are right, against oracles that others wrote.
//!
//! The scripts of tests/accuracy measure; this runs them all, keeps what they found as docs/accuracy.json, and writes the page and
//! the pictures from it.

mod measured;
mod page;
mod plots;
mod regions;

use crate::error::TaskError;
use crate::guests;
use crate::json;
use crate::peers;
use crate::process;
use crate::report::{Report, Tally};
use crate::repository;
use measured::{Measured, OfSkill};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What `accuracy` is asked to do.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Change nothing: say whether docs/accuracy.json is what is measured now
    #[arg(long)]
    check: bool,
    /// Measure only these skills; the others keep what was measured before
    skills: Vec<String>,
}

/// Three times what the slowest script takes in full on two quiet cores.
const OF_ONE_SKILL: Duration = Duration::from_secs(1_800);

/// What the scripts need: where the oracles are, and what is measured.
struct Bench {
    python: PathBuf,
    node: PathBuf,
    guildhall: PathBuf,
    components: PathBuf,
}

impl Bench {
    fn new(guildhall: PathBuf) -> Result<Self, TaskError> {
        let oracles = peers::oracles()?;
        Ok(Self {
            python: oracles.python,
            node: oracles.node,
            guildhall,
            components: guests::folder_of_components()?,
        })
    }

    /// Runs one script. What it prints besides its report is shown.
    fn measure(&self, script: &Path, full: bool) -> Result<OfSkill, TaskError> {
        let mut command = Command::new(&self.python);
        command
            .arg(script)
            .args(full.then_some("--full"))
            .env("GUILDHALL_BIN", &self.guildhall)
            .env("GUILDHALL_GUESTS", &self.components)
            .env("GUILDHALL_ORACLES_NODE", &self.node)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONHASHSEED", "0");
        let ended = process::watched(&mut command, OF_ONE_SKILL, false)?;
        let name = repository::shown(script);
        // A missed target ends a script with 1, and its report is there all the same.
        let Some(report) = ended.lines.iter().rfind(|line| line.starts_with('{')) else {
            return Err(TaskError::check(format!(
                "{name} printed no report:\n{}",
                ended.lines.join("\n")
            )));
        };
        let of_skill: OfSkill = json::parse(&format!("the report of {name}"), report.as_bytes())?;
        if Some(of_skill.skill.as_str()) != script.file_stem().and_then(|stem| stem.to_str()) {
            return Err(TaskError::check(format!(
                "{name} reports on {}",
                of_skill.skill
            )));
        }
        Ok(of_skill)
    }
}

/// Measures in full and writes what was found down, or compares it with what is written.
pub fn run(options: &Options) -> Result<(), TaskError> {
    // Answers are the same in every profile, and this one is built already.
    let guildhall = guests::guildhall()?;
    guests::skills(&guildhall)?;
    let bench = Bench::new(guildhall)?;
    let before = Measured::read(&file())?;
    let mut now = before.clone();
    for script in scripts()? {
        let name = stem(&script);
        if !options.skills.is_empty() && !options.skills.contains(&name) {
            continue;
        }
        println!("measuring {name}");
        let of_skill = bench.measure(&script, true)?;
        of_skill.print();
        now.put(of_skill);
    }
    now.keep_only(&scripts()?.iter().map(|path| stem(path)).collect::<Vec<_>>());
    let missed = now.missed();
    if options.check {
        if now != before {
            return Err(TaskError::check(
                "docs/accuracy.json is not what is measured now; run `cargo xtask accuracy`",
            ));
        }
        page::check(&now)?;
    } else {
        now.write(&file())?;
        page::write(&now)?;
    }
    if missed.is_empty() {
        println!("every target is met");
        return Ok(());
    }
    Err(TaskError::check(format!("not met: {}", missed.join("; "))))
}

/// A bounded part of it, for the tests: one pass or failure for each target.
pub fn add(report: &mut Report, guildhall: &Path, budget: Duration) {
    let mut bench = None;
    report.step("oracles of others", None, || {
        bench = Some(Bench::new(guildhall.to_owned())?);
        Ok(Tally::default())
    });
    let Some(bench) = bench else {
        return;
    };
    report.step("accuracy", Some(budget), || {
        let mut tally = Tally::default();
        for script in scripts()? {
            let of_skill = bench.measure(&script, false)?;
            of_skill.print();
            tally += of_skill.tally();
        }
        page::check(&Measured::read(&file())?)?;
        tally += Tally::ONE;
        Ok(tally)
    });
}

fn scripts() -> Result<Vec<PathBuf>, TaskError> {
    let folder = repository::root().join("tests/accuracy");
    let skills = repository::root().join("skills-examples");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(TaskError::file(&folder))? {
        let path = entry.map_err(TaskError::file(&folder))?.path();
        // What helps the scripts lies beside them and has no skill of its name.
        let is_script = path.extension().is_some_and(|ending| ending == "py");
        if is_script && skills.join(stem(&path)).is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn file() -> PathBuf {
    repository::root().join("docs/accuracy.json")
}
