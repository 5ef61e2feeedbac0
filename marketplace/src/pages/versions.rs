//! The versions of a skill, each with what it may do and the one before it might not.

use guildhall_package::Digest;
use guildhall_package::market::Authority;
use semver::Version;

use super::words::{self, Day};
use crate::catalogue::SkillView;
use crate::clock::wire;

/// Versions on one page.
const SHOWN: usize = 20;

/// A version in the list.
#[derive(Debug, Clone)]
pub struct Row {
    /// The version.
    pub version: String,
    /// Digest of its manifest.
    pub release: Digest,
    /// When it was logged.
    pub released: Day,
    /// How often it was downloaded.
    pub downloads: String,
    /// `latest`, `yanked`, `revoked` or nothing.
    pub mark: &'static str,
    /// Why it was taken back.
    pub why: String,
    /// Whether this page is about it.
    pub is_shown: bool,
    /// What it may do compared with the version before it.
    pub change: Change,
}

/// What a release may do compared with the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// There is none before it.
    pub is_first: bool,
    /// What it may do and the other may not.
    pub more: Vec<String>,
    /// What the other may do and it may not.
    pub less: Vec<String>,
}

impl Change {
    /// Compared with `before`.
    #[must_use]
    pub fn of(authority: &Authority, before: Option<&Authority>) -> Self {
        let Some(before) = before else {
            return Self {
                is_first: true,
                more: Vec::new(),
                less: Vec::new(),
            };
        };
        let say = |wider: Vec<guildhall_package::market::authority::Wider>| {
            wider.iter().map(ToString::to_string).collect()
        };
        Self {
            is_first: false,
            more: say(authority.wider_than(before)),
            less: say(before.wider_than(authority)),
        }
    }

    /// Nothing is more and nothing is less.
    #[must_use]
    pub fn is_same(&self) -> bool {
        !self.is_first && self.more.is_empty() && self.less.is_empty()
    }
}

/// The newest versions, and how many are left out.
#[must_use]
pub fn rows(skill: &SkillView<'_>, shown: &Version, latest: Option<&Version>) -> (Vec<Row>, usize) {
    let all: Vec<_> = skill.releases().collect();
    let rows = all.iter().enumerate().take(SHOWN).map(|(at, release)| {
        let before = all
            .get(at + 1)
            .map(|before| &before.publish.facts.authority);
        let version = &release.publish.version;
        let (mark, why) = match (&release.revoked, &release.yanked) {
            (Some(revoked), _) => ("revoked", revoked.reason.clone()),
            (None, Some(yanked)) => ("yanked", yanked.reason.clone()),
            (None, None) if latest == Some(version) => ("latest", String::new()),
            (None, None) => ("", String::new()),
        };
        Row {
            version: version.to_string(),
            release: release.publish.release,
            released: words::day(wire(release.logged.at)),
            downloads: String::new(),
            mark,
            why,
            is_shown: version == shown,
            change: Change::of(&release.publish.facts.authority, before),
        }
    });
    (rows.collect(), all.len().saturating_sub(SHOWN))
}
