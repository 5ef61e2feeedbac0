//! What a Guildhall skill is as bytes: its digest, its operations and their types, what it may ask
//! for, and what its manifest says about that. Nothing here runs a skill, opens a file or a socket.
//!
//! Start with [`SkillPackage::read`]; [`Inspection::of`] turns the result into what a person reads.

pub mod authority;
pub mod capability;
pub mod component;
pub mod digest;
pub mod inspect;
pub mod json;
pub mod manifest;
pub mod market;
pub mod model;
pub mod money;
mod schema;
pub mod section;
#[cfg(test)]
mod testing;
pub mod text;
pub mod trust;
pub mod words;

pub use authority::{
    Access, FolderDecl, FolderName, Method, Methods, PayeePattern, Target, TargetError, UrlGrant,
    UrlPattern,
};
pub use capability::Capability;
pub use component::{
    ExportPath, Import, ImportKind, Lane, OpResult, Operation, Param, ReadError, ReadLimits,
    RefusedImport, SkillPackage, TopLevelNames,
};
pub use digest::{Digest, HexDigits};
pub use inspect::Inspection;
pub use json::{JsonError, JsonLimits, parse_strict};
pub use manifest::{Manifest, ManifestError, ManifestErrors, SkillName};
pub use model::Type;
pub use words::Words;
