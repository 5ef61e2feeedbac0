//! Skills and their releases, as everybody sees them.

use semver::Version;
use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::money::Price;
use super::review::{Finding, GoldenRuns};
use crate::capability::Capability;
use crate::{Digest, FolderName, SkillName};

/// `GET /api/v1/skills/{publisher}/{skill}`. Texts are the author's and untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SkillInfo {
    /// `publisher/skill`.
    pub name: SkillName,
    /// What it does, from the latest release.
    pub description: String,
    /// SPDX licence expression, from the latest release.
    pub licence: String,
    /// Home page, from the latest release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homepage: Option<String>,
    /// Words for searching.
    pub keywords: Vec<String>,
    /// Category, from its keywords.
    pub category: String,
    /// What it costs.
    pub price: Price,
    /// Tag `latest`: the highest version that is neither yanked nor revoked nor a pre-release. None: nothing to install.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub latest: Option<Version>,
    /// How many releases there are, all counted.
    pub releases: u64,
    /// When the first and the last release were logged.
    pub first: u64,
    /// See `first`.
    pub last: u64,
}

/// A release, as in lists and by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseInfo {
    /// `publisher/skill`.
    pub name: SkillName,
    /// The version.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub version: Version,
    /// Digest of the OCI image manifest.
    pub release: Digest,
    /// Digest of the component.
    pub component: Digest,
    /// Length of the component in bytes.
    pub bytes: u64,
    /// Place in the log.
    pub log_index: u64,
    /// When it was logged.
    pub released: u64,
    /// Id of the publisher's key that signed it.
    pub key: String,
    /// Whether it is no longer offered. It still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<Withdrawn>,
    /// Whether it must not run any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Withdrawn>,
}

/// Why and when a release was yanked or revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Withdrawn {
    /// When it was logged.
    pub at: u64,
    /// Why: text of a person, untrusted.
    pub reason: String,
}

/// `GET /api/v1/releases/{publisher}/{skill}/{version}`: with what the review says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReleaseDetail {
    /// The release.
    #[serde(flatten)]
    pub release: ReleaseInfo,
    /// What it does: untrusted text.
    pub description: String,
    /// SPDX licence expression.
    pub licence: String,
    /// Capabilities that its bytes import.
    pub capabilities: Vec<Capability>,
    /// What it may do at most.
    pub authority: Authority,
    /// What it can do, a sentence each.
    pub can: Vec<String>,
    /// What it can't do, a sentence each.
    pub cannot: Vec<String>,
    /// What the review found.
    pub findings: Vec<Finding>,
    /// How its golden cases ended.
    pub golden: GoldenRuns,
    /// Digest of the whole report.
    pub report: Digest,
    /// Account whose decision let it pass, if it was held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<FolderName>,
}

/// `POST …/yank`, `…/unyank`, `…/revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Why, one line of 1 to 280 characters. It is public and stays in the log.
    pub reason: String,
}

/// Answer to what becomes an entry of the log: it holds from the checkpoint on that has the entry in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Logged {
    /// Size of a published checkpoint that holds the entry; none if that took longer than the answer could wait. It is
    /// durable either way.
    pub tree_size: Option<u64>,
}
