//! The process: limits first, then the task, then the report.

use super::task::Given;
use super::{bytes, cases, limits, task};
use crate::exit::Exit;
use guildhall_host::ENGINE;
use guildhall_package::market::limits::MAX_REPORT;
use guildhall_package::market::review::{GoldenRuns, MAX_FINDINGS};
use guildhall_package::market::{Authority, Finding, ReviewReport, Severity};
use guildhall_package::text::plain;
use guildhall_package::{ReadLimits, SkillPackage};
use std::io::Write;
use std::time::Duration;

/// Reads a task on standard input, prints the report, ends.
pub fn worker() -> Exit {
    let text = limits::set()
        .map_err(|error| format!("the limits of the review can't be set: {error}"))
        .and_then(|()| task::read(std::io::stdin().lock()))
        .inspect(use_own_folder)
        .and_then(|given| reviewed(&given));
    match text {
        Ok(report) => {
            crate::output::raw(&report);
            Exit::Done
        }
        Err(error) => {
            // The parent reads this; nobody else is there if it is gone.
            let _ = std::io::stderr().write_all(plain(&error, 2_000).as_bytes());
            Exit::Fault
        }
    }
}

/// Temporary files go beside the component: whoever started this removes that folder, also if this is killed.
fn use_own_folder(given: &Given) {
    if let Some(folder) = given.task.component_file.parent() {
        // It is the first and only call.
        let _ = tempfile::env::override_temp_dir(folder);
    }
}

fn reviewed(given: &Given) -> Result<Vec<u8>, String> {
    let limit = Duration::from_millis(given.task.limit_ms);
    let report = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("the worker can't start: {error}"))?
        .block_on(async {
            tokio::time::timeout(limit, review(given))
                .await
                .unwrap_or_else(|_| {
                    Err(format!(
                        "the review took longer than {} ms",
                        limit.as_millis()
                    ))
                })
        })?;
    let text = serde_json::to_vec(&report).map_err(|error| error.to_string())?;
    if text.len() as u64 > MAX_REPORT {
        return Err(format!("the report has more than {MAX_REPORT} bytes"));
    }
    Ok(text)
}

/// Looks at a component, and runs its cases if nothing speaks against that already.
async fn review(given: &Given) -> Result<ReviewReport, String> {
    let mut report = ReviewReport {
        component: given.task.component,
        golden_digest: given.task.golden,
        engine: format!("guildhall {}, {ENGINE}", env!("CARGO_PKG_VERSION")),
        findings: Vec::new(),
        authority: Authority::default(),
        golden: GoldenRuns::default(),
        observed: Vec::new(),
    };
    let package = match SkillPackage::read_with(&given.component, &ReadLimits::default()) {
        Ok(package) => package,
        Err(error) => {
            report.findings = bounded(bytes::unreadable(&error));
            return Ok(report);
        }
    };
    report.authority = Authority::of(&package);
    report.findings = bytes::findings(&package, &given.task);
    // What no merchant's host would load is not run here either.
    if !refused(&report.findings) {
        let ran = cases::run(&given.component, &package, given.golden.as_deref()).await?;
        report.findings.extend(ran.findings);
        report.golden = ran.golden;
        report.observed = ran.observed;
    }
    report.findings = bounded(report.findings);
    Ok(report)
}

fn refused(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Refuse)
}

/// The weightiest first, and no more than a report holds.
fn bounded(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.truncate(MAX_FINDINGS);
    findings
}
