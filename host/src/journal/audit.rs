//! The audit chain's rows. Each is written in the transaction of what it tells.

use super::{Journal, JournalError, parse_digest};
use crate::audit::{AuditEntry, AuditHead, entry_hash, genesis};
use guildhall_package::Digest;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// Chain of what concerns the host as a whole; no tenant can have this name.
pub(crate) const HOST: &str = "*";

impl Journal {
    /// Entries of a tenant's chain from a place on, at most `limit`.
    pub(crate) async fn audit_entries(
        &self,
        tenant: &str,
        from: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, JournalError> {
        sqlx::query(
            "SELECT tenant, seq, at, kind, body, prev, hash FROM audit WHERE tenant = $1 AND seq >= $2
             ORDER BY seq LIMIT $3",
        )
        .bind(tenant)
        .bind(super::runs::stored(from))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(entry_of_row)
        .collect()
    }

    /// Where a tenant's chain ends.
    pub(crate) async fn audit_head(&self, tenant: &str) -> Result<AuditHead, JournalError> {
        let row = sqlx::query(
            "SELECT seq, at, hash FROM audit WHERE tenant = $1 ORDER BY seq DESC LIMIT 1",
        )
        .bind(tenant)
        .fetch_optional(&self.readers)
        .await?;
        Ok(match row {
            None => AuditHead {
                tenant: tenant.to_owned(),
                entries: 0,
                hash: genesis(tenant),
                at_ms: 0,
            },
            Some(row) => AuditHead {
                tenant: tenant.to_owned(),
                entries: u64::try_from(row.get::<i64, _>("seq"))
                    .unwrap_or_default()
                    .saturating_add(1),
                hash: parse_digest(row.get("hash"))?,
                at_ms: row.get("at"),
            },
        })
    }
}

/// Adds an entry to a tenant's chain, inside the caller's transaction.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    tenant: &str,
    kind: &str,
    body: Value,
    now: i64,
) -> Result<(), JournalError> {
    let last =
        sqlx::query("SELECT seq, hash FROM audit WHERE tenant = $1 ORDER BY seq DESC LIMIT 1")
            .bind(tenant)
            .fetch_optional(&mut *connection)
            .await?;
    let (seq, prev): (u64, Digest) = match last {
        None => (0, genesis(tenant)),
        Some(row) => (
            u64::try_from(row.get::<i64, _>("seq"))
                .unwrap_or_default()
                .saturating_add(1),
            parse_digest(row.get("hash"))?,
        ),
    };
    let hash = entry_hash(tenant, seq, now, kind, &body, prev)?;
    sqlx::query(
        "INSERT INTO audit (tenant, seq, at, kind, body, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(tenant)
    .bind(super::runs::stored(seq))
    .bind(now)
    .bind(kind)
    .bind(body.to_string())
    .bind(prev.to_string())
    .bind(hash.to_string())
    .execute(connection)
    .await?;
    Ok(())
}

fn entry_of_row(row: &SqliteRow) -> Result<AuditEntry, JournalError> {
    let body: String = row.get("body");
    Ok(AuditEntry {
        tenant: row.get("tenant"),
        seq: u64::try_from(row.get::<i64, _>("seq")).unwrap_or_default(),
        at_ms: row.get("at"),
        kind: row.get("kind"),
        body: serde_json::from_str(&body)?,
        prev: parse_digest(row.get("prev"))?,
        hash: parse_digest(row.get("hash"))?,
    })
}
