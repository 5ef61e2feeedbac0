//! The first page: what waits for a decision.

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use super::answer::see;
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(first))
}

async fn first() -> Response {
    see("/approvals")
}
