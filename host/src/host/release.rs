//! An installed release, as whoever installed it has verified it.

use super::HostError;
use crate::approvals::Trust;
use crate::effects::canonical_digest;
use crate::grants::Consent;
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName, SkillPackage};
use serde::{Deserialize, Serialize};

/// A release of a skill, and what its merchant consented to. The host takes it as true: signatures, review and log are
/// for whoever installs to verify. That the bytes are those of the release the host checks each time it loads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// `publisher/skill`, as in the component's manifest.
    pub name: String,
    /// Version, as in the component's manifest.
    pub version: String,
    /// Digest of the component.
    pub component: Digest,
    /// The marketplace it came from, as its users call it. A skill of the same name from elsewhere is another skill.
    pub marketplace: String,
    /// What the merchant consented to.
    pub consent: Consent,
}

impl Release {
    /// What loading it again must be the same as.
    pub(super) fn key(&self) -> Result<Digest, HostError> {
        canonical_digest(self).map_err(|error| HostError::Internal(error.to_string()))
    }

    pub(super) fn trust(&self) -> Trust {
        Trust::SignedRelease {
            marketplace: self.marketplace.clone(),
        }
    }

    /// What its store is keyed by.
    pub(super) fn state_key(&self) -> String {
        format!("release:{}:{}", self.marketplace, self.name)
    }

    /// Insists that the bytes are those of the release.
    pub(super) fn check(&self, package: &SkillPackage) -> Result<(), String> {
        if package.digest != self.component {
            return Err(format!(
                "they have the digest {}, the release has {}",
                package.digest, self.component
            ));
        }
        let Some(manifest) = &package.manifest else {
            return Err("they carry no manifest".to_owned());
        };
        let is = (manifest.name.to_string(), manifest.version.to_string());
        let name = self
            .name
            .parse::<SkillName>()
            .map_err(|error| error.to_string())?;
        if (name.to_string(), self.version.clone()) == is {
            return Ok(());
        }
        Err(format!(
            "their manifest says {} {}, the release is {} {}",
            is.0,
            is.1,
            plain(&self.name, 130),
            plain(&self.version, 40)
        ))
    }
}
