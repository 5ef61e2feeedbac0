//! The wallet's accounts: opened, limited, closed, listed.

use super::bound::{ACCOUNTS, Cell};
use super::db::{Connection, Row, query};
use super::payments::{BANK_FILE, BOOK, balance};
use super::{Journal, JournalError, Sealing, audit};
use crate::ledger::{bank, book, holding};
use crate::mandates::Period;
use crate::money::{Amount, Currency};
use crate::refusal::{Refusal, RefusalKind};
use crate::wallet::{AccountSummary, NewAccount, SpendLimit};
use serde_json::json;

impl Journal {
    /// Opens an account.
    pub(crate) async fn open_account(
        &self,
        tenant: String,
        account: NewAccount,
        now: i64,
    ) -> Result<(), JournalError> {
        let sealing = self.sealing.clone();
        let opened = self
            .writer
            .write(move |connection| {
                Box::pin(
                    async move { open_account(connection, &sealing, &tenant, &account, now).await },
                )
            })
            .await;
        self.seen.forget();
        opened
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
        let sealing = self.sealing.clone();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = own_account(connection, &sealing, &tenant, &name).await?;
                    for amount in limit.iter().map(|l| l.amount).chain(ask_above) {
                        same_currency(&row, &name, amount.currency)?;
                    }
                    let per = limit.map(|l| l.per.word());
                    let minor = limit.map(|l| l.amount.minor);
                    let above = ask_above.map(|amount| amount.minor);
                    let changes = [
                        ("limit_minor", minor.into()),
                        ("limit_per", per.into()),
                        ("ask_above", above.into()),
                    ];
                    let mac = ACCOUNTS.changed(&sealing, &row, &changes)?;
                    query(
                        "UPDATE accounts SET limit_minor = $2, limit_per = $3, ask_above = $4, mac = $5 WHERE id = $1",
                    )
                    .bind(row.try_get::<String, _>("id")?)
                    .bind(minor)
                    .bind(per)
                    .bind(above)
                    .bind(mac)
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
        let sealing = self.sealing.clone();
        let closed = self
            .writer
            .write(move |connection| {
                Box::pin(async move {
                    let row = open_row(connection, &tenant, &name).await?;
                    let changes = [("closed_at", now.into()), ("pays", 0.into())];
                    let mac = ACCOUNTS.taken_back(&sealing, &row, &changes)?;
                    query(
                        "UPDATE accounts SET closed_at = $3, pays = 0, mac = $4 WHERE tenant = $1 AND name = $2",
                    )
                    .bind(&tenant)
                    .bind(&name)
                    .bind(now)
                    .bind(mac)
                    .execute(&mut *connection)
                    .await?;
                    let body = json!({ "account": name });
                    audit::append(connection, &tenant, "account-closed", body, now).await
                })
            })
            .await;
        self.seen.forget();
        closed
    }

    /// A tenant's accounts with what they hold.
    pub(crate) async fn accounts(&self, tenant: &str) -> Result<Vec<AccountSummary>, JournalError> {
        let rows = query("SELECT * FROM accounts WHERE tenant = $1 ORDER BY rail, name")
            .bind(tenant)
            .fetch_all(&self.readers)
            .await?;
        let mut accounts = Vec::with_capacity(rows.len());
        for row in &rows {
            // One that is closed grants nothing any more.
            if row.try_get::<Option<i64>, _>("closed_at")?.is_none() {
                ACCOUNTS.check(&self.sealing, row)?;
            }
            let id: String = row.try_get("id")?;
            let mut reader = self.readers.acquire().await?;
            let available = balance(&mut reader, &id).await?;
            let held = balance(&mut reader, &holding(&id)).await?;
            accounts.push(summary(row, available, held)?);
        }
        Ok(accounts)
    }
}

pub(super) async fn open_account(
    connection: &mut Connection,
    sealing: &Sealing,
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
    let pays = query(
        "SELECT 1 FROM accounts WHERE tenant = $1 AND rail = $2 AND currency = $3 AND pays = 1",
    )
    .bind(tenant)
    .bind(rail)
    .bind(account.currency().code())
    .fetch_optional(&mut *connection)
    .await?
    .is_none();
    let cells: [Cell<'_>; 15] = [
        (&id).into(),
        tenant.into(),
        account.name().into(),
        rail.into(),
        account.currency().code().into(),
        iban.into(),
        bic.into(),
        holder.into(),
        i64::from(pays).into(),
        Cell::Null,
        Cell::Null,
        account.zone().into(),
        Cell::Null,
        now.into(),
        Cell::Null,
    ];
    let mac = ACCOUNTS.mac(sealing, &cells);
    let opened = query(
        "INSERT INTO accounts (id, tenant, name, rail, currency, iban, bic, holder, pays, zone, created_at, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING",
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
    .bind(mac)
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

/// An open account of a tenant by name, as the host wrote it.
pub(super) async fn own_account(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    name: &str,
) -> Result<Row, JournalError> {
    let row = open_row(connection, tenant, name).await?;
    ACCOUNTS.check(sealing, &row)?;
    Ok(row)
}

/// The ledger's name of a tenant's account, also of one that is closed: what was posted stays.
pub(super) async fn ledger_account(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    name: &str,
) -> Result<String, JournalError> {
    let closed =
        query("SELECT id FROM accounts WHERE tenant = $1 AND name = $2 AND closed_at IS NOT NULL")
            .bind(tenant)
            .bind(name)
            .fetch_optional(&mut *connection)
            .await?;
    let row = match closed {
        // It grants nothing any more.
        Some(row) => row,
        None => own_account(connection, sealing, tenant, name).await?,
    };
    Ok(row.try_get("id")?)
}

async fn open_row(
    connection: &mut Connection,
    tenant: &str,
    name: &str,
) -> Result<Row, JournalError> {
    query("SELECT * FROM accounts WHERE tenant = $1 AND name = $2 AND closed_at IS NULL")
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

pub(super) fn same_currency(row: &Row, name: &str, currency: Currency) -> Result<(), JournalError> {
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

pub(super) fn refused(rule: &str, message: String, fix: &str) -> JournalError {
    JournalError::Refused(Box::new(
        Refusal::new(RefusalKind::Denied, rule, message).with_fix(fix),
    ))
}

fn currency_of(row: &Row) -> Result<Currency, JournalError> {
    let code: String = row.try_get("currency")?;
    Currency::parse(&code).map_err(|error| JournalError::Corrupt(error.to_string()))
}

fn summary(row: &Row, available: i64, held: i64) -> Result<AccountSummary, JournalError> {
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
