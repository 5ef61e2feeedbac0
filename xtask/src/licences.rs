//! `licences`: licences, sources and bans of everything that is linked, from deny.toml.
//!
//! deny.toml has the format of cargo-deny, which anybody can run over it too. CI does not, because building it takes
//! minutes of a small machine and its advisory database needs the network; the three checks that need neither are here.

use crate::error::TaskError;
use crate::json;
use crate::process;
use crate::report::Tally;
use crate::repository::{self, PEER_CLIENTS};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The part of deny.toml that is checked here.
#[derive(Debug, Deserialize)]
struct Policy {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Banned>,
}

#[derive(Debug, Deserialize)]
struct Banned {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
    /// The only crates that may depend on it; none may where there are none.
    #[serde(default)]
    wrappers: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Sources {
    allow_git: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

/// What depends on what with the features that are chosen.
#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

/// Checks all workspaces and prints how many crates were looked at.
pub fn run() -> Result<(), TaskError> {
    check().map(|_| ())
}

/// The same, counted as one check.
pub fn check() -> Result<Tally, TaskError> {
    let file = repository::root().join("deny.toml");
    let text = std::fs::read_to_string(&file).map_err(TaskError::file(&file))?;
    let policy: Policy =
        toml::from_str(&text).map_err(|error| TaskError::check(format!("deny.toml: {error}")))?;
    let mut seen = BTreeSet::new();
    let mut problems = BTreeSet::new();
    for workspace in repository::all() {
        let metadata = process::output(process::cargo(&workspace).args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
        ]))?;
        let metadata: Metadata = json::parse("the output of `cargo metadata`", &metadata)?;
        // What the clients of others are made of is theirs to choose: nothing of it enters what is ours.
        let bans = workspace != PEER_CLIENTS;
        if bans {
            problems.extend(policy.wrong_users(&metadata));
        }
        for package in metadata.packages {
            problems.extend(policy.problems(&package));
            if bans {
                problems.extend(policy.banned(&package));
            }
            seen.insert((package.name, package.version));
        }
    }
    if problems.is_empty() {
        println!(
            "{} crates: licences, sources and bans are in order",
            seen.len()
        );
        return Ok(Tally::ONE);
    }
    for problem in &problems {
        println!("{problem}");
    }
    Err(TaskError::check(format!(
        "{} problems with dependencies",
        problems.len()
    )))
}

impl Policy {
    /// Who depends on what only others may depend on.
    fn wrong_users(&self, metadata: &Metadata) -> Vec<String> {
        let name_of = |id: &str| {
            let package = metadata.packages.iter().find(|package| package.id == id);
            package.map_or("", |package| package.name.as_str())
        };
        let mut problems = Vec::new();
        for banned in self.bans.deny.iter().filter(|ban| !ban.wrappers.is_empty()) {
            let uses = |node: &&Node| {
                node.dependencies
                    .iter()
                    .any(|id| name_of(id) == banned.name)
            };
            for node in metadata.resolve.nodes.iter().filter(uses) {
                let user = name_of(&node.id);
                if !banned.wrappers.iter().any(|wrapper| wrapper == user) {
                    problems.push(format!(
                        "{user} depends on {}, which only {} may: {}",
                        banned.name,
                        banned.wrappers.join(", "),
                        banned.reason
                    ));
                }
            }
        }
        problems
    }

    /// Whether nobody may depend on it.
    fn banned(&self, package: &Package) -> Option<String> {
        let Package { name, version, .. } = package;
        let mut bans = self.bans.deny.iter();
        let ban = bans.find(|ban| ban.name == *name && ban.wrappers.is_empty())?;
        Some(format!("{name} {version} is banned: {}", ban.reason))
    }

    /// What is wrong with its licence or its source.
    fn problems(&self, package: &Package) -> Vec<String> {
        let name = format!("{} {}", package.name, package.version);
        let mut problems = Vec::new();
        match &package.license {
            None => problems.push(format!("{name} names no licence")),
            Some(licence) if !self.allows(licence) => problems.push(format!(
                "{name} is under `{licence}`, of which deny.toml allows no choice"
            )),
            Some(_) => {}
        }
        if let Some(source) = &package.source {
            let git = source.starts_with("git+");
            if git
                && !self
                    .sources
                    .allow_git
                    .iter()
                    .any(|allowed| source.contains(allowed))
            {
                problems.push(format!(
                    "{name} comes from a git repository, not from the registry"
                ));
            }
        }
        problems
    }

    fn allows(&self, licence: &str) -> bool {
        let allowed = |requirement: &spdx::LicenseReq| {
            let text = requirement.to_string();
            self.licenses.allow.contains(&text)
        };
        spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX)
            .is_ok_and(|expression| expression.evaluate(allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy {
            licenses: Licences {
                allow: vec![
                    "MIT".to_owned(),
                    "Apache-2.0 WITH LLVM-exception".to_owned(),
                ],
            },
            bans: Bans {
                deny: vec![
                    Banned {
                        name: "openssl".to_owned(),
                        reason: "rustls is used".to_owned(),
                        wrappers: Vec::new(),
                    },
                    Banned {
                        name: "client".to_owned(),
                        reason: "it follows redirects".to_owned(),
                        wrappers: vec!["cli".to_owned()],
                    },
                ],
            },
            sources: Sources {
                allow_git: Vec::new(),
            },
        }
    }

    fn package(name: &str, licence: &str, source: Option<&str>) -> Package {
        Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: Some(licence.to_owned()),
            source: source.map(str::to_owned),
        }
    }

    #[test]
    fn one_allowed_choice_is_enough_and_every_part_of_an_and_is_needed() {
        for (licence, allowed) in [
            ("MIT", true),
            ("MIT OR GPL-3.0-only", true),
            ("MIT/Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception", true),
            ("Apache-2.0", false),
            ("MIT AND GPL-3.0-only", false),
            ("nonsense of its own", false),
        ] {
            assert_eq!(policy().allows(licence), allowed, "{licence}");
        }
    }

    #[test]
    fn a_banned_crate_and_a_git_source_are_named_with_the_reason() {
        let openssl = package("openssl", "MIT", Some("git+https://example.org/x"));
        assert_eq!(
            policy().banned(&openssl).as_deref(),
            Some("openssl 1.0.0 is banned: rustls is used")
        );
        assert_eq!(
            policy().problems(&openssl),
            ["openssl 1.0.0 comes from a git repository, not from the registry"]
        );
        assert_eq!(policy().banned(&package("fine", "MIT", None)), None);
        assert!(policy().problems(&package("fine", "MIT", None)).is_empty());
    }

    #[test]
    fn a_crate_that_only_some_may_use_is_named_with_everybody_else_who_does() {
        let node = |id: &str, dependencies: &[&str]| Node {
            id: id.to_owned(),
            dependencies: dependencies.iter().map(|id| (*id).to_owned()).collect(),
        };
        let names = ["client", "cli", "host", "other"];
        let metadata = Metadata {
            packages: names
                .iter()
                .map(|name| package(name, "MIT", None))
                .collect(),
            resolve: Resolve {
                nodes: vec![
                    node("cli", &["client", "host"]),
                    node("host", &["client"]),
                    node("other", &["host"]),
                    node("client", &[]),
                ],
            },
        };
        assert_eq!(
            policy().wrong_users(&metadata),
            ["host depends on client, which only cli may: it follows redirects"]
        );
        // It may be used by some, so it is not banned.
        assert_eq!(policy().banned(&package("client", "MIT", None)), None);
    }
}
