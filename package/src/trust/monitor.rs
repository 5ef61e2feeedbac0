//! What all entries of a log together say: names, keys, releases, prices, and what was taken back. The service folds them into
//! its catalogue; an auditor folds them to see whether the log kept its own rules, and whether the signed status tells the
//! truth.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::keys::PublicKey;
use super::log::checkpoint::TreeHead;
use super::log::entry::{Entry, Event, Price, ReleaseEntry, Withdrawal};
use super::status::{RevokedKey, RevokedRelease, Status, YankedRelease};
use crate::authority::FolderName;
use crate::digest::Digest;
use crate::manifest::SkillName;

/// Reason of a release that a revoked key signed too late.
pub const KEY_REASON: &str = "the key that signed it was revoked";

/// What the entries of a log, read from the first one on, amount to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogState {
    size: u64,
    at: i64,
    publishers: BTreeMap<FolderName, i64>,
    keys: BTreeMap<PublicKey, KeyState>,
    skills: BTreeMap<SkillName, SkillState>,
    digests: BTreeSet<Digest>,
    /// Releases that were ever yanked or revoked: few of many, and all that a status looks at.
    withdrawn: BTreeSet<(SkillName, Version)>,
}

/// What the log says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// Whose it is.
    pub publisher: FolderName,
    /// Index of the entry that granted it.
    pub granted_index: u64,
    /// When it was granted, in milliseconds since 1970.
    pub granted_at: i64,
    /// If it was revoked: releases that were logged at this time or later are void.
    pub revoked_from: Option<i64>,
}

/// What the log says of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillState {
    /// Its price. Free until one is set.
    pub price: Price,
    /// Its releases.
    pub releases: BTreeMap<Version, ReleaseState>,
}

/// What the log says of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseState {
    /// Index of its entry.
    pub index: u64,
    /// When it was logged, in milliseconds since 1970.
    pub at: i64,
    /// Its entry.
    pub entry: ReleaseEntry,
    /// Why it is not offered, if it was yanked.
    pub yanked: Option<String>,
    /// Why and since when it must not run, if it was revoked by itself.
    pub revoked: Option<(i64, String)>,
}

/// An entry that the log should not have taken. What it would change is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entry {index} of the log {what}; the log broke its own rules, tell its operator")]
pub struct Fault {
    /// Index of the entry, from 0.
    pub index: u64,
    /// What it did.
    pub what: FaultKind,
}

/// What an entry did against the rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// It is dated before the one in front of it.
    #[error("is dated before the entry in front of it")]
    BackInTime,
    /// The name was granted before.
    #[error("grants the name `{0}` a second time")]
    NamespaceTwice(FolderName),
    /// Nobody has the name.
    #[error("is about `{0}`, a name that was granted to nobody")]
    UnknownPublisher(FolderName),
    /// The key was granted before, to this publisher or another.
    #[error("grants the key {0} a second time")]
    KeyTwice(PublicKey),
    /// The key is not one of this publisher.
    #[error("names the key {0}, which is not a key of that publisher")]
    ForeignKey(PublicKey),
    /// The key was revoked.
    #[error("is a release signed by the key {0}, which had been revoked")]
    RevokedKey(PublicKey),
    /// The key was revoked before, from the same date or an earlier one.
    #[error("revokes the key {0} again, and no further back")]
    RevokedTwice(PublicKey),
    /// A key would be revoked from a date to come.
    #[error("revokes the key {0} from a date that had not come")]
    RevokedAhead(PublicKey),
    /// The version was released before.
    #[error("releases {0} {1} a second time")]
    VersionTwice(SkillName, Version),
    /// The same image manifest was released before, under another name or version.
    #[error("releases {0} again, which had been released")]
    DigestTwice(Digest),
    /// There is no such release.
    #[error("is about {0} {1}, of which there is no such release")]
    UnknownRelease(SkillName, Version),
    /// There is no such skill.
    #[error("is about {0}, of which there is no release")]
    UnknownSkill(SkillName),
    /// It would change nothing.
    #[error("changes nothing: {0} {1} was already so")]
    Already(SkillName, Version),
}

/// Where a signed status differs from the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// It is about another size than was read.
    #[error("the status is about {status} entries and {read} were read; read the log to that size")]
    Size {
        /// Size in the status.
        status: u64,
        /// Entries that were read.
        read: u64,
    },
    /// It does not list a release that the log revoked.
    #[error("the status hides that {0} {1} was revoked")]
    HidesRevoked(SkillName, Version),
    /// It lists a release as revoked that is not.
    #[error("the status calls {0} {1} revoked, and the log does not")]
    InventsRevoked(SkillName, Version),
    /// It does not list a key that the log revoked, or from another date.
    #[error("the status hides that the key {0} was revoked, or since when")]
    HidesKey(PublicKey),
    /// It lists a key as revoked that is not.
    #[error("the status calls the key {0} revoked, and the log does not")]
    InventsKey(PublicKey),
    /// It does not list a release that the log yanked.
    #[error("the status hides that {0} {1} was yanked")]
    HidesYanked(SkillName, Version),
    /// It lists a release as yanked that is not.
    #[error("the status calls {0} {1} yanked, and the log does not")]
    InventsYanked(SkillName, Version),
}

impl LogState {
    /// Takes the next entry.
    ///
    /// # Errors
    /// [`Fault`] if the log should not have taken it. It is counted all the same, and changes nothing else.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Fault> {
        let index = self.size;
        self.size += 1;
        if entry.at < self.at {
            return Err(Fault {
                index,
                what: FaultKind::BackInTime,
            });
        }
        self.at = entry.at;
        self.take(index, entry)
            .map_err(|what| Fault { index, what })
    }

    /// Entries so far.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Time of the last entry, in milliseconds since 1970; 0 if there is none.
    #[must_use]
    pub const fn at(&self) -> i64 {
        self.at
    }

    /// Whether the name was granted.
    #[must_use]
    pub fn has_publisher(&self, publisher: &FolderName) -> bool {
        self.publishers.contains_key(publisher)
    }

    /// All publishers, with the time in milliseconds since 1970 at which each got its name.
    pub fn publishers(&self) -> impl Iterator<Item = (&FolderName, i64)> {
        self.publishers.iter().map(|(name, at)| (name, *at))
    }

    /// What the log says of a key.
    #[must_use]
    pub fn key(&self, key: &PublicKey) -> Option<&KeyState> {
        self.keys.get(key)
    }

    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = (&PublicKey, &KeyState)> {
        self.keys.iter()
    }

    /// What the log says of a skill.
    #[must_use]
    pub fn skill(&self, name: &SkillName) -> Option<&SkillState> {
        self.skills.get(name)
    }

    /// All skills.
    pub fn skills(&self) -> impl Iterator<Item = (&SkillName, &SkillState)> {
        self.skills.iter()
    }

    /// What the log says of a release.
    #[must_use]
    pub fn release(&self, name: &SkillName, version: &Version) -> Option<&ReleaseState> {
        self.skills.get(name)?.releases.get(version)
    }

    /// Since when and why a release must not run, if so: it was revoked, or its key was, from a date before it.
    #[must_use]
    pub fn revocation<'a>(&'a self, release: &'a ReleaseState) -> Option<(i64, &'a str)> {
        if let Some((at, reason)) = &release.revoked {
            return Some((*at, reason));
        }
        let from = self.keys.get(&release.entry.key)?.revoked_from?;
        (from <= release.at).then_some((from, KEY_REASON))
    }

    /// The release that is installed when no version is named: the highest that is neither yanked nor revoked nor a
    /// pre-release.
    #[must_use]
    pub fn latest(&self, name: &SkillName) -> Option<&ReleaseState> {
        self.skills.get(name)?.releases.values().rev().find(|it| {
            it.entry.version.pre.is_empty() && it.yanked.is_none() && self.revocation(it).is_none()
        })
    }

    /// The status that this log has to sign.
    #[must_use]
    pub fn status(&self, origin: &str, head: TreeHead, issued: i64, expires: i64) -> Status {
        let mut revoked = Vec::new();
        let mut yanked = Vec::new();
        let withdrawn = self.withdrawn.iter();
        for it in withdrawn.filter_map(|(name, version)| self.release(name, version)) {
            let ReleaseEntry {
                name,
                version,
                release,
                ..
            } = it.entry.clone();
            if let Some((at, reason)) = self.revocation(it) {
                revoked.push(RevokedRelease {
                    release,
                    name: name.clone(),
                    version: version.clone(),
                    at,
                    reason: reason.to_owned(),
                });
            }
            if let Some(reason) = &it.yanked {
                yanked.push(YankedRelease {
                    release,
                    name,
                    version,
                    reason: reason.clone(),
                });
            }
        }
        revoked.sort_by_key(|it| it.release);
        yanked.sort_by_key(|it| it.release);
        let revoked_keys = self
            .keys
            .iter()
            .filter_map(|(key, state)| {
                Some(RevokedKey {
                    key: *key,
                    publisher: state.publisher.clone(),
                    from: state.revoked_from?,
                })
            })
            .collect();
        Status {
            origin: origin.to_owned(),
            issued,
            expires,
            size: head.size,
            root: head.root,
            revoked,
            revoked_keys,
            yanked,
            refunded: Vec::new(),
        }
    }

    /// Compares a signed status with what was read. Whether its root hash is the log's has to be checked by whoever computed
    /// the tree.
    #[must_use]
    pub fn compare(&self, status: &Status) -> Vec<Difference> {
        if status.size != self.size {
            return vec![Difference::Size {
                status: status.size,
                read: self.size,
            }];
        }
        let own = self.status(&status.origin, status.head(), status.issued, status.expires);
        let mut differences = Vec::new();
        for it in &own.revoked {
            if status.revocation(&it.release) != Some(it) {
                differences.push(Difference::HidesRevoked(
                    it.name.clone(),
                    it.version.clone(),
                ));
            }
        }
        for it in &status.revoked {
            if own.revocation(&it.release).is_none() {
                differences.push(Difference::InventsRevoked(
                    it.name.clone(),
                    it.version.clone(),
                ));
            }
        }
        for it in &own.revoked_keys {
            if status.key_revocation(&it.key) != Some(it) {
                differences.push(Difference::HidesKey(it.key));
            }
        }
        for it in &status.revoked_keys {
            if own.key_revocation(&it.key).is_none() {
                differences.push(Difference::InventsKey(it.key));
            }
        }
        for it in &own.yanked {
            if status.yank(&it.release) != Some(it) {
                differences.push(Difference::HidesYanked(it.name.clone(), it.version.clone()));
            }
        }
        for it in &status.yanked {
            if own.yank(&it.release).is_none() {
                differences.push(Difference::InventsYanked(
                    it.name.clone(),
                    it.version.clone(),
                ));
            }
        }
        differences
    }

    fn take(&mut self, index: u64, entry: &Entry) -> Result<(), FaultKind> {
        match &entry.event {
            Event::NamespaceGranted { publisher } => {
                if self.has_publisher(publisher) {
                    return Err(FaultKind::NamespaceTwice(publisher.clone()));
                }
                self.publishers.insert(publisher.clone(), entry.at);
                Ok(())
            }
            Event::KeyGranted { publisher, key } => {
                self.known(publisher)?;
                if self.keys.contains_key(key) {
                    return Err(FaultKind::KeyTwice(*key));
                }
                let state = KeyState {
                    publisher: publisher.clone(),
                    granted_index: index,
                    granted_at: entry.at,
                    revoked_from: None,
                };
                self.keys.insert(*key, state);
                Ok(())
            }
            Event::KeyRevoked {
                publisher,
                key,
                from,
            } => self.revoke_key(entry.at, publisher, key, *from),
            Event::Release(release) => self.add(index, entry.at, release),
            Event::Price { name, price } => {
                let skill = self
                    .skills
                    .get_mut(name)
                    .ok_or_else(|| FaultKind::UnknownSkill(name.clone()))?;
                skill.price = price.clone();
                Ok(())
            }
            Event::Yank(it) => self.change(it, |state| {
                let new = state.yanked.is_none();
                state.yanked.get_or_insert_with(|| it.reason.clone());
                new
            }),
            Event::Unyank(it) => self.change(it, |state| state.yanked.take().is_some()),
            Event::Revoke(it) => self.change(it, |state| {
                let new = state.revoked.is_none();
                let why = || (entry.at, it.reason.clone());
                state.revoked.get_or_insert_with(why);
                new
            }),
        }
    }

    fn known(&self, publisher: &FolderName) -> Result<(), FaultKind> {
        if self.has_publisher(publisher) {
            Ok(())
        } else {
            Err(FaultKind::UnknownPublisher(publisher.clone()))
        }
    }

    fn revoke_key(
        &mut self,
        at: i64,
        publisher: &FolderName,
        key: &PublicKey,
        from: i64,
    ) -> Result<(), FaultKind> {
        let state = self
            .keys
            .get_mut(key)
            .filter(|state| state.publisher == *publisher)
            .ok_or(FaultKind::ForeignKey(*key))?;
        if from > at {
            return Err(FaultKind::RevokedAhead(*key));
        }
        if state.revoked_from.is_some_and(|known| known <= from) {
            return Err(FaultKind::RevokedTwice(*key));
        }
        state.revoked_from = Some(from);
        let of_key = self
            .skills
            .values()
            .flat_map(|skill| skill.releases.values())
            .filter(|release| release.entry.key == *key && from <= release.at)
            .map(|release| (release.entry.name.clone(), release.entry.version.clone()));
        self.withdrawn.extend(of_key);
        Ok(())
    }

    fn add(&mut self, index: u64, at: i64, release: &ReleaseEntry) -> Result<(), FaultKind> {
        self.known(&release.name.publisher)?;
        let key = self
            .keys
            .get(&release.key)
            .filter(|key| key.publisher == release.name.publisher)
            .ok_or(FaultKind::ForeignKey(release.key))?;
        if key.revoked_from.is_some() {
            return Err(FaultKind::RevokedKey(release.key));
        }
        if self.release(&release.name, &release.version).is_some() {
            return Err(FaultKind::VersionTwice(
                release.name.clone(),
                release.version.clone(),
            ));
        }
        if !self.digests.insert(release.release) {
            return Err(FaultKind::DigestTwice(release.release));
        }
        let skill = self
            .skills
            .entry(release.name.clone())
            .or_insert_with(|| SkillState {
                price: Price::Free,
                releases: BTreeMap::new(),
            });
        let state = ReleaseState {
            index,
            at,
            entry: release.clone(),
            yanked: None,
            revoked: None,
        };
        skill.releases.insert(release.version.clone(), state);
        Ok(())
    }

    /// Changes a release; `change` says whether it did.
    fn change(
        &mut self,
        it: &Withdrawal,
        change: impl FnOnce(&mut ReleaseState) -> bool,
    ) -> Result<(), FaultKind> {
        let state = self
            .skills
            .get_mut(&it.name)
            .and_then(|skill| skill.releases.get_mut(&it.version))
            .filter(|state| state.entry.release == it.release)
            .ok_or_else(|| FaultKind::UnknownRelease(it.name.clone(), it.version.clone()))?;
        if change(state) {
            self.withdrawn.insert((it.name.clone(), it.version.clone()));
            Ok(())
        } else {
            Err(FaultKind::Already(it.name.clone(), it.version.clone()))
        }
    }
}
