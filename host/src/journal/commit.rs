//! The end of a run: settled, refused, rejected, expired, interrupted. Each is one transaction.

use super::bound::ORDERS;
use super::db::{Connection, query};
use super::reads::effect_of_row;
use super::takeover::still_ours;
use super::{Journal, JournalError, Sealing, audit, columns, payments, state};
use crate::effects::{Effect, EffectFacts, EffectSet};
use crate::invocation::{Failure, RunEvent, RunStatus, Settlement};
use crate::ledger::HoldEvent;
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use serde_json::json;

impl Journal {
    /// Ends a run whose effects are all settled: one that this host is committing, or one whose outcome was unknown.
    pub(crate) async fn settle_run(
        &self,
        run: String,
        now: i64,
    ) -> Result<RunStatus, JournalError> {
        let sealing = self.sealing.clone();
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    still_ours(connection, &run, &owner).await?;
                    settle_run(connection, &sealing, &run, now).await
                })
            })
            .await
    }

    /// Ends a committing run before its first effect, because something it rests on has changed.
    pub(crate) async fn refuse_commit(
        &self,
        run: String,
        refusal: Refusal,
        now: i64,
    ) -> Result<RunStatus, JournalError> {
        let sealing = self.sealing.clone();
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    still_ours(connection, &run, &owner).await?;
                    let (_, status) = status_of(connection, &run).await?;
                    let next = step(&run, status, RunEvent::PreconditionFailed, "refusing it")?;
                    add_refusal(connection, &sealing, &run, refusal).await?;
                    void_effects(
                        connection,
                        &sealing,
                        &run,
                        "the commit was refused",
                        HoldEvent::Void,
                        now,
                    )
                    .await?;
                    close(connection, &sealing, &run, next, None, now).await?;
                    Ok(next)
                })
            })
            .await
    }

    /// Voids pending effect sets that expired. Returns how many.
    pub(crate) async fn expire(&self, now: i64) -> Result<u64, JournalError> {
        let due = query(
            // In the words of the index of open runs: this is asked again and again.
            "SELECT id FROM runs WHERE status IN ('running', 'awaiting_approval', 'committing')
             AND status = 'awaiting_approval' AND expires_at <= $1 LIMIT 1000",
        )
        .bind(now)
        .fetch_all(&self.readers)
        .await?;
        let mut expired = 0;
        for row in due {
            let run: String = row.try_get("id")?;
            let sealing = self.sealing.clone();
            let done = self
                .writer
                .write(move |connection| {
                    Box::pin(async move {
                        let (_, status) = status_of(connection, &run).await?;
                        if status == RunStatus::AwaitingApproval {
                            expire(connection, &sealing, &run, status, now).await?;
                            return Ok(1);
                        }
                        Ok(0)
                    })
                })
                .await?;
            expired += done;
        }
        Ok(expired)
    }
}

pub(super) const EXPIRED: &str = "nobody decided before the card expired";

/// Tenant and status of a run.
pub(super) async fn status_of(
    connection: &mut Connection,
    run: &str,
) -> Result<(String, RunStatus), JournalError> {
    let row = query("SELECT tenant, status FROM runs WHERE id = $1")
        .bind(run)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| JournalError::Corrupt(format!("run {run} is missing")))?;
    let word: String = row.try_get("status")?;
    let status =
        RunStatus::from_word(&word).ok_or(JournalError::Corrupt(format!("the status {word:?}")))?;
    Ok((row.try_get("tenant")?, status))
}

pub(super) fn step(
    run: &str,
    status: RunStatus,
    event: RunEvent,
    what: &'static str,
) -> Result<RunStatus, JournalError> {
    status
        .after(event)
        .ok_or_else(|| JournalError::IllegalStep {
            what: format!("run {run}"),
            state: status.word().to_owned(),
            step: what,
        })
}

pub(super) async fn revoked(
    connection: &mut Connection,
    digest: &str,
) -> Result<Option<String>, JournalError> {
    Ok(query("SELECT reason FROM revocations WHERE digest = $1")
        .bind(digest)
        .fetch_optional(connection)
        .await?
        .map(|row| row.try_get("reason"))
        .transpose()?)
}

/// The effect set of a run, if it has the hash that was approved and every stored effect is exactly its effect. A row that
/// was changed or added in the store is thus never performed.
pub(super) async fn approved_set(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    hash: Digest,
) -> Result<Option<EffectSet>, JournalError> {
    let row = query("SELECT effect_set, skill_digest FROM whole_runs WHERE id = $1")
        .bind(run)
        .fetch_one(&mut *connection)
        .await?;
    let skill: String = row.try_get("skill_digest")?;
    let text: Option<String> = row.try_get("effect_set")?;
    let text = match sealing.show_text(run, text.unwrap_or_default()) {
        Ok(text) => text,
        Err(error @ JournalError::KeyElsewhere(_)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let Ok(set) = serde_json::from_str::<EffectSet>(&text) else {
        return Ok(None);
    };
    // Mandates and revocations look for the skill of the row.
    if set.hash()? != hash || set.skill.to_string() != skill {
        return Ok(None);
    }
    let rows = query("SELECT run, effect, state FROM effects WHERE run = $1 ORDER BY idx")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    let stored: Option<Vec<Effect>> = rows
        .iter()
        .map(|row| effect_of_row(sealing, row).ok().map(|(effect, _)| effect))
        .collect();
    if stored.as_ref() != Some(&set.effects) {
        return Ok(None);
    }
    // The ledger's own copy of each order, too.
    for effect in &set.effects {
        if matches!(effect.facts, EffectFacts::Payment(_))
            && !order_is_untouched(connection, sealing, run, effect.index).await?
        {
            return Ok(None);
        }
    }
    Ok(Some(set))
}

/// Whether the order of an effect is as the host wrote it.
async fn order_is_untouched(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
) -> Result<bool, JournalError> {
    let row = query("SELECT * FROM payments WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .fetch_optional(connection)
        .await?;
    match row.map(|row| ORDERS.check(sealing, &row)) {
        None | Some(Err(JournalError::Tampered(_))) => Ok(false),
        Some(checked) => checked.map(|()| true),
    }
}

/// The refusal of a run whose record is not what it was.
pub(super) fn tampered() -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        "journal.changed",
        "the journal's record of this run was changed by something else than this host",
    )
    .with_fix("run the skill again, and find out who can write to the state folder")
}

/// The refusal of an effect that rests on a row which is not what it was.
pub(super) fn changed(error: &JournalError) -> Refusal {
    Refusal::new(RefusalKind::Denied, "journal.changed", error.to_string()).with_fix(
        "find out who can write to the state folder; then run the skill again and approve it yourself",
    )
}

pub(super) async fn reject(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    status: RunStatus,
    reason: &str,
    now: i64,
) -> Result<(), JournalError> {
    let next = step(run, status, RunEvent::Rejected, "rejecting it")?;
    void_effects(connection, sealing, run, reason, HoldEvent::Void, now).await?;
    let failure = Failure::Rejected {
        reason: reason.to_owned(),
    };
    close(connection, sealing, run, next, Some(&failure), now).await
}

/// Nobody decided in time.
pub(super) async fn expire(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    status: RunStatus,
    now: i64,
) -> Result<(), JournalError> {
    let next = step(run, status, RunEvent::Rejected, "expiring it")?;
    void_effects(connection, sealing, run, EXPIRED, HoldEvent::Expire, now).await?;
    let failure = Failure::Rejected {
        reason: EXPIRED.to_owned(),
    };
    close(connection, sealing, run, next, Some(&failure), now).await
}

/// Voids what is pending, gives back what it held, and forgets what it would have written.
pub(super) async fn void_effects(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    why: &str,
    hold: HoldEvent,
    now: i64,
) -> Result<(), JournalError> {
    let rows = query("SELECT idx FROM effects WHERE run = $1 AND state = 'pending' ORDER BY idx")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    for row in &rows {
        let index = columns::index(row)?;
        payments::release(connection, sealing, run, index, hold, now).await?;
        super::mandate_uses::uncount(connection, sealing, run, index).await?;
    }
    query(
        "UPDATE effects SET state = 'void', detail = $2, content = NULL, previous = NULL
         WHERE run = $1 AND state = 'pending'",
    )
    .bind(run)
    .bind(why)
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a run its final status. Parked state is applied only where something was committed.
pub(super) async fn close(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    status: RunStatus,
    failure: Option<&Failure>,
    now: i64,
) -> Result<(), JournalError> {
    let (tenant, _) = status_of(connection, run).await?;
    match status {
        RunStatus::Committed | RunStatus::Partial => {
            state::apply_parked(connection, sealing, &tenant, run).await?;
        }
        // What an unknown outcome leaves in the skill's store is decided when it is resolved.
        RunStatus::Unknown => {}
        _ => state::drop_parked(connection, run).await?,
    }
    let failure = match failure {
        Some(failure) => {
            Some(super::runs::stored_failure(connection, sealing, run, failure).await?)
        }
        None => None,
    };
    query(
        "UPDATE runs SET status = $2, failure = COALESCE($3, failure), ended_at = $4 WHERE id = $1",
    )
    .bind(run)
    .bind(status.word())
    .bind(failure)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    query("UPDATE approvals SET consumed_at = $2 WHERE run = $1 AND consumed_at IS NULL")
        .bind(run)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    if status != RunStatus::Unknown {
        super::retention::forget(connection, run).await?;
    }
    let body = json!({ "run": run, "status": status.word() });
    audit::append(connection, &tenant, "run-closed", body, now).await
}

pub(super) async fn add_refusal(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    refusal: Refusal,
) -> Result<(), JournalError> {
    let row = query("SELECT refusals, retention FROM runs WHERE id = $1")
        .bind(run)
        .fetch_one(&mut *connection)
        .await?;
    let text: Option<String> = row.try_get("refusals")?;
    let mut refusals: Vec<Refusal> = match text {
        Some(text) => serde_json::from_str(&sealing.show_text(run, text)?)?,
        None => Vec::new(),
    };
    refusals.push(refusal);
    let hiding = sealing.hiding(run, columns::retention(&row)?)?;
    query("UPDATE runs SET refusals = $2 WHERE id = $1")
        .bind(run)
        .bind(hiding.json(&refusals)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// The refusal of everything that a revoked skill still wanted.
pub(crate) fn revocation(reason: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Denied,
        "skill.revoked",
        format!("this skill was revoked: {reason}"),
    )
    .with_fix("install a version that is not revoked")
}

pub(super) async fn settle_run(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    now: i64,
) -> Result<RunStatus, JournalError> {
    let rows = query("SELECT run, effect, state FROM effects WHERE run = $1 ORDER BY idx")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    let mut states = Vec::with_capacity(rows.len());
    for row in &rows {
        states.push(super::reads::state_of_row(row)?);
    }
    let (_, status) = status_of(connection, run).await?;
    let settlement = Settlement::of(&states).ok_or_else(|| JournalError::IllegalStep {
        what: format!("run {run}"),
        state: "not settled in every effect".to_owned(),
        step: "ending it",
    })?;
    let next = step(run, status, RunEvent::Settled(settlement), "settling it")?;
    close(connection, sealing, run, next, None, now).await?;
    Ok(next)
}
