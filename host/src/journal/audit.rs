//! The audit chain's rows. Each is written in the transaction of what it tells.

use super::db::{Connection, Row, query};
use super::many::{ManyRows, insert_many};
use super::{Journal, JournalError, columns, parse_digest};
use crate::audit::{AuditEntry, AuditHead, entry_hash_of, genesis};
use guildhall_package::Digest;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Chain of what concerns the host as a whole; no tenant can have this name.
pub(crate) const HOST: &str = "*";

impl Journal {
    /// Notes something that was set outside of the journal.
    pub(crate) async fn note(
        &self,
        tenant: String,
        kind: &'static str,
        body: Value,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { append(connection, &tenant, kind, body, now).await })
            })
            .await
    }

    /// Entries of a tenant's chain from a place on, at most `limit`.
    pub(crate) async fn audit_entries(
        &self,
        tenant: &str,
        from: u64,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, JournalError> {
        query(
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

    /// Entries of one kind in a tenant's chain, oldest first.
    pub(crate) async fn audit_of_kind(
        &self,
        tenant: &str,
        kind: &str,
    ) -> Result<Vec<AuditEntry>, JournalError> {
        query(
            "SELECT tenant, seq, at, kind, body, prev, hash FROM audit WHERE tenant = $1 AND kind = $2 ORDER BY seq",
        )
        .bind(tenant)
        .bind(kind)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(entry_of_row)
        .collect()
    }

    /// Where a tenant's chain ends.
    pub(crate) async fn audit_head(&self, tenant: &str) -> Result<AuditHead, JournalError> {
        let row =
            query("SELECT seq, at, hash FROM audit WHERE tenant = $1 ORDER BY seq DESC LIMIT 1")
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
                entries: columns::count(&row, "seq")?.saturating_add(1),
                hash: parse_digest(row.try_get("hash")?)?,
                at_ms: row.try_get("at")?,
            },
        })
    }
}

/// An entry that has no place in its chain yet.
pub(super) struct NewEntry<'a> {
    pub(super) tenant: &'a str,
    pub(super) kind: &'a str,
    pub(super) body: Body<'a>,
    pub(super) at: i64,
}

/// Largest integer up to which a 64-bit float tells each from the next: 2^53 - 1 (RFC 8785, section 3.2.2.3).
const EXACT: u64 = (1 << 53) - 1;

/// What an entry says.
pub(super) enum Body<'a> {
    Any(Value),
    /// In its canonical form already.
    Canonical(String),
    /// That a run has ended, of which there are thousands a second.
    Ended {
        run: &'a str,
        status: &'static str,
        facts: Digest,
    },
}

impl Body<'_> {
    /// What stands in a type whose fields are in their order by name. That is its canonical form, but for numbers that JSON can't
    /// tell exactly: for them the slow way.
    pub(super) fn sorted(
        body: &impl Serialize,
        numbers: &[i64],
    ) -> Result<Self, serde_json::Error> {
        let exact = |number: &i64| number.unsigned_abs() <= EXACT;
        Ok(match numbers.iter().all(exact) {
            true => Self::Canonical(serde_json::to_string(body)?),
            false => Self::Any(serde_json::to_value(body)?),
        })
    }

    /// As it is stored, and in its canonical form.
    fn texts(&self) -> Result<(String, String), serde_json::Error> {
        match self {
            Self::Any(body) => Ok((body.to_string(), serde_json_canonicalizer::to_string(body)?)),
            Self::Canonical(body) => Ok((body.clone(), body.clone())),
            Self::Ended { run, status, facts } => {
                let run = serde_json::to_string(run)?;
                Ok((
                    format!(r#"{{"run":{run},"status":"{status}","facts":"{facts}"}}"#),
                    format!(r#"{{"facts":"{facts}","run":{run},"status":"{status}"}}"#),
                ))
            }
        }
    }
}

/// An entry with its place.
struct Placed<'a> {
    tenant: &'a str,
    seq: u64,
    at: i64,
    kind: &'a str,
    body: String,
    prev: Digest,
    hash: Digest,
}

/// Adds an entry to a tenant's chain, inside the caller's transaction.
pub(super) async fn append(
    connection: &mut Connection,
    tenant: &str,
    kind: &str,
    body: Value,
    now: i64,
) -> Result<(), JournalError> {
    let entry = NewEntry {
        tenant,
        kind,
        body: Body::Any(body),
        at: now,
    };
    append_all(connection, std::iter::once(entry)).await
}

/// Adds entries, in their order, each to the chain of its tenant.
pub(super) async fn append_all<'a>(
    connection: &mut Connection,
    entries: impl Iterator<Item = NewEntry<'a>> + Send,
) -> Result<(), JournalError> {
    let mut ends: HashMap<&'a str, (u64, Digest)> = HashMap::new();
    let mut rows = Vec::new();
    for entry in entries {
        let (seq, prev) = match ends.get(entry.tenant) {
            Some(end) => *end,
            None => end_of(connection, entry.tenant).await?,
        };
        let NewEntry {
            tenant,
            kind,
            body,
            at,
        } = entry;
        let (body, canonical) = body.texts()?;
        let hash = entry_hash_of(tenant, seq, at, kind, &canonical, prev)?;
        ends.insert(tenant, (seq.saturating_add(1), hash));
        rows.push(Placed {
            tenant,
            seq,
            at,
            kind,
            body,
            prev,
            hash,
        });
    }
    insert_many(connection, &ENTRIES, &rows, |query, row| {
        query
            .bind(row.tenant)
            .bind(super::runs::stored(row.seq))
            .bind(row.at)
            .bind(row.kind)
            .bind(row.body.as_str())
            .bind(row.prev.to_string())
            .bind(row.hash.to_string())
    })
    .await
    .map(drop)
}

static ENTRIES: LazyLock<ManyRows> = LazyLock::new(|| {
    ManyRows::new(
        "INSERT INTO audit (tenant, seq, at, kind, body, prev, hash)",
        7,
        "",
    )
});

/// Where the next entry of a chain belongs: its number, and the hash before it.
async fn end_of(connection: &mut Connection, tenant: &str) -> Result<(u64, Digest), JournalError> {
    let last = query("SELECT seq, hash FROM audit WHERE tenant = $1 ORDER BY seq DESC LIMIT 1")
        .bind(tenant)
        .fetch_optional(connection)
        .await?;
    Ok(match last {
        None => (0, genesis(tenant)),
        Some(row) => (
            columns::count(&row, "seq")?.saturating_add(1),
            parse_digest(row.try_get("hash")?)?,
        ),
    })
}

fn entry_of_row(row: &Row) -> Result<AuditEntry, JournalError> {
    let body: String = row.try_get("body")?;
    Ok(AuditEntry {
        tenant: row.try_get("tenant")?,
        seq: columns::count(row, "seq")?,
        at_ms: row.try_get("at")?,
        kind: row.try_get("kind")?,
        body: serde_json::from_str(&body)?,
        prev: parse_digest(row.try_get("prev")?)?,
        hash: parse_digest(row.try_get("hash")?)?,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sorted_by_name_is_canonical_whatever_stands_in_it() {
        #[derive(Serialize)]
        struct Said<'a> {
            at: i64,
            text: &'a str,
        }
        for (at, text) in [
            (1_790_000_000_000, "mandate a, b"),
            (
                0,
                "\"\\\u{1}\u{8}\t\n\u{c}\r\u{1f}\u{7f}/\u{2028}\u{fb33}\u{1f600}",
            ),
            (i64::MAX, "the end of time"),
            (-(1 << 53) - 1, "before it"),
        ] {
            let body = Said { at, text };
            let (stored, canonical) = Body::sorted(&body, &[at]).unwrap().texts().unwrap();
            let any = serde_json::to_value(&body).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&stored).unwrap(), any);
            let expected = serde_json_canonicalizer::to_string(&any).unwrap();
            assert_eq!(canonical, expected);
        }
    }

    #[test]
    fn the_end_of_a_run_is_written_as_any_entry_would_be() {
        let (run, facts) = ("0199-\"\u{1f600}\n", Digest::of(b"facts"));
        let body = serde_json::json!({ "run": run, "status": "completed", "facts": facts });
        let ended = Body::Ended {
            run,
            status: "completed",
            facts,
        };
        assert_eq!(ended.texts().unwrap(), Body::Any(body).texts().unwrap());
    }
}
