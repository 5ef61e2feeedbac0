//! The door over HTTP, at `/mcp`: for agents that come with a token.
//!
//! Who asks is decided before anything is read: the token names the agent, and each request is the agent's that its own token
//! names, whatever session it says it belongs to. A session of somebody else is as if it were not there.

use super::scopes::Asked;
use super::state::Once;
use super::{Approvals, Book, Door, States, Toolbox, Who};
use crate::agents::{Agent, Scopes, tokens};
use crate::app::App;
use crate::oauth;
use crate::store::states;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use futures::future::BoxFuture;
use guildhall_web::error::{ApiError, refuse};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;
use uuid::Uuid;

/// Where it is.
pub const PATH: &str = "/mcp";
/// Longest request, in bytes: what a run's input may have, and a bit.
const MAX_BODY: usize = 8 << 20;
/// Header of sessions of older versions of the protocol.
const SESSION: &str = "mcp-session-id";
/// Sessions that are remembered; the next one forgets all, and their clients begin anew.
const MAX_SESSIONS: usize = 10_000;

/// The route, with what stands before it. Needs a runtime: it looks what is installed until the console stops.
pub fn routes(app: &App) -> Router<App> {
    let once = Arc::new(InStore(app.clone()));
    let Some(states) = States::new(&app.agents.key("request state"), once) else {
        // A key of 32 bytes is never refused.
        return Router::new();
    };
    let toolbox = Arc::new(Toolbox::new(
        app.shelf.clone(),
        app.config.tool_prefixes.clone(),
        Some(Book::new(app.store.clone())),
    ));
    let (looking, stop) = (toolbox.clone(), app.stop.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = looking.look_on() => {}
            () = stop.cancelled() => {}
        }
    });
    let approvals = Approvals::Console(app.public.url().trim_end_matches('/').to_owned());
    let door = Door::new(
        app.agents.clone(),
        toolbox,
        Who::Request,
        (approvals, states),
    );
    let (hosts, origin) = names(app.public.url());
    let config = StreamableHttpServerConfig::default()
        .with_cancellation_token(app.stop.child_token())
        .with_max_request_body_bytes(MAX_BODY)
        .with_allowed_hosts(hosts)
        .with_allowed_origins(origin)
        .enforce_origin_validation();
    let service = StreamableHttpService::new(
        move || Ok(door.clone()),
        Arc::new(LocalSessionManager::default()),
        config,
    );
    let gate = Gate {
        app: app.clone(),
        sessions: Arc::default(),
    };
    Router::new()
        .route_service(PATH, service)
        .layer(middleware::from_fn_with_state(gate, enter))
}

/// The names that a request may say it is for, and the pages that it may come from. Of a console on this machine, all names of this
/// machine.
fn names(public: &str) -> (Vec<String>, Vec<String>) {
    let Ok(url) = Url::parse(public) else {
        return (Vec::new(), Vec::new());
    };
    let mut hosts: Vec<String> = url.host_str().into_iter().map(str::to_owned).collect();
    if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        hosts = ["localhost", "127.0.0.1", "::1"]
            .map(str::to_owned)
            .to_vec();
    }
    let origins = url
        .host_str()
        .zip(url.port_or_known_default())
        .map(|(host, port)| format!("{}://{host}:{port}", url.scheme()));
    (hosts, origins.into_iter().collect())
}

#[derive(Clone)]
struct Gate {
    app: App,
    /// Whose each session is.
    sessions: Arc<Mutex<HashMap<String, String>>>,
}

/// Lets in who has a token, to what is theirs.
async fn enter(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let token = tokens::bearer(request.headers());
    let found = match token {
        Some(token) => tokens::find(&gate.app, token).await,
        None => Ok(None),
    };
    let agent = match found {
        Ok(Some(agent)) => agent,
        Ok(None) => return unknown(&gate.app, token.is_some()),
        Err(error) => return ApiError::from(error).into_response(),
    };
    if let Some(session) = session_of(request.headers())
        && !gate.is_of(session, &agent)
    {
        return refuse(
            StatusCode::NOT_FOUND,
            "mcp.session",
            "there is no such session of yours",
            "begin a new one",
        )
        .into_response();
    }
    let mut request = match within_scope(&gate.app, &agent, request).await {
        Ok(request) => request,
        Err(refused) => return *refused,
    };
    request.extensions_mut().insert(agent.clone());
    let response = next.run(request).await;
    if let Some(session) = session_of(response.headers()) {
        gate.keep(session, &agent);
    }
    response
}

impl Gate {
    fn is_of(&self, session: &str, agent: &Agent) -> bool {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(session).is_some_and(|of| *of == agent.id)
    }

    fn keep(&self, session: &str, agent: &Agent) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= MAX_SESSIONS {
            sessions.clear();
        }
        sessions
            .entry(session.to_owned())
            .or_insert_with(|| agent.id.clone());
    }
}

fn session_of(headers: &HeaderMap) -> Option<&str> {
    headers.get(SESSION)?.to_str().ok()
}

/// Sends away what a token is not for, so that the client can ask its person for more (RFC 6750, 3.1). Only of tokens that are
/// not for everything the request is read here.
async fn within_scope(
    app: &App,
    agent: &Agent,
    request: Request,
) -> Result<Request, Box<Response>> {
    if agent.scopes == Scopes::all() {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        let long = refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request.too-long",
            "the request is too long",
            "send less at once",
        );
        return Err(Box::new(long.into_response()));
    };
    // What is none of the protocol is told so by who speaks it.
    let asked: Asked = serde_json::from_slice(&bytes).unwrap_or_default();
    match asked.takes() {
        Some(scope) if !agent.may(scope) => {
            let mut response = refuse(
                StatusCode::FORBIDDEN,
                "token.scope",
                scope.missing(),
                "let the program in again, for more, or give it another token",
            )
            .into_response();
            let challenge = oauth::challenge(app, Some("insufficient_scope"));
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
            Err(Box::new(response))
        }
        _ => Ok(Request::from_parts(parts, Body::from(bytes))),
    }
}

/// Says where a token is to be had, as the protocol wants it.
fn unknown(app: &App, came: bool) -> Response {
    let mut response = refuse(
        StatusCode::UNAUTHORIZED,
        "agent.token",
        "a token of an agent is needed, which was not revoked and has not ended",
        "make one in the console, under Settings, Agents",
    )
    .into_response();
    let challenge = oauth::challenge(app, came.then_some("invalid_token"));
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, challenge);
    response
}

/// Remembers in the console's own database, so that all processes over it agree.
struct InStore(App);

impl Once for InStore {
    fn first(&self, nonce: Uuid, valid: Duration) -> BoxFuture<'_, bool> {
        Box::pin(async move {
            let now = self.0.clock.now();
            let until = now.saturating_add(i64::try_from(valid.as_millis()).unwrap_or(i64::MAX));
            match states::use_up(&self.0.store, nonce, (now, until)).await {
                Ok(first) => first,
                Err(error) => {
                    tracing::error!(%error, "a state that came back can't be written down");
                    false
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_console_on_this_machine_has_all_its_names_and_another_one_its_own() {
        let (hosts, origins) = names("http://localhost:4181");
        assert_eq!(hosts, ["localhost", "127.0.0.1", "::1"]);
        assert_eq!(origins, ["http://localhost:4181"]);
        let (hosts, origins) = names("https://console.example/");
        assert_eq!(hosts, ["console.example"]);
        assert_eq!(origins, ["https://console.example:443"]);
        assert_eq!(names("nonsense"), (vec![], vec![]));
    }
}
