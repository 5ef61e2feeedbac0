//! The browser that the pages are tested in, and what looks for barriers in them.

use crate::debian;
use crate::error::TaskError;
use crate::process;
use crate::repository;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Version of npm `axe-core`. It is a tool of the tests and no part of what is shipped.
const AXE: &str = "4.14.1";

/// Where everything is.
pub struct Tools {
    /// What steers the browser.
    pub driver: PathBuf,
    /// The script that looks for barriers.
    pub axe: PathBuf,
}

/// Gets what is missing, saying what it installs.
pub fn ensure() -> Result<Tools, TaskError> {
    debian::ensure(&[debian::CHROMIUM, debian::DRIVER])?;
    Ok(Tools {
        driver: PathBuf::from("chromedriver"),
        axe: axe()?,
    })
}

/// The script of npm `axe-core`, unpacked beside the build.
fn axe() -> Result<PathBuf, TaskError> {
    let folder = repository::target()?.join("axe");
    let script = folder.join("package/axe.min.js");
    let made = folder.join("version");
    if script.is_file() && std::fs::read_to_string(&made).is_ok_and(|there| there == AXE) {
        return Ok(script);
    }
    println!(
        "getting axe-core {AXE} with npm into {}",
        repository::shown(&folder)
    );
    std::fs::create_dir_all(&folder).map_err(TaskError::file(&folder))?;
    process::run(
        Command::new("npm")
            .args(["pack", "--silent", &format!("axe-core@{AXE}")])
            .current_dir(&folder),
    )?;
    unpack(&folder)?;
    std::fs::write(&made, AXE).map_err(TaskError::file(&made))?;
    Ok(script)
}

fn unpack(folder: &Path) -> Result<(), TaskError> {
    process::run(
        Command::new("tar")
            .args(["xzf", &format!("axe-core-{AXE}.tgz"), "package/axe.min.js"])
            .current_dir(folder),
    )
}
