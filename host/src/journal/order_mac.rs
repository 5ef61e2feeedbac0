//! Binding an order to its run: a row that somebody else wrote into the store is not paid.

use super::{JournalError, Sealing};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

/// The facts of an order that nothing but its own run may have set.
#[derive(serde::Serialize)]
pub(super) struct OrderFacts {
    pub(super) run: String,
    pub(super) index: i64,
    pub(super) tenant: String,
    pub(super) key: String,
    pub(super) account: String,
    pub(super) rail: String,
    pub(super) scheme: String,
    pub(super) payee: String,
    pub(super) currency: String,
    /// As text: canonical JSON rounds large numbers.
    pub(super) minor: String,
    pub(super) requested_date: Option<String>,
    pub(super) words: Option<String>,
}

impl OrderFacts {
    fn of_row(row: &SqliteRow) -> Result<Self, JournalError> {
        Ok(Self {
            run: row.try_get("run")?,
            index: row.try_get("idx")?,
            tenant: row.try_get("tenant")?,
            key: row.try_get("key")?,
            account: row.try_get("account")?,
            rail: row.try_get("rail")?,
            scheme: row.try_get("scheme")?,
            payee: row.try_get("payee")?,
            currency: row.try_get("currency")?,
            minor: row.try_get::<i64, _>("minor")?.to_string(),
            requested_date: row.try_get("requested_date")?,
            words: row.try_get("words")?,
        })
    }

    /// What binds them, under the store's key.
    pub(super) fn mac(&self, sealing: &Sealing) -> Result<String, JournalError> {
        sealing.blind("order", &serde_json::to_string(self)?)
    }
}

/// Whether a row of orders (all columns) is as the host wrote it.
pub(super) fn is_untouched(sealing: &Sealing, row: &SqliteRow) -> Result<bool, JournalError> {
    Ok(OrderFacts::of_row(row)?.mac(sealing)? == row.try_get::<String, _>("mac")?)
}

/// Whether the order of an effect is as the host wrote it.
pub(super) async fn order_is_untouched(
    connection: &mut SqliteConnection,
    sealing: &Sealing,
    run: &str,
    index: u32,
) -> Result<bool, JournalError> {
    let row = sqlx::query("SELECT * FROM payments WHERE run = $1 AND idx = $2")
        .bind(run)
        .bind(i64::from(index))
        .fetch_optional(connection)
        .await?;
    row.as_ref()
        .map_or(Ok(false), |row| is_untouched(sealing, row))
}
