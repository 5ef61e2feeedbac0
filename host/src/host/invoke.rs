//! One invocation, from the caller's side: what it asks for is read, run, and decided.

use super::decide::Deciding;
use super::ending::Ended;
use super::skill::Reach;
use super::transaction::Transaction;
use super::{Host, HostError, Skill};
use crate::invocation::{Answered, Invocation, Outcome};
use guildhall_package::manifest::SettingKind;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

impl Host {
    /// Runs one operation. Whatever rules, limits and people say is an [`Outcome`].
    ///
    /// If the future is dropped, the run is cancelled. A skill that can only compute (it imports nothing, or only `context`
    /// and `log`) runs its first moments, 10 ms at most, on the caller's thread: most are done by then. All else runs on the
    /// host's own threads.
    ///
    /// # Errors
    /// If no run came of it: an unknown operation, an input that does not fit, or a failure of the host.
    pub async fn invoke(
        &self,
        skill: &Skill,
        invocation: Invocation,
    ) -> Result<Outcome, HostError> {
        // It is moved several times from here on.
        let invocation = Box::new(invocation);
        let prepared = skill.prepared(&invocation.operation)?;
        let operation = &prepared.operation;
        let arguments = crate::values::arguments(&operation.params, &invocation.input)?;
        let settings = settings(skill, &invocation.settings)?;
        let decision = Deciding {
            tenant: invocation.tenant.clone(),
            approver: invocation.approver.clone(),
            use_mandates: invocation.use_mandates,
            retention: invocation.retention,
        };
        let answered = invocation.answered;
        let cancel = match &invocation.cancel {
            Some(token) => token.child_token(),
            None => CancellationToken::new(),
        };
        let stops_when_dropped = cancel.clone().drop_guard();
        let span = tracing::info_span!(
            "run",
            skill = skill.short_digest(),
            operation = operation.name.as_str(),
            tenant = decision.tenant.as_str(),
            invocation = tracing::field::Empty,
            status = tracing::field::Empty,
        );
        let transaction = Transaction {
            host: self.inner.clone(),
            skill: skill.clone(),
            prepared,
            arguments,
            settings,
            invocation,
            cancel,
        };
        let ended = self.on_its_thread(transaction, span.clone()).await;
        stops_when_dropped.disarm();
        let ended = ended?;
        if let Some(recording) = ended.recording {
            let journal = &self.inner.journal;
            if answered == Answered::WhenDurable || journal.has_fallen_behind() {
                recording.durable().await?;
            }
        }
        let outcome = ended.outcome;
        span.record("invocation", outcome.invocation.as_str());
        span.record("status", outcome.status.word());
        self.inner.metrics.ran(&outcome);
        self.decided(decision, outcome).await
    }

    /// A run that can't wait begins here, so that a short one costs no change of threads; what is not done when the guest first
    /// gives way goes on where guests compute.
    async fn on_its_thread(
        &self,
        transaction: Transaction,
        span: tracing::Span,
    ) -> Result<Ended, HostError> {
        let begins_here = transaction.skill.reach() == Reach::Computes;
        let guests = self.inner.threads.guests();
        let mut task = Box::pin(transaction.run().instrument(span));
        if begins_here && let Poll::Ready(ended) = first_moments(task.as_mut()) {
            return ended;
        }
        let done = guests.spawn(task).await;
        done.map_err(|error| HostError::Internal(error.to_string()))?
    }
}

/// Polls once. Nobody need be woken: who moves it polls it again.
fn first_moments<F: Future>(task: Pin<&mut F>) -> Poll<F::Output> {
    task.poll(&mut Context::from_waker(Waker::noop()))
}

/// Values of all declared settings: the merchant's, or the defaults.
fn settings(
    skill: &Skill,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, HostError> {
    let empty = BTreeMap::new();
    let declared = skill
        .package()
        .manifest
        .as_ref()
        .map_or(&empty, |manifest| &manifest.settings);
    let mut values = BTreeMap::new();
    for (name, setting) in declared {
        if let Some(default) = &setting.default {
            values.insert(name.clone(), default.clone());
        }
    }
    for (name, value) in given {
        let Some(setting) = declared.get(name) else {
            let known: Vec<&str> = declared.keys().map(String::as_str).collect();
            return Err(HostError::Setting(format!(
                "the skill declares no setting `{}`; it has: {}",
                guildhall_package::text::plain(name, 64),
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                },
            )));
        };
        check_setting(&setting.kind, value)
            .map_err(|problem| HostError::Setting(format!("the setting `{name}`: {problem}")))?;
        values.insert(name.clone(), value.clone());
    }
    Ok(values)
}

fn check_setting(kind: &SettingKind, value: &str) -> Result<(), String> {
    match kind {
        SettingKind::String if value.chars().count() > 1_000 => {
            Err("at most 1,000 characters".to_owned())
        }
        SettingKind::String => Ok(()),
        SettingKind::Integer => match value.parse::<i64>() {
            Ok(_) => Ok(()),
            Err(_) => Err("a whole number is needed".to_owned()),
        },
        SettingKind::Boolean if matches!(value, "true" | "false") => Ok(()),
        SettingKind::Boolean => Err("`true` or `false` is needed".to_owned()),
        SettingKind::Choice { choices } if choices.iter().any(|choice| choice == value) => Ok(()),
        SettingKind::Choice { choices } => Err(format!("one of {} is needed", choices.join(", "))),
    }
}
