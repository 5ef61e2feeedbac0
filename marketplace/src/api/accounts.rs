//! Accounts and tokens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use guildhall_package::market::Page;
use guildhall_package::market::account::{
    AccountInfo, ChangePassword, IssuedToken, Login, Membership, NewAccount, NewToken, Scope,
    TokenInfo,
};
use guildhall_package::market::page::PageQuery;
use guildhall_web::password;

use super::extract::{Asked, At, Body, Client};
use super::{json, page};
use crate::app::App;
use crate::clock::wire;
use crate::config::Registration;
use crate::error::{ApiError, not_found, refuse};
use crate::people::{Caller, login, token};
use crate::store::accounts::{self, Account};
use crate::store::{publishers, sessions};

/// Makes an account.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = AccountInfo)))]
pub async fn create(
    State(app): State<App>,
    Client(client): Client,
    Body(new): Body<NewAccount>,
) -> Result<Response, ApiError> {
    if app.config.registration == Registration::Closed {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "account.closed",
            "this marketplace does not let anybody make an account",
            "ask its operator for one",
        ));
    }
    app.limits.login(client)?;
    password::check(&new.password)?;
    let hash = password::hash(&app.hashing, new.password).await?;
    let account = Account {
        account: new.account,
        password: hash,
        roles: Vec::new(),
        created: app.clock.now(),
    };
    let mut tx = app.store.write().await?;
    if !accounts::insert(tx.connection(), &account).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "account.taken",
            format!("there is an account `{}` already", account.account),
            "choose another name, or log in",
        ));
    }
    tx.commit().await?;
    tracing::info!(account = %account.account, "account made");
    json(
        StatusCode::CREATED,
        &AccountInfo {
            account: account.account,
            created: wire(account.created),
            roles: Vec::new(),
            publishers: Vec::new(),
            scopes: Vec::new(),
        },
    )
}

/// Exchanges a password for a token.
#[utoipa::path(post, path = "/api/v1/login", tag = "accounts", request_body = Login,
    responses((status = 201, body = IssuedToken)))]
pub async fn log_in(
    State(app): State<App>,
    Client(client): Client,
    Body(request): Body<Login>,
) -> Result<Response, ApiError> {
    let issued = login::login(&app, client, request).await?;
    json(StatusCode::CREATED, &issued)
}

/// Whose the token is.
#[utoipa::path(get, path = "/api/v1/account", tag = "accounts", security(("token" = [])),
    responses((status = 200, body = AccountInfo)))]
pub async fn own(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    let mut db = app.store.read().await?;
    let account = accounts::get(&mut db, caller.account.as_str())
        .await?
        .ok_or_else(|| not_found("account"))?;
    let publishers = publishers::of_account(&mut db, caller.account.as_str()).await?;
    json(
        StatusCode::OK,
        &AccountInfo {
            account: account.account,
            created: wire(account.created),
            roles: account.roles,
            publishers: publishers
                .into_iter()
                .map(|(publisher, role)| Membership { publisher, role })
                .collect(),
            scopes: caller.scopes,
        },
    )
}

/// Changes the password, revokes all other tokens and ends all sessions in browsers.
#[utoipa::path(post, path = "/api/v1/account/password", tag = "accounts", security(("token" = ["account"])),
    request_body = ChangePassword, responses((status = 204)))]
pub async fn change_password(
    State(app): State<App>,
    Client(client): Client,
    caller: Caller,
    Body(change): Body<ChangePassword>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    // Who has stolen a token must not guess the password by it.
    app.limits.login(client)?;
    password::check(&change.new)?;
    let old = {
        let mut db = app.store.read().await?;
        let account = accounts::get(&mut db, caller.account.as_str()).await?;
        account.ok_or_else(|| not_found("account"))?.password
    };
    if !password::verify(&app.hashing, change.old, Some(old.clone())).await? {
        return Err(refuse(
            StatusCode::FORBIDDEN,
            "password.wrong",
            "the old password is wrong",
            "check it",
        ));
    }
    let new = password::hash(&app.hashing, change.new).await?;
    let name = caller.account.as_str();
    let mut tx = app.store.write().await?;
    if !accounts::set_password(tx.connection(), name, &old, &new).await? {
        return Err(refuse(
            StatusCode::CONFLICT,
            "password.changed",
            "the password was changed at the same time from somewhere else",
            "log in again",
        ));
    }
    let now = app.clock.now();
    accounts::revoke_other_tokens(tx.connection(), name, &caller.token, now).await?;
    sessions::delete_all(tx.connection(), name).await?;
    tx.commit().await?;
    tracing::info!(account = name, "password changed");
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Own tokens.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "accounts", security(("token" = ["account"])), params(PageQuery),
    responses((status = 200, body = Page<TokenInfo>)))]
pub async fn tokens(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    let limit = query.limit();
    let after = query.cursor.unwrap_or_default();
    let mut db = app.store.read().await?;
    let found = accounts::tokens(
        &mut db,
        caller.account.as_str(),
        &after,
        i64::from(limit) + 1,
    )
    .await?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    json(
        StatusCode::OK,
        &page(found, limit, |token| token.id.clone(), token::info),
    )
}

/// Makes a token.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "accounts", security(("token" = ["account"])),
    request_body = NewToken, responses((status = 201, body = IssuedToken)))]
pub async fn new_token(
    State(app): State<App>,
    caller: Caller,
    Body(wanted): Body<NewToken>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    // A token must not make one that may do more.
    for scope in &wanted.scopes {
        caller.scope(*scope)?;
    }
    let mut tx = app.store.write().await?;
    let issued = token::issue(&app, tx.connection(), &caller.account, &wanted).await?;
    tx.commit().await?;
    json(StatusCode::CREATED, &issued)
}

/// Revokes the token that asks.
#[utoipa::path(delete, path = "/api/v1/tokens/current", tag = "accounts", security(("token" = [])),
    responses((status = 204)))]
pub async fn revoke_current(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    revoke(&app, &caller, &caller.token).await
}

/// Revokes an own token.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "accounts", security(("token" = ["account"])),
    responses((status = 204)))]
pub async fn revoke_token(
    State(app): State<App>,
    caller: Caller,
    At(id): At<String>,
) -> Result<Response, ApiError> {
    caller.scope(Scope::Account)?;
    revoke(&app, &caller, &id).await
}

async fn revoke(app: &App, caller: &Caller, id: &str) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let name = caller.account.as_str();
    if !accounts::revoke_token(tx.connection(), name, id, now).await? {
        return Err(not_found("token in force"));
    }
    tx.commit().await?;
    tracing::info!(account = name, token = id, "token revoked");
    Ok(StatusCode::NO_CONTENT.into_response())
}
