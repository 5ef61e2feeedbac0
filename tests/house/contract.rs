//! The contract is kept in one place and copied to where it must be self-contained.

use crate::root;
use std::collections::BTreeMap;
use std::path::Path;

fn wit(folder: &Path) -> BTreeMap<String, String> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wit"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[test]
fn the_sdk_carries_exactly_the_contract() {
    let contract = wit(&root().join("wit/guildhall-skill-1"));
    let copy = wit(&root().join("sdk/rust/wit"));
    assert!(!contract.is_empty());
    assert_eq!(
        contract.keys().collect::<Vec<_>>(),
        copy.keys().collect::<Vec<_>>()
    );
    for (name, text) in &contract {
        assert!(
            copy[name] == *text,
            "sdk/rust/wit/{name} differs: copy wit/guildhall-skill-1/{name} over it"
        );
    }
}
