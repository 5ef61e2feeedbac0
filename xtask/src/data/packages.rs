//! The pinned packages: fetched by the registries' own clients, compared with their checksum, unpacked.

use crate::error::TaskError;
use crate::{json, process, repository};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The pins.
#[derive(Debug, Deserialize)]
struct Pins {
    package: Vec<Pin>,
}

/// One of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// Name in the registry.
    pub name: String,
    /// Exactly this version.
    pub version: String,
    registry: Registry,
    file: String,
    sha256: String,
    /// SPDX identifier.
    pub licence: String,
    /// Day of the data, `YYYY-MM-DD`.
    pub date: String,
    /// Who found the facts out.
    pub family: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Registry {
    Pypi,
    Npm,
}

/// The packages, unpacked.
pub struct Packages {
    pins: Vec<Pin>,
    folder: PathBuf,
}

impl Packages {
    /// Those that a file pins, below target/data. What is there already is not fetched again.
    pub fn fetch(pins: &Path) -> Result<Self, TaskError> {
        let text = std::fs::read_to_string(pins).map_err(TaskError::file(pins))?;
        let Pins { package: pins } = toml::from_str(&text)
            .map_err(|error| TaskError::check(format!("{}: {error}", repository::shown(pins))))?;
        let folder = repository::target()?.join("data");
        std::fs::create_dir_all(&folder).map_err(TaskError::file(&folder))?;
        for pin in &pins {
            pin.unpacked_below(&folder)?;
        }
        Ok(Self { pins, folder })
    }

    /// The pins of packages with this name, newest data first.
    pub fn named(&self, name: &str) -> Vec<&Pin> {
        let mut pins: Vec<_> = self.pins.iter().filter(|pin| pin.name == name).collect();
        pins.sort_by(|a, b| b.date.cmp(&a.date));
        pins
    }

    /// A JSON file of a package.
    pub fn json<T: DeserializeOwned>(&self, pin: &Pin, file: &str) -> Result<T, TaskError> {
        let path = pin.folder(&self.folder).join(file);
        let bytes = std::fs::read(&path).map_err(TaskError::file(&path))?;
        json::parse(&format!("{file} of {}", pin.name_and_version()), &bytes)
    }
}

impl Pin {
    /// As the tables name it.
    pub fn name_and_version(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// The sum is part of the name: another pin never finds what an older one has unpacked.
    fn folder(&self, below: &Path) -> PathBuf {
        let short: String = self.sha256.chars().take(12).collect();
        below.join(format!("{}-{}-{short}", self.name, self.version))
    }

    fn unpacked_below(&self, below: &Path) -> Result<(), TaskError> {
        let folder = self.folder(below);
        if folder.is_dir() {
            return Ok(());
        }
        let archive = below.join(&self.file);
        if !archive.is_file() {
            self.download(below)?;
        }
        let bytes = std::fs::read(&archive).map_err(TaskError::file(&archive))?;
        let sum = hex(&Sha256::digest(&bytes));
        if sum != self.sha256 {
            return Err(TaskError::check(format!(
                "{} of {} has the SHA-256 {sum}, and data.toml says {}",
                self.file,
                self.name_and_version(),
                self.sha256
            )));
        }
        // Whole or not at all: a folder that exists is taken as it is.
        let unfinished = folder.with_extension("part");
        let _ = std::fs::remove_dir_all(&unfinished);
        std::fs::create_dir_all(&unfinished).map_err(TaskError::file(&unfinished))?;
        let mut unpack = Command::new("python3");
        match self.registry {
            Registry::Pypi => unpack.args(["-m", "zipfile", "-e"]),
            Registry::Npm => unpack.args(["-m", "tarfile", "-e"]),
        };
        process::run(unpack.arg(&archive).arg(&unfinished))?;
        std::fs::rename(&unfinished, &folder).map_err(TaskError::file(&folder))
    }

    fn download(&self, below: &Path) -> Result<(), TaskError> {
        let mut client = match self.registry {
            Registry::Pypi => {
                let mut pip = Command::new("python3");
                pip.args(["-m", "pip", "download", "--quiet", "--no-deps"]);
                pip.args(["--disable-pip-version-check", "--only-binary", ":all:"]);
                pip.arg("--dest").arg(below);
                pip.arg(format!("{}=={}", self.name, self.version));
                pip
            }
            Registry::Npm => {
                let mut npm = Command::new("npm");
                npm.args(["pack", "--silent", "--pack-destination"]);
                npm.arg(below);
                npm.arg(format!("{}@{}", self.name, self.version));
                npm
            }
        };
        // npm prints the name of the file, which is known.
        process::output(&mut client).map(drop)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
