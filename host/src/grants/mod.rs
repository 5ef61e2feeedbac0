//! What one invocation is granted, and the intersection that decides.
//!
//! Pure data and pure code: nothing here opens, resolves or reads anything.

mod authority;

pub use authority::{Authority, Consent};

use crate::capabilities::files::FileGrant;
use guildhall_package::authority::UrlGrant;
use serde::{Deserialize, Serialize};

/// The authority that one invocation carries. Empty by default: a run without grants can only compute.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Hosts, methods and paths that may be reached.
    pub network: Vec<UrlGrant>,
    /// Files and folders by name. A name may stand for reading once and for writing once.
    pub files: Vec<FileGrant>,
    /// The grants end at this time (milliseconds since the Unix epoch); none means with the invocation.
    pub expires_at_ms: Option<i64>,
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

    /// Adds a file or folder grant.
    #[must_use]
    pub fn file(mut self, grant: FileGrant) -> Self {
        self.files.push(grant);
        self
    }
}
