//! The manifest against the bytes: neither may say more than the other.

use super::error::{ManifestErrors, Mistakes, Place};
use super::{Manifest, Places};
use crate::authority::Access;
use crate::capability::Capability;
use crate::component::SkillPackage;

pub(super) fn check(manifest: &Manifest, package: &SkillPackage) -> Result<(), ManifestErrors> {
    let mut mistakes = Mistakes::default();
    for capability in Capability::ALL {
        if !capability.needs_declaration() {
            continue;
        }
        let declared = declarations(manifest, capability);
        match (package.import_of(capability), declared.is_empty()) {
            (None, false) => {
                for place in declared {
                    mistakes.add(
                        place,
                        format!(
                            "`{capability}` is declared, but the component does not import {}; a skill asks for nothing that it cannot use",
                            capability.interface()
                        ),
                        "remove this table, or use the interface in the skill's code and build it again",
                    );
                }
            }
            (Some(import), true) => mistakes.add(
                manifest.places.end,
                format!(
                    "the component imports {} ({}), but `{capability}` is not declared; a skill says everything that it may do",
                    import.name,
                    import.functions.join(", ")
                ),
                format!("add {}, or remove the use from the skill's code", snippet(capability)),
            ),
            _ => {}
        }
    }
    access(manifest, package, &mut mistakes);
    if !manifest.settings.is_empty() && !package.calls(Capability::Context, "setting") {
        mistakes.add(
            manifest.places.settings,
            "settings are declared, but the component never reads one (`setting` of guildhall:skill/context is not imported)",
            "remove the settings, or read them in the skill's code and build it again",
        );
    }
    mistakes.finish(Some(()))
}

fn declarations(manifest: &Manifest, capability: Capability) -> Vec<Place> {
    let Places {
        network,
        files,
        payments,
        messages,
        state,
        ..
    } = &manifest.places;
    match capability {
        Capability::Network => network.clone(),
        Capability::Files => files.clone(),
        Capability::Payments => payments.clone(),
        Capability::Messages => messages.clone(),
        Capability::State => manifest.state.iter().map(|_| *state).collect(),
        Capability::Context | Capability::Log => Vec::new(),
    }
}

/// Access that the imported functions cannot use. The other way round is no mistake: interpreters import whole
/// interfaces, and what is not declared is not granted.
fn access(manifest: &Manifest, package: &SkillPackage, mistakes: &mut Mistakes) {
    if package.import_of(Capability::Files).is_none() {
        return;
    }
    let calls = |functions: &[&str]| {
        functions
            .iter()
            .any(|function| package.calls(Capability::Files, function))
    };
    let reads = calls(&["list", "stat", "read", "read-range"]);
    let writes = calls(&["write"]);
    for (decl, place) in manifest.files.iter().zip(&manifest.places.files) {
        let possible = match decl.access {
            Access::Read => reads,
            Access::Write => writes,
            Access::ReadWrite => reads && writes,
        };
        if possible {
            continue;
        }
        let fix = match (reads, writes) {
            (true, _) => "write access = \"read\"",
            (false, true) => "write access = \"write\"",
            (false, false) => "remove this table",
        };
        mistakes.add(
            *place,
            format!(
                "`{}` is declared with access \"{}\", but the component does not import the functions for it",
                decl.name, decl.access
            ),
            format!("{fix}, or use it in the skill's code and build it again"),
        );
    }
}

const fn snippet(capability: Capability) -> &'static str {
    match capability {
        Capability::Network => {
            "[[capabilities.network]] with methods = [\"GET\"], url = \"https://example.com/reports/*\" and a reason"
        }
        Capability::Files => {
            "[[capabilities.files]] with name = \"invoices\", access = \"read\" and a reason"
        }
        Capability::Payments => "[[capabilities.payments]] with payees = [\"iban:*\"] and a reason",
        Capability::Messages => {
            "[[capabilities.messages]] with channels = [\"email\"] and a reason"
        }
        Capability::State => "[capabilities.state] with a reason",
        Capability::Context | Capability::Log => "nothing",
    }
}
