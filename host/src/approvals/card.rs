//! The card: what would happen, in facts.

use crate::effects::Effect;
use crate::mandates::Proposal;
use crate::payees::Standing;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

/// Everything a person needs to decide about one run. Texts from the guest or its manifest are in fields
/// that say so; print them made plain and quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The run.
    pub invocation: String,
    /// Who asks.
    pub skill: SkillIdentity,
    /// Operation that ran.
    pub operation: String,
    /// What would be done: payments, messages, then files. (They are committed as files, payments, messages.)
    pub effects: Vec<CardEffect>,
    /// What was read.
    pub inputs: Vec<CardInput>,
    /// Where requests went during the run: `GET https://host` with a count.
    pub contacted: Vec<String>,
    /// What this run does *not* do, in sentences.
    pub does_not: Vec<String>,
    /// Why a person is asked although there are mandates, in sentences.
    pub asks: Vec<String>,
    /// The narrowest mandates that would have covered all of it; none where nothing can be proposed.
    pub proposals: Vec<Proposal>,
    /// Time zone of what is proposed.
    pub zone: String,
    /// Hash of the effect set: an approval binds to it.
    pub effect_set: Digest,
    /// When the card expires, in milliseconds since the Unix epoch.
    pub expires_at_ms: i64,
}

/// Which skill, and how far that is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillIdentity {
    /// Name from the manifest, `publisher/skill`: a claim unless `trust` says otherwise.
    pub name: Option<String>,
    /// Version from the manifest.
    pub version: Option<String>,
    /// Digest of the bytes.
    pub digest: Digest,
    /// Where it came from.
    pub trust: Trust,
}

/// How far a skill's identity is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// A file on this machine; nobody has signed it.
    UnsignedLocalFile,
    /// A release whose publisher, review and place in the log were verified when it was installed.
    SignedRelease {
        /// The marketplace that it came from, as its users call it: host and port.
        marketplace: String,
    },
    /// No skill: the host itself acts, because its user told it to.
    HostItself,
}

impl Trust {
    /// The words a card shows. Not made plain: a marketplace's name comes from whoever installed from it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::UnsignedLocalFile => "unsigned local file".to_owned(),
            Self::SignedRelease { marketplace } => format!("signed release from {marketplace}"),
            Self::HostItself => "guildhall itself, at your command; no skill runs".to_owned(),
        }
    }

    /// Whether name and version were proved, and are no claim of the skill's own.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        matches!(self, Self::SignedRelease { .. })
    }

    /// Whether no skill acts, but the host itself.
    #[must_use]
    pub const fn is_host(&self) -> bool {
        matches!(self, Self::HostItself)
    }
}

/// One effect on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardEffect {
    /// The effect, in facts.
    pub effect: Effect,
    /// One line, from facts.
    pub summary: String,
    /// The manifest's reason for the capability: the skill's claim.
    pub reason: Option<String>,
    /// What changes, where it can be shown.
    pub preview: Preview,
    /// What is known about the payee of a payment.
    pub payee: Option<Standing>,
}

/// What changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Preview {
    /// Old and new text of a file, at most 256 KiB each.
    Text {
        /// Absolute path of the target.
        target: String,
        /// Text that is replaced; none for a new file.
        old: Option<String>,
        /// New text.
        new: String,
    },
    /// Too large or not text: only sizes and digests can be shown.
    Opaque {
        /// Absolute path of the target, or what stands for it.
        target: String,
    },
}

/// One pinned input on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardInput {
    /// Path as the guest named it.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
}

impl Preview {
    /// What it is about: a path, an account, an address. None where that is not kept.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        let (Self::Text { target, .. } | Self::Opaque { target }) = self;
        (!target.is_empty()).then_some(target)
    }
}
