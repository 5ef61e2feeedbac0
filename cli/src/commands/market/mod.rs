//! Commands around a marketplace: authors', merchants', operators'.

pub mod admin;
pub mod bundle;
pub mod buy;
pub mod consent;
pub mod earnings;
pub mod info;
pub mod install;
pub mod installed;
pub mod keys;
pub mod licences;
pub mod log;
pub mod login;
pub mod marketplace;
pub mod price;
pub mod publish;
pub mod releases;
pub mod search;
pub mod serve;
mod settings;
pub mod uninstall;
pub mod update;
pub mod watch;
pub mod witness;
pub mod yank;

use crate::output;
use guildhall_package::market::Finding;
use guildhall_package::market::Severity;
use guildhall_package::market::release::ReleaseInfo;
use guildhall_package::text::plain;
use owo_colors::OwoColorize;

/// Findings as lines: how much each weighs, what was found, what to do.
fn finding_lines(findings: &[Finding], width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for finding in findings {
        let mark = match finding.severity {
            Severity::Refuse => "refused".red().bold().to_string(),
            Severity::Warn => "warning".yellow().bold().to_string(),
            Severity::Note => "note   ".dimmed().to_string(),
        };
        let code = plain(&finding.code, 64);
        let rows = crate::card::layout::wrap(
            &format!("{} ({code})", plain(&finding.sentence, 600)),
            width.saturating_sub(10),
        );
        for (index, row) in rows.into_iter().enumerate() {
            lines.push(match index {
                0 => format!("  {mark} {row}"),
                _ => format!("          {row}"),
            });
        }
        if finding.severity != Severity::Note {
            let fix = format!("to do: {}", plain(&finding.fix, 400));
            for row in crate::card::layout::wrap(&fix, width.saturating_sub(10)) {
                lines.push(format!("          {row}"));
            }
        }
    }
    lines
}

/// Prints findings about the work.
fn show_findings(findings: &[Finding]) {
    for line in finding_lines(findings, output::width()) {
        output::note(line);
    }
}

/// Prints findings as the review statement of a release has them: nothing in it refuses.
fn show_findings_of(findings: &[guildhall_package::trust::statement::Finding]) {
    use guildhall_package::trust::statement::Severity as Weight;
    if findings.is_empty() {
        return;
    }
    output::note("");
    output::note("Review".bold());
    for finding in findings {
        let mark = match finding.severity {
            Weight::Warn => "warning".yellow().bold().to_string(),
            Weight::Note => "note   ".dimmed().to_string(),
        };
        let text = format!(
            "{} ({})",
            plain(&finding.sentence, 600),
            plain(&finding.code, 64)
        );
        let rows = crate::card::layout::wrap(&text, output::width().saturating_sub(10));
        for (index, row) in rows.into_iter().enumerate() {
            output::note(match index {
                0 => format!("  {mark} {row}"),
                _ => format!("          {row}"),
            });
        }
    }
}

/// Where a release stands, in a word.
const fn standing(release: &ReleaseInfo) -> &'static str {
    if release.revoked.is_some() {
        "revoked"
    } else if release.yanked.is_some() {
        "yanked"
    } else {
        "on the shelf"
    }
}
