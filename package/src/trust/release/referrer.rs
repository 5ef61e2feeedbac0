//! What is attached to a release: each statement, and the golden cases, as an OCI artifact whose `subject` is the release.

use super::artifact::{limit, read, same_bytes, write};
use super::error::{Document, ReleaseError};
use super::oci::{
    Annotations, Descriptor, EMPTY, EMPTY_TYPE, ENVELOPE_TYPE, GOLDEN_TYPE, INDEX_TYPE, ImageIndex,
    ImageManifest, MANIFEST_TYPE, TITLE,
};
use crate::digest::Digest;
use crate::trust::statement::{Claim as _, MAX_STATEMENT_BYTES, PublisherClaim, ReviewClaim};

/// Longest attached manifest in bytes.
pub const MAX_REFERRER_BYTES: usize = 4 << 10;
/// Longest golden cases in bytes, as one tar.
pub const MAX_GOLDEN_BYTES: usize = 8 << 20;

/// What is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReferrerKind {
    /// The publisher's signed statement.
    Publisher,
    /// The marketplace's signed statement.
    Review,
    /// The golden cases.
    Golden,
}

impl ReferrerKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Publisher, Self::Review, Self::Golden];

    /// Type of the artifact.
    #[must_use]
    pub const fn artifact_type(self) -> &'static str {
        match self {
            Self::Publisher => PublisherClaim::PAYLOAD_TYPE,
            Self::Review => ReviewClaim::PAYLOAD_TYPE,
            Self::Golden => GOLDEN_TYPE,
        }
    }

    const fn layer_type(self) -> &'static str {
        match self {
            Self::Publisher | Self::Review => ENVELOPE_TYPE,
            Self::Golden => GOLDEN_TYPE,
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Publisher => "publisher-statement.json",
            Self::Review => "review-statement.json",
            Self::Golden => "golden.tar",
        }
    }

    const fn max_bytes(self) -> usize {
        match self {
            Self::Publisher | Self::Review => MAX_STATEMENT_BYTES,
            Self::Golden => MAX_GOLDEN_BYTES,
        }
    }

    const fn shown(self) -> &'static str {
        match self {
            Self::Publisher => "publisher's statement",
            Self::Review => "review statement",
            Self::Golden => "set of golden cases",
        }
    }
}

/// The manifest that attaches something to a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referrer {
    /// What it attaches.
    pub kind: ReferrerKind,
    /// The manifest.
    pub manifest: Vec<u8>,
    /// Its digest.
    pub digest: Digest,
    /// Digest of what it attaches.
    pub blob: Digest,
}

impl Referrer {
    /// Attaches `blob` to the release with this descriptor ([`Artifact::descriptor`](super::Artifact::descriptor)). The
    /// same input always gives the same bytes.
    ///
    /// # Errors
    /// [`ReleaseError::TooLarge`] for a blob that would not be taken.
    pub fn build(
        kind: ReferrerKind,
        release: &Descriptor,
        blob: &[u8],
    ) -> Result<Self, ReleaseError> {
        limit(Document::Attachment, kind.max_bytes(), blob)?;
        let layer = Descriptor {
            annotations: Some(Annotations::from([(
                TITLE.to_owned(),
                kind.file().to_owned(),
            )])),
            ..Descriptor::of(kind.layer_type(), blob)
        };
        let manifest = ImageManifest {
            schema_version: 2,
            media_type: MANIFEST_TYPE.to_owned(),
            artifact_type: Some(kind.artifact_type().to_owned()),
            config: Descriptor::of(EMPTY_TYPE, EMPTY),
            layers: vec![layer],
            subject: Some(release.clone()),
            annotations: None,
        };
        let manifest = write(Document::Referrer, MAX_REFERRER_BYTES, &manifest)?;
        Ok(Self {
            kind,
            digest: Digest::of(&manifest),
            manifest,
            blob: Digest::of(blob),
        })
    }

    /// Checks that a manifest is exactly what [`Referrer::build`] makes of this blob for this release.
    ///
    /// # Errors
    /// [`ReleaseError`], also if it is attached to another release.
    pub fn check(
        manifest: &[u8],
        kind: ReferrerKind,
        release: &Descriptor,
        blob: &[u8],
    ) -> Result<Self, ReleaseError> {
        let expected = Self::build(kind, release, blob)?;
        let found: ImageManifest = read(Document::Referrer, MAX_REFERRER_BYTES, manifest)?;
        let wrong = |field| {
            Err(ReleaseError::Referrer {
                kind: kind.shown(),
                field,
            })
        };
        if found.subject.as_ref() != Some(release) {
            return wrong("subject");
        }
        if found.artifact_type.as_deref() != Some(kind.artifact_type()) {
            return wrong("artifactType");
        }
        if found
            .layers
            .iter()
            .map(|layer| layer.digest)
            .ne([expected.blob])
        {
            return wrong("layers");
        }
        same_bytes(Document::Referrer, manifest, &expected.manifest)?;
        Ok(expected)
    }

    /// As an index names it.
    #[must_use]
    pub fn descriptor(&self) -> Descriptor {
        Descriptor {
            artifact_type: Some(self.kind.artifact_type().to_owned()),
            ..Descriptor::of(MANIFEST_TYPE, &self.manifest)
        }
    }
}

/// The answer of the referrers interface: all that is attached to a release, or only what has this artifact type.
///
/// # Errors
/// [`ReleaseError::Malformed`], which does not happen.
pub fn referrers_index(
    referrers: &[Referrer],
    artifact_type: Option<&str>,
) -> Result<Vec<u8>, ReleaseError> {
    let mut manifests: Vec<Descriptor> = referrers
        .iter()
        .filter(|referrer| {
            artifact_type.is_none_or(|wanted| wanted == referrer.kind.artifact_type())
        })
        .map(Referrer::descriptor)
        .collect();
    manifests.sort_by_key(|descriptor| descriptor.digest);
    let index = ImageIndex {
        schema_version: 2,
        media_type: INDEX_TYPE.to_owned(),
        manifests,
    };
    write(Document::Referrer, usize::MAX, &index)
}
