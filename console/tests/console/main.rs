//! The console in this process: its router over a state folder of its own, with a real host.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod approvals;
mod bench;
mod data;
mod forms;
mod money;
mod oauth;
mod passkeys;
mod people;
mod routes;
mod runs;
mod sessions;
mod skills;
mod start;
