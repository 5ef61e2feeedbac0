//! Prices, orders, payments, licences and refunds. Orders need no account: the merchant's own key signs.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use guildhall_package::market::Page;
use guildhall_package::market::account::Scope;
use guildhall_package::market::money::{
    CancelAnswer, LicenceAnswer, OrderAnswer, OwnOrder, PaymentProof, Price, PriceError,
    RefundAnswer, SetPrice, SignedRequest,
};
use guildhall_package::market::release::Logged;
use guildhall_package::text::plain;
use guildhall_package::trust::log::Event;
use guildhall_package::{Digest, FolderName, SkillName};

use super::extract::{At, Body, Client};
use super::json;
use crate::app::App;
use crate::clock::wire;
use crate::error::{ApiError, not_found, refuse};
use crate::log;
use crate::money::{licences, orders, payments, refunds};
use crate::people::Caller;
use crate::store::Tx;
use crate::store::log::{self as rows, HeadKind};

/// Sets the price of a skill. It counts once it is in a checkpoint, for orders from then on. The price that it has already is
/// no change.
#[utoipa::path(put, path = "/api/v1/skills/{publisher}/{skill}/price", tag = "money",
    security(("token" = ["publish"])), request_body = SetPrice, responses((status = 200, body = Logged)))]
pub async fn set_price(
    State(app): State<App>,
    caller: Caller,
    At((publisher, skill)): At<(FolderName, FolderName)>,
    Body(wanted): Body<SetPrice>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Publish)?;
    let name = SkillName { publisher, skill };
    check_price(&app, &name, &wanted.price)?;
    let text = name.to_string();
    let mut tx = app.store.write().await?;
    caller
        .member(tx.connection(), &name.publisher, true)
        .await?;
    {
        let catalogue = app.shelf.catalogue();
        let known = catalogue.named(&text);
        known.ok_or_else(|| not_found("skill"))?;
    }
    if costs(&app, &mut tx, &text, &wanted.price).await? {
        drop(tx);
    } else {
        let event = Event::Price {
            name: name.clone(),
            price: wanted.price.clone(),
        };
        log::queue(&app, &mut tx, event, None).await?;
        tx.commit().await?;
        tracing::info!(%name, price = %wanted.price, by = %caller.account, "price set");
    }
    let tree_size = log::published_when(&app, |catalogue| {
        catalogue
            .named(&text)
            .is_some_and(|skill| skill.price() == wanted.price)
    })
    .await;
    json(StatusCode::OK, &Logged { tree_size })
}

/// Checks that a price can be paid here.
///
/// # Errors
/// 422 that tells the rule and what to give instead.
fn check_price(app: &App, name: &SkillName, price: &Price) -> Result<(), ApiError> {
    let no_price = |code: &str, why: &dyn std::fmt::Display, fix: String| {
        let detail = format!(
            "the price of {name} was not changed: {}",
            plain(&why.to_string(), 300)
        );
        refuse(StatusCode::UNPROCESSABLE_ENTITY, code, detail, fix)
    };
    let other_currency = |why: &dyn std::fmt::Display| {
        let sold_in = app.config.money.credit.iter();
        let codes: Vec<&str> = sold_in.map(|it| it.currency.code()).collect();
        let fix = format!("set a price in one of: {}", codes.join(", "));
        no_price("price.currency", why, fix)
    };
    let amount = price.amount().map_err(|error| match error {
        PriceError::Bounds => {
            let fix = "set a price within these bounds, or `free`".to_owned();
            no_price("price.bounds", &error, fix)
        }
        PriceError::Currency(_) => other_currency(&error),
    })?;
    match amount {
        Some(amount) if app.config.money.credit_in(amount.currency).is_none() => {
            let why = format!("nothing is sold in {} here", amount.currency);
            Err(other_currency(&why))
        }
        _ => Ok(()),
    }
}

/// Whether a skill costs this already. Where something waits for the log, or this process is behind, it can't be told: then
/// the price is logged again, which changes nothing.
async fn costs(app: &App, tx: &mut Tx, skill: &str, price: &Price) -> Result<bool, ApiError> {
    if rows::waits(tx.connection()).await? {
        return Ok(false);
    }
    let logged = rows::head(tx.connection(), HeadKind::Appended).await?;
    let logged = logged.map_or(0, |head| wire(head.size));
    let catalogue = app.shelf.catalogue();
    let known = catalogue.named(skill);
    Ok(catalogue.size() >= logged && known.is_some_and(|known| known.price() == *price))
}

/// Orders a skill, or its next month; tells the licence if it is paid.
#[utoipa::path(post, path = "/api/v1/orders", tag = "money", request_body = SignedRequest,
    responses((status = 200, body = OrderAnswer)))]
pub async fn order(
    State(app): State<App>,
    Client(client): Client,
    Body(wanted): Body<SignedRequest>,
) -> Result<Response, ApiError> {
    app.limits.order(client)?;
    json(StatusCode::OK, &orders::order(&app, &wanted.request).await?)
}

/// Takes the receipt that paid an order.
#[utoipa::path(post, path = "/api/v1/orders/{id}/payment", tag = "money", request_body = PaymentProof,
    responses((status = 200, body = LicenceAnswer)))]
pub async fn payment(
    State(app): State<App>,
    Client(client): Client,
    At(id): At<Digest>,
    Body(proof): Body<PaymentProof>,
) -> Result<Response, ApiError> {
    app.limits.order(client)?;
    json(StatusCode::OK, &payments::pay(&app, &id, &proof).await?)
}

/// Pays an order back.
#[utoipa::path(post, path = "/api/v1/orders/{id}/refund", tag = "money", request_body = SignedRequest,
    responses((status = 200, body = RefundAnswer)))]
pub async fn refund(
    State(app): State<App>,
    Client(client): Client,
    At(id): At<Digest>,
    Body(wanted): Body<SignedRequest>,
) -> Result<Response, ApiError> {
    app.limits.order(client)?;
    let answer = refunds::refund(&app, &id, &wanted.request).await?;
    json(StatusCode::OK, &answer)
}

/// Everything that a merchant has paid.
#[utoipa::path(post, path = "/api/v1/licences", tag = "money", request_body = SignedRequest,
    responses((status = 200, body = Page<OwnOrder>)))]
pub async fn list(
    State(app): State<App>,
    Client(client): Client,
    Body(wanted): Body<SignedRequest>,
) -> Result<Response, ApiError> {
    app.limits.order(client)?;
    json(
        StatusCode::OK,
        &licences::list(&app, &wanted.request).await?,
    )
}

/// Signs the licence of a paid order again.
#[utoipa::path(post, path = "/api/v1/licences/renew", tag = "money", request_body = SignedRequest,
    responses((status = 200, body = LicenceAnswer)))]
pub async fn renew(
    State(app): State<App>,
    Client(client): Client,
    Body(wanted): Body<SignedRequest>,
) -> Result<Response, ApiError> {
    app.limits.order(client)?;
    json(
        StatusCode::OK,
        &licences::renew(&app, &wanted.request).await?,
    )
}

/// No further month of a skill.
#[utoipa::path(post, path = "/api/v1/licences/cancel", tag = "money", request_body = SignedRequest,
    responses((status = 200, body = CancelAnswer)))]
pub async fn cancel(
    State(app): State<App>,
    Client(client): Client,
    Body(wanted): Body<SignedRequest>,
) -> Result<Response, ApiError> {
    app.limits.order(client)?;
    json(
        StatusCode::OK,
        &licences::cancel(&app, &wanted.request).await?,
    )
}
