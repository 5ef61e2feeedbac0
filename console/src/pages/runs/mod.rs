//! Runs: what happened. A list that can be searched, one run with all that is known of it, its receipt, and undoing it.

mod list;
mod one;
mod receipt;
mod started;
mod undo;
pub mod value;
pub mod words;

use axum::Router;
use axum::routing::{get, post};
use guildhall_host::{Host, RunDetail, Tenant};
use guildhall_web::error::not_found;

use super::answer::Other;
use crate::app::App;

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/runs", get(list::get))
        .route("/runs/{id}", get(one::get))
        .route("/runs/{id}/resolve", post(one::resolve))
        .route("/runs/{id}/stop", post(started::stop))
        .route("/runs/{id}/receipt", get(receipt::download))
        .route(
            "/runs/{id}/verify",
            get(receipt::verify).post(receipt::replay),
        )
        .route("/runs/{id}/undo", get(undo::get).post(undo::post))
        .route("/runs/{id}/files/{effect}", get(receipt::file))
}

/// A run of this console.
///
/// # Errors
/// If there is none of this identifier, or the journal fails.
async fn found(host: &Host, id: &str) -> Result<RunDetail, Other> {
    host.run(&Tenant::local(), id)
        .await?
        .ok_or_else(|| Other::Problem(not_found("run")))
}
