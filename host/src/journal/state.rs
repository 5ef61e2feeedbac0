//! The skills' own key-value stores.

use super::{Journal, JournalError};
use sqlx::{Row as _, SqliteConnection};
use std::collections::BTreeMap;

/// One buffered change of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateChange {
    pub(crate) key: String,
    /// New value; none removes the key.
    pub(crate) value: Option<Vec<u8>>,
}

impl Journal {
    /// The whole store of one skill for one tenant. Stores are small: the host bounds them.
    pub(crate) async fn state_of(
        &self,
        tenant: &str,
        skill: &str,
    ) -> Result<BTreeMap<String, Vec<u8>>, JournalError> {
        Ok(
            sqlx::query("SELECT key, value FROM state WHERE tenant = $1 AND skill = $2")
                .bind(tenant)
                .bind(skill)
                .fetch_all(&self.readers)
                .await?
                .into_iter()
                .map(|row| (row.get("key"), row.get("value")))
                .collect(),
        )
    }
}

/// Applies changes to the store, inside the caller's transaction.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    tenant: &str,
    skill: &str,
    changes: &[StateChange],
) -> Result<(), JournalError> {
    for change in changes {
        let query = match &change.value {
            Some(value) => sqlx::query(
                "INSERT INTO state (tenant, skill, key, value) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (tenant, skill, key) DO UPDATE SET value = excluded.value",
            )
            .bind(tenant)
            .bind(skill)
            .bind(&change.key)
            .bind(value),
            None => sqlx::query("DELETE FROM state WHERE tenant = $1 AND skill = $2 AND key = $3")
                .bind(tenant)
                .bind(skill)
                .bind(&change.key),
        };
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Keeps changes until the run's effects are approved.
pub(super) async fn park(
    connection: &mut SqliteConnection,
    run: &str,
    skill: &str,
    changes: &[StateChange],
) -> Result<(), JournalError> {
    for change in changes {
        sqlx::query("INSERT INTO state_changes (run, skill, key, value) VALUES ($1, $2, $3, $4)")
            .bind(run)
            .bind(skill)
            .bind(&change.key)
            .bind(&change.value)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Applies the changes that were parked for a run, and forgets them.
pub(super) async fn apply_parked(
    connection: &mut SqliteConnection,
    tenant: &str,
    run: &str,
) -> Result<(), JournalError> {
    let rows = sqlx::query("SELECT skill, key, value FROM state_changes WHERE run = $1")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        let skill: String = row.get("skill");
        let change = StateChange {
            key: row.get("key"),
            value: row.get("value"),
        };
        apply(connection, tenant, &skill, std::slice::from_ref(&change)).await?;
    }
    drop_parked(connection, run).await
}

/// Forgets the changes that were parked for a run.
pub(super) async fn drop_parked(
    connection: &mut SqliteConnection,
    run: &str,
) -> Result<(), JournalError> {
    sqlx::query("DELETE FROM state_changes WHERE run = $1")
        .bind(run)
        .execute(connection)
        .await?;
    Ok(())
}
