//! Runs that were over before anything was written of their end, recorded many at a time: those that did nothing but compute, and those
//! that are booked.
//!
//! What costs time (JSON, statements, and the commitments of those that computed) is done by the writer, for a whole batch: who
//! computed does not wait for it.

use super::booked::Booking;
use super::common::{Common, Shared, list, nothing};
use super::db::{Connection, Query};
use super::facts::{FinishedRun, HostCall, RunStart};
use super::kinds;
use super::many::{ManyRows, insert_alike, insert_many};
use super::runs::{add_stored, size_of_run, stored};
use super::{Journal, JournalError, Sealing, audit, columns};
use crate::invocation::{Failure, RunStatus};
use crate::receipts::{Computed, OwnFacts, facts_text};
use crate::retention::Retention;
use crate::values::JsonText;
use guildhall_package::Digest;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tokio::sync::{Notify, oneshot};

/// A run from its beginning to its end.
pub(crate) struct RunRecord {
    pub(crate) start: RunStart,
    pub(crate) finished: FinishedRun,
    /// Is told what the tenant keeps in the journal, in bytes.
    pub(crate) stored_bytes: Arc<Mutex<Option<i64>>>,
}

/// A record on its way to the disk.
pub(crate) struct Recording {
    answer: oneshot::Receiver<Result<(), JournalError>>,
    awaited: Arc<Notify>,
}

impl Recording {
    /// Waits until it is durable.
    pub(crate) async fn durable(self) -> Result<(), JournalError> {
        self.awaited.notify_one();
        self.answer.await.map_err(|_| JournalError::Stopped)?
    }
}

/// A record in the writer's queue.
pub(super) struct QueuedRun {
    record: Box<RunRecord>,
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
    pub(crate) async fn record(&self, record: Box<RunRecord>) -> Result<Recording, JournalError> {
        let (reply, answer) = oneshot::channel();
        let queued = QueuedRun {
            record,
            reply,
            failed: None,
        };
        self.writer.record(Box::new(queued)).await?;
        Ok(Recording {
            answer,
            awaited: self.writer.awaited(),
        })
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
    pub(super) owner: Arc<str>,
}

/// Writes records inside the caller's transaction. One that can't be put into rows is left out, and told so.
pub(super) async fn insert(
    connection: &mut Connection,
    writer: &RecordWriter,
    runs: &mut [Box<QueuedRun>],
) -> Result<(), JournalError> {
    let mut rows = Vec::with_capacity(runs.len());
    let (mut failures, mut common) = (Vec::new(), Common::default());
    for (at, run) in runs.iter().enumerate() {
        match RunRow::of(&run.record, writer, &mut common) {
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

async fn insert_rows(connection: &mut Connection, rows: &[RunRow<'_>]) -> Result<(), JournalError> {
    insert_runs(connection, rows).await?;
    audit::append_all(connection, rows.iter().map(RunRow::ended_entry)).await?;
    add_bytes(connection, rows).await
}

/// Runs with their host calls.
pub(super) async fn insert_runs(
    connection: &mut Connection,
    rows: &[RunRow<'_>],
) -> Result<(), JournalError> {
    let forms = Forms::of(rows);
    let of_kinds = || forms.computed.iter().chain(&forms.of_kinds);
    let newest = |rows: &[&RunRow<'_>]| rows.iter().map(|row| row.record.start.created_at).max();
    let kinds = of_kinds().filter_map(|(shared, rows)| Some((&**shared, newest(rows)?)));
    kinds::keep(connection, kinds).await?;
    let mut written = 0;
    for (shared, rows) in &forms.computed {
        let common = (&**shared, bind_kind as _);
        written += insert_alike(connection, &COMPUTED, common, rows, |query, row| {
            row.bind_computed(query)
        })
        .await?;
    }
    for (shared, rows) in &forms.of_kinds {
        let common = (&**shared, bind_kind as _);
        written += insert_alike(connection, &OF_A_KIND, common, rows, |query, row| {
            row.bind(query, &row.own)
        })
        .await?;
    }
    for (shared, rows) in &forms.whole {
        let common = (&**shared, bind_shared as _);
        written += insert_alike(connection, &RUNS, common, rows, |query, row| {
            row.bind(query, &row.facts)
        })
        .await?;
    }
    // One that has ended meanwhile stays as it is, and nothing else of it may be written.
    if written != rows.len() as u64 {
        return Err(JournalError::IllegalStep {
            what: "a run".to_owned(),
            state: "ended already".to_owned(),
            step: "recording its end",
        });
    }
    let calls: Vec<CallRow<'_>> = rows
        .iter()
        .flat_map(|row| {
            let calls = row.record.finished.calls.iter();
            calls.map(|call| CallRow { row, call })
        })
        .collect();
    insert_many(connection, &HOST_CALLS, &calls, CallRow::bind)
        .await
        .map(drop)
}

/// Rows with what they share.
type Group<'a> = (Arc<Shared>, Vec<&'a RunRow<'a>>);

/// Rows by what is written of them.
struct Forms<'a> {
    /// Of runs that computed: their commitments, and their kind.
    computed: Vec<Group<'a>>,
    /// What is their own, and their kind.
    of_kinds: Vec<Group<'a>>,
    /// Everything.
    whole: Vec<Group<'a>>,
}

impl<'a> Forms<'a> {
    fn of(rows: &'a [RunRow<'a>]) -> Self {
        let (computed, others): (Vec<_>, Vec<_>) = rows.iter().partition(|row| row.made.is_some());
        let (begun, apart): (Vec<_>, Vec<_>) = others.into_iter().partition(|row| row.begun);
        // A kind of one run would be more to write, and not less.
        let (of_kinds, single): (Vec<_>, Vec<_>) =
            { alike(&apart).into_iter() }.partition(|(_, rows)| rows.len() > 1);
        let mut whole = alike(&begun);
        whole.extend(single);
        Self {
            computed: alike(&computed),
            of_kinds,
            whole,
        }
    }
}

/// The rows with what they share. They come in few kinds, mostly in one.
fn alike<'a>(rows: &[&'a RunRow<'a>]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for &row in rows {
        let known = groups
            .iter_mut()
            .find(|(shared, _)| Arc::ptr_eq(shared, &row.shared));
        match known {
            Some((_, group)) => group.push(row),
            None => groups.push((row.shared.clone(), vec![row])),
        }
    }
    groups
}

/// Counts what runs keep, and tells them what their tenants keep by now.
pub(super) async fn add_bytes(
    connection: &mut Connection,
    rows: &[RunRow<'_>],
) -> Result<(), JournalError> {
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
pub(super) struct RunRow<'a> {
    pub(super) record: &'a RunRecord,
    shared: Arc<Shared>,
    effect_set: Option<String>,
    effect_set_hash: Option<String>,
    failure: Option<String>,
    refusals: Arc<str>,
    logs: Arc<str>,
    settings: Option<String>,
    contacted: Arc<str>,
    sent: Arc<str>,
    facts: String,
    /// What of the facts its kind does not have.
    own: Cow<'a, str>,
    /// Whether its beginning stands in the journal already.
    begun: bool,
    /// Commitments of a run that computed and did nothing else.
    made: Option<Vec<u8>>,
    stored_bytes: i64,
    pub(super) keeps: bool,
    ended_at: i64,
}

impl<'a> RunRow<'a> {
    /// A run that is over with its guest.
    fn of(
        record: &'a RunRecord,
        writer: &'a RecordWriter,
        common: &mut Common,
    ) -> Result<Self, JournalError> {
        let run = &record.finished;
        let status = RunStatus::Running
            .after(run.event)
            .filter(|status| status.is_final())
            .ok_or_else(|| JournalError::IllegalStep {
                what: format!("run {}", run.id),
                state: RunStatus::Running.word().to_owned(),
                step: "recording it whole",
            })?;
        let own = OwnFacts::of(&record.start, run, &writer.sealing.commitments(&run.id)?)?;
        let made = { own.computed() }
            .filter(|_| status == RunStatus::Completed && run.contacted.is_empty())
            .filter(|_| columns::is_exact(&run.usage));
        let row = Self {
            made: made.map(Computed::to_bytes),
            ..Self::ended(
                record,
                writer,
                common,
                (status, run.ended_at),
                own.text()?.into(),
            )?
        };
        Ok(row)
    }

    /// A run that was booked.
    pub(super) fn booked(
        booking: &'a Booking,
        writer: &'a RecordWriter,
        common: &mut Common,
        end: (RunStatus, i64),
    ) -> Result<Self, JournalError> {
        let own = booking.own_facts.as_str().into();
        Ok(Self {
            begun: booking.begun,
            ..Self::ended(&booking.record, writer, common, end, own)?
        })
    }

    /// A run that has ended with this status at this time, and these facts of its own.
    fn ended(
        record: &'a RunRecord,
        writer: &'a RecordWriter,
        common: &mut Common,
        (status, ended_at): (RunStatus, i64),
        own: Cow<'a, str>,
    ) -> Result<Self, JournalError> {
        let (start, run) = (&record.start, &record.finished);
        let keeps = run.retention == Retention::Full;
        let failure = match &run.failure {
            None => None,
            Some(Failure::Operation { .. } | Failure::Trap { .. }) if !keeps => None,
            Some(failure) => Some(serde_json::to_string(failure)?),
        };
        let shared = common.of(&writer.owner, start, status, &run.does_not)?;
        let kept = if keeps { start.input.len() as u64 } else { 0 };
        Ok(Self {
            record,
            facts: facts_text(&start.id, &shared.kind.facts, &own)?,
            shared,
            own,
            made: None,
            begun: false,
            effect_set: match &run.set {
                Some((set, _)) if keeps => Some(serde_json::to_string(set)?),
                _ => None,
            },
            effect_set_hash: run.set.as_ref().map(|(_, hash)| hash.to_string()),
            failure,
            refusals: if keeps {
                list(&run.refusals)?
            } else {
                nothing()
            },
            logs: if keeps { list(&run.logs)? } else { nothing() },
            settings: match keeps {
                true => Some(serde_json::to_string(&start.settings)?),
                false => None,
            },
            contacted: list(&run.contacted)?,
            sent: list(&run.sent)?,
            stored_bytes: stored(size_of_run(run).saturating_add(kept)),
            keeps,
            ended_at,
        })
    }

    /// In the order of [`OWN`].
    fn bind<'q>(&'q self, query: Query<'q>, facts: &'q str) -> Query<'q> {
        let (start, run) = (&self.record.start, &self.record.finished);
        let query = query
            .bind(&start.id)
            .bind(self.keeps.then_some(start.input.as_slice()))
            .bind(self.output())
            .bind(self.failure.as_deref())
            .bind(&self.contacted)
            .bind(&self.refusals)
            .bind(&self.logs);
        columns::bind_usage(query, &run.usage)
            .bind(self.stored_bytes)
            .bind(self.keeps.then_some(start.seed.as_slice()))
            .bind(start.started_now_ms)
            .bind(start.created_at)
            .bind(self.ended_at)
            .bind(self.settings.as_deref())
            .bind(&self.sent)
            .bind(facts)
            .bind(self.effect_set.as_deref())
            .bind(self.effect_set_hash.as_deref())
            .bind(stored(run.staged.len() as u64))
            .bind(run.expires_at)
    }

    /// In the order of [`OWN_COMPUTED`].
    fn bind_computed<'q>(&'q self, query: Query<'q>) -> Query<'q> {
        let (start, run) = (&self.record.start, &self.record.finished);
        let query = query
            .bind(&start.id)
            .bind(self.keeps.then_some(start.input.as_slice()))
            .bind(self.output())
            .bind(self.keeps.then_some(&self.logs));
        columns::bind_usage(query, &run.usage)
            .bind(self.stored_bytes)
            .bind(self.keeps.then_some(start.seed.as_slice()))
            .bind(start.started_now_ms)
            .bind(start.created_at)
            .bind(self.ended_at)
            .bind(self.settings.as_deref())
            .bind(self.made.as_deref())
    }

    /// The output, if it is kept.
    fn output(&self) -> Option<&[u8]> {
        let output = self.record.finished.output.as_ref();
        output.filter(|_| self.keeps).map(JsonText::as_bytes)
    }

    /// The line about its end.
    pub(super) fn ended_entry(&self) -> audit::NewEntry<'a> {
        let run = &self.record.finished;
        audit::NewEntry {
            tenant: &run.tenant,
            kind: "run-ended",
            body: audit::Body::Ended {
                run: &run.id,
                status: self.shared.status.word(),
                facts: Digest::of(self.facts.as_bytes()),
            },
            at: run.ended_at,
        }
    }
}

/// In the order of [`SHARED_OF_A_KIND`].
fn bind_kind<'q>(query: Query<'q>, shared: &'q Shared) -> Query<'q> {
    query
        .bind(shared.kind.id.as_slice())
        .bind(&shared.tenant)
        .bind(&shared.owner)
        .bind(&shared.name)
        .bind(shared.status.word())
        .bind(shared.retention.word())
        .bind("")
        .bind("")
        .bind("")
        .bind("")
        .bind("")
}

/// In the order of [`SHARED`].
fn bind_shared<'q>(query: Query<'q>, shared: &'q Shared) -> Query<'q> {
    query
        .bind(&shared.tenant)
        .bind(&shared.owner)
        .bind(&shared.digest)
        .bind(&shared.name)
        .bind(&shared.version)
        .bind(&shared.trust)
        .bind(&shared.operation)
        .bind(shared.status.word())
        .bind(shared.retention.word())
        .bind(&shared.grants)
        .bind(&shared.grants_hash)
        .bind(&shared.does_not)
        .bind(&shared.locale)
        .bind(&shared.limits)
        .bind(i64::from(shared.clock_fixed))
}

/// A call of a run that is recorded whole; a run that does not keep everything keeps that there was one.
struct CallRow<'a> {
    row: &'a RunRow<'a>,
    call: &'a HostCall,
}

impl CallRow<'_> {
    /// In the order of [`HOST_CALLS`].
    fn bind<'q>(query: Query<'q>, this: &'q CallRow<'_>) -> Query<'q> {
        let (call, keeps) = (this.call, this.row.keeps);
        query
            .bind(&this.row.record.start.id)
            .bind(stored(call.seq))
            .bind(call.interface)
            .bind(call.function)
            .bind(call.class.word())
            .bind("done")
            .bind(if keeps { call.summary.as_str() } else { "" })
            .bind(keeps.then_some(call.request.as_slice()))
            .bind(keeps.then_some(call.response.as_slice()))
            .bind(call.refused.as_deref())
            .bind(stored(call.bytes_in))
            .bind(stored(call.bytes_out))
            .bind(stored(call.micros))
            .bind(call.at)
    }
}

/// Columns that runs of one kind share.
const SHARED: &str = "tenant, owner, skill_digest, skill_name, skill_version, trust, operation, status, retention, grants,
    grants_hash, does_not, locale, limits, clock_fixed";
/// Columns that each run has for itself.
const OWN: &str = "id, input, output, failure, contacted, refusals, logs, fuel, wall_ms, memory_bytes, host_calls, bytes_in, bytes_out,
    log_dropped, stored_bytes, seed, started_now_ms, created_at, ended_at, settings, sent, facts, effect_set, effect_set_hash, effects,
    expires_at";

static RUNS: LazyLock<ManyRows> = LazyLock::new(|| {
    let columns = |names: &str| names.split(',').count();
    ManyRows::with_common(
        &format!("INSERT INTO runs ({SHARED}, {OWN})"),
        columns(SHARED),
        columns(OWN),
        // One that is booked may have a beginning already.
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status, input = excluded.input, output = excluded.output,
             failure = excluded.failure, contacted = excluded.contacted, does_not = excluded.does_not,
             refusals = excluded.refusals, logs = excluded.logs, fuel = excluded.fuel, wall_ms = excluded.wall_ms,
             memory_bytes = excluded.memory_bytes, host_calls = excluded.host_calls, bytes_in = excluded.bytes_in,
             bytes_out = excluded.bytes_out, log_dropped = excluded.log_dropped, stored_bytes = excluded.stored_bytes,
             seed = excluded.seed, ended_at = excluded.ended_at, settings = excluded.settings, sent = excluded.sent,
             facts = excluded.facts, effect_set = excluded.effect_set, effect_set_hash = excluded.effect_set_hash,
             effects = excluded.effects, expires_at = excluded.expires_at
           WHERE runs.status = 'running'",
    )
});

/// Columns that runs of one kind share, if that stands in a row of its own; of the last ones, nothing stands in theirs.
const SHARED_OF_A_KIND: &str =
    "kind, tenant, owner, skill_name, status, retention, skill_digest, trust, operation, grants,
    grants_hash";
/// Columns that one that computed has for itself.
const OWN_COMPUTED: &str = "id, input, output, logs, fuel, wall_ms, memory_bytes, host_calls, bytes_in, bytes_out, log_dropped,
    stored_bytes, seed, started_now_ms, created_at, ended_at, settings, commitments";

static COMPUTED: LazyLock<ManyRows> = LazyLock::new(|| of_a_kind(OWN_COMPUTED));
static OF_A_KIND: LazyLock<ManyRows> = LazyLock::new(|| of_a_kind(OWN));

/// Runs of a kind with these columns. None of them may have begun.
fn of_a_kind(own: &str) -> ManyRows {
    let columns = |names: &str| names.split(',').count();
    ManyRows::with_common(
        &format!("INSERT INTO runs ({SHARED_OF_A_KIND}, {own})"),
        columns(SHARED_OF_A_KIND),
        columns(own),
        " ON CONFLICT (id) DO NOTHING",
    )
}

static HOST_CALLS: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO host_calls (run, seq, interface, function, class, phase, summary, request, response, refused, bytes_in,
             bytes_out, micros, at)",
        14,
        "",
    )
});
