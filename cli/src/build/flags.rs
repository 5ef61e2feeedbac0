//! What the compiler is told so that the same sources give the same bytes in any folder.

use std::path::{Path, PathBuf};

/// A folder of this machine, and the name that stands for it in the component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remap {
    /// The folder.
    pub from: PathBuf,
    /// The name.
    pub to: String,
}

/// 64 KiB of stack: it lies in the first pages of every run.
const STACK: [&str; 2] = ["-C", "link-arg=-zstack-size=65536"];

/// Flags for rustc. Of several remaps that fit, the last one counts: give the general ones first.
#[must_use]
pub fn rustflags(remaps: &[Remap], default_stack: bool) -> Vec<String> {
    let mut flags: Vec<String> = remaps
        .iter()
        .map(|remap| format!("--remap-path-prefix={}={}", remap.from.display(), remap.to))
        .collect();
    if default_stack {
        flags.extend(STACK.map(str::to_owned));
    }
    flags
}

/// A list of texts as cargo's `--config` takes it. Cargo appends it to what its configuration files say.
#[must_use]
pub fn toml_list(items: &[String]) -> String {
    let array: toml_edit::Array = items.iter().map(String::as_str).collect();
    toml_edit::Value::Array(array).to_string().trim().to_owned()
}

/// Whether cargo's configuration, from `folder` upwards, already asks for a stack of some size.
#[must_use]
pub fn names_a_stack(folder: &Path) -> bool {
    folder
        .ancestors()
        .flat_map(|folder| ["config.toml", "config"].map(|name| folder.join(".cargo").join(name)))
        .filter_map(|file| std::fs::read_to_string(file).ok())
        .any(|text| mentions_stack(&text))
}

fn mentions_stack(config: &str) -> bool {
    let Ok(table) = config.parse::<toml::Table>() else {
        return false;
    };
    let flags = table
        .get("target")
        .and_then(|targets| targets.get(super::toolchain::TARGET))
        .and_then(|target| target.get("rustflags"));
    match flags {
        Some(toml::Value::String(text)) => text.contains("stack-size"),
        Some(toml::Value::Array(items)) => items.iter().any(|item| {
            item.as_str()
                .is_some_and(|item| item.contains("stack-size"))
        }),
        _ => false,
    }
}

/// Whether this environment variable would change what is built, and is therefore kept from cargo.
#[must_use]
pub fn changes_the_build(variable: &str) -> bool {
    const EXACT: [&str; 7] = [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "RUSTC",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_BOOTSTRAP",
        "CARGO_INCREMENTAL",
    ];
    let harmless = ["CARGO_BUILD_JOBS", "CARGO_BUILD_TARGET_DIR"].contains(&variable);
    EXACT.contains(&variable)
        || variable.starts_with("CARGO_PROFILE_")
        || variable.starts_with("CARGO_TARGET_WASM32_")
        || (variable.starts_with("CARGO_BUILD_") && !harmless)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_spaces_and_quotes_stays_one_flag() {
        let remap = Remap {
            from: PathBuf::from("/my \"own\" skill"),
            to: "/skill".to_owned(),
        };
        let list = toml_list(&rustflags(&[remap], true));
        let parsed: toml::Table = format!("flags = {list}").parse().unwrap();
        let flags = parsed.get("flags").unwrap().as_array().unwrap();
        assert_eq!(
            flags
                .iter()
                .map(|flag| flag.as_str().unwrap())
                .collect::<Vec<_>>(),
            [
                "--remap-path-prefix=/my \"own\" skill=/skill",
                "-C",
                "link-arg=-zstack-size=65536"
            ]
        );
    }

    #[test]
    fn a_stack_that_the_project_asks_for_is_left_alone() {
        let target = "[target.wasm32-unknown-unknown]\n";
        assert!(mentions_stack(&format!(
            "{target}rustflags = [\"-C\", \"link-arg=-zstack-size=1048576\"]"
        )));
        assert!(mentions_stack(&format!(
            "{target}rustflags = \"-C link-arg=-zstack-size=9\""
        )));
        assert!(!mentions_stack(&format!(
            "{target}linker = \"wasm-component-ld\""
        )));
        assert!(!mentions_stack(
            "[target.wasm32-wasip2]\nrustflags = [\"-zstack-size=9\"]"
        ));
        assert!(!mentions_stack("not toml"));
    }

    #[test]
    fn variables_that_change_the_build_are_kept_away_and_others_are_not() {
        for name in [
            "RUSTFLAGS",
            "RUSTC_WRAPPER",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_BUILD_RUSTFLAGS",
        ] {
            assert!(changes_the_build(name), "{name}");
        }
        for name in [
            "PATH",
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_JOBS",
            "CARGO_HTTP_PROXY",
        ] {
            assert!(!changes_the_build(name), "{name}");
        }
    }
}
