//! Who asks: an agent, or a program that stands in for a person. Two types from two tables; nothing turns one into the other,
//! and what an agent may not do has no handler that takes one.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use guildhall_web::error::{ApiError, refuse};

use super::doc::OPENAPI;
use crate::agents::{Agent, Scope, tokens};
use crate::app::App;
use crate::people::token::{self, Stand};
use crate::people::{Person, Right};

/// Longest token in bytes.
const MAX_TOKEN: usize = 200;

/// Who asks.
#[derive(Debug, Clone)]
pub enum Caller {
    /// An agent: it proposes.
    Agent(Arc<Agent>),
    /// A program that stands in for a person.
    Person(Arc<Stand>),
}

impl Caller {
    /// The name under which its requests and limits are kept.
    #[must_use]
    pub fn asker(&self) -> String {
        match self {
            Self::Agent(agent) => agent.id.clone(),
            Self::Person(stand) => format!("approver:{}", stand.token),
        }
    }

    /// Whether an agent's token is for this; what persons may is a matter of their rights.
    ///
    /// # Errors
    /// 403 for agents whose token is for less (RFC 6750, 3.1).
    pub fn is_for(&self, scope: Scope) -> Result<(), ApiError> {
        match self {
            Self::Agent(agent) if !agent.may(scope) => Err(refuse(
                StatusCode::FORBIDDEN,
                "token.scope",
                scope.missing(),
                "let the program in again, for more, or give it another token",
            )),
            _ => Ok(()),
        }
    }

    /// The person, if there is one with this right.
    ///
    /// # Errors
    /// 403 for agents, whatever their token says, and for persons without it.
    pub fn person(&self, right: Right) -> Result<&Person, ApiError> {
        match self {
            Self::Agent(_) => Err(refuse(
                StatusCode::FORBIDDEN,
                "token.kind",
                "this token is an agent's; only people do this",
                "ask a person to do it in the console",
            )),
            Self::Person(stand) if stand.person.may(right) => Ok(&stand.person),
            Self::Person(_) => Err(refuse(
                StatusCode::FORBIDDEN,
                "people.right",
                right.missing(),
                "ask an owner of this console for another role",
            )),
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ApiError> {
        // Put there by the guard, which every route of the API stands behind.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| unauthorized("token.missing", "this needs a token"))
    }
}

/// Stands before every route: who has no token learns nothing, not even which paths there are. Cookies count for nothing here,
/// so that no page elsewhere can ask in a person's name.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let open = parts.uri.path() == OPENAPI;
    let mut response = match recognise(&app, &parts.headers).await {
        Ok(caller) => {
            if let Err(error) = app.limits.token.check(&caller.asker()) {
                error.into_response()
            } else {
                parts.extensions.insert(caller);
                next.run(Request::from_parts(parts, body)).await
            }
        }
        Err(_) if open => next.run(Request::from_parts(parts, body)).await,
        Err(error) => error.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    response
}

/// Who a request's token belongs to.
///
/// # Errors
/// 401 without a token that is in force.
pub async fn recognise(app: &App, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let text = tokens::bearer(headers)
        .filter(|token| !token.is_empty() && token.len() <= MAX_TOKEN)
        .ok_or_else(|| unauthorized("token.missing", "this needs one token"))?;
    if let Some(stand) = token::recognise(app, text).await? {
        return Ok(Caller::Person(Arc::new(stand)));
    }
    match tokens::find(app, text).await? {
        Some(agent) => Ok(Caller::Agent(agent)),
        None => Err(unauthorized(
            "token.invalid",
            "there is no such token, or it has ended",
        )),
    }
}

fn unauthorized(code: &str, detail: &str) -> ApiError {
    refuse(
        StatusCode::UNAUTHORIZED,
        code,
        detail,
        "send `Authorization: Bearer TOKEN` with a token that a person made in the console",
    )
}
