//! What a reviewer is asked and what it answers. The verdict follows from the findings, so that no report can say one
//! thing and mean another.

use std::path::PathBuf;

use semver::Version;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use crate::capability::Capability;
use crate::{Digest, SkillName};

/// Most findings of one report.
pub const MAX_FINDINGS: usize = 200;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// A merchant should read it.
    Warn,
    /// With it nothing is released.
    Refuse,
}

/// One thing that a review found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// Stable name of the rule, for example `golden.failed`.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// What was found, for a person.
    pub sentence: String,
    /// What to do about it.
    pub fix: String,
}

/// What a review of one component found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReviewReport {
    /// Digest of the component that was looked at.
    pub component: Digest,
    /// Digest of the golden cases that were run, if there were any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden_digest: Option<Digest>,
    /// Engine and version that ran them, for example `guildhall 0.1.0, wasmtime 48.0.8`.
    pub engine: String,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Authority from bytes and manifest.
    pub authority: Authority,
    /// How the golden cases ended.
    pub golden: GoldenRuns,
    /// Capabilities that the golden cases used.
    pub observed: Vec<Capability>,
}

/// How the golden cases ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldenRuns {
    /// Cases that gave what they should.
    pub passed: u32,
    /// Cases that did not.
    pub failed: u32,
    /// Each case.
    pub cases: Vec<GoldenCase>,
}

/// How one golden case ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct GoldenCase {
    /// Its name.
    pub name: String,
    /// Whether it gave what it should.
    pub passed: bool,
    /// What was different, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What follows from a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing refuses.
    Pass,
    /// Something refuses.
    Reject,
}

impl ReviewReport {
    /// Reject if any finding refuses or any golden case failed.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let refused = self
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Refuse)
            || self.golden.failed > 0
            || self.golden.cases.iter().any(|case| !case.passed);
        if refused {
            Verdict::Reject
        } else {
            Verdict::Pass
        }
    }
}

/// What a review worker is told on its standard input: one line of JSON. It answers with a [`ReviewReport`] as JSON on
/// its standard output and ends with code 0. Everything else is no verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewTask {
    /// `publisher/skill`.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// Digest that the component must have.
    pub component: Digest,
    /// File with the component, read-only.
    pub component_file: PathBuf,
    /// Digest that the golden tar must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<Digest>,
    /// File with the golden tar, read-only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden_file: Option<PathBuf>,
    /// Authority of the last release of the same major version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Authority>,
    /// Time the worker has, in milliseconds. It is killed afterwards.
    pub limit_ms: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(severities: &[Severity], failed: u32) -> ReviewReport {
        ReviewReport {
            component: Digest::of(b"c"),
            golden_digest: None,
            engine: "none".to_owned(),
            findings: severities
                .iter()
                .map(|severity| Finding {
                    code: "a.b".to_owned(),
                    severity: *severity,
                    sentence: "S.".to_owned(),
                    fix: "F.".to_owned(),
                })
                .collect(),
            authority: Authority::default(),
            golden: GoldenRuns {
                passed: 0,
                failed,
                cases: Vec::new(),
            },
            observed: Vec::new(),
        }
    }

    #[test]
    fn one_refusal_or_one_failed_case_is_enough() {
        use Severity::{Note, Refuse, Warn};
        assert_eq!(report(&[Note, Warn], 0).verdict(), Verdict::Pass);
        assert_eq!(report(&[Note, Refuse, Note], 0).verdict(), Verdict::Reject);
        assert_eq!(report(&[], 1).verdict(), Verdict::Reject);
        let mut unsaid = report(&[], 0);
        unsaid.golden.cases.push(GoldenCase {
            name: "one".to_owned(),
            passed: false,
            problem: None,
        });
        assert_eq!(unsaid.verdict(), Verdict::Reject);
    }
}
