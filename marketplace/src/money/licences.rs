//! Licences of what is paid: signed again, listed, and no further month.

use guildhall_package::Digest;
use guildhall_package::market::Page;
use guildhall_package::market::money::{
    CancelAnswer, CancelRequest, LicenceAnswer, LicencesRequest, Order, OwnOrder, PriceModel,
    RenewRequest,
};
use guildhall_package::market::page::DEFAULT_LIMIT;

use super::{asked, conflict, licence, sign};
use crate::app::App;
use crate::error::{ApiError, invalid, not_found};
use crate::store::orders;
use crate::store::orders::OrderRow;

/// The licence of an order that was paid back does not count any more.
pub(super) fn refunded(order: &Order) -> ApiError {
    conflict(
        "licence.refunded",
        format!("the order {} was paid back", order.id),
        format!(
            "buy {} anew with `guildhall buy`, or see the credit note with `guildhall licences`",
            order.facts.skill
        ),
    )
}

/// Signs the licence of a paid order again, free of charge.
///
/// # Errors
/// A refusal for an order that is not the merchant's, or was paid back.
pub async fn renew(app: &App, envelope: &str) -> Result<LicenceAnswer, ApiError> {
    let wanted: RenewRequest = asked(app, envelope)?;
    let mut db = app.store.read().await?;
    let row = orders::get(&mut db, &wanted.order)
        .await?
        .filter(|row| row.order.facts.merchant == wanted.merchant)
        .ok_or_else(|| not_found("paid order of this merchant"))?;
    let paid = row
        .paid
        .ok_or_else(|| not_found("paid order of this merchant"))?;
    if row.note.is_some() {
        return Err(refunded(&row.order));
    }
    Ok(LicenceAnswer {
        licence: licence(app, &row.order, app.clock.now())?,
        invocation: paid.by.invocation,
    })
}

/// No further month of a skill. One that was stopped already, by a cancellation or because a month was paid back, is answered as
/// done: earlier months may go on.
///
/// # Errors
/// A refusal if the merchant has nothing of it, or has paid it once and for all.
pub async fn cancel(app: &App, envelope: &str) -> Result<CancelAnswer, ApiError> {
    let wanted: CancelRequest = asked(app, envelope)?;
    let (merchant, skill) = (wanted.merchant.to_string(), &wanted.skill);
    let mut tx = app.store.write().await?;
    crate::store::lock_merchant(&mut tx, &wanted.merchant).await?;
    let known = orders::purchase(tx.connection(), &merchant, skill)
        .await?
        .filter(|known| known.ended.is_none() || known.model == PriceModel::PerMonth)
        .ok_or_else(|| not_found("purchase of this merchant"))?;
    if known.model != PriceModel::PerMonth {
        return Err(conflict(
            "cancel.once",
            format!("{skill} was paid once and costs nothing further"),
            "ask for a refund if it is not wanted: `guildhall licences refund`",
        ));
    }
    let now = app.clock.now();
    orders::cancel_purchase(tx.connection(), &merchant, skill, known.number, now).await?;
    let until = orders::paid_until(tx.connection(), &merchant, skill, known.number).await?;
    tx.commit().await?;
    Ok(CancelAnswer {
        skill: skill.clone(),
        // If every month was paid back, none is left to tell until when.
        paid_until: until.max(known.ended.unwrap_or_default()),
    })
}

/// Everything that a merchant has paid here, a page.
///
/// # Errors
/// A refusal for a request that is not the merchant's.
pub async fn list(app: &App, envelope: &str) -> Result<Page<OwnOrder>, ApiError> {
    let wanted: LicencesRequest = asked(app, envelope)?;
    let after = match &wanted.cursor {
        None => String::new(),
        Some(cursor) => cursor
            .parse::<Digest>()
            .map_err(|error| invalid("cursor", error))?
            .to_string(),
    };
    let merchant = wanted.merchant.to_string();
    let limit = i64::from(DEFAULT_LIMIT);
    let mut db = app.store.read().await?;
    let mut rows = orders::paid_of(&mut db, &merchant, &after, limit + 1).await?;
    let most = usize::try_from(DEFAULT_LIMIT).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        let cancelled = orders::is_cancelled(&mut db, &row.order).await?;
        items.push(own_order(app, row, cancelled)?);
    }
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| row.order.id.to_string());
    Ok(Page { items, next })
}

fn own_order(app: &App, row: &OrderRow, cancelled: bool) -> Result<OwnOrder, ApiError> {
    let order = &row.order;
    let licence = match row.note {
        None => Some(licence(app, order, app.clock.now())?),
        Some(_) => None,
    };
    let credit_note = row.note.as_ref().map(|note| sign(app, note)).transpose()?;
    Ok(OwnOrder {
        order: order.id,
        skill: order.facts.skill.clone(),
        amount: order.amount,
        paid: row.paid.as_ref().map_or(0, |paid| paid.at),
        cancelled,
        licence,
        credit_note,
    })
}
