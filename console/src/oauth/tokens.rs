//! Codes and renewals changed into tokens. Each counts once; what comes a second time was copied by somebody, and ends all that
//! it led to (RFC 6749, 4.1.2 and 10.4).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use guildhall_web::cookie::Secret;
use guildhall_web::error::ApiError;
use guildhall_web::fields::Fields;
use serde::Serialize;
use serde_json::json;

use super::metadata::resource;
use super::pkce::Challenge;
use crate::agents::{Scopes, tokens};
use crate::app::App;
use crate::store::oauth::{self, CodeRow, Once, RenewalRow};
use crate::store::{Db, StoreError, agents};

/// Life of a token that a program was given, in milliseconds: an hour.
pub const TOKEN_MS: i64 = 60 * 60 * 1000;
/// Life of what renews it: 30 days.
const RENEWAL_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// Life of a code: a minute.
const CODE_MS: i64 = 60 * 1000;

/// Why no token is given.
#[derive(Debug)]
pub enum Refused {
    /// By a rule of the standard: its word, and what it means here.
    Rule(&'static str, &'static str),
    /// Something failed.
    Failed(ApiError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Rule(error, why) => {
                let body = Json(json!({ "error": error, "error_description": why }));
                unkept((StatusCode::BAD_REQUEST, body).into_response())
            }
            Self::Failed(error) => error.into_response(),
        }
    }
}

/// What a program is given.
#[derive(Serialize)]
pub struct Given {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    refresh_token: String,
    scope: String,
}

impl IntoResponse for Given {
    fn into_response(self) -> Response {
        unkept(Json(self).into_response())
    }
}

fn unkept(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Makes a code for a program and an agent that a person has just let in.
///
/// # Errors
/// [`ApiError`] of the database, or if the system has no random bytes.
pub async fn code(db: &mut Db, code: &CodeRow, now: i64) -> Result<String, ApiError> {
    let secret = Secret::new()?;
    let times = (now, now.saturating_add(CODE_MS));
    oauth::insert_code(db, &secret.hash(), code, times).await?;
    Ok(secret.text().to_owned())
}

/// Gives tokens for what a program comes with.
///
/// # Errors
/// [`Refused`].
pub async fn exchange(app: &App, fields: &Fields) -> Result<Given, Refused> {
    let door = resource(app.public.url());
    if fields
        .get("resource")
        .is_some_and(|asked| asked.trim_end_matches('/') != door)
    {
        return Err(Refused::Rule(
            "invalid_target",
            "tokens are given for this console's /mcp alone",
        ));
    }
    match fields.text("grant_type") {
        "authorization_code" => of_code(app, fields).await,
        "refresh_token" => of_renewal(app, fields).await,
        _ => Err(Refused::Rule(
            "unsupported_grant_type",
            "the grant types are authorization_code and refresh_token",
        )),
    }
}

async fn of_code(app: &App, fields: &Fields) -> Result<Given, Refused> {
    const WRONG: Refused = Refused::Rule(
        "invalid_grant",
        "the code does not count: it was used, its minute is over, or it was given for another request; ask the person again",
    );
    let secret = Secret::parse(fields.text("code")).ok_or(WRONG)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    let code = match oauth::use_code(db, &secret.hash(), now).await? {
        Once::Now(code) => code,
        Once::Before(code) => {
            end(db, &code.agent, now).await?;
            tx.commit().await?;
            return Err(WRONG);
        }
        Once::Never => return Err(WRONG),
    };
    let challenge = <[u8; 32]>::try_from(code.challenge.as_slice()).map(Challenge::from_bytes);
    let is_theirs = fields.text("client_id") == code.client
        && fields.text("redirect_uri") == code.redirect
        && challenge.is_ok_and(|challenge| challenge.is_met_by(fields.text("code_verifier")));
    if !is_theirs {
        // Who came with it is not who it was given to, and it is used up.
        end(db, &code.agent, now).await?;
        tx.commit().await?;
        return Err(WRONG);
    }
    let renewal = RenewalRow {
        client: code.client,
        agent: code.agent,
        scopes: code.scopes,
    };
    let scopes = renewal.scopes.clone();
    let given = give(db, &renewal, &scopes, now).await?;
    tx.commit().await?;
    Ok(given)
}

async fn of_renewal(app: &App, fields: &Fields) -> Result<Given, Refused> {
    const WRONG: Refused = Refused::Rule(
        "invalid_grant",
        "the refresh token does not count: it was used, has ended, or its agent was removed; ask the person again",
    );
    let secret = Secret::parse(fields.text("refresh_token")).ok_or(WRONG)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    match oauth::use_renewal(db, &secret.hash(), now).await? {
        Once::Now(renewal) if renewal.client == fields.text("client_id") => {
            // Not committed if more is asked for: what renews is not used up by a mistake.
            let scopes = narrowed(fields.get("scope"), &renewal.scopes)?;
            let given = give(db, &renewal, &scopes, now).await?;
            tx.commit().await?;
            Ok(given)
        }
        Once::Now(renewal) | Once::Before(renewal) => {
            agents::end_tokens(db, &renewal.agent).await?;
            oauth::end_renewals(db, &renewal.agent).await?;
            tx.commit().await?;
            Err(WRONG)
        }
        Once::Never => Err(WRONG),
    }
}

/// What is asked for now, out of what was given: all of it if nothing is named, and never more (RFC 6749, 6).
fn narrowed(asked: Option<&str>, given: &Scopes) -> Result<Scopes, Refused> {
    let Some(asked) = asked else {
        return Ok(given.clone());
    };
    asked
        .parse::<Scopes>()
        .ok()
        .filter(|asked| asked.within(given))
        .ok_or(Refused::Rule(
            "invalid_scope",
            "a renewal is for what the person said yes to, or for less; ask the person again",
        ))
}

/// Ends an agent that came in by a code that somebody copied.
async fn end(db: &mut Db, agent: &str, now: i64) -> Result<(), StoreError> {
    oauth::end_renewals(db, agent).await?;
    agents::remove(db, agent, now).await?;
    Ok(())
}

/// A token for these scopes, and what renews it, which stays for all that was given (RFC 6749, 6).
async fn give(
    db: &mut Db,
    given: &RenewalRow,
    scopes: &Scopes,
    now: i64,
) -> Result<Given, Refused> {
    agents::end_tokens(db, &given.agent).await?;
    let times = (now, now.saturating_add(TOKEN_MS));
    let whose = (given.agent.as_str(), Some(given.client.as_str()));
    let token = tokens::make(db, whose, scopes, times).await?;
    let renewal = Secret::new()?;
    let times = (now, now.saturating_add(RENEWAL_MS));
    oauth::insert_renewal(db, &renewal.hash(), given, times).await?;
    Ok(Given {
        access_token: token,
        token_type: "Bearer",
        expires_in: TOKEN_MS / 1000,
        refresh_token: renewal.text().to_owned(),
        scope: scopes.to_string(),
    })
}

/// Takes back what a program gives up. One that nobody knows is as good as taken back (RFC 7009, 2.2).
///
/// # Errors
/// [`ApiError`] of the database.
pub async fn revoke(app: &App, token: &str) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    let db = tx.connection();
    if let Some(hash) = tokens::hash(token) {
        agents::revoke_token(db, &hash).await?;
    } else if let Some(secret) = Secret::parse(token)
        && let Once::Now(RenewalRow { agent, .. }) =
            oauth::use_renewal(db, &secret.hash(), app.clock.now()).await?
    {
        agents::end_tokens(db, &agent).await?;
        oauth::end_renewals(db, &agent).await?;
    }
    tx.commit().await?;
    Ok(())
}
