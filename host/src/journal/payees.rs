//! Whom a tenant has paid: what a first payment, a changed account and an imitated name are told by.

use super::bound::{Cell, PAYEES};
use super::db::{Connection, Row, query};
use super::payments::{Words, words_place};
use super::{Journal, JournalError, Sealing, columns};
use crate::payees::Known;

const KNOWN: &str =
    "SELECT * FROM payees WHERE tenant = $1 ORDER BY last_paid DESC, scheme, account LIMIT 10000";

impl Journal {
    /// Everybody whom a tenant has paid.
    pub(crate) async fn known_payees(&self, tenant: &str) -> Result<Vec<Known>, JournalError> {
        let rows = query(KNOWN).bind(tenant).fetch_all(&self.readers).await?;
        rows.iter().map(|row| known(&self.sealing, row)).collect()
    }
}

/// Everybody whom a tenant has paid, as of this transaction.
pub(super) async fn payees(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
) -> Result<Vec<Known>, JournalError> {
    let rows = query(KNOWN).bind(tenant).fetch_all(connection).await?;
    rows.iter().map(|row| known(sealing, row)).collect()
}

fn known(sealing: &Sealing, row: &Row) -> Result<Known, JournalError> {
    PAYEES.check(sealing, row)?;
    let name: Option<String> = row.try_get("name")?;
    Ok(Known {
        scheme: row.try_get("scheme")?,
        account: row.try_get("account")?,
        // A name that can't be read any more is as good as none: the account is the payee.
        name: name
            .and_then(|sealed| sealing.open("payee", &sealed).ok())
            .unwrap_or_default(),
        paid_count: columns::count(row, "paid_count")?,
        last_paid_ms: row.try_get("last_paid")?,
    })
}

/// The payee of an order is known from now on.
pub(super) async fn paid(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
    now: i64,
) -> Result<(), JournalError> {
    let row = query(
        "SELECT p.tenant, p.scheme, p.payee, p.words, y.account AS known, y.name, y.paid_count, y.last_paid, y.mac
         FROM payments p
         LEFT JOIN payees y ON y.tenant = p.tenant AND y.scheme = p.scheme AND y.account = p.payee
         WHERE p.run = $1 AND p.idx = $2",
    )
    .bind(run)
    .bind(i64::from(index))
    .fetch_one(&mut *connection)
    .await?;
    let (tenant, scheme): (String, String) = (row.try_get("tenant")?, row.try_get("scheme")?);
    let payee: String = row.try_get("payee")?;
    let words: Option<String> = row.try_get("words")?;
    let mut name = words
        .and_then(|sealed| sealing.open(&words_place(run, index), &sealed).ok())
        .and_then(|text| serde_json::from_str::<Words>(&text).ok())
        .map(|words| sealing.seal("payee", &words.name))
        .transpose()?;
    let place = (tenant.as_str(), scheme.as_str(), payee.as_str());
    let mut times = 1_i64;
    if row.try_get::<Option<String>, _>("known")?.is_some() {
        let before: Option<String> = row.try_get("name")?;
        let (count, last): (i64, i64) = (row.try_get("paid_count")?, row.try_get("last_paid")?);
        let mac: Option<String> = row.try_get("mac")?;
        let old = cells(place, before.as_deref(), count, last);
        if let Err(error) = PAYEES.check_cells(sealing, &old, mac.as_deref()) {
            // That it was paid is recorded all the same. Its row stays as it is, so that the next decision finds it.
            tracing::warn!(%error, "the payee is not counted");
            return Ok(());
        }
        times = count.saturating_add(1);
        name = name.or(before);
    }
    let mac = PAYEES.mac(sealing, &cells(place, name.as_deref(), times, now));
    query(
        "INSERT INTO payees (tenant, scheme, account, name, paid_count, last_paid, mac)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant, scheme, account) DO UPDATE SET name = excluded.name,
             paid_count = excluded.paid_count, last_paid = excluded.last_paid, mac = excluded.mac",
    )
    .bind(&tenant)
    .bind(&scheme)
    .bind(&payee)
    .bind(name)
    .bind(times)
    .bind(now)
    .bind(mac)
    .execute(connection)
    .await?;
    Ok(())
}

/// The bound columns of a payee.
fn cells<'a>(
    (tenant, scheme, payee): (&'a str, &'a str, &'a str),
    name: Option<&'a str>,
    count: i64,
    last: i64,
) -> [Cell<'a>; 6] {
    [
        tenant.into(),
        scheme.into(),
        payee.into(),
        name.into(),
        count.into(),
        last.into(),
    ]
}
