//! What is released, in memory: folded from the log's entries in their order, so that every process shows the same. What the
//! entries mean is [`LogState`]'s; here is what serving needs besides. Pure; [`Shelf`] is the one that all requests read.

mod shelf;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use guildhall_package::market::money::Price;
use guildhall_package::market::release::Withdrawn;
use guildhall_package::trust::log::{Entry, Event};
use guildhall_package::trust::monitor::{Fault, LogState, ReleaseState};
use guildhall_package::trust::release::oci::EMPTY;
use guildhall_package::{Digest, FolderName, SkillName};
use semver::Version;

use crate::clock::wire;
use crate::store::publishes::Publish;

pub use shelf::{Published, Shelf, SignedStatus, Told};

/// Everything that the published log says, and the rows behind its releases.
#[derive(Debug, Default)]
pub struct Catalogue {
    log: LogState,
    /// Skills, by name as text.
    skills: HashMap<String, Skill>,
    /// Names of the skills of each publisher.
    by_publisher: BTreeMap<FolderName, Vec<FolderName>>,
}

/// What is kept of a skill.
#[derive(Debug)]
struct Skill {
    name: SkillName,
    rows: BTreeMap<Version, Row>,
    /// Which documents and blobs belong to which releases.
    parts: HashMap<Digest, Part>,
}

#[derive(Debug)]
struct Row {
    publish: Arc<Publish>,
    /// When it was yanked or revoked: the log's state keeps the reasons only.
    yanked_at: i64,
}

/// A document or blob of a skill.
#[derive(Debug, Clone)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// Its length in bytes, for documents and components; 0 for what is never long.
    pub size: u64,
    of: Vec<Version>,
}

/// What a part is to an OCI client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// A manifest.
    Manifest,
    /// A blob.
    Blob,
}

/// A skill that has releases.
#[derive(Clone, Copy)]
pub struct SkillView<'a> {
    catalogue: &'a Catalogue,
    skill: &'a Skill,
}

/// A release.
#[derive(Clone)]
pub struct ReleaseView<'a> {
    /// What was published.
    pub publish: &'a Arc<Publish>,
    /// What the log says of it.
    pub logged: &'a ReleaseState,
    /// Taken from the shelf.
    pub yanked: Option<Withdrawn>,
    /// Must not run: revoked by itself, or by its key.
    pub revoked: Option<Withdrawn>,
}

impl ReleaseView<'_> {
    /// Whether it may be handed out.
    #[must_use]
    pub const fn is_served(&self) -> bool {
        self.revoked.is_none()
    }

    /// Whether it is offered: served and not yanked.
    #[must_use]
    pub const fn is_offered(&self) -> bool {
        self.is_served() && self.yanked.is_none()
    }
}

impl Catalogue {
    /// Folds the next entry in. `publish` is the row of a release. Gives the skills whose offer may have changed.
    ///
    /// # Errors
    /// [`Fault`] if the log should not have taken it; it then changes nothing.
    pub fn apply(
        &mut self,
        entry: &Entry,
        publish: Option<Arc<Publish>>,
    ) -> Result<Vec<SkillName>, Fault> {
        self.log.apply(entry)?;
        Ok(match &entry.event {
            Event::Release(release) => match publish {
                Some(publish) => {
                    self.add(publish);
                    vec![release.name.clone()]
                }
                // A row that is gone: its entry stays, and nothing is served of it.
                None => Vec::new(),
            },
            Event::Yank(it) => {
                let row = self
                    .skills
                    .get_mut(&it.name.to_string())
                    .and_then(|skill| skill.rows.get_mut(&it.version));
                if let Some(row) = row {
                    row.yanked_at = entry.at;
                }
                vec![it.name.clone()]
            }
            Event::Unyank(it) | Event::Revoke(it) => vec![it.name.clone()],
            Event::Price { name, .. } => vec![name.clone()],
            // Which of its releases it concerns is told by their times.
            Event::KeyRevoked { publisher, .. } => self.skills_of(publisher),
            Event::NamespaceGranted { .. } | Event::KeyGranted { .. } => Vec::new(),
        })
    }

    /// What the entries mean.
    #[must_use]
    pub const fn log(&self) -> &LogState {
        &self.log
    }

    /// How many entries are folded in.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.log.size()
    }

    /// The skill of this name.
    #[must_use]
    pub fn skill(&self, publisher: &str, skill: &str) -> Option<SkillView<'_>> {
        self.named(&format!("{publisher}/{skill}"))
    }

    /// The skill of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<SkillView<'_>> {
        Some(SkillView {
            catalogue: self,
            skill: self.skills.get(name)?,
        })
    }

    /// Names of the skills of a publisher, in order.
    #[must_use]
    pub fn skills_of(&self, publisher: &FolderName) -> Vec<SkillName> {
        let names = self.by_publisher.get(publisher);
        names
            .into_iter()
            .flatten()
            .map(|skill| SkillName {
                publisher: publisher.clone(),
                skill: skill.clone(),
            })
            .collect()
    }

    fn add(&mut self, publish: Arc<Publish>) {
        let name = &publish.name;
        let names = self.by_publisher.entry(name.publisher.clone()).or_default();
        if let Err(at) = names.binary_search(&name.skill) {
            names.insert(at, name.skill.clone());
        }
        let skill = self
            .skills
            .entry(name.to_string())
            .or_insert_with(|| Skill {
                name: name.clone(),
                rows: BTreeMap::new(),
                parts: HashMap::new(),
            });
        skill.add_parts(&publish);
        let row = Row {
            yanked_at: 0,
            publish: Arc::clone(&publish),
        };
        skill.rows.insert(publish.version.clone(), row);
    }
}

impl Skill {
    fn add_parts(&mut self, publish: &Publish) {
        let mut add = |digest: Digest, kind, size: u64| {
            let part = self.parts.entry(digest).or_insert_with(|| Part {
                kind,
                size,
                of: Vec::new(),
            });
            part.of.push(publish.version.clone());
        };
        let manifest = wire(publish.manifest_bytes);
        add(publish.release, PartKind::Manifest, manifest);
        add(publish.component, PartKind::Blob, wire(publish.bytes));
        add(publish.config, PartKind::Blob, 0);
        for attached in &publish.referrers {
            let manifest = &attached.manifest;
            add(manifest.digest, PartKind::Manifest, manifest.size);
            add(attached.blob, PartKind::Blob, 0);
        }
        // The config of everything attached says nothing.
        add(Digest::of(EMPTY), PartKind::Blob, 0);
    }
}

impl<'a> SkillView<'a> {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'a SkillName {
        &self.skill.name
    }

    /// A release, whatever became of it.
    #[must_use]
    pub fn release(&self, version: &Version) -> Option<ReleaseView<'a>> {
        let row = self.skill.rows.get(version)?;
        let logged = self.catalogue.log.release(&self.skill.name, version)?;
        let withdrawn = |at: i64, reason: &str| Withdrawn {
            at: wire(at),
            reason: reason.to_owned(),
        };
        Some(ReleaseView {
            publish: &row.publish,
            logged,
            yanked: logged
                .yanked
                .as_ref()
                .map(|reason| withdrawn(row.yanked_at, reason)),
            revoked: self
                .catalogue
                .log
                .revocation(logged)
                .map(|(at, reason)| withdrawn(at, reason)),
        })
    }

    /// What it costs.
    #[must_use]
    pub fn price(&self) -> Price {
        let state = self.catalogue.log.skill(&self.skill.name);
        state.map_or(Price::Free, |state| state.price.clone())
    }

    /// All releases, highest version first.
    pub fn releases(&self) -> impl Iterator<Item = ReleaseView<'a>> + use<'a> {
        let view = *self;
        view.skill
            .rows
            .keys()
            .rev()
            .filter_map(move |version| view.release(version))
    }

    /// What tag `latest` names: the highest version that is offered and no pre-release.
    #[must_use]
    pub fn latest(&self) -> Option<ReleaseView<'a>> {
        let version = &self.catalogue.log.latest(&self.skill.name)?.entry.version;
        self.release(version)
    }

    /// The release that a version or `latest` names.
    #[must_use]
    pub fn named(&self, tag: &str) -> Option<ReleaseView<'a>> {
        if tag == "latest" {
            return self.latest();
        }
        self.release(&tag.parse().ok()?)
    }

    /// A document or blob that belongs to a release that is handed out.
    #[must_use]
    pub fn part(&self, digest: &Digest) -> Option<&'a Part> {
        let part = self.skill.parts.get(digest)?;
        part.of
            .iter()
            .filter_map(|version| self.release(version))
            .any(|release| release.is_served())
            .then_some(part)
    }

    /// The manifest of the newest version that is handed out and has this component.
    #[must_use]
    pub fn by_component(&self, digest: &Digest) -> Option<Digest> {
        let part = self.skill.parts.get(digest)?;
        let mut versions: Vec<&Version> = part.of.iter().collect();
        versions.sort();
        versions
            .into_iter()
            .rev()
            .filter_map(|version| self.release(version))
            .find(|release| release.publish.component == *digest && release.is_served())
            .map(|release| release.publish.release)
    }

    /// The release whose manifest has this digest, if it is handed out.
    #[must_use]
    pub fn by_manifest(&self, digest: &Digest) -> Option<ReleaseView<'a>> {
        let part = self.skill.parts.get(digest)?;
        part.of
            .iter()
            .filter_map(|version| self.release(version))
            .find(|release| release.publish.release == *digest && release.is_served())
    }
}
