//! Runs that were over before anything of them was written, recorded many at a time.
//!
//! Only a run that can do nothing but compute gets here. What costs time (commitments, JSON, statements) is done by the
//! writer, for a whole batch, and not by whoever waits for the outcome.

use super::facts::{FinishedRun, HostCall, RunStart};
use super::runs::{add_stored, size_of_run, stored};
use super::{Journal, JournalError, Sealing, audit};
use crate::invocation::{Failure, RunStatus};
use crate::receipts::{RunSource, facts_of};
use crate::retention::Retention;
use guildhall_package::Digest;
use serde_json::json;
use sqlx::SqliteConnection;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tokio::sync::oneshot;

/// A run from its beginning to its end.
pub(crate) struct RunRecord {
    pub(crate) start: RunStart,
    pub(crate) finished: FinishedRun,
    /// Is told what the tenant keeps in the journal, in bytes.
    pub(crate) stored_bytes: Arc<Mutex<Option<i64>>>,
}

/// A record on its way to the disk.
pub(crate) struct Recording(oneshot::Receiver<Result<(), JournalError>>);

impl Recording {
    /// Waits until it is durable.
    pub(crate) async fn durable(self) -> Result<(), JournalError> {
        self.0.await.map_err(|_| JournalError::Stopped)?
    }
}

/// A record in the writer's queue.
pub(super) struct QueuedRun {
    record: RunRecord,
    reply: oneshot::Sender<Result<(), JournalError>>,
    /// Why this one can't be recorded.
    failed: Option<JournalError>,
}

impl QueuedRun {
    /// Says what became of it. Whoever asked may have gone.
    pub(super) fn answer(self, committed: Result<(), JournalError>) {
        let _ = self.reply.send(match self.failed {
            Some(error) => Err(error),
            None => committed,
        });
    }
}

impl Journal {
    /// Queues the record of a run. It is durable when the answer says so.
    pub(crate) async fn record(&self, record: RunRecord) -> Result<Recording, JournalError> {
        let (reply, answer) = oneshot::channel();
        let queued = QueuedRun {
            record,
            reply,
            failed: None,
        };
        self.writer.record(Box::new(queued)).await?;
        Ok(Recording(answer))
    }

    /// Whether the last records could not be written: nobody may be answered ahead of the disk then.
    pub(crate) fn has_fallen_behind(&self) -> bool {
        self.writer.has_fallen_behind()
    }
}

/// What the writer needs besides the records.
pub(super) struct RecordWriter {
    pub(super) sealing: Sealing,
    /// This host instance.
    pub(super) owner: String,
}

/// Writes records inside the caller's transaction. One that can't be put into rows is left out, and told so.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    writer: &RecordWriter,
    runs: &mut [Box<QueuedRun>],
) -> Result<(), JournalError> {
    let mut rows = Vec::with_capacity(runs.len());
    let mut failures = Vec::new();
    for (at, run) in runs.iter().enumerate() {
        match RunRow::of(&run.record, writer) {
            Ok(row) => rows.push(row),
            Err(error) => failures.push((at, error)),
        }
    }
    insert_rows(connection, &rows).await?;
    for (at, error) in failures {
        if let Some(run) = runs.get_mut(at) {
            run.failed = Some(error);
        }
    }
    Ok(())
}

async fn insert_rows(
    connection: &mut SqliteConnection,
    rows: &[RunRow<'_>],
) -> Result<(), JournalError> {
    for chunk in chunks(rows) {
        let sql = RUNS.for_rows(chunk.len());
        let query = chunk.iter().fold(sqlx::query(sql), RunRow::bind);
        query.execute(&mut *connection).await?;
    }
    for row in rows {
        for call in &row.record.finished.calls {
            insert_call(connection, row.record, call).await?;
        }
    }
    audit::append_all(connection, rows.iter().map(RunRow::audit_entry)).await?;
    let mut bytes: BTreeMap<&str, i64> = BTreeMap::new();
    for row in rows {
        *bytes.entry(&row.record.start.tenant).or_default() += row.stored_bytes;
    }
    for (tenant, bytes) in bytes {
        let total = add_stored(connection, tenant, bytes).await?;
        let of_tenant = |row: &&RunRow<'_>| row.record.start.tenant == tenant;
        if let Some(row) = rows.iter().find(of_tenant) {
            let known = &row.record.stored_bytes;
            *known.lock().unwrap_or_else(PoisonError::into_inner) = Some(total);
        }
    }
    Ok(())
}

/// A row of `runs`.
struct RunRow<'a> {
    record: &'a RunRecord,
    owner: &'a str,
    status: RunStatus,
    trust: String,
    grants: String,
    limits: String,
    failure: Option<String>,
    refusals: String,
    logs: String,
    settings: Option<String>,
    contacted: String,
    does_not: String,
    sent: String,
    facts: String,
    stored_bytes: i64,
    keeps: bool,
}

impl<'a> RunRow<'a> {
    fn of(record: &'a RunRecord, writer: &'a RecordWriter) -> Result<Self, JournalError> {
        let (start, run) = (&record.start, &record.finished);
        let status = RunStatus::Running
            .after(run.event)
            .filter(|status| status.is_final())
            .ok_or_else(|| JournalError::IllegalStep {
                what: format!("run {}", run.id),
                state: RunStatus::Running.word().to_owned(),
                step: "recording it whole",
            })?;
        let keeps = run.retention == Retention::Full;
        let kept_list = |json: Result<String, serde_json::Error>| match keeps {
            true => json,
            false => Ok("[]".to_owned()),
        };
        let failure = match &run.failure {
            None => None,
            Some(Failure::Operation { .. } | Failure::Trap { .. }) if !keeps => None,
            Some(failure) => Some(serde_json::to_string(failure)?),
        };
        let facts = facts_of(
            &RunSource::from(start),
            run,
            &writer.sealing.commitments(&run.id)?,
        )?;
        let kept = if keeps { start.input.len() as u64 } else { 0 };
        Ok(Self {
            record,
            owner: &writer.owner,
            status,
            trust: serde_json::to_string(&start.skill.trust)?,
            grants: serde_json::to_string(&start.grants)?,
            limits: serde_json::to_string(&start.limits)?,
            failure,
            refusals: kept_list(serde_json::to_string(&run.refusals))?,
            logs: kept_list(serde_json::to_string(&run.logs))?,
            settings: match keeps {
                true => Some(serde_json::to_string(&start.settings)?),
                false => None,
            },
            contacted: serde_json::to_string(&run.contacted)?,
            does_not: serde_json::to_string(&run.does_not)?,
            sent: serde_json::to_string(&run.sent)?,
            facts: serde_json::to_string(&facts)?,
            stored_bytes: stored(size_of_run(run).saturating_add(kept)),
            keeps,
        })
    }

    /// In the order of [`RUNS`].
    fn bind<'q>(
        query: Query<'q, Sqlite, SqliteArguments>,
        row: &'q RunRow<'_>,
    ) -> Query<'q, Sqlite, SqliteArguments> {
        let (start, run) = (&row.record.start, &row.record.finished);
        query
            .bind(&start.id)
            .bind(&start.tenant)
            .bind(row.owner)
            .bind(start.skill.digest.to_string())
            .bind(start.skill.name.as_deref())
            .bind(start.skill.version.as_deref())
            .bind(&row.trust)
            .bind(&start.operation)
            .bind(row.status.word())
            .bind(start.retention.word())
            .bind(row.keeps.then_some(start.input.as_slice()))
            .bind(run.output.as_deref().filter(|_| row.keeps))
            .bind(row.failure.as_deref())
            .bind(&row.grants)
            .bind(start.grants_hash.to_string())
            .bind(&row.contacted)
            .bind(&row.does_not)
            .bind(&row.refusals)
            .bind(&row.logs)
            .bind(stored(run.usage.fuel))
            .bind(stored(run.usage.wall_ms))
            .bind(stored(run.usage.memory_bytes))
            .bind(stored(run.usage.host_calls))
            .bind(stored(run.usage.bytes_in))
            .bind(stored(run.usage.bytes_out))
            .bind(stored(run.usage.log_bytes_dropped))
            .bind(row.stored_bytes)
            .bind(row.keeps.then_some(start.seed.as_slice()))
            .bind(start.started_now_ms)
            .bind(start.created_at)
            .bind(run.ended_at)
            .bind(row.settings.as_deref())
            .bind(&start.locale)
            .bind(&row.limits)
            .bind(i64::from(start.clock_fixed))
            .bind(&row.sent)
            .bind(&row.facts)
    }

    fn audit_entry(&self) -> audit::NewEntry<'_> {
        let run = &self.record.finished;
        audit::NewEntry {
            tenant: &run.tenant,
            kind: "run-ended",
            body: json!({
                "run": run.id, "status": self.status.word(), "facts": Digest::of(self.facts.as_bytes()),
            }),
            at: run.ended_at,
        }
    }
}

/// A call of a run that is recorded whole; a run that does not keep everything keeps that there was one.
async fn insert_call(
    connection: &mut SqliteConnection,
    record: &RunRecord,
    call: &HostCall,
) -> Result<(), JournalError> {
    let keeps = record.finished.retention == Retention::Full;
    sqlx::query(
        "INSERT INTO host_calls (run, seq, interface, function, class, phase, summary, request, response,
             refused, bytes_in, bytes_out, micros, at)
         VALUES ($1, $2, $3, $4, $5, 'done', $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(&record.start.id)
    .bind(stored(call.seq))
    .bind(call.interface)
    .bind(call.function)
    .bind(call.class.word())
    .bind(if keeps { call.summary.as_str() } else { "" })
    .bind(keeps.then_some(call.request.as_slice()))
    .bind(keeps.then_some(call.response.as_slice()))
    .bind(call.refused.as_deref())
    .bind(stored(call.bytes_in))
    .bind(stored(call.bytes_out))
    .bind(stored(call.micros))
    .bind(call.at)
    .execute(connection)
    .await?;
    Ok(())
}

static RUNS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO runs (id, tenant, owner, skill_digest, skill_name, skill_version, trust, operation, status,
             retention, input, output, failure, grants, grants_hash, contacted, does_not, refusals, logs, fuel, wall_ms,
             memory_bytes, host_calls, bytes_in, bytes_out, log_dropped, stored_bytes, seed, started_now_ms, created_at,
             ended_at, settings, locale, limits, clock_fixed, sent, facts) VALUES ",
        37,
    )
});

/// Numbers of rows that one statement inserts. Few, so that each is prepared once.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// One `INSERT` for each of [`SIZES`].
pub(super) struct ManyRows([String; 4]);

impl ManyRows {
    /// From the beginning of the statement and the number of its columns.
    pub(super) fn new(insert: &str, columns: usize) -> Self {
        let row = format!("({})", vec!["?"; columns].join(", "));
        Self(SIZES.map(|rows| format!("{insert}{}", vec![row.as_str(); rows].join(", "))))
    }

    /// The statement for so many rows, which is one of [`SIZES`].
    pub(super) fn for_rows(&'static self, rows: usize) -> &'static str {
        let place = SIZES.iter().position(|size| *size == rows);
        place
            .and_then(|at| self.0.get(at))
            .map_or("", String::as_str)
    }
}

/// Cuts rows into pieces for each of which there is a statement.
pub(super) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (now, later) = rows.split_at_checked(size)?;
        rows = later;
        Some(now)
    })
}
