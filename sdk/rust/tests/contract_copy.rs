//! `wit/` here is a copy, so that the SDK can be vendored; it must stay the contract.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::BTreeMap;
use std::path::Path;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

#[test]
fn the_copy_of_the_contract_is_byte_identical_and_compiled_in_whole() {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR"));
    let copy = files(&sdk.join("wit"));
    let contract = files(&sdk.join("../../wit/guildhall-skill-1"));
    assert_eq!(
        copy.keys().collect::<Vec<_>>(),
        contract.keys().collect::<Vec<_>>()
    );
    for (name, content) in &contract {
        assert_eq!(
            copy.get(name),
            Some(content),
            "{name} differs: copy it from the repository's wit/ into sdk/rust/wit/"
        );
    }
    let macros = std::fs::read_to_string(sdk.join("macros/src/contract.rs")).unwrap();
    for name in contract.keys() {
        let line = format!("include_str!(\"../../wit/{name}\")");
        assert!(macros.contains(&line), "{name} is not compiled into skill!");
    }
}
