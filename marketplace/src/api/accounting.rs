//! What publishers earned, and what the operator does about debts.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use guildhall_package::FolderName;
use guildhall_package::market::Page;
use guildhall_package::market::account::{Role, Scope};
use guildhall_package::market::money::{
    Debt, Earnings, EarningsQuery, Payout, PayoutAnswer, SetCredit, Settle, SettleAnswer,
};
use guildhall_package::market::page::PageQuery;

use super::extract::{Asked, At, Body};
use super::json;
use crate::app::App;
use crate::error::ApiError;
use crate::money::{earnings, payouts, settle};
use crate::people::Caller;

async fn may_look(app: &App, caller: &Caller, publisher: &FolderName) -> Result<(), ApiError> {
    caller.scope(Scope::Account)?;
    let mut db = app.store.read().await?;
    caller.member(&mut db, publisher, false).await?;
    Ok(())
}

fn admin(caller: &Caller) -> Result<(), ApiError> {
    caller.scope(Scope::Admin)?;
    caller.role(Role::Admin)
}

/// A month of a publisher.
#[utoipa::path(get, path = "/api/v1/publishers/{publisher}/earnings", tag = "money",
    security(("token" = ["account"])), params(EarningsQuery), responses((status = 200, body = Earnings)))]
pub async fn statement(
    State(app): State<App>,
    caller: Caller,
    At(publisher): At<FolderName>,
    Asked(query): Asked<EarningsQuery>,
) -> Result<Response, ApiError> {
    may_look(&app, &caller, &publisher).await?;
    let statement = earnings::statement(&app, &publisher, &query).await?;
    json(StatusCode::OK, &statement)
}

/// The same as a table for a spreadsheet.
#[utoipa::path(get, path = "/api/v1/publishers/{publisher}/earnings.csv", tag = "money",
    security(("token" = ["account"])), params(EarningsQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn table(
    State(app): State<App>,
    caller: Caller,
    At(publisher): At<FolderName>,
    Asked(query): Asked<EarningsQuery>,
) -> Result<Response, ApiError> {
    may_look(&app, &caller, &publisher).await?;
    let (month, bytes) = earnings::table(&app, &publisher, &query).await?;
    let name = format!(
        "attachment; filename=\"earnings-{publisher}-{}.csv\"",
        month.name
    );
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

/// Records that a merchant paid a debt.
#[utoipa::path(post, path = "/api/v1/admin/settlements", tag = "operating", security(("token" = ["admin"])),
    request_body = Settle, responses((status = 200, body = SettleAnswer)))]
pub async fn settlement(
    State(app): State<App>,
    caller: Caller,
    Body(wanted): Body<Settle>,
) -> Result<Response, ApiError> {
    admin(&caller)?;
    json(
        StatusCode::OK,
        &settle::settle(&app, &caller, &wanted).await?,
    )
}

/// Records that a publisher was paid.
#[utoipa::path(post, path = "/api/v1/admin/payouts", tag = "operating", security(("token" = ["admin"])),
    request_body = Payout, responses((status = 200, body = PayoutAnswer)))]
pub async fn payout(
    State(app): State<App>,
    caller: Caller,
    Body(wanted): Body<Payout>,
) -> Result<Response, ApiError> {
    admin(&caller)?;
    json(
        StatusCode::OK,
        &payouts::pay_out(&app, &caller, &wanted).await?,
    )
}

/// Decides how much a merchant may owe.
#[utoipa::path(put, path = "/api/v1/admin/credit", tag = "operating", security(("token" = ["admin"])),
    request_body = SetCredit, responses((status = 204)))]
pub async fn credit(
    State(app): State<App>,
    caller: Caller,
    Body(wanted): Body<SetCredit>,
) -> Result<Response, ApiError> {
    admin(&caller)?;
    settle::set_credit(&app, &wanted).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Who owes what.
#[utoipa::path(get, path = "/api/v1/admin/debts", tag = "operating", security(("token" = ["admin"])),
    params(PageQuery), responses((status = 200, body = Page<Debt>)))]
pub async fn debts(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    admin(&caller)?;
    json(StatusCode::OK, &settle::debts(&app, &query).await?)
}
