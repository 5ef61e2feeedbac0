//! Money of the wallet: deposited, held, listed; and the orders that wait for the bank.

use super::accounts::{ledger_account, own_account, refused, same_currency};
use super::bank_files::{bank_file, end_to_end};
use super::bound::ORDERS;
use super::db::{Connection, Row, query};
use super::payments::{BOOK, Transfer, amount_of, hold_column, outside, post, resolve};
use super::{Journal, JournalError, Sealing, audit, columns};
use crate::ledger::{Hold, HoldEvent, book, transfer};
use crate::money::Amount;
use crate::wallet::{BankFile, BankFileSummary, HoldSummary, StatementLine};
use serde_json::json;

impl Journal {
    /// Records money that came from outside into a book account.
    pub(crate) async fn deposit(
        &self,
        tenant: String,
        name: String,
        amount: Amount,
        now: i64,
    ) -> Result<(), JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = own_account(connection, &sealing, &tenant, &name).await?;
                    if row.try_get::<String, _>("rail")? != BOOK {
                        return Err(refused(
                            "wallet.not-a-book-account",
                            format!("`{name}` is at a bank; what is on it is the bank's to say"),
                            "deposit into a book account",
                        ));
                    }
                    same_currency(&row, &name, amount.currency)?;
                    let id: String = row.try_get("id")?;
                    let entry = Transfer {
                        id: format!("deposit:{}", crate::clock::new_id()),
                        kind: "deposit",
                        currency: amount.currency,
                        origin: None,
                        now,
                    };
                    post(
                        connection,
                        entry,
                        &transfer(&outside(amount.currency), &id, amount.minor),
                    )
                    .await?;
                    let body = json!({ "account": name, "amount": amount });
                    audit::append(connection, &tenant, "deposit", body, now).await
                })
            })
            .await
    }

    /// Orders that hold funds or wait for approval, oldest first.
    pub(crate) async fn holds(&self, tenant: &str) -> Result<Vec<HoldSummary>, JournalError> {
        query(
            "SELECT p.*, a.name,
                 CASE WHEN p.bank IS NOT NULL THEN NULL WHEN p.hold = 'none' THEN r.expires_at ELSE v.expires_at END AS ends_at
             FROM payments p JOIN accounts a ON a.id = p.account
             LEFT JOIN runs r ON r.id = p.run LEFT JOIN approvals v ON v.run = p.run
             WHERE p.tenant = $1 AND p.hold IN ('none', 'held') ORDER BY p.ordered_at, p.run, p.idx LIMIT 10000",
        )
        .bind(tenant)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(hold_summary)
        .collect()
    }

    /// What was posted to an account, oldest first.
    pub(crate) async fn statement(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Vec<StatementLine>, JournalError> {
        let mut reader = self.readers.acquire().await?;
        let id = ledger_account(&mut reader, &self.sealing, tenant, name).await?;
        let rows = query(
            "SELECT s.kind, s.minor, s.currency, s.at, s.run, s.idx, o.account AS other, p.tenant, p.scheme, p.payee, p.hold
             FROM postings s
             JOIN postings o ON o.transfer = s.transfer AND o.leg <> s.leg
             LEFT JOIN payments p ON p.run = s.run AND p.idx = s.idx
             WHERE s.account = $1 ORDER BY s.at, s.transfer LIMIT 100000",
        )
        .bind(&id)
        .fetch_all(&mut reader)
        .await?;
        let mut lines = Vec::with_capacity(rows.len());
        let mut balance = 0_i64;
        for row in &rows {
            let minor: i64 = row.try_get("minor")?;
            let kind: String = row.try_get("kind")?;
            // What came back says nothing of the payment's own state.
            let is_payment = kind != "refund";
            balance = balance.saturating_add(minor);
            lines.push(StatementLine {
                at_ms: row.try_get("at")?,
                kind,
                minor,
                currency: row.try_get("currency")?,
                other: other_side(row, &id)?,
                run: row.try_get("run")?,
                state: row
                    .try_get::<Option<String>, _>("hold")?
                    .filter(|_| is_payment)
                    .and_then(|word| Hold::from_word(&word)),
                balance,
            });
        }
        Ok(lines)
    }

    /// Takes every queued order of an account into a new bank file; from now on they count as paid and can't be withdrawn.
    pub(crate) async fn export(
        &self,
        tenant: String,
        name: String,
        id: String,
        now: i64,
    ) -> Result<Option<BankFile>, JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = own_account(connection, &sealing, &tenant, &name).await?;
                    let account: String = row.try_get("id")?;
                    let due = query(
                        "SELECT * FROM payments WHERE account = $1 AND bank = 'queued' AND hold = 'held'
                         ORDER BY held_at, run, idx LIMIT 10000",
                    )
                    .bind(&account)
                    .fetch_all(&mut *connection)
                    .await?;
                    if due.is_empty() {
                        return Ok(None);
                    }
                    query("INSERT INTO bank_files (id, tenant, account, created_at) VALUES ($1, $2, $3, $4)")
                        .bind(&id)
                        .bind(&tenant)
                        .bind(&account)
                        .bind(now)
                        .execute(&mut *connection)
                        .await?;
                    for row in &due {
                        ORDERS.check(&sealing, row)?;
                        let run: String = row.try_get("run")?;
                        let index = columns::index(row)?;
                        resolve(connection, &sealing, &run, index, HoldEvent::Capture, now).await?;
                        query("UPDATE payments SET bank = 'exported', batch = $3 WHERE run = $1 AND idx = $2")
                            .bind(&run)
                            .bind(i64::from(index))
                            .bind(&id)
                            .execute(&mut *connection)
                            .await?;
                    }
                    let body = json!({ "file": id, "account": name, "orders": due.len() });
                    audit::append(connection, &tenant, "bank-file", body, now).await?;
                    let file = bank_file(connection, &sealing, &tenant, &id).await?;
                    // What no bank would take is not exported: all of it waits on.
                    crate::capabilities::payments::bank_file_bytes(&file).map_err(|error| {
                        refused(
                            "wallet.bank-file",
                            error.to_string(),
                            "undo the run of that order, then export the others",
                        )
                    })?;
                    Ok(Some(file))
                })
            })
            .await
    }

    /// A bank file that was made before, as it was.
    pub(crate) async fn bank_file(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Option<BankFile>, JournalError> {
        let mut reader = self.readers.acquire().await?;
        let known = query("SELECT id FROM bank_files WHERE id = $1 AND tenant = $2")
            .bind(id)
            .bind(tenant)
            .fetch_optional(&mut reader)
            .await?;
        if known.is_none() {
            return Ok(None);
        }
        bank_file(&mut reader, &self.sealing, tenant, id)
            .await
            .map(Some)
    }

    /// Files for the bank of a tenant, newest first.
    pub(crate) async fn bank_files(
        &self,
        tenant: &str,
    ) -> Result<Vec<BankFileSummary>, JournalError> {
        query(
            "SELECT f.id, f.created_at, a.name,
                 (SELECT COUNT(*) FROM payments p WHERE p.batch = f.id) AS orders,
                 (SELECT COUNT(*) FROM payments p WHERE p.batch = f.id AND p.bank = 'exported') AS open
             FROM bank_files f JOIN accounts a ON a.id = f.account WHERE f.tenant = $1
             ORDER BY f.created_at DESC, f.id LIMIT 1000",
        )
        .bind(tenant)
        .fetch_all(&self.readers)
        .await?
        .iter()
        .map(|row| Ok(BankFileSummary {
            id: row.try_get("id")?,
            account: row.try_get("name")?,
            created_at_ms: row.try_get("created_at")?,
            orders: columns::count(row, "orders")?,
            open: columns::count(row, "open")?,
        }))
        .collect()
    }

    /// Records what the bank did with the orders of a file: all of them, or one by its end-to-end identifier.
    pub(crate) async fn confirm(
        &self,
        tenant: String,
        file: String,
        one: Option<String>,
        returned: bool,
        now: i64,
    ) -> Result<u64, JournalError> {
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let rows = query(
                        "SELECT * FROM payments WHERE tenant = $1 AND batch = $2 AND bank = 'exported' ORDER BY run, idx",
                    )
                    .bind(&tenant)
                    .bind(&file)
                    .fetch_all(&mut *connection)
                    .await?;
                    let mut count = 0;
                    for row in &rows {
                        let id = end_to_end(row)?;
                        if one.as_ref().is_some_and(|one| *one != id) {
                            continue;
                        }
                        settle_at_bank(connection, &sealing, row, returned, now).await?;
                        count += 1;
                    }
                    if count == 0 {
                        return Ok(0);
                    }
                    let word = if returned { "bank-returned" } else { "bank-confirmed" };
                    let body = json!({ "file": file, "order": one, "orders": count });
                    audit::append(connection, &tenant, word, body, now).await?;
                    Ok(count)
                })
            })
            .await
    }
}

async fn settle_at_bank(
    connection: &mut Connection,
    sealing: &Sealing,
    row: &Row,
    returned: bool,
    now: i64,
) -> Result<(), JournalError> {
    let (run, index): (String, i64) = (row.try_get("run")?, row.try_get("idx")?);
    if returned {
        let index = u32::try_from(index).unwrap_or_default();
        resolve(connection, sealing, &run, index, HoldEvent::Return, now).await?;
    }
    query("UPDATE payments SET bank = $3 WHERE run = $1 AND idx = $2")
        .bind(&run)
        .bind(index)
        .bind(if returned { "returned" } else { "confirmed" })
        .execute(connection)
        .await?;
    Ok(())
}

fn hold_summary(row: &Row) -> Result<HoldSummary, JournalError> {
    let hold: Hold = hold_column(row)?;
    let (scheme, payee): (String, String) = (row.try_get("scheme")?, row.try_get("payee")?);
    Ok(HoldSummary {
        run: row.try_get("run")?,
        effect: columns::index(row)?,
        account: row.try_get("name")?,
        payee: format!("{scheme}:{payee}"),
        amount: amount_of(row)?,
        hold,
        bank: row.try_get("bank")?,
        ordered_at_ms: row.try_get("ordered_at")?,
        ends_at_ms: row.try_get("ends_at")?,
    })
}

/// Who is on the other side of a posting to an account: the payee, or for the payee itself who paid.
fn other_side(row: &Row, account: &str) -> Result<String, JournalError> {
    let other: String = row.try_get("other")?;
    let (Some(scheme), Some(payee)) = (
        row.try_get::<Option<String>, _>("scheme")?,
        row.try_get::<Option<String>, _>("payee")?,
    ) else {
        return Ok(other);
    };
    Ok(if scheme == "book" && book(&payee) == account {
        other.strip_prefix("held:").unwrap_or(&other).to_owned()
    } else {
        format!("{scheme}:{payee}")
    })
}
