//! Reads an author's world and refuses early what no host would serve, with what to do instead.

use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{
    FunctionKind, Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey,
};

use crate::contract::{self, TYPES_INTERFACE};

/// An author's world, ready for generation.
#[derive(Debug)]
pub struct AuthorWorld {
    /// The contract and the author's packages.
    pub resolve: Resolve,
    /// The author's world.
    pub world: WorldId,
    /// Whether the world uses `guildhall:skill/types`.
    pub uses_contract_types: bool,
    /// WIT files that were read, so that a change rebuilds the crate.
    pub files: Vec<PathBuf>,
}

/// Reads the WIT package in `folder` and selects its world.
pub fn read(folder: &Path, name: Option<&str>) -> Result<AuthorWorld, String> {
    if !folder.is_dir() {
        return Err(format!(
            "there is no folder {}: write the skill's world into `wit/world.wit`, \
             or name another folder with `skill!(Type, path: \"…\")`",
            folder.display()
        ));
    }
    let mut resolve = Resolve::default();
    contract::push(&mut resolve)?;
    let (package, sources) = resolve
        .push_dir(folder)
        .map_err(|error| resolve.render_error(&error))?;
    let world = resolve
        .select_world(&[package], name)
        .map_err(|error| format!("{error:#}"))?;
    let uses_contract_types = check_imports(&resolve, world)?;
    check_exports(&resolve, world)?;
    Ok(AuthorWorld {
        files: sources.paths().map(Path::to_path_buf).collect(),
        resolve,
        world,
        uses_contract_types,
    })
}

/// A skill's world only exports; the one import it may have is the contract's types, which `use` brings in.
fn check_imports(resolve: &Resolve, world: WorldId) -> Result<bool, String> {
    let mut uses_contract_types = false;
    for (key, item) in &resolve.worlds[world].imports {
        let name = resolve.name_world_key(key);
        match item {
            WorldItem::Type { .. } => {}
            WorldItem::Interface { .. } if name == TYPES_INTERFACE => uses_contract_types = true,
            WorldItem::Interface { .. } if name.starts_with("guildhall:skill/") => {
                return Err(format!(
                    "the world imports `{name}`, but a skill's world only exports: remove the import and \
                     call the SDK (`guildhall_sdk::files::read`, …); what you call is imported by itself"
                ));
            }
            WorldItem::Interface { id, .. } if resolve.interfaces[*id].functions.is_empty() => {
                return Err(format!(
                    "the built component would import `{name}` for its types, and a skill may import \
                     `guildhall:skill/*` only: declare these types in the world or in the exported \
                     interface, or export `{name}` too"
                ));
            }
            WorldItem::Interface { .. } | WorldItem::Function(_) => {
                return Err(format!(
                    "the world imports `{name}`, and a skill may import `guildhall:skill/*` only: \
                     remove the import and use what the SDK offers"
                ));
            }
        }
    }
    Ok(uses_contract_types)
}

fn check_exports(resolve: &Resolve, world: WorldId) -> Result<(), String> {
    let exports = &resolve.worlds[world].exports;
    if exports.is_empty() {
        return Err(
            "the world exports nothing: each exported function is an operation of the skill, \
             for example `export greet: func(name: string) -> string;`"
                .to_owned(),
        );
    }
    for (key, item) in exports {
        match item {
            WorldItem::Function(function) => check_function(&function.name, &function.kind)?,
            WorldItem::Interface { id, .. } => {
                for function in resolve.interfaces[*id].functions.values() {
                    check_function(&function.name, &function.kind)?;
                }
            }
            WorldItem::Type { .. } => {
                return Err(format!("`{}` is not an operation", key_name(resolve, key)));
            }
        }
    }
    // The contract's own package has none of these, so every type in sight is the author's.
    for (_, ty) in resolve.types.iter() {
        let Some(what) = unsupported(&ty.kind) else {
            continue;
        };
        return Err(match &ty.name {
            Some(name) => {
                format!("`{name}` is or holds {what}, which an operation cannot take or return")
            }
            None => format!("the package uses {what}, which an operation cannot take or return"),
        });
    }
    Ok(())
}

fn check_function(name: &str, kind: &FunctionKind) -> Result<(), String> {
    match kind {
        FunctionKind::Freestanding => Ok(()),
        FunctionKind::AsyncFreestanding => Err(format!(
            "`{name}` is async; operations are plain functions, because a run is one call: remove `async`"
        )),
        _ => Err(format!(
            "`{name}` belongs to a resource; operations are plain functions over whole values"
        )),
    }
}

fn unsupported(kind: &TypeDefKind) -> Option<&'static str> {
    let holds_error_context = |ty: &Type| matches!(ty, Type::ErrorContext);
    match kind {
        TypeDefKind::Resource | TypeDefKind::Handle(_) => Some("a resource"),
        TypeDefKind::Future(_) => Some("a future"),
        TypeDefKind::Stream(_) => Some("a stream (use `list<u8>`)"),
        TypeDefKind::Map(..) => Some("a map (use a list of records)"),
        TypeDefKind::FixedLengthList(..) => Some("a list of fixed length (use a plain list)"),
        TypeDefKind::Type(ty) | TypeDefKind::List(ty) | TypeDefKind::Option(ty)
            if holds_error_context(ty) =>
        {
            Some("an error-context (use a record)")
        }
        _ => None,
    }
}

fn key_name(resolve: &Resolve, key: &WorldKey) -> String {
    resolve.name_world_key(key)
}
