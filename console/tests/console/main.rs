//! The console in this process: its router over a state folder of its own, with a real host.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod api;
mod approvals;
mod bench;
mod cards;
mod data;
mod live;
mod doors;
mod deciders;
mod hooks;
mod money;
mod oauth;
mod chat;
mod forms;
mod passkeys;
mod people;
mod program;
mod routes;
mod runs;
mod sessions;
mod skills;
mod start;
