//! Runs of host instances that are gone. Of all that look, one gets each run; what can't go on is ended in the same transaction,
//! so that no run has an owner who does not know of it.

use super::commit::{close, reject, settle_run, status_of, step, void_effects};
use super::db::{Connection, query};
use super::retention::{NOTHING_KEPT, forget};
use super::{Hold, Journal, JournalError, Orphan, Sealing, claim};
use crate::invocation::{Failure, RunEvent, RunStatus};
use crate::ledger::HoldEvent;

impl Journal {
    /// Takes over a run, if its host instance is still gone and nobody else did. Says where it stands now: a run whose guest was at
    /// work has ended, and one that waited with nothing kept, too.
    pub(crate) async fn take_over(
        &self,
        orphan: Orphan,
        now: i64,
    ) -> Result<Option<RunStatus>, JournalError> {
        let (owner, sealing) = (self.instance.clone(), self.sealing.clone());
        let (instances, run) = (self.instances.clone(), orphan.run.clone());
        let status = self
            .writer
            .write(move |connection| {
                Box::pin(async move {
                    let from = orphan.owner.as_str();
                    // Those before it may have taken minutes, and its host may be heard of again.
                    if !instances.is_gone(&owner, from, connection).await?
                        || !adopt(connection, &orphan, &owner).await?
                    {
                        return Ok(None);
                    }
                    let run = orphan.run.as_str();
                    let status = match orphan.status {
                        RunStatus::Running => interrupt(connection, &sealing, run, now).await?,
                        // It kept nothing, so what it waited for can't be read any more.
                        waits @ RunStatus::AwaitingApproval => {
                            reject(connection, &sealing, run, waits, NOTHING_KEPT, now).await?;
                            RunStatus::Rejected
                        }
                        goes_on => goes_on,
                    };
                    Ok(Some(status))
                })
            })
            .await?;
        if let Some(status) = status {
            self.forget_key(&run, status)?;
        }
        Ok(status)
    }

    /// Insists that no other host has taken over a run, and that none does so for a while: before the far side is asked or told
    /// something about it.
    pub(crate) async fn hold_on(&self, run: String) -> Result<Hold, JournalError> {
        let hold = self.renew().await?;
        let (owner, instances) = (self.instance.clone(), self.instances.clone());
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    instances.must_last()?;
                    still_ours(connection, &run, &owner).await
                })
            })
            .await?;
        Ok(hold)
    }

    /// Ends a run that kept nothing and was being committed: what was pending is void, what was begun is unknown. Payments that
    /// were begun on the host's own rails did not happen, because their posting is part of recording them.
    pub(crate) async fn abandon_commit(&self, run: String, now: i64) -> Result<(), JournalError> {
        let (owner, sealing) = (self.instance.clone(), self.sealing.clone());
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    still_ours(connection, &run, &owner).await?;
                    let hold = HoldEvent::Void;
                    void_effects(connection, &sealing, &run, NOTHING_KEPT, hold, now).await?;
                    claim::lose_all(connection, &sealing, &run, now).await?;
                    settle_run(connection, &sealing, &run, now).await?;
                    // Nothing of it can be resolved later, so nothing of it is kept either.
                    forget(connection, &run).await
                })
            })
            .await
    }
}

/// Insists that no other host has taken over a run that is being committed: what this one knew of it is old then.
pub(super) async fn still_ours(
    connection: &mut Connection,
    run: &str,
    owner: &str,
) -> Result<(), JournalError> {
    let taken =
        query("SELECT id FROM runs WHERE id = $1 AND status = 'committing' AND owner <> $2")
            .bind(run)
            .bind(owner)
            .fetch_optional(connection)
            .await?;
    match taken {
        None => Ok(()),
        Some(_) => Err(JournalError::IllegalStep {
            what: format!("run {run}"),
            state: "taken over by another host".to_owned(),
            step: "going on with it",
        }),
    }
}

/// Makes a run this host's own, if it still is as it was found.
async fn adopt(
    connection: &mut Connection,
    orphan: &Orphan,
    owner: &str,
) -> Result<bool, JournalError> {
    let sql = "UPDATE runs SET owner = $3 WHERE id = $1 AND owner = $2 AND status = $4";
    let adopted = query(sql)
        .bind(&orphan.run)
        .bind(&orphan.owner)
        .bind(owner)
        .bind(orphan.status.word())
        .execute(connection)
        .await?
        .rows_affected();
    Ok(adopted == 1)
}

/// Ends a run whose process died while its guest was at work.
async fn interrupt(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    now: i64,
) -> Result<RunStatus, JournalError> {
    let (_, status) = status_of(connection, run).await?;
    let open: i64 =
        query("SELECT COUNT(*) AS open FROM host_calls WHERE run = $1 AND phase = 'sent'")
            .bind(run)
            .fetch_one(&mut *connection)
            .await?
            .try_get("open")?;
    let event = RunEvent::Interrupted {
        live_write_open: open > 0,
    };
    let next = step(run, status, event, "ending it")?;
    let message = if open > 0 {
        "its process ended after a live write was sent; whether the other side acted on it is not known, and it is not sent again"
    } else {
        "its process ended while it ran; nothing was performed"
    };
    let failure = Failure::Stopped {
        message: message.to_owned(),
    };
    close(connection, sealing, run, next, Some(&failure), now).await?;
    Ok(next)
}
