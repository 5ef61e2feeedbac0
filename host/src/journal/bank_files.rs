//! A bank file read back from the journal: the same orders give the same bytes again.

use super::accounts::refused;
use super::bound::{ACCOUNTS, ORDERS};
use super::db::{Connection, Row, query};
use super::payments::{Words, amount_of, words_place};
use super::{JournalError, Sealing, columns};
use crate::wallet::{BankFile, BankOrder};

/// A stable identifier of an order for the bank, at most 35 characters.
pub(super) fn end_to_end(row: &Row) -> Result<String, JournalError> {
    let (run, index): (String, i64) = (row.try_get("run")?, row.try_get("idx")?);
    Ok(format!("{}{index:03}", run.replace('-', "")))
}

/// A bank file with all its orders, each as the host wrote it.
pub(super) async fn bank_file(
    connection: &mut Connection,
    sealing: &Sealing,
    tenant: &str,
    id: &str,
) -> Result<BankFile, JournalError> {
    let head = query(
        "SELECT a.*, f.created_at AS made_at FROM bank_files f JOIN accounts a ON a.id = f.account
         WHERE f.id = $1 AND f.tenant = $2",
    )
    .bind(id)
    .bind(tenant)
    .fetch_one(&mut *connection)
    .await?;
    ACCOUNTS.check(sealing, &head)?;
    let account: String = head.try_get("id")?;
    let rows = query("SELECT * FROM payments WHERE batch = $1 ORDER BY held_at, run, idx")
        .bind(id)
        .fetch_all(connection)
        .await?;
    let mut orders = Vec::with_capacity(rows.len());
    for row in &rows {
        ORDERS.check(sealing, row)?;
        // Nothing of one account leaves from another.
        if row.try_get::<String, _>("account")? != account {
            return Err(ORDERS.tampered(&row.try_get::<String, _>("run")?));
        }
        let sealed: Option<String> = row.try_get("words")?;
        let index = columns::index(row)?;
        let place = words_place(&row.try_get::<String, _>("run")?, index);
        let words: Words = match sealed {
            Some(sealed) => serde_json::from_str(&sealing.open(&place, &sealed)?)?,
            None => {
                return Err(refused(
                    "wallet.erased",
                    format!(
                        "payees' names and documents of the bank file {id} were deleted; it can't be made again"
                    ),
                    "use the file as it was exported then",
                ));
            }
        };
        orders.push(BankOrder {
            id: end_to_end(row)?,
            payee_name: words.name,
            iban: row.try_get("payee")?,
            amount: amount_of(row)?,
            requested_date: row.try_get("requested_date")?,
            document: words.document,
        });
    }
    Ok(BankFile {
        id: id.to_owned(),
        created_at_ms: head.try_get("made_at")?,
        account: head.try_get("name")?,
        holder: head
            .try_get::<Option<String>, _>("holder")?
            .unwrap_or_default(),
        iban: head
            .try_get::<Option<String>, _>("iban")?
            .unwrap_or_default(),
        bic: head.try_get("bic")?,
        zone: head.try_get("zone")?,
        orders,
    })
}
