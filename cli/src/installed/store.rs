//! The folder of installed skills.

use super::Record;
use crate::disk;
use crate::error::CliError;
use crate::home::Home;
use guildhall_package::market::limits::{MAX_COMPONENT, MAX_GOLDEN};
use guildhall_package::market::money::Price;
use guildhall_package::text::plain;
use guildhall_package::{Digest, SkillName};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Longest record in bytes.
const MAX_RECORD: u64 = 1 << 20;
/// Longest evidence in bytes: component, statements, root files and proofs.
const MAX_EVIDENCE: u64 = 64 << 20;

/// Installed skills of one home.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// The folder of installed skills can't be used, or holds something else than was put there.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk.
    #[error("{path}: {error}")]
    Disk {
        /// Which file or folder.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A record that is not understood.
    #[error("the record of {name} is not understood: {problem}")]
    Record {
        /// The skill.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A file that has another digest than was recorded.
    #[error("the {what} of {name} is not what was installed: it was changed or is damaged")]
    Changed {
        /// The skill.
        name: SkillName,
        /// Component, evidence or golden cases.
        what: &'static str,
    },
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        let text = plain(&error.to_string(), 1_000);
        match error {
            StoreError::Disk { .. } => Self::fault(text),
            StoreError::Record { .. } => Self::unverified(text)
                .kind("installed-record")
                .fix("install it again: guildhall install NAME"),
            StoreError::Changed { name, .. } => Self::unverified(text)
                .kind("installed-changed")
                .fix(format!("install it again: guildhall install {name}")),
        }
    }
}

/// Files of a release that is about to be installed.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The component.
    pub component: &'a [u8],
    /// What proves it.
    pub evidence: &'a [u8],
    /// Its golden cases.
    pub golden: Option<&'a [u8]>,
}

/// One of the files of a skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Component,
    Evidence,
    Golden,
}

impl Part {
    const fn ending(self) -> &'static str {
        match self {
            Self::Component => "wasm",
            Self::Evidence => "evidence",
            Self::Golden => "golden.tar",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Evidence => "evidence",
            Self::Golden => "golden cases",
        }
    }

    const fn limit(self) -> u64 {
        match self {
            Self::Component => MAX_COMPONENT,
            Self::Evidence => MAX_EVIDENCE,
            Self::Golden => MAX_GOLDEN,
        }
    }

    fn file(self, digest: Digest) -> String {
        format!("{}.{}", digest.hex(), self.ending())
    }
}

/// Held while something is installed, changed or taken away.
#[derive(Debug)]
pub struct Locked {
    _file: File,
}

impl Store {
    /// The store of a home. Nothing is made before something is installed.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        Self {
            folder: home.path().join("installed"),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until nobody else changes something.
    ///
    /// # Errors
    /// If the folder can't be made or locked.
    pub fn lock(&self) -> Result<Locked, StoreError> {
        let file = disk::create_folder(&self.folder)
            .and_then(|()| disk::lock(&self.folder.join(".lock")))
            .map_err(|error| at(&self.folder, error))?;
        Ok(Locked { _file: file })
    }

    /// Everything that is installed, by name.
    ///
    /// # Errors
    /// If the folder can't be read, or a record is not understood.
    pub fn list(&self) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        for publisher in folders(&self.folder)? {
            for skill in folders(&self.folder.join(&publisher))? {
                if let Ok(name) = format!("{publisher}/{skill}").parse::<SkillName>()
                    && let Some(record) = self.get(&name)?
                {
                    records.push(record);
                }
            }
        }
        records.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(records)
    }

    /// What is installed under a name.
    ///
    /// # Errors
    /// If it can't be read or understood.
    pub fn get(&self, name: &SkillName) -> Result<Option<Record>, StoreError> {
        let path = self.skill(name).join("record.json");
        let Some(text) = disk::read(&path, MAX_RECORD).map_err(|error| at(&path, error))? else {
            return Ok(None);
        };
        let record = Record::parse(&text).and_then(|record| {
            if record.name == *name {
                Ok(record)
            } else {
                Err(format!("it is about {}", record.name))
            }
        });
        record.map(Some).map_err(|problem| StoreError::Record {
            name: name.to_string(),
            problem: plain(&problem, 300),
        })
    }

    /// The component, checked against the record.
    ///
    /// # Errors
    /// If it is not there, or not what was installed.
    pub fn component(&self, record: &Record) -> Result<Vec<u8>, StoreError> {
        self.part(record, Part::Component, record.component)
    }

    /// What proves the release, checked against the record.
    ///
    /// # Errors
    /// As [`Store::component`].
    pub fn evidence(&self, record: &Record) -> Result<Vec<u8>, StoreError> {
        self.part(record, Part::Evidence, record.evidence)
    }

    /// The golden cases, if the release came with any, checked against the record.
    ///
    /// # Errors
    /// As [`Store::component`].
    pub fn golden(&self, record: &Record) -> Result<Option<Vec<u8>>, StoreError> {
        record
            .golden
            .map(|digest| self.part(record, Part::Golden, digest))
            .transpose()
    }

    fn part(&self, record: &Record, part: Part, digest: Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.skill(&record.name).join(part.file(digest));
        let changed = || StoreError::Changed {
            name: record.name.clone(),
            what: part.word(),
        };
        let bytes = disk::read(&path, part.limit())
            .map_err(|error| at(&path, error))?
            .ok_or_else(changed)?;
        if Digest::of(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(changed())
        }
    }

    /// Installs a release, in the place of the one before if there is one. It is installed when its record is there; a crash
    /// before that leaves what was.
    ///
    /// # Errors
    /// If it can't be written; what was installed before still is.
    pub fn put(&self, _: &Locked, record: &Record, parts: Parts<'_>) -> Result<(), StoreError> {
        let folder = self.skill(&record.name);
        disk::create_folder(&folder).map_err(|error| at(&folder, error))?;
        let golden = record.golden.zip(parts.golden);
        let files = [
            Some((Part::Component, record.component, parts.component)),
            Some((Part::Evidence, record.evidence, parts.evidence)),
            golden.map(|(digest, bytes)| (Part::Golden, digest, bytes)),
        ];
        for (part, digest, bytes) in files.into_iter().flatten() {
            let path = folder.join(part.file(digest));
            disk::write(&path, bytes).map_err(|error| at(&path, error))?;
        }
        self.write(record)?;
        self.sweep(record)
    }

    /// Writes down what changed about an installed release: its consent, its pin, that it was revoked.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn change(&self, _: &Locked, record: &Record) -> Result<(), StoreError> {
        self.write(record)
    }

    /// Writes down what an installed skill of a marketplace costs by now. It may have been changed or taken away meanwhile.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn set_price(
        &self,
        name: &SkillName,
        marketplace: &str,
        price: &Price,
    ) -> Result<(), StoreError> {
        if self.get(name)?.is_none() {
            return Ok(());
        }
        let locked = self.lock()?;
        match self.get(name)? {
            Some(record)
                if record.marketplace == marketplace && record.price.as_ref() != Some(price) =>
            {
                let price = Some(price.clone());
                self.change(&locked, &Record { price, ..record })
            }
            _ => Ok(()),
        }
    }

    /// Takes a skill away: its record first, so that it is gone from that moment on.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn remove(&self, _: &Locked, name: &SkillName) -> Result<(), StoreError> {
        let folder = self.skill(name);
        disk::remove(&folder.join("record.json"))
            .and_then(|()| disk::remove_folder(&folder))
            .map_err(|error| at(&folder, error))
    }

    fn write(&self, record: &Record) -> Result<(), StoreError> {
        let path = self.skill(&record.name).join("record.json");
        let text = serde_json::to_vec_pretty(record)
            .map_err(|error| at(&path, io::Error::other(error)))?;
        disk::write(&path, &text).map_err(|error| at(&path, error))
    }

    /// Takes away what a crash has left of other releases.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn tidy(&self, _: &Locked, record: &Record) -> Result<(), StoreError> {
        self.sweep(record)
    }

    /// Removes what belongs to an earlier release, or was left by a crash.
    fn sweep(&self, record: &Record) -> Result<(), StoreError> {
        let folder = self.skill(&record.name);
        let mut keep = vec![
            "record.json".to_owned(),
            Part::Component.file(record.component),
            Part::Evidence.file(record.evidence),
        ];
        keep.extend(record.golden.map(|digest| Part::Golden.file(digest)));
        let entries = std::fs::read_dir(&folder).map_err(|error| at(&folder, error))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            if !keep.iter().any(|kept| name == **kept) {
                disk::remove(&entry.path()).map_err(|error| at(&entry.path(), error))?;
            }
        }
        Ok(())
    }

    /// Names have no dots and no slashes, so this stays inside.
    fn skill(&self, name: &SkillName) -> PathBuf {
        self.folder
            .join(name.publisher.as_str())
            .join(name.skill.as_str())
    }
}

fn folders(path: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(path, error)),
    };
    Ok(entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}

fn at(path: &Path, error: io::Error) -> StoreError {
    StoreError::Disk {
        path: path.display().to_string(),
        error,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_host::Consent;
    use proptest::prelude::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        (folder, Store::of(&home))
    }

    fn record(name: &str, version: &str, component: &[u8], golden: Option<&[u8]>) -> Record {
        Record {
            format: super::super::Format,
            name: name.parse().unwrap(),
            version: version.parse().unwrap(),
            release: Digest::of(b"manifest"),
            component: Digest::of(component),
            evidence: Digest::of(b"proof"),
            golden: golden.map(Digest::of),
            marketplace: "market.test".to_owned(),
            key: "ed25519:x".to_owned(),
            log_index: 7,
            consent: Consent::default(),
            declined: vec!["files:archive".to_owned()],
            pinned: false,
            installed_at_ms: 1_000,
            changed_at_ms: 1_000,
            revoked: None,
            yanked: false,
            price: None,
        }
    }

    fn put(store: &Store, record: &Record, component: &[u8], golden: Option<&[u8]>) {
        let locked = store.lock().unwrap();
        let parts = Parts {
            component,
            evidence: b"proof",
            golden,
        };
        store.put(&locked, record, parts).unwrap();
    }

    #[test]
    fn what_was_installed_is_found_whole_and_goes_whole() {
        let (_folder, store) = store();
        assert_eq!(store.list().unwrap(), []);
        let one = record("acme/x", "1.0.0", b"one", Some(b"tar"));
        put(&store, &one, b"one", Some(b"tar"));
        let other = record("acme/a", "0.1.0", b"other", None);
        put(&store, &other, b"other", None);
        assert_eq!(store.list().unwrap(), [other, one.clone()]);
        assert_eq!(store.component(&one).unwrap(), b"one");
        assert_eq!(store.evidence(&one).unwrap(), b"proof");
        assert_eq!(store.golden(&one).unwrap().unwrap(), b"tar");
        let locked = store.lock().unwrap();
        store.remove(&locked, &one.name).unwrap();
        assert_eq!(store.get(&one.name).unwrap(), None);
        assert_eq!(store.list().unwrap().len(), 1);
    }

    #[test]
    fn an_update_leaves_nothing_of_what_was_before() {
        let (_folder, store) = store();
        let one = record("acme/x", "1.0.0", b"one", Some(b"tar"));
        put(&store, &one, b"one", Some(b"tar"));
        let two = record("acme/x", "1.1.0", b"two", None);
        put(&store, &two, b"two", None);
        assert_eq!(store.get(&two.name).unwrap().as_ref(), Some(&two));
        assert_eq!(store.component(&two).unwrap(), b"two");
        assert!(store.component(&one).is_err());
        let left = std::fs::read_dir(store.skill(&two.name)).unwrap().count();
        assert_eq!(left, 3);
    }

    #[test]
    fn a_component_that_was_changed_is_not_run() {
        let (_folder, store) = store();
        let one = record("acme/x", "1.0.0", b"one", None);
        put(&store, &one, b"one", None);
        let path = store
            .skill(&one.name)
            .join(Part::Component.file(one.component));
        std::fs::write(&path, b"two").unwrap();
        let error = CliError::from(store.component(&one).unwrap_err());
        assert_eq!((&*error.kind, error.exit.code()), ("installed-changed", 5));
        assert!(error.fix.unwrap().contains("guildhall install acme/x"));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(
            store.component(&one),
            Err(StoreError::Changed { .. })
        ));
    }

    #[test]
    fn a_record_that_is_not_understood_is_an_error_and_not_nothing() {
        let (_folder, store) = store();
        let one = record("acme/x", "1.0.0", b"one", None);
        put(&store, &one, b"one", None);
        let path = store.skill(&one.name).join("record.json");
        let text = std::fs::read_to_string(&path).unwrap();
        for wrong in [
            "{}".to_owned(),
            text.replace("\"format\": 1", "\"format\": 2"),
            text.replace("acme/x", "acme/y"),
            text.replace("\"pinned\"", "\"pined\""),
        ] {
            std::fs::write(&path, wrong).unwrap();
            let error = CliError::from(store.get(&one.name).unwrap_err());
            assert_eq!((&*error.kind, error.exit.code()), ("installed-record", 5));
            assert!(store.list().is_err());
        }
    }

    proptest! {
        #[test]
        fn no_record_panics(text in ".{0,200}") {
            let _ = Record::parse(text.as_bytes());
        }
    }
}
