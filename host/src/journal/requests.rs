//! Runs that can be found by the request that made them.

use super::facts::RunStart;
use super::{Journal, JournalError};
use crate::refusal::{Refusal, RefusalKind};
use guildhall_package::Digest;
use sqlx::{Row as _, SqliteConnection};

/// Rule of a request that has a run already.
pub(crate) const TAKEN: &str = "run.request-taken";

impl Journal {
    /// The run that a request made; none if it made none, or if that was removed.
    pub(crate) async fn run_of_request(
        &self,
        tenant: &str,
        key: Digest,
    ) -> Result<Option<String>, JournalError> {
        let mut reader = self.readers.acquire().await?;
        find(&mut reader, tenant, key).await
    }
}

/// Refuses a beginning whose request has a run.
pub(super) async fn check(
    connection: &mut SqliteConnection,
    start: &RunStart,
) -> Result<(), JournalError> {
    let Some(key) = start.request_key else {
        return Ok(());
    };
    match find(connection, &start.tenant, key).await? {
        None => Ok(()),
        Some(run) => Err(JournalError::Refused(Box::new(
            Refusal::new(
                RefusalKind::Conflict,
                TAKEN,
                format!("this request was made before: its run is {run}"),
            )
            .with_fix("look at that run, or ask with another key"),
        ))),
    }
}

async fn find(
    connection: &mut SqliteConnection,
    tenant: &str,
    key: Digest,
) -> Result<Option<String>, JournalError> {
    let row = sqlx::query("SELECT id FROM runs WHERE tenant = $1 AND request_key = $2")
        .bind(tenant)
        .bind(key.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.try_get("id")).transpose()?)
}
