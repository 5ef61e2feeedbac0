//! What a receipt is made from, and what a replay needs.

use super::db::query;
use super::{Journal, JournalError, columns, kinds, parse_digest};
use crate::approvals::Trust;
use crate::guest::RecordedCall;
use crate::limits::Limits;
use crate::receipts::{ApprovalFacts, EffectFact};
use crate::retention::Retention;
use guildhall_package::Digest;
use serde_json::Value;
use std::collections::BTreeMap;

/// The rows of one run that a receipt is made from.
#[derive(Debug)]
pub(crate) struct ReceiptRows {
    pub(crate) facts: String,
    pub(crate) status: String,
    pub(crate) effects: Vec<EffectFact>,
    pub(crate) approval: Option<ApprovalFacts>,
}

/// What a replay starts from.
#[derive(Debug)]
pub(crate) struct ReplayRows {
    pub(crate) skill: Digest,
    pub(crate) trust: Trust,
    pub(crate) operation: String,
    pub(crate) input: Value,
    pub(crate) output: Option<Value>,
    pub(crate) failure: Option<crate::invocation::Failure>,
    pub(crate) status: String,
    pub(crate) seed: [u8; 32],
    pub(crate) settings: BTreeMap<String, String>,
    pub(crate) locale: String,
    pub(crate) limits: Limits,
    pub(crate) started_now_ms: i64,
    pub(crate) retention: Retention,
    pub(crate) grants: crate::grants::Grants,
    pub(crate) calls: Vec<RecordedCall>,
}

impl Journal {
    /// The rows of a receipt; none if there is no such run, or its guest is still at work.
    pub(crate) async fn receipt_rows(
        &self,
        tenant: &str,
        run: &str,
    ) -> Result<Option<ReceiptRows>, JournalError> {
        let row = query("SELECT * FROM whole_runs WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(run)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(facts) = kinds::facts_of_row(&row)? else {
            return Ok(None);
        };
        let effects = query(
            "SELECT run, effect, state, detail, undo FROM effects WHERE run = $1 ORDER BY idx",
        )
        .bind(run)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let (effect, state) = super::reads::effect_of_row(&self.sealing, row)?;
            Ok(EffectFact {
                effect,
                state,
                detail: row
                    .try_get::<Option<String>, _>("detail")?
                    .map(|detail| self.sealing.show_text(run, detail))
                    .transpose()?,
                undone: row.try_get::<Option<String>, _>("undo")?.as_deref() == Some("undone"),
            })
        })
        .collect::<Result<_, JournalError>>()?;
        let approval = self.approval(run).await?;
        Ok(Some(ReceiptRows {
            facts,
            status: row.try_get("status")?,
            effects,
            approval,
        }))
    }

    /// Who decided about a run; none if nobody did.
    async fn approval(&self, run: &str) -> Result<Option<ApprovalFacts>, JournalError> {
        query("SELECT * FROM approvals WHERE run = $1")
            .bind(run)
            .fetch_optional(&self.readers)
            .await?
            .map(|row| {
                let mandates: Option<String> = row.try_get("mandates")?;
                Ok::<_, JournalError>(ApprovalFacts {
                    decision: row.try_get("decision")?,
                    effect_set: parse_digest(row.try_get("effect_set_hash")?)?,
                    skill: parse_digest(row.try_get("skill_digest")?)?,
                    decider: row.try_get("decider")?,
                    channel: row.try_get("channel")?,
                    decided_at_ms: row.try_get("decided_at")?,
                    expires_at_ms: row.try_get("expires_at")?,
                    mandates: mandates
                        .map_or(Ok(Vec::new()), |text| serde_json::from_str(&text))?,
                })
            })
            .transpose()
    }

    /// Who decided about a run of a tenant; none if nobody did, or it is not theirs.
    pub(crate) async fn decision(
        &self,
        tenant: &str,
        run: &str,
    ) -> Result<Option<ApprovalFacts>, JournalError> {
        let own = query("SELECT 1 FROM runs WHERE id = $1 AND tenant = $2")
            .bind(run)
            .bind(tenant)
            .fetch_optional(&self.readers)
            .await?;
        match own {
            Some(_) => self.approval(run).await,
            None => Ok(None),
        }
    }

    /// The effect set of a run, if it and every stored effect are those of this hash.
    pub(crate) async fn intact_set(
        &self,
        run: &str,
        hash: Digest,
    ) -> Result<Option<crate::effects::EffectSet>, JournalError> {
        let mut reader = self.readers.acquire().await?;
        super::commit::approved_set(&mut reader, &self.sealing, run, hash).await
    }

    /// Everything that a run can be executed again from; none if there is no such run.
    pub(crate) async fn replay_rows(
        &self,
        tenant: &str,
        run: &str,
    ) -> Result<Option<ReplayRows>, JournalError> {
        let row = query("SELECT * FROM whole_runs WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(run)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let retention = columns::retention(&row)?;
        let json = |column: &str| -> Result<Option<Value>, JournalError> {
            let bytes: Option<Vec<u8>> = row.try_get(column)?;
            Ok(bytes
                .map(|bytes| serde_json::from_slice(&bytes))
                .transpose()?)
        };
        let text = |column: &str| -> Result<String, JournalError> {
            Ok(row
                .try_get::<Option<String>, _>(column)?
                .unwrap_or_default())
        };
        let seed: Option<Vec<u8>> = row.try_get("seed")?;
        let calls = query(
            "SELECT seq, interface, function, request, response, refused, at FROM host_calls WHERE run = $1 ORDER BY seq",
        )
        .bind(run)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| Ok(RecordedCall {
            seq: columns::count(row, "seq")?,
            interface: row.try_get("interface")?,
            function: row.try_get("function")?,
            request: row.try_get::<Option<Vec<u8>>, _>("request")?.unwrap_or_default(),
            response: row
                .try_get::<Option<Vec<u8>>, _>("response")?
                .unwrap_or_default(),
            refused: row.try_get::<Option<String>, _>("refused")?.is_some(),
            at: row.try_get("at")?,
        }))
        .collect::<Result<_, JournalError>>()?;
        let failure: Option<String> = row.try_get("failure")?;
        let settings = text("settings")?;
        let limits = text("limits")?;
        Ok(Some(ReplayRows {
            skill: parse_digest(row.try_get("skill_digest")?)?,
            trust: serde_json::from_str(&row.try_get::<String, _>("trust")?)?,
            operation: row.try_get("operation")?,
            input: json("input")?.unwrap_or_default(),
            output: json("output")?,
            failure: failure
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
            status: row.try_get("status")?,
            seed: seed
                .and_then(|seed| seed.try_into().ok())
                .unwrap_or_default(),
            settings: if settings.is_empty() {
                BTreeMap::new()
            } else {
                serde_json::from_str(&settings)?
            },
            locale: text("locale")?,
            limits: if limits.is_empty() {
                Limits::default()
            } else {
                serde_json::from_str(&limits)?
            },
            started_now_ms: row.try_get("started_now_ms")?,
            retention,
            grants: serde_json::from_str(&row.try_get::<String, _>("grants")?)?,
            calls,
        }))
    }
}
