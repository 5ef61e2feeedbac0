//! An outcome in words.

use super::{escaped, hint, line, note, refusal};
use crate::card::layout::{bytes, counted, number, wrap};
use crate::host::failure_text;
use guildhall_host::{EffectReport, EffectState, Failure, LogLevel, Outcome, RunStatus, Usage};
use guildhall_package::text::plain;
use owo_colors::OwoColorize;

/// Longest line of a log, in characters.
const LOG: usize = 1_000;

/// Prints the output on standard output, and what happened on standard error.
pub fn outcome(outcome: &Outcome, program: &str) {
    for log in &outcome.logs {
        note(format_args!(
            "{} {}",
            level(log.level).dimmed(),
            plain(&log.message, LOG)
        ));
    }
    for found in &outcome.refusals {
        refusal(found);
    }
    for text in asks(outcome) {
        note(text);
    }
    if let Some(output) = outcome.output.as_ref().filter(|output| !output.is_null()) {
        match output.value() {
            Ok(value) => line(escaped(&format!("{value:#}"))),
            Err(_) => line(escaped(output.as_str())),
        }
    }
    if let Some(Failure::Operation { value }) = &outcome.failure {
        note(escaped(&format!("{value:#}")));
    }
    decided(outcome);
    if outcome.status == RunStatus::AwaitingApproval {
        hint(format_args!(
            "{program} approvals approve {}",
            outcome.invocation
        ));
    }
    note(usage(&outcome.usage).dimmed());
}

/// Why a person is asked although there are mandates; what stands among the refusals already is not said twice.
fn asks(outcome: &Outcome) -> Vec<String> {
    outcome
        .asks
        .iter()
        .filter(|ask| !outcome.refusals.iter().any(|said| said.message == **ask))
        .map(|ask| format!("{} {}", "asks you:".yellow().bold(), plain(ask, 1_000)))
        .collect()
}

/// Prints what became of the run and of each effect; what it returned was printed when it ran.
pub fn decided(outcome: &Outcome) {
    for text in verdict(outcome) {
        note(text);
    }
}

/// What became of the run, and of each effect.
fn verdict(outcome: &Outcome) -> Vec<String> {
    let effects = counted(outcome.effects.len(), "effect");
    let (word, text) = match outcome.status {
        RunStatus::Completed => ("done:".green().bold().to_string(), "nothing was left to approve".to_owned()),
        RunStatus::Committed => ("done:".green().bold().to_string(), format!("{effects} performed")),
        RunStatus::AwaitingApproval => (
            "waiting:".yellow().bold().to_string(),
            format!("{effects} for approval; nothing has been done yet"),
        ),
        RunStatus::Rejected => ("rejected:".yellow().bold().to_string(), format!("{effects} not performed")),
        RunStatus::Failed => ("failed:".red().bold().to_string(), "the operation answered with its own failure".to_owned()),
        RunStatus::Refused => ("refused:".yellow().bold().to_string(), "nothing was performed".to_owned()),
        RunStatus::Trapped => ("stopped:".red().bold().to_string(), "nothing was performed".to_owned()),
        RunStatus::Cancelled => ("cancelled:".yellow().bold().to_string(), "nothing was performed".to_owned()),
        RunStatus::Partial => ("partial:".red().bold().to_string(), "some effects are done and others are not".to_owned()),
        RunStatus::Unknown => (
            "unknown:".red().bold().to_string(),
            "nobody here knows whether everything was done; look at the places below before you try again".to_owned(),
        ),
        RunStatus::Running | RunStatus::Committing => (outcome.status.word().to_owned(), "not over yet".to_owned()),
    };
    let why = match &outcome.failure {
        None | Some(Failure::Operation { .. }) => String::new(),
        Some(failure) => format!("; {}", failure_text(failure)),
    };
    let mut lines = vec![format!("{word} {text}{why}")];
    // A rejection has one reason for all effects, which stands above.
    let details = outcome.status != RunStatus::Rejected;
    lines.extend(
        outcome
            .effects
            .iter()
            .flat_map(|report| effect(report, details)),
    );
    lines
}

fn effect(report: &EffectReport, details: bool) -> Vec<String> {
    let state = match report.state {
        EffectState::Done if report.undone => "taken back".dimmed().to_string(),
        EffectState::Done => "done".green().to_string(),
        EffectState::Pending | EffectState::Performing => report.state.word().yellow().to_string(),
        EffectState::Void => "not done".dimmed().to_string(),
        EffectState::Failed | EffectState::Unknown => report.state.word().red().bold().to_string(),
    };
    let mut lines = vec![format!("  {state}: {}", plain(&report.summary, 1_000))];
    if let (Some(detail), true) = (&report.detail, details) {
        let columns = super::width().saturating_sub(4);
        lines.extend(
            wrap(&plain(detail, 1_000), columns)
                .into_iter()
                .map(|row| format!("    {row}")),
        );
    }
    lines
}

fn usage(usage: &Usage) -> String {
    let mut parts = vec![
        format!("{} ms", number(usage.wall_ms)),
        format!("fuel {}", number(usage.fuel)),
        format!("{} of memory", bytes(usage.memory_bytes)),
        counted(
            usize::try_from(usage.host_calls).unwrap_or(usize::MAX),
            "host call",
        ),
    ];
    if usage.log_bytes_dropped > 0 {
        parts.push(format!("{} of log dropped", bytes(usage.log_bytes_dropped)));
    }
    parts.join(", ")
}

const fn level(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Debug => "skill debug:",
        LogLevel::Info => "skill:",
        LogLevel::Warn => "skill warns:",
        LogLevel::Error => "skill error:",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_host::{Refusal, RefusalKind};
    use serde_json::json;

    fn waiting() -> Outcome {
        serde_json::from_value(json!({
            "invocation": "0198c0de", "status": "awaiting_approval", "output": null, "failure": null,
            "effects": [], "refusals": [],
            "usage": {"fuel": 0, "wall_ms": 0, "memory_bytes": 0, "host_calls": 0, "bytes_in": 0, "bytes_out": 0, "log_bytes_dropped": 0},
            "logs": [], "effect_set": null, "expires_at_ms": null, "contacted": [], "sent": [], "does_not": [],
            "retention": "full", "asks": ["the limit is used up\u{1b}[2J"],
        }))
        .unwrap()
    }

    #[test]
    fn why_a_person_is_asked_is_said_once() {
        let mut outcome = waiting();
        let said = anstream::adapter::strip_str(&asks(&outcome).join("\n")).to_string();
        assert_eq!(said, "asks you: the limit is used up\\u{1b}[2J");
        let message = outcome.asks.first().unwrap().clone();
        outcome.refusals = vec![Refusal::new(RefusalKind::Denied, "wallet.limit", message)];
        assert!(asks(&outcome).is_empty());
    }
}
