//! A release as an OCI artifact, made from the component alone.

use jiff::Timestamp;
use semver::Version;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::log::entry::{MAX_TIME_MS, is_release_version};
use super::error::{Document, ReleaseError};
use super::oci::{
    Annotations, COMPONENT_TYPE, CONFIG_TYPE, CREATED, ComponentConfig, ConfigNames, DESCRIPTION,
    Descriptor, ImageManifest, LICENSES, MANIFEST_TYPE, TITLE, URL, VERSION, is_repository_part,
};
use crate::component::SkillPackage;
use crate::digest::Digest;
use crate::manifest::{Manifest, SkillName};
use crate::text::plain;

/// Longest image manifest in bytes.
pub const MAX_MANIFEST_BYTES: usize = 64 << 10;
/// Longest config in bytes.
pub const MAX_CONFIG_BYTES: usize = 256 << 10;

/// Image manifest and config of a release. The same component and time always give the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Name of the skill, from the manifest in the component.
    pub name: SkillName,
    /// Its version.
    pub version: Version,
    /// When it was made, in milliseconds since 1970, by the author's clock.
    pub created: i64,
    /// The image manifest.
    pub manifest: Vec<u8>,
    /// Its digest: the *release digest*.
    pub release: Digest,
    /// The config.
    pub config: Vec<u8>,
    /// Its digest.
    pub config_digest: Digest,
    /// Digest of the component.
    pub component: Digest,
}

impl Artifact {
    /// Makes the artifact of a component, with the manifest that is in it.
    ///
    /// # Errors
    /// [`ReleaseError`] if the component can't be read, has no manifest, or one that does not fit it.
    pub fn build(component: &[u8], created_ms: i64) -> Result<Self, ReleaseError> {
        Self::of(&SkillPackage::read(component)?, created_ms)
    }

    /// The same for a component that was read already.
    ///
    /// # Errors
    /// As [`Artifact::build`].
    pub fn of(package: &SkillPackage, created_ms: i64) -> Result<Self, ReleaseError> {
        let manifest = package.manifest.as_ref().ok_or(ReleaseError::NoManifest)?;
        manifest.check(package).map_err(ReleaseError::Manifest)?;
        let name = &manifest.name;
        if ![&name.publisher, &name.skill]
            .into_iter()
            .all(is_repository_part)
        {
            return Err(ReleaseError::Name(name.to_string()));
        }
        if !is_release_version(&manifest.version) {
            let version = plain(&manifest.version.to_string(), 140);
            return Err(ReleaseError::Version(version));
        }
        let created = timestamp(created_ms)?;
        let config = write(
            Document::Config,
            MAX_CONFIG_BYTES,
            &config(package, &created),
        )?;
        let image = write(
            Document::Manifest,
            MAX_MANIFEST_BYTES,
            &image(package, manifest, &config, &created),
        )?;
        Ok(Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            created: created_ms,
            release: Digest::of(&image),
            manifest: image,
            config_digest: Digest::of(&config),
            config,
            component: package.digest,
        })
    }

    /// Checks that image manifest and config are exactly what [`Artifact::build`] makes from this component, and that all
    /// three belong together.
    ///
    /// # Errors
    /// [`ReleaseError`], one variant for each cause.
    pub fn check(manifest: &[u8], config: &[u8], component: &[u8]) -> Result<Self, ReleaseError> {
        // What is small is refused before what is large is read.
        let created = created_in(config)?;
        limit(Document::Manifest, MAX_MANIFEST_BYTES, manifest)?;
        let expected = Self::build(component, created)?;
        expected.compare(manifest, config)
    }

    /// The same for a component that was read already.
    ///
    /// # Errors
    /// As [`Artifact::check`].
    pub fn check_package(
        manifest: &[u8],
        config: &[u8],
        package: &SkillPackage,
    ) -> Result<Self, ReleaseError> {
        let created = created_in(config)?;
        Self::of(package, created)?.compare(manifest, config)
    }

    /// The descriptor of the image manifest, as a referrer names it.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::of(MANIFEST_TYPE, &self.manifest)
    }

    fn compare(self, manifest: &[u8], config: &[u8]) -> Result<Self, ReleaseError> {
        compare_configs(&read(Document::Config, MAX_CONFIG_BYTES, config)?, &self)?;
        same_bytes(Document::Config, config, &self.config)?;
        compare_manifests(
            &read(Document::Manifest, MAX_MANIFEST_BYTES, manifest)?,
            &self,
        )?;
        same_bytes(Document::Manifest, manifest, &self.manifest)?;
        Ok(self)
    }
}

fn timestamp(ms: i64) -> Result<String, ReleaseError> {
    if !(0..=MAX_TIME_MS).contains(&ms) {
        return Err(ReleaseError::Time);
    }
    let time = Timestamp::from_millisecond(ms).map_err(|_| ReleaseError::Time)?;
    Ok(time.to_string())
}

/// The time that a config states, in its one spelling.
fn created_in(config: &[u8]) -> Result<i64, ReleaseError> {
    let config: ComponentConfig = read(Document::Config, MAX_CONFIG_BYTES, config)?;
    let field = ReleaseError::ConfigField { field: "created" };
    let time: Timestamp = config.created.parse().map_err(|_| field.clone())?;
    let ms = time.as_millisecond();
    match timestamp(ms) {
        Ok(text) if text == config.created => Ok(ms),
        _ => Err(field),
    }
}

fn config(package: &SkillPackage, created: &str) -> ComponentConfig {
    ComponentConfig {
        created: created.to_owned(),
        architecture: "wasm".to_owned(),
        os: "wasip2".to_owned(),
        layer_digests: vec![package.digest],
        component: ConfigNames {
            exports: package.names.exports.clone(),
            imports: package.names.imports.clone(),
        },
    }
}

fn image(
    package: &SkillPackage,
    manifest: &Manifest,
    config: &[u8],
    created: &str,
) -> ImageManifest {
    let mut annotations = Annotations::from(
        [
            (TITLE, manifest.name.to_string()),
            (VERSION, manifest.version.to_string()),
            (DESCRIPTION, manifest.description.clone()),
            (LICENSES, manifest.licence.clone()),
            (CREATED, created.to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    if let Some(homepage) = &manifest.homepage {
        annotations.insert(URL.to_owned(), homepage.clone());
    }
    // Tools that pull name the file by it.
    let file = format!("{}.wasm", manifest.name.skill);
    ImageManifest {
        schema_version: 2,
        media_type: MANIFEST_TYPE.to_owned(),
        artifact_type: None,
        config: Descriptor::of(CONFIG_TYPE, config),
        layers: vec![Descriptor {
            media_type: COMPONENT_TYPE.to_owned(),
            digest: package.digest,
            size: u64::try_from(package.size).unwrap_or(u64::MAX),
            artifact_type: None,
            annotations: Some(Annotations::from([(TITLE.to_owned(), file)])),
        }],
        subject: None,
        annotations: Some(annotations),
    }
}

fn compare_configs(found: &ComponentConfig, expected: &Artifact) -> Result<(), ReleaseError> {
    let right: ComponentConfig = read(Document::Config, MAX_CONFIG_BYTES, &expected.config)?;
    if found.layer_digests != right.layer_digests {
        return Err(ReleaseError::ConfigLayer);
    }
    let (names, right_names) = (&found.component, &right.component);
    if names.imports != right_names.imports {
        return Err(ReleaseError::ConfigImports(difference(
            &names.imports,
            &right_names.imports,
        )));
    }
    if names.exports != right_names.exports {
        return Err(ReleaseError::ConfigExports(difference(
            &names.exports,
            &right_names.exports,
        )));
    }
    let field = |field| Err(ReleaseError::ConfigField { field });
    if found.architecture != right.architecture {
        return field("architecture");
    }
    if found.os != right.os {
        return field("os");
    }
    Ok(())
}

/// Which name is claimed and not there, or there and not claimed.
fn difference(claimed: &[String], real: &[String]) -> String {
    let only = |a: &[String], b: &[String]| a.iter().find(|name| !b.contains(name)).cloned();
    match (only(real, claimed), only(claimed, real)) {
        (Some(hidden), _) => format!(" (it hides `{}`)", plain(&hidden, 100)),
        (None, Some(added)) => format!(" (it adds `{}`)", plain(&added, 100)),
        (None, None) => " (in order or number)".to_owned(),
    }
}

fn compare_manifests(found: &ImageManifest, expected: &Artifact) -> Result<(), ReleaseError> {
    let right: ImageManifest = read(Document::Manifest, MAX_MANIFEST_BYTES, &expected.manifest)?;
    if found.config != right.config {
        return Err(ReleaseError::ManifestConfig);
    }
    if found.layers.len() != 1 {
        return Err(ReleaseError::ManifestLayers(found.layers.len()));
    }
    if found.layers != right.layers {
        return Err(ReleaseError::ManifestLayer);
    }
    let empty = Annotations::new();
    let claimed = found.annotations.as_ref().unwrap_or(&empty);
    let real = right.annotations.as_ref().unwrap_or(&empty);
    let wrong = real
        .keys()
        .chain(claimed.keys())
        .find(|key| claimed.get(*key) != real.get(*key));
    if let Some(key) = wrong {
        return Err(ReleaseError::ManifestAnnotation {
            key: plain(key, 100),
        });
    }
    let field = |field| Err(ReleaseError::ManifestField { field });
    if found.schema_version != right.schema_version {
        return field("schemaVersion");
    }
    if found.media_type != right.media_type {
        return field("mediaType");
    }
    if found.artifact_type != right.artifact_type {
        return field("artifactType");
    }
    if found.subject != right.subject {
        return field("subject");
    }
    Ok(())
}

pub(super) fn limit(document: Document, limit: usize, bytes: &[u8]) -> Result<(), ReleaseError> {
    if bytes.len() > limit {
        return Err(ReleaseError::TooLarge {
            document,
            size: bytes.len(),
            limit,
        });
    }
    Ok(())
}

pub(super) fn write<T: Serialize>(
    document: Document,
    max_bytes: usize,
    value: &T,
) -> Result<Vec<u8>, ReleaseError> {
    let bytes = serde_json::to_vec(value).map_err(|error| malformed(document, &error))?;
    limit(document, max_bytes, &bytes)?;
    Ok(bytes)
}

pub(super) fn read<T: DeserializeOwned>(
    document: Document,
    max_bytes: usize,
    bytes: &[u8],
) -> Result<T, ReleaseError> {
    limit(document, max_bytes, bytes)?;
    serde_json::from_slice(bytes).map_err(|error| malformed(document, &error))
}

fn malformed(document: Document, error: &serde_json::Error) -> ReleaseError {
    ReleaseError::Malformed {
        document,
        problem: plain(&error.to_string(), 200),
    }
}

pub(super) fn same_bytes(
    document: Document,
    found: &[u8],
    expected: &[u8],
) -> Result<(), ReleaseError> {
    if found == expected {
        return Ok(());
    }
    let at = found
        .iter()
        .zip(expected)
        .take_while(|(found, expected)| found == expected)
        .count();
    Err(ReleaseError::Spelling { document, at })
}
