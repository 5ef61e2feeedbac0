//! What programs ask before a person is asked, and after.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use guildhall_web::error::ApiError;
use guildhall_web::extract::Client;
use guildhall_web::fields::Fields;
use guildhall_web::limits::network;
use serde_json::{Value, json};

use super::client::NewClient;
use super::metadata::{self, REGISTER, REVOKE, SCOPES, TOKEN};
use super::redirect::Redirect;
use super::tokens::{self, Given, Refused};
use crate::app::App;
use crate::store::oauth;

/// Programs that may be known at once.
const MOST: i64 = 1_000;
/// A program that nobody has let in is forgotten after a day, in milliseconds.
const FORGET_MS: i64 = 24 * 60 * 60 * 1000;

/// Its routes. None of them knows a session.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/oauth-protected-resource", get(of_resource))
        .route(
            "/.well-known/oauth-protected-resource/mcp",
            get(of_resource),
        )
        .route("/.well-known/oauth-authorization-server", get(of_server))
        .route(REGISTER, post(register))
        .route(TOKEN, post(token))
        .route(REVOKE, post(revoke))
}

/// What who comes to the agent's door without a token is told (RFC 9728, 5.1). A header is always made of it.
#[must_use]
pub fn challenge(app: &App, error: Option<&str>) -> HeaderValue {
    let about = app.link("/.well-known/oauth-protected-resource/mcp");
    let error = error.map_or_else(String::new, |word| format!("error=\"{word}\", "));
    let text = format!(
        "Bearer {error}resource_metadata=\"{about}\", scope=\"{}\"",
        SCOPES.join(" ")
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("Bearer"))
}

async fn of_resource(State(app): State<App>) -> Json<Value> {
    Json(metadata::of_resource(app.public.url()))
}

async fn of_server(State(app): State<App>) -> Json<Value> {
    Json(metadata::of_server(app.public.url()))
}

async fn register(
    State(app): State<App>,
    Client(client): Client,
    body: Bytes,
) -> Result<Response, ApiError> {
    app.limits.login.check(&network(client))?;
    let new = match NewClient::parse(&body) {
        Ok(new) => new,
        Err(error) => return Ok(refused(error.code(), &error.to_string())),
    };
    let (id, now) = (uuid::Uuid::now_v7().to_string(), app.clock.now());
    let redirects: Vec<&str> = new.redirects.iter().map(Redirect::as_str).collect();
    let mut tx = app.store.write().await?;
    let times = (now, now.saturating_sub(FORGET_MS));
    oauth::insert_client(tx.connection(), (&id, &new.name, &redirects), times).await?;
    if oauth::clients(tx.connection()).await? > MOST {
        return Ok(refused(
            "invalid_client_metadata",
            "too many programs have made themselves known today; try again tomorrow",
        ));
    }
    tx.commit().await?;
    let mut response = (StatusCode::CREATED, Json(new.registered(&id, now))).into_response();
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn refused(error: &str, why: &str) -> Response {
    let body = Json(json!({ "error": error, "error_description": why }));
    (StatusCode::BAD_REQUEST, body).into_response()
}

async fn token(
    State(app): State<App>,
    Client(client): Client,
    body: Bytes,
) -> Result<Given, Refused> {
    app.limits.login.check(&network(client))?;
    tokens::exchange(&app, &Fields::parse(&body)).await
}

async fn revoke(
    State(app): State<App>,
    Client(client): Client,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    app.limits.login.check(&network(client))?;
    tokens::revoke(&app, Fields::parse(&body).text("token")).await?;
    Ok(StatusCode::OK)
}
