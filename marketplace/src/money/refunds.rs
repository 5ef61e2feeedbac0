//! Refunds: by rule, once for each order.

use axum::http::StatusCode;
use guildhall_package::Digest;
use guildhall_package::market::money::licence::GRACE_DAYS;
use guildhall_package::market::money::period::{DAY_MS, ONCE_DAYS};
use guildhall_package::market::money::refund::refund as by_rule;
use guildhall_package::market::money::request::MAX_REQUEST_AGE_MS;
use guildhall_package::market::money::{
    CreditNote, Order, OrderFacts, PriceModel, RefundAnswer, RefundRequest,
};

use super::orders::id_of;
use super::settle::reallocate;
use super::{asked, conflict, sign};
use crate::app::App;
use crate::error::{ApiError, not_found, refuse};
use crate::store::orders::Paid;
use crate::store::{Tx, ledger, orders};

/// Pays an order back, or tells what was paid back before.
///
/// The time is the marketplace's. Whether the skill ran only the merchant's host can say: its word, signed, is believed.
///
/// # Errors
/// A refusal for an order that is not the merchant's or not paid, for times that can't be, while a later month is paid, or if
/// nothing is left.
pub async fn refund(app: &App, id: &Digest, envelope: &str) -> Result<RefundAnswer, ApiError> {
    let wanted: RefundRequest = asked(app, envelope)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    crate::store::lock_merchant(&mut tx, &wanted.merchant).await?;
    // That somebody else has an order of this id is nobody's business.
    let found = orders::get(tx.connection(), id)
        .await?
        .filter(|row| row.order.facts.merchant == wanted.merchant && wanted.order == *id);
    let (order, paid, note) = found
        .and_then(|row| Some((row.order, row.paid?, row.note)))
        .ok_or_else(|| not_found("paid order of this merchant"))?;
    if let Some(note) = note {
        return Ok(RefundAnswer {
            credit_note: sign(app, &note)?,
        });
    }
    later_first(&mut tx, &order).await?;
    let impossible = wanted
        .last_run
        .is_some_and(|last| last > now.saturating_add(MAX_REQUEST_AGE_MS));
    if impossible {
        return Err(refuse(
            StatusCode::UNPROCESSABLE_ENTITY,
            "refund.dates",
            "the last run that the request tells of has not come yet",
            "set the clock of this computer right and ask again",
        ));
    }
    let (amount, rule) =
        by_rule(order.amount, &order.covers, wanted.runs, now).map_err(|error| {
            conflict(
                "refund.nothing-left",
                error.to_string(),
                "cancel it, so that it does not go on: `guildhall licences cancel`",
            )
        })?;
    let note = CreditNote {
        id: CreditNote::id_of(id),
        origin: app.config.origin.clone(),
        order: *id,
        skill: order.facts.skill.clone(),
        merchant: wanted.merchant,
        amount,
        payee: order.payee.clone(),
        rule,
        at: now,
    };
    give_back(&mut tx, &order, &paid, &note).await?;
    tx.commit().await?;
    app.shelf.forget_status();
    app.metrics.refunds.inc();
    tracing::info!(order = %id, skill = %order.facts.skill, %amount, runs = wanted.runs, "paid back");
    Ok(RefundAnswer {
        credit_note: sign(app, &note)?,
    })
}

/// Months are paid back from the last one on: what was paid ahead would go on after a hole otherwise.
///
/// # Errors
/// 409 that names the order to pay back first.
async fn later_first(tx: &mut Tx, order: &Order) -> Result<(), ApiError> {
    let facts = &order.facts;
    let merchant = facts.merchant.to_string();
    let paid = orders::periods(tx.connection(), &merchant, &facts.skill, facts.purchase).await?;
    let Some(&period) = paid.last().filter(|last| **last > facts.period) else {
        return Ok(());
    };
    let later = OrderFacts {
        period,
        ..facts.clone()
    };
    let id = id_of(&later)?;
    Err(conflict(
        "refund.later-first",
        format!(
            "a later month of {} is paid, too: its order is {id}; months are paid back from the last one on",
            facts.skill
        ),
        format!(
            "pay the later one back first: `guildhall licences refund {}` in the home that paid it does that; if there is no such \
             home any more, ask the operator",
            facts.skill
        ),
    ))
}

async fn give_back(
    tx: &mut Tx,
    order: &Order,
    paid: &Paid,
    note: &CreditNote,
) -> Result<(), ApiError> {
    let merchant = note.merchant.to_string();
    let back = paid.split.of_refund(note.amount.minor);
    let db = tx.connection();
    if !orders::set_refunded(&mut *db, note, back, listed_until(order, note.at)).await? {
        return Err(ApiError::Fault(
            "an order was paid back meanwhile".to_owned(),
        ));
    }
    orders::end_purchase(&mut *db, order, note.at).await?;
    let author = ledger::author_account(order.facts.skill.publisher.as_str());
    let legs = [
        (ledger::merchant_account(&merchant), note.amount.minor),
        (author, back.author.saturating_neg()),
        (ledger::INCOME.to_owned(), back.fee.saturating_neg()),
    ];
    let transfer = format!("refund:{}", order.id);
    ledger::book(&mut *db, &transfer, note.amount.currency, &legs, note.at).await?;
    reallocate(tx, &merchant, note.amount.currency).await
}

/// When the last licence that was signed for an order has ended, with its grace.
fn listed_until(order: &Order, now: i64) -> i64 {
    let end = match order.model {
        PriceModel::PerMonth => order.covers.until,
        // A new one was signed whenever it was asked for, at the latest now.
        _ => now
            .max(order.covers.from)
            .saturating_add(ONCE_DAYS * DAY_MS),
    };
    end.saturating_add(i64::from(GRACE_DAYS) * DAY_MS)
}
