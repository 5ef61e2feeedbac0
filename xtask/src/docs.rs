//! Builds the documentation: a warning is a failure, because a broken link is one for its reader.

use crate::error::TaskError;
use crate::process;
use crate::report::Tally;
use crate::repository::{GUEST_WORKSPACES, HOUSE};

/// The pages an embedder and a skill author read, without a warning.
pub fn check() -> Result<Tally, TaskError> {
    for workspace in [HOUSE].into_iter().chain(
        GUEST_WORKSPACES
            .into_iter()
            .filter(|w| w.folder == "sdk/rust"),
    ) {
        let mut cargo = process::cargo(&workspace);
        cargo.args(["doc", "--quiet", "--workspace", "--no-deps", "--locked"]);
        for feature in workspace.features {
            cargo.args(["--features", feature]);
        }
        process::run(cargo.env("RUSTDOCFLAGS", "-D warnings"))?;
    }
    Ok(Tally::ONE)
}
