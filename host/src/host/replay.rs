//! Executing a run again from its journal: the same component, the same input, the recorded answers.

use super::receipts::VerifyError;
use super::{Host, HostError, Skill};
use crate::capabilities::context::Context;
use crate::capabilities::files::{FileLimits, FilesView};
use crate::capabilities::messages::MessagesView;
use crate::capabilities::payments::PaymentsView;
use crate::capabilities::state::StateBuffer;
use crate::grants::{Authority, Grants};
use crate::guest::{Guest, GuestClock, Limiter, Recorder, Replay};
use crate::invocation::{
    Answer, Call, Failure, RunStatus, StopTokens, Tenant, answer_of, run_guest,
};
use crate::journal::ReplayRows;
use crate::receipts::{Receipt, ReceiptError};
use crate::retention::Retention;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

impl Host {
    /// Verifies a receipt, then executes its run again from the journal, with nothing behind it: any difference is named.
    ///
    /// # Errors
    /// [`VerifyError`] names what is not as it should be, or why the run can't be executed again.
    pub async fn replay_receipt(
        &self,
        tenant: &Tenant,
        envelope: &[u8],
    ) -> Result<Receipt, VerifyError> {
        let receipt = self.verify_receipt(tenant, envelope).await?;
        self.replay(tenant, &receipt.run.invocation).await?;
        Ok(receipt)
    }

    async fn replay(&self, tenant: &Tenant, run: &str) -> Result<(), VerifyError> {
        let rows = self
            .inner
            .journal
            .replay_rows(tenant.as_str(), run)
            .await?
            .ok_or_else(|| ReceiptError::NoRun(run.to_owned()))?;
        check_replayable(&rows)?;
        let skill = self.stored_skill(&rows).await?;
        let prepared = skill.prepared(&rows.operation)?;
        let operation = &prepared.operation;
        let arguments =
            crate::values::arguments(&operation.params, &rows.input).map_err(HostError::from)?;
        let guest = Box::new(self.replaying_guest(tenant, run, &skill, &rows)?);
        let shutdown = self.inner.shutdown.clone();
        let (pre, limits) = (skill.pre().clone(), rows.limits);
        let export = prepared.export;
        let results = usize::from(operation.result.ok.is_some() || operation.result.err.is_some());
        let task = self.inner.threads.guests().spawn(async move {
            let never = CancellationToken::new();
            let call = Box::new(Call {
                pre: &pre,
                export,
                arguments,
                results,
                limits,
                stops: StopTokens {
                    cancel: &never,
                    revoked: &never,
                    shutdown: &shutdown,
                },
            });
            run_guest(call, guest).await
        });
        let (end, guest) = task
            .await
            .map_err(|error| HostError::Internal(error.to_string()))?;
        let replay = guest.record.replay.as_ref();
        if let Some(difference) = replay.and_then(|replay| replay.difference.clone()) {
            return Err(ReceiptError::Replay(difference).into());
        }
        if let Some(left) = replay.map(Replay::left).filter(|left| *left > 0) {
            return Err(ReceiptError::Replay(format!(
                "it ended {left} host calls before its journal does"
            ))
            .into());
        }
        Ok(compare(answer_of(end, operation), &rows)?)
    }

    fn replaying_guest(
        &self,
        tenant: &Tenant,
        run: &str,
        skill: &Skill,
        rows: &ReplayRows,
    ) -> Result<Guest, VerifyError> {
        let clock = GuestClock::new(rows.started_now_ms, true);
        let mut record = Recorder::new(rows.limits, clock);
        record.replay = Some(Replay::new(rows.calls.clone()));
        let files = FilesView::open(&[], FileLimits::default())
            .map_err(|refusal| HostError::Internal(refusal.to_string()))?;
        Ok(Guest {
            run: run.to_owned(),
            tenant: tenant.shared(),
            retention: Retention::Full,
            limiter: Limiter::new(&rows.limits),
            record,
            // Nothing is asked of it: every call is answered from the journal.
            authority: Arc::new(Authority::new(skill.package_arc(), None, Grants::none())),
            context: Context::new(rows.seed, rows.locale.clone(), rows.settings.clone()),
            files,
            state: StateBuffer::new(tenant.shared(), skill.state_key()),
            payments: PaymentsView::default(),
            messages: MessagesView::default(),
            egress: self.inner.egress.clone(),
            rails: self.inner.executor.rails.clone(),
            channels: self.inner.executor.channels.clone(),
            secrets: Vec::new(),
            journal: self.inner.journal.clone(),
            wasi: None,
            overrun: skill.overrun(),
            effects: 0,
        })
    }

    /// The component of a run, from where the host keeps what it has run.
    async fn stored_skill(&self, rows: &ReplayRows) -> Result<Skill, VerifyError> {
        let digest = rows.skill;
        let unavailable = |why: &str| {
            ReceiptError::NotReplayable(format!("its component {} {why}", digest.short()))
        };
        let Some(folder) = &self.inner.components else {
            return Err(unavailable("is not kept by a host in memory").into());
        };
        let path = folder.join(format!("{}.wasm", hex::encode(digest.as_bytes())));
        let bytes = tokio::fs::read(&path)
            .await
            .map_err(|_| unavailable("is not in the state folder any more"))?;
        let skill = self
            .load(&bytes)
            .await
            .map_err(|error| ReceiptError::NotReplayable(error.to_string()))?;
        if skill.digest() == digest {
            Ok(skill)
        } else {
            Err(unavailable("was changed in the state folder").into())
        }
    }
}

fn check_replayable(rows: &ReplayRows) -> Result<(), ReceiptError> {
    let not = |why: &str| Err(ReceiptError::NotReplayable(why.to_owned()));
    if rows.trust.is_host() {
        return not("it is a payment of the host itself, for which no skill ran");
    }
    if rows.retention != Retention::Full {
        return not("it did not keep what it read; run with --retention full to be able to");
    }
    match (RunStatus::from_word(&rows.status), &rows.failure) {
        (Some(RunStatus::Running), _) => not("it is still running"),
        (_, Some(Failure::Trap { .. })) => not("its guest ended itself by a trap"),
        (Some(RunStatus::Trapped | RunStatus::Cancelled), _) => {
            not("it was ended by a limit or from outside, at a moment that is not recorded")
        }
        (_, Some(Failure::Limit { .. } | Failure::Stopped { .. })) => {
            not("it was ended by a limit or from outside")
        }
        (_, failure)
            if rows.output.is_none() && !matches!(failure, Some(Failure::Operation { .. })) =>
        {
            not("a rule refused it before its guest had ended")
        }
        _ => Ok(()),
    }
}

fn compare(answer: Answer, rows: &ReplayRows) -> Result<(), ReceiptError> {
    let differs = |what: String| Err(ReceiptError::Replay(what));
    match (answer, &rows.output, &rows.failure) {
        (Answer::Output(now), Some(then), _) if now == *then => Ok(()),
        (Answer::Output(_), Some(_), _) => differs("its output is another".to_owned()),
        (Answer::Failure(now), None, Some(Failure::Operation { value })) if now == *value => Ok(()),
        (Answer::Failure(_), ..) => differs("it fails in another way".to_owned()),
        (Answer::Output(_), None, _) => differs("it succeeds, and did not then".to_owned()),
        (Answer::Other(what), ..) => differs(what),
    }
}
