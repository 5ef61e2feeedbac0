//! A skill read from its bytes alone.

mod exports;
mod imports;
mod operation;
mod scan;
mod types;

pub use operation::{ExportPath, OpResult, Operation, Param};

use crate::capability::Capability;
use crate::digest::Digest;
use crate::manifest::{Manifest, ManifestErrors};
use crate::section;
use crate::words::Words;

/// Limits for reading a component from strangers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadLimits {
    /// Longest component in bytes. Default 32 MiB.
    pub max_bytes: usize,
    /// Most exported functions. Default 256.
    pub max_operations: usize,
    /// Most top-level imports. Default 256.
    pub max_imports: usize,
    /// Most parts of types, written out in full, in one operation; a larger operation is unsupported. Default 10,000.
    pub max_type_nodes: usize,
    /// The same over all operations; those that come when it is used up are unsupported. Default 100,000.
    pub max_total_nodes: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self {
            max_bytes: 32 << 20,
            max_operations: 256,
            max_imports: 256,
            max_type_nodes: 10_000,
            max_total_nodes: 100_000,
        }
    }
}

/// Why bytes are not a skill package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Longer than [`ReadLimits::max_bytes`].
    #[error(
        "the component is {size} bytes long and at most {limit} are taken; build it in release mode, strip it, and read large data from a granted file"
    )]
    TooLarge {
        /// Length in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Does not start like WebAssembly.
    #[error(
        "this is not WebAssembly: it does not start with the bytes `\\0asm`; give the .wasm file that the build wrote (text format is not taken)"
    )]
    NotWasm,
    /// A core module instead of a component.
    #[error(
        "this is a core WebAssembly module, not a component; build it with `guildhall build`, or make a component of it with `wasm-tools component new FILE.wasm -o COMPONENT.wasm` after embedding its WIT world"
    )]
    CoreModule,
    /// Does not validate.
    #[error(
        "the component is not valid at byte {offset}: {problem}; build it again with a current toolchain"
    )]
    Invalid {
        /// Where, in bytes from the start.
        offset: u64,
        /// What is wrong, made safe to show.
        problem: String,
    },
    /// More of something than is taken.
    #[error("the component has more than {limit} {what}; split it into several skills")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A section of ours appears twice, or is malformed.
    #[error("the section `{section}` {problem}; build the skill again with `guildhall build`")]
    Section {
        /// Name of the section.
        section: &'static str,
        /// What is wrong, made safe to show.
        problem: String,
    },
    /// The embedded manifest is not valid.
    #[error("the embedded manifest is not valid: {0}")]
    Manifest(#[from] ManifestErrors),
}

/// What a component's imports ask of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// Only `guildhall:skill`: everything it can do goes through the contract.
    Strict,
    /// Also the inert part of WASI 0.2, served with nothing behind it.
    InertWasi,
    /// Cannot run here. Never empty.
    Refused(Vec<RefusedImport>),
}

/// An import that is not served, and what to use instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedImport {
    /// Name in the component, made safe to show.
    pub name: String,
    /// One sentence: why not, and what to do.
    pub instead: String,
}

/// One top-level import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Full name, made safe to show: `guildhall:skill/network@1.0.0`.
    pub name: String,
    /// What it is to the host.
    pub kind: ImportKind,
    /// Functions that it takes from an interface, sorted; those not named here cannot be called.
    pub functions: Vec<String>,
}

/// What an import is to the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportKind {
    /// A capability of the contract.
    Skill(Capability),
    /// Types only; grants nothing.
    Types,
    /// Served with nothing behind it.
    InertWasi,
    /// Not served.
    Refused {
        /// One sentence: why not, and what to do.
        instead: String,
    },
}

/// Everything about a skill that its bytes say.
///
/// Authority (imports) and types (operations) are proved by the validated bytes. Words and the manifest
/// are the author's claims: compare the manifest with [`Manifest::check`] before relying on it.
#[derive(Debug, Clone)]
pub struct SkillPackage {
    /// Digest of all bytes.
    pub digest: Digest,
    /// Length in bytes.
    pub size: usize,
    /// Which lane the imports put it in.
    pub lane: Lane,
    /// Top-level imports, in the component's order.
    pub imports: Vec<Import>,
    /// Exported functions, in the component's order.
    pub operations: Vec<Operation>,
    /// The embedded manifest.
    pub manifest: Option<Manifest>,
    /// Documentation by the author.
    pub words: Words,
    /// Names at the top level, exactly as they are in the bytes.
    pub names: TopLevelNames,
}

/// Names at the top level of a component, types included, in its own order: what registries list of it. Not made safe to
/// show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopLevelNames {
    /// Of imports.
    pub imports: Vec<String>,
    /// Of exports.
    pub exports: Vec<String>,
}

impl SkillPackage {
    /// Reads a component with default limits.
    ///
    /// # Errors
    /// See [`ReadError`]. An operation that cannot be called is not an error: see [`Operation::unsupported`].
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        Self::read_with(bytes, &ReadLimits::default())
    }

    /// Reads a component.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read_with(bytes: &[u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let scan = scan::Scan::run(bytes, limits)?;
        let section = |name| scan.sections.get(name).copied();
        let words = section::read_words(section(section::WORDS_SECTION))?;
        let manifest = section::read_manifest(section(section::MANIFEST_SECTION))?
            .map(Manifest::parse)
            .transpose()?;
        let types = scan.types.as_ref();
        let imports = imports::read(types, &scan.imports);
        let operations = exports::read(types, &scan.imports, &scan.exports, &words, limits)?;
        Ok(Self {
            digest: Digest::of(bytes),
            size: bytes.len(),
            lane: imports::lane(&imports),
            imports,
            operations,
            manifest,
            words,
            names: TopLevelNames {
                imports: scan.imports.iter().map(ToString::to_string).collect(),
                exports: scan.exports.iter().map(ToString::to_string).collect(),
            },
        })
    }

    /// Capabilities that the component imports, in the order of [`Capability::ALL`].
    pub fn capabilities(&self) -> impl Iterator<Item = Capability> {
        Capability::ALL
            .into_iter()
            .filter(|capability| self.import_of(*capability).is_some())
    }

    /// The import of a capability, if there is one.
    #[must_use]
    pub fn import_of(&self, capability: Capability) -> Option<&Import> {
        self.imports
            .iter()
            .find(|import| import.kind == ImportKind::Skill(capability))
    }

    /// Whether the component imports this function of the contract, for example `write` of files.
    #[must_use]
    pub fn calls(&self, capability: Capability, function: &str) -> bool {
        self.imports.iter().any(|import| {
            import.kind == ImportKind::Skill(capability)
                && import.functions.iter().any(|name| name == function)
        })
    }

    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }
}

/// Top-level export names and sections of ours, after full validation.
pub(crate) fn outline(bytes: &[u8]) -> Result<(Vec<&str>, Vec<&'static str>), ReadError> {
    let scan = scan::Scan::run(bytes, &ReadLimits::default())?;
    Ok((scan.exports, scan.sections.into_keys().collect()))
}

#[cfg(test)]
mod generated_types;
#[cfg(test)]
mod tests;
