//! What the host itself buys: the accounts that it owes to, where such a payment stands, and what comes back.

use super::accounts::{open_account, refused};
use super::audit::HOST;
use super::bound::{ACCOUNTS, ORDERS};
use super::db::{Connection, query};
use super::payments::{BOOK, Transfer, amount_of, hold_column, post};
use super::{Journal, JournalError, Sealing, audit};
use crate::ledger::{Hold, book, transfer};
use crate::money::{Amount, Currency};
use crate::wallet::{AccountSummary, NewAccount};
use guildhall_package::Digest;
use serde_json::{Value, json};

/// Money that comes back for a payment.
#[derive(Debug, Clone)]
pub(crate) struct NewRefund {
    pub(crate) tenant: String,
    /// Payment key of what was paid.
    pub(crate) key: Digest,
    /// What says that it comes back: it is credited once.
    pub(crate) note: String,
    pub(crate) amount: Amount,
    pub(crate) now: i64,
}

/// What came of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refunded {
    /// It was credited to this account, now or before.
    To { account: String, before: bool },
    /// No payment under this key was carried out here.
    NotPaid,
}

/// Runs of a skill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) runs: u64,
    pub(crate) last_ms: Option<i64>,
    /// Whether runs of that time may have been removed.
    pub(crate) pruned: bool,
}

impl Journal {
    /// Opens an account of the book that belongs to no tenant; nothing happens if it is there.
    pub(crate) async fn open_payable(
        &self,
        name: String,
        currency: Currency,
        now: i64,
    ) -> Result<(), JournalError> {
        let account = NewAccount::book(&name, currency, "UTC").map_err(|error| bad_name(&error))?;
        let sealing = self.sealing.clone();
        let opened = self
            .writer
            .write(move |connection| {
                Box::pin(async move {
                    if is_open(connection, &sealing, &name, currency).await? {
                        return Ok(());
                    }
                    open_account(connection, &sealing, HOST, &account, now).await
                })
            })
            .await;
        self.seen.forget();
        opened
    }

    /// Accounts that belong to no tenant, with what is owed on each.
    pub(crate) async fn payables(&self) -> Result<Vec<AccountSummary>, JournalError> {
        self.accounts(HOST).await
    }

    /// The last order under a payment key, and where it stands.
    pub(crate) async fn ordered(
        &self,
        tenant: &str,
        key: Digest,
    ) -> Result<Option<(String, Hold)>, JournalError> {
        // One in force, or else the last one that is not: each in the words of its index.
        for sql in [
            "SELECT * FROM payments WHERE tenant = $1 AND key = $2 AND hold IN ('none', 'held', 'captured')",
            "SELECT * FROM payments WHERE tenant = $1 AND key = $2 AND hold NOT IN ('none', 'held', 'captured')
             ORDER BY run DESC LIMIT 1",
        ] {
            let row = query(sql)
                .bind(tenant)
                .bind(key.to_string())
                .fetch_optional(&self.readers)
                .await?;
            if let Some(row) = row {
                ORDERS.check(&self.sealing, &row)?;
                return Ok(Some((row.try_get("run")?, hold_column(&row)?)));
            }
        }
        Ok(None)
    }

    /// Credits what comes back to the account that it left from, once for each note.
    pub(crate) async fn refund(&self, refund: NewRefund) -> Result<Refunded, JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move { credit(connection, &sealing, &refund).await })
            })
            .await
    }

    /// Runs of a release's name since a time, refused ones left out: those did not begin.
    pub(crate) async fn runs_of(
        &self,
        tenant: &str,
        name: &str,
        trust: &str,
        since: i64,
    ) -> Result<Counted, JournalError> {
        let row = query(
            "SELECT COUNT(*) AS runs, MAX(created_at) AS last FROM whole_runs
             WHERE tenant = $1 AND skill_name = $2 AND trust = $3 AND created_at >= $4 AND status <> 'refused'",
        )
        .bind(tenant)
        .bind(name)
        .bind(trust)
        .bind(since)
        .fetch_one(&self.readers)
        .await?;
        let pruned = query("SELECT body FROM audit WHERE tenant = $1 AND kind = 'pruned'")
            .bind(tenant)
            .fetch_all(&self.readers)
            .await?;
        let mut counted = Counted {
            runs: super::columns::count(&row, "runs")?,
            last_ms: row.try_get("last")?,
            pruned: false,
        };
        for row in &pruned {
            let body: Value = serde_json::from_str(&row.try_get::<String, _>("body")?)?;
            let removed = body.get("runs").and_then(Value::as_u64).unwrap_or(1);
            let before = body
                .get("before_ms")
                .and_then(Value::as_i64)
                .unwrap_or(i64::MAX);
            counted.pruned |= removed > 0 && before > since;
        }
        Ok(counted)
    }

    /// The latest time that the last entries of a tenant's chain were written at; none if there are none.
    pub(crate) async fn latest(&self, tenant: &str) -> Result<Option<i64>, JournalError> {
        Ok(query(
            "SELECT MAX(at) AS at FROM (SELECT at FROM audit WHERE tenant = $1 ORDER BY seq DESC LIMIT 1000) AS entries",
        )
        .bind(tenant)
        .fetch_one(&self.readers)
        .await?
        .try_get("at")?)
    }
}

/// Whether an account of the host itself is open under a name. One of a tenant is none: money for somebody else would go to them.
async fn is_open(
    connection: &mut Connection,
    sealing: &Sealing,
    name: &str,
    currency: Currency,
) -> Result<bool, JournalError> {
    let row = query("SELECT * FROM accounts WHERE id = $1")
        .bind(book(name))
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(false) };
    ACCOUNTS.check(sealing, &row)?;
    let (owner, code): (String, String) = (row.try_get("tenant")?, row.try_get("currency")?);
    let closed: Option<i64> = row.try_get("closed_at")?;
    if owner == HOST && code == currency.code() && closed.is_none() {
        return Ok(true);
    }
    Err(refused(
        "wallet.not-payable",
        format!("the account `{name}` is another one than what this host owes is written to"),
        "give that account another name, or close it",
    ))
}

fn bad_name(error: &crate::wallet::AccountError) -> JournalError {
    refused(
        "wallet.not-payable",
        error.to_string(),
        "use 1 to 64 small letters, digits, `-`, `.` and `/`",
    )
}

async fn credit(
    connection: &mut Connection,
    sealing: &Sealing,
    refund: &NewRefund,
) -> Result<Refunded, JournalError> {
    let paid = query(
        "SELECT p.*, a.name AS account_name FROM payments p JOIN accounts a ON a.id = p.account
         WHERE p.tenant = $1 AND p.key = $2 AND p.hold IN ('none', 'held', 'captured') AND p.hold = 'captured'
         AND p.rail = $3",
    )
    .bind(&refund.tenant)
    .bind(refund.key.to_string())
    .bind(BOOK)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = paid else {
        return Ok(Refunded::NotPaid);
    };
    ORDERS.check(sealing, &row)?;
    let name: String = row.try_get("account_name")?;
    let (run, index): (String, u32) = (row.try_get("run")?, super::columns::index(&row)?);
    // Named by the payment too: the same note for another one is another refund.
    let id = format!("refund:{run}:{index}:{}", refund.note);
    if let Some(before) = credited(connection, &id, &refund.note, (&run, index)).await? {
        return if before == refund.amount.minor {
            Ok(Refunded::To {
                account: name,
                before: true,
            })
        } else {
            Err(not_refundable("it was credited before with another amount"))
        };
    }
    let left = amount_of(&row)?;
    let back: i64 = query(
        "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) AS back FROM postings WHERE run = $1 AND idx = $2 AND kind = 'refund' AND leg = 1",
    )
    .bind(&run)
    .bind(i64::from(index))
    .fetch_one(&mut *connection)
    .await?
    .try_get("back")?;
    let most = left.minor.saturating_sub(back);
    if most == 0 && refund.amount.currency == left.currency {
        // All of it came back already, under other notes: there is nothing left that could.
        return Ok(Refunded::To {
            account: name,
            before: true,
        });
    }
    if refund.amount.currency != left.currency
        || refund.amount.minor <= 0
        || refund.amount.minor > most
    {
        return Err(not_refundable("more would come back than was paid"));
    }
    let (account, payee): (String, String) = (row.try_get("account")?, row.try_get("payee")?);
    let entry = Transfer {
        id,
        kind: "refund",
        currency: left.currency,
        origin: Some((&run, index)),
        now: refund.now,
    };
    post(
        connection,
        entry,
        &transfer(&book(&payee), &account, refund.amount.minor),
    )
    .await?;
    let body = json!({ "run": run, "note": refund.note, "account": name, "amount": refund.amount });
    audit::append(connection, &refund.tenant, "refund", body, refund.now).await?;
    Ok(Refunded::To {
        account: name,
        before: false,
    })
}

/// What was credited for a note before. Transfers were named by the note alone once.
async fn credited(
    connection: &mut Connection,
    id: &str,
    note: &str,
    (run, index): (&str, u32),
) -> Result<Option<i64>, JournalError> {
    Ok(
        query(
            "SELECT minor FROM postings WHERE leg = 1 AND (transfer = $1 OR (transfer = $2 AND run = $3 AND idx = $4))",
        )
            .bind(id)
            .bind(format!("refund:{note}"))
            .bind(run)
            .bind(i64::from(index))
            .fetch_optional(connection)
            .await?
            .map(|row| row.try_get("minor"))
            .transpose()?,
    )
}

fn not_refundable(why: &str) -> JournalError {
    refused(
        "payments.not-refundable",
        format!("this refund can't be credited: {why}"),
        "compare the credit note with `guildhall wallet statement`, and ask who wrote it",
    )
}
