//! Components for tests, made from WIT.
#![allow(clippy::unwrap_used)]

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, PackageId, Resolve, WorldId};

/// The contract in small: each interface with what a test needs. `wit` follows as the skill's own package.
pub const CONTRACT: &str = r#"
package guildhall:skill@1.0.0 {
    interface types { record refusal { rule: string } }
    interface network { send: func(url: string) -> list<u8>; }
    interface files {
        use types.{refusal};
        read: func(path: string) -> result<list<u8>, refusal>;
        write: func(path: string, content: list<u8>) -> result<u32, refusal>;
    }
    interface payments { stage: func(id: string); }
    interface messages { stage: func(id: string); }
    interface state { get: func(key: string) -> option<string>; }
    interface context { now: func() -> u64; setting: func(name: string) -> option<string>; }
    interface log { write: func(message: string); }
}
"#;

/// Resolves `wit`, one file with one main package and perhaps nested ones.
pub fn resolve(wit: &str) -> (Resolve, PackageId) {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", wit).unwrap();
    (resolve, package)
}

/// A component of the only world in the main package of `wit`. It traps when called.
pub fn component(wit: &str) -> Vec<u8> {
    let (resolve, package) = resolve(wit);
    let world = resolve.select_world(&[package], None).unwrap();
    component_of(&resolve, world)
}

/// A component of a resolved world. It traps when called.
pub fn component_of(resolve: &Resolve, world: WorldId) -> Vec<u8> {
    let mut module = dummy_module(resolve, world, ManglingAndAbi::Standard32);
    embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false).unwrap();
    ComponentEncoder::default()
        .module(&module)
        .unwrap()
        .validate(true)
        .encode()
        .unwrap()
}

/// A component whose world has these items, with [`CONTRACT`] at hand.
pub fn skill(items: &str) -> Vec<u8> {
    component(&format!(
        "package local:test@0.1.0;\n{CONTRACT}\nworld skill {{ {items} }}"
    ))
}

/// The encoded WIT package, as `guildhall build` makes it.
pub fn wit_package(wit: &str) -> Vec<u8> {
    let (resolve, package) = resolve(wit);
    wit_component::encode(&resolve, package, false).unwrap()
}
