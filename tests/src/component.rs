//! Components made by hand, for what no Rust guest can be made to do.

use std::borrow::Cow;
use std::fmt::Write as _;
use wasm_encoder::{ComponentSection as _, CustomSection};

/// A component from its text.
///
/// # Panics
/// If the text is wrong.
#[must_use]
pub fn from_text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A component with one core module, whose exported function `go: func() -> s64` is the operation `go`.
///
/// # Panics
/// If the text is wrong.
#[must_use]
pub fn around(module: &str) -> Vec<u8> {
    from_text(&format!(
        r#"(component
            (core module $m {module})
            (core instance $i (instantiate $m))
            (func (export "go") (result s64) (canon lift (core func $i "go"))))"#
    ))
}

/// A component that makes so many instances of one small module, each with a memory of `pages` and a table of
/// `elements`; the operation `go` answers 1.
///
/// # Panics
/// Never.
#[must_use]
pub fn many_instances(instances: usize, pages: u64, elements: u64) -> Vec<u8> {
    let mut text = format!(
        r#"(component
            (core module $m
                (memory {pages})
                (table {elements} funcref)
                (func (export "go") (result i64) (i64.const 1)))
            (core instance $i (instantiate $m))"#
    );
    for _ in 1..instances {
        text.push_str("(core instance (instantiate $m))");
    }
    let _ = write!(text, r#"(func (export "go") (result s64) (canon lift (core func $i "go"))))"#);
    from_text(&text)
}

/// A component that imports one interface with the function `f`, and has an operation `go` that answers 1.
///
/// # Panics
/// If the name can't stand in a component.
#[must_use]
pub fn importing(interface: &str) -> Vec<u8> {
    from_text(&format!(
        r#"(component
            (import "{interface}" (instance (export "f" (func))))
            (core module $m (func (export "go") (result i64) (i64.const 1)))
            (core instance $i (instantiate $m))
            (func (export "go") (result s64) (canon lift (core func $i "go"))))"#
    ))
}

/// The same bytes with one more custom section at the end.
#[must_use]
pub fn with_section(component: &[u8], name: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    CustomSection {
        name: Cow::Borrowed(name),
        data: Cow::Borrowed(data),
    }
    .append_to_component(&mut bytes);
    bytes
}

/// The same component with an embedded manifest, as `guildhall build` embeds it.
#[must_use]
pub fn with_manifest(component: &[u8], manifest: &str) -> Vec<u8> {
    with_section(component, "guildhall:manifest", manifest.as_bytes())
}
