//! The skill that tests of this crate run: the guest `tests/guests/prober`.

use std::path::{Path, PathBuf};

/// Its bytes, from the folder that `GUILDHALL_GUESTS` names or where it is built.
pub fn prober() -> Vec<u8> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var_os("GUILDHALL_GUESTS")
        .map(|folder| PathBuf::from(folder).join("prober.wasm"))
        .filter(|path| path.is_file())
        .unwrap_or_else(|| {
            here.join("../tests/guests/target/wasm32-unknown-unknown/release/prober.wasm")
        });
    std::fs::read(path).expect("the test guests are not built: run `cargo xtask guests`")
}
