//! What people and the host ask the journal.

use super::columns::count;
use super::db::{Row, Search, query};
use super::search::push_status;
use super::{Journal, JournalError, Sealing, parse_digest};
use crate::approvals::SkillIdentity;
use crate::effects::{Effect, EffectSet, EffectState};
use crate::invocation::{EffectReport, Outcome, RunStatus};
use crate::retention::Retention;
use crate::values::JsonText;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which runs to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only runs in this status.
    pub status: Option<RunStatus>,
    /// At most this many, newest first. 0 means 50; never more than 1,000.
    pub limit: u32,
}

/// One run in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Identifier.
    pub invocation: String,
    /// Which skill.
    pub skill: SkillIdentity,
    /// Which operation.
    pub operation: String,
    /// Where it stands.
    pub status: RunStatus,
    /// When it began, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// When it ended or was parked.
    pub ended_at_ms: Option<i64>,
    /// Staged effects.
    pub effects: u64,
    /// Fuel burned.
    pub fuel: u64,
    /// Wall clock in milliseconds.
    pub wall_ms: u64,
}

/// One effect set that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingApproval {
    /// The run.
    pub invocation: String,
    /// Which skill.
    pub skill: SkillIdentity,
    /// Which operation.
    pub operation: String,
    /// How many effects.
    pub effects: u64,
    /// One line, from facts.
    pub summary: String,
    /// When the run began, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// When it expires.
    pub expires_at_ms: i64,
    /// What an approval binds to.
    pub effect_set: Digest,
}

/// One run with everything that was recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDetail {
    /// The run in short.
    pub summary: RunSummary,
    /// Its input.
    pub input: Option<Value>,
    /// What it came to.
    pub outcome: Outcome,
    /// Each host call, in order.
    pub calls: Vec<HostCallRecord>,
}

/// One host call of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCallRecord {
    /// Order within the run, from 0.
    pub seq: u64,
    /// Interface: `network`.
    pub interface: String,
    /// Function: `send`.
    pub function: String,
    /// `read`, `state`, `staged`, `live-write` or `context`.
    pub class: String,
    /// Whether the answer of a live write never arrived.
    pub unanswered: bool,
    /// What was asked, in one plain line.
    pub summary: String,
    /// Rule that refused it.
    pub refused: Option<String>,
    /// Bytes that came in.
    pub bytes_in: u64,
    /// Bytes that left.
    pub bytes_out: u64,
    /// Time in microseconds.
    pub micros: u64,
    /// When, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub at_ms: i64,
}

/// What the executor needs of a committing run.
#[derive(Debug, Clone)]
pub(crate) struct CommitFacts {
    pub(crate) tenant: String,
    pub(crate) set: EffectSet,
    pub(crate) states: Vec<(Effect, EffectState)>,
}

/// An unfinished run whose host instance may be gone.
#[derive(Debug, Clone)]
pub(crate) struct Orphan {
    pub(crate) run: String,
    pub(crate) status: RunStatus,
    pub(crate) owner: String,
}

const RUN_COLUMNS: &str = "id, skill_digest, skill_name, skill_version, trust, operation, status, input, output,
    failure, refusals, logs, effect_set, effect_set_hash, contacted, does_not, fuel, wall_ms, memory_bytes,
    host_calls, bytes_in, bytes_out, log_dropped, effects, created_at, ended_at, expires_at, sent, retention";

impl Journal {
    /// Runs of a tenant, newest first.
    pub(crate) async fn list(
        &self,
        tenant: &str,
        filter: RunFilter,
    ) -> Result<Vec<RunSummary>, JournalError> {
        let limit = match filter.limit {
            0 => 50,
            more => more.min(1_000),
        };
        let mut sql = Search::new(format!(
            "SELECT {RUN_COLUMNS} FROM whole_runs WHERE tenant = "
        ));
        sql.push_bind(tenant);
        if let Some(status) = filter.status {
            push_status(&mut sql, status);
        }
        sql.push(" ORDER BY id DESC LIMIT ")
            .push_bind(i64::from(limit));
        sql.build()
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(summary_of_row)
            .collect()
    }

    /// Effect sets of a tenant that wait for a person, oldest first.
    pub(crate) async fn pending(&self, tenant: &str) -> Result<Vec<PendingApproval>, JournalError> {
        let sql = format!(
            "SELECT {RUN_COLUMNS} FROM whole_runs WHERE tenant = $1 AND status <> 'completed' AND status = 'awaiting_approval'
             ORDER BY id LIMIT 1000"
        );
        query(sql)
            .bind(tenant)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| pending_of_row(&self.sealing, row))
            .collect()
    }

    /// One run of a tenant as an outcome.
    pub(crate) async fn outcome(
        &self,
        tenant: &str,
        run: &str,
    ) -> Result<Option<Outcome>, JournalError> {
        let Some(row) = self.run_row(tenant, run).await? else {
            return Ok(None);
        };
        let effects = self.effect_reports(run).await?;
        outcome_of_row(&self.sealing, &row, effects).map(Some)
    }

    /// One run of a tenant with everything recorded.
    pub(crate) async fn detail(
        &self,
        tenant: &str,
        run: &str,
    ) -> Result<Option<RunDetail>, JournalError> {
        let Some(row) = self.run_row(tenant, run).await? else {
            return Ok(None);
        };
        let effects = self.effect_reports(run).await?;
        let calls = query(
            "SELECT seq, interface, function, class, phase, summary, refused, bytes_in, bytes_out, micros, at
             FROM host_calls WHERE run = $1 ORDER BY seq",
        )
        .bind(run)
        .fetch_all(&self.readers)
        .await?;
        Ok(Some(RunDetail {
            summary: summary_of_row(&row)?,
            input: json_column(&self.sealing, &row, "input")?,
            outcome: outcome_of_row(&self.sealing, &row, effects)?,
            calls: calls
                .iter()
                .map(|row| call_of_row(&self.sealing, run, row))
                .collect::<Result<_, _>>()?,
        }))
    }

    /// The effect set of a run, with the contents and reasons of its effects.
    pub(crate) async fn staged(
        &self,
        run: &str,
    ) -> Result<Vec<(Effect, Option<String>, Option<Vec<u8>>)>, JournalError> {
        query(
            "SELECT run, effect, state, reason, content FROM effects WHERE run = $1 ORDER BY rank, idx",
        )
        .bind(run)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let (effect, _) = effect_of_row(&self.sealing, row)?;
            let content: Option<Vec<u8>> = row.try_get("content")?;
            let content = content
                .map(|content| self.sealing.show(run, content))
                .transpose()?;
            Ok((effect, row.try_get("reason")?, content))
        })
        .collect()
    }

    /// What the executor needs of a committing run, in the order of commit.
    pub(crate) async fn commit_facts(&self, run: &str) -> Result<CommitFacts, JournalError> {
        let row = query("SELECT tenant, effect_set FROM runs WHERE id = $1")
            .bind(run)
            .fetch_one(&self.readers)
            .await?;
        let set: Option<String> = row.try_get("effect_set")?;
        let states =
            query("SELECT run, effect, state FROM effects WHERE run = $1 ORDER BY rank, idx")
                .bind(run)
                .fetch_all(&self.readers)
                .await?
                .iter()
                .map(|row| effect_of_row(&self.sealing, row))
                .collect::<Result<_, _>>()?;
        Ok(CommitFacts {
            tenant: row.try_get("tenant")?,
            set: serde_json::from_str(&self.sealing.show_text(run, set.unwrap_or_default())?)?,
            states,
        })
    }

    /// The content of one effect.
    pub(crate) async fn content(&self, run: &str, index: u32) -> Result<Vec<u8>, JournalError> {
        let row = query("SELECT content FROM effects WHERE run = $1 AND idx = $2")
            .bind(run)
            .bind(i64::from(index))
            .fetch_one(&self.readers)
            .await?;
        let content: Option<Vec<u8>> = row.try_get("content")?;
        self.sealing.show(run, content.unwrap_or_default())
    }

    /// Runs that are being worked on by host instances that are gone.
    pub(crate) async fn orphans(&self) -> Result<Vec<Orphan>, JournalError> {
        let rows = query(
            "SELECT id, status, owner, retention FROM runs
             WHERE status IN ('running', 'awaiting_approval', 'committing')
             AND (status <> 'awaiting_approval' OR retention = 'none') ORDER BY id",
        )
        .fetch_all(&self.readers)
        .await?;
        let owners = rows
            .iter()
            .map(|row| row.try_get("owner"))
            .collect::<Result<_, _>>()?;
        let gone = self
            .instances
            .gone(&self.instance, owners, &self.readers)
            .await?;
        let mut orphans = Vec::new();
        for row in &rows {
            let owner: String = row.try_get("owner")?;
            let run: String = row.try_get("id")?;
            let status = status_column(row)?;
            // What it would perform can be read by none but the host that began it: it goes on with it.
            let elsewhere = status == RunStatus::Committing
                && row.try_get::<String, _>("retention")? == Retention::Hashes.word()
                && self.sealing.is_elsewhere(&run, Retention::Hashes.word())?;
            if gone.contains(&owner) && !elsewhere {
                orphans.push(Orphan { run, status, owner });
            }
        }
        Ok(orphans)
    }

    /// Runs that this host is committing.
    pub(crate) async fn committing_here(&self) -> Result<Vec<String>, JournalError> {
        query(
            // In the words of the index of open runs: this is asked again and again.
            "SELECT id FROM runs WHERE status IN ('running', 'awaiting_approval', 'committing')
             AND status = 'committing' AND owner = $1 ORDER BY id",
        )
        .bind(&self.instance)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| Ok(row.try_get("id")?))
        .collect()
    }

    async fn run_row(&self, tenant: &str, run: &str) -> Result<Option<Row>, JournalError> {
        let sql = format!("SELECT {RUN_COLUMNS} FROM whole_runs WHERE tenant = $1 AND id = $2");
        let row = query(sql)
            .bind(tenant)
            .bind(run)
            .fetch_optional(&self.readers)
            .await?;
        if let Some(row) = &row {
            let status = status_column(row)?;
            let sealed = !status.is_final() || status == RunStatus::Unknown;
            if sealed
                && self
                    .sealing
                    .is_elsewhere(run, &row.try_get::<String, _>("retention")?)?
            {
                return Err(JournalError::KeyElsewhere(run.to_owned()));
            }
        }
        Ok(row)
    }

    async fn effect_reports(&self, run: &str) -> Result<Vec<EffectReport>, JournalError> {
        query("SELECT run, effect, state, detail, undo FROM effects WHERE run = $1 ORDER BY idx")
            .bind(run)
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| {
                let (effect, state) = effect_of_row(&self.sealing, row)?;
                Ok(EffectReport {
                    summary: effect.facts.summary(),
                    effect,
                    state,
                    detail: row
                        .try_get::<Option<String>, _>("detail")?
                        .map(|detail| self.sealing.show_text(run, detail))
                        .transpose()?,
                    undone: row.try_get::<Option<String>, _>("undo")?.as_deref() == Some("undone"),
                })
            })
            .collect()
    }
}

/// Effect and state of a row with the columns `run`, `effect` and `state`.
pub(super) fn effect_of_row(
    sealing: &Sealing,
    row: &Row,
) -> Result<(Effect, EffectState), JournalError> {
    let run: String = row.try_get("run")?;
    let effect = sealing.show_text(&run, row.try_get("effect")?)?;
    Ok((serde_json::from_str(&effect)?, state_of_row(row)?))
}

/// State of a row of effects.
pub(super) fn state_of_row(row: &Row) -> Result<EffectState, JournalError> {
    let word: String = row.try_get("state")?;
    EffectState::from_word(&word)
        .ok_or_else(|| JournalError::Corrupt(format!("the effect state {word:?}")))
}

fn status_column(row: &Row) -> Result<RunStatus, JournalError> {
    let word: String = row.try_get("status")?;
    RunStatus::from_word(&word).ok_or_else(|| JournalError::Corrupt(format!("the status {word:?}")))
}

fn identity_of_row(row: &Row) -> Result<SkillIdentity, JournalError> {
    let trust: String = row.try_get("trust")?;
    Ok(SkillIdentity {
        name: row.try_get("skill_name")?,
        version: row.try_get("skill_version")?,
        digest: parse_digest(row.try_get("skill_digest")?)?,
        trust: serde_json::from_str(&trust)?,
    })
}

pub(super) fn summary_of_row(row: &Row) -> Result<RunSummary, JournalError> {
    Ok(RunSummary {
        invocation: row.try_get("id")?,
        skill: identity_of_row(row)?,
        operation: row.try_get("operation")?,
        status: status_column(row)?,
        created_at_ms: row.try_get("created_at")?,
        ended_at_ms: row.try_get("ended_at")?,
        effects: count(row, "effects")?,
        fuel: count(row, "fuel")?,
        wall_ms: count(row, "wall_ms")?,
    })
}

fn pending_of_row(sealing: &Sealing, row: &Row) -> Result<PendingApproval, JournalError> {
    let run: String = row.try_get("id")?;
    let summary = match sealing.show_text(&run, row.try_get("effect_set")?) {
        // It is decided elsewhere, and must not hide the others.
        Err(error @ JournalError::KeyElsewhere(_)) => error.to_string(),
        set => summary_of_set(&serde_json::from_str(&set?)?),
    };
    Ok(PendingApproval {
        invocation: row.try_get("id")?,
        skill: identity_of_row(row)?,
        operation: row.try_get("operation")?,
        effects: count(row, "effects")?,
        summary,
        created_at_ms: row.try_get("created_at")?,
        expires_at_ms: row
            .try_get::<Option<i64>, _>("expires_at")?
            .unwrap_or_default(),
        effect_set: parse_digest(row.try_get("effect_set_hash")?)?,
    })
}

fn summary_of_set(set: &EffectSet) -> String {
    match set.effects.as_slice() {
        [] => String::new(),
        [only] => only.facts.summary(),
        [first, rest @ ..] => format!("{}, and {} more", first.facts.summary(), rest.len()),
    }
}

fn outcome_of_row(
    sealing: &Sealing,
    row: &Row,
    effects: Vec<EffectReport>,
) -> Result<Outcome, JournalError> {
    let hash: Option<String> = row.try_get("effect_set_hash")?;
    Ok(Outcome {
        invocation: row.try_get("id")?,
        status: status_column(row)?,
        output: output_column(sealing, row)?,
        failure: text_column(sealing, row, "failure")?,
        effects,
        refusals: text_column(sealing, row, "refusals")?.unwrap_or_default(),
        usage: super::columns::usage(row)?,
        logs: text_column(sealing, row, "logs")?.unwrap_or_default(),
        effect_set: hash.map(parse_digest).transpose()?,
        expires_at_ms: row.try_get("expires_at")?,
        contacted: text_column(sealing, row, "contacted")?.unwrap_or_default(),
        sent: text_column(sealing, row, "sent")?.unwrap_or_default(),
        does_not: text_column(sealing, row, "does_not")?.unwrap_or_default(),
        retention: super::columns::retention(row)?,
        asks: Vec::new(),
    })
}

fn call_of_row(sealing: &Sealing, run: &str, row: &Row) -> Result<HostCallRecord, JournalError> {
    Ok(HostCallRecord {
        seq: count(row, "seq")?,
        interface: row.try_get("interface")?,
        function: row.try_get("function")?,
        class: row.try_get("class")?,
        unanswered: row.try_get::<String, _>("phase")? == "sent",
        summary: sealing.show_text(run, row.try_get("summary")?)?,
        refused: row.try_get("refused")?,
        bytes_in: count(row, "bytes_in")?,
        bytes_out: count(row, "bytes_out")?,
        micros: count(row, "micros")?,
        at_ms: row.try_get("at")?,
    })
}

fn json_column(sealing: &Sealing, row: &Row, column: &str) -> Result<Option<Value>, JournalError> {
    let run: String = row.try_get("id")?;
    let bytes: Option<Vec<u8>> = row.try_get(column)?;
    bytes
        .map(|bytes| Ok(serde_json::from_slice(&sealing.show(&run, bytes)?)?))
        .transpose()
}

fn output_column(sealing: &Sealing, row: &Row) -> Result<Option<JsonText>, JournalError> {
    let run: String = row.try_get("id")?;
    let bytes: Option<Vec<u8>> = row.try_get("output")?;
    let Some(bytes) = bytes else { return Ok(None) };
    let text = String::from_utf8(sealing.show(&run, bytes)?)
        .map_err(|error| JournalError::Corrupt(error.to_string()))?;
    Ok(Some(text.parse()?))
}

fn text_column<T: serde::de::DeserializeOwned>(
    sealing: &Sealing,
    row: &Row,
    column: &str,
) -> Result<Option<T>, JournalError> {
    let run: String = row.try_get("id")?;
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| Ok(serde_json::from_str(&sealing.show_text(&run, text)?)?))
        .transpose()
}
