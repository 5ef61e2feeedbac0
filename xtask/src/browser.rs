//! The browser that the pages are tested in, and what looks for barriers in them.

use crate::error::TaskError;
use crate::process;
use crate::repository;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Version of npm `axe-core`. It is a tool of the tests and no part of what is shipped.
const AXE: &str = "4.14.1";
/// Debian's packages of the browser, and of what steers it.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Where everything is.
pub struct Tools {
    /// What steers the browser.
    pub driver: PathBuf,
    /// The script that looks for barriers.
    pub axe: PathBuf,
}

/// Gets what is missing, saying what it installs.
pub fn ensure() -> Result<Tools, TaskError> {
    if !there("chromedriver") || !there("chromium") {
        install()?;
    }
    Ok(Tools {
        driver: PathBuf::from("chromedriver"),
        axe: axe()?,
    })
}

fn there(program: &str) -> bool {
    process::works(Command::new(program).arg("--version"))
}

fn install() -> Result<(), TaskError> {
    let packages = PACKAGES.join(" ");
    let is_root = process::output(Command::new("id").arg("-u"))
        .is_ok_and(|id| String::from_utf8_lossy(&id).trim() == "0");
    if !is_root || !there("apt-get") {
        return Err(TaskError::Missing(vec![format!(
            "chromium and chromedriver are missing, needed for the tests of the pages: install them (Debian: apt-get install {packages})"
        )]));
    }
    println!("installing {packages} with apt-get");
    process::run(Command::new("apt-get").args(["update", "-qq"]))?;
    process::run(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(PACKAGES)
            .arg("fonts-dejavu-core")
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

/// The script of npm `axe-core`, unpacked beside the build.
fn axe() -> Result<PathBuf, TaskError> {
    let folder = repository::target()?.join("axe");
    let script = folder.join("package/axe.min.js");
    let made = folder.join("version");
    if script.is_file() && std::fs::read_to_string(&made).is_ok_and(|there| there == AXE) {
        return Ok(script);
    }
    if !there("npm") {
        return Err(TaskError::Missing(vec![
            "npm is missing, needed for axe-core, which looks for barriers in pages: install it (Debian: apt-get install npm)".to_owned(),
        ]));
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
