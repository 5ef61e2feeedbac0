//! The address that WhatsApp calls. It has no session: what counts is the signature over the bytes as they came. What is told
//! twice is heard once.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use guildhall_package::text::plain;
use guildhall_web::error::{ApiError, not_found, refuse};
use guildhall_web::fields::Query;

use super::event::{Event, events};
use super::signature::{HEADER, is_same, is_signed};
use crate::app::App;
use crate::channels::code::Code;
use crate::channels::setup::{self, Whatsapp};
use crate::channels::{Service, binding, words};
use crate::people::{Person, Right};
use crate::store::chat;

/// Where it is.
pub const PATH: &str = "/hooks/whatsapp";
/// Largest call in bytes: the service puts messages of many people into one, up to 3 MB.
const MAX_CALL: usize = 3 << 20;
/// How long what was told is remembered, in milliseconds: longer than the service tries.
const REMEMBER_MS: i64 = 8 * 24 * 60 * 60 * 1000;

/// Its routes. They stand outside of everything that asks for a session.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(verify).post(hear))
        .layer(DefaultBodyLimit::max(MAX_CALL))
}

/// The service asks once, when an owner sets the hook up there, and wants its challenge back.
async fn verify(State(app): State<App>, Query(query): Query) -> Result<Response, ApiError> {
    let whatsapp = ready(&app).await?;
    let challenge = query.text("hub.challenge");
    let good = query.text("hub.mode") == "subscribe"
        && is_same(query.text("hub.verify_token"), &whatsapp.verify)
        && (1..=128).contains(&challenge.len())
        && challenge
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if !good {
        return Err(not_ours());
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((kind, challenge.to_owned()).into_response())
}

async fn hear(
    State(app): State<App>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let whatsapp = ready(&app).await?;
    let given = headers
        .get(HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if !is_signed(&whatsapp.app_secret, given, &body) {
        return Err(not_ours());
    }
    for event in events(&whatsapp.setup.number, &body) {
        // An error is told to the service, which then calls again.
        one(&app, &whatsapp, event).await?;
    }
    Ok(StatusCode::OK)
}

async fn ready(app: &App) -> Result<Whatsapp, ApiError> {
    setup::whatsapp(app).await?.ok_or_else(|| not_found("page"))
}

fn not_ours() -> ApiError {
    refuse(
        StatusCode::FORBIDDEN,
        "chat.signature",
        "this call is not signed by the service that was set up",
        "check the app's secret and the verify token on both sides",
    )
}

async fn one(app: &App, whatsapp: &Whatsapp, event: Event) -> Result<(), ApiError> {
    let service = Service::Whatsapp;
    match event {
        Event::Failed { id, why } => {
            tracing::warn!(id, "a message by WhatsApp did not arrive");
            let why = plain(&why, 120);
            app.chats
                .is_ill(service, format!("A message did not arrive: {why}."));
            Ok(())
        }
        Event::Wrote { id, from, text } => {
            let now = app.clock.now();
            let code = text.as_deref().and_then(Code::parse);
            // Heard and bound in one transaction: a call that broke off is told again, and then nothing was done yet.
            let bound = {
                let mut tx = app.store.write().await?;
                let db = tx.connection();
                let forget = now.saturating_sub(REMEMBER_MS);
                if !chat::is_new(db, service, &id, (now, forget)).await? {
                    return Ok(());
                }
                let bound = match &code {
                    Some(code) => binding::bind(app, db, code, (service, &from), now).await?,
                    None => None,
                };
                chat::heard(db, service, &from, now).await?;
                tx.commit().await?;
                bound
            };
            if code.is_some() {
                answer(app, whatsapp, &from, bound.as_ref(), now).await;
            }
            app.chats.look();
            Ok(())
        }
    }
}

/// Says whether the code counted. An answer that is lost is lost.
async fn answer(app: &App, whatsapp: &Whatsapp, to: &str, bound: Option<&Person>, now: i64) {
    if bound.is_some() {
        app.live.bump();
    }
    let text = bound.map_or_else(
        || words::NO_CODE.to_owned(),
        |person| words::told_by_whatsapp(person.name(), person.may(Right::Approve)),
    );
    if let Some(body) = whatsapp.api.body(to, &text, "", now, now)
        && let Err(error) = whatsapp.api.send(body).await
    {
        tracing::info!(%error, "an answer by WhatsApp was not sent");
    }
}
