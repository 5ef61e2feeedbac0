//! What the fuzz targets feed and what must hold, whatever is fed.
//!
//! Each function is one target. It takes any bytes and panics only if a promise is broken. `cargo xtask fuzz` calls
//! them from libFuzzer; `cargo test -p guildhall-fuzz` replays `corpus/`, to which every input that once broke a promise
//! is added.
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "to panic is how a fuzz target says that a promise is broken"
)]

mod targets;

pub use targets::component::component;
pub use targets::documents::documents;
pub use targets::grants::grants;
pub use targets::json::json;
pub use targets::manifest::manifest;
pub use targets::money::money;
pub use targets::notes::notes;
pub use targets::telegram::telegram;
pub use targets::tiles::tiles;
pub use targets::values::values;
pub use targets::whatsapp::whatsapp;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    fn replay(name: &str, target: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(name);
        let mut replayed = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            target(&std::fs::read(entry.unwrap().path()).unwrap());
            replayed += 1;
        }
        assert!(replayed > 0, "{} is empty", folder.display());
    }

    #[test]
    fn every_seed_of_component_keeps_the_promises() {
        replay("component", super::component);
    }

    #[test]
    fn every_seed_of_grants_keeps_the_promises() {
        replay("grants", super::grants);
    }

    #[test]
    fn every_seed_of_json_keeps_the_promises() {
        replay("json", super::json);
    }

    #[test]
    fn every_seed_of_manifest_keeps_the_promises() {
        replay("manifest", super::manifest);
    }

    #[test]
    fn every_seed_of_values_keeps_the_promises() {
        replay("values", super::values);
    }

    #[test]
    fn every_seed_of_documents_keeps_the_promises() {
        replay("documents", super::documents);
    }

    #[test]
    fn every_seed_of_money_keeps_the_promises() {
        replay("money", super::money);
    }

    #[test]
    fn every_seed_of_notes_keeps_the_promises() {
        replay("notes", super::notes);
    }

    #[test]
    fn every_seed_of_telegram_keeps_the_promises() {
        replay("telegram", super::telegram);
    }

    #[test]
    fn every_seed_of_whatsapp_keeps_the_promises() {
        replay("whatsapp", super::whatsapp);
    }

    #[test]
    fn every_seed_of_tiles_keeps_the_promises() {
        replay("tiles", super::tiles);
    }
}
