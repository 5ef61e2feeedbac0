//! Outcomes as answers to a tool's caller. Pure.
//!
//! What a caller should read is an answer, also when it is bad news: errors of the protocol are often shown to nobody.

use super::approvals::Approvals;
use super::media::Shape;
use super::tools::RUN;
use crate::agents::is_over;
use guildhall_host::{EffectReport, EffectState, Failure, HostError, Outcome, Refusal, RunStatus};
use guildhall_package::text::plain;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::{Value, json};

/// Longest line of an answer, in characters.
const LINE: usize = 2_000;
/// Lines that name effects.
const EFFECTS: usize = 50;

/// What a run that is over came to.
#[must_use]
pub fn end(outcome: Outcome, shape: Shape, approvals: &Approvals) -> CallToolResult {
    let run = outcome.invocation.clone();
    let result = match outcome.status {
        RunStatus::Completed => shape.tell(outcome.output.as_ref()),
        RunStatus::Committed => {
            let words = words(&outcome, approvals);
            let mut result = shape.tell(outcome.output.as_ref());
            result.content.push(ContentBlock::text(words));
            result
        }
        _ => error(words(&outcome, approvals)),
    };
    named(result, &run)
}

/// A run that is not over, in words. `handle` is the run's, for its agent.
#[must_use]
pub fn waits(outcome: &Outcome, handle: &str, approvals: &Approvals) -> CallToolResult {
    let text = format!(
        "{}\nAsk later what became of it: call guildhall_run with run = \"{handle}\".",
        words(outcome, approvals)
    );
    named(error(text), &outcome.invocation)
}

/// An answer that says which run it is about.
pub fn named(result: CallToolResult, run: &str) -> CallToolResult {
    let mut meta = MetaObject::new();
    meta.insert(RUN.to_owned(), Value::from(run));
    result.with_meta(Some(meta))
}

/// Bad news, in words.
pub fn error(text: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// A refusal that came before any run.
pub fn refused(error: &HostError) -> CallToolResult {
    self::error(plain(&error.to_string(), LINE))
}

/// The same for who asks again: a run as data, with words.
#[must_use]
pub fn told(outcome: &Outcome, approvals: &Approvals) -> CallToolResult {
    let over = is_over(outcome.status);
    let mut told = json!({
        "run": outcome.invocation,
        "status": outcome.status.word(),
        "over": over,
        "words": words(outcome, approvals),
        "effects": outcome.effects.iter().map(effect_value).collect::<Vec<_>>(),
    });
    if over
        && let Some(output) = &outcome.output
        && let Ok(output) = output.value()
        && let Some(told) = told.as_object_mut()
    {
        told.insert("output".to_owned(), output);
    }
    named(CallToolResult::structured(told), &outcome.invocation)
}

fn effect_value(report: &EffectReport) -> Value {
    json!({
        "summary": plain(&report.summary, LINE),
        "state": report.state.word(),
        "detail": report.detail.as_deref().map(|detail| plain(detail, LINE)),
    })
}

/// What a run came to, in the host's words. What a skill says stands between quotation marks.
#[must_use]
pub fn words(outcome: &Outcome, approvals: &Approvals) -> String {
    let mut lines = vec![verdict(outcome)];
    if let Some(failure) = &outcome.failure {
        lines.push(failure_words(failure));
    }
    lines.extend(outcome.refusals.iter().flat_map(refusal_words));
    let waits = outcome.status == RunStatus::AwaitingApproval;
    lines.extend(outcome.effects.iter().take(EFFECTS).map(|report| {
        let state = if waits { "waits" } else { state(report.state) };
        let detail = report.detail.as_deref().unwrap_or_default();
        let text = plain(&format!("- {state}: {}", report.summary), LINE);
        if detail.is_empty() {
            text
        } else {
            format!("{text} ({})", plain(detail, LINE))
        }
    }));
    if let Some(more) = outcome.effects.len().checked_sub(EFFECTS + 1) {
        lines.push(format!("- and {} more", more + 1));
    }
    if waits {
        lines.extend(outcome.asks.iter().map(|ask| plain(ask, LINE)));
        lines.push(approvals.words(&outcome.invocation, outcome.expires_at_ms));
    }
    lines.join("\n")
}

fn verdict(outcome: &Outcome) -> String {
    let run = plain(&outcome.invocation, 64);
    let text = match outcome.status {
        RunStatus::Completed => "done; nothing was left to approve",
        RunStatus::Committed => "approved and done",
        RunStatus::AwaitingApproval => {
            "waits for a person's approval; nothing has been done yet, and this tool can't approve it"
        }
        RunStatus::Rejected => "rejected; nothing was done",
        RunStatus::Failed => "the operation answered with its own failure; nothing was done",
        RunStatus::Refused => "refused by a rule; nothing was done",
        RunStatus::Trapped => "it was stopped; nothing was done",
        RunStatus::Cancelled => "cancelled; nothing was done",
        RunStatus::Partial => "some of it is done and some is not",
        RunStatus::Unknown => {
            "nobody knows whether everything was done; look at the places below before trying again"
        }
        RunStatus::Running => "still at work",
        RunStatus::Committing => "approved, and being done now",
    };
    format!("Run {run}: {text}.")
}

fn failure_words(failure: &Failure) -> String {
    let text = match failure {
        Failure::Operation { value } => format!(
            "The skill's words: “{}”",
            unquoted(&plain(&value.to_string(), LINE))
        ),
        Failure::Limit { limit, message } => format!("The limit {limit} ended it: {message}"),
        Failure::Trap { message } => format!("It trapped: {message}"),
        Failure::Stopped { message } => format!("It was stopped: {message}"),
        Failure::Rejected { reason } => format!("Why: {reason}"),
    };
    plain(&text, LINE)
}

fn refusal_words(refusal: &Refusal) -> Vec<String> {
    let by = refusal
        .set
        .map_or_else(String::new, |set| format!(", by {}", set.noun()));
    let mut lines = vec![plain(
        &format!("Refused: {} ({}{by}).", refusal.message, refusal.rule),
        LINE,
    )];
    lines.extend(
        refusal
            .fix
            .as_ref()
            .map(|fix| plain(&format!("The merchant could allow it: {fix}."), LINE)),
    );
    lines
}

const fn state(state: EffectState) -> &'static str {
    match state {
        EffectState::Void => "not done",
        other => other.word(),
    }
}

/// Text without the marks that would close a quotation.
#[must_use]
pub fn unquoted(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '“' | '”' | '„' | '‟' | '«' | '»' | '"' | '＂' => '\'',
            other => other,
        })
        .collect()
}
