//! What the console needs of installed skills and of marketplaces. The program that embeds it implements this, by the code
//! that its own commands use.

use crate::market::Market;
use futures::future::BoxFuture;
use guildhall_host::{Consent, Skill};
use guildhall_package::market::money::Price;
use guildhall_package::{Digest, SkillName, SkillPackage};
use semver::Version;
use std::sync::Arc;

/// An installed skill, as facts.
#[derive(Debug, Clone)]
pub struct Installed {
    /// `publisher/skill`.
    pub name: SkillName,
    /// Which release.
    pub version: Version,
    /// Digest of the release's image manifest.
    pub release: Digest,
    /// What its bytes say: operations, imports, manifest. `package.digest` is the component's.
    pub package: Arc<SkillPackage>,
    /// The marketplace, as its users call it: host and port.
    pub marketplace: String,
    /// Public key of the publisher that signed it, as text.
    pub key: String,
    /// What the merchant consented to.
    pub consent: Consent,
    /// Optional capabilities that the merchant declined, by the names that the consent page shows.
    pub declined: Vec<String>,
    /// Whether updates leave it alone.
    pub pinned: bool,
    /// When it was first installed, in milliseconds since the Unix epoch.
    pub installed_at_ms: i64,
    /// Why its marketplace revoked it, if it did: it can't be run.
    pub revoked: Option<String>,
    /// Whether its publisher took it back: it runs, and should be updated.
    pub yanked: bool,
    /// What it costs, if that is known.
    pub price: Option<Price>,
}

/// Why something of a shelf can't be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ShelfError {
    /// The rule that refused, or a word for the kind: `not-installed`, `licence.missing`, `skill.revoked`, `fault`.
    pub rule: String,
    /// What happened, plain and safe to show.
    pub message: String,
    /// What to do next.
    pub fix: Option<String>,
    /// Whether asking again later may help: the network, the disk, the marketplace.
    pub is_fault: bool,
}

/// Installed skills.
pub trait Shelf: Send + Sync {
    /// All of them, by name.
    ///
    /// # Errors
    /// If they can't be read.
    fn installed(&self) -> BoxFuture<'_, Result<Vec<Installed>, ShelfError>>;

    /// A number that is another one whenever something was installed, changed or taken away, also by another process.
    /// Cheap: it is asked for often.
    fn generation(&self) -> u64;

    /// A skill, ready to run: its bytes are what was installed, it is not revoked, and its licence allows it.
    ///
    /// # Errors
    /// The rule that refuses it.
    fn open<'a>(&'a self, name: &'a SkillName) -> BoxFuture<'a, Result<Skill, ShelfError>>;

    /// Where skills are found and installed; none where what is installed is fixed.
    fn market(&self) -> Option<&dyn Market> {
        None
    }
}
