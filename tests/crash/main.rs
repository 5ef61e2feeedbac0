//! A disk that forgets, tears and fills up, and a clock that is set wrong: nothing is lost, nothing is done twice, and what
//! can't be done is said.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests"
)]

mod swept;
