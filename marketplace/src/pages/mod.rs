//! The storefront: pages for people. Made here, read without any script, and of nobody else's parts.
//!
//! Every text of an author reaches a page through a template that escapes it; links lead to `https` or to this storefront.
//! What changes something is a form with a token of the visitor's own cookie.

mod answer;
mod assets;
mod card;
mod dashboard;
mod frame;
mod home;
mod post;
mod problem;
mod publisher;
mod report;
mod review;
mod search;
mod sign_in;
mod skill;
mod stage;
mod touch;
mod transparency;
mod versions;
mod visitor;
pub(crate) mod words;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

use crate::app::App;
use crate::server::throttle;

pub use problem::dress;

/// Nothing but what is served here, and no script at all.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// What every page says to the browser besides.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-frame-options", "DENY"),
    // Forms need their origin to be told; other sites learn nothing.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];
/// A year, for browsers that came over an encrypted connection.
const STRICT_TRANSPORT: &str = "max-age=31536000";
/// Largest form in bytes.
const MAX_FORM: usize = 32 << 10;

/// The routes of the pages.
pub fn routes(app: &App) -> Router<App> {
    let pages = Router::new()
        .route("/", get(home::get))
        .route("/search", get(search::get))
        .route("/skills/{publisher}/{skill}", get(skill::latest))
        .route("/skills/{publisher}/{skill}/{version}", get(skill::version))
        .route("/publishers/{publisher}", get(publisher::get))
        .route("/transparency", get(transparency::get))
        .route("/report", get(report::get).post(report::post))
        .route("/report/sent", get(report::sent))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-out", post(sign_in::out))
        .route("/dashboard", get(dashboard::get))
        .route(
            "/dashboard/earnings/{publisher}",
            get(dashboard::earnings_table),
        )
        .route("/review", get(review::get))
        .route("/review/{id}", get(review::one).post(review::decided))
        .route("/review/reports/{id}", post(review::closed))
        .route_layer(middleware::from_fn_with_state(app.clone(), throttle));
    pages
        .route("/assets/{name}", get(assets::get))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(middleware::from_fn_with_state(app.clone(), guard))
}

async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    protect(&app, &mut response);
    response
}

/// Puts on the headers of a page.
fn protect(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if app.public.is_https() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(STRICT_TRANSPORT),
        );
    }
}
