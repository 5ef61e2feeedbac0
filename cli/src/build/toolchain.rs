//! The Rust toolchain of a skill's folder.

use crate::error::CliError;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What skills are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Turns the linked module into a component; comes with the toolchain.
pub const LINKER: &str = "wasm-component-ld";

/// Where the toolchain lives that builds in `folder`.
///
/// # Errors
/// If there is no `rustc`.
pub fn sysroot(folder: &Path) -> Result<PathBuf, CliError> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .current_dir(folder)
        .output()
        .map_err(|error| {
            CliError::failed(format!("rustc can't be started: {error}"))
                .kind("no-toolchain")
                .fix("install Rust 1.95 or newer with rustup")
        })?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !output.status.success() || path.is_empty() {
        return Err(
            CliError::failed("rustc does not say where its toolchain is")
                .kind("no-toolchain")
                .details(last_lines(&output.stderr)),
        );
    }
    Ok(PathBuf::from(path))
}

/// Version line of a tool, if it runs.
#[must_use]
pub fn version(tool: &str, folder: &Path) -> Option<String> {
    let output = Command::new(tool)
        .arg("--version")
        .current_dir(folder)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.trim().to_owned())
}

/// Whether the standard library of [`TARGET`] is there.
#[must_use]
pub fn has_target(sysroot: &Path) -> bool {
    sysroot
        .join("lib/rustlib")
        .join(TARGET)
        .join("lib")
        .is_dir()
}

/// The linker: beside the toolchain, where rustc looks first, or on the path.
#[must_use]
pub fn linker(sysroot: &Path) -> Option<PathBuf> {
    let beside = std::fs::read_dir(sysroot.join("lib/rustlib"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin").join(LINKER));
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&paths).map(|folder| folder.join(LINKER));
    beside.chain(on_path).find(|path| path.is_file())
}

/// Refuses early what cargo would say at length.
///
/// # Errors
/// If the target or the linker is missing.
pub fn check(sysroot: &Path) -> Result<(), CliError> {
    if !has_target(sysroot) {
        return Err(
            CliError::failed(format!("the Rust target {TARGET} is not installed"))
                .kind("no-target")
                .fix(format!("rustup target add {TARGET}")),
        );
    }
    if linker(sysroot).is_none() {
        return Err(CliError::failed(format!(
            "the linker {LINKER} is neither in the toolchain nor on the path"
        ))
        .kind("no-linker")
        .fix("update Rust with `rustup update`; the linker comes with it"));
    }
    Ok(())
}

/// The end of what a tool said, made plain.
pub fn last_lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(20);
    lines
        .iter()
        .skip(from)
        .map(|line| guildhall_package::text::plain(line, 400))
        .collect()
}
