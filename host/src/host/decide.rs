//! Decisions: of people, of the code that stands for one, and of standing mandates.

use super::{Host, HostError};
use crate::approvals::{Approver, Decision, MandateTerms};
use crate::clock::wall_clock_ms;
use crate::invocation::{Outcome, Performed, RunStatus, Tenant};
use crate::journal::{DecideError, Decided, JournalError, NewDecision, NewMandate};
use crate::mandates::Mandate;
use crate::receipts::ApprovalFacts;
use crate::retention::Retention;
use guildhall_package::Digest;
use std::sync::Arc;

/// Who may decide about a run while its caller waits.
pub(super) struct Deciding {
    pub(super) tenant: Tenant,
    pub(super) approver: Option<Arc<dyn Approver>>,
    pub(super) use_mandates: bool,
    pub(super) retention: Retention,
}

impl Host {
    /// Has a run decided that waits: by mandates, then by whoever is asked. One that needs no decision stays as it is.
    pub(super) async fn decided(
        &self,
        deciding: Deciding,
        outcome: Outcome,
    ) -> Result<Outcome, HostError> {
        let Deciding {
            tenant,
            approver,
            use_mandates,
            retention,
        } = deciding;
        if outcome.status != RunStatus::AwaitingApproval {
            return Ok(outcome);
        }
        let outcome = if use_mandates {
            self.by_mandate(&tenant, outcome).await?
        } else {
            outcome
        };
        let outcome = match approver {
            Some(approver) if outcome.status == RunStatus::AwaitingApproval => {
                self.ask(&tenant, outcome, &*approver).await?
            }
            _ => outcome,
        };
        if retention == Retention::None && outcome.status == RunStatus::AwaitingApproval {
            return self.can_not_wait(&tenant, outcome).await;
        }
        Ok(outcome)
    }

    /// Decides about a run's effects and, if approved, performs them before it returns.
    ///
    /// The decision binds to `effect_set`: it must be the hash on the card that was looked at. One decision wins.
    ///
    /// # Errors
    /// [`DecideError`] says why nothing was decided.
    pub async fn decide(
        &self,
        tenant: &Tenant,
        run: &str,
        effect_set: Digest,
        decision: Decision,
        decider: &str,
        channel: &str,
    ) -> Result<Outcome, DecideError> {
        let journal = self.inner.journal.clone();
        let (rejected, terms) = match decision {
            Decision::Approve => (None, Vec::new()),
            Decision::ApproveAlways { mandates } => (None, mandates),
            Decision::Reject { reason } => (Some(reason), Vec::new()),
            Decision::Later => return self.outcome_of(tenant, run).await,
        };
        let now = wall_clock_ms();
        let mandates = self.new_mandates(tenant, run, terms, now).await?;
        let decided = journal
            .decide(NewDecision {
                tenant: tenant.as_str().to_owned(),
                run: run.to_owned(),
                effect_set,
                rejected,
                decider: decider.to_owned(),
                channel: channel.to_owned(),
                mandates,
                valid_ms: self.approval_valid_ms(),
                now,
            })
            .await?;
        match decided {
            Decided::Committing => {
                let performed = self.commit(run).await?;
                Ok(told(self.outcome_of(tenant, run).await?, performed))
            }
            Decided::Rejected => {
                journal.forget_key(run, RunStatus::Rejected)?;
                self.outcome_of(tenant, run).await
            }
            Decided::NotFound => Err(DecideError::NotFound(run.to_owned())),
            Decided::NotPending(status) => Err(DecideError::NotPending(status)),
            Decided::Expired => {
                journal.forget_key(run, RunStatus::Rejected)?;
                Err(DecideError::Expired)
            }
            Decided::Changed(hash) => Err(DecideError::EffectSetChanged(hash)),
            Decided::Tampered => Err(DecideError::Tampered),
            Decided::Revoked(reason) => Err(DecideError::Revoked(reason)),
        }
    }

    /// Takes back what a run proposes, for whoever began it: it is rejected, and nothing is performed. It can do nothing else.
    ///
    /// # Errors
    /// [`DecideError`] says why nothing was taken back: it does not wait any more.
    pub async fn withdraw(
        &self,
        tenant: &Tenant,
        run: &str,
        by: &str,
    ) -> Result<Outcome, DecideError> {
        let waiting = self.outcome_of(tenant, run).await?;
        let (RunStatus::AwaitingApproval, Some(effect_set)) = (waiting.status, waiting.effect_set)
        else {
            return Err(DecideError::NotPending(waiting.status));
        };
        let by = guildhall_package::text::plain(by, 100);
        let reason = format!("withdrawn by {by}");
        self.decide(
            tenant,
            run,
            effect_set,
            Decision::Reject { reason },
            &by,
            "withdrawal",
        )
        .await
    }

    /// Mandates with identifiers of their own, for the skill of this run.
    async fn new_mandates(
        &self,
        tenant: &Tenant,
        run: &str,
        terms: Vec<MandateTerms>,
        now: i64,
    ) -> Result<Vec<NewMandate>, DecideError> {
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        let detail = self
            .inner
            .journal
            .detail(tenant.as_str(), run)
            .await?
            .ok_or_else(|| DecideError::NotFound(run.to_owned()))?;
        let skill = detail.summary.skill.digest;
        Ok(terms
            .into_iter()
            .map(|terms| new_mandate(skill, terms, now))
            .collect())
    }

    /// Performs the effects of an approved run. On a thread of the host, so that a caller who goes away does not leave it half
    /// done.
    pub(super) async fn commit(&self, run: &str) -> Result<Performed, JournalError> {
        let (executor, id) = (self.inner.executor.clone(), run.to_owned());
        let task = async move { executor.commit(&id).await };
        let done = self.inner.threads.service().spawn(task).await;
        let performed = done.map_err(|error| JournalError::Database(error.to_string()))??;
        self.inner.metrics.committed(performed.status);
        Ok(performed)
    }

    /// Asks the far side again about the effects of a run whose outcome is unknown, with the keys they were sent with. Nothing is
    /// sent anew.
    ///
    /// # Errors
    /// If there is no such run, its outcome is not unknown, or the journal fails.
    pub async fn resolve(&self, tenant: &Tenant, run: &str) -> Result<Outcome, DecideError> {
        let found = self.outcome_of(tenant, run).await?;
        if found.status != RunStatus::Unknown {
            return Err(DecideError::NotPending(found.status));
        }
        let (executor, id) = (self.inner.executor.clone(), run.to_owned());
        let task = async move { executor.resolve(&id).await };
        let done = self.inner.threads.service().spawn(task).await;
        done.map_err(|error| JournalError::Database(error.to_string()))??;
        self.outcome_of(tenant, run).await
    }

    /// Who decided about a run, when and by which channel; none if nobody has, or the run is not this tenant's.
    ///
    /// # Errors
    /// If the journal fails.
    pub async fn decision(
        &self,
        tenant: &Tenant,
        run: &str,
    ) -> Result<Option<ApprovalFacts>, HostError> {
        let decided = self.inner.journal.decision(tenant.as_str(), run).await?;
        Ok(decided)
    }

    pub(super) fn approval_valid_ms(&self) -> i64 {
        let seconds = i64::try_from(self.inner.limits.commit_seconds).unwrap_or(i64::MAX / 1_000);
        seconds.saturating_mul(1_000)
    }

    async fn outcome_of(&self, tenant: &Tenant, run: &str) -> Result<Outcome, DecideError> {
        self.inner
            .journal
            .outcome(tenant.as_str(), run)
            .await?
            .ok_or_else(|| DecideError::NotFound(run.to_owned()))
    }

    /// Lets mandates approve what they cover; says otherwise why a person is asked.
    async fn by_mandate(&self, tenant: &Tenant, outcome: Outcome) -> Result<Outcome, HostError> {
        let valid = self.approval_valid_ms();
        let decided = self
            .inner
            .journal
            .decide_by_mandate(outcome.invocation.clone(), valid, wall_clock_ms())
            .await;
        match decided {
            Ok(Ok(())) => {
                let run = outcome.invocation;
                let performed = self.commit(&run).await?;
                let found = self.inner.journal.outcome(tenant.as_str(), &run).await?;
                found
                    .map(|found| told(found, performed))
                    .ok_or_else(|| HostError::Internal(format!("run {run} is missing")))
            }
            Ok(Err(asks)) => Ok(Outcome { asks, ..outcome }),
            // The wallet's own limits hold for mandates too.
            Err(JournalError::Refused(refusal)) => Ok(Outcome {
                asks: vec![refusal.message],
                ..outcome
            }),
            Err(error) => Err(error.into()),
        }
    }

    async fn ask(
        &self,
        tenant: &Tenant,
        outcome: Outcome,
        approver: &dyn Approver,
    ) -> Result<Outcome, HostError> {
        let Some(card) = self.card(tenant, &outcome.invocation).await? else {
            return Ok(outcome);
        };
        let decision = approver.decide(&card).await;
        if decision == Decision::Later {
            return Ok(outcome);
        }
        let (decider, channel) = (approver.decider(), approver.channel());
        let decided = self
            .decide(
                tenant,
                &outcome.invocation,
                card.effect_set,
                decision,
                decider,
                channel,
            )
            .await;
        match decided {
            Ok(outcome) => Ok(outcome),
            Err(DecideError::Journal(error)) => Err(error.into()),
            // It waits on: nothing was decided, and the reason is told.
            Err(DecideError::Refused(refusal)) => Ok(Outcome {
                asks: vec![refusal.message.clone()],
                refusals: [outcome.refusals.clone(), vec![*refusal]].concat(),
                ..outcome
            }),
            // Somebody else decided, or it expired or was revoked while the card was shown: show how it ended.
            Err(_) => Ok(self
                .inner
                .journal
                .outcome(tenant.as_str(), &outcome.invocation)
                .await?
                .unwrap_or(outcome)),
        }
    }

    /// A run that keeps nothing is decided now or never.
    async fn can_not_wait(&self, tenant: &Tenant, outcome: Outcome) -> Result<Outcome, HostError> {
        let Some(effect_set) = outcome.effect_set else {
            return Ok(outcome);
        };
        let reason = "this run keeps nothing, so it can't wait for a decision".to_owned();
        let decision = Decision::Reject { reason };
        match self
            .decide(
                tenant,
                &outcome.invocation,
                effect_set,
                decision,
                "guildhall",
                "retention",
            )
            .await
        {
            Ok(rejected) => Ok(Outcome {
                output: outcome.output,
                logs: outcome.logs,
                ..rejected
            }),
            Err(DecideError::Journal(error)) => Err(error.into()),
            Err(_) => Ok(outcome),
        }
    }
}

/// The outcome with what its commit said, where that is not kept: who decides is told once.
fn told(mut outcome: Outcome, performed: Performed) -> Outcome {
    if outcome.retention == Retention::Full {
        return outcome;
    }
    for report in &mut outcome.effects {
        let said = performed.details.get(&report.effect.index);
        report.detail = report.detail.take().or_else(|| said.cloned());
    }
    outcome.refusals.extend(performed.refusal);
    outcome
}

/// A mandate as it is kept.
pub(super) fn new_mandate(skill: Digest, terms: MandateTerms, now: i64) -> NewMandate {
    let mandate = Mandate {
        id: crate::clock::new_id().to_string(),
        skill,
        scope: terms.scope,
        zone: terms.zone,
        from_ms: now,
        until_ms: terms.until_ms,
    };
    NewMandate {
        words: mandate.words(),
        mandate,
    }
}
