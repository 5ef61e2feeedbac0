//! Reads an author's world and refuses early what no host would serve, with what to do instead.

use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{
    Function, FunctionKind, Resolve, Type, TypeDefKind, WorldId, WorldItem, WorldKey,
};

use crate::contract::{self, TYPES_INTERFACE};

/// An author's world, ready for generation.
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
            WorldItem::Function(function) => check_function(function)?,
            WorldItem::Interface { id, .. } => {
                for function in resolve.interfaces[*id].functions.values() {
                    check_function(function)?;
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

fn check_function(function: &Function) -> Result<(), String> {
    let name = &function.name;
    let mut types = function
        .params
        .iter()
        .map(|param| &param.ty)
        .chain(&function.result);
    if types.any(|ty| *ty == Type::ErrorContext) {
        return Err(format!("`{name}` takes or returns {ERROR_CONTEXT}"));
    }
    match function.kind {
        FunctionKind::Freestanding => Ok(()),
        FunctionKind::AsyncFreestanding => Err(format!(
            "`{name}` is async; operations are plain functions, because a run is one call: remove `async`"
        )),
        _ => Err(format!(
            "`{name}` belongs to a resource; operations are plain functions over whole values"
        )),
    }
}

const ERROR_CONTEXT: &str = "an error-context (use a record)";

fn unsupported(kind: &TypeDefKind) -> Option<&'static str> {
    match kind {
        TypeDefKind::Resource | TypeDefKind::Handle(_) => Some("a resource"),
        TypeDefKind::Future(_) => Some("a future"),
        TypeDefKind::Stream(_) => Some("a stream (use `list<u8>`)"),
        TypeDefKind::Map(..) => Some("a map (use a list of records)"),
        TypeDefKind::FixedLengthList(..) => Some("a list of fixed length (use a plain list)"),
        kind => held(kind)
            .contains(&Type::ErrorContext)
            .then_some(ERROR_CONTEXT),
    }
}

/// The types that a type directly holds.
fn held(kind: &TypeDefKind) -> Vec<Type> {
    match kind {
        TypeDefKind::Type(ty) | TypeDefKind::List(ty) | TypeDefKind::Option(ty) => vec![*ty],
        TypeDefKind::Record(record) => record.fields.iter().map(|field| field.ty).collect(),
        TypeDefKind::Tuple(tuple) => tuple.types.clone(),
        TypeDefKind::Variant(variant) => variant.cases.iter().filter_map(|case| case.ty).collect(),
        TypeDefKind::Result(result) => result.ok.into_iter().chain(result.err).collect(),
        _ => Vec::new(),
    }
}

fn key_name(resolve: &Resolve, key: &WorldKey) -> String {
    resolve.name_world_key(key)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read_text(wit: &str) -> Result<AuthorWorld, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("world.wit"), wit).unwrap();
        read(folder.path(), None)
    }

    fn refusal(body: &str) -> String {
        read_text(&format!("package a:b@0.1.0;\n{body}"))
            .err()
            .unwrap()
    }

    #[test]
    fn a_world_that_only_exports_is_read_and_its_use_of_the_contract_is_seen() {
        let plain = "package a:b@0.1.0; world w { export f: func() -> string; }";
        assert!(!read_text(plain).unwrap().uses_contract_types);
        let money = "package a:b@0.1.0; world w { use guildhall:skill/types@1.0.0.{money}; export f: func() -> money; }";
        let read = read_text(money).unwrap();
        assert!(read.uses_contract_types);
        assert_eq!(read.files.len(), 1);
    }

    #[test]
    fn an_exported_interface_may_use_types_of_another_exported_one() {
        let wit = "package a:b@0.1.0; interface t { record r { x: u8 } g: func(); } \
                   interface i { use t.{r}; f: func() -> r; } world w { export t; export i; }";
        assert!(read_text(wit).is_ok());
    }

    #[test]
    fn imports_are_refused_with_what_to_do_instead() {
        let contract = refusal("world w { import guildhall:skill/files@1.0.0; export f: func(); }");
        assert!(
            contract.contains("guildhall_sdk::files::read"),
            "{contract}"
        );
        let foreign = refusal("interface i { f: func(); } world w { import i; export f: func(); }");
        assert!(foreign.contains("`a:b/i@0.1.0`"), "{foreign}");
        let types = refusal(
            "interface t { record r { x: u8 } } interface i { use t.{r}; f: func() -> r; } world w { export i; }",
        );
        assert!(types.contains("declare these types"), "{types}");
        let function = refusal("world w { import g: func(); export f: func(); }");
        assert!(function.contains("remove the import"), "{function}");
    }

    #[test]
    fn what_no_operation_may_use_is_named() {
        for (body, word) in [
            ("world w { export f: async func(); }", "async"),
            ("world w { export f: func(x: stream<u8>); }", "list<u8>"),
            ("world w { export f: func(x: future<u8>); }", "future"),
            (
                "interface i { resource r; f: func(x: r); } world w { export i; }",
                "resource",
            ),
            (
                "interface i { resource r { constructor(); } } world w { export i; }",
                "resource",
            ),
            (
                "world w { export f: func(x: list<u8, 4>); }",
                "fixed length",
            ),
            ("world w { export f: func(x: map<string, u8>); }", "map"),
            (
                "world w { export f: func(x: option<error-context>); }",
                "error-context",
            ),
            (
                "world w { export f: func(x: error-context); }",
                "error-context",
            ),
            (
                "world w { type t = result<u8, error-context>; export f: func() -> t; }",
                "error-context",
            ),
            ("world w { }", "exports nothing"),
        ] {
            let message = refusal(body);
            assert!(message.contains(word), "{body}: {message}");
        }
    }

    #[test]
    fn a_missing_folder_and_a_broken_file_are_explained() {
        let missing = read(Path::new("no/such/folder"), None).err().unwrap();
        assert!(missing.contains("wit/world.wit"), "{missing}");
        let broken = read_text("package a:b@0.1.0; world w { export f: fun(); }")
            .err()
            .unwrap();
        assert!(broken.contains("world.wit"), "{broken}");
        let two = refusal("world v { export f: func(); } world w { export f: func(); }");
        assert!(two.contains("world"), "{two}");
    }
}
