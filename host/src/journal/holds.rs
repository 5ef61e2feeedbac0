//! Holding the money of an approved payment: within every limit, in the transaction of the approval.

use super::bound::ACCOUNTS;
use super::db::{Connection, query};
use super::payments::{
    BOOK, Transfer, amount_in, balance, no_room, no_such_account, post, refused, step,
};
use super::{JournalError, Sealing};
use crate::ledger::{HoldEvent, book, holding, transfer};
use crate::mandates::{Period, bucket};
use crate::money::Amount;
use crate::refusal::{Refusal, RefusalKind};

/// Sets the amount aside, within every limit, in the transaction of the approval.
pub(super) async fn hold(
    connection: &mut Connection,
    sealing: &Sealing,
    run: &str,
    index: u32,
    now: i64,
) -> Result<(), JournalError> {
    let row = query(
        "SELECT a.*, p.rail AS by_rail, p.minor, p.hold, p.scheme, p.payee, p.currency AS of_currency
         FROM payments p JOIN accounts a ON a.id = p.account WHERE p.run = $1 AND p.idx = $2",
    )
    .bind(run)
    .bind(i64::from(index))
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| JournalError::Corrupt(format!("payment {index} of run {run} is missing")))?;
    let name: String = row.try_get("name")?;
    let account: String = row.try_get("id")?;
    let minor: i64 = row.try_get("minor")?;
    let amount = amount_in(&row, "of_currency")?;
    if row.try_get::<Option<i64>, _>("closed_at")?.is_some() {
        return Err(refused(no_such_account(&name)));
    }
    ACCOUNTS.check(sealing, &row)?;
    step(&row, HoldEvent::Hold)?;
    let is_book = row.try_get::<String, _>("by_rail")? == BOOK;
    if is_book {
        check_payee(connection, sealing, row.try_get("payee")?, amount).await?;
    }
    let zone: String = row.try_get("zone")?;
    let per: Option<String> = row.try_get("limit_per")?;
    let period = per.as_deref().map_or(Ok(Period::InAll), |word| {
        Period::from_word(word).ok_or_else(|| JournalError::Corrupt(format!("the period {word:?}")))
    })?;
    let bucket = bucket(period, &zone, now)
        .map_err(|error| JournalError::Corrupt(format!("the account {name}: {error}")))?;
    if let Some(limit) = row.try_get::<Option<i64>, _>("limit_minor")? {
        let used = spent(connection, &account, (period, &zone), now).await?;
        if used.checked_add(minor).is_none_or(|sum| sum > limit) {
            return Err(refused(over_limit(&name, amount, used, limit, period)));
        }
    }
    if is_book {
        let balance = balance(connection, &account).await?;
        if balance < minor {
            return Err(refused(no_funds(&name, amount, balance)));
        }
    }
    post(
        connection,
        Transfer {
            id: format!("hold:{run}:{index}"),
            kind: "hold",
            currency: amount.currency,
            origin: Some((run, index)),
            now,
        },
        &transfer(&account, &holding(&account), minor),
    )
    .await?;
    query(
        "UPDATE payments SET hold = 'held', bucket = $3, held_at = $4 WHERE run = $1 AND idx = $2",
    )
    .bind(run)
    .bind(i64::from(index))
    .bind(bucket)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// What is spent and held of an account in the period of `now`, whenever its limit was set. More than fits 64 bits is as much as
/// fits.
pub(super) async fn spent(
    connection: &mut Connection,
    account: &str,
    (period, zone): (Period, &str),
    now: i64,
) -> Result<i64, JournalError> {
    let since = match period {
        Period::InAll => i64::MIN,
        // No period is longer, in any zone.
        Period::Day | Period::Week | Period::Month => now.saturating_sub(33 * 24 * 3_600 * 1_000),
    };
    let rows = query(
        "SELECT minor, held_at FROM payments WHERE account = $1 AND hold IN ('held', 'captured') AND held_at >= $2",
    )
    .bind(account)
    .bind(since)
    .fetch_all(connection)
    .await?;
    let bucket_of = |at: i64| {
        bucket(period, zone, at)
            .map_err(|error| JournalError::Corrupt(format!("the calendar of an account: {error}")))
    };
    let present = bucket_of(now)?;
    let mut sum = 0_i64;
    for row in &rows {
        if bucket_of(row.try_get("held_at")?)? == present {
            sum = sum.saturating_add(row.try_get("minor")?);
        }
    }
    Ok(sum)
}

/// A book account that was closed after the card was made is not paid.
async fn check_payee(
    connection: &mut Connection,
    sealing: &Sealing,
    payee: String,
    amount: Amount,
) -> Result<(), JournalError> {
    let currency = open_currency(connection, sealing, &payee).await?;
    if currency.is_some_and(|currency| currency == amount.currency.code()) {
        return check_room(connection, &payee, amount).await;
    }
    Err(refused(
        Refusal::new(
            RefusalKind::NotFound,
            "payments.no-such-payee",
            format!("the account book:{payee} is not open any more"),
        )
        .with_fix("reject the card, and ask the payee for another account"),
    ))
}

/// The currency of an account of the book, if it is open.
pub(super) async fn open_currency(
    connection: &mut Connection,
    sealing: &Sealing,
    payee: &str,
) -> Result<Option<String>, JournalError> {
    let open = query("SELECT * FROM accounts WHERE id = $1 AND closed_at IS NULL")
        .bind(book(payee))
        .fetch_optional(connection)
        .await?;
    let Some(open) = open else { return Ok(None) };
    ACCOUNTS.check(sealing, &open)?;
    Ok(Some(open.try_get("currency")?))
}

/// What is held for a payee of the book. More than fits 64 bits is as much as fits.
pub(super) async fn held_for(
    connection: &mut Connection,
    payee: &str,
) -> Result<i64, JournalError> {
    let held =
        query("SELECT minor FROM payments WHERE scheme = 'book' AND payee = $1 AND hold = 'held'")
            .bind(payee)
            .fetch_all(connection)
            .await?;
    let mut sum = 0_i64;
    for row in &held {
        sum = sum.saturating_add(row.try_get("minor")?);
    }
    Ok(sum)
}

/// What the payee has, with all that is held for it, must stay countable: a capture can't be refused any more.
async fn check_room(
    connection: &mut Connection,
    payee: &str,
    amount: Amount,
) -> Result<(), JournalError> {
    let held = held_for(connection, payee).await?;
    let has = balance(connection, &book(payee)).await?;
    match has
        .checked_add(amount.minor)
        .and_then(|sum| sum.checked_add(held))
    {
        Some(_) => Ok(()),
        None => Err(refused(no_room(&book(payee)))),
    }
}

fn over_limit(name: &str, amount: Amount, used: i64, limit: i64, period: Period) -> Refusal {
    let shown = |minor| Amount {
        minor,
        currency: amount.currency,
    };
    Refusal::new(
        RefusalKind::LimitReached,
        "payments.account-limit",
        format!(
            "{amount} would take `{name}` over its limit of {} {}; {} are spent or held",
            shown(limit),
            period.phrase(),
            shown(used)
        ),
    )
    .with_fix("approve again when there is room, or change it with `guildhall wallet limit`")
}

fn no_funds(name: &str, amount: Amount, balance: i64) -> Refusal {
    let left = Amount {
        minor: balance,
        currency: amount.currency,
    };
    Refusal::new(
        RefusalKind::LimitReached,
        "payments.no-funds",
        format!("{amount} is more than `{name}` has: {left} are left"),
    )
    .with_fix("pay something in with `guildhall wallet deposit`, then approve again")
}
