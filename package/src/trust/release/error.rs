//! Why a release is refused.

use crate::component::ReadError;
use crate::manifest::ManifestErrors;

/// Why bytes are no release, or do not belong together. Each cause its own variant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseError {
    /// The component can't be read.
    #[error(transparent)]
    Component(#[from] ReadError),
    /// There is no manifest in the component.
    #[error(
        "the component has no manifest in it, so it says neither its name nor what it asks for; build it with `guildhall build`, which puts skill.toml into it"
    )]
    NoManifest,
    /// The manifest does not fit the component.
    #[error("the manifest in the component does not say what its bytes do: {0}")]
    Manifest(ManifestErrors),
    /// The name can't be that of a release.
    #[error(
        "the name `{0}` can't be released: registries take no name of which a part ends with `-`, so nobody could pull it; give it another name in skill.toml"
    )]
    Name(String),
    /// The version can't be that of a release.
    #[error(
        "the version {0} can't be released: it must have no build metadata (`+…`), because two builds of one version would be two releases of it, and at most 128 characters; release it as a version of its own"
    )]
    Version(String),
    /// The time can't be.
    #[error("the time of the release is not in the years 1970 to 9999; set the clock right")]
    Time,
    /// A document is longer than is taken.
    #[error("the {document} is {size} bytes long and at most {limit} are taken")]
    TooLarge {
        /// Which document.
        document: Document,
        /// Length in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A document is not the JSON that it must be.
    #[error(
        "the {document} is not as `guildhall publish` writes it: {problem}; publish with that command, or get it again"
    )]
    Malformed {
        /// Which document.
        document: Document,
        /// What the parser says, made safe to show.
        problem: String,
    },
    /// The config claims other imports than the component has.
    #[error(
        "the config lies about the component: it lists other imports than the bytes have{0}; who reads only the config would be misled about what the skill can reach, so nothing of this release is taken"
    )]
    ConfigImports(String),
    /// The config claims other exports than the component has.
    #[error(
        "the config lies about the component: it lists other exports than the bytes have{0}; nothing of this release is taken"
    )]
    ConfigExports(String),
    /// The config names another component.
    #[error(
        "the config names another component than the one that came with it: one of the two was exchanged; get both again"
    )]
    ConfigLayer,
    /// Another field of the config is not what it must be.
    #[error("the config's `{field}` is not what a component's config says there")]
    ConfigField {
        /// Which field.
        field: &'static str,
    },
    /// The image manifest names another config.
    #[error(
        "the image manifest names another config than the one that came with it: one of the two was exchanged; get both again"
    )]
    ManifestConfig,
    /// The image manifest names another component.
    #[error(
        "the image manifest names another component than the one that came with it: one of the two was exchanged; get both again"
    )]
    ManifestLayer,
    /// The image manifest has no layer, or several.
    #[error(
        "the image manifest has {0} layers, and a skill is exactly one; what else is in it nobody reviewed"
    )]
    ManifestLayers(usize),
    /// An annotation says something else than the component's own manifest.
    #[error(
        "the image manifest says something else than the skill's own manifest, in its annotation `{key}`; nothing of this release is taken"
    )]
    ManifestAnnotation {
        /// Which annotation, made safe to show.
        key: String,
    },
    /// Another field of the image manifest is not what it must be.
    #[error("the image manifest's `{field}` is not what the manifest of a skill says there")]
    ManifestField {
        /// Which field.
        field: &'static str,
    },
    /// The same in another spelling.
    #[error(
        "the {document} says the right things in another spelling, from byte {at} on: only the exact bytes count, because their digest is the release's name; get it again from where it was published"
    )]
    Spelling {
        /// Which document.
        document: Document,
        /// Where the two differ first, from 0.
        at: usize,
    },
    /// A manifest that is attached to a release belongs to another one, or is of another kind.
    #[error("the attached manifest is not that of a {kind} of this release: its `{field}` differs")]
    Referrer {
        /// What it should be.
        kind: &'static str,
        /// Which field.
        field: &'static str,
    },
}

/// A document of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// The image manifest.
    Manifest,
    /// The config.
    Config,
    /// A manifest that is attached to a release.
    Referrer,
    /// What such a manifest attaches.
    Attachment,
}

impl std::fmt::Display for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Manifest => "image manifest",
            Self::Config => "config",
            Self::Referrer => "attached manifest",
            Self::Attachment => "attachment",
        })
    }
}
