//! The review of a release, in a process of its own: what a stranger's component and golden cases are let near.
//!
//! `guildhall review-worker` reads one [`ReviewTask`] on standard input and answers with one [`ReviewReport`] on standard
//! output. It looks at the bytes without running them, then runs the golden cases in the sandbox with recorded answers
//! and nothing of this machine behind them. Whatever ends it otherwise, it has given no verdict.
//!
//! [`ReviewTask`]: guildhall_package::market::review::ReviewTask
//! [`ReviewReport`]: guildhall_package::market::ReviewReport

mod bytes;
mod cases;
mod finding;
mod limits;
mod task;
mod worker;

pub use worker::worker;
