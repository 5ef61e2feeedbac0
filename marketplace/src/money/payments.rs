//! Payments: a receipt for an order becomes a licence, once.

use axum::http::StatusCode;
use guildhall_package::Digest;
use guildhall_package::market::money::period::DAY_MS;
use guildhall_package::market::money::{LicenceAnswer, Order, PaymentProof, receipt};
use guildhall_package::text::plain;

use super::orders::check_credit;
use super::settle::reallocate;
use super::{Signer, conflict, licence, own};
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, refuse};
use crate::pages::words::moment;
use crate::store::orders::{OrderRow, Paid};
use crate::store::{Tx, ledger, orders};

/// How long after its end an order can still be paid: nobody keeps the price of a day for ever by collecting orders.
const LATE_MS: i64 = 30 * DAY_MS;

/// Takes the receipt of an order.
///
/// The order may have expired, up to 30 days ago: the money has moved. It may be unknown here, after an older backup was put
/// back: it is signed by this marketplace. It may be paid: then the licence is signed again, and nothing is booked.
///
/// # Errors
/// A refusal for a receipt that does not pay exactly this order, or an order that is too old or was paid back.
pub async fn pay(app: &App, id: &Digest, proof: &PaymentProof) -> Result<LicenceAnswer, ApiError> {
    let wrong = |code: &str, error: &dyn std::fmt::Display, fix: &str| {
        let detail = plain(&error.to_string(), 500);
        refuse(StatusCode::UNPROCESSABLE_ENTITY, code, detail, fix)
    };
    let not_ours = |error: &dyn std::fmt::Display| {
        wrong(
            "payment.order",
            &format!("this is no order that this marketplace signed: {error}"),
            "send the order exactly as it came",
        )
    };
    let (order, signer): (Order, Signer) =
        own(app, proof.order.as_bytes()).map_err(|error| not_ours(&error))?;
    if order.id != *id {
        return Err(wrong(
            "payment.other-order",
            &format!("the order that was sent is {}", order.id),
            "present each receipt with the order that it pays, at that order's address",
        ));
    }
    let by = receipt::verify(proof.receipt.as_bytes(), &order).map_err(|error| {
        wrong(
            "payment.receipt",
            &error,
            "present the receipt of the run that paid this order, exactly as the host signed it",
        )
    })?;
    let now = app.clock.now();
    let merchant = order.facts.merchant.to_string();
    let mut tx = app.store.write().await?;
    crate::store::lock_merchant(&mut tx, &order.facts.merchant).await?;
    let known = orders::get(tx.connection(), id).await?;
    // Whoever has a key that was given up could sign what he likes.
    if signer == Signer::Former && known.as_ref().is_none_or(|row| row.order != order) {
        return Err(not_ours(
            &"it is signed by a key that was given up, and it is none that is known here",
        ));
    }
    if let Some(answer) = again(app, known.as_ref(), now)? {
        return Ok(answer);
    }
    if now > order.expires.saturating_add(LATE_MS) {
        return Err(too_late(&order));
    }
    if let Some(other) = orders::by_receipt(tx.connection(), &merchant, &by).await? {
        return Err(conflict(
            "payment.receipt-used",
            format!("this payment was presented for the order {other} already"),
            "pay each order by itself",
        ));
    }
    reserve(app, &mut tx, &order, known.as_ref(), now).await?;
    let paid = Paid {
        at: now,
        split: app.config.money.share.split(order.amount.minor),
        by,
    };
    capture(&mut tx, &order, &paid).await?;
    tx.commit().await?;
    app.metrics.purchases.inc();
    tracing::info!(order = %order.id, skill = %order.facts.skill, amount = %order.amount, "paid");
    Ok(LicenceAnswer {
        licence: licence(app, &order, now)?,
        invocation: paid.by.invocation,
    })
}

/// The answer for an order that was paid before.
fn again(app: &App, row: Option<&OrderRow>, now: i64) -> Result<Option<LicenceAnswer>, ApiError> {
    let Some((row, paid)) = row.and_then(|row| Some((row, row.paid.as_ref()?))) else {
        return Ok(None);
    };
    if row.note.is_some() {
        return Err(super::licences::refunded(&row.order));
    }
    Ok(Some(LicenceAnswer {
        licence: licence(app, &row.order, now)?,
        invocation: paid.by.invocation.clone(),
    }))
}

fn too_late(order: &Order) -> ApiError {
    conflict(
        "payment.too-late",
        format!(
            "the order ended on {}, and one can be paid up to 30 days later",
            moment(wire(order.expires)).text
        ),
        format!(
            "order {} anew at today's price: the same receipt counts for the new order if the price is the same; otherwise ask \
             the operator of this marketplace",
            order.facts.skill
        ),
    )
}

/// An order that is open has its place within the merchant's credit. One that has expired, or is not known here, needs one:
/// if there is none, its receipt can be presented again once he has settled.
async fn reserve(
    app: &App,
    tx: &mut Tx,
    order: &Order,
    known: Option<&OrderRow>,
    now: i64,
) -> Result<(), ApiError> {
    let has_place = known.is_some_and(|row| {
        let open = &row.order;
        open.expires > now
            && open.amount.currency == order.amount.currency
            && open.amount.minor >= order.amount.minor
    });
    if !has_place {
        check_credit(app, tx, &order.facts.merchant, &order.id, order.amount).await?;
    }
    // From now on it is the one that was paid, whichever was open.
    orders::put_open(tx.connection(), order).await?;
    Ok(())
}

async fn capture(tx: &mut Tx, order: &Order, paid: &Paid) -> Result<(), ApiError> {
    let merchant = order.facts.merchant.to_string();
    let db = tx.connection();
    if !orders::set_paid(&mut *db, &order.id, paid).await? {
        return Err(ApiError::Fault("an order was paid meanwhile".to_owned()));
    }
    orders::put_purchase(&mut *db, order).await?;
    let author = ledger::author_account(order.facts.skill.publisher.as_str());
    let legs = [
        (
            ledger::merchant_account(&merchant),
            order.amount.minor.saturating_neg(),
        ),
        (author, paid.split.author),
        (ledger::INCOME.to_owned(), paid.split.fee),
    ];
    let transfer = format!("capture:{}", order.id);
    ledger::book(&mut *db, &transfer, order.amount.currency, &legs, paid.at).await?;
    // He may have settled more than he owed.
    reallocate(tx, &merchant, order.amount.currency).await
}
