//! Runs cargo, and finds what it made.

use super::flags::{self, Remap};
use super::toolchain::{self, LINKER, TARGET};
use super::wrapper;
use crate::error::CliError;
use guildhall_package::text::plain;
use serde::Deserialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Builds the skill in `folder` and returns the file that cargo made.
///
/// # Errors
/// If cargo does not start, does not succeed, or makes no component.
pub fn build(folder: &Path) -> Result<PathBuf, CliError> {
    let sysroot = toolchain::sysroot(folder)?;
    toolchain::check(&sysroot)?;
    let manifest = folder.join("Cargo.toml");
    let locked = is_locked(folder)?;
    let metadata = metadata(folder, locked)?;
    let remaps = remaps(&metadata, &sysroot);
    let rustflags = flags::rustflags(&remaps, !flags::names_a_stack(folder));
    let mut cargo = command(folder);
    cargo
        .args(["build", "--release", "--target", TARGET])
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--config")
        .arg(format!("target.{TARGET}.linker={LINKER:?}"))
        .arg("--config")
        .arg(format!(
            "target.{TARGET}.rustflags={}",
            flags::toml_list(&rustflags)
        ));
    if locked {
        cargo.arg("--locked");
    }
    if metadata.outside().next().is_some() {
        let program = std::env::current_exe().map_err(|error| {
            CliError::fault(format!("this program can't find its own file: {error}"))
        })?;
        let registry = cargo_home().unwrap_or_default().join("registry");
        cargo
            .env("RUSTC_WRAPPER", program)
            .env(wrapper::VARIABLE, registry);
    }
    let output = cargo
        .stderr(Stdio::inherit())
        .output()
        .map_err(cannot_start)?;
    if !output.status.success() {
        return Err(
            CliError::failed("cargo did not build the skill; what it said is above").kind("build"),
        );
    }
    artefact(&output.stdout, &manifest).ok_or_else(|| {
        CliError::refused("the crate makes no component")
            .kind("no-component")
            .fix("add to Cargo.toml: [lib] crate-type = [\"cdylib\", \"rlib\"]")
    })
}

/// What is needed of `cargo metadata`.
#[derive(Debug, Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Package>,
}

impl Metadata {
    /// Crates by path that lie outside the workspace, such as an SDK beside it, with their folders.
    fn outside(&self) -> impl Iterator<Item = (&Package, &Path)> {
        self.packages
            .iter()
            .filter(|package| package.source.is_none())
            .filter_map(|package| Some((package, package.manifest_path.parent()?)))
            .filter(|(_, folder)| !folder.starts_with(&self.workspace_root))
    }
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
    manifest_path: PathBuf,
}

/// Whether the skill's workspace has a lock file; without one, cargo may choose versions and write it.
fn is_locked(folder: &Path) -> Result<bool, CliError> {
    let mut cargo = command(folder);
    cargo.args(["locate-project", "--workspace", "--message-format", "plain"]);
    let manifest = ask(&mut cargo)?;
    let manifest = PathBuf::from(String::from_utf8_lossy(&manifest).trim());
    Ok(manifest.with_file_name("Cargo.lock").is_file())
}

fn metadata(folder: &Path, locked: bool) -> Result<Metadata, CliError> {
    let mut cargo = command(folder);
    cargo.args([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        TARGET,
    ]);
    if locked {
        cargo.arg("--locked");
    }
    serde_json::from_slice(&ask(&mut cargo)?)
        .map_err(|error| CliError::fault(format!("cargo's metadata is not understood: {error}")))
}

fn ask(cargo: &mut Command) -> Result<Vec<u8>, CliError> {
    let output = cargo.output().map_err(cannot_start)?;
    if !output.status.success() {
        return Err(CliError::failed("cargo does not understand this folder")
            .kind("build")
            .details(toolchain::last_lines(&output.stderr)));
    }
    Ok(output.stdout)
}

/// Cargo in `folder`, without what would make the bytes depend on whose shell it is.
fn command(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(flags::changes_the_build) {
            cargo.env_remove(&name);
        }
    }
    cargo
}

fn cannot_start(error: std::io::Error) -> CliError {
    CliError::failed(format!("cargo can't be started: {error}"))
        .kind("no-toolchain")
        .fix("install Rust 1.95 or newer with rustup")
}

/// Names for every folder whose path could end up in the component.
fn remaps(metadata: &Metadata, sysroot: &Path) -> Vec<Remap> {
    let remap = |from: PathBuf, to: &str| Remap {
        from,
        to: to.to_owned(),
    };
    let mut remaps = vec![remap(sysroot.to_owned(), "/rust")];
    if let Some(home) = cargo_home() {
        remaps.push(remap(home.join("registry/src"), "/registry"));
        remaps.push(remap(home.join("git/checkouts"), "/git"));
    }
    for (package, folder) in metadata.outside() {
        remaps.push(remap(
            folder.to_owned(),
            &format!("/path/{}-{}", package.name, package.version),
        ));
    }
    remaps.push(remap(metadata.workspace_root.clone(), "/skill"));
    remaps.push(remap(metadata.target_directory.clone(), "/target"));
    remaps
}

fn cargo_home() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| *value != OsString::new());
    variable("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cargo")))
}

#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(default)]
    crate_types: Vec<String>,
}

/// The last component of this manifest among cargo's messages.
fn artefact(messages: &[u8], manifest: &Path) -> Option<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| {
            message.reason == "compiler-artifact" && message.manifest_path == manifest
        })
        .filter(|message| {
            message
                .target
                .as_ref()
                .is_some_and(|target| target.crate_types.iter().any(|kind| kind == "cdylib"))
        })
        .flat_map(|message| message.filenames)
        .rfind(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
}

/// A name for messages.
pub fn shown(folder: &Path) -> String {
    plain(&folder.display().to_string(), 400)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_component_is_found_among_cargos_messages() {
        let messages = br#"not json
{"reason":"compiler-artifact","manifest_path":"/dep/Cargo.toml","target":{"crate_types":["cdylib"]},"filenames":["/t/dep.wasm"]}
{"reason":"compiler-artifact","manifest_path":"/me/Cargo.toml","target":{"crate_types":["custom-build"]},"filenames":["/t/build.wasm"]}
{"reason":"compiler-artifact","manifest_path":"/me/Cargo.toml","target":{"crate_types":["cdylib","rlib"]},"filenames":["/t/me.wasm","/t/libme.rlib"]}
{"reason":"build-finished","success":true}"#;
        assert_eq!(
            artefact(messages, Path::new("/me/Cargo.toml")),
            Some("/t/me.wasm".into())
        );
        assert_eq!(artefact(b"", Path::new("/me/Cargo.toml")), None);
    }

    #[test]
    fn every_folder_of_this_machine_has_another_name_in_the_component() {
        let package = |name: &str, source: Option<&str>, path: &str| Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            source: source.map(str::to_owned),
            manifest_path: path.into(),
        };
        let metadata = Metadata {
            workspace_root: "/w".into(),
            target_directory: "/w/target".into(),
            packages: vec![
                package("me", None, "/w/me/Cargo.toml"),
                package("sdk", None, "/elsewhere/sdk/Cargo.toml"),
                package(
                    "serde",
                    Some("registry"),
                    "/home/.cargo/registry/src/x/serde/Cargo.toml",
                ),
            ],
        };
        let remaps = remaps(&metadata, Path::new("/sys"));
        let to = |from: &str| {
            let found = remaps.iter().find(|remap| remap.from == Path::new(from));
            found.map(|remap| remap.to.clone())
        };
        assert_eq!(to("/w").as_deref(), Some("/skill"));
        assert_eq!(to("/sys").as_deref(), Some("/rust"));
        assert_eq!(to("/elsewhere/sdk").as_deref(), Some("/path/sdk-1.0.0"));
        assert_eq!(to("/home/.cargo/registry/src/x/serde"), None);
    }
}
