//! Rows of orders and purchases.

use guildhall_package::market::money::{CreditNote, Order, PaidBy, PriceModel, Split};
use guildhall_package::{Digest, SkillName};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column, json, parsed};

/// An order.
#[derive(Debug, Clone)]
pub struct OrderRow {
    /// As it was signed.
    pub order: Order,
    /// Its payment, if it was paid.
    pub paid: Option<Paid>,
    /// Its credit note, if it was paid back.
    pub note: Option<CreditNote>,
}

/// The payment of an order.
#[derive(Debug, Clone)]
pub struct Paid {
    /// When the receipt was presented.
    pub at: i64,
    /// Whose receipt it was.
    pub by: PaidBy,
    /// How it was shared.
    pub split: Split,
}

/// A merchant's purchase of a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purchase {
    /// Counted from 0.
    pub number: u32,
    /// How it was bought.
    pub model: PriceModel,
    /// Months are counted from it.
    pub began: i64,
    /// No further month is wanted, since then.
    pub cancelled: Option<i64>,
    /// It was paid back, then.
    pub ended: Option<i64>,
}

/// What of an order is settled.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Its id.
    pub id: String,
    /// What the merchant has to pay for it: less what was paid back.
    pub net: i64,
    /// The author's part of that.
    pub net_author: i64,
    /// What is settled of it, and the author's part of that.
    pub settled: i64,
    /// See `settled`.
    pub settled_author: i64,
}

const COLUMNS: &str = "document, paid, invocation, effect, author, fee, note";

fn row_of(row: &AnyRow) -> Result<OrderRow, StoreError> {
    let paid: Option<i64> = column(row, "paid")?;
    let paid = paid
        .map(|at| {
            let effect: i64 = column(row, "effect")?;
            Ok::<_, StoreError>(Paid {
                at,
                by: PaidBy {
                    invocation: column(row, "invocation")?,
                    effect: small(effect, "effect")?,
                },
                split: Split {
                    author: column(row, "author")?,
                    fee: column(row, "fee")?,
                },
            })
        })
        .transpose()?;
    let note: Option<String> = column(row, "note")?;
    let note = note
        .map(|text| {
            serde_json::from_str(&text)
                .map_err(|error| StoreError::Corrupt(format!("column note: {error}")))
        })
        .transpose()?;
    Ok(OrderRow {
        order: json(row, "document")?,
        paid,
        note,
    })
}

fn small(value: i64, name: &str) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Corrupt(format!("column {name}: {value}")))
}

fn text_of<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// An order.
pub async fn get(db: &mut AnyConnection, id: &Digest) -> Result<Option<OrderRow>, StoreError> {
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM orders WHERE id = $1"
    )))
    .bind(id.to_string())
    .fetch_optional(db)
    .await?;
    row.as_ref().map(row_of).transpose()
}

/// Orders that a merchant paid, in the order of their ids, after one.
pub async fn paid_of(
    db: &mut AnyConnection,
    merchant: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<OrderRow>, StoreError> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM orders WHERE merchant = $1 AND paid IS NOT NULL AND id > $2 ORDER BY id LIMIT $3"
    )))
    .bind(merchant)
    .bind(after)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(row_of).collect()
}

/// Keeps an order that is open. What was paid stays as it is.
pub async fn put_open(db: &mut AnyConnection, order: &Order) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO orders (id, merchant, publisher, skill, purchase, period, document, currency, minor, covers_until, expires) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (id) DO UPDATE SET document = $7, currency = $8, minor = $9, covers_until = $10, expires = $11 \
         WHERE orders.paid IS NULL",
    )
    .bind(order.id.to_string())
    .bind(order.facts.merchant.to_string())
    .bind(order.facts.skill.publisher.as_str())
    .bind(order.facts.skill.to_string())
    .bind(i64::from(order.facts.purchase))
    .bind(i64::from(order.facts.period))
    .bind(text_of(order)?)
    .bind(order.amount.currency.code())
    .bind(order.amount.minor)
    .bind(order.covers.until)
    .bind(order.expires)
    .execute(db)
    .await?;
    Ok(())
}

/// Records the payment of an order that [`put_open`] kept. False: it was paid already.
pub async fn set_paid(
    db: &mut AnyConnection,
    id: &Digest,
    paid: &Paid,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE orders SET paid = $2, invocation = $3, effect = $4, author = $5, fee = $6 WHERE id = $1 AND paid IS NULL",
    )
    .bind(id.to_string())
    .bind(paid.at)
    .bind(paid.by.invocation.as_str())
    .bind(i64::from(paid.by.effect))
    .bind(paid.split.author)
    .bind(paid.split.fee)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The order that a payment was presented for already.
pub async fn by_receipt(
    db: &mut AnyConnection,
    merchant: &str,
    by: &PaidBy,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query(
        "SELECT id FROM orders WHERE merchant = $1 AND invocation = $2 AND effect = $3 AND paid IS NOT NULL",
    )
    .bind(merchant)
    .bind(by.invocation.as_str())
    .bind(i64::from(by.effect))
    .fetch_optional(db)
    .await?;
    row.map(|row| column(&row, "id")).transpose()
}

/// Records that an order was paid back. False: it was already, or was never paid.
pub async fn set_refunded(
    db: &mut AnyConnection,
    note: &CreditNote,
    back: Split,
    listed_until: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE orders SET refunded = $2, back = $3, back_author = $4, note = $5, listed_until = $6 \
         WHERE id = $1 AND paid IS NOT NULL AND refunded IS NULL",
    )
    .bind(note.order.to_string())
    .bind(note.at)
    .bind(back.whole())
    .bind(back.author)
    .bind(text_of(note)?)
    .bind(listed_until)
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Orders that the status lists as refunded, with the time until which it does; those that matter longest first.
pub async fn listed(
    db: &mut AnyConnection,
    now: i64,
    limit: i64,
) -> Result<Vec<(Digest, i64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, listed_until FROM orders WHERE listed_until > $1 ORDER BY listed_until DESC LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| Ok((parsed(row, "id")?, column(row, "listed_until")?)))
        .collect()
}

/// How many orders the status should list as refunded.
pub async fn count_listed(db: &mut AnyConnection, now: i64) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM orders WHERE listed_until > $1",
    )
    .bind(now)
    .fetch_one(db)
    .await?;
    column(&row, "number")
}

/// Forgets open orders that expired before a time. Whoever pays one later presents it again.
pub async fn sweep(db: &mut AnyConnection, before: i64) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM orders WHERE paid IS NULL AND expires < $1")
        .bind(before)
        .execute(db)
        .await?;
    Ok(done.rows_affected())
}

/// What a merchant's open orders, but this one, come to.
pub async fn reserved(
    db: &mut AnyConnection,
    merchant: &str,
    currency: &str,
    but: &Digest,
    now: i64,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) AS sum FROM orders \
         WHERE merchant = $1 AND currency = $2 AND id <> $3 AND paid IS NULL AND expires > $4",
    )
    .bind(merchant)
    .bind(currency)
    .bind(but.to_string())
    .bind(now)
    .fetch_one(db)
    .await?;
    column(&row, "sum")
}

/// A merchant's newest purchase of a skill.
pub async fn purchase(
    db: &mut AnyConnection,
    merchant: &str,
    skill: &SkillName,
) -> Result<Option<Purchase>, StoreError> {
    let row = sqlx::query(
        "SELECT number, model, began, cancelled, ended FROM purchases WHERE merchant = $1 AND skill = $2 \
         ORDER BY number DESC LIMIT 1",
    )
    .bind(merchant)
    .bind(skill.to_string())
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Purchase {
            number: small(column(&row, "number")?, "number")?,
            model: parsed(&row, "model")?,
            began: column(&row, "began")?,
            cancelled: column(&row, "cancelled")?,
            ended: column(&row, "ended")?,
        })
    })
    .transpose()
}

/// Keeps a purchase, with its first payment.
pub async fn put_purchase(db: &mut AnyConnection, order: &Order) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO purchases (merchant, skill, number, model, began) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
    )
    .bind(order.facts.merchant.to_string())
    .bind(order.facts.skill.to_string())
    .bind(i64::from(order.facts.purchase))
    .bind(order.model.as_str())
    .bind(order.began)
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a purchase.
pub async fn end_purchase(
    db: &mut AnyConnection,
    order: &Order,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE purchases SET ended = $4 WHERE merchant = $1 AND skill = $2 AND number = $3 AND ended IS NULL",
    )
    .bind(order.facts.merchant.to_string())
    .bind(order.facts.skill.to_string())
    .bind(i64::from(order.facts.purchase))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// Cancels further months of a purchase.
pub async fn cancel_purchase(
    db: &mut AnyConnection,
    merchant: &str,
    skill: &SkillName,
    number: u32,
    now: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE purchases SET cancelled = $4 WHERE merchant = $1 AND skill = $2 AND number = $3 AND cancelled IS NULL",
    )
    .bind(merchant)
    .bind(skill.to_string())
    .bind(i64::from(number))
    .bind(now)
    .execute(db)
    .await?;
    Ok(())
}

/// The months of a purchase that are paid and were not paid back, in order.
pub async fn periods(
    db: &mut AnyConnection,
    merchant: &str,
    skill: &SkillName,
    purchase: u32,
) -> Result<Vec<u32>, StoreError> {
    let rows = sqlx::query(
        "SELECT period FROM orders WHERE merchant = $1 AND skill = $2 AND purchase = $3 \
         AND paid IS NOT NULL AND refunded IS NULL ORDER BY period",
    )
    .bind(merchant)
    .bind(skill.to_string())
    .bind(i64::from(purchase))
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| small(column(row, "period")?, "period"))
        .collect()
}

/// Until when a purchase is paid; 0 if nothing of it is.
pub async fn paid_until(
    db: &mut AnyConnection,
    merchant: &str,
    skill: &SkillName,
    purchase: u32,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COALESCE(MAX(covers_until), 0) AS until FROM orders WHERE merchant = $1 AND skill = $2 AND purchase = $3 \
         AND paid IS NOT NULL AND refunded IS NULL",
    )
    .bind(merchant)
    .bind(skill.to_string())
    .bind(i64::from(purchase))
    .fetch_one(db)
    .await?;
    column(&row, "until")
}

/// Whether no further month of an order's purchase is sold: it was cancelled, or something of it was paid back.
pub async fn is_cancelled(db: &mut AnyConnection, order: &Order) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT number FROM purchases WHERE merchant = $1 AND skill = $2 AND number = $3 \
         AND (cancelled IS NOT NULL OR ended IS NOT NULL)",
    )
    .bind(order.facts.merchant.to_string())
    .bind(order.facts.skill.to_string())
    .bind(i64::from(order.facts.purchase))
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// What a merchant has to pay for each order in a currency, oldest first.
pub async fn to_settle(
    db: &mut AnyConnection,
    merchant: &str,
    currency: &str,
) -> Result<Vec<Settled>, StoreError> {
    let rows = sqlx::query(
        "SELECT id, minor - back AS net, author - back_author AS net_author, settled, settled_author FROM orders \
         WHERE merchant = $1 AND currency = $2 AND paid IS NOT NULL ORDER BY paid, id",
    )
    .bind(merchant)
    .bind(currency)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Settled {
                id: column(row, "id")?,
                net: column(row, "net")?,
                net_author: column(row, "net_author")?,
                settled: column(row, "settled")?,
                settled_author: column(row, "settled_author")?,
            })
        })
        .collect()
}

/// Records what of an order is settled, and the author's part of that.
pub async fn set_settled(
    db: &mut AnyConnection,
    id: &str,
    settled: i64,
    author: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE orders SET settled = $2, settled_author = $3 WHERE id = $1")
        .bind(id)
        .bind(settled)
        .bind(author)
        .execute(db)
        .await?;
    Ok(())
}
