//! The documents of an OCI registry that a release consists of. Each is written in one way: compact JSON with the fields in
//! this order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::authority::FolderName;
use crate::digest::Digest;

/// Media type of an image manifest.
pub const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
/// Media type of an index, also of the answer of the referrers interface.
pub const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";
/// Media type of a component's config, as `wkg` writes it.
pub const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
/// Media type of a component.
pub const COMPONENT_TYPE: &str = "application/wasm";
/// Media type of a config that says nothing.
pub const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
/// Content of a config that says nothing.
pub const EMPTY: &[u8] = b"{}";
/// Media type of a signed envelope.
pub const ENVELOPE_TYPE: &str = "application/vnd.dsse.envelope.v1+json";
/// Media type of golden cases.
pub const GOLDEN_TYPE: &str = "application/vnd.guildhall.golden.v1+tar";

/// Annotation: version of the software.
pub const VERSION: &str = "org.opencontainers.image.version";
/// Annotation: what it is, for people.
pub const DESCRIPTION: &str = "org.opencontainers.image.description";
/// Annotation: SPDX licence expression.
pub const LICENSES: &str = "org.opencontainers.image.licenses";
/// Annotation: name. On a layer, the name of the file.
pub const TITLE: &str = "org.opencontainers.image.title";
/// Annotation: when it was made.
pub const CREATED: &str = "org.opencontainers.image.created";
/// Annotation: home page.
pub const URL: &str = "org.opencontainers.image.url";

/// Whether a name can be a part of a repository's name, as the distribution specification takes it: our names are narrower,
/// but may end with `-`.
#[must_use]
pub fn is_repository_part(name: &FolderName) -> bool {
    !name.as_str().ends_with('-')
}

/// Further facts of a document, sorted by name.
pub type Annotations = BTreeMap<String, String>;

/// Names another document or blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
    /// In an index: what a manifest is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Further facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
}

impl Descriptor {
    /// Names these bytes.
    #[must_use]
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest: Digest::of(bytes),
            // A length in memory is below 2^63.
            size: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            artifact_type: None,
            annotations: None,
        }
    }
}

/// An image manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageManifest {
    /// Always 2.
    pub schema_version: u32,
    /// Always [`MANIFEST_TYPE`].
    pub media_type: String,
    /// What it is about, if the config does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The config.
    pub config: Descriptor,
    /// The content.
    pub layers: Vec<Descriptor>,
    /// The manifest that this one says something about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Further facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
}

/// An index of manifests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageIndex {
    /// Always 2.
    pub schema_version: u32,
    /// Always [`INDEX_TYPE`].
    pub media_type: String,
    /// The manifests.
    pub manifests: Vec<Descriptor>,
}

/// Config of a component, in the layout of `wkg`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentConfig {
    /// When it was made, by RFC 3339.
    pub created: String,
    /// Always `wasm`.
    pub architecture: String,
    /// Always `wasip2`, which is how this layout says that it is a component.
    pub os: String,
    /// Digest of the component.
    pub layer_digests: Vec<Digest>,
    /// What the component gives and takes.
    pub component: ConfigNames,
}

/// Top-level names of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigNames {
    /// Exports, in the component's order.
    pub exports: Vec<String>,
    /// Imports, in the component's order.
    pub imports: Vec<String>,
}
