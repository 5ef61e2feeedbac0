//! Pages for people. Made here, readable without any script, and of nobody else's parts.
//!
//! Three kinds of routes, and nothing is in between: those that anybody may ask for, because nobody is signed in yet; those
//! about oneself; and the rooms, which need a session, and to change anything there, more than looking (`gate.rs`). Each page
//! asks for the right it needs besides.

mod account;
mod agents;
pub mod answer;
mod approvals;
pub mod assets;
mod audit;
mod ceilings;
mod channels;
mod chat;
mod data;
pub mod frame;
mod gate;
pub mod hints;
mod home;
mod invitation;
mod mandates;
mod money;
mod passkeys;
mod people;
pub mod posted;
pub mod problem;
mod programs;
pub mod runs;
mod secrets;
mod settings;
mod sign_in;
mod skills;
mod start;
pub mod visitor;
mod webhooks;
pub mod words;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::live;

/// Nothing but what is served here. The one script is a file of ours, and no page needs it.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every page says to the browser besides.
const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-frame-options", "DENY"),
    ("x-content-type-options", "nosniff"),
    // Forms need their origin to be told; other sites learn nothing.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];
/// Largest form in bytes. A route that takes files has a limit of its own.
const MAX_FORM: usize = 256 << 10;

/// The routes of the pages.
pub fn routes(app: &App) -> Router<App> {
    // One line for each room. What changes something there is refused to who may only look.
    let rooms = Router::new()
        .merge(home::routes())
        .merge(approvals::routes())
        .merge(mandates::routes())
        .merge(settings::routes())
        .merge(ceilings::routes())
        .merge(people::routes())
        .merge(agents::routes())
        .merge(crate::oauth::pages())
        .merge(money::routes())
        .merge(audit::routes())
        .merge(secrets::routes())
        .merge(channels::routes())
        .merge(data::routes())
        .merge(chat::routes())
        .merge(runs::routes())
        .merge(skills::routes())
        .merge(programs::routes())
        .merge(webhooks::routes())
        .route_layer(middleware::from_fn_with_state(app.clone(), gate::room));
    let own = Router::new()
        .merge(account::routes())
        .merge(passkeys::routes())
        .merge(sign_in::signed_in_routes())
        .route("/events", get(live::events))
        .route_layer(middleware::from_fn_with_state(app.clone(), gate::own));
    let open = Router::new()
        .merge(start::routes())
        .merge(invitation::routes())
        .merge(sign_in::routes())
        .merge(crate::channels::whatsapp::hook::routes())
        .merge(passkeys::sign_in_routes())
        .route("/assets/{name}", get(assets::get));
    Router::new()
        .merge(rooms)
        .merge(own)
        .merge(open)
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(middleware::from_fn(guard))
}

async fn guard(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect(&mut response);
    response
}

/// Puts on the headers of a page.
pub(crate) fn protect(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}
