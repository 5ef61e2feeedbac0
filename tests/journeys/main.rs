//! What people do with `guildhall`, through the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod approvals;
mod auditlog;
mod authoring;
mod channels;
mod chats;
mod console;
mod exits;
mod files;
mod golden;
mod input;
mod inspect;
mod mandates;
mod marketplace;
mod messages;
mod network;
mod payments;
mod receipts;
mod secrets;
mod settings;
mod state;
mod stopping;
mod strangers;
mod terminal;
mod together;
mod types;
mod undo;
