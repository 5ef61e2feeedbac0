//! The tests of the journal once more, over PostgreSQL; and what only a server can do to it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::duplicate_mod,
    reason = "tests, and the same ones as over SQLite"
)]

#[path = "kinds_tests.rs"]
mod kinds_tests;
#[path = "money_tests.rs"]
mod money_tests;
#[path = "outage_tests.rs"]
mod outage_tests;
#[path = "../../../marketplace/tests/service/postgres.rs"]
pub(super) mod postgres;
#[path = "several_tests.rs"]
mod several_tests;
#[path = "takeover_tests.rs"]
mod takeover_tests;
#[path = "tests.rs"]
mod tests;
#[path = "tls_tests.rs"]
mod tls_tests;

use super::*;

/// A database of each journal's own.
fn test_database() -> Option<DatabaseUrl> {
    Some(postgres::database().parse().unwrap())
}
