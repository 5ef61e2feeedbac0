//! Where the built binary and the built guests are. What is missing is a failure with the command that makes it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The `guildhall` binary: `GUILDHALL_BIN`, or the one beside this test's executable.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn guildhall() -> PathBuf {
    let path = std::env::var_os("GUILDHALL_BIN")
        .map_or_else(|| profile_folder().join("guildhall"), PathBuf::from);
    assert!(
        path.is_file(),
        "there is no guildhall binary at {}; build it: cargo build -p guildhall-cli",
        path.display()
    );
    path
}

/// A component that only tests run, by its name: `prober`, `wasi-hello`, `wasi-sockets`.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn guest(name: &str) -> PathBuf {
    let own = repository().join("tests/guests/target");
    built(
        name,
        &["wasm32-unknown-unknown", "wasm32-wasip2"].map(|target| {
            own.join(target)
                .join("release")
                .join(name)
                .with_extension("wasm")
        }),
    )
}

/// The component of an example skill, with its manifest, by the name of its folder.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn skill(name: &str) -> PathBuf {
    built(name, &[])
}

/// What sets a program's clock wrong: `GUILDHALL_CLOCK`, or the library beside this test's executable.
///
/// # Panics
/// If it was not built.
#[must_use]
pub fn clock() -> PathBuf {
    let path = std::env::var_os("GUILDHALL_CLOCK").map_or_else(
        || profile_folder().join("libguildhall_clock.so"),
        PathBuf::from,
    );
    assert!(
        path.is_file(),
        "there is no clock at {}; build it: cargo build -p guildhall-clock",
        path.display()
    );
    path
}

/// Folder of the repository.
///
/// # Panics
/// Never where this crate was compiled.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are in the repository")
        .to_owned()
}

/// The newest of what `cargo xtask guests` collected and what cargo itself has left.
fn built(name: &str, others: &[PathBuf]) -> PathBuf {
    let collected = std::env::var_os("GUILDHALL_GUESTS")
        .map_or_else(|| profile_folder().join("../guests"), PathBuf::from)
        .join(name)
        .with_extension("wasm");
    let age = |path: &PathBuf| {
        let modified = path.metadata().and_then(|metadata| metadata.modified());
        modified.unwrap_or(SystemTime::UNIX_EPOCH)
    };
    others
        .iter()
        .chain([&collected])
        .filter(|path| path.is_file())
        .max_by_key(|path| age(path))
        .cloned()
        .unwrap_or_else(|| {
            panic!(
                "the component `{name}` is not built (looked for {}); build it: cargo xtask guests",
                collected.display()
            )
        })
}

/// `target/debug`, from `target/debug/deps/journeys-…` or `target/debug/guildhall-crash`.
fn profile_folder() -> PathBuf {
    let this = std::env::current_exe().expect("the test knows its own file");
    let folder = this.parent().expect("a file is in a folder");
    let is_test = folder.file_name().is_some_and(|name| name == "deps");
    let folder = if is_test {
        folder.parent()
    } else {
        Some(folder)
    };
    folder.expect("the test is in target/…/deps").to_owned()
}
