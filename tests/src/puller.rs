//! Clients of registries that others wrote: `oci-client` and `wasm-pkg-client` (Rust), `oras` (PyPI), `skopeo` (Debian).
//! `cargo xtask setup` installs what is missing.

use crate::{Value, find};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A client, and how it is told what to pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Puller {
    /// The crate `oci-client`.
    OciClient,
    /// The crate `wasm-pkg-client`, which `wkg` is made of.
    WasmPkg,
    /// The Python package `oras`.
    Oras,
    /// `skopeo copy --preserve-digests` into a folder of the OCI image layout.
    Skopeo,
}

impl Puller {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OciClient, Self::WasmPkg, Self::Oras, Self::Skopeo];

    /// Pulls `repository` at a tag (or, all but [`Self::WasmPkg`], a digest) from a registry without TLS into an empty folder.
    /// What the client said as JSON; `skopeo` says nothing.
    ///
    /// # Errors
    /// Why the client refused.
    ///
    /// # Panics
    /// If the client is not installed.
    pub fn pull(
        self,
        registry: &str,
        repository: &str,
        reference: &str,
        folder: &Path,
    ) -> Result<Value, String> {
        std::fs::create_dir_all(folder).expect("a folder");
        let mut command = match self {
            Self::OciClient => {
                let mut command = Command::new(rust());
                command.args(["oci", registry, repository, reference]);
                command
            }
            Self::WasmPkg => {
                let mut command = Command::new(rust());
                let package = repository.replace('/', ":");
                command.args(["wasm-pkg", registry, &package, reference]);
                command
            }
            Self::Oras => {
                let mut command = Command::new(python());
                command
                    .arg(find::repository().join("tests/peers/pull.py"))
                    .args([registry, repository, reference]);
                command
            }
            Self::Skopeo => return skopeo(registry, repository, reference, folder),
        };
        let output = run(command.arg(folder), folder);
        if !output.status.success() {
            return Err(said(&output));
        }
        let found = serde_json::from_slice(&output.stdout);
        Ok(found.unwrap_or_else(|error| panic!("{self:?} prints no JSON: {error}")))
    }
}

/// `skopeo` has no room for a digest in the name of what it writes.
fn skopeo(registry: &str, repository: &str, reference: &str, to: &Path) -> Result<Value, String> {
    let separator = if reference.contains(':') { '@' } else { ':' };
    let mut command = Command::new("skopeo");
    command
        .args([
            "--insecure-policy",
            "copy",
            "--quiet",
            "--preserve-digests",
            "--src-tls-verify=false",
        ])
        .arg(format!(
            "docker://{registry}/{repository}{separator}{reference}"
        ))
        .arg(format!("oci:{}", to.display()));
    let output = run(&mut command, to);
    if output.status.success() {
        Ok(Value::Null)
    } else {
        Err(said(&output))
    }
}

fn run(command: &mut Command, home: &Path) -> Output {
    // No login and no cache of whoever runs the tests.
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("XDG_RUNTIME_DIR", home);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.output().unwrap_or_else(|error| {
        panic!("{command:?} does not start: {error}; `cargo xtask setup` installs it")
    })
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn rust() -> PathBuf {
    variable(
        "GUILDHALL_PEERS_CLIENTS",
        "the program that tests/peers/clients is built to",
    )
}

fn python() -> PathBuf {
    variable(
        "GUILDHALL_PEERS_PYTHON",
        "the Python with tests/peers/requirements.txt",
    )
}

fn variable(name: &str, what: &str) -> PathBuf {
    let value = std::env::var_os(name);
    let value = value.unwrap_or_else(|| panic!("{name} names {what}; `cargo xtask test` sets it"));
    PathBuf::from(value)
}
