//! A run's beginning and end.

use super::facts::{FinishedRun, HostCall, RunStart, StagedEffect};
use super::{Journal, JournalError, state};
use crate::invocation::RunStatus;
use sqlx::{Row as _, SqliteConnection};

/// A beginning on its way to the disk.
pub(crate) struct Begun(tokio::sync::oneshot::Receiver<Result<(), JournalError>>);

impl Begun {
    /// Waits until it is durable.
    pub(crate) async fn durable(self) -> Result<(), JournalError> {
        self.0.await.map_err(|_| JournalError::Stopped)?
    }
}

impl Journal {
    /// Queues the beginning of a run. Not awaited: until it has staged or sent something, a run that is
    /// lost with its process has done nothing. The answer comes when it is durable.
    pub(crate) async fn begin(&self, start: RunStart) -> Result<Begun, JournalError> {
        let owner = self.instance.clone();
        let grants = serde_json::to_string(&start.grants)?;
        self.writer
            .enqueue(move |connection| {
                Box::pin(async move { insert_run(connection, &start, &owner, &grants).await })
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
        self.writer
            .write(move |connection| {
                Box::pin(async move { insert_call(connection, &run, &call, "sent").await })
            })
            .await
    }

    /// Records the end of a run, its calls and what it staged, in one transaction. Returns the new status and
    /// what the tenant now keeps in the journal, in bytes.
    pub(crate) async fn finish(
        &self,
        finished: FinishedRun,
    ) -> Result<(RunStatus, i64), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { finish_run(connection, &finished).await })
            })
            .await
    }

    /// Bytes that a tenant keeps in the journal.
    pub(crate) async fn stored_bytes(&self, tenant: &str) -> Result<i64, JournalError> {
        let row = sqlx::query("SELECT stored_bytes FROM tenants WHERE tenant = $1")
            .bind(tenant)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map_or(0, |row| row.get("stored_bytes")))
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

async fn insert_run(
    connection: &mut SqliteConnection,
    start: &RunStart,
    owner: &str,
    grants: &str,
) -> Result<(), JournalError> {
    sqlx::query(
        "INSERT INTO runs (id, tenant, owner, skill_digest, skill_name, skill_version, trust, operation,
             status, retention, input, grants, grants_hash, seed, started_now_ms, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'full', $10, $11, $12, $13, $14, $15)",
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
    .bind(&start.input)
    .bind(grants)
    .bind(start.grants_hash.to_string())
    .bind(start.seed.as_slice())
    .bind(start.started_now_ms)
    .bind(start.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// A call that was `sent` is completed; any other is new.
async fn insert_call(
    connection: &mut SqliteConnection,
    run: &str,
    call: &HostCall,
    phase: &str,
) -> Result<(), JournalError> {
    sqlx::query(
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
    .bind(&call.summary)
    .bind(&call.request)
    .bind(&call.response)
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
    connection: &mut SqliteConnection,
    run: &str,
    staged: &StagedEffect,
) -> Result<(), JournalError> {
    sqlx::query(
        "INSERT INTO effects (run, idx, rank, effect, reason, content, state)
         VALUES ($1, $2, $3, $4, $5, $6, 'pending')",
    )
    .bind(run)
    .bind(i64::from(staged.effect.index))
    .bind(i64::from(staged.effect.facts.rank()))
    .bind(serde_json::to_string(&staged.effect)?)
    .bind(&staged.reason)
    .bind(staged.content.as_deref())
    .execute(connection)
    .await?;
    Ok(())
}

async fn finish_run(
    connection: &mut SqliteConnection,
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
    for call in &run.calls {
        insert_call(connection, &run.id, call, "done").await?;
    }
    for staged in &run.staged {
        insert_effect(connection, &run.id, staged).await?;
    }
    match next {
        RunStatus::Completed => {
            state::apply(connection, &tenant, &run.state_skill, &run.state).await?;
        }
        RunStatus::AwaitingApproval => {
            state::park(connection, &run.id, &run.state_skill, &run.state).await?;
        }
        _ => {}
    }
    let stored_bytes = stored(size_of_run(run));
    let (set, set_hash) = match &run.set {
        Some((set, hash)) => (Some(serde_json::to_string(set)?), Some(hash.to_string())),
        None => (None, None),
    };
    sqlx::query(
        "UPDATE runs SET status = $2, output = $3, failure = $4, refusals = $5, logs = $6, effect_set = $7,
             effect_set_hash = $8, contacted = $9, does_not = $10, fuel = $11, wall_ms = $12, memory_bytes = $13,
             host_calls = $14, bytes_in = $15, bytes_out = $16, log_dropped = $17, effects = $18,
             stored_bytes = $19 + COALESCE(length(input), 0), ended_at = $20, expires_at = $21
         WHERE id = $1",
    )
    .bind(&run.id)
    .bind(next.word())
    .bind(&run.output)
    .bind(run.failure.as_ref().map(serde_json::to_string).transpose()?)
    .bind(serde_json::to_string(&run.refusals)?)
    .bind(serde_json::to_string(&run.logs)?)
    .bind(set)
    .bind(set_hash)
    .bind(serde_json::to_string(&run.contacted)?)
    .bind(serde_json::to_string(&run.does_not)?)
    .bind(stored(run.usage.fuel))
    .bind(stored(run.usage.wall_ms))
    .bind(stored(run.usage.memory_bytes))
    .bind(stored(run.usage.host_calls))
    .bind(stored(run.usage.bytes_in))
    .bind(stored(run.usage.bytes_out))
    .bind(stored(run.usage.log_bytes_dropped))
    .bind(stored(run.staged.len() as u64))
    .bind(stored_bytes)
    .bind(run.ended_at)
    .bind(run.expires_at)
    .execute(&mut *connection)
    .await?;
    let total = add_stored(connection, &run.tenant, stored_bytes).await?;
    Ok((next, total))
}

async fn add_stored(
    connection: &mut SqliteConnection,
    tenant: &str,
    bytes: i64,
) -> Result<i64, JournalError> {
    Ok(sqlx::query(
        "INSERT INTO tenants (tenant, stored_bytes) VALUES ($1, $2)
         ON CONFLICT (tenant) DO UPDATE SET stored_bytes = tenants.stored_bytes + excluded.stored_bytes
         RETURNING stored_bytes",
    )
    .bind(tenant)
    .bind(bytes)
    .fetch_one(connection)
    .await?
    .get("stored_bytes"))
}

async fn prune_runs(
    connection: &mut SqliteConnection,
    tenant: &str,
    before: i64,
) -> Result<u64, JournalError> {
    let freed: i64 = sqlx::query(
        "SELECT COALESCE(SUM(stored_bytes), 0) AS freed FROM runs WHERE tenant = $1 AND created_at < $2
         AND status NOT IN ('running', 'awaiting_approval', 'committing', 'unknown')",
    )
    .bind(tenant)
    .bind(before)
    .fetch_one(&mut *connection)
    .await?
    .get("freed");
    let removed = sqlx::query(
        "DELETE FROM runs WHERE tenant = $1 AND created_at < $2
         AND status NOT IN ('running', 'awaiting_approval', 'committing', 'unknown')",
    )
    .bind(tenant)
    .bind(before)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    add_stored(connection, tenant, freed.saturating_neg()).await?;
    Ok(removed)
}

fn size_of_run(run: &FinishedRun) -> u64 {
    let calls: usize = run
        .calls
        .iter()
        .map(|call| call.request.len() + call.response.len())
        .sum();
    let contents: usize = run
        .staged
        .iter()
        .filter_map(|staged| staged.content.as_ref().map(bytes::Bytes::len))
        .sum();
    (calls + contents + run.output.as_ref().map_or(0, Vec::len)) as u64
}

/// The database's integers are signed; what does not fit is stored as the largest.
pub(super) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
