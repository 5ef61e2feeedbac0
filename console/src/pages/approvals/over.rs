//! What became of a card.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_host::{ApprovalFacts, EffectState, Failure, Outcome, RunStatus, SkillIdentity};
use guildhall_package::text::plain;

use super::card::Problem;
use crate::app::App;
use crate::approvals::card::Who;
use crate::approvals::desk::Over;
use crate::pages::answer::Other;
use crate::pages::frame::{Frame, Section, with_status};
use crate::pages::hints;
use crate::pages::visitor::Visitor;
use crate::pages::words::{When, sentence, when};

/// Whether who reads has decided in this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    Now,
    Before,
}

/// One effect, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) summary: String,
    pub(super) state: &'static str,
    pub(super) class: &'static str,
    pub(super) detail: Option<String>,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct After {
    pub(super) run: String,
    pub(super) who: Who,
    pub(super) title: String,
    pub(super) class: &'static str,
    /// What it means, in a sentence or two.
    pub(super) meaning: String,
    pub(super) by: Option<String>,
    pub(super) at: Option<When>,
    pub(super) reason: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) refusals: Vec<String>,
    /// Whether it goes on by itself.
    pub(super) goes_on: bool,
    /// Whether there is a receipt of it.
    pub(super) receipt: bool,
}

impl After {
    /// Of an outcome.
    pub(super) fn of(
        skill: &SkillIdentity,
        outcome: &Outcome,
        over: Option<Over>,
        facts: Option<&ApprovalFacts>,
        done: Done,
    ) -> Self {
        let (title, class, meaning) = words(outcome.status, facts);
        let reason = match &outcome.failure {
            Some(Failure::Rejected { reason }) if facts.is_some() => Some(plain(reason, 400)),
            _ => None,
        };
        let who = Who::of(skill);
        let title = match done {
            Done::Now => title.to_owned(),
            Done::Before if facts.is_some() => format!("Already decided: {}", lower(title)),
            Done::Before => title.to_owned(),
        };
        Self {
            run: outcome.invocation.clone(),
            who,
            title,
            class,
            meaning: meaning.to_owned(),
            by: over.and_then(|over| over.by).map(|by| sentence(&by)),
            at: facts.map(|facts| when(facts.decided_at_ms)),
            reason,
            lines: outcome
                .effects
                .iter()
                .map(|effect| {
                    let (state, class) = state(effect.state);
                    Line {
                        summary: sentence(&plain(&effect.summary, 600)),
                        state,
                        class,
                        detail: hints::of_effect(effect),
                    }
                })
                .collect(),
            refusals: outcome.refusals.iter().map(hints::told).collect(),
            goes_on: matches!(outcome.status, RunStatus::Committing | RunStatus::Running),
            receipt: !matches!(
                outcome.status,
                RunStatus::Committing | RunStatus::Running | RunStatus::AwaitingApproval
            ),
        }
    }
}

fn lower(title: &str) -> String {
    let mut letters = title.chars();
    letters
        .next()
        .map(|first| first.to_lowercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What a status is called, how it looks and what it means.
const fn words(
    status: RunStatus,
    facts: Option<&ApprovalFacts>,
) -> (&'static str, &'static str, &'static str) {
    match status {
        RunStatus::Committed => ("Done", "good", "Everything on the card was performed."),
        RunStatus::Completed => (
            "Finished",
            "good",
            "The run ended well. It wanted nothing done.",
        ),
        RunStatus::Committing => (
            "Being done",
            "work",
            "It was approved and is being performed. This page tells when it is done.",
        ),
        RunStatus::Partial => (
            "Done in part",
            "bad",
            "Some of it was performed, and some of it was not. Each line below says which.",
        ),
        RunStatus::Unknown => (
            "The outcome is not known",
            "bad",
            "At least one part may have been performed or not, and nobody here can tell. It is never tried again by itself: \
             ask at the other side before you repeat it.",
        ),
        RunStatus::Rejected => match facts {
            Some(_) => (
                "Rejected",
                "none",
                "Nothing of it was done, and nothing of it will be.",
            ),
            None => (
                "Expired",
                "none",
                "Nobody decided in time. Nothing of it was done; to have it done, the skill has to run again.",
            ),
        },
        RunStatus::Refused => (
            "Not done",
            "bad",
            "A rule stopped it before the first part. Nothing of it was performed.",
        ),
        RunStatus::Failed => ("The skill failed", "bad", "Nothing of it was done."),
        RunStatus::Trapped => ("The skill broke off", "bad", "Nothing of it was done."),
        RunStatus::Cancelled => ("Stopped", "none", "Nothing of it was done."),
        RunStatus::Running => (
            "Still running",
            "work",
            "The skill is at work. There is nothing to decide yet.",
        ),
        RunStatus::AwaitingApproval => (
            "It waits for a decision",
            "work",
            "Nothing of it has been done yet.",
        ),
    }
}

/// What the state of an effect is called, and how it looks.
const fn state(state: EffectState) -> (&'static str, &'static str) {
    match state {
        EffectState::Pending => ("waits", "work"),
        EffectState::Performing => ("being done", "work"),
        EffectState::Done => ("done", "good"),
        EffectState::Failed => ("failed", "bad"),
        EffectState::Unknown => ("not known", "bad"),
        EffectState::Void => ("not done", "none"),
    }
}

#[derive(Template)]
#[template(path = "decided.html")]
struct Page {
    frame: Frame,
    after: After,
    problem: Option<Problem>,
}

/// The page.
pub(super) fn page(
    app: &App,
    visitor: &Visitor,
    after: After,
    problem: Option<Problem>,
) -> Result<Response, Other> {
    let status = problem
        .as_ref()
        .map_or(StatusCode::OK, |problem| problem.status);
    let title = format!("{}: {}", after.title, after.who.name);
    let template = Page {
        frame: Frame::new(app, visitor, title, Section::Approvals),
        after,
        problem,
    };
    with_status(status, &template)
}

/// Of one of several that were decided together, in a few words.
pub(super) const fn brief(status: RunStatus) -> (&'static str, &'static str) {
    let (title, class, _) = words(status, None);
    (title, class)
}
