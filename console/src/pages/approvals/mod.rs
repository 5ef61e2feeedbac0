//! What waits for a decision: the inbox, one card, several in a table, and what became of them.

mod batch;
mod card;
mod decide;
mod inbox;
mod over;
mod step_up;

use axum::Router;

use axum::routing::{get, post};

use crate::app::App;

pub(in crate::pages) use card::in_months;
pub(in crate::pages) use step_up::{challenge, proof};

/// Where the inbox is.
pub const PATH: &str = "/approvals";

/// Its routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route(PATH, get(inbox::inbox))
        .route("/approvals/batch", get(batch::table).post(batch::decide))
        .route("/approvals/batch/challenge", post(step_up::batch))
        .route("/approvals/{run}", get(card::card).post(decide::decide))
        .route("/approvals/{run}/challenge", post(step_up::card))
}

/// The address of a card.
fn path_of(run: &str) -> String {
    format!("{PATH}/{run}")
}
