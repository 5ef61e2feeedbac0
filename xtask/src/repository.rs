//! Where things are in this repository.

use crate::error::TaskError;
use crate::{json, process};
use std::path::{Path, PathBuf};

/// A cargo workspace of this repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workspace {
    /// Folder, relative to the root.
    pub folder: &'static str,
    /// Whether its crates also have tests that run on this machine.
    pub native_tests: bool,
    /// Features that its checks and tests switch on.
    pub features: &'static [&'static str],
}

/// The house itself.
pub const HOUSE: Workspace = Workspace {
    folder: ".",
    native_tests: true,
    features: &[],
};

/// The fuzz targets of what runs inside the sandbox.
pub const GUEST_FUZZ: Workspace = Workspace {
    folder: "fuzz/guests",
    native_tests: true,
    features: &[],
};

/// Clients that others wrote, for the tests alone.
pub const PEER_CLIENTS: Workspace = Workspace {
    folder: "tests/peers/clients",
    native_tests: false,
    features: &[],
};

/// The workspaces of what runs inside the sandbox.
pub const GUEST_WORKSPACES: [Workspace; 4] = [
    Workspace {
        folder: "sdk/rust",
        native_tests: true,
        features: &["decimal"],
    },
    Workspace {
        folder: "skills-examples",
        native_tests: true,
        features: &[],
    },
    Workspace {
        folder: "tests/guests",
        native_tests: false,
        features: &[],
    },
    GUEST_FUZZ,
];

/// Every workspace of the repository.
pub fn all() -> impl Iterator<Item = Workspace> {
    [HOUSE, PEER_CLIENTS].into_iter().chain(GUEST_WORKSPACES)
}

impl Workspace {
    /// Its folder.
    pub fn path(&self) -> PathBuf {
        root().join(self.folder)
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Cargo's target folder of the house: asked of cargo, because the environment and configuration can move it.
pub fn target() -> Result<PathBuf, TaskError> {
    #[derive(serde::Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let mut cargo = process::cargo(&HOUSE);
    let metadata = process::output(cargo.args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Metadata = json::parse("the output of `cargo metadata`", &metadata)?;
    Ok(metadata.target_directory)
}

/// Folders below `folder` that contain `file`, by name.
pub fn folders_with(folder: &Path, file: &str) -> Result<Vec<PathBuf>, TaskError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(TaskError::file(folder))? {
        let path = entry.map_err(TaskError::file(folder))?.path();
        if path.join(file).is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Copies a folder with what is in it, build output left out.
pub fn copy_tree(from: &Path, to: &Path) -> Result<(), TaskError> {
    std::fs::create_dir(to).map_err(TaskError::file(to))?;
    for entry in std::fs::read_dir(from).map_err(TaskError::file(from))? {
        let entry = entry.map_err(TaskError::file(from))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if !source.is_dir() {
            std::fs::copy(&source, &target).map_err(TaskError::file(&source))?;
        } else if entry.file_name() != "target" {
            copy_tree(&source, &target)?;
        }
    }
    Ok(())
}

/// The last part of a path as text.
pub fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// `path` as seen from the root, for messages.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Bytes that everything which is built for all tests takes, with room for what they write: 10 GB were left by a run from a clean
/// clone on 30 November 2026.
const ROOM: u64 = 15_000_000_000;

/// Refuses to begin where the disk would be full before the end: a compiler says so late, and in many words.
pub fn room() -> Result<(), TaskError> {
    // What was built before need not be built again; cargo has made the folder itself already, for this very program.
    let target = target()?;
    if target.join("debug/guildhall").exists() {
        return Ok(());
    }
    // The folder's own disk: it may have been moved to another one because of this very refusal.
    let disk =
        rustix::fs::statvfs(&target).map_err(|error| TaskError::file(&target)(error.into()))?;
    enough(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn enough(free: u64) -> Result<(), TaskError> {
    if free >= ROOM {
        return Ok(());
    }
    let gigabytes = |bytes: u64| bytes / 1_000_000_000;
    Err(TaskError::check(format!(
        "all tests from a clean clone take {} GB of the disk, and {} GB are free: make room, or name another disk with CARGO_TARGET_DIR",
        gigabytes(ROOM),
        gigabytes(free),
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_with_too_little_room_is_refused_at_once() {
        assert!(enough(ROOM).is_ok());
        let refused = enough(3_900_000_000).unwrap_err().to_string();
        assert!(
            refused.contains("15 GB") && refused.contains("3 GB"),
            "{refused}"
        );
    }
}
