//! Runs whose identifier was chosen before they began.

use super::JournalError;
use super::db::{Connection, query};
use super::facts::RunStart;
use crate::refusal::{Refusal, RefusalKind};

/// Refuses a beginning whose identifier a run has.
pub(super) async fn check(
    connection: &mut Connection,
    start: &RunStart,
) -> Result<(), JournalError> {
    if !start.chosen {
        return Ok(());
    }
    let found = query("SELECT id FROM runs WHERE id = $1")
        .bind(&start.id)
        .fetch_optional(connection)
        .await?;
    match found {
        None => Ok(()),
        Some(_) => Err(JournalError::Refused(Box::new(
            Refusal::new(
                RefusalKind::Conflict,
                "run.taken",
                format!("there is a run {} already", start.id),
            )
            .with_fix("look at that run, or begin one with an identifier of its own"),
        ))),
    }
}
