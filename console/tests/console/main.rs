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
mod buying;
mod cards;
mod ceilings;
mod chat;
mod data;
mod deciders;
mod deleted;
mod doors;
mod forms;
mod hooks;
mod installs;
mod live;
mod mandates;
mod market;
mod money;
mod oauth;
mod passkeys;
mod people;
mod program;
mod routes;
mod runs;
mod scopes;
mod sessions;
mod settings;
mod skills;
mod start;
