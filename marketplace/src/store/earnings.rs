//! What a publisher earned, read from the orders.

use guildhall_package::FolderName;
use guildhall_package::market::money::{Earning, EarningKind, EarningsTotal};
use guildhall_package::money::Amount;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::ledger::{amount, author_account};
use super::{StoreError, column, parsed, payouts};
use crate::clock::wire;

/// Sales, refunds and payouts of a publisher within a time, each a line with a key that orders them. `what` is a skill or a
/// reference.
const LINES: &str = "SELECT paid AS at, 1 AS kind, skill AS what, id, currency, minor AS amount, author AS share, \
    CASE WHEN settled >= minor - back THEN 1 ELSE 0 END AS settled, '' AS note FROM orders \
    WHERE publisher = $1 AND paid >= $2 AND paid < $3 \
    UNION ALL SELECT refunded AS at, 2 AS kind, skill AS what, id, currency, -back AS amount, -back_author AS share, \
    CASE WHEN settled >= minor - back THEN 1 ELSE 0 END AS settled, '' AS note FROM orders \
    WHERE publisher = $1 AND refunded >= $2 AND refunded < $3 \
    UNION ALL SELECT at, 3 AS kind, reference AS what, id, currency, -minor AS amount, -minor AS share, 1 AS settled, note \
    FROM payouts WHERE publisher = $1 AND at >= $2 AND at < $3";

/// Where a page of lines ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Time of the line.
    pub at: i64,
    /// 1 for a sale, 2 for a refund, 3 for a payout.
    pub kind: i64,
    /// Id of the order or payout.
    pub id: String,
}

impl Place {
    /// Before everything.
    #[must_use]
    pub const fn start() -> Self {
        Self {
            at: -1,
            kind: 0,
            id: String::new(),
        }
    }

    /// The place of a line.
    #[must_use]
    pub fn of(line: &Earning) -> Self {
        Self {
            at: crate::clock::stored(line.at),
            kind: match line.kind {
                EarningKind::Sale => 1,
                EarningKind::Refund => 2,
                EarningKind::Payout => 3,
            },
            id: match (line.order, &line.reference) {
                (Some(order), _) => order.to_string(),
                (None, Some(reference)) => payouts::id(reference).to_string(),
                (None, None) => String::new(),
            },
        }
    }
}

fn line(row: &AnyRow) -> Result<Earning, StoreError> {
    let kind: i64 = column(row, "kind")?;
    let settled: i64 = column(row, "settled")?;
    let paid = amount(row, "amount")?;
    let kind = match kind {
        1 => EarningKind::Sale,
        2 => EarningKind::Refund,
        _ => EarningKind::Payout,
    };
    let is_payout = kind == EarningKind::Payout;
    let note: String = column(row, "note")?;
    Ok(Earning {
        at: wire(column(row, "at")?),
        kind,
        skill: (!is_payout).then(|| parsed(row, "what")).transpose()?,
        order: (!is_payout).then(|| parsed(row, "id")).transpose()?,
        reference: is_payout.then(|| column(row, "what")).transpose()?,
        note: (!note.is_empty()).then_some(note),
        amount: paid,
        share: Amount {
            minor: column(row, "share")?,
            ..paid
        },
        settled: settled == 1,
    })
}

/// Lines of a publisher within a time, oldest first, after a place.
pub async fn lines(
    db: &mut AnyConnection,
    publisher: &FolderName,
    (from, until): (i64, i64),
    after: &Place,
    limit: i64,
) -> Result<Vec<Earning>, StoreError> {
    let sql = format!(
        "SELECT at, CAST(kind AS BIGINT) AS kind, what, id, currency, amount, share, \
         CAST(settled AS BIGINT) AS settled, note \
         FROM ({LINES}) AS lines \
         WHERE at > $4 OR (at = $4 AND (kind > $5 OR (kind = $5 AND id > $6))) ORDER BY at, kind, id LIMIT $7"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(publisher.as_str())
        .bind(from)
        .bind(until)
        .bind(after.at)
        .bind(after.kind)
        .bind(after.id.as_str())
        .bind(limit)
        .fetch_all(db)
        .await?;
    rows.iter().map(line).collect()
}

/// Sums of a publisher, for each currency in which something was ever sold.
pub async fn totals(
    db: &mut AnyConnection,
    publisher: &FolderName,
    (from, until): (i64, i64),
) -> Result<Vec<EarningsTotal>, StoreError> {
    let rows = sqlx::query(
        "SELECT currency, \
         CAST(SUM(CASE WHEN paid >= $2 AND paid < $3 THEN minor ELSE 0 END) AS BIGINT) AS sold, \
         CAST(SUM(CASE WHEN refunded >= $2 AND refunded < $3 THEN back ELSE 0 END) AS BIGINT) AS refunded, \
         CAST(SUM(CASE WHEN paid >= $2 AND paid < $3 THEN author ELSE 0 END) \
            - SUM(CASE WHEN refunded >= $2 AND refunded < $3 THEN back_author ELSE 0 END) AS BIGINT) AS earned, \
         CAST(SUM(settled_author) AS BIGINT) AS settled_ever \
         FROM orders WHERE publisher = $1 AND paid IS NOT NULL GROUP BY currency ORDER BY currency",
    )
    .bind(publisher.as_str())
    .bind(from)
    .bind(until)
    .fetch_all(&mut *db)
    .await?;
    let mut totals = Vec::new();
    for row in rows {
        let sold = amount(&row, "sold")?;
        let (account, code) = (author_account(publisher.as_str()), sold.currency.code());
        let owed = super::ledger::balance(&mut *db, &account, code).await?;
        let paid_out = payouts::paid_out(&mut *db, publisher.as_str(), code).await?;
        let settled: i64 = column(&row, "settled_ever")?;
        let shown = |minor| Amount { minor, ..sold };
        totals.push(EarningsTotal {
            sold,
            refunded: amount(&row, "refunded")?,
            earned: amount(&row, "earned")?,
            payable: shown(owed),
            settled: shown(settled.saturating_sub(paid_out)),
            paid_out: shown(paid_out),
        });
    }
    Ok(totals)
}
