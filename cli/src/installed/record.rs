//! What is installed under a name.

use guildhall_host::{Consent, Release};
use guildhall_package::market::money::Price;
use guildhall_package::{Digest, SkillName};
use semver::Version;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Version of the format, which is 1; another one is not guessed at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Format;

impl Format {
    const VERSION: u32 = 1;
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(Self::VERSION)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            Self::VERSION => Ok(Self),
            other => Err(serde::de::Error::custom(format!(
                "it has the format {other}, and this program knows {}",
                Self::VERSION
            ))),
        }
    }
}

/// One installed release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Record {
    /// Version of this format.
    pub format: Format,
    /// `publisher/skill`.
    pub name: SkillName,
    /// Which release.
    pub version: Version,
    /// Digest of the release's image manifest.
    pub release: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Digest of the file with what proves it.
    pub evidence: Digest,
    /// Digest of the golden cases, if it came with any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub golden: Option<Digest>,
    /// The marketplace, as its users call it: host and port.
    pub marketplace: String,
    /// Public key of the publisher that signed it, as text.
    pub key: String,
    /// Its place in the log.
    pub log_index: u64,
    /// What the merchant consented to.
    pub consent: Consent,
    /// Optional capabilities that the merchant declined, by the names that `consent` shows.
    #[serde(default)]
    pub declined: Vec<String>,
    /// Whether updates leave it alone.
    #[serde(default)]
    pub pinned: bool,
    /// When it was first installed, in milliseconds since the Unix epoch.
    pub installed_at_ms: i64,
    /// When this release took the place of another one, or its consent changed.
    pub changed_at_ms: i64,
    /// Why it must not run any more, if it was revoked and this machine knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<RevokedFact>,
    /// Whether it was yanked: it runs on, and is not offered any more.
    #[serde(default)]
    pub yanked: bool,
    /// What it cost when it was installed. What was free then stays so for this release; none if it could not be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// That a release was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RevokedFact {
    /// Why: text of a person, untrusted.
    pub reason: String,
    /// When this machine learned of it, in milliseconds since the Unix epoch.
    pub learned_at_ms: i64,
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(text).map_err(|error| error.to_string())
    }

    /// What the host is told that it loads.
    #[must_use]
    pub fn as_release(&self) -> Release {
        Release {
            name: self.name.to_string(),
            version: self.version.to_string(),
            component: self.component,
            marketplace: self.marketplace.clone(),
            consent: self.consent.clone(),
        }
    }
}
