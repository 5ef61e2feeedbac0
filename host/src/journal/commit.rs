//! Claim and settlement: the steps between an approval and a performed effect, each one transaction.

use super::reads::effect_of_row;
use super::{Journal, JournalError, state};
use crate::effects::{Committed, Effect, EffectEvent, EffectSet, EffectState, seal};
use crate::invocation::{Failure, RunEvent, RunStatus, Settlement};
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use sqlx::{Row as _, SqliteConnection};

/// An effect that may now be performed, with its content.
#[derive(Debug)]
pub(crate) struct ClaimedEffect {
    pub(crate) run: String,
    pub(crate) effect: Effect,
    pub(crate) content: Vec<u8>,
}

/// What came of trying to claim an effect.
#[derive(Debug)]
pub(crate) enum Claim {
    /// It is this executor's, durably.
    Ours(Box<Committed<ClaimedEffect>>),
    /// It will not be performed: it is void now, or was settled before.
    NotOurs,
}

/// How performing an effect ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EffectOutcome {
    pub(crate) event: EffectEvent,
    pub(crate) detail: Option<String>,
}

impl Journal {
    /// Claims one pending effect of a committing run, after checking its authority again.
    pub(crate) async fn claim(&self, run: String, index: u32) -> Result<Claim, JournalError> {
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move { claim(connection, &run, index, &owner).await })
            })
            .await
    }

    /// Records how a claimed effect ended.
    pub(crate) async fn settle_effect(
        &self,
        run: String,
        index: u32,
        outcome: EffectOutcome,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    step_effect(connection, &run, index, outcome.event, outcome.detail).await
                })
            })
            .await
    }

    /// Ends a committing run whose effects are all settled.
    pub(crate) async fn settle_run(
        &self,
        run: String,
        now: i64,
    ) -> Result<RunStatus, JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { settle_run(connection, &run, now).await })
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
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let (_, status) = status_of(connection, &run).await?;
                    let next = step(&run, status, RunEvent::PreconditionFailed, "refusing it")?;
                    add_refusal(connection, &run, refusal).await?;
                    void_effects(connection, &run, "the commit was refused").await?;
                    close(connection, &run, next, None, now).await?;
                    Ok(next)
                })
            })
            .await
    }

    /// Takes over a run whose host instance is gone; `false` if somebody else did.
    pub(crate) async fn adopt(&self, run: String, from: String) -> Result<bool, JournalError> {
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let changed =
                        sqlx::query("UPDATE runs SET owner = $3 WHERE id = $1 AND owner = $2")
                            .bind(run)
                            .bind(from)
                            .bind(owner)
                            .execute(connection)
                            .await?
                            .rows_affected();
                    Ok(changed == 1)
                })
            })
            .await
    }

    /// Ends a run whose process died while its guest was at work.
    pub(crate) async fn interrupt(&self, run: String, now: i64) -> Result<RunStatus, JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { interrupt(connection, &run, now).await })
            })
            .await
    }

    /// Voids pending effect sets that expired. Returns how many.
    pub(crate) async fn expire(&self, now: i64) -> Result<u64, JournalError> {
        let due = sqlx::query(
            "SELECT id FROM runs WHERE status = 'awaiting_approval' AND expires_at <= $1 LIMIT 1000",
        )
        .bind(now)
        .fetch_all(&self.readers)
        .await?;
        let mut expired = 0;
        for row in due {
            let run: String = row.get("id");
            let done = self
                .writer
                .write(move |connection| {
                    Box::pin(async move {
                        let (_, status) = status_of(connection, &run).await?;
                        if status == RunStatus::AwaitingApproval {
                            reject(connection, &run, status, EXPIRED, now).await?;
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
    connection: &mut SqliteConnection,
    run: &str,
) -> Result<(String, RunStatus), JournalError> {
    let row = sqlx::query("SELECT tenant, status FROM runs WHERE id = $1")
        .bind(run)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| JournalError::Corrupt(format!("run {run} is missing")))?;
    let word: String = row.get("status");
    let status =
        RunStatus::from_word(&word).ok_or(JournalError::Corrupt(format!("the status {word:?}")))?;
    Ok((row.get("tenant"), status))
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
    connection: &mut SqliteConnection,
    digest: &str,
) -> Result<Option<String>, JournalError> {
    Ok(
        sqlx::query("SELECT reason FROM revocations WHERE digest = $1")
            .bind(digest)
            .fetch_optional(connection)
            .await?
            .map(|row| row.get("reason")),
    )
}

/// The effect set of a run, if it has the hash that was approved and every stored effect is exactly its effect. A row that
/// was changed or added in the store is thus never performed.
pub(super) async fn approved_set(
    connection: &mut SqliteConnection,
    run: &str,
    hash: Digest,
) -> Result<Option<EffectSet>, JournalError> {
    let row = sqlx::query("SELECT effect_set FROM runs WHERE id = $1")
        .bind(run)
        .fetch_one(&mut *connection)
        .await?;
    let text: Option<String> = row.get("effect_set");
    let Ok(set) = serde_json::from_str::<EffectSet>(&text.unwrap_or_default()) else {
        return Ok(None);
    };
    if set.hash()? != hash {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT effect, state FROM effects WHERE run = $1 ORDER BY idx")
        .bind(run)
        .fetch_all(connection)
        .await?;
    let stored: Option<Vec<Effect>> = rows
        .iter()
        .map(|row| effect_of_row(row).ok().map(|(effect, _)| effect))
        .collect();
    Ok((stored.as_ref() == Some(&set.effects)).then_some(set))
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

pub(super) async fn reject(
    connection: &mut SqliteConnection,
    run: &str,
    status: RunStatus,
    reason: &str,
    now: i64,
) -> Result<(), JournalError> {
    let next = step(run, status, RunEvent::Rejected, "rejecting it")?;
    void_effects(connection, run, reason).await?;
    let failure = Failure::Rejected {
        reason: reason.to_owned(),
    };
    close(connection, run, next, Some(&failure), now).await
}

/// Voids what is pending and forgets what it would have written.
pub(super) async fn void_effects(
    connection: &mut SqliteConnection,
    run: &str,
    why: &str,
) -> Result<(), JournalError> {
    sqlx::query(
        "UPDATE effects SET state = 'void', detail = $2, content = NULL WHERE run = $1 AND state = 'pending'",
    )
    .bind(run)
    .bind(why)
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives a run its final status. Parked state is applied only where something was committed.
pub(super) async fn close(
    connection: &mut SqliteConnection,
    run: &str,
    status: RunStatus,
    failure: Option<&Failure>,
    now: i64,
) -> Result<(), JournalError> {
    let (tenant, _) = status_of(connection, run).await?;
    match status {
        RunStatus::Committed | RunStatus::Partial => {
            state::apply_parked(connection, &tenant, run).await?;
        }
        // What an unknown outcome leaves in the skill's store is decided when it is resolved.
        RunStatus::Unknown => {}
        _ => state::drop_parked(connection, run).await?,
    }
    let failure = failure.map(serde_json::to_string).transpose()?;
    sqlx::query(
        "UPDATE runs SET status = $2, failure = COALESCE($3, failure), ended_at = $4 WHERE id = $1",
    )
    .bind(run)
    .bind(status.word())
    .bind(failure)
    .bind(now)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE approvals SET consumed_at = $2 WHERE run = $1 AND consumed_at IS NULL")
        .bind(run)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn add_refusal(
    connection: &mut SqliteConnection,
    run: &str,
    refusal: Refusal,
) -> Result<(), JournalError> {
    let row = sqlx::query("SELECT refusals FROM runs WHERE id = $1")
        .bind(run)
        .fetch_one(&mut *connection)
        .await?;
    let text: Option<String> = row.get("refusals");
    let mut refusals: Vec<Refusal> = match text {
        Some(text) => serde_json::from_str(&text)?,
        None => Vec::new(),
    };
    refusals.push(refusal);
    sqlx::query("UPDATE runs SET refusals = $2 WHERE id = $1")
        .bind(run)
        .bind(serde_json::to_string(&refusals)?)
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

async fn claim(
    connection: &mut SqliteConnection,
    run: &str,
    index: u32,
    owner: &str,
) -> Result<Claim, JournalError> {
    let row = sqlx::query(
        "SELECT e.effect, e.state, e.content, r.status, r.skill_digest FROM effects e
         JOIN runs r ON r.id = e.run WHERE e.run = $1 AND e.idx = $2",
    )
    .bind(run)
    .bind(i64::from(index))
    .fetch_one(&mut *connection)
    .await?;
    let (effect, state) = effect_of_row(&row)?;
    let status: String = row.get("status");
    if status != RunStatus::Committing.word() {
        return Err(JournalError::IllegalStep {
            what: format!("run {run}"),
            state: status,
            step: "performing an effect",
        });
    }
    if state != EffectState::Pending {
        return Ok(Claim::NotOurs);
    }
    if let Some(reason) = revoked(connection, row.get("skill_digest")).await? {
        add_refusal(connection, run, revocation(&reason)).await?;
        step_effect(connection, run, index, EffectEvent::Void, Some(reason)).await?;
        return Ok(Claim::NotOurs);
    }
    let approved: Option<String> = sqlx::query(
        "SELECT effect_set_hash FROM approvals WHERE run = $1 AND decision = 'approve'",
    )
    .bind(run)
    .fetch_optional(&mut *connection)
    .await?
    .map(|row| row.get("effect_set_hash"));
    let set = match approved {
        Some(hash) => approved_set(connection, run, super::parse_digest(hash)?).await?,
        None => None,
    };
    if set.is_none() {
        let why = "the journal's record was changed".to_owned();
        add_refusal(connection, run, tampered()).await?;
        step_effect(connection, run, index, EffectEvent::Void, Some(why)).await?;
        return Ok(Claim::NotOurs);
    }
    if let Some(missing) = first_not_done(connection, run, &effect.requires).await? {
        let why = format!("effect {missing}, which has to come first, was not done");
        step_effect(connection, run, index, EffectEvent::Void, Some(why)).await?;
        return Ok(Claim::NotOurs);
    }
    step_effect(connection, run, index, EffectEvent::Claim, None).await?;
    sqlx::query("UPDATE effects SET claim = $3 WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .bind(owner)
        .execute(connection)
        .await?;
    let content: Option<Vec<u8>> = row.get("content");
    Ok(Claim::Ours(Box::new(seal(ClaimedEffect {
        run: run.to_owned(),
        effect,
        content: content.unwrap_or_default(),
    }))))
}

async fn first_not_done(
    connection: &mut SqliteConnection,
    run: &str,
    requires: &[u32],
) -> Result<Option<u32>, JournalError> {
    for required in requires {
        let row = sqlx::query("SELECT state FROM effects WHERE run = $1 AND idx = $2")
            .bind(run)
            .bind(i64::from(*required))
            .fetch_optional(&mut *connection)
            .await?;
        let done = row.is_some_and(|row| row.get::<String, _>("state") == EffectState::Done.word());
        if !done {
            return Ok(Some(*required));
        }
    }
    Ok(None)
}

async fn step_effect(
    connection: &mut SqliteConnection,
    run: &str,
    index: u32,
    event: EffectEvent,
    detail: Option<String>,
) -> Result<(), JournalError> {
    let row = sqlx::query("SELECT effect, state FROM effects WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .fetch_one(&mut *connection)
        .await?;
    let (_, state) = effect_of_row(&row)?;
    let next = state
        .after(event)
        .ok_or_else(|| JournalError::IllegalStep {
            what: format!("effect {index} of run {run}"),
            state: state.word().to_owned(),
            step: "this step",
        })?;
    sqlx::query("UPDATE effects SET state = $3, detail = $4 WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .bind(next.word())
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

async fn settle_run(
    connection: &mut SqliteConnection,
    run: &str,
    now: i64,
) -> Result<RunStatus, JournalError> {
    let rows = sqlx::query("SELECT effect, state FROM effects WHERE run = $1 ORDER BY idx")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    let mut states = Vec::with_capacity(rows.len());
    for row in &rows {
        states.push(effect_of_row(row)?.1);
    }
    let (_, status) = status_of(connection, run).await?;
    let settlement = Settlement::of(&states).ok_or_else(|| JournalError::IllegalStep {
        what: format!("run {run}"),
        state: "not settled in every effect".to_owned(),
        step: "ending it",
    })?;
    let next = step(run, status, RunEvent::Settled(settlement), "settling it")?;
    close(connection, run, next, None, now).await?;
    Ok(next)
}

async fn interrupt(
    connection: &mut SqliteConnection,
    run: &str,
    now: i64,
) -> Result<RunStatus, JournalError> {
    let (_, status) = status_of(connection, run).await?;
    let open: i64 =
        sqlx::query("SELECT COUNT(*) AS open FROM host_calls WHERE run = $1 AND phase = 'sent'")
            .bind(run)
            .fetch_one(&mut *connection)
            .await?
            .get("open");
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
    close(connection, run, next, Some(&failure), now).await?;
    Ok(next)
}
