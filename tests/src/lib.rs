//! What the end-to-end suites share: a home, a command line, an other side that remembers, a terminal.
//!
//! Use this when a test drives the real `guildhall` binary. Don't put product code here, and nothing that knows how
//! the product works inside; the exceptions are [`journal`], which attacks the store's file, and [`sweep`], which kills where the
//! product's own state machines say.
//!
//! Support code of tests panics where a test would: what it says is the test's failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "support code of tests"
)]

pub mod agents;
pub mod attack;
pub mod clock;
pub mod component;
pub mod console;
pub mod disk;
pub mod faulty;
pub mod find;
pub mod folder;
pub mod home;
pub mod installed;
pub mod journal;
pub mod kill;
pub mod market;
pub mod mcp;
pub mod money;
pub mod peer;
pub mod proof;
pub mod proxy;
pub mod puller;
pub mod ran;
pub mod rest;
pub mod review;
pub mod run;
pub mod settings;
pub mod sink;
pub mod smtp;
pub mod sweep;
pub mod telegram;
pub mod terminal;
pub mod watch;
pub mod whatsapp;
pub mod wire;

pub use attack::Attack;
pub use find::{guest, guildhall, skill};
pub use home::Home;
pub use kill::{Killed, Look, Seed};
pub use market::{Draft, Market};
pub use mcp::Mcp;
pub use peer::{Peer, Received, Reply};
pub use ran::{Ran, Running};
pub use review::Review;
pub use run::Run;
pub use serde_json::{Value, json};
pub use sink::Sink;
pub use watch::Watch;
