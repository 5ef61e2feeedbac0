//! Publisher keys of this machine: secrets as files of the user alone, and which of them is for whom.

use super::state::State;
use crate::disk;
use crate::error::CliError;
use crate::home::Home;
use crate::host::fault;
use crate::when::now_ms;
use guildhall_host::{KeyError, KeyFolder, SecretKey32};
use guildhall_package::FolderName;
use guildhall_package::text::plain;
use guildhall_package::trust::{PublicKey, SigningKey};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Longest list in bytes.
const MAX_LIST: u64 = 1 << 20;

/// One key as this machine knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnKey {
    /// Name of the file with the secret.
    pub file: String,
    /// Whose releases it signs.
    pub publisher: FolderName,
    /// The public half.
    pub public: PublicKey,
    /// When it was made, in milliseconds since the Unix epoch.
    pub created_at_ms: i64,
    /// Whether the marketplace has registered it. One that is not signs nothing.
    pub registered: bool,
}

/// The keys for one marketplace.
#[derive(Debug)]
pub struct OwnKeys {
    list: PathBuf,
    secrets: PathBuf,
}

impl OwnKeys {
    /// The keys for a marketplace. Nothing is made before a key is.
    #[must_use]
    pub fn of(home: &Home, state: &State) -> Self {
        Self {
            list: state.folder().join("keys.json"),
            secrets: home.path().join("publisher-keys"),
        }
    }

    /// All of them, oldest first.
    ///
    /// # Errors
    /// If the list can't be read.
    pub fn list(&self) -> Result<Vec<OwnKey>, CliError> {
        let Some(text) = disk::read(&self.list, MAX_LIST).map_err(|error| self.broken(&error))?
        else {
            return Ok(Vec::new());
        };
        serde_json::from_slice(&text).map_err(|error| {
            CliError::usage(plain(
                &format!("{} is not understood: {error}", self.list.display()),
                600,
            ))
            .kind("keys")
        })
    }

    /// Makes a key, to be registered.
    ///
    /// # Errors
    /// If it can't be kept.
    pub fn make(&self, publisher: &FolderName) -> Result<(OwnKey, SigningKey), CliError> {
        let random = SecretKey32::random().map_err(|error| key_error(&error))?;
        // The name says nothing and is not the key.
        let name: String = guildhall_package::Digest::of(random.expose())
            .hex()
            .chars()
            .take(16)
            .collect();
        let file = format!("key-{name}");
        let secret = self
            .folder()?
            .secret(&file)
            .map_err(|error| key_error(&error))?;
        let signing = SigningKey::from_seed(secret.expose());
        let key = OwnKey {
            file,
            publisher: publisher.clone(),
            public: signing.public(),
            created_at_ms: now_ms(),
            registered: false,
        };
        let mut list = self.list()?;
        list.push(key.clone());
        self.write(&list)?;
        Ok((key, signing))
    }

    /// Remembers that a key was registered.
    ///
    /// # Errors
    /// If the list can't be written.
    pub fn registered(&self, key: &PublicKey) -> Result<(), CliError> {
        let mut list = self.list()?;
        for known in list.iter_mut().filter(|known| known.public == *key) {
            known.registered = true;
        }
        self.write(&list)
    }

    /// The secret of a key.
    ///
    /// # Errors
    /// If it is not there, or not the one that it should be.
    pub fn signing(&self, key: &OwnKey) -> Result<SigningKey, CliError> {
        let secret = self
            .folder()?
            .existing(&key.file)
            .map_err(|error| key_error(&error))?;
        let signing = secret.map(|secret| SigningKey::from_seed(secret.expose()));
        match signing {
            Some(signing) if signing.public() == key.public => Ok(signing),
            _ => Err(CliError::unverified(format!(
                "the secret of the key {} is not here any more",
                key.public
            ))
            .kind("key-lost")
            .fix(format!(
                "revoke it, and make another one: guildhall keys rotate {}",
                key.publisher
            ))),
        }
    }

    fn folder(&self) -> Result<KeyFolder, CliError> {
        KeyFolder::open(&self.secrets).map_err(|error| key_error(&error))
    }

    fn write(&self, list: &[OwnKey]) -> Result<(), CliError> {
        let text = serde_json::to_vec_pretty(list).map_err(fault)?;
        let folder = self.list.parent().unwrap_or(&self.list);
        disk::create_folder(folder)
            .and_then(|()| disk::write(&self.list, &text))
            .map_err(|error| self.broken(&error))
    }

    fn broken(&self, error: &std::io::Error) -> CliError {
        fault(format!("{}: {error}", self.list.display()))
    }
}

fn key_error(error: &KeyError) -> CliError {
    CliError::refused(plain(&error.to_string(), 600)).kind("key-file")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_signs_what_its_public_half_verifies_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        let state = State::of(&home, "http://127.0.0.1:1".parse().unwrap());
        let keys = OwnKeys::of(&home, &state);
        assert_eq!(keys.list().unwrap(), []);
        let (key, signing) = keys.make(&"acme".parse().unwrap()).unwrap();
        assert!(key.public.verifies(b"x", &signing.sign(b"x")));
        let again = keys.signing(&keys.list().unwrap().pop().unwrap()).unwrap();
        assert_eq!(again.public(), key.public);
        keys.registered(&key.public).unwrap();
        assert!(keys.list().unwrap().first().unwrap().registered);
        let (other, _) = keys.make(&"acme".parse().unwrap()).unwrap();
        assert_ne!(other.public, key.public);
        std::fs::remove_file(keys.secrets.join(format!("{}.key", key.file))).unwrap();
        let error = keys.signing(&key).unwrap_err();
        assert_eq!((&*error.kind, error.exit.code()), ("key-lost", 5));
    }
}
