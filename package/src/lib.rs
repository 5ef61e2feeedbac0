//! What a Guildhall skill is as bytes: its digest, its operations and their types, what it may ask
//! for, and what its manifest says about that. Nothing here runs a skill, opens a file or a socket.
//!
//! Start with [`SkillPackage::read`].

pub mod authority;
pub mod capability;
pub mod component;
pub mod digest;
pub mod json;
pub mod manifest;
pub mod model;
mod schema;
pub mod text;
pub mod words;

pub use authority::{
    Access, FolderDecl, FolderName, Method, Methods, PayeePattern, Target, TargetError, UrlGrant,
    UrlPattern,
};
pub use capability::Capability;
pub use component::{
    ExportPath, Import, ImportKind, Lane, OpResult, Operation, Param, ReadError, ReadLimits,
    RefusedImport, SkillPackage,
};
pub use digest::Digest;
pub use json::{JsonError, JsonLimits, parse_strict};
pub use manifest::{Manifest, ManifestError, ManifestErrors};
pub use model::Type;
pub use words::Words;
