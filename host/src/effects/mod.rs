//! Effects: what a run has staged, as data.
//!
//! An effect is a typed fact written by the host. Nothing here performs anything; only the commit
//! executor does, and only from a [`Committed`] effect.

mod committed;
mod machine;
mod set;

pub use committed::Committed;
pub(crate) use committed::seal_effect;
pub use machine::{EffectEvent, EffectState};
pub use set::EffectSet;
pub(crate) use set::canonical_digest;

use crate::capabilities::files::{GrantLocation, RelPath};
use crate::money::Amount;
use guildhall_package::Digest;
use serde::{Deserialize, Serialize};

/// One staged effect of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Handle within the run: 0 for the first one staged.
    pub index: u32,
    /// Handles of effects that must be done before this one.
    pub requires: Vec<u32>,
    /// What it would do.
    pub facts: EffectFacts,
}

/// What an effect would do, in typed facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EffectFacts {
    /// Writes one file.
    FileWrite(FileWrite),
    /// Orders one payment.
    Payment(Payment),
    /// Sends one message.
    Message(Message),
    /// Facts that were not kept: the run ended, and its retention was not `full`.
    Forgotten {
        /// Rank in the order of commit.
        was: u8,
    },
}

impl Effect {
    /// What is left of an effect whose facts are not kept.
    pub(crate) const fn forgotten(index: u32, was: u8) -> Self {
        Self {
            index,
            requires: Vec::new(),
            facts: EffectFacts::Forgotten { was },
        }
    }
}

/// One file write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrite {
    /// Path as the guest named it: `reports/vat.csv`.
    pub path: String,
    /// The granted folder or file it goes to, by absolute path and identity.
    pub location: GrantLocation,
    /// Path inside the granted folder; none if the grant is the file itself.
    pub inside: Option<RelPath>,
    /// Digest of the new content.
    pub digest: Digest,
    /// Size of the new content in bytes.
    pub bytes: u64,
    /// Digest of what it replaces; none if the file is new.
    pub replaces: Option<Digest>,
}

/// One payment order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Wallet account that it leaves from, by name.
    pub from: String,
    /// Rail that carries it: `book` or `bank-file`, or one of the embedder's.
    pub rail: String,
    /// Account scheme of the payee: `iban` or `book`.
    pub scheme: String,
    /// Account in its scheme: this is the payee.
    pub account: String,
    /// Payee's name: a claim of the document.
    pub payee_name: String,
    /// Amount; positive.
    pub amount: Amount,
    /// Document that is paid.
    pub document: String,
    /// Payment key over account and document: in force once, over pending orders too.
    pub key: Digest,
    /// Requested date, `YYYY-MM-DD`; none means as soon as possible.
    pub requested_date: Option<String>,
    /// The skill's reason.
    pub reason: String,
}

/// One outgoing message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Channel name.
    pub channel: String,
    /// Where that channel leads; none for a channel of the embedder.
    pub through: Option<Route>,
    /// Address in the channel.
    pub recipient: String,
    /// Subject, if any.
    pub subject: Option<String>,
    /// Digest of the content: text and attachments.
    pub digest: Digest,
    /// Attachments, by name, size and digest.
    pub attachments: Vec<Attached>,
}

/// Where a channel leads, as it was set up when a message was staged. A message whose channel leads elsewhere by the time it
/// would be sent is not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// For a person: the server of a webhook, or the mail server and who sends.
    pub address: String,
    /// Digest of everything that was set up.
    pub config: Digest,
}

/// One attachment of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Path as the guest named it.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Digest of the content.
    pub digest: Digest,
}

impl EffectFacts {
    /// The kind as one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::FileWrite(_) => "file-write",
            Self::Payment(_) => "payment",
            Self::Message(_) => "message",
            Self::Forgotten { .. } => "forgotten",
        }
    }

    /// Rank in the order of commit: files, then money, then messages.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::FileWrite(_) => 0,
            Self::Payment(_) => 1,
            Self::Message(_) => 2,
            Self::Forgotten { was } => *was,
        }
    }

    /// One line for a person, from facts only.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::FileWrite(write) => {
                let verb = if write.replaces.is_some() {
                    "replace"
                } else {
                    "create"
                };
                format!("{verb} {} ({} bytes)", write.path, write.bytes)
            }
            Self::Payment(payment) => format!(
                "pay {} to {}:{} for {}",
                payment.amount, payment.scheme, payment.account, payment.document
            ),
            Self::Message(message) => {
                format!("send to {} by {}", message.recipient, message.channel)
            }
            Self::Forgotten { was } => {
                let what = match was {
                    0 => "a file",
                    1 => "a payment",
                    _ => "a message",
                };
                format!("{what}; its facts are not kept")
            }
        }
    }
}

impl FileWrite {
    /// Absolute path of the target.
    #[must_use]
    pub fn target(&self) -> std::path::PathBuf {
        self.location.absolute(self.inside.as_ref())
    }
}
