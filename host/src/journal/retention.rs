//! What is forgotten when a run that does not keep everything has ended.

use super::db::{Connection, On, query};
use super::{Journal, JournalError, columns};
use crate::invocation::RunStatus;
use crate::retention::Retention;
use std::time::Duration;

/// What is kept of a run.
pub(super) async fn kept<'c>(on: impl Into<On<'c>>, run: &str) -> Result<Retention, JournalError> {
    let row = query("SELECT retention FROM runs WHERE id = $1")
        .bind(run)
        .fetch_one(on)
        .await?;
    columns::retention(&row)
}

/// Empties the rows of an ended run down to commitments and ledger facts. The key under which they were sealed is destroyed
/// after the transaction, so that even their old bytes on the disk say nothing.
pub(super) async fn forget(connection: &mut Connection, run: &str) -> Result<(), JournalError> {
    if kept(&mut *connection, run).await? == Retention::Full {
        return Ok(());
    }
    query(
        "UPDATE runs SET input = NULL, output = NULL, refusals = '[]', logs = '[]', effect_set = NULL,
             settings = NULL, seed = NULL, failure = CASE WHEN failure LIKE 'sealed:%' THEN NULL ELSE failure END
         WHERE id = $1",
    )
    .bind(run)
    .execute(&mut *connection)
    .await?;
    query("UPDATE host_calls SET summary = '', request = NULL, response = NULL WHERE run = $1")
        .bind(run)
        .execute(&mut *connection)
        .await?;
    let effects = query("SELECT idx, rank FROM effects WHERE run = $1 ORDER BY idx")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    for row in &effects {
        let (index, rank): (i64, i64) = (row.try_get("idx")?, row.try_get("rank")?);
        let stub = crate::effects::Effect::forgotten(
            u32::try_from(index).unwrap_or_default(),
            u8::try_from(rank).unwrap_or_default(),
        );
        query(
            "UPDATE effects SET effect = $3, content = NULL, previous = NULL, reason = NULL,
                 detail = CASE WHEN detail LIKE 'sealed:%' THEN NULL ELSE detail END
             WHERE run = $1 AND idx = $2",
        )
        .bind(run)
        .bind(index)
        .bind(serde_json::to_string(&stub)?)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

impl Journal {
    /// Destroys the key of a run that has ended, if it has one.
    pub(crate) fn forget_key(&self, run: &str, status: RunStatus) -> Result<(), JournalError> {
        if status.is_final() && status != RunStatus::Unknown {
            self.sealing.destroy(run)?;
        }
        Ok(())
    }

    /// Destroys keys of runs that have ended, whose process died before it could, or which another host has ended. A run that is
    /// only beginning has a key and no row yet, for as long as `beginning` at most.
    pub(crate) async fn sweep_keys(&self, beginning: Duration) -> Result<(), JournalError> {
        for run in self.sealing.keys()? {
            let row = query("SELECT status FROM runs WHERE id = $1")
                .bind(&run)
                .fetch_optional(&self.readers)
                .await?;
            let needed = match row {
                None => is_younger(&run, beginning),
                Some(row) => RunStatus::from_word(&row.try_get::<String, _>("status")?)
                    .is_none_or(|status| !status.is_final() || status == RunStatus::Unknown),
            };
            if !needed {
                self.sealing.destroy(&run)?;
            }
        }
        Ok(())
    }
}

/// Whether a run identifier is younger than this: its time is in it.
fn is_younger(run: &str, age: Duration) -> bool {
    let Ok(id) = uuid::Uuid::try_parse(run) else {
        return false;
    };
    let Some(began) = id.get_timestamp().map(|at| at.to_unix().0) else {
        return false;
    };
    let now = u64::try_from(crate::clock::wall_clock_ms() / 1_000).unwrap_or_default();
    now.saturating_sub(began) < age.as_secs()
}

/// What is said of a run that kept nothing and whose process died.
pub(super) const NOTHING_KEPT: &str = "its process ended before a decision was carried out, and it keeps nothing that could be read again";

impl Journal {
    /// Whether what was staged by a run can't be read any more: its key was in the memory of a process that is gone.
    pub(crate) async fn is_unreadable(&self, run: &str) -> Result<bool, JournalError> {
        Ok(kept(&self.readers, run).await? == Retention::None)
    }

    /// The same, of a run that is being committed: as long as the process lives that began it, its key is there.
    pub(crate) async fn is_lost(&self, run: &str) -> Result<bool, JournalError> {
        Ok(self.is_unreadable(run).await? && !self.sealing.has_key(run)?)
    }

    /// The files and folders that a run was granted.
    pub(crate) async fn file_grants(
        &self,
        run: &str,
    ) -> Result<Vec<crate::capabilities::files::FileGrant>, JournalError> {
        let row = query("SELECT grants FROM whole_runs WHERE id = $1")
            .bind(run)
            .fetch_one(&self.readers)
            .await?;
        let grants: crate::grants::Grants =
            serde_json::from_str(&row.try_get::<String, _>("grants")?)?;
        Ok(grants.files)
    }
}
