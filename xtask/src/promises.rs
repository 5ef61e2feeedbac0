//! `promises`: writes docs/promises.md. The writer is the house test that also checks it, so that both agree.

use crate::error::TaskError;
use crate::process;
use crate::repository::HOUSE;

/// Name of the variable that makes the test write instead of compare.
const WRITE: &str = "GUILDHALL_WRITE_PROMISES";

/// Writes the page.
pub fn run() -> Result<(), TaskError> {
    process::run(process::cargo(&HOUSE).env(WRITE, "1").args([
        "test",
        "--quiet",
        "--workspace",
        "--test",
        "house",
        "--",
        "promises::",
    ]))?;
    println!("docs/promises.md is what tests/promises.toml says");
    Ok(())
}
