//! `skill.toml`: what an author says about a skill, and what the skill asks for.

mod check;
mod error;
mod licence;
mod parse;
mod settings;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use error::Place;
use semver::Version;
use serde::{Deserialize, Serialize};

pub use error::{ManifestError, ManifestErrors};

use crate::authority::{FolderDecl, FolderName, PayeePattern, UrlGrant, serde_as_text};
use crate::component::SkillPackage;

/// A manifest, checked in itself. Compare it with a component by [`Manifest::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// `publisher/skill`.
    pub name: SkillName,
    /// Version of the release.
    pub version: Version,
    /// What it does, one or a few sentences: untrusted text.
    pub description: String,
    /// SPDX licence expression.
    pub licence: String,
    /// Home page, an https URL.
    pub homepage: Option<String>,
    /// Where questions about the skill are answered: an https URL or an e-mail address.
    pub contact: Option<String>,
    /// Words for searching.
    pub keywords: Vec<String>,
    /// Network access asked for.
    pub network: Vec<NetworkDecl>,
    /// Files and folders asked for.
    pub files: Vec<FolderDecl>,
    /// Payments asked for.
    pub payments: Vec<PaymentDecl>,
    /// Messages asked for.
    pub messages: Vec<MessageDecl>,
    /// Own state asked for.
    pub state: Option<StateDecl>,
    /// Limits asked for; the host's own are never exceeded.
    pub limits: LimitRequests,
    /// Settings of the skill, by name.
    pub settings: BTreeMap<String, Setting>,
    /// Where in the text each declaration stands.
    places: Places,
}

/// Where declarations stand, in the order of the manifest's own lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Places {
    network: Vec<Place>,
    files: Vec<Place>,
    payments: Vec<Place>,
    messages: Vec<Place>,
    state: Place,
    settings: Place,
    /// Where a missing declaration would be added.
    end: Place,
}

/// Name of a skill: `publisher/skill`, each part as [`FolderName`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillName {
    /// Who publishes it.
    pub publisher: FolderName,
    /// The skill.
    pub skill: FolderName,
}

/// Network access that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkDecl {
    /// Methods and URLs.
    pub grant: UrlGrant,
    /// Why: untrusted text.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
}

/// Payments that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentDecl {
    /// Accounts that it may propose to pay. Never empty.
    pub payees: Vec<PayeePattern>,
    /// Why: untrusted text.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
}

/// Messages that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageDecl {
    /// Channels, for example `email`. Never empty.
    pub channels: Vec<FolderName>,
    /// Why: untrusted text.
    pub reason: String,
    /// Whether the skill also runs without it.
    pub optional: bool,
}

/// Own state that a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDecl {
    /// Why: untrusted text.
    pub reason: String,
    /// Room asked for, in bytes. Default 1 MiB.
    pub max_bytes: u64,
}

/// Limits that a manifest asks for. None means the host's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LimitRequests {
    /// Units of computation.
    pub fuel: Option<u64>,
    /// Wall-clock time in milliseconds.
    pub wall_ms: Option<u64>,
    /// Memory over all memories, in bytes.
    pub memory_bytes: Option<u64>,
    /// Table elements over all tables.
    pub table_elements: Option<u64>,
    /// Calls to the host.
    pub host_calls: Option<u64>,
    /// Bytes read from network, files and state.
    pub bytes_in: Option<u64>,
    /// Bytes sent and staged.
    pub bytes_out: Option<u64>,
    /// Bytes of log notes.
    pub log_bytes: Option<u64>,
}

/// A setting that the merchant can change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// What values it takes.
    pub kind: SettingKind,
    /// Value when the merchant sets none, as the skill gets it: text.
    pub default: Option<String>,
    /// What it is for: untrusted text.
    pub description: String,
}

/// What values a setting takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum SettingKind {
    /// Any text up to 1,000 characters.
    String,
    /// A whole number from -(2^63) to 2^63-1.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// One of these.
    Choice {
        /// The choices. Never empty.
        choices: Vec<String>,
    },
}

/// The text is not a [`SkillName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a skill is named `publisher/skill`, each of up to 64 small letters, digits and `-`, starting with a letter"
)]
pub struct SkillNameError;

impl FromStr for SkillName {
    type Err = SkillNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (publisher, skill) = text.split_once('/').ok_or(SkillNameError)?;
        Ok(Self {
            publisher: publisher.parse().map_err(|_| SkillNameError)?,
            skill: skill.parse().map_err(|_| SkillNameError)?,
        })
    }
}

impl fmt::Display for SkillName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.publisher, self.skill)
    }
}

serde_as_text!(SkillName);

impl Manifest {
    /// Longest `skill.toml` in bytes.
    pub const MAX_BYTES: usize = crate::section::MAX_SECTION;

    /// Reads `skill.toml`.
    ///
    /// # Errors
    /// All mistakes at once, each with its place and a fix. Unknown keys are mistakes.
    pub fn parse(text: &str) -> Result<Self, ManifestErrors> {
        parse::manifest(text)
    }

    /// Compares what is declared with what the component imports.
    ///
    /// # Errors
    /// Everything that is declared but not imported, and imported but not declared.
    pub fn check(&self, package: &SkillPackage) -> Result<(), ManifestErrors> {
        check::check(self, package)
    }
}

#[cfg(test)]
mod tests;
