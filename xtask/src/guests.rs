//! `guests`: builds the example skills and the tests' guests, each with the real `guildhall build`.

use crate::error::TaskError;
use crate::json;
use crate::process;
use crate::repository::{self, GUEST_WORKSPACES, HOUSE};
use crate::setup;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A built skill.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Name of its folder.
    pub name: String,
    /// The component, in target/guests.
    pub component: PathBuf,
    /// The skill's folder.
    pub folder: PathBuf,
}

#[derive(serde::Deserialize)]
struct Built {
    path: PathBuf,
    digest: String,
    bytes: u64,
}

/// Builds and lists them.
pub fn run() -> Result<(), TaskError> {
    let guildhall = guildhall()?;
    for guest in all(&guildhall)? {
        println!("{}", repository::shown(&guest.component));
    }
    Ok(())
}

/// The `guildhall` binary, built in the dev profile. The whole workspace's features are chosen, so that this build is
/// the same one that the tests use.
pub fn guildhall() -> Result<PathBuf, TaskError> {
    built(&[])
}

/// The same in the release profile, beside a benchmark: built with it, it shares what both are made of.
pub fn guildhall_in_release(bench: &str) -> Result<PathBuf, TaskError> {
    built(&["--release", "--bench", bench])
}

fn built(profile: &[&str]) -> Result<PathBuf, TaskError> {
    let mut cargo = process::cargo(&HOUSE);
    cargo.args(["build", "--workspace", "--bin", "guildhall"]);
    cargo.args(profile);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    let messages = process::output(&mut cargo)?;
    json::executables(&messages)
        .into_iter()
        .find(|(name, _)| name == "guildhall")
        .map(|(_, path)| path)
        .ok_or_else(|| TaskError::check("cargo built no `guildhall`"))
}

/// Where the components are collected, for the tests to find: one NAME.wasm for each guest.
pub fn folder_of_components() -> Result<PathBuf, TaskError> {
    Ok(repository::target()?.join("guests"))
}

/// Builds every guest.
pub fn all(guildhall: &Path) -> Result<Vec<Guest>, TaskError> {
    setup::ensure_target(setup::OF_STRANGERS)?;
    let mut guests = skills(guildhall)?;
    let tests = repository::root().join("tests/guests");
    for folder in repository::folders_with(&tests, "Cargo.toml")? {
        let name = repository::name(&folder);
        let made = if folder.join("skill.toml").is_file() {
            built_by_guildhall(guildhall, &folder)?
        } else {
            built_by_cargo(&folder, &name)?
        };
        guests.push(collect(&folder, &made)?);
    }
    Ok(guests)
}

/// Builds the example skills.
pub fn skills(guildhall: &Path) -> Result<Vec<Guest>, TaskError> {
    setup::ensure_target(setup::OF_SKILLS)?;
    let examples = repository::root().join("skills-examples");
    let mut guests = Vec::new();
    for folder in repository::folders_with(&examples, "skill.toml")? {
        let made = built_by_guildhall(guildhall, &folder)?;
        guests.push(collect(&folder, &made)?);
    }
    Ok(guests)
}

fn collect(folder: &Path, made: &Path) -> Result<Guest, TaskError> {
    let guests = folder_of_components()?;
    std::fs::create_dir_all(&guests).map_err(TaskError::file(&guests))?;
    let name = repository::name(folder);
    let component = guests.join(&name).with_extension("wasm");
    std::fs::copy(made, &component).map_err(TaskError::file(made))?;
    Ok(Guest {
        name,
        component,
        folder: folder.to_owned(),
    })
}

fn built_by_guildhall(guildhall: &Path, folder: &Path) -> Result<PathBuf, TaskError> {
    let mut build = Command::new(guildhall);
    build.args(["build", "--json"]).arg(folder);
    process::for_guests(&mut build, &target(folder));
    let built: Built = json::parse(
        "the output of `guildhall build --json`",
        &process::output(&mut build)?,
    )?;
    println!(
        "built {} ({} bytes, {})",
        repository::shown(folder),
        built.bytes,
        built.digest
    );
    Ok(built.path)
}

/// A stranger's component: what plain cargo makes of it, without manifest and words.
fn built_by_cargo(folder: &Path, name: &str) -> Result<PathBuf, TaskError> {
    let is_program = folder.join("src/main.rs").is_file();
    let target_name = if is_program {
        setup::OF_STRANGERS
    } else {
        setup::OF_SKILLS
    };
    let mut cargo = process::plain_cargo();
    cargo.current_dir(folder).args([
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--target",
        target_name,
    ]);
    let target = target(folder);
    process::for_guests(&mut cargo, &target);
    process::run(&mut cargo)?;
    println!(
        "built {} with cargo for {target_name}",
        repository::shown(folder)
    );
    let file = if is_program {
        name.to_owned()
    } else {
        name.replace('-', "_")
    };
    Ok(target
        .join(target_name)
        .join("release")
        .join(file)
        .with_extension("wasm"))
}

/// The target folder of the guest's own workspace.
fn target(folder: &Path) -> PathBuf {
    GUEST_WORKSPACES
        .iter()
        .map(repository::Workspace::path)
        .find(|workspace| folder.starts_with(workspace))
        .unwrap_or_else(|| folder.to_owned())
        .join("target")
}
