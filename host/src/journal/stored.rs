//! What is kept of a tenant, counted: for the page that shows it, and for an export.

use super::db::{Row, query};
use super::payments::amount_in;
use super::{Journal, JournalError, columns, parse_digest};
use crate::retention::{Stored, StoredKind, StoredWhat};
use crate::wallet::{Paid, SpendFilter};

/// Payments that are summed at once.
const MOST_PAYMENTS: i64 = 1_000_000;

impl Journal {
    /// Payments of a tenant that were carried out in a time, and what came back in it.
    pub(crate) async fn paid(
        &self,
        tenant: &str,
        filter: &SpendFilter,
    ) -> Result<(Vec<Paid>, i64), JournalError> {
        let mut reader = self.readers.acquire().await?;
        let rows = query(
            "SELECT s.at, t.minor, t.currency, p.scheme, p.payee, r.skill_name, COALESCE(k.skill_digest, r.skill_digest) AS skill_digest
             FROM accounts a
             JOIN postings s ON s.account = 'held:' || a.id AND s.at >= $3 AND s.at < $4 AND s.kind = 'capture'
             JOIN postings t ON t.transfer = s.transfer AND t.leg <> s.leg
             JOIN payments p ON p.run = s.run AND p.idx = s.idx AND p.hold = 'captured'
             LEFT JOIN runs r ON r.id = s.run LEFT JOIN run_kinds k ON k.id = r.kind
             WHERE a.tenant = $1 AND a.currency = $2 ORDER BY s.at, s.transfer LIMIT $5",
        )
        .bind(tenant)
        .bind(filter.currency.code())
        .bind(filter.from_ms)
        .bind(filter.until_ms)
        .bind(MOST_PAYMENTS)
        .fetch_all(&mut reader)
        .await?;
        let paid = rows.iter().map(paid_of_row).collect::<Result<_, _>>()?;
        let back = query(
            "SELECT CAST(COALESCE(SUM(s.minor), 0) AS BIGINT) AS back FROM accounts a
             JOIN postings s ON s.account = a.id AND s.at >= $3 AND s.at < $4 AND s.kind = 'refund' AND s.minor > 0
             WHERE a.tenant = $1 AND a.currency = $2",
        )
        .bind(tenant)
        .bind(filter.currency.code())
        .bind(filter.from_ms)
        .bind(filter.until_ms)
        .fetch_one(&mut reader)
        .await?
        .try_get("back")?;
        Ok((paid, back))
    }

    /// What is kept of a tenant. The sizes are those of what is stored, encrypted where it is.
    pub(crate) async fn stored(&self, tenant: &str) -> Result<Stored, JournalError> {
        let mut reader = self.readers.acquire().await?;
        let runs = query(
            "SELECT COUNT(*) AS runs, MIN(created_at) AS oldest,
                 COALESCE(SUM(CASE retention WHEN 'full' THEN 1 ELSE 0 END), 0) AS kept_full,
                 COALESCE(SUM(CASE retention WHEN 'hashes' THEN 1 ELSE 0 END), 0) AS kept_hashes,
                 COALESCE(SUM(CASE retention WHEN 'none' THEN 1 ELSE 0 END), 0) AS kept_none
             FROM runs WHERE tenant = $1",
        )
        .bind(tenant)
        .fetch_one(&mut reader)
        .await?;
        let mut kinds = Vec::with_capacity(StoredWhat::ALL.len());
        for what in StoredWhat::ALL {
            let row = query(question(what))
                .bind(tenant)
                .fetch_one(&mut reader)
                .await?;
            kinds.push(StoredKind {
                what,
                count: columns::count(&row, "many")?,
                bytes: columns::count(&row, "bytes")?,
            });
        }
        Ok(Stored {
            runs: columns::count(&runs, "runs")?,
            full: columns::count(&runs, "kept_full")?,
            hashes: columns::count(&runs, "kept_hashes")?,
            none: columns::count(&runs, "kept_none")?,
            oldest_run_ms: runs.try_get("oldest")?,
            kinds,
            file_bytes: 0,
        })
    }

    /// Identifiers of a tenant's runs after one of them, oldest first.
    pub(crate) async fn run_ids(
        &self,
        tenant: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, JournalError> {
        query("SELECT id FROM runs WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(tenant)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| Ok(row.try_get("id")?))
            .collect()
    }
}

const fn question(what: StoredWhat) -> &'static str {
    match what {
        StoredWhat::Inputs => {
            "SELECT COUNT(input) AS many, COALESCE(SUM(length(input)), 0) AS bytes FROM runs WHERE tenant = $1"
        }
        StoredWhat::Outputs => {
            "SELECT COUNT(output) AS many, COALESCE(SUM(length(output)), 0) AS bytes FROM runs WHERE tenant = $1"
        }
        StoredWhat::Calls => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(c.request)), 0) + COALESCE(SUM(length(c.response)), 0) AS bytes
             FROM runs r JOIN host_calls c ON c.run = r.id WHERE r.tenant = $1"
        }
        StoredWhat::Effects => {
            "SELECT COUNT(*) AS many,
                 COALESCE(SUM(length(e.effect)), 0) + COALESCE(SUM(length(e.content)), 0) + COALESCE(SUM(length(e.previous)), 0) AS bytes
             FROM runs r JOIN effects e ON e.run = r.id WHERE r.tenant = $1"
        }
        StoredWhat::State => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(value)), 0) AS bytes FROM state WHERE tenant = $1"
        }
        StoredWhat::Payments => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(words)), 0) AS bytes FROM payments WHERE tenant = $1"
        }
        StoredWhat::Payees => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(name)), 0) AS bytes FROM payees WHERE tenant = $1"
        }
        StoredWhat::Mandates => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(mandate)), 0) AS bytes FROM mandates WHERE tenant = $1"
        }
        StoredWhat::Secrets => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(value)), 0) AS bytes FROM secrets WHERE tenant = $1"
        }
        StoredWhat::Audit => {
            "SELECT COUNT(*) AS many, COALESCE(SUM(length(body)), 0) AS bytes FROM audit WHERE tenant = $1"
        }
    }
}

fn paid_of_row(row: &Row) -> Result<Paid, JournalError> {
    let (scheme, payee): (String, String) = (row.try_get("scheme")?, row.try_get("payee")?);
    let digest: Option<String> = row.try_get("skill_digest")?;
    let name: Option<String> = row.try_get("skill_name")?;
    Ok(Paid {
        at_ms: row.try_get("at")?,
        minor: amount_in(row, "currency")?.minor,
        payee: format!("{scheme}:{payee}"),
        skill: digest
            .map(parse_digest)
            .transpose()?
            .map(|digest| (name, digest)),
    })
}
