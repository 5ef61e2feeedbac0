//! Asking for the end of a run that another host instance is at work on. The one that owns it looks, and stops it.

use super::db::query;
use super::{Journal, JournalError};

impl Journal {
    /// Notes that a run which is at work shall be stopped; `false` if there is none.
    pub(crate) async fn ask_to_stop(
        &self,
        tenant: String,
        run: String,
    ) -> Result<bool, JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let changed = query(
                        "UPDATE runs SET stop_asked = 1 WHERE tenant = $1 AND id = $2 AND status = 'running'",
                    )
                    .bind(tenant)
                    .bind(run)
                    .execute(connection)
                    .await?
                    .rows_affected();
                    Ok(changed == 1)
                })
            })
            .await
    }

    /// Runs of this instance that are at work and shall be stopped.
    pub(crate) async fn asked_to_stop(&self) -> Result<Vec<String>, JournalError> {
        query(
            // In the words of the index of open runs: this is asked again and again.
            "SELECT id FROM runs WHERE status IN ('running', 'awaiting_approval', 'committing')
             AND status = 'running' AND owner = $1 AND stop_asked IS NOT NULL",
        )
        .bind(&self.instance)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| Ok(row.try_get("id")?))
        .collect()
    }

    /// Whether other instances can be over the same journal.
    pub(crate) fn is_shared(&self) -> bool {
        !self.instances.is_alone()
    }
}
