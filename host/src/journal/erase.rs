//! Everything of a tenant deleted, so that a crash at any point is gone on from: rows in one transaction that says so, then
//! every byte that they left in the file, then the last word in the audit log.
//!
//! What is deleted and what stays stands in `retention/erased.rs`.

use super::bound::ORDERS;
use super::commit::reject;
use super::db::{Connection, query};
use super::{Journal, JournalError, Sealing, audit, columns, kinds};
use crate::invocation::RunStatus;
use crate::refusal::{Refusal, RefusalKind};
use crate::retention::{Erased, ErasedEntry, Remains};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What is said of a run that waited.
const DELETED: &str = "everything was deleted before a decision came";

/// An erasure that has begun and not ended: a fact of the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Begun {
    by: String,
    began_at_ms: i64,
    erased: Erased,
}

/// The name of that fact.
fn mark(tenant: &str) -> String {
    format!("erasing {tenant}")
}

impl Journal {
    /// Deletes the rows. From now on the erasure is ended by whoever opens the store.
    pub(crate) async fn erase_rows(
        &self,
        tenant: String,
        by: String,
        now: i64,
    ) -> Result<(), JournalError> {
        let sealing = self.sealing.clone();
        let rejected = self
            .writer
            .write(move |connection| {
                Box::pin(async move {
                    let before = begun(connection, &tenant).await?;
                    may_be_erased(connection, &tenant).await?;
                    let rejected = reject_waiting(connection, &sealing, &tenant, now).await?;
                    let erased = Erased {
                        rejected: rejected.len() as u64,
                        ..erase(connection, &sealing, &tenant, &by, now).await?
                    };
                    let begun = match before {
                        Some(before) => Begun {
                            erased: before.erased.and(erased),
                            began_at_ms: now,
                            ..before
                        },
                        None => Begun {
                            by,
                            began_at_ms: now,
                            erased,
                        },
                    };
                    query(
                        "INSERT INTO facts_of_store (name, value) VALUES ($1, $2)
                         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    )
                    .bind(mark(&tenant))
                    .bind(serde_json::to_string(&begun)?)
                    .execute(&mut *connection)
                    .await?;
                    let body = json!({ "by": begun.by });
                    audit::append(connection, &tenant, "erasing", body, now).await?;
                    Ok(rejected)
                })
            })
            .await?;
        self.seen.forget();
        // Runs that have ended before have no keys any more.
        for run in rejected {
            self.sealing.destroy(&run)?;
        }
        Ok(())
    }

    /// Tenants of whom an erasure has begun and not ended.
    pub(crate) async fn erasing(&self) -> Result<Vec<String>, JournalError> {
        query("SELECT name FROM facts_of_store WHERE name LIKE 'erasing %' ORDER BY name")
            .fetch_all(&self.readers)
            .await?
            .iter()
            .map(|row| {
                let name: String = row.try_get("name")?;
                Ok(name.strip_prefix("erasing ").unwrap_or(&name).to_owned())
            })
            .collect()
    }

    /// Overwrites what deleted rows have left in the store's files.
    pub(crate) async fn scrub(&self) -> Result<(), JournalError> {
        if self.instances.is_alone() {
            return Ok(());
        }
        match self.readers.scrub().await? {
            true => Ok(()),
            false => Err(JournalError::Busy),
        }
    }

    /// The last word about an erasure. Nothing happens if there is none to end.
    pub(crate) async fn end_erasure(&self, tenant: String, now: i64) -> Result<(), JournalError> {
        let on_server = self.is_on_server();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let Some(begun) = begun(connection, &tenant).await? else {
                        return Ok(());
                    };
                    let entry = ErasedEntry {
                        by: begun.by,
                        began_at_ms: begun.began_at_ms,
                        erased: begun.erased,
                        remains: remains(connection, &tenant).await?,
                        on_server,
                    };
                    query("DELETE FROM facts_of_store WHERE name = $1")
                        .bind(mark(&tenant))
                        .execute(&mut *connection)
                        .await?;
                    let body = serde_json::to_value(&entry)?;
                    audit::append(connection, &tenant, "erased", body, now).await
                })
            })
            .await
    }

    /// Runs of a tenant that began before a time.
    pub(crate) async fn runs_before(&self, tenant: &str, at: i64) -> Result<u64, JournalError> {
        let row = query("SELECT COUNT(*) AS many FROM runs WHERE tenant = $1 AND created_at < $2")
            .bind(tenant)
            .bind(at)
            .fetch_one(&self.readers)
            .await?;
        columns::count(&row, "many")
    }
}

async fn begun(connection: &mut Connection, tenant: &str) -> Result<Option<Begun>, JournalError> {
    query("SELECT value FROM facts_of_store WHERE name = $1")
        .bind(mark(tenant))
        .fetch_optional(connection)
        .await?
        .map(|row| Ok(serde_json::from_str(&row.try_get::<String, _>("value")?)?))
        .transpose()
}

/// What is on its way has to arrive first: its run says what becomes of it.
async fn may_be_erased(connection: &mut Connection, tenant: &str) -> Result<(), JournalError> {
    let at_work = many(
        connection,
        "SELECT COUNT(*) AS many FROM runs WHERE tenant = $1 AND status <> 'completed' AND status IN ('running', 'committing')",
        tenant,
    )
    .await?;
    if at_work > 0 {
        return Err(refused(
            "data.at-work",
            format!("{at_work} runs are at work; nothing was deleted"),
            "wait until they have ended, or cancel them",
        ));
    }
    let held = many(
        connection,
        "SELECT COUNT(*) AS many FROM payments WHERE tenant = $1 AND hold = 'held'",
        tenant,
    )
    .await?;
    if held > 0 {
        return Err(refused(
            "data.money-is-held",
            format!("{held} approved payments hold money; nothing was deleted"),
            "take them into a file for your bank, or undo their runs, so that the money is paid or free again",
        ));
    }
    Ok(())
}

fn refused(rule: &str, message: String, fix: &str) -> JournalError {
    let refusal = Refusal::new(RefusalKind::Conflict, rule, message).with_fix(fix);
    JournalError::Refused(Box::new(refusal))
}

async fn many(
    connection: &mut Connection,
    sql: &'static str,
    tenant: &str,
) -> Result<u64, JournalError> {
    let row = query(sql).bind(tenant).fetch_one(connection).await?;
    columns::count(&row, "many")
}

async fn deleted(
    connection: &mut Connection,
    sql: &'static str,
    tenant: &str,
) -> Result<u64, JournalError> {
    let done = query(sql).bind(tenant).execute(connection).await?;
    Ok(done.rows_affected())
}

async fn erase(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    by: &str,
    now: i64,
) -> Result<Erased, JournalError> {
    let (host_calls, effects) = (
        many(
            connection,
            "SELECT COUNT(*) AS many FROM runs r JOIN host_calls c ON c.run = r.id WHERE r.tenant = $1",
            tenant,
        )
        .await?,
        many(
            connection,
            "SELECT COUNT(*) AS many FROM runs r JOIN effects e ON e.run = r.id WHERE r.tenant = $1",
            tenant,
        )
        .await?,
    );
    // One that began by a clock that was ahead is among those that the log will not miss.
    let row = query("SELECT COALESCE(MAX(created_at), 0) AS last FROM runs WHERE tenant = $1")
        .bind(tenant)
        .fetch_one(&mut *connection)
        .await?;
    let last: i64 = row.try_get("last")?;
    let runs = deleted(connection, "DELETE FROM runs WHERE tenant = $1", tenant).await?;
    kinds::prune(connection, tenant, i64::MAX).await?;
    let body = json!({ "before_ms": now.max(last), "runs": runs });
    audit::append(connection, tenant, "pruned", body, now).await?;
    let _ = deleted(
        connection,
        "UPDATE tenants SET stored_bytes = 0 WHERE tenant = $1",
        tenant,
    )
    .await?;
    Ok(Erased {
        runs,
        rejected: 0,
        host_calls,
        effects,
        state: deleted(connection, "DELETE FROM state WHERE tenant = $1", tenant).await?,
        payment_words: forget_words(connection, sealing, tenant).await?,
        payees: deleted(connection, "DELETE FROM payees WHERE tenant = $1", tenant).await?,
        mandates: revoke_all(connection, tenant, by, now).await?,
        secrets: remove_all(connection, tenant, &SECRETS, now).await?,
        channels: remove_all(connection, tenant, &CHANNELS, now).await?,
    })
}

/// What waits is not performed any more: its money is free, and its mandates are as they were.
async fn reject_waiting(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    now: i64,
) -> Result<Vec<String>, JournalError> {
    let rows =
        query("SELECT id FROM runs WHERE tenant = $1 AND status <> 'completed' AND status = 'awaiting_approval' ORDER BY id")
            .bind(tenant)
            .fetch_all(&mut *connection)
            .await?;
    let mut runs = Vec::with_capacity(rows.len());
    for row in &rows {
        let run: String = row.try_get("id")?;
        let waiting = RunStatus::AwaitingApproval;
        reject(connection, sealing, &run, waiting, DELETED, now).await?;
        runs.push(run);
    }
    Ok(runs)
}

/// Names, documents and reasons of orders. The ledger's facts of them stay, bound as before.
async fn forget_words(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
) -> Result<u64, JournalError> {
    let rows = query("SELECT * FROM payments WHERE tenant = $1 AND words IS NOT NULL")
        .bind(tenant)
        .fetch_all(&mut *connection)
        .await?;
    for row in &rows {
        let changes = [("words", super::bound::Cell::Null)];
        let mac = ORDERS.taken_back(sealing, row, &changes)?;
        query("UPDATE payments SET words = NULL, mac = $3 WHERE run = $1 AND idx = $2")
            .bind(row.try_get::<String, _>("run")?)
            .bind(row.try_get::<i64, _>("idx")?)
            .bind(mac.unwrap_or_default())
            .execute(&mut *connection)
            .await?;
    }
    Ok(rows.len() as u64)
}

async fn revoke_all(
    connection: &mut Connection,
    tenant: &str,
    by: &str,
    now: i64,
) -> Result<u64, JournalError> {
    let rows =
        query("SELECT id FROM mandates WHERE tenant = $1 AND revoked_at IS NULL ORDER BY id")
            .bind(tenant)
            .fetch_all(&mut *connection)
            .await?;
    for row in &rows {
        let body = json!({ "mandate": row.try_get::<String, _>("id")?, "by": by });
        audit::append(connection, tenant, "mandate-revoked", body, now).await?;
    }
    let _ = deleted(
        connection,
        "DELETE FROM mandate_uses WHERE mandate IN (SELECT id FROM mandates WHERE tenant = $1)",
        tenant,
    )
    .await?;
    deleted(connection, "DELETE FROM mandates WHERE tenant = $1", tenant).await
}

/// A table of things with names.
struct Named {
    names: &'static str,
    delete: &'static str,
    /// What the log calls one of them, and that it was removed.
    thing: &'static str,
    kind: &'static str,
}

const SECRETS: Named = Named {
    names: "SELECT name FROM secrets WHERE tenant = $1 ORDER BY name",
    delete: "DELETE FROM secrets WHERE tenant = $1",
    thing: "secret",
    kind: "secret-removed",
};

const CHANNELS: Named = Named {
    names: "SELECT name FROM channels WHERE tenant = $1 ORDER BY name",
    delete: "DELETE FROM channels WHERE tenant = $1",
    thing: "channel",
    kind: "channel-removed",
};

async fn remove_all(
    connection: &mut Connection,
    tenant: &str,
    named: &Named,
    now: i64,
) -> Result<u64, JournalError> {
    let rows = query(named.names)
        .bind(tenant)
        .fetch_all(&mut *connection)
        .await?;
    for row in &rows {
        let body = json!({ named.thing: row.try_get::<String, _>("name")? });
        audit::append(connection, tenant, named.kind, body, now).await?;
    }
    deleted(connection, named.delete, tenant).await
}

async fn remains(connection: &mut Connection, tenant: &str) -> Result<Remains, JournalError> {
    Ok(Remains {
        audit_entries: many(
            connection,
            "SELECT COUNT(*) AS many FROM audit WHERE tenant = $1",
            tenant,
        )
        .await?,
        accounts: many(
            connection,
            "SELECT COUNT(*) AS many FROM accounts WHERE tenant = $1",
            tenant,
        )
        .await?,
        payments: many(
            connection,
            "SELECT COUNT(*) AS many FROM payments WHERE tenant = $1",
            tenant,
        )
        .await?,
        postings: many(
            connection,
            "SELECT COUNT(*) AS many FROM postings s JOIN accounts a ON a.id = s.account WHERE a.tenant = $1",
            tenant,
        )
        .await?,
        bank_files: many(
            connection,
            "SELECT COUNT(*) AS many FROM bank_files WHERE tenant = $1",
            tenant,
        )
        .await?,
    })
}
