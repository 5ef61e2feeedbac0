//! `demo`: what Guildhall does, shown on real documents with the real binary.

mod market;
mod order;
mod payments;
mod peer;
pub mod place;
mod purchase;
pub mod shell;
mod story;

use crate::error::TaskError;
use crate::guests;
use crate::setup;

pub use story::REPORT;

/// Builds everything and tells the story; an unexpected exit code, text or file ends it with an error.
pub fn run() -> Result<(), TaskError> {
    setup::check_for_demo()?;
    println!("Building guildhall and the example skills (some minutes the first time)…");
    let guildhall = guests::guildhall()?;
    let skills = guests::skills(&guildhall)?;
    story::tell(&guildhall, &skills)
}
