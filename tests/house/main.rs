//! The rules of the house, as tests: who may import whom, what may happen in which room, how long a file may be, and
//! that every promise names a test.
//!
//! The scans read tokens, not text: comments and strings are no code, and what is behind `#[cfg(test)]` is no product.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod boundaries;
mod contract;
mod promises;
mod rooms;
mod size;
mod sources;
mod tokens;
mod walks;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// A readable list of what is wrong, or nothing.
fn assert_none(problems: Vec<String>, advice: &str) {
    assert!(
        problems.is_empty(),
        "\n{}\n\n{advice}\n",
        problems.join("\n")
    );
}
