//! Top-level imports: which of them this host serves, and what to use instead of the others.

use semver::Version;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId,
};
use wasmparser::types::TypesRef;

use super::{Import, ImportKind, Lane, RefusedImport};
use crate::capability::{CONTRACT_MAJOR, CONTRACT_VERSION, Capability};
use crate::text;

/// The inert part of WASI 0.2: served with nothing behind it.
const INERT: &[(&str, &[&str])] = &[
    ("wasi:io", &["error", "poll", "streams"]),
    (
        "wasi:cli",
        &[
            "environment",
            "exit",
            "stdin",
            "stdout",
            "stderr",
            "terminal-input",
            "terminal-output",
            "terminal-stdin",
            "terminal-stdout",
            "terminal-stderr",
        ],
    ),
    ("wasi:clocks", &["monotonic-clock", "wall-clock"]),
    ("wasi:random", &["random", "insecure", "insecure-seed"]),
    ("wasi:filesystem", &["types", "preopens"]),
];

const NO_STRANGERS: &str = "this host serves only guildhall:skill and the inert part of WASI 0.2; remove the import, or compose the component with one that provides it (for example with `wac plug`)";

pub(super) fn read(types: TypesRef<'_>, names: &[&str]) -> Vec<Import> {
    names
        .iter()
        .filter_map(|name| match types.component_item_for_import(name) {
            Some(item) => one(types, name, &item.ty),
            None => Some(refused(name, NO_STRANGERS)),
        })
        .collect()
}

pub(super) fn lane(imports: &[Import]) -> Lane {
    let refused: Vec<RefusedImport> = imports
        .iter()
        .filter_map(|import| match &import.kind {
            ImportKind::Refused { instead } => Some(RefusedImport {
                name: import.name.clone(),
                instead: instead.clone(),
            }),
            _ => None,
        })
        .collect();
    if !refused.is_empty() {
        Lane::Refused(refused)
    } else if imports
        .iter()
        .any(|import| import.kind == ImportKind::InertWasi)
    {
        Lane::InertWasi
    } else {
        Lane::Strict
    }
}

/// None for a type that the world names: `use` and type definitions are imports by encoding alone and ask for nothing.
fn one(types: TypesRef<'_>, name: &str, ty: &ComponentEntityType) -> Option<Import> {
    match ty {
        ComponentEntityType::Instance(id) => Some(instance(types, name, *id)),
        ComponentEntityType::Type {
            created: ComponentAnyTypeId::Defined(_),
            ..
        } => None,
        _ => Some(refused(
            name,
            "this host serves interfaces, not single functions, resources, modules or components; take what is needed from guildhall:skill, or compose the component with one that provides it",
        )),
    }
}

fn instance(types: TypesRef<'_>, name: &str, id: ComponentInstanceTypeId) -> Import {
    let mut functions = Vec::new();
    let mut types_only = true;
    let mut foreign = false;
    if let Some(instance) = types.get(id) {
        for (export, item) in &instance.exports {
            match item.ty {
                ComponentEntityType::Func(_) => {
                    types_only = false;
                    functions.push(export.clone());
                }
                ComponentEntityType::Type {
                    created: ComponentAnyTypeId::Defined(_),
                    ..
                } => {}
                ComponentEntityType::Type { .. } => types_only = false,
                _ => {
                    types_only = false;
                    foreign = true;
                }
            }
        }
    }
    functions.sort();
    let kind = if foreign {
        refuse_kind(NO_STRANGERS)
    } else {
        classify(name, &functions, types_only)
    };
    Import {
        functions: functions
            .iter()
            .map(|function| text::plain(function, 200))
            .collect(),
        ..plain(name, kind)
    }
}

/// `functions` are the names that the component takes from the interface.
fn classify(name: &str, functions: &[String], types_only: bool) -> ImportKind {
    let Some(id) = InterfaceId::parse(name) else {
        return if types_only {
            ImportKind::Types
        } else {
            refuse_kind(NO_STRANGERS)
        };
    };
    if id.package == "guildhall:skill" {
        return contract(&id, functions, types_only);
    }
    if let Some((_, interfaces)) = INERT.iter().find(|(package, _)| *package == id.package) {
        return match &id.version {
            Some(version) if version.major == 0 && version.minor == 2 && version.pre.is_empty() => {
                if interfaces.contains(&id.interface) {
                    ImportKind::InertWasi
                } else {
                    refuse_kind(
                        "this interface is not in the inert part of WASI 0.2; use guildhall:skill/context for time, randomness and settings, guildhall:skill/files for files",
                    )
                }
            }
            _ => refuse_kind(
                "only WASI 0.2 is served; build for wasm32-wasip2, or better for wasm32-unknown-unknown without WASI",
            ),
        };
    }
    if types_only {
        return ImportKind::Types;
    }
    refuse_kind(match id.package {
        "wasi:http" | "wasi:sockets" | "wasi:tls" => {
            "use guildhall:skill/network, which sends HTTP requests to the hosts that the merchant grants"
        }
        "wasi:keyvalue" | "wasi:blobstore" => "use guildhall:skill/state, the skill's own store",
        "wasi:config" => {
            "use `setting` of guildhall:skill/context, with the setting declared in skill.toml"
        }
        "wasi:logging" => "use guildhall:skill/log",
        "wasi:messaging" => "use guildhall:skill/messages, which stages messages for approval",
        _ => NO_STRANGERS,
    })
}

fn contract(id: &InterfaceId<'_>, functions: &[String], types_only: bool) -> ImportKind {
    let served = id
        .version
        .as_ref()
        .is_some_and(|version| version.major == CONTRACT_MAJOR && version.pre.is_empty());
    if !served {
        return refuse_kind(
            "this host speaks guildhall:skill of major version 1; build the skill against guildhall:skill@1.0.0",
        );
    }
    if id.interface == "types" && types_only {
        return ImportKind::Types;
    }
    let Ok(capability) = id.interface.parse::<Capability>() else {
        return newer();
    };
    let known = capability.functions();
    if functions
        .iter()
        .all(|function| known.contains(&function.as_str()))
    {
        ImportKind::Skill(capability)
    } else {
        newer()
    }
}

fn newer() -> ImportKind {
    ImportKind::Refused {
        instead: format!(
            "this host knows guildhall:skill up to version {CONTRACT_VERSION} and this part is not in it; update Guildhall, or build the skill against that version"
        ),
    }
}

fn plain(name: &str, kind: ImportKind) -> Import {
    Import {
        name: text::plain(name, 200),
        kind,
        functions: Vec::new(),
    }
}

fn refused(name: &str, instead: &str) -> Import {
    plain(name, refuse_kind(instead))
}

fn refuse_kind(instead: &str) -> ImportKind {
    ImportKind::Refused {
        instead: instead.to_owned(),
    }
}

/// `namespace:package/interface@version`.
struct InterfaceId<'a> {
    /// `namespace:package`.
    package: &'a str,
    interface: &'a str,
    version: Option<Version>,
}

impl<'a> InterfaceId<'a> {
    fn parse(name: &'a str) -> Option<Self> {
        let (path, version) = match name.split_once('@') {
            Some((path, version)) => (path, Some(Version::parse(version).ok()?)),
            None => (name, None),
        };
        let (package, interface) = path.split_once('/')?;
        Some(Self {
            package,
            interface,
            version,
        })
    }
}
