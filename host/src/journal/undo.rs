//! What an undo finds and records.

use super::db::query;
use super::{Journal, JournalError, audit};
use crate::effects::{Effect, EffectState};
use crate::ledger::HoldEvent;
use serde_json::json;

/// One effect of a run, as an undo sees it.
#[derive(Debug, Clone)]
pub(crate) struct Undoable {
    pub(crate) effect: Effect,
    pub(crate) state: EffectState,
    /// What a file write replaced, if it was kept.
    pub(crate) previous: Option<Vec<u8>>,
    /// `undone`, if it was before.
    pub(crate) undo: Option<String>,
    /// Where a bank order stands.
    pub(crate) bank: Option<String>,
}

impl Journal {
    /// The effects of a run, last performed first.
    pub(crate) async fn undoable(&self, run: &str) -> Result<Vec<Undoable>, JournalError> {
        query(
            "SELECT e.run, e.effect, e.state, e.previous, e.undo, p.bank FROM effects e
             LEFT JOIN payments p ON p.run = e.run AND p.idx = e.idx
             WHERE e.run = $1 ORDER BY e.rank DESC, e.idx DESC",
        )
        .bind(run)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| {
            let (effect, state) = super::reads::effect_of_row(&self.sealing, row)?;
            let previous: Option<Vec<u8>> = row.try_get("previous")?;
            Ok(Undoable {
                effect,
                state,
                previous: previous
                    .map(|bytes| self.sealing.show(run, bytes))
                    .transpose()?,
                undo: row.try_get("undo")?,
                bank: row.try_get("bank")?,
            })
        })
        .collect()
    }

    /// Records that an effect was undone, or why it was not.
    pub(crate) async fn record_undo(
        &self,
        tenant: String,
        run: String,
        index: u32,
        undone: bool,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let word = if undone { "undone" } else { "kept" };
                    query("UPDATE effects SET undo = $3 WHERE run = $1 AND idx = $2 AND (undo IS NULL OR undo <> 'undone')")
                        .bind(&run)
                        .bind(i64::from(index))
                        .bind(word)
                        .execute(&mut *connection)
                        .await?;
                    let body = json!({ "run": run, "effect": index, "undo": word });
                    audit::append(connection, &tenant, "undo", body, now).await
                })
            })
            .await
    }

    /// Withdraws an order that waits for the bank and gives back what it held; `false` if the bank has it already.
    pub(crate) async fn withdraw(
        &self,
        tenant: String,
        run: String,
        index: u32,
        now: i64,
    ) -> Result<bool, JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let changed = query(
                        "UPDATE payments SET bank = 'withdrawn' WHERE run = $1 AND idx = $2 AND tenant = $3
                         AND bank = 'queued' AND hold = 'held'",
                    )
                    .bind(&run)
                    .bind(i64::from(index))
                    .bind(&tenant)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                    if changed == 0 {
                        return Ok(false);
                    }
                    super::payments::resolve(connection, &sealing, &run, index, HoldEvent::Void, now).await?;
                    super::mandate_uses::uncount(connection, &sealing, &run, index).await?;
                    query("UPDATE effects SET undo = 'undone' WHERE run = $1 AND idx = $2")
                        .bind(&run)
                        .bind(i64::from(index))
                        .execute(&mut *connection)
                        .await?;
                    let body = json!({ "run": run, "effect": index, "undo": "undone" });
                    audit::append(connection, &tenant, "undo", body, now).await?;
                    Ok(true)
                })
            })
            .await
    }
}
