//! The end of a run on its way into the journal: of one whose guest has ended, and of one that had none.

use super::{HostError, Inner, TenantRoom, lock};
use crate::capabilities::payments::waits;
use crate::effects::{EffectFacts, EffectState};
use crate::invocation::{Outcome, RunEvent, RunStatus, Tenant};
use crate::journal::{
    Begun, Booked, Booking, CallClass, FinishedRun, HostCall, JournalError, Recording, RunRecord,
    RunStart, StagedEffect,
};
use crate::receipts::{OwnFacts, facts_of};
use crate::refusal::{Refusal, RefusalKind};
use crate::retention::Retention;

/// What came of it.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// The record, if it is only on its way to the disk.
    pub(super) recording: Option<Recording>,
}

/// Records the end of a run.
#[derive(Clone, Copy)]
pub(super) struct Ending<'a> {
    pub(super) host: &'a Inner,
    /// Whether standing mandates may approve what it staged.
    pub(super) use_mandates: bool,
}

impl Ending<'_> {
    /// Whether recording the end of a run can be all that there is to do, if mandates approve it.
    pub(super) fn may_be_booked(&self, run: &FinishedRun) -> bool {
        let own = |staged: &StagedEffect| match &staged.effect.facts {
            EffectFacts::Payment(payment) => self.host.executor.rails.is_own(&payment.scheme),
            _ => false,
        };
        let rests_on_files = run
            .set
            .as_ref()
            .is_none_or(|(set, _)| !set.inputs.is_empty());
        let live = |call: &HostCall| call.class == CallClass::LiveWrite;
        self.use_mandates
            && run.retention != Retention::None
            && run.staged.iter().all(own)
            && !rests_on_files
            && run.state.is_empty()
            && !run.calls.iter().any(live)
    }

    /// Records a run with its approval and its payments, or, where mandates don't cover it, the ordinary way.
    pub(super) async fn book(
        &self,
        begun: Option<Begun>,
        start: RunStart,
        finished: FinishedRun,
        room: TenantRoom,
    ) -> Result<Ended, HostError> {
        let own_facts = self.own_facts(&finished, &start)?;
        let record = RunRecord {
            start,
            finished,
            stored_bytes: room.stored_bytes.clone(),
        };
        let seconds = i64::try_from(self.host.limits.commit_seconds).unwrap_or(i64::MAX / 1_000);
        let booking = Booking {
            record,
            own_facts,
            valid_ms: seconds.saturating_mul(1_000),
            begun: begun.is_some(),
        };
        let (record, booked) = self.host.journal.book(booking).await?;
        if booked == Booked::NotDone {
            let begun = match begun {
                Some(begun) => begun,
                None => begin(self.host, &record.start).await?,
            };
            return Box::pin(self.record_end(begun, &record.start, record.finished, &room)).await;
        }
        let mut outcome = record.finished.outcome();
        outcome.status = RunStatus::Committed;
        for report in &mut outcome.effects {
            report.state = EffectState::Done;
            if let EffectFacts::Payment(payment) = &report.effect.facts {
                report.detail = waits(&payment.rail).map(str::to_owned);
            }
        }
        self.host.metrics.committed(outcome.status);
        Ok(Ended {
            outcome,
            recording: None,
        })
    }

    pub(super) async fn record_end(
        &self,
        begun: Begun,
        start: &RunStart,
        mut run: FinishedRun,
        room: &TenantRoom,
    ) -> Result<Ended, HostError> {
        begun.durable().await?;
        run.facts = self.facts(&run, start)?;
        let (status, stored, mut outcome) = match self.finish(run.clone()).await {
            // What it staged was ordered by another run meanwhile: it ends as that rule says, and stages nothing.
            Err(HostError::Journal(JournalError::Refused(refusal))) => {
                let mut run = run.refused(*refusal);
                run.facts = self.facts(&run, start)?;
                self.finish(run).await?
            }
            other => other?,
        };
        outcome.status = status;
        *lock(&room.stored_bytes) = Some(stored);
        Ok(Ended {
            outcome,
            recording: None,
        })
    }

    async fn finish(&self, run: FinishedRun) -> Result<(RunStatus, i64, Outcome), HostError> {
        let outcome = run.outcome();
        let (status, stored) = self.host.journal.finish(run).await?;
        Ok((status, stored, outcome))
    }

    /// Commitments to everything that was recorded.
    fn facts(&self, run: &FinishedRun, start: &RunStart) -> Result<String, HostError> {
        let commitments = self.host.journal.sealing().commitments(&run.id)?;
        facts_of(start, run, &commitments).map_err(|error| HostError::Internal(error.to_string()))
    }

    /// What of them the run has for itself.
    fn own_facts(&self, run: &FinishedRun, start: &RunStart) -> Result<String, HostError> {
        let commitments = self.host.journal.sealing().commitments(&run.id)?;
        OwnFacts::of(start, run, &commitments)
            .and_then(|own| own.text())
            .map_err(|error| HostError::Internal(error.to_string()))
    }
}

impl Inner {
    /// A tenant whose journal is full runs nothing more until it is pruned.
    pub(super) async fn check_journal_room(
        &self,
        tenant: &Tenant,
        room: &TenantRoom,
    ) -> Result<(), Refusal> {
        let known = *lock(&room.stored_bytes);
        let stored = match known {
            Some(stored) => stored,
            None => Box::pin(self.journal.stored_bytes(tenant.as_str()))
                .await
                .map_err(|error| {
                    Refusal::new(
                        RefusalKind::Unavailable,
                        "journal.unavailable",
                        error.to_string(),
                    )
                })?,
        };
        *lock(&room.stored_bytes) = Some(stored);
        let limit = self.limits.journal_bytes_per_tenant;
        if u64::try_from(stored).unwrap_or_default() < limit {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::LimitReached,
            "journal.full",
            format!("the journal keeps {stored} bytes of your runs; its limit is {limit}"),
        )
        .with_fix("remove old runs with `guildhall runs prune --older-than DAYS`"))
    }
}

/// Records that a run begins.
///
/// What only some runs do is kept out of the future of all of them by a box: that future is moved for every run.
pub(super) async fn begin(host: &Inner, start: &RunStart) -> Result<Begun, HostError> {
    let begun = Box::pin(host.journal.begin(start.clone())).await?;
    if !start.chosen {
        return Ok(begun);
    }
    // Of two that begin under one identifier, one must know that it is the second before it does anything.
    Ok(Box::pin(begun.settled()).await?)
}

/// The record of a run of which nothing is written yet.
pub(super) fn whole(
    start: RunStart,
    run: FinishedRun,
    room: TenantRoom,
) -> Result<(Box<RunRecord>, Outcome), HostError> {
    let mut outcome = run.outcome();
    // What can only compute stages nothing, so that its end is the end.
    outcome.status = RunStatus::Running
        .after(run.event)
        .ok_or_else(|| HostError::Internal(format!("a run can't end by {:?}", run.event)))?;
    let record = RunRecord {
        start,
        finished: run,
        stored_bytes: room.stored_bytes,
    };
    Ok((Box::new(record), outcome))
}

/// A run that a rule refused, or that was stopped, before anything of it began.
pub(super) fn refused(
    run: &str,
    tenant: &str,
    retention: Retention,
    event: RunEvent,
    refusal: Refusal,
) -> FinishedRun {
    FinishedRun {
        refusals: vec![refusal],
        ..FinishedRun::bare(run, tenant, retention, event)
    }
}
