//! Settlements: what merchants have really paid, and which orders that covers.

use guildhall_package::market::Page;
use guildhall_package::market::money::{Debt, SetCredit, Settle, SettleAnswer};
use guildhall_package::market::page::PageQuery;
use guildhall_package::money::{Amount, Currency};
use guildhall_package::trust::log::entry::MAX_PRICE_MINOR;

use super::{conflict, line};
use crate::app::App;
use crate::error::{ApiError, invalid, not_found};
use crate::people::Caller;
use crate::store::{Tx, ledger, orders};

/// Longest reference of a settlement or payout, in characters.
pub(super) const MAX_REFERENCE: usize = 140;

/// Records that a merchant paid a debt, outside. The same reference again changes nothing.
///
/// # Errors
/// A refusal for an amount that can't be, a merchant who is not known, or a reference of another settlement.
pub async fn settle(app: &App, caller: &Caller, wanted: &Settle) -> Result<SettleAnswer, ApiError> {
    let reference = line("reference", &wanted.reference, MAX_REFERENCE)?;
    let amount = positive(wanted.amount)?;
    let merchant = wanted.merchant.to_string();
    let code = amount.currency.code();
    let mut tx = app.store.write().await?;
    tx.lock(crate::store::Lock::Settlements).await?;
    crate::store::lock_merchant(&mut tx, &wanted.merchant).await?;
    match ledger::settlement(tx.connection(), &reference).await? {
        Some((of, settled)) if of == merchant && settled == amount => {}
        Some((_, settled)) => {
            return Err(conflict(
                "settlement.reference",
                format!("another settlement has this reference already, of {settled}"),
                "give each payment its own reference",
            ));
        }
        None => {
            if !ledger::knows(tx.connection(), &merchant).await? {
                return Err(not_found("merchant"));
            }
            let now = app.clock.now();
            let db = tx.connection();
            let by = caller.account.as_str();
            ledger::put_settlement(&mut *db, &reference, &merchant, amount, now, by).await?;
            let legs = [
                (ledger::merchant_account(&merchant), amount.minor),
                (ledger::BANK.to_owned(), amount.minor.saturating_neg()),
            ];
            let transfer = format!("settle:{reference}");
            ledger::book(&mut *db, &transfer, amount.currency, &legs, now).await?;
            reallocate(&mut tx, &merchant, amount.currency).await?;
            tracing::warn!(merchant, %amount, reference, by, "settled");
        }
    }
    let account = ledger::merchant_account(&merchant);
    let balance = ledger::balance(tx.connection(), &account, code).await?;
    tx.commit().await?;
    Ok(SettleAnswer {
        debt: Amount {
            minor: balance.saturating_neg(),
            ..amount
        },
    })
}

/// Decides how much a merchant may owe.
///
/// # Errors
/// A refusal for a limit that can't be.
pub async fn set_credit(app: &App, wanted: &SetCredit) -> Result<(), ApiError> {
    let limit = bounded("limit", wanted.limit)?;
    if limit.minor < 0 {
        return Err(invalid("limit", "it is below zero"));
    }
    let mut tx = app.store.write().await?;
    crate::store::lock_merchant(&mut tx, &wanted.merchant).await?;
    ledger::set_credit(tx.connection(), &wanted.merchant.to_string(), limit).await?;
    tx.commit().await?;
    tracing::warn!(merchant = %wanted.merchant, %limit, "credit set");
    Ok(())
}

/// What was paid, outside: above zero, and not too much to be summed.
pub(super) fn positive(amount: Amount) -> Result<Amount, ApiError> {
    bounded("amount", amount)?
        .ensure_positive()
        .map_err(|error| invalid("amount", error))
}

/// No sum of such amounts overflows in the life of a marketplace.
fn bounded(field: &str, amount: Amount) -> Result<Amount, ApiError> {
    let minor = amount.minor.unsigned_abs();
    if minor <= MAX_PRICE_MINOR {
        return Ok(amount);
    }
    Err(invalid(
        field,
        format!("it is above {MAX_PRICE_MINOR} minor units"),
    ))
}

/// Who owes what, a page.
///
/// # Errors
/// The database's.
pub async fn debts(app: &App, query: &PageQuery) -> Result<Page<Debt>, ApiError> {
    let limit = query.limit();
    let after = query.cursor.as_deref().unwrap_or_default();
    let mut db = app.store.read().await?;
    let mut found = ledger::debts(&mut db, after, i64::from(limit) + 1).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    let next = found
        .last()
        .filter(|_| more)
        .map(|(merchant, debt)| format!("{merchant} {}", debt.currency));
    let items = found
        .into_iter()
        .map(|(merchant, debt)| {
            let merchant = merchant
                .parse()
                .map_err(|_| ApiError::Fault("a stored key can't be read".to_owned()))?;
            Ok(Debt { merchant, debt })
        })
        .collect::<Result<_, ApiError>>()?;
    Ok(Page { items, next })
}

/// How much of each order is covered by what was settled: the oldest first, whole before the next begins. Pure.
#[must_use]
pub fn allocate(settled: i64, nets: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut left = settled.max(0);
    nets.into_iter()
        .map(|net| {
            let part = net.clamp(0, left);
            left = left.saturating_sub(part);
            part
        })
        .collect()
}

/// The author's part of what is settled of an order, rounded down until it is all. Pure.
#[must_use]
pub fn settled_share(settled: i64, net: i64, author: i64) -> i64 {
    if settled >= net {
        return author;
    }
    let part = i128::from(author) * i128::from(settled) / i128::from(net.max(1));
    i64::try_from(part).unwrap_or(0)
}

/// Tells anew which orders of a merchant are settled. In the transaction of what changed it, under the merchant's lock.
pub(super) async fn reallocate(
    tx: &mut Tx,
    merchant: &str,
    currency: Currency,
) -> Result<(), ApiError> {
    let db = tx.connection();
    let settled = ledger::settled(&mut *db, merchant, currency.code()).await?;
    let rows = orders::to_settle(&mut *db, merchant, currency.code()).await?;
    let parts = allocate(settled, rows.iter().map(|row| row.net));
    for (row, part) in rows.iter().zip(parts) {
        let author = settled_share(part, row.net, row.net_author);
        if (part, author) != (row.settled, row.settled_author) {
            orders::set_settled(&mut *db, &row.id, part, author).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_oldest_order_is_settled_first() {
        assert_eq!(allocate(25, [10, 10, 10]), [10, 10, 5]);
        assert_eq!(allocate(0, [10, 10]), [0, 0]);
        assert_eq!(allocate(99, [10, 0, 10]), [10, 0, 10]);
        assert_eq!(settled_share(5, 10, 7), 3);
        assert_eq!(settled_share(10, 10, 7), 7);
        // What was paid back in full is settled, with nothing for the author.
        assert_eq!(settled_share(0, 0, 0), 0);
    }

    proptest! {
        #[test]
        fn no_more_is_settled_than_was_paid_or_is_owed(settled in 0_i64..1_000, nets in prop::collection::vec(0_i64..200, 0..12)) {
            let parts = allocate(settled, nets.iter().copied());
            let sum: i64 = parts.iter().sum();
            let owed: i64 = nets.iter().sum();
            prop_assert_eq!(sum, settled.min(owed));
            for (part, net) in parts.iter().zip(&nets) {
                prop_assert!((0..=*net).contains(part));
            }
        }

        #[test]
        fn an_author_is_not_told_more_than_his_part(net in 1_i64..1_000_000_000_000, author in 0.0..=1.0_f64, settled in 0.0..=1.0_f64) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let (author, settled) = ((net as f64 * author) as i64, (net as f64 * settled) as i64);
            let share = settled_share(settled, net, author);
            prop_assert!((0..=author).contains(&share));
            prop_assert!(settled < net || share == author);
        }
    }
}
