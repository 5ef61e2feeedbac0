//! What people do with `guildhall`, through the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod approvals;
mod authoring;
mod exits;
mod files;
mod golden;
mod input;
mod inspect;
mod network;
mod settings;
mod state;
mod stopping;
mod strangers;
mod terminal;
mod together;
mod types;
