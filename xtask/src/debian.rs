//! Programs that Debian packages: peers of the tests and of the benchmarks. What is missing is installed, and said.

use crate::error::TaskError;
use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of a package.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Name of its file.
    pub name: &'static str,
    /// Packages that bring it.
    pub packages: &'static [&'static str],
    /// What needs it.
    pub needed_for: &'static str,
}

/// A client of OCI registries.
pub const SKOPEO: Program = Program {
    name: "skopeo",
    packages: &["skopeo"],
    needed_for: "pulling with a client that others wrote",
};

/// A web server, as a peer for files.
pub const NGINX: Program = Program {
    name: "nginx",
    packages: &["nginx"],
    needed_for: "comparing with a web server",
};
/// A registry, as a peer for pulling.
pub const REGISTRY: Program = Program {
    name: "docker-registry",
    packages: &["docker-registry"],
    needed_for: "comparing with a registry",
};
/// A generator of load.
pub const WRK: Program = Program {
    name: "wrk",
    packages: &["wrk"],
    needed_for: "loading servers",
};

/// A browser, with a font to write in.
pub const CHROMIUM: Program = Program {
    name: "chromium",
    packages: &["chromium", "fonts-dejavu-core"],
    needed_for: "looking at the pages",
};
/// What steers it.
pub const DRIVER: Program = Program {
    name: "chromedriver",
    packages: &["chromium-driver"],
    needed_for: "the tests of the pages",
};

/// What the benchmark of the marketplace needs.
pub const FOR_BENCHES: [Program; 3] = [NGINX, REGISTRY, WRK];
/// What the tests need.
pub const FOR_TESTS: [Program; 1] = [SKOPEO];

impl Program {
    /// Its file, if it is installed.
    pub fn find(self) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Servers are in folders that not every user searches.
        std::env::split_paths(&path)
            .chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from))
            .map(|folder| folder.join(self.name))
            .find(|file| file.is_file())
    }
}

/// Installs what is missing with `apt-get`.
///
/// # Errors
/// [`TaskError::Missing`] if it can't be: what to install, and what for.
pub fn ensure(programs: &[Program]) -> Result<(), TaskError> {
    let missing: Vec<Program> = programs
        .iter()
        .copied()
        .filter(|program| program.find().is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = { missing.iter() }
        .flat_map(|program| program.packages)
        .copied()
        .collect();
    println!("installing {} with apt-get", packages.join(", "));
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "--yes", "--quiet=2", "--no-install-recommends"])
            .args(&packages)
            .env("DEBIAN_FRONTEND", "noninteractive");
        process::works(&mut apt)
    };
    // A new machine has no list of packages yet, or an old one.
    let done = Path::new("/usr/bin/apt-get").is_file()
        && (install() || (process::works(Command::new("apt-get").arg("update")) && install()));
    let left = missing.iter().filter(|program| program.find().is_none());
    let left: Vec<String> = left
        .map(|program| {
            format!(
                "{} is missing, needed for {}, and could not be installed here: run `apt-get update && apt-get install {}` as root",
                program.name, program.needed_for, program.packages.join(" ")
            )
        })
        .collect();
    if done && left.is_empty() {
        Ok(())
    } else {
        Err(TaskError::Missing(left))
    }
}
