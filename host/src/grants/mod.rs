//! What one invocation is granted, and the intersection that decides.
//!
//! Pure data and pure code: nothing here opens, resolves or reads anything.

mod authority;

pub use authority::{Authority, Consent};

use crate::capabilities::files::FileGrant;
use crate::money::PayGrant;
use guildhall_package::FolderName;
use guildhall_package::authority::UrlGrant;
use serde::{Deserialize, Serialize};

/// The authority that one invocation carries. Empty by default: a run without grants can only compute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Hosts, methods and paths that may be reached.
    pub network: Vec<UrlGrant>,
    /// Files and folders by name. A name may stand for reading once and for writing once.
    pub files: Vec<FileGrant>,
    /// Ceilings of payments, each for one payee or for any.
    #[serde(default)]
    pub payments: Vec<PayGrant>,
    /// Channels by which messages may be sent.
    #[serde(default)]
    pub messages: Vec<MessageGrant>,
    /// Names of secrets that are put into requests to the hosts they are bound to.
    #[serde(default)]
    pub secrets: Vec<FolderName>,
    /// The grants end at this time (milliseconds since the Unix epoch); none means with the invocation.
    pub expires_at_ms: Option<i64>,
}

/// A channel, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageGrant {
    /// Name of the channel.
    pub channel: FolderName,
    /// The one recipient; none means any, each fixed by the approval.
    pub recipient: Option<String>,
}

/// A text that is no message grant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write 'CHANNEL' or 'CHANNEL to RECIPIENT', for example 'email to billing@example.com'")]
pub struct MessageGrantError;

impl std::str::FromStr for MessageGrant {
    type Err = MessageGrantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (channel, recipient) = match text.split_once(" to ") {
            Some((channel, recipient)) => (channel, Some(recipient.trim())),
            None => (text, None),
        };
        if recipient.is_some_and(|r| r.is_empty() || r.len() > 320) {
            return Err(MessageGrantError);
        }
        Ok(Self {
            channel: channel.trim().parse().map_err(|_| MessageGrantError)?,
            recipient: recipient.map(str::to_owned),
        })
    }
}

impl Grants {
    /// No authority at all.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a network grant.
    #[must_use]
    pub fn network(mut self, grant: UrlGrant) -> Self {
        self.network.push(grant);
        self
    }

    /// Adds a ceiling for payments.
    #[must_use]
    pub fn payment(mut self, grant: PayGrant) -> Self {
        self.payments.push(grant);
        self
    }

    /// Adds a channel for messages.
    #[must_use]
    pub fn message(mut self, grant: MessageGrant) -> Self {
        self.messages.push(grant);
        self
    }

    /// Adds a secret.
    #[must_use]
    pub fn secret(mut self, name: FolderName) -> Self {
        self.secrets.push(name);
        self
    }

    /// Adds a file or folder grant.
    #[must_use]
    pub fn file(mut self, grant: FileGrant) -> Self {
        self.files.push(grant);
        self
    }
}
