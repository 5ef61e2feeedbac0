//! What the bytes say by themselves. Nothing of the component runs for this.

use super::finding::{note, refuse, refuse_text, warn};
use guildhall_package::market::review::ReviewTask;
use guildhall_package::market::{Authority, Finding};
use guildhall_package::{Capability, Lane, ManifestErrors, ReadError, SkillPackage};
use std::collections::BTreeSet;

/// Why a component can't be read.
pub fn unreadable(error: &ReadError) -> Vec<Finding> {
    let code = match error {
        ReadError::TooLarge { .. } => "component.too-large",
        ReadError::NotWasm => "component.not-wasm",
        ReadError::CoreModule => "component.core-module",
        ReadError::TooMany { .. } => "component.too-many",
        ReadError::Section { .. } => "component.section",
        ReadError::Manifest(errors) => return mistakes(errors),
        _ => "component.invalid",
    };
    vec![refuse_text(
        code,
        &error.to_string(),
        "build it again with `guildhall build`",
    )]
}

/// Mistakes of a manifest.
pub fn mistakes(errors: &ManifestErrors) -> Vec<Finding> {
    errors
        .as_slice()
        .iter()
        .map(|error| {
            let sentence = format!(
                "skill.toml:{}:{}: {}",
                error.line, error.column, error.message
            );
            refuse("manifest.mistake", sentence, &error.fix)
        })
        .collect()
}

/// What is wrong or worth knowing about a component that can be read.
pub fn findings(package: &SkillPackage, task: &ReviewTask) -> Vec<Finding> {
    let mut found = Vec::new();
    if let Lane::Refused(imports) = &package.lane {
        found.extend(imports.iter().map(|import| {
            let sentence = format!("the component imports {}, which no skill gets", import.name);
            refuse("component.import", sentence, &import.instead)
        }));
    }
    match &package.manifest {
        None => found.push(refuse(
            "manifest.missing",
            "the component carries no manifest, so that nobody can say what it asks for and why",
            "build it with `guildhall build`, which embeds skill.toml",
        )),
        Some(manifest) => {
            if manifest.name != task.name {
                found.push(refuse(
                    "manifest.name",
                    format!(
                        "the manifest calls the skill {}, the release calls it {}",
                        manifest.name, task.name
                    ),
                    "publish it under the name in skill.toml",
                ));
            }
            if manifest.version != task.version {
                found.push(refuse(
                    "manifest.version",
                    format!(
                        "the manifest says version {}, the release says {}",
                        manifest.version, task.version
                    ),
                    "publish it under the version in skill.toml",
                ));
            }
            if let Err(errors) = manifest.check(package) {
                found.extend(mistakes(&errors));
            }
        }
    }
    operations(package, &mut found);
    if let Some(previous) = &task.previous {
        let wider = Authority::of(package).wider_than(previous);
        found.extend(wider.iter().map(|wider| {
            warn(
                "authority.wider",
                format!("it asks for more than the release before it: {wider}"),
                "if that is not meant, take it out of skill.toml; otherwise a reviewer decides",
            )
        }));
    }
    found
}

fn operations(package: &SkillPackage, found: &mut Vec<Finding>) {
    let callable = package
        .operations
        .iter()
        .filter(|operation| operation.unsupported.is_none())
        .count();
    if callable == 0 {
        found.push(refuse(
            "operation.none",
            "there is no operation that could be called",
            "export at least one function of plain types in wit/world.wit",
        ));
    }
    for operation in &package.operations {
        if let Some(why) = &operation.unsupported {
            found.push(warn(
                "operation.unsupported",
                format!("the operation {} can't be called: {why}", operation.name),
                "change its types, or don't export it",
            ));
        }
    }
    let undocumented: Vec<&str> = package
        .operations
        .iter()
        .filter(|operation| operation.doc.is_none())
        .map(|operation| operation.name.as_str())
        .collect();
    if !undocumented.is_empty() {
        found.push(note(
            "operation.undocumented",
            format!(
                "these operations have no description: {}",
                undocumented.join(", ")
            ),
            "write a comment with /// above each in wit/world.wit",
        ));
    }
}

/// Capabilities that must be declared and that no golden case used.
pub fn unused(package: &SkillPackage, used: &BTreeSet<Capability>) -> Vec<Finding> {
    package
        .capabilities()
        .filter(|capability| capability.needs_declaration() && !used.contains(capability))
        .map(|capability| {
            warn(
                "capability.unused",
                format!("it asks for `{capability}`, and none of its golden cases uses it"),
                format!("add a golden case that uses it, or take `{capability}` out of the skill"),
            )
        })
        .collect()
}
