//! Orders: what a merchant has to pay, or that he has paid already.

use axum::http::StatusCode;
use guildhall_package::SkillName;
use guildhall_package::market::money::order::ORDER_LIFE_MS;
use guildhall_package::market::money::{
    Order, OrderAnswer, OrderFacts, OrderRequest, Period, Price, PriceModel,
};
use guildhall_package::money::Amount;
use guildhall_package::text::plain;
use guildhall_package::trust::PublicKey;

use super::purchase::{Decision, decide};
use super::{asked, conflict, licence, sign};
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, refuse};
use crate::pages::words::moment;
use crate::store::{Tx, ledger, orders};

/// The price of a skill that is offered.
fn price(app: &App, name: &SkillName) -> Result<Price, ApiError> {
    let catalogue = app.shelf.catalogue();
    let offered = catalogue
        .named(&name.to_string())
        .filter(|skill| skill.latest().is_some());
    offered
        .and_then(|_| catalogue.log().skill(name))
        .map(|skill| skill.price.clone())
        .ok_or_else(|| {
            refuse(
                StatusCode::NOT_FOUND,
                "skill.not-offered",
                format!("{name} is not offered here"),
                "look for it with `guildhall search`",
            )
        })
}

/// Answers an order request: the order, or the licence of what is paid.
///
/// # Errors
/// A refusal, if the skill is not for sale, the price is another than the merchant saw, or he may not owe so much.
pub async fn order(app: &App, envelope: &str) -> Result<OrderAnswer, ApiError> {
    let wanted: OrderRequest = asked(app, envelope)?;
    let now = app.clock.now();
    let (skill, merchant) = (&wanted.skill, &wanted.merchant);
    let price = price(app, skill)?;
    let mut tx = app.store.write().await?;
    crate::store::lock_merchant(&mut tx, merchant).await?;
    let key = merchant.to_string();
    let known = orders::purchase(tx.connection(), &key, skill).await?;
    let paid = match known {
        Some(known) => orders::periods(tx.connection(), &key, skill, known.number).await?,
        None => Vec::new(),
    };
    let facts = |purchase, period| OrderFacts {
        origin: app.config.origin.clone(),
        skill: skill.clone(),
        merchant: *merchant,
        purchase,
        period,
    };
    match decide(known, &paid, price.model(), wanted.next, now) {
        Decision::Paid { purchase, period } => {
            let id = id_of(&facts(purchase, period))?;
            let row = orders::get(tx.connection(), &id).await?;
            let order = row
                .map(|row| row.order)
                .ok_or_else(|| ApiError::Fault("a purchase without its order".to_owned()))?;
            Ok(OrderAnswer::Paid {
                licence: licence(app, &order, now)?,
            })
        }
        Decision::Cancelled { at } => Err(conflict(
            "order.cancelled",
            format!(
                "further months of {skill} were cancelled, or one was paid back, on {}",
                moment(wire(at)).text
            ),
            format!("buy it anew when what is paid has ended: `guildhall buy {skill}`"),
        )),
        Decision::Order {
            purchase,
            period,
            began,
        } => {
            let amount = due(skill, &price, &wanted.price)?;
            let order = place(app, &mut tx, facts(purchase, period), &price, amount, began).await?;
            tx.commit().await?;
            app.metrics.orders.inc();
            Ok(OrderAnswer::ToPay {
                order: sign(app, &order)?,
            })
        }
    }
}

/// The id of an order.
pub(super) fn id_of(facts: &OrderFacts) -> Result<guildhall_package::Digest, ApiError> {
    facts
        .id()
        .map_err(|error| ApiError::Fault(error.to_string()))
}

/// What has to be paid, if the merchant saw it.
fn due(skill: &SkillName, price: &Price, seen: &Price) -> Result<Amount, ApiError> {
    if price.model() == PriceModel::Free {
        return Err(conflict(
            "order.free",
            format!("{skill} is free: there is nothing to pay"),
            format!("install it with `guildhall install {skill}`"),
        ));
    }
    if price != seen {
        return Err(conflict(
            "order.price-changed",
            format!(
                "{skill} costs {price} by now, and the request was for {seen}; nothing was ordered"
            ),
            "look at the price again, and order at the new one if it is right",
        ));
    }
    price.amount().ok().flatten().ok_or_else(|| {
        conflict(
            "order.not-for-sale",
            format!("the price of {skill} is in no currency that can be paid any more"),
            "ask its publisher to set a new price",
        )
    })
}

/// Keeps an order. The one that is open already, if it says the same.
async fn place(
    app: &App,
    tx: &mut Tx,
    facts: OrderFacts,
    price: &Price,
    amount: Amount,
    began: i64,
) -> Result<Order, ApiError> {
    let now = app.clock.now();
    let id = id_of(&facts)?;
    let open = orders::get(tx.connection(), &id)
        .await?
        .map(|row| row.order);
    let model = price.model();
    let payee = app.config.money.payee(amount.currency);
    let payee = payee.map_err(|error| ApiError::Fault(error.to_string()))?;
    if let Some(open) = open
        && open.expires > now
        && (open.model, open.amount, &open.payee) == (model, amount, &payee)
    {
        return Ok(open);
    }
    check_credit(app, tx, &facts.merchant, &id, amount).await?;
    let covers = match model {
        PriceModel::PerMonth => Period::month(began, facts.period),
        _ => Period::once(began),
    };
    let covers =
        covers.ok_or_else(|| ApiError::Fault("an order beyond the year 9999".to_owned()))?;
    let order = Order {
        id,
        facts,
        model,
        amount,
        payee,
        reference: Order::reference_of(&id),
        began,
        covers,
        issued: now,
        expires: now.saturating_add(ORDER_LIFE_MS),
    };
    orders::put_open(tx.connection(), &order).await?;
    Ok(order)
}

/// Checks that the merchant may owe this much more: what he owes and what is open of his counts.
///
/// # Errors
/// 409 if not.
pub(super) async fn check_credit(
    app: &App,
    tx: &mut Tx,
    merchant: &PublicKey,
    order: &guildhall_package::Digest,
    amount: Amount,
) -> Result<(), ApiError> {
    let (key, code) = (merchant.to_string(), amount.currency.code());
    let now = app.clock.now();
    let db = tx.connection();
    let limit = match ledger::credit(&mut *db, &key, code).await? {
        Some(limit) => limit,
        None => app.config.money.credit_in(amount.currency).unwrap_or(0),
    };
    let balance = ledger::balance(&mut *db, &ledger::merchant_account(&key), code).await?;
    let open = orders::reserved(&mut *db, &key, code, order, now).await?;
    let owes = balance.saturating_neg().saturating_add(open);
    if owes.saturating_add(amount.minor) <= limit {
        return Ok(());
    }
    let shown = |minor| {
        let amount = Amount { minor, ..amount };
        plain(&amount.to_string(), 60)
    };
    Err(conflict(
        "order.credit-limit",
        format!(
            "this merchant owes {} here, open orders included, and may owe {}: {amount} more is too much",
            shown(owes),
            shown(limit)
        ),
        "settle what is owed with the operator of this marketplace, or ask for a higher limit; then try again",
    ))
}
