//! The skills' own key-value stores.

use super::db::{Connection, query};
use super::sealing::Hiding;
use super::{Journal, JournalError, Sealing};
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
        let context = place(tenant, skill);
        query("SELECT value FROM state WHERE tenant = $1 AND skill = $2")
            .bind(tenant)
            .bind(skill)
            .fetch_all(&self.readers)
            .await?
            .into_iter()
            .map(|row| {
                let sealed: Vec<u8> = row.try_get("value")?;
                entry(&self.sealing.open_bytes(&context, &sealed)?)
            })
            .collect()
    }
}

/// What a store's values are bound to.
fn place(tenant: &str, skill: &str) -> String {
    format!("state/{tenant}/{skill}")
}

/// Key and value as one: the key's length, the key, the value.
fn together(key: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = (key.len() as u64).to_be_bytes().to_vec();
    bytes.extend_from_slice(key.as_bytes());
    bytes.extend_from_slice(value);
    bytes
}

fn entry(bytes: &[u8]) -> Result<(String, Vec<u8>), JournalError> {
    let broken = || JournalError::Corrupt("an entry of a skill's store".to_owned());
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(broken)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| broken())?;
    let (key, value) = rest.split_at_checked(length).ok_or_else(broken)?;
    let key = String::from_utf8(key.to_vec()).map_err(|_| broken())?;
    Ok((key, value.to_vec()))
}

/// Applies changes to the store, inside the caller's transaction.
///
/// Keys and values are sealed: what a skill remembers may be what it was told.
pub(super) async fn apply(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    skill: &str,
    changes: &[StateChange],
) -> Result<(), JournalError> {
    let context = place(tenant, skill);
    for change in changes {
        let key = sealing.blind(&context, &change.key)?;
        let query = match &change.value {
            Some(value) => query(
                "INSERT INTO state (tenant, skill, key, value) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (tenant, skill, key) DO UPDATE SET value = excluded.value",
            )
            .bind(tenant)
            .bind(skill)
            .bind(key)
            .bind(sealing.seal_bytes(&context, &together(&change.key, value))?),
            None => query("DELETE FROM state WHERE tenant = $1 AND skill = $2 AND key = $3")
                .bind(tenant)
                .bind(skill)
                .bind(key),
        };
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Keeps changes until the run's effects are approved.
pub(super) async fn park(
    connection: &mut Connection,
    hiding: &Hiding<'_>,
    run: &str,
    skill: &str,
    changes: &[StateChange],
) -> Result<(), JournalError> {
    for change in changes {
        query("INSERT INTO state_changes (run, skill, key, value) VALUES ($1, $2, $3, $4)")
            .bind(run)
            .bind(skill)
            .bind(hiding.text(change.key.clone())?)
            .bind(
                change
                    .value
                    .clone()
                    .map(|value| hiding.bytes(value))
                    .transpose()?,
            )
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Applies the changes that were parked for a run, and forgets them.
pub(super) async fn apply_parked(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    run: &str,
) -> Result<(), JournalError> {
    let rows = query("SELECT skill, key, value FROM state_changes WHERE run = $1")
        .bind(run)
        .fetch_all(&mut *connection)
        .await?;
    for row in rows {
        let skill: String = row.try_get("skill")?;
        let change = StateChange {
            key: sealing.show_text(run, row.try_get("key")?)?,
            value: row
                .try_get::<Option<Vec<u8>>, _>("value")?
                .map(|value| sealing.show(run, value))
                .transpose()?,
        };
        apply(
            connection,
            sealing,
            tenant,
            &skill,
            std::slice::from_ref(&change),
        )
        .await?;
    }
    drop_parked(connection, run).await
}

/// Forgets the changes that were parked for a run.
pub(super) async fn drop_parked(
    connection: &mut Connection,
    run: &str,
) -> Result<(), JournalError> {
    query("DELETE FROM state_changes WHERE run = $1")
        .bind(run)
        .execute(connection)
        .await?;
    Ok(())
}
