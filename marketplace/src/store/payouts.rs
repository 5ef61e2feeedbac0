//! Rows of payouts to publishers.

use guildhall_package::Digest;
use guildhall_package::money::Amount;
use sqlx::AnyConnection;

use super::ledger::amount;
use super::{StoreError, column};

/// A payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// Reference of the payment: it counts once.
    pub reference: String,
    /// To whom.
    pub publisher: String,
    /// How much.
    pub amount: Amount,
    /// What the operator wrote to it; empty if nothing.
    pub note: String,
}

/// The id of a payout: short, whatever its reference is.
#[must_use]
pub fn id(reference: &str) -> Digest {
    Digest::of(reference.as_bytes())
}

/// A payout by its reference.
pub async fn get(db: &mut AnyConnection, reference: &str) -> Result<Option<Payout>, StoreError> {
    let row = sqlx::query(
        "SELECT reference, publisher, currency, minor, note FROM payouts WHERE id = $1",
    )
    .bind(id(reference).to_string())
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Payout {
            reference: column(&row, "reference")?,
            publisher: column(&row, "publisher")?,
            amount: amount(&row, "minor")?,
            note: column(&row, "note")?,
        })
    })
    .transpose()
}

/// Records a payout that an account entered.
pub async fn put(
    db: &mut AnyConnection,
    payout: &Payout,
    at: i64,
    account: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO payouts (id, reference, publisher, currency, minor, note, at, account) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(id(&payout.reference).to_string())
    .bind(payout.reference.as_str())
    .bind(payout.publisher.as_str())
    .bind(payout.amount.currency.code())
    .bind(payout.amount.minor)
    .bind(payout.note.as_str())
    .bind(at)
    .bind(account)
    .execute(db)
    .await?;
    Ok(())
}

/// What was paid out to a publisher in a currency.
pub async fn paid_out(
    db: &mut AnyConnection,
    publisher: &str,
    currency: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) AS sum FROM payouts WHERE publisher = $1 AND currency = $2",
    )
    .bind(publisher)
    .bind(currency)
    .fetch_one(db)
    .await?;
    column(&row, "sum")
}

/// A publisher's part of what merchants have settled in a currency, less what was paid back of it.
pub async fn settled(
    db: &mut AnyConnection,
    publisher: &str,
    currency: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(settled_author), 0) AS BIGINT) AS sum FROM orders \
         WHERE publisher = $1 AND currency = $2 AND paid IS NOT NULL",
    )
    .bind(publisher)
    .bind(currency)
    .fetch_one(db)
    .await?;
    column(&row, "sum")
}
