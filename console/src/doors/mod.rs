//! What stands before every request, whatever it asks for: by which name it came ([`names`]), from which page ([`origin`]), how
//! often and how much ([`pass`]). What every answer tells the browser is in [`headers`]. Routes have doors of their own besides:
//! sessions, tokens, rights.

pub mod headers;
pub mod names;
pub mod origin;
pub mod tls;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use guildhall_web::contact::Public;
use guildhall_web::error::{ApiError, refuse};
use guildhall_web::extract::Client;
use guildhall_web::limits::network;
use http_body_util::Limited;

use crate::app::App;
use crate::config::Config;
use names::Names;

pub use guildhall_web::redact::redact;

/// What the doors know from the start.
#[derive(Debug)]
pub struct Doors {
    /// Names that this console answers to.
    pub names: Names,
    strict_transport: bool,
}

impl Doors {
    /// Of a console that people reach at this address, and that listens where its configuration says.
    #[must_use]
    pub fn new(config: &Config, public: &Public) -> Self {
        let names = Names::new(public, config.listen.port(), config.tls.is_some());
        Self {
            strict_transport: public.is_https() && !names.is_of_this_machine(),
            names,
        }
    }
}

/// Lets a request pass, or answers it.
pub async fn pass(State(app): State<App>, request: Request, next: Next) -> Response {
    match check(&app, request) {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check(app: &App, request: Request) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    let Client(client) = Client::of(&parts, app);
    let client = network(client);
    // First, so that trying names is bounded as well.
    app.limits.request.check(&client)?;
    let name = app.doors.names.of_request(&parts)?;
    origin::check(&parts.method, &parts.headers, &name, &app.doors.names)?;
    // Who comes with a token is counted by the token.
    if !parts.method.is_safe() && !parts.headers.contains_key(header::AUTHORIZATION) {
        app.limits.write.check(&client)?;
    }
    let most = app.config.limits.body_bytes;
    let told = parts
        .headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<usize>().ok());
    if told.is_some_and(|length| length > most) {
        return Err(refuse(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request.size",
            format!("the request is longer than {most} bytes"),
            "send less at once",
        ));
    }
    let body = Body::new(Limited::new(body, most));
    Ok(Request::from_parts(parts, body))
}
