//! A program's clock, set wrong.

use crate::find;
use std::process::Command;

/// The same command, its clock set wrong by so many seconds: ahead, or behind if it is less than 0.
///
/// # Panics
/// If what sets a clock wrong was not built.
#[must_use]
pub fn set_wrong(mut command: Command, seconds: i64) -> Command {
    command
        .env("LD_PRELOAD", find::clock())
        .env("GUILDHALL_CLOCK_OFFSET", seconds.to_string());
    command
}
