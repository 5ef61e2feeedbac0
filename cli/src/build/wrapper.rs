//! Stands between cargo and rustc for crates by path.
//!
//! For a crate that lies outside the workspace, such as an SDK beside it, cargo makes the crate's identity
//! (`-C metadata`) from its absolute path. That identity orders functions in the component, so the same sources would
//! give other bytes in another folder. Here it is made from what rustc is told instead, paths left out.

use crate::exit::Exit;
use guildhall_package::Digest;
use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Set for cargo's child processes: this program is then the wrapper. Its value is the folder of crates that come
/// from a registry, whose identity is the same everywhere.
pub const VARIABLE: &str = "GUILDHALL_RUSTC_WRAPPER";

/// Options whose value is a path, or made from one.
const PATHS: [&str; 5] = ["--extern", "-L", "--out-dir", "--remap-path-prefix", "-l"];
const CODEGEN_PATHS: [&str; 4] = ["metadata=", "extra-filename=", "incremental=", "linker="];

/// Runs rustc as cargo asked, with an identity that no folder changes. Returns only if that fails.
pub fn run(registry: OsString) -> Exit {
    let mut arguments = std::env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        return Exit::Usage;
    };
    let mut arguments: Vec<OsString> = arguments.collect();
    let variable = |name: &str| std::env::var_os(name).unwrap_or_default();
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let by_path = !folder.as_os_str().is_empty() && !folder.starts_with(Path::new(&registry));
    if by_path {
        let package = [variable("CARGO_PKG_NAME"), variable("CARGO_PKG_VERSION")];
        arguments = with_stable_identity(&package, arguments);
    }
    let error = Command::new(&rustc).args(arguments).exec();
    // Cargo shows what its compiler says.
    let _ = writeln!(std::io::stderr(), "error: {}: {error}", rustc.display());
    Exit::Fault
}

fn with_stable_identity(package: &[OsString], arguments: Vec<OsString>) -> Vec<OsString> {
    let identity = format!(
        "metadata={}",
        Digest::of(&identity(package, &arguments)).short()
    );
    let mut after_codegen = false;
    arguments
        .into_iter()
        .map(|argument| {
            let replace = after_codegen && starts_with(&argument, "metadata=");
            after_codegen = argument == "-C";
            if replace {
                identity.clone().into()
            } else {
                argument
            }
        })
        .collect()
}

/// What tells one compilation of a package from another, wherever it lies.
fn identity(package: &[OsString], arguments: &[OsString]) -> Vec<u8> {
    let mut kept: Vec<&OsStr> = package.iter().map(OsString::as_os_str).collect();
    let mut arguments = arguments.iter().peekable();
    while let Some(argument) = arguments.next() {
        let takes_path = PATHS.iter().any(|option| argument == option);
        let codegen_path = argument == "-C"
            && arguments.peek().is_some_and(|value| {
                CODEGEN_PATHS
                    .iter()
                    .any(|option| starts_with(value, option))
            });
        if takes_path || codegen_path {
            arguments.next();
            continue;
        }
        let is_path = Path::new(argument)
            .extension()
            .is_some_and(|extension| extension == "rs")
            || starts_with(argument, "--remap-path-prefix=")
            || starts_with(argument, "--json=");
        if !is_path {
            kept.push(argument);
        }
    }
    let mut bytes = Vec::new();
    for part in kept {
        bytes.extend_from_slice(part.as_encoded_bytes());
        bytes.push(0);
    }
    bytes
}

fn starts_with(text: &OsStr, prefix: &str) -> bool {
    text.as_encoded_bytes().starts_with(prefix.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn called(folder: &str, metadata: &str, feature: &str) -> Vec<OsString> {
        let source = format!("{folder}/src/lib.rs");
        let remap = format!("--remap-path-prefix={folder}=/x");
        let metadata = format!("metadata={metadata}");
        let library = format!("dependency={folder}/target");
        let arguments = [
            "--crate-name",
            "sdk",
            "--edition=2024",
            &source,
            "--crate-type",
            "lib",
            "--cfg",
            feature,
            "-C",
            &metadata,
            "-C",
            "opt-level=s",
            "-L",
            &library,
            &remap,
        ];
        let package = ["sdk".into(), "1.0.0".into()];
        with_stable_identity(&package, arguments.map(OsString::from).to_vec())
    }

    fn identity_of(arguments: &[OsString]) -> String {
        let found = arguments
            .iter()
            .find(|argument| starts_with(argument, "metadata="));
        found.unwrap().to_string_lossy().into_owned()
    }

    #[test]
    fn a_crate_has_the_same_identity_in_every_folder() {
        let here = called("/here", "aaaa", "feature=\"x\"");
        let there = called("/there/deep", "bbbb", "feature=\"x\"");
        assert_eq!(identity_of(&here), identity_of(&there));
        assert_ne!(identity_of(&here), "metadata=aaaa");
    }

    #[test]
    fn other_features_make_another_crate() {
        let one = called("/here", "aaaa", "feature=\"x\"");
        let two = called("/here", "aaaa", "feature=\"y\"");
        assert_ne!(identity_of(&one), identity_of(&two));
    }

    #[test]
    fn nothing_but_the_identity_changes() {
        let before = called("/here", "aaaa", "f");
        assert_eq!(before.len(), 15);
        assert!(before.contains(&OsString::from("/here/src/lib.rs")));
        assert!(before.contains(&OsString::from("opt-level=s")));
    }
}
