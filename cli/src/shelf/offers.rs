//! Offers: releases that were verified and shown, until somebody consents to one. What is in memory is installed as it is; what another
//! process has shown is known here by its name and version, and is fetched and verified anew: only if it is the same offer it counts.
//!
//! ```text
//! offers/OFFER     which release of which marketplace was shown, and when
//! ```

use super::market::id_of;
use crate::disk;
use crate::error::CliError;
use crate::home::Home;
use crate::installed::Record;
use crate::market::{Market, Place, Release};
use crate::when::now_ms;
use guildhall_package::market::money::Price;
use guildhall_package::{Digest, SkillName};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Most offers that are kept, in memory and on disk.
const MOST: usize = 8;
const MOST_FILES: usize = 64;
/// How long an offer is kept.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// Longest file, in bytes.
const MAX_FILE: u64 = 4_096;

/// Offers of a home.
pub(super) struct Offers {
    folder: PathBuf,
    shown: VecDeque<Shown>,
}

/// A release as it was shown.
pub(super) struct Shown {
    pub(super) market: Market,
    pub(super) release: Arc<Release>,
    pub(super) before: Option<Record>,
    pub(super) price: Option<Price>,
}

/// Which release was shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Named {
    place: String,
    name: SkillName,
    version: Version,
    at_ms: i64,
}

impl Shown {
    fn id(&self) -> Digest {
        id_of(&self.release, self.before.as_ref())
    }
}

impl Named {
    /// Where it was offered, by its address.
    pub(super) fn place(&self) -> Result<Place, CliError> {
        super::market::parsed(&self.place)
    }

    /// What was offered.
    pub(super) const fn release(&self) -> (&SkillName, &Version) {
        (&self.name, &self.version)
    }
}

impl Offers {
    pub(super) fn of(home: &Home) -> Self {
        Self {
            folder: home.path().join("offers"),
            shown: VecDeque::new(),
        }
    }

    /// Keeps what is shown, here and for every other process of this home.
    pub(super) fn keep(&mut self, shown: Shown) -> Result<(), CliError> {
        let id = shown.id();
        let entry = &shown.release.verified.entry;
        let named = Named {
            place: shown.market.place().to_string(),
            name: entry.name.clone(),
            version: entry.version.clone(),
            at_ms: now_ms(),
        };
        let text =
            serde_json::to_vec(&named).map_err(|error| CliError::fault(error.to_string()))?;
        disk::create_folder(&self.folder)
            .and_then(|()| self.tidy())
            .and_then(|()| disk::write(&self.file(id), &text))
            .map_err(|error| broken(&self.folder, &error))?;
        self.shown.retain(|other| other.id() != id);
        while self.shown.len() >= MOST {
            self.shown.pop_front();
        }
        self.shown.push_back(shown);
        Ok(())
    }

    /// Which release an offer is; none if it is over, was consented to, or never was. It can be consented to once.
    pub(super) fn take(&mut self, id: Digest) -> Result<Option<(Named, Option<Shown>)>, CliError> {
        let at = self.shown.iter().position(|shown| shown.id() == id);
        let shown = at.and_then(|at| self.shown.remove(at));
        let path = self.file(id);
        let text = disk::read(&path, MAX_FILE).map_err(|error| broken(&path, &error))?;
        let Some(text) = text else {
            return Ok(None);
        };
        disk::remove(&path).map_err(|error| broken(&path, &error))?;
        let named: Option<Named> = serde_json::from_slice(&text).ok();
        Ok(named
            .filter(|named| is_kept(now_ms().saturating_sub(named.at_ms)))
            .map(|named| (named, shown)))
    }

    fn file(&self, id: Digest) -> PathBuf {
        self.folder.join(id.hex())
    }

    /// Takes away what is over, and the oldest of too many.
    fn tidy(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            // One that another process has taken away meanwhile is gone.
            if let Ok(about) = entry.metadata() {
                files.push((about.modified()?, entry.path()));
            }
        }
        files.sort();
        let many = files.len().saturating_sub(MOST_FILES);
        for (index, (at, path)) in files.iter().enumerate() {
            if index < many || at.elapsed().is_ok_and(|age| age >= KEPT) {
                disk::remove(path)?;
            }
        }
        Ok(())
    }
}

fn is_kept(age_ms: i64) -> bool {
    u64::try_from(age_ms).is_ok_and(|age| Duration::from_millis(age) < KEPT)
}

fn broken(path: &Path, error: &io::Error) -> CliError {
    CliError::fault(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_kept_for_half_an_hour_and_none_is_from_the_future() {
        for (age, kept) in [
            (0, true),
            (1_799_999, true),
            (1_800_000, false),
            (-1, false),
        ] {
            assert_eq!(is_kept(age), kept, "{age}");
        }
    }
}
