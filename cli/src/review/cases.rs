//! Running a stranger's golden cases: in the sandbox, with recorded answers, on files that came with them.

use super::bytes;
use super::finding::{refuse, refuse_text, warn};
use crate::golden::archive::{ArchiveLimits, UnpackError, unpack};
use crate::golden::{self, CaseReport, Problem, Runner, Uses};
use guildhall_host::{CompileError, LoadError};
use guildhall_package::market::Finding;
use guildhall_package::market::review::{GoldenCase, GoldenRuns};
use guildhall_package::text::plain;
use guildhall_package::{Capability, SkillPackage};
use std::path::Path;

/// Most cases of one release.
const MAX_CASES: usize = 200;
/// Lines of difference told of one problem.
const LINES: usize = 12;
/// Longest account of a failed case, in characters.
const PROBLEM: usize = 1_500;
/// Columns that differences are laid out for.
const COLUMNS: usize = 100;

/// What running the cases showed.
#[derive(Debug, Default)]
pub struct Ran {
    /// What was found.
    pub findings: Vec<Finding>,
    /// How the cases ended.
    pub golden: GoldenRuns,
    /// What they used.
    pub observed: Vec<Capability>,
}

impl From<Finding> for Ran {
    fn from(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            ..Self::default()
        }
    }
}

/// Loads a component as the host of a merchant would, and runs its cases.
///
/// # Errors
/// If this machine could not do that, so that nothing is known of the component.
pub async fn run(
    component: &[u8],
    package: &SkillPackage,
    golden: Option<&[u8]>,
) -> Result<Ran, String> {
    let runner = match Runner::load(component).await? {
        Ok(runner) => runner,
        Err(error) => return unloadable(error).map(Ran::from),
    };
    let ran = match golden {
        Some(archive) => archived(&runner, package, archive).await,
        None => Ok(Ran::from(warn(
            "golden.none",
            "it comes without golden cases, so nothing of what it does was tried",
            "add cases in golden/, see `guildhall test --help`, and publish again",
        ))),
    };
    runner.stop().await;
    ran
}

/// Why a merchant's host would not take it; or that ours failed.
fn unloadable(error: LoadError) -> Result<Finding, String> {
    let code = match &error {
        LoadError::Engine(_) | LoadError::Host(_) | LoadError::Compile(CompileError::Broken(_)) => {
            return Err(error.to_string());
        }
        LoadError::Compile(CompileError::Limit(_)) => "component.compile-limit",
        LoadError::Compile(_) => "component.compile",
        LoadError::TooDemanding(_) => "component.too-demanding",
        _ => "component.link",
    };
    Ok(refuse_text(
        code,
        &error.to_string(),
        "make the component smaller or simpler, and try `guildhall test` on it",
    ))
}

async fn archived(runner: &Runner, package: &SkillPackage, archive: &[u8]) -> Result<Ran, String> {
    let folder = tempfile::tempdir().map_err(|error| format!("no temporary folder: {error}"))?;
    let root = folder
        .path()
        .canonicalize()
        .map_err(|error| format!("the temporary folder: {error}"))?;
    let unpacked = match unpack(archive, &root, ArchiveLimits::default()) {
        Ok(unpacked) => unpacked,
        Err(UnpackError::Disk(error)) => return Err(format!("unpacking: {error}")),
        Err(error) => {
            return Ok(Ran::from(refuse_text(
                "golden.archive",
                &error.to_string(),
                "make the archive with `guildhall publish`",
            )));
        }
    };
    let cases = golden::find(&unpacked.skill)?;
    if cases.is_empty() {
        return Ok(Ran::from(refuse(
            "golden.empty",
            "the archive of golden cases holds no case",
            "publish with `guildhall publish`, which packs golden/ as it has to be",
        )));
    }
    if cases.len() > MAX_CASES {
        return Ok(Ran::from(refuse(
            "golden.too-many",
            format!(
                "there are {} golden cases and at most {MAX_CASES} are run",
                cases.len()
            ),
            "keep the ones that tell most",
        )));
    }
    let mut ran = Ran::default();
    let mut uses = Uses::default();
    for case in &cases {
        let mut report = golden::check_within(runner, case, &root, COLUMNS).await;
        uses.add(std::mem::take(&mut report.uses));
        ran.take(report, &root);
    }
    ran.findings.extend(uses.undeclared.iter().map(|tried| {
        refuse(
            "capability.undeclared",
            format!("in a golden case it tried what its manifest does not declare: {tried}"),
            "declare it in skill.toml with a reason, or don't try it",
        )
    }));
    ran.findings
        .extend(bytes::unused(package, &uses.capabilities));
    ran.observed = uses.capabilities.into_iter().collect();
    Ok(ran)
}

impl Ran {
    fn take(&mut self, report: CaseReport, root: &Path) {
        let name = plain(&report.name, 100);
        let passed = report.problems.is_empty();
        if passed {
            self.golden.passed += 1;
        } else {
            self.golden.failed += 1;
            self.findings.push(refuse(
                "golden.failed",
                format!("the golden case {name} does not do what it should"),
                "`guildhall test` shows the difference; correct the skill or the case",
            ));
        }
        self.golden.cases.push(GoldenCase {
            name,
            passed,
            problem: (!passed).then(|| account(&report.problems, root)),
        });
    }
}

/// What is different, in a bounded number of lines. Where the cases were unpacked is nobody's business.
fn account(problems: &[Problem], root: &Path) -> String {
    let lines = problems.iter().flat_map(|problem| {
        std::iter::once(problem.message.clone()).chain(
            problem
                .lines
                .iter()
                .take(LINES)
                .map(|line| format!("  {}", anstream::adapter::strip_str(line))),
        )
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let root = format!("{}/", root.display());
    let text = text.replace(&root, "");
    guildhall_package::text::plain_lines(&text, 40, 200)
        .join("\n")
        .chars()
        .take(PROBLEM)
        .collect()
}
