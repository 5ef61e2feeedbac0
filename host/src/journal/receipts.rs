//! What a receipt is made from, and what a replay needs.

use super::{Journal, JournalError, parse_digest};
use crate::guest::RecordedCall;
use crate::limits::Limits;
use crate::receipts::{ApprovalFacts, EffectFact};
use crate::retention::Retention;
use guildhall_package::Digest;
use serde_json::Value;
use sqlx::Row as _;
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
        let row = sqlx::query("SELECT facts, status FROM runs WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(run)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(facts) = row.get::<Option<String>, _>("facts") else {
            return Ok(None);
        };
        let effects = sqlx::query(
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
                    .get::<Option<String>, _>("detail")
                    .map(|detail| self.sealing.show_text(run, detail))
                    .transpose()?,
                undone: row.get::<Option<String>, _>("undo").as_deref() == Some("undone"),
            })
        })
        .collect::<Result<_, JournalError>>()?;
        let approval = sqlx::query("SELECT * FROM approvals WHERE run = $1")
            .bind(run)
            .fetch_optional(&self.readers)
            .await?
            .map(|row| {
                let mandates: Option<String> = row.get("mandates");
                Ok::<_, JournalError>(ApprovalFacts {
                    decision: row.get("decision"),
                    effect_set: parse_digest(row.get("effect_set_hash"))?,
                    skill: parse_digest(row.get("skill_digest"))?,
                    decider: row.get("decider"),
                    channel: row.get("channel"),
                    decided_at_ms: row.get("decided_at"),
                    expires_at_ms: row.get("expires_at"),
                    mandates: mandates
                        .map_or(Ok(Vec::new()), |text| serde_json::from_str(&text))?,
                })
            })
            .transpose()?;
        Ok(Some(ReceiptRows {
            facts,
            status: row.get("status"),
            effects,
            approval,
        }))
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
        let row = sqlx::query("SELECT * FROM runs WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(run)
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let retention: Retention = row
            .get::<String, _>("retention")
            .parse()
            .map_err(|_| JournalError::Corrupt("a retention".to_owned()))?;
        let json = |column: &str| -> Result<Option<Value>, JournalError> {
            let bytes: Option<Vec<u8>> = row.get(column);
            Ok(bytes
                .map(|bytes| serde_json::from_slice(&bytes))
                .transpose()?)
        };
        let text = |column: &str| row.get::<Option<String>, _>(column).unwrap_or_default();
        let seed: Option<Vec<u8>> = row.get("seed");
        let calls = sqlx::query(
            "SELECT seq, interface, function, request, response, refused, at FROM host_calls WHERE run = $1 ORDER BY seq",
        )
        .bind(run)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| RecordedCall {
            seq: u64::try_from(row.get::<i64, _>("seq")).unwrap_or_default(),
            interface: row.get("interface"),
            function: row.get("function"),
            request: row.get::<Option<Vec<u8>>, _>("request").unwrap_or_default(),
            response: row
                .get::<Option<Vec<u8>>, _>("response")
                .unwrap_or_default(),
            refused: row.get::<Option<String>, _>("refused").is_some(),
            at: row.get("at"),
        })
        .collect();
        let failure: Option<String> = row.get("failure");
        let settings = text("settings");
        let limits = text("limits");
        Ok(Some(ReplayRows {
            skill: parse_digest(row.get("skill_digest"))?,
            operation: row.get("operation"),
            input: json("input")?.unwrap_or_default(),
            output: json("output")?,
            failure: failure
                .map(|text| serde_json::from_str(&text))
                .transpose()?,
            status: row.get("status"),
            seed: seed
                .and_then(|seed| seed.try_into().ok())
                .unwrap_or_default(),
            settings: if settings.is_empty() {
                BTreeMap::new()
            } else {
                serde_json::from_str(&settings)?
            },
            locale: text("locale"),
            limits: if limits.is_empty() {
                Limits::default()
            } else {
                serde_json::from_str(&limits)?
            },
            started_now_ms: row.get("started_now_ms"),
            retention,
            grants: serde_json::from_str(&row.get::<String, _>("grants"))?,
            calls,
        }))
    }
}
