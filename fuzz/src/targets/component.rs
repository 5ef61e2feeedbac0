//! Component bytes.

use arbitrary::Unstructured;
use guildhall_package::{ImportKind, Inspection, Lane, SkillPackage};
use wasm_smith::{Component, Config};

/// Begins an input from which a valid component is generated; any other input is taken as it is.
const GENERATE: u8 = b'g';

/// Reading a component never panics, whatever the bytes; what was read can be shown with schemas; and an operation that
/// a strict component offers has a schema that is an object.
pub fn component(data: &[u8]) {
    match data.split_first() {
        Some((&GENERATE, rest)) => {
            if let Some(bytes) = generated(rest) {
                read(&bytes);
            }
        }
        _ => read(data),
    }
}

fn generated(data: &[u8]) -> Option<Vec<u8>> {
    let config = Config {
        max_components: 2,
        max_modules: 2,
        max_instances: 2,
        ..Config::default()
    };
    let mut bytes = Unstructured::new(data);
    Component::new(config, &mut bytes)
        .ok()
        .map(|component| component.to_bytes())
}

fn read(bytes: &[u8]) {
    let Ok(package) = SkillPackage::read(bytes) else {
        return;
    };
    assert_eq!(package.size, bytes.len());
    for operation in &package.operations {
        assert!(operation.input_schema().is_object(), "{}", operation.name);
        let _ = (operation.output_schema(), operation.failure_schema());
    }
    let inspection = Inspection::of(&package);
    if matches!(package.lane, Lane::Strict) {
        for import in &package.imports {
            let harmless = match import.kind {
                ImportKind::Skill(_) => import.name.starts_with("guildhall:skill/"),
                // A type has nothing that can be called, whatever its name.
                ImportKind::Types => import.functions.is_empty(),
                _ => false,
            };
            assert!(harmless, "a strict component imports {import:?}");
        }
    }
    serde_json::to_string(&inspection).expect("an inspection can be written");
}
