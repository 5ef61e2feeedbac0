//! What is set for the whole console.

use guildhall_host::{Amount, Currency, Retention};
use sqlx::AnyConnection;

use super::{StoreError, column};

/// What is kept of a run, where nobody said anything.
const RETENTION: &str = "retention";
/// From which amount of a currency on people are asked again; the currency's code follows.
const ASK_ABOVE: &str = "ask-above.";
/// Since when everything is being deleted.
const DELETING: &str = "deleting";

/// What is kept of runs that are started here, unless something else is chosen for one. Default: everything.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn retention(db: &mut AnyConnection) -> Result<Retention, StoreError> {
    let word = get(db, RETENTION).await?;
    // A word of a newer program keeps everything: nothing is lost that somebody may need.
    Ok(word
        .and_then(|word| word.parse().ok())
        .unwrap_or(Retention::Full))
}

/// Sets it.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_retention(db: &mut AnyConnection, retention: Retention) -> Result<(), StoreError> {
    set(db, RETENTION, retention.word()).await
}

/// From which amounts on people are asked again who they are: at most one for each currency.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn ceilings(db: &mut AnyConnection) -> Result<Vec<Amount>, StoreError> {
    let rows = sqlx::query("SELECT name, value FROM settings WHERE name LIKE 'ask-above.%'")
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            let (name, value): (String, String) = (column(row, "name")?, column(row, "value")?);
            let code = name.strip_prefix(ASK_ABOVE).unwrap_or_default();
            match (Currency::parse(code), value.parse()) {
                (Ok(currency), Ok(minor)) => Ok(Amount { minor, currency }),
                // Read as nothing, more would be approved without asking.
                _ => Err(StoreError::Corrupt(format!("the setting {name}"))),
            }
        })
        .collect()
}

/// Sets one.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_ceiling(db: &mut AnyConnection, amount: Amount) -> Result<(), StoreError> {
    let name = format!("{ASK_ABOVE}{}", amount.currency.code());
    set(db, &name, &amount.minor.to_string()).await
}

/// Since when everything is being deleted, in milliseconds since 1970 UTC; none while nothing is.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn deleting(db: &mut AnyConnection) -> Result<Option<i64>, StoreError> {
    let at = get(db, DELETING).await?;
    at.map(|at| {
        at.parse()
            .map_err(|_| StoreError::Corrupt(format!("the setting {DELETING}")))
    })
    .transpose()
}

/// Sets that.
///
/// # Errors
/// [`StoreError`] of the database.
pub async fn set_deleting(db: &mut AnyConnection, at: Option<i64>) -> Result<(), StoreError> {
    if let Some(at) = at {
        return set(db, DELETING, &at.to_string()).await;
    }
    sqlx::query("DELETE FROM settings WHERE name = $1")
        .bind(DELETING)
        .execute(db)
        .await?;
    Ok(())
}

async fn get(db: &mut AnyConnection, name: &str) -> Result<Option<String>, StoreError> {
    sqlx::query("SELECT value FROM settings WHERE name = $1")
        .bind(name.to_owned())
        .fetch_optional(db)
        .await?
        .map(|row| column(&row, "value"))
        .transpose()
}

async fn set(db: &mut AnyConnection, name: &str, value: &str) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO settings (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )
    .bind(name.to_owned())
    .bind(value.to_owned())
    .execute(db)
    .await?;
    Ok(())
}
