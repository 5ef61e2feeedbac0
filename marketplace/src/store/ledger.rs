//! Rows of the ledger, of settlements and of credit.

use guildhall_package::money::{Amount, Currency};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::{StoreError, column};

/// The marketplace's part of what was sold.
pub const INCOME: &str = "income";
/// What merchants have settled, less what was paid out to publishers.
pub const BANK: &str = "bank";
/// Begins the name of a merchant's account.
const MERCHANT: &str = "merchant:";

/// The account of what a merchant owes: his debt is its debit.
#[must_use]
pub fn merchant_account(merchant: &str) -> String {
    format!("{MERCHANT}{merchant}")
}

/// The account of what a publisher is owed.
#[must_use]
pub fn author_account(publisher: &str) -> String {
    format!("author:{publisher}")
}

/// Legs of a transfer that do not sum to zero: a fault of this program. Nothing is written.
fn balanced(legs: &[(String, i64)]) -> Result<(), StoreError> {
    let sum: i128 = legs.iter().map(|(_, minor)| i128::from(*minor)).sum();
    if sum == 0 {
        return Ok(());
    }
    Err(StoreError::Corrupt(format!(
        "a transfer whose legs sum to {sum}"
    )))
}

/// Books a transfer, once: the same one again is refused by the database, and its transaction is undone.
pub async fn book(
    db: &mut AnyConnection,
    transfer: &str,
    currency: Currency,
    legs: &[(String, i64)],
    at: i64,
) -> Result<(), StoreError> {
    balanced(legs)?;
    for (leg, (account, minor)) in (0_i64..).zip(legs) {
        sqlx::query(
            "INSERT INTO ledger (transfer, leg, account, currency, minor, at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(transfer)
        .bind(leg)
        .bind(account.as_str())
        .bind(currency.code())
        .bind(*minor)
        .bind(at)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// What stands on an account: credit positive, debit negative.
pub async fn balance(
    db: &mut AnyConnection,
    account: &str,
    currency: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) AS sum FROM ledger WHERE account = $1 AND currency = $2",
    )
    .bind(account)
    .bind(currency)
    .fetch_one(db)
    .await?;
    column(&row, "sum")
}

/// Reads an amount of two columns.
pub(super) fn amount(row: &AnyRow, minor: &'static str) -> Result<Amount, StoreError> {
    let code: String = column(row, "currency")?;
    let currency = Currency::parse(&code)
        .map_err(|error| StoreError::Corrupt(format!("column currency: {error}")))?;
    Ok(Amount {
        minor: column(row, minor)?,
        currency,
    })
}

/// What merchants owe, by key and currency, after one of them: `KEY CURRENCY`.
pub async fn debts(
    db: &mut AnyConnection,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, Amount)>, StoreError> {
    let rows = sqlx::query(
        "SELECT account, currency, CAST(-SUM(minor) AS BIGINT) AS debt FROM ledger \
         WHERE account LIKE 'merchant:%' AND account || ' ' || currency > $1 \
         GROUP BY account, currency HAVING SUM(minor) <> 0 ORDER BY account || ' ' || currency LIMIT $2",
    )
    .bind(merchant_account(after))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            let account: String = column(row, "account")?;
            let key = account.strip_prefix(MERCHANT).unwrap_or(&account);
            Ok((key.to_owned(), amount(row, "debt")?))
        })
        .collect()
}

/// A settlement by its reference: whose, and how much.
pub async fn settlement(
    db: &mut AnyConnection,
    reference: &str,
) -> Result<Option<(String, Amount)>, StoreError> {
    let row = sqlx::query("SELECT merchant, currency, minor FROM settlements WHERE reference = $1")
        .bind(reference)
        .fetch_optional(db)
        .await?;
    row.map(|row| Ok((column(&row, "merchant")?, amount(&row, "minor")?)))
        .transpose()
}

/// Records a settlement.
pub async fn put_settlement(
    db: &mut AnyConnection,
    reference: &str,
    merchant: &str,
    amount: Amount,
    at: i64,
    account: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO settlements (reference, merchant, currency, minor, at, account) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(reference)
    .bind(merchant)
    .bind(amount.currency.code())
    .bind(amount.minor)
    .bind(at)
    .bind(account)
    .execute(db)
    .await?;
    Ok(())
}

/// What a merchant has settled in a currency.
pub async fn settled(
    db: &mut AnyConnection,
    merchant: &str,
    currency: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(minor), 0) AS BIGINT) AS sum FROM settlements WHERE merchant = $1 AND currency = $2",
    )
    .bind(merchant)
    .bind(currency)
    .fetch_one(db)
    .await?;
    column(&row, "sum")
}

/// How much a merchant may owe in a currency, if the operator decided.
pub async fn credit(
    db: &mut AnyConnection,
    merchant: &str,
    currency: &str,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT minor FROM credit WHERE merchant = $1 AND currency = $2")
        .bind(merchant)
        .bind(currency)
        .fetch_optional(db)
        .await?;
    row.map(|row| column(&row, "minor")).transpose()
}

/// Decides how much a merchant may owe.
pub async fn set_credit(
    db: &mut AnyConnection,
    merchant: &str,
    limit: Amount,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO credit (merchant, currency, minor) VALUES ($1, $2, $3) \
         ON CONFLICT (merchant, currency) DO UPDATE SET minor = $3",
    )
    .bind(merchant)
    .bind(limit.currency.code())
    .bind(limit.minor)
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a merchant is known: he has paid an order, or was given credit.
pub async fn knows(db: &mut AnyConnection, merchant: &str) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT merchant FROM orders WHERE merchant = $1 AND paid IS NOT NULL \
         UNION SELECT merchant FROM credit WHERE merchant = $1 LIMIT 1",
    )
    .bind(merchant)
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_that_makes_or_loses_money_is_not_booked() {
        let legs = |a, b| vec![("a".to_owned(), a), ("b".to_owned(), b)];
        assert!(balanced(&legs(-5, 5)).is_ok());
        assert!(balanced(&legs(-5, 4)).is_err());
        // No wrapping around.
        let wrapped = vec![
            ("a".to_owned(), i64::MAX),
            ("b".to_owned(), i64::MAX),
            ("c".to_owned(), 2),
        ];
        assert!(balanced(&wrapped).is_err());
    }
}
