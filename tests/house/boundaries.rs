//! Imports run one way: `package <- host <- console <- cli`, `package <- web <- {marketplace, console}`, `marketplace <- cli`, and `wit <- sdk <- skills` inside the sandbox.

use crate::root;
use crate::sources::{Source, product_files};
use crate::tokens::paths;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// A crate, and what it must never depend on, also through others.
struct Crate {
    manifest: &'static str,
    /// Crates of this repository that it may depend on.
    house: &'static [&'static str],
    /// Crates that must not be among its direct dependencies.
    never: &'static [&'static str],
}

const ENGINE: &[&str] = &[
    "wasmtime",
    "wasmtime-wasi",
    "tokio",
    "sqlx",
    "axum",
    "clap",
    "hyper",
    "rustls",
    "cap-std",
    "rustix",
];
const FRONT: &[&str] = &[
    "axum",
    "clap",
    "inquire",
    "indicatif",
    "comfy-table",
    "owo-colors",
    "anyhow",
    "reqwest",
];

const CRATES: &[Crate] = &[
    Crate {
        manifest: "package/Cargo.toml",
        house: &[],
        never: ENGINE,
    },
    Crate {
        manifest: "host/Cargo.toml",
        house: &["guildhall-package"],
        never: FRONT,
    },
    Crate {
        manifest: "web/Cargo.toml",
        house: &["guildhall-package"],
        never: &["wasmtime", "wasmtime-wasi", "clap", "anyhow", "reqwest"],
    },
    Crate {
        manifest: "marketplace/Cargo.toml",
        house: &["guildhall-package", "guildhall-web"],
        never: &["wasmtime", "wasmtime-wasi", "clap", "anyhow"],
    },
    Crate {
        manifest: "console/Cargo.toml",
        house: &["guildhall-package", "guildhall-web", "guildhall-host"],
        never: &["wasmtime", "wasmtime-wasi", "clap", "anyhow", "reqwest"],
    },
    Crate {
        manifest: "cli/Cargo.toml",
        house: &[
            "guildhall-package",
            "guildhall-host",
            "guildhall-marketplace",
            "guildhall-console",
        ],
        never: &[
            "wasmtime",
            "wasmtime-wasi",
            "sqlx",
            "hyper",
            "axum",
            "anyhow",
        ],
    },
    Crate {
        manifest: "xtask/Cargo.toml",
        house: &[],
        never: &["anyhow"],
    },
    Crate {
        manifest: "sdk/rust/Cargo.toml",
        house: &["guildhall-sdk-macros"],
        never: ENGINE,
    },
    Crate {
        manifest: "sdk/rust/macros/Cargo.toml",
        house: &[],
        never: ENGINE,
    },
];

/// Sections of a manifest that are product.
const PRODUCT: [&str; 2] = ["dependencies", "build-dependencies"];

fn dependencies(manifest: &Path, sections: &[&str]) -> BTreeSet<String> {
    let text = std::fs::read_to_string(manifest)
        .unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let table: toml::Table = text.parse().unwrap();
    let mut tables = vec![&table];
    if let Some(targets) = table.get("target").and_then(toml::Value::as_table) {
        tables.extend(targets.values().filter_map(toml::Value::as_table));
    }
    let entries = tables.into_iter().flat_map(|table| {
        sections
            .iter()
            .filter_map(|section| table.get(*section))
            .filter_map(toml::Value::as_table)
            .flatten()
    });
    entries
        .map(|(name, value)| {
            // A renamed dependency is still itself.
            value
                .get("package")
                .and_then(toml::Value::as_str)
                .unwrap_or(name)
                .to_owned()
        })
        .collect()
}

/// What skills may use of this repository: the SDK, and the libraries that lie beside them.
const SHARED_BY_SKILLS: &[&str] = &[
    "guildhall-sdk",
    "guildhall-answer",
    "guildhall-invoice",
    "guildhall-numbers",
    "guildhall-payables",
    "guildhall-ubl",
    "guildhall-vat",
];

#[test]
fn no_crate_depends_on_what_lies_above_it() {
    let mut problems = Vec::new();
    let mut check = |manifest: &str, house: &[&str], never: &[&str]| {
        for dependency in dependencies(&root().join(manifest), &PRODUCT) {
            let of_the_house = dependency.starts_with("guildhall-") || dependency == "xtask";
            if of_the_house && !house.contains(&dependency.as_str()) {
                problems.push(format!(
                    "{manifest} depends on {dependency}; of this repository it may use {house:?}"
                ));
            }
            if never.contains(&dependency.as_str()) {
                problems.push(format!(
                    "{manifest} depends on {dependency}, which it must never do"
                ));
            }
        }
    };
    for krate in CRATES {
        check(krate.manifest, krate.house, krate.never);
    }
    let skills = root().join("skills-examples");
    for entry in std::fs::read_dir(&skills).unwrap().flatten() {
        if entry.path().join("Cargo.toml").is_file() {
            let manifest = format!(
                "skills-examples/{}/Cargo.toml",
                entry.file_name().to_string_lossy()
            );
            check(&manifest, SHARED_BY_SKILLS, ENGINE);
        }
    }
    crate::assert_none(
        problems,
        "Imports run one way; docs/architecture.md says why.",
    );
}

#[test]
fn every_crate_of_the_house_has_a_rule() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let members = table["workspace"]["members"].as_array().unwrap();
    for member in members.iter().filter_map(toml::Value::as_str) {
        let known = CRATES
            .iter()
            .any(|krate| krate.manifest == format!("{member}/Cargo.toml"));
        // These test the house and may look into every room.
        let tests = ["tests", "tests/clock", "tests/faults", "fuzz"];
        assert!(
            known || tests.contains(&member),
            "{member} has no rule in tests/house/boundaries.rs"
        );
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

/// Names of everything that is linked into a crate of the house.
fn linked(of: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    let names: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package.name.as_str()))
        .collect();
    let nodes: BTreeMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let start = metadata
        .packages
        .iter()
        .find(|package| package.name == of)
        .unwrap();
    let mut open = vec![start.id.as_str()];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            let normal = |dependency: &&Dependency| {
                dependency.dep_kinds.iter().any(|kind| kind.kind.is_none())
            };
            open.extend(
                nodes[id]
                    .deps
                    .iter()
                    .filter(normal)
                    .map(|dependency| dependency.pkg.as_str()),
            );
        }
    }
    seen.into_iter().map(|id| names[id].to_owned()).collect()
}

#[test]
fn the_package_crate_links_no_engine_no_runtime_and_no_store() {
    let linked = linked("guildhall-package");
    assert!(
        linked.contains("wasmparser"),
        "the graph was not read: {linked:?}"
    );
    for never in [
        "wasmtime",
        "tokio",
        "sqlx",
        "hyper",
        "rustls",
        "mio",
        "cap-std",
        "libsqlite3-sys",
    ] {
        assert!(!linked.contains(never), "guildhall-package links {never}");
    }
}

#[test]
fn the_host_crate_links_no_server_and_no_command_line() {
    let linked = linked("guildhall-host");
    assert!(
        linked.contains("wasmtime"),
        "the graph was not read: {linked:?}"
    );
    for never in [
        "axum",
        "clap",
        "reqwest",
        "native-tls",
        "openssl",
        "anstream",
    ] {
        assert!(!linked.contains(never), "guildhall-host links {never}");
    }
}

/// The path with `super` and `self` resolved, from inside `module`; none for paths of other crates.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut base: Vec<String> = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" => module.to_vec(),
        "super" => module.get(..module.len().checked_sub(1)?)?.to_vec(),
        _ => return None,
    };
    for segment in path.iter().skip(1) {
        if segment == "super" {
            base.pop()?;
        } else {
            base.push(segment.clone());
        }
    }
    Some(base)
}

fn capabilities() -> BTreeSet<String> {
    std::fs::read_dir(root().join("host/src/capabilities"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn no_capability_imports_another_one() {
    let known = capabilities();
    assert!(known.len() >= 7, "{known:?}");
    let mut problems = Vec::new();
    for Source {
        path: file,
        module,
        tokens,
    } in product_files("host")
    {
        let [first, own, ..] = module.as_slice() else {
            continue;
        };
        if first != "capabilities" || !known.contains(own) {
            continue;
        }
        for (path, line) in paths(tokens) {
            if let Some([first, other, ..]) = absolute(module, &path).as_deref()
                && first == "capabilities"
                && other != own
                && known.contains(other)
            {
                problems.push(format!(
                    "{file}:{line}: {own} imports {other} by `{}`",
                    path.join("::")
                ));
            }
        }
    }
    crate::assert_none(
        problems,
        "What two capabilities share belongs into host/src/capabilities/mod.rs.",
    );
}

/// A folder of host/src that is data and pure functions.
struct Pure {
    folder: &'static str,
    /// Folders of this crate that it must not import.
    never_folders: &'static [&'static str],
    /// What it must not name of other crates.
    never_names: &'static [&'static str],
}

const PURE: &[Pure] = &[
    Pure {
        folder: "effects",
        never_folders: &["journal", "host", "invocation", "engine", "guest"],
        never_names: &[
            "tokio",
            "std::fs",
            "wasmtime",
            "sqlx",
            "SystemTime",
            "Instant",
        ],
    },
    Pure {
        folder: "grants",
        never_folders: &["journal", "host", "invocation", "engine", "guest"],
        never_names: &[
            "tokio",
            "std::fs",
            "wasmtime",
            "sqlx",
            "SystemTime",
            "Instant",
        ],
    },
    Pure {
        folder: "values",
        never_folders: &[
            "journal",
            "host",
            "invocation",
            "engine",
            "guest",
            "capabilities",
            "grants",
        ],
        never_names: &["tokio", "std::fs", "sqlx", "SystemTime", "Instant"],
    },
];

#[test]
fn grants_effects_and_values_are_pure() {
    let mut problems = Vec::new();
    for Source {
        path: file,
        module,
        tokens,
    } in product_files("host")
    {
        for pure in PURE
            .iter()
            .filter(|pure| module.first().is_some_and(|first| first == pure.folder))
        {
            for (path, line) in paths(tokens) {
                let hit = match absolute(module, &path) {
                    Some(inside) => pure
                        .never_folders
                        .iter()
                        .any(|never| inside.first().is_some_and(|first| first == never)),
                    None => pure.never_names.iter().any(|never| {
                        let segments: Vec<&str> = never.split("::").collect();
                        path.len() >= segments.len()
                            && path.iter().zip(&segments).all(|(a, b)| a == b)
                    }),
                };
                if hit {
                    problems.push(format!(
                        "{file}:{line}: {} is pure and names `{}`",
                        pure.folder,
                        path.join("::")
                    ));
                }
            }
        }
    }
    crate::assert_none(problems, "Decide here, act elsewhere.");
}

#[test]
fn a_path_with_super_is_resolved() {
    let module = ["capabilities", "files", "commit"].map(str::to_owned);
    let resolved = |path: &[&str]| {
        let path: Vec<String> = path.iter().map(|segment| (*segment).to_owned()).collect();
        absolute(&module, &path).map(|path| path.join("::"))
    };
    assert_eq!(
        resolved(&["super", "super", "network", "egress"]).as_deref(),
        Some("capabilities::network::egress")
    );
    assert_eq!(
        resolved(&["crate", "capabilities", "state"]).as_deref(),
        Some("capabilities::state")
    );
    assert_eq!(
        resolved(&["self", "x"]).as_deref(),
        Some("capabilities::files::commit::x")
    );
    assert_eq!(resolved(&["std", "fs"]), None);
}
