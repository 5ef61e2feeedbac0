//! The wallet's accounts: opened, funded, limited, listed; and the orders that wait for the bank.

use super::bank_files::{bank_file, end_to_end};
use super::order_mac::is_untouched;
use super::payments::{
    BANK_FILE, BOOK, Transfer, amount_of, balance, hold_column, outside, post, resolve,
};
use super::{Journal, JournalError, audit, columns};
use crate::ledger::{Hold, HoldEvent, bank, book, holding, transfer};
use crate::mandates::Period;
use crate::money::{Amount, Currency};
use crate::refusal::{Refusal, RefusalKind};
use crate::wallet::{
    AccountSummary, BankFile, BankFileSummary, HoldSummary, NewAccount, SpendLimit, StatementLine,
};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

impl Journal {
    /// Opens an account.
    pub(crate) async fn open_account(
        &self,
        tenant: String,
        account: NewAccount,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { open_account(connection, &tenant, &account, now).await })
            })
            .await
    }

    /// Records money that came from outside into a book account.
    pub(crate) async fn deposit(
        &self,
        tenant: String,
        name: String,
        amount: Amount,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = own_account(connection, &tenant, &name).await?;
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
                        id: format!("deposit:{}", uuid::Uuid::now_v7()),
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

    /// Sets or takes away the limits of an account.
    pub(crate) async fn limit_account(
        &self,
        tenant: String,
        name: String,
        limit: Option<SpendLimit>,
        ask_above: Option<Amount>,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = own_account(connection, &tenant, &name).await?;
                    for amount in limit.iter().map(|l| l.amount).chain(ask_above) {
                        same_currency(&row, &name, amount.currency)?;
                    }
                    sqlx::query(
                        "UPDATE accounts SET limit_minor = $2, limit_per = $3, ask_above = $4 WHERE id = $1",
                    )
                    .bind(row.try_get::<String, _>("id")?)
                    .bind(limit.map(|l| l.amount.minor))
                    .bind(limit.map(|l| l.per.word()))
                    .bind(ask_above.map(|amount| amount.minor))
                    .execute(&mut *connection)
                    .await?;
                    let body = json!({ "account": name, "limit": limit, "ask_above": ask_above });
                    audit::append(connection, &tenant, "account-limited", body, now).await
                })
            })
            .await
    }

    /// Closes an account: nothing leaves from it any more.
    pub(crate) async fn close_account(
        &self,
        tenant: String,
        name: String,
        now: i64,
    ) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = own_account(connection, &tenant, &name).await?;
                    sqlx::query("UPDATE accounts SET closed_at = $2, pays = 0 WHERE id = $1")
                        .bind(row.try_get::<String, _>("id")?)
                        .bind(now)
                        .execute(&mut *connection)
                        .await?;
                    let body = json!({ "account": name });
                    audit::append(connection, &tenant, "account-closed", body, now).await
                })
            })
            .await
    }

    /// A tenant's accounts with what they hold.
    pub(crate) async fn accounts(&self, tenant: &str) -> Result<Vec<AccountSummary>, JournalError> {
        let rows = sqlx::query("SELECT * FROM accounts WHERE tenant = $1 ORDER BY rail, name")
            .bind(tenant)
            .fetch_all(&self.readers)
            .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = row.try_get("id")?;
            let mut reader = self.readers.acquire().await?;
            let available = balance(&mut reader, &id).await?;
            let held = balance(&mut reader, &holding(&id)).await?;
            accounts.push(summary(row, available, held)?);
        }
        Ok(accounts)
    }

    /// Orders that hold funds or wait for approval, oldest first.
    pub(crate) async fn holds(&self, tenant: &str) -> Result<Vec<HoldSummary>, JournalError> {
        sqlx::query(
            "SELECT p.*, a.name FROM payments p JOIN accounts a ON a.id = p.account
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
        let row = own_account(&mut reader, tenant, name).await?;
        let id: String = row.try_get("id")?;
        let rows = sqlx::query(
            "SELECT s.kind, s.minor, s.currency, s.at, s.run, s.idx, o.account AS other, p.tenant, p.scheme, p.payee, p.hold
             FROM postings s
             JOIN postings o ON o.transfer = s.transfer AND o.leg <> s.leg
             LEFT JOIN payments p ON p.run = s.run AND p.idx = s.idx
             WHERE s.account = $1 ORDER BY s.at, s.transfer LIMIT 100000",
        )
        .bind(&id)
        .fetch_all(&mut *reader)
        .await?;
        let mut lines = Vec::with_capacity(rows.len());
        let mut balance = 0_i64;
        for row in &rows {
            let minor: i64 = row.try_get("minor")?;
            balance = balance.saturating_add(minor);
            lines.push(StatementLine {
                at_ms: row.try_get("at")?,
                kind: row.try_get("kind")?,
                minor,
                currency: row.try_get("currency")?,
                other: other_side(row, &id)?,
                run: row.try_get("run")?,
                state: row
                    .try_get::<Option<String>, _>("hold")?
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
                    let row = own_account(connection, &tenant, &name).await?;
                    let account: String = row.try_get("id")?;
                    let due = sqlx::query(
                        "SELECT * FROM payments WHERE account = $1 AND bank = 'queued' AND hold = 'held'
                         ORDER BY held_at, run, idx LIMIT 10000",
                    )
                    .bind(&account)
                    .fetch_all(&mut *connection)
                    .await?;
                    if due.is_empty() {
                        return Ok(None);
                    }
                    sqlx::query("INSERT INTO bank_files (id, tenant, account, created_at) VALUES ($1, $2, $3, $4)")
                        .bind(&id)
                        .bind(&tenant)
                        .bind(&account)
                        .bind(now)
                        .execute(&mut *connection)
                        .await?;
                    for row in &due {
                        if !is_untouched(&sealing, row)? {
                            return Err(JournalError::Tampered(row.try_get("run")?));
                        }
                        let run: String = row.try_get("run")?;
                        let index = columns::index(row)?;
                        resolve(connection, &run, index, HoldEvent::Capture, now).await?;
                        sqlx::query("UPDATE payments SET bank = 'exported', batch = $3 WHERE run = $1 AND idx = $2")
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
        let known = sqlx::query("SELECT id FROM bank_files WHERE id = $1 AND tenant = $2")
            .bind(id)
            .bind(tenant)
            .fetch_optional(&mut *reader)
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
        sqlx::query(
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
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let rows = sqlx::query(
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
                        settle_at_bank(connection, row, returned, now).await?;
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
    connection: &mut SqliteConnection,
    row: &SqliteRow,
    returned: bool,
    now: i64,
) -> Result<(), JournalError> {
    let (run, index): (String, i64) = (row.try_get("run")?, row.try_get("idx")?);
    if returned {
        let index = u32::try_from(index).unwrap_or_default();
        resolve(connection, &run, index, HoldEvent::Return, now).await?;
    }
    sqlx::query("UPDATE payments SET bank = $3 WHERE run = $1 AND idx = $2")
        .bind(&run)
        .bind(index)
        .bind(if returned { "returned" } else { "confirmed" })
        .execute(connection)
        .await?;
    Ok(())
}

async fn open_account(
    connection: &mut SqliteConnection,
    tenant: &str,
    account: &NewAccount,
    now: i64,
) -> Result<(), JournalError> {
    let (id, rail, iban, bic, holder) = match account {
        NewAccount::Book { name, .. } => (book(name), BOOK, None, None, None),
        NewAccount::Bank {
            name,
            iban,
            bic,
            holder,
            ..
        } => (
            bank(tenant, name),
            BANK_FILE,
            Some(iban),
            bic.as_ref(),
            Some(holder),
        ),
    };
    let pays = sqlx::query(
        "SELECT 1 FROM accounts WHERE tenant = $1 AND rail = $2 AND currency = $3 AND pays = 1",
    )
    .bind(tenant)
    .bind(rail)
    .bind(account.currency().code())
    .fetch_optional(&mut *connection)
    .await?
    .is_none();
    let opened = sqlx::query(
        "INSERT INTO accounts (id, tenant, name, rail, currency, iban, bic, holder, pays, zone, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
    )
    .bind(&id)
    .bind(tenant)
    .bind(account.name())
    .bind(rail)
    .bind(account.currency().code())
    .bind(iban)
    .bind(bic)
    .bind(holder)
    .bind(i64::from(pays))
    .bind(account.zone())
    .bind(now)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if opened == 0 {
        return Err(refused(
            "wallet.name-taken",
            format!("there is an account `{}` already", account.name()),
            "choose another name",
        ));
    }
    let body = json!({ "account": account.name(), "rail": rail, "currency": account.currency() });
    audit::append(connection, tenant, "account-opened", body, now).await
}

/// An account of a tenant by name.
async fn own_account(
    connection: &mut SqliteConnection,
    tenant: &str,
    name: &str,
) -> Result<SqliteRow, JournalError> {
    sqlx::query("SELECT * FROM accounts WHERE tenant = $1 AND name = $2 AND closed_at IS NULL")
        .bind(tenant)
        .bind(name)
        .fetch_optional(connection)
        .await?
        .ok_or_else(|| {
            refused(
                "wallet.no-account",
                format!(
                    "there is no open account `{}` in your wallet",
                    guildhall_package::text::plain(name, 64)
                ),
                "see `guildhall wallet`",
            )
        })
}

fn same_currency(row: &SqliteRow, name: &str, currency: Currency) -> Result<(), JournalError> {
    let own: String = row.try_get("currency")?;
    if own == currency.code() {
        return Ok(());
    }
    Err(refused(
        "wallet.other-currency",
        format!("`{name}` is kept in {own}, not in {}", currency.code()),
        "use an account of that currency",
    ))
}

fn refused(rule: &str, message: String, fix: &str) -> JournalError {
    JournalError::Refused(Box::new(
        Refusal::new(RefusalKind::Denied, rule, message).with_fix(fix),
    ))
}

fn currency_of(row: &SqliteRow) -> Result<Currency, JournalError> {
    let code: String = row.try_get("currency")?;
    Currency::parse(&code).map_err(|error| JournalError::Corrupt(error.to_string()))
}

fn summary(row: &SqliteRow, available: i64, held: i64) -> Result<AccountSummary, JournalError> {
    let currency = currency_of(row)?;
    let limit = match (
        row.try_get::<Option<i64>, _>("limit_minor")?,
        row.try_get::<Option<String>, _>("limit_per")?,
    ) {
        (Some(minor), Some(per)) => Some(SpendLimit {
            amount: Amount { minor, currency },
            per: Period::from_word(&per)
                .ok_or_else(|| JournalError::Corrupt(format!("the period {per:?}")))?,
        }),
        _ => None,
    };
    Ok(AccountSummary {
        name: row.try_get("name")?,
        account: row.try_get("id")?,
        rail: row.try_get("rail")?,
        currency,
        iban: row.try_get("iban")?,
        holder: row.try_get("holder")?,
        pays: row.try_get::<i64, _>("pays")? == 1,
        available,
        held,
        limit,
        zone: row.try_get("zone")?,
        ask_above: row
            .try_get::<Option<i64>, _>("ask_above")?
            .map(|minor| Amount { minor, currency }),
        closed: row.try_get::<Option<i64>, _>("closed_at")?.is_some(),
    })
}

fn hold_summary(row: &SqliteRow) -> Result<HoldSummary, JournalError> {
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
    })
}

/// Who is on the other side of a posting to an account: the payee, or for the payee itself who paid.
fn other_side(row: &SqliteRow, account: &str) -> Result<String, JournalError> {
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
