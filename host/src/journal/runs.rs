//! A run's beginning and end.

use super::db::{Connection, query};
use super::facts::{FinishedRun, HostCall, RunStart, StagedEffect};
use super::payments::{OrderPlace, Words};
use super::sealing::Hiding;
use super::{
    Journal, JournalError, Sealing, audit, chosen, columns, kinds, payments, retention, state,
};
use crate::effects::EffectFacts;
use crate::invocation::{Failure, RunStatus};
use crate::retention::Retention;
use guildhall_package::Digest;
use serde_json::json;

/// A beginning on its way to the disk.
pub(crate) struct Begun(tokio::sync::oneshot::Receiver<Result<(), JournalError>>);

impl Begun {
    /// Waits until it is durable.
    pub(crate) async fn durable(self) -> Result<(), JournalError> {
        self.0.await.map_err(|_| JournalError::Stopped)?
    }

    /// Waits until it is durable, and keeps that it is.
    pub(crate) async fn settled(self) -> Result<Self, JournalError> {
        self.durable().await?;
        let (done, answer) = tokio::sync::oneshot::channel();
        let _ = done.send(Ok(()));
        Ok(Self(answer))
    }
}

impl Journal {
    /// Queues the beginning of a run. Not awaited: until it has staged or sent something, a run that is
    /// lost with its process has done nothing. The answer comes when it is durable.
    pub(crate) async fn begin(&self, start: RunStart) -> Result<Begun, JournalError> {
        let owner = self.instance.clone();
        let grants = serde_json::to_string(&start.grants)?;
        if start.chosen {
            // Before a key is made that the other run has.
            let mut reader = self.readers.acquire().await?;
            chosen::check(&mut reader, &start).await?;
        }
        self.sealing.begin(&start.id, start.retention)?;
        let hiding = self.sealing.hiding(&start.id, start.retention)?;
        let hidden = Hidden {
            input: hiding.bytes(start.input.clone())?,
            seed: hiding.bytes(start.seed.to_vec())?,
            settings: hiding.json(&start.settings)?,
        };
        self.writer
            .enqueue(move |connection| {
                Box::pin(
                    async move { insert_run(connection, &start, hidden, &owner, &grants).await },
                )
            })
            .await
            .map(Begun)
    }

    /// Makes the intent of a live write durable, before it is sent.
    pub(crate) async fn intend_live_write(
        &self,
        run: String,
        call: HostCall,
    ) -> Result<(), JournalError> {
        let sealing = self.sealing.clone();
        let owner = self.instance.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    // Another host may have ended the run of one that was not heard of.
                    let Some(keeps) = at_work(connection, &run, &owner).await? else {
                        return Err(JournalError::IllegalStep {
                            what: format!("run {run}"),
                            state: "ended, or taken over by another host".to_owned(),
                            step: "sending what can't be taken back",
                        });
                    };
                    let hiding = sealing.hiding(&run, keeps)?;
                    insert_call(connection, &hiding, &run, &call, "sent").await
                })
            })
            .await
    }

    /// Records the end of a run, its calls and what it staged, in one transaction. Returns the new status and
    /// what the tenant now keeps in the journal, in bytes.
    ///
    /// # Errors
    /// [`JournalError::Refused`] if a payment was ordered by somebody else meanwhile; nothing was written then.
    pub(crate) async fn finish(
        &self,
        finished: FinishedRun,
    ) -> Result<(RunStatus, i64), JournalError> {
        let sealing = self.sealing.clone();
        let run = finished.id.clone();
        let (status, stored) = self
            .writer
            .write(move |connection| {
                Box::pin(async move { finish_run(connection, &sealing, &finished).await })
            })
            .await?;
        self.forget_key(&run, status)?;
        Ok((status, stored))
    }

    /// Bytes that a tenant keeps in the journal.
    pub(crate) async fn stored_bytes(&self, tenant: &str) -> Result<i64, JournalError> {
        let row = query("SELECT stored_bytes FROM tenants WHERE tenant = $1")
            .bind(tenant)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map_or(Ok(0), |row| row.try_get("stored_bytes"))?)
    }

    /// Removes ended runs of a tenant that were created before a time. Returns how many.
    pub(crate) async fn prune(&self, tenant: &str, before: i64) -> Result<u64, JournalError> {
        let tenant = tenant.to_owned();
        self.writer
            .write(move |connection| {
                Box::pin(async move { prune_runs(connection, &tenant, before).await })
            })
            .await
    }
}

/// What of a beginning may be sealed.
struct Hidden {
    input: Vec<u8>,
    seed: Vec<u8>,
    settings: String,
}

async fn insert_run(
    connection: &mut Connection,
    start: &RunStart,
    hidden: Hidden,
    owner: &str,
    grants: &str,
) -> Result<(), JournalError> {
    chosen::check(connection, start).await?;
    query(
        "INSERT INTO runs (id, tenant, owner, skill_digest, skill_name, skill_version, trust, operation,
             status, retention, input, grants, grants_hash, seed, started_now_ms, created_at, settings, locale, limits,
             clock_fixed)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
    )
    .bind(&start.id)
    .bind(&start.tenant)
    .bind(owner)
    .bind(start.skill.digest.to_string())
    .bind(&start.skill.name)
    .bind(&start.skill.version)
    .bind(serde_json::to_string(&start.skill.trust)?)
    .bind(&start.operation)
    .bind(RunStatus::Running.word())
    .bind(start.retention.word())
    .bind(hidden.input)
    .bind(grants)
    .bind(start.grants_hash.to_string())
    .bind(hidden.seed)
    .bind(start.started_now_ms)
    .bind(start.created_at)
    .bind(hidden.settings)
    .bind(&start.locale)
    .bind(serde_json::to_string(&start.limits)?)
    .bind(i64::from(start.clock_fixed))
    .execute(connection)
    .await?;
    Ok(())
}

/// What is kept of a run whose guest is at work at this host; none if it is not.
async fn at_work(
    connection: &mut Connection,
    run: &str,
    owner: &str,
) -> Result<Option<Retention>, JournalError> {
    query("SELECT retention FROM runs WHERE id = $1 AND owner = $2 AND status = 'running'")
        .bind(run)
        .bind(owner)
        .fetch_optional(connection)
        .await?
        .map(|row| columns::retention(&row))
        .transpose()
}

/// A call that was `sent` is completed; any other is new.
async fn insert_call(
    connection: &mut Connection,
    hiding: &Hiding<'_>,
    run: &str,
    call: &HostCall,
    phase: &str,
) -> Result<(), JournalError> {
    query(
        "INSERT INTO host_calls (run, seq, interface, function, class, phase, summary, request, response,
             refused, bytes_in, bytes_out, micros, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (run, seq) DO UPDATE SET phase = excluded.phase, response = excluded.response,
             refused = excluded.refused, bytes_in = excluded.bytes_in, bytes_out = excluded.bytes_out,
             micros = excluded.micros",
    )
    .bind(run)
    .bind(stored(call.seq))
    .bind(call.interface)
    .bind(call.function)
    .bind(call.class.word())
    .bind(phase)
    .bind(hiding.text(call.summary.clone())?)
    .bind(hiding.bytes(call.request.clone())?)
    .bind(hiding.bytes(call.response.clone())?)
    .bind(&call.refused)
    .bind(stored(call.bytes_in))
    .bind(stored(call.bytes_out))
    .bind(stored(call.micros))
    .bind(call.at)
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert_effect(
    connection: &mut Connection,
    (sealing, hiding): (&Sealing, &Hiding<'_>),
    finished: &FinishedRun,
    staged: &StagedEffect,
) -> Result<(), JournalError> {
    let run = finished.id.as_str();
    if let EffectFacts::Payment(payment) = &staged.effect.facts {
        let words = serde_json::to_string(&Words::of(payment))?;
        let place = OrderPlace {
            tenant: &finished.tenant,
            run,
            index: staged.effect.index,
            words: match finished.retention {
                Retention::None => None,
                _ => Some(sealing.seal(&payments::words_place(run, staged.effect.index), &words)?),
            },
            now: finished.ended_at,
        };
        payments::order(connection, sealing, place, payment).await?;
    }
    let content =
        |bytes: Option<&bytes::Bytes>| bytes.map(|bytes| hiding.bytes(bytes.to_vec())).transpose();
    query(
        "INSERT INTO effects (run, idx, rank, effect, reason, content, previous, state)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending')",
    )
    .bind(run)
    .bind(i64::from(staged.effect.index))
    .bind(i64::from(staged.effect.facts.rank()))
    .bind(hiding.json(&staged.effect)?)
    .bind(&staged.reason)
    .bind(content(staged.content.as_ref())?)
    .bind(content(staged.previous.as_ref())?)
    .execute(connection)
    .await?;
    Ok(())
}

async fn finish_run(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &FinishedRun,
) -> Result<(RunStatus, i64), JournalError> {
    let (tenant, status) = super::commit::status_of(connection, &run.id).await?;
    let next = status
        .after(run.event)
        .ok_or_else(|| JournalError::IllegalStep {
            what: format!("run {}", run.id),
            state: status.word().to_owned(),
            step: "ending it",
        })?;
    let hiding = sealing.hiding(&run.id, run.retention)?;
    for call in &run.calls {
        insert_call(connection, &hiding, &run.id, call, "done").await?;
    }
    for staged in &run.staged {
        insert_effect(connection, (sealing, &hiding), run, staged).await?;
    }
    match next {
        RunStatus::Completed => {
            state::apply(connection, sealing, &tenant, &run.state_skill, &run.state).await?;
        }
        RunStatus::AwaitingApproval => {
            state::park(connection, &hiding, &run.id, &run.state_skill, &run.state).await?;
        }
        _ => {}
    }
    let stored_bytes = stored(size_of_run(run));
    let failure = match &run.failure {
        Some(failure) => Some(stored_failure(connection, sealing, &run.id, failure).await?),
        None => None,
    };
    let (set, set_hash) = match &run.set {
        Some((set, hash)) => (Some(hiding.json(set)?), Some(hash.to_string())),
        None => (None, None),
    };
    let query = query(
        "UPDATE runs SET status = $2, output = $3, failure = $4, refusals = $5, logs = $6, effect_set = $7,
             effect_set_hash = $8, contacted = $9, does_not = $10, fuel = $11, wall_ms = $12, memory_bytes = $13,
             host_calls = $14, bytes_in = $15, bytes_out = $16, log_dropped = $17, effects = $18,
             stored_bytes = $19 + COALESCE(length(input), 0), ended_at = $20, expires_at = $21, sent = $22, facts = $23
         WHERE id = $1",
    )
    .bind(&run.id)
    .bind(next.word())
    .bind(
        run.output
            .as_ref()
            .map(|output| hiding.bytes(output.as_bytes().to_vec()))
            .transpose()?,
    )
    .bind(failure)
    .bind(hiding.json(&run.refusals)?)
    .bind(hiding.json(&run.logs)?)
    .bind(set)
    .bind(set_hash)
    .bind(serde_json::to_string(&run.contacted)?)
    .bind(serde_json::to_string(&run.does_not)?);
    columns::bind_usage(query, &run.usage)
        .bind(stored(run.staged.len() as u64))
        .bind(stored_bytes)
        .bind(run.ended_at)
        .bind(run.expires_at)
        .bind(serde_json::to_string(&run.sent)?)
        .bind(&run.facts)
        .execute(&mut *connection)
        .await?;
    if next.is_final() {
        retention::forget(connection, &run.id).await?;
    }
    let body = json!({
        "run": run.id, "status": next.word(), "facts": Digest::of(run.facts.as_bytes()),
    });
    audit::append(connection, &tenant, "run-ended", body, run.ended_at).await?;
    let total = add_stored(connection, &run.tenant, stored_bytes).await?;
    Ok((next, total))
}

pub(super) async fn add_stored(
    connection: &mut Connection,
    tenant: &str,
    bytes: i64,
) -> Result<i64, JournalError> {
    Ok(query(
        "INSERT INTO tenants (tenant, stored_bytes) VALUES ($1, $2)
         ON CONFLICT (tenant) DO UPDATE SET stored_bytes = tenants.stored_bytes + excluded.stored_bytes
         RETURNING stored_bytes",
    )
    .bind(tenant)
    .bind(bytes)
    .fetch_one(connection)
    .await?
    .try_get("stored_bytes")?)
}

async fn prune_runs(
    connection: &mut Connection,
    tenant: &str,
    before: i64,
) -> Result<u64, JournalError> {
    let freed: i64 = query(
        "SELECT CAST(COALESCE(SUM(stored_bytes), 0) AS BIGINT) AS freed FROM runs WHERE tenant = $1 AND created_at < $2
         AND status NOT IN ('running', 'awaiting_approval', 'committing', 'unknown')
         AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.run = runs.id AND p.hold = 'held')",
    )
    .bind(tenant)
    .bind(before)
    .fetch_one(&mut *connection)
    .await?
    .try_get("freed")?;
    let removed = query(
        "DELETE FROM runs WHERE tenant = $1 AND created_at < $2
         AND status NOT IN ('running', 'awaiting_approval', 'committing', 'unknown')
         AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.run = runs.id AND p.hold = 'held')",
    )
    .bind(tenant)
    .bind(before)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    add_stored(connection, tenant, freed.saturating_neg()).await?;
    kinds::prune(connection, tenant, before).await?;
    let body = json!({ "before_ms": before, "runs": removed });
    audit::append(
        connection,
        tenant,
        "pruned",
        body,
        crate::clock::wall_clock_ms(),
    )
    .await?;
    Ok(removed)
}

/// A failure as it is stored: what the host itself says of it stays readable in every retention.
pub(super) async fn stored_failure(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    failure: &Failure,
) -> Result<String, JournalError> {
    match failure {
        Failure::Operation { .. } | Failure::Trap { .. } => {
            let keeps = retention::kept(connection, run).await?;
            sealing.hiding(run, keeps)?.json(failure)
        }
        Failure::Limit { .. } | Failure::Stopped { .. } | Failure::Rejected { .. } => {
            Ok(serde_json::to_string(failure)?)
        }
    }
}

pub(super) fn size_of_run(run: &FinishedRun) -> u64 {
    let calls: usize = run
        .calls
        .iter()
        .map(|call| call.request.len() + call.response.len())
        .sum();
    let contents: usize = run
        .staged
        .iter()
        .flat_map(|staged| [&staged.content, &staged.previous])
        .filter_map(|content| content.as_ref().map(bytes::Bytes::len))
        .sum();
    (calls
        + contents
        + run
            .output
            .as_ref()
            .map_or(0, |output| output.as_str().len())) as u64
}

/// The database's integers are signed; what does not fit is stored as the largest.
pub(super) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
