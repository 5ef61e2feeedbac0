//! What a skill is and can do, in words for a person and as data for a program.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::authority::{Access, FolderDecl, Method};
use crate::capability::Capability;
use crate::component::{ImportKind, Lane, Operation, SkillPackage};
use crate::digest::Digest;
use crate::manifest::{Manifest, MessageDecl, NetworkDecl, PaymentDecl, StateDecl};
use crate::text::plain;

/// A report on a component. All texts in it are safe to print; those of the author stay the author's claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Digest of the bytes.
    pub digest: Digest,
    /// Length in bytes.
    pub bytes: usize,
    /// `publisher/skill`, if the component carries a manifest. Not verified by anything here.
    pub name: Option<String>,
    /// Version from the manifest.
    pub version: Option<String>,
    /// Description from the manifest.
    pub description: Option<String>,
    /// Licence from the manifest.
    pub licence: Option<String>,
    /// `strict`, `inert-wasi` or `refused`.
    pub lane: &'static str,
    /// Names of all imports.
    pub imports: Vec<String>,
    /// Imports that keep it from running here; empty unless the lane is `refused`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedView>,
    /// What can be called.
    pub operations: Vec<OperationView>,
    /// What it can do, proved from the imports and narrowed by the manifest.
    pub capabilities: Vec<CapabilityView>,
    /// What it cannot do, one sentence each.
    pub cannot: Vec<String>,
}

/// An import that is not served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedView {
    /// Name of the import.
    pub name: String,
    /// Why not, and what to do.
    pub instead: String,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationView {
    /// Name by which it is called.
    pub name: String,
    /// The author's words.
    pub doc: Option<String>,
    /// JSON Schema of the input object.
    pub input_schema: Value,
    /// JSON Schema of the output.
    pub output_schema: Value,
    /// JSON Schema of the typed failure, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_schema: Option<Value>,
    /// Why it cannot be called, if it cannot; the schemas then say nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
}

/// A capability that the component imports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityView {
    /// Which one.
    pub capability: Capability,
    /// What that means, for a merchant.
    pub sentence: String,
    /// What the manifest asks for in particular.
    pub details: Vec<Detail>,
}

/// One thing that the manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// What, for example `GET https://example.com/reports/*`.
    pub what: String,
    /// The author's reason.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
}

impl Inspection {
    /// The report on a component.
    #[must_use]
    pub fn of(package: &SkillPackage) -> Self {
        let manifest = package.manifest.as_ref();
        let (lane, refused) = match &package.lane {
            Lane::Strict => ("strict", Vec::new()),
            Lane::InertWasi => ("inert-wasi", Vec::new()),
            Lane::Refused(refused) => (
                "refused",
                refused
                    .iter()
                    .map(|import| RefusedView {
                        name: import.name.clone(),
                        instead: import.instead.clone(),
                    })
                    .collect(),
            ),
        };
        Self {
            digest: package.digest,
            bytes: package.size,
            name: manifest.map(|manifest| manifest.name.to_string()),
            version: manifest.map(|manifest| manifest.version.to_string()),
            description: manifest.map(|manifest| plain(&manifest.description, 2000)),
            licence: manifest.map(|manifest| plain(&manifest.licence, 200)),
            lane,
            imports: package
                .imports
                .iter()
                .map(|import| import.name.clone())
                .collect(),
            refused,
            operations: package.operations.iter().map(operation).collect(),
            capabilities: package
                .capabilities()
                .map(|capability| CapabilityView {
                    capability,
                    sentence: sentence(package, capability).to_owned(),
                    details: manifest
                        .map_or_else(Vec::new, |manifest| details(manifest, capability)),
                })
                .collect(),
            cannot: cannot(package),
        }
    }
}

fn operation(operation: &Operation) -> OperationView {
    OperationView {
        name: plain(&operation.name, 300),
        doc: operation.doc.clone(),
        input_schema: operation.input_schema(),
        output_schema: operation.output_schema(),
        failure_schema: operation.failure_schema(),
        unsupported: operation.unsupported.clone(),
    }
}

/// Whether the imported functions can read files, and whether they can stage writes.
fn file_use(package: &SkillPackage) -> (bool, bool) {
    let calls = |function| package.calls(Capability::Files, function);
    (
        ["list", "stat", "read", "read-range"]
            .into_iter()
            .any(calls),
        calls("write"),
    )
}

fn sentence(package: &SkillPackage, capability: Capability) -> &'static str {
    let reads_only = package.manifest.as_ref().is_some_and(|manifest| {
        !manifest.network.is_empty()
            && manifest
                .network
                .iter()
                .all(|decl| decl.grant.methods.is_read_only())
    });
    match capability {
        Capability::Files => match file_use(package) {
            (true, true) => capability.can(),
            (true, false) => {
                "It can read the files and folders that you grant. It cannot change them."
            }
            (false, true) => {
                "It can propose files in the folders that you grant, without reading what is there. They are written only after you approve."
            }
            (false, false) => {
                "It can see the names under which you grant files, but not open them."
            }
        },
        Capability::Network if reads_only => {
            "It can fetch data from the internet addresses that you grant, and from no others."
        }
        _ => capability.can(),
    }
}

fn details(manifest: &Manifest, capability: Capability) -> Vec<Detail> {
    match capability {
        Capability::Network => manifest.network.iter().map(network_detail).collect(),
        Capability::Files => manifest.files.iter().map(file_detail).collect(),
        Capability::Payments => manifest.payments.iter().map(payment_detail).collect(),
        Capability::Messages => manifest.messages.iter().map(message_detail).collect(),
        Capability::State => manifest.state.iter().map(state_detail).collect(),
        Capability::Context => manifest
            .settings
            .iter()
            .map(|(name, setting)| detail(format!("setting {name}"), &setting.description, true))
            .collect(),
        Capability::Log => Vec::new(),
    }
}

fn detail(what: String, reason: &str, optional: bool) -> Detail {
    Detail {
        what,
        reason: plain(reason, 300),
        optional,
    }
}

fn network_detail(decl: &NetworkDecl) -> Detail {
    let writes = decl
        .grant
        .methods
        .iter()
        .any(|method: Method| !method.is_read());
    let note = if writes {
        " (can change data there)"
    } else {
        ""
    };
    detail(format!("{}{note}", decl.grant), &decl.reason, decl.optional)
}

fn file_detail(decl: &FolderDecl) -> Detail {
    let verb = match decl.access {
        Access::Read => "read",
        Access::Write => "write",
        Access::ReadWrite => "read and write",
    };
    detail(
        format!("{verb} what you grant as \"{}\"", decl.name),
        &decl.reason,
        decl.optional,
    )
}

fn payment_detail(decl: &PaymentDecl) -> Detail {
    let payees: Vec<String> = decl.payees.iter().map(ToString::to_string).collect();
    detail(
        format!("propose payments to {}", payees.join(", ")),
        &decl.reason,
        decl.optional,
    )
}

fn message_detail(decl: &MessageDecl) -> Detail {
    let channels: Vec<&str> = decl
        .channels
        .iter()
        .map(|channel| channel.as_str())
        .collect();
    detail(
        format!("prepare messages by {}", channels.join(", ")),
        &decl.reason,
        decl.optional,
    )
}

fn state_detail(decl: &StateDecl) -> Detail {
    detail(
        format!("keep up to {} bytes of its own", decl.max_bytes),
        &decl.reason,
        false,
    )
}

fn cannot(package: &SkillPackage) -> Vec<String> {
    let mut out: Vec<String> = Capability::ALL
        .into_iter()
        .filter(|capability| {
            capability.needs_declaration() && package.import_of(*capability).is_none()
        })
        .map(|capability| capability.cannot().to_owned())
        .collect();
    let imports = |capability| package.import_of(capability).is_some();
    let (reads, writes) = file_use(package);
    if imports(Capability::Network) {
        out.push(
            "It cannot contact any address that you have not granted, or follow a redirect to one."
                .to_owned(),
        );
    }
    if imports(Capability::Files) {
        if !writes {
            out.push("It cannot write, change or delete files.".to_owned());
        }
        if !reads {
            out.push("It cannot read your files.".to_owned());
        }
        out.push("It cannot see files or folders that you have not granted.".to_owned());
    }
    if writes || imports(Capability::Payments) || imports(Capability::Messages) {
        out.push("It cannot carry out what it prepares by itself: you see everything first and approve it.".to_owned());
    }
    if package
        .imports
        .iter()
        .any(|import| import.kind == ImportKind::InertWasi)
    {
        out.push("It was built for a general system interface, which is empty here: no arguments, no environment, no folders.".to_owned());
    }
    out.push("It cannot start programs, read passwords or environment variables, or use anything else on this computer.".to_owned());
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::section::embed;
    use crate::testing::{component, skill};

    fn inspect(bytes: &[u8]) -> Inspection {
        Inspection::of(&SkillPackage::read(bytes).unwrap())
    }

    #[test]
    fn a_skill_without_imports_can_do_nothing_and_the_report_says_so() {
        let report = inspect(&skill("export run: func();"));
        assert!(report.capabilities.is_empty());
        assert_eq!(report.lane, "strict");
        assert_eq!(
            report.cannot,
            [
                "It cannot reach the internet or your local network.",
                "It cannot read or write any of your files.",
                "It cannot make or propose payments.",
                "It cannot send messages.",
                "It cannot remember anything from one run to the next.",
                "It cannot start programs, read passwords or environment variables, or use anything else on this computer.",
            ]
        );
    }

    #[test]
    fn what_the_manifest_asks_for_is_shown_with_its_reason() {
        let manifest = "name = \"acme/rates\"\nversion = \"1.0.0\"\ndescription = \"D.\"\nlicence = \"MIT\"\n\
            [[capabilities.network]]\nmethods = [\"GET\"]\nurl = \"https://h.test/a/*\"\nreason = \"Reads rates.\"\n";
        let bytes = skill("import guildhall:skill/network@1.0.0; export run: func();");
        let report = inspect(&embed(&bytes, manifest, None).unwrap());
        assert_eq!(report.name.as_deref(), Some("acme/rates"));
        assert_eq!(report.version.as_deref(), Some("1.0.0"));
        let network = &report.capabilities[0];
        assert_eq!(network.capability, Capability::Network);
        assert!(network.sentence.contains("fetch data"));
        assert_eq!(network.details[0].what, "GET https://h.test/a/*");
        assert_eq!(network.details[0].reason, "Reads rates.");
        let writes = manifest.replace("[\"GET\"]", "[\"GET\", \"POST\"]");
        let report = inspect(&embed(&bytes, &writes, None).unwrap());
        assert!(
            report.capabilities[0].details[0]
                .what
                .ends_with("(can change data there)")
        );
    }

    #[test]
    fn a_skill_that_only_reads_files_is_said_to_be_unable_to_write() {
        let report = inspect(&component(
            "package local:test;
             package guildhall:skill@1.0.0 { interface files { read: func(path: string) -> list<u8>; } }
             world skill { import guildhall:skill/files@1.0.0; }",
        ));
        assert!(
            report.capabilities[0]
                .sentence
                .contains("cannot change them")
        );
        assert!(
            report
                .cannot
                .iter()
                .any(|line| line.contains("cannot write, change or delete"))
        );
        let both = inspect(&skill("import guildhall:skill/files@1.0.0;"));
        assert!(!both.cannot.iter().any(|line| line.contains("cannot write")));
        assert!(both.cannot.iter().any(|line| line.contains("approve")));
    }

    #[test]
    fn the_report_is_the_json_object_that_is_promised() {
        let value =
            serde_json::to_value(inspect(&skill("import lone: func(); export run: func();")))
                .unwrap();
        for key in [
            "digest",
            "name",
            "version",
            "imports",
            "operations",
            "capabilities",
            "cannot",
            "lane",
        ] {
            assert!(value.get(key).is_some(), "{key}");
        }
        assert_eq!(value["lane"], "refused");
        assert_eq!(value["refused"][0]["name"], "lone");
        assert_eq!(value["imports"][0], "lone");
        let run = &value["operations"][0];
        assert_eq!(run["name"], "run");
        assert_eq!(run["input_schema"]["type"], "object");
        assert_eq!(run["output_schema"]["type"], "null");
    }
}
