//! What this machine remembers of a marketplace: its pinned root, the newest checkpoint and status it has seen, and who is
//! logged in.
//!
//! ```text
//! marketplaces/default             the one that is asked when none is named: its address
//! marketplaces/HOST_PORT/url       its address
//! marketplaces/HOST_PORT/root.json the newest root file that was verified, the pin
//! marketplaces/HOST_PORT/checkpoint, status.json
//! marketplaces/HOST_PORT/token     who is logged in, and the token
//! ```

use super::place::Place;
use crate::disk;
use crate::error::CliError;
use crate::home::Home;
use guildhall_package::FolderName;
use guildhall_package::text::plain;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Longest file here, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// One marketplace as this machine knows it.
#[derive(Debug, Clone)]
pub struct State {
    place: Place,
    folder: PathBuf,
    all: PathBuf,
}

/// Who is logged in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoggedIn {
    /// The account.
    pub account: FolderName,
    /// The secret.
    pub token: String,
    /// When it ends, in milliseconds since the Unix epoch.
    pub expires: u64,
}

impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// A file of this folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The newest root file that was verified.
    Root,
    /// The newest checkpoint that was verified.
    Checkpoint,
    /// The newest status that was verified.
    Status,
}

impl Kept {
    const fn file(self) -> &'static str {
        match self {
            Self::Root => "root.json",
            Self::Checkpoint => "checkpoint",
            Self::Status => "status.json",
        }
    }
}

impl State {
    /// What is known of a marketplace. Nothing is made before something is kept.
    #[must_use]
    pub fn of(home: &Home, place: Place) -> Self {
        let all = home.path().join("marketplaces");
        Self {
            folder: all.join(place.folder()),
            place,
            all,
        }
    }

    /// The marketplace.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// Where it is kept.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until no other command changes what is known of it.
    ///
    /// # Errors
    /// If the folder can't be used.
    pub fn lock(&self) -> Result<File, CliError> {
        self.prepare()?;
        disk::lock(&self.folder.join(".lock")).map_err(|error| broken(&self.folder, &error))
    }

    /// A kept file, if there is one.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn read(&self, kept: Kept) -> Result<Option<Vec<u8>>, CliError> {
        read(&self.folder.join(kept.file()))
    }

    /// Keeps a file that was verified.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn keep(&self, kept: Kept, content: &[u8]) -> Result<(), CliError> {
        self.prepare()?;
        write(&self.folder.join(kept.file()), content)
    }

    /// Forgets a kept file.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn forget(&self, kept: Kept) -> Result<(), CliError> {
        let path = self.folder.join(kept.file());
        disk::remove(&path).map_err(|error| broken(&path, &error))
    }

    /// Who is logged in.
    ///
    /// # Errors
    /// If that can't be read.
    pub fn logged_in(&self) -> Result<Option<LoggedIn>, CliError> {
        let path = self.folder.join("token");
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        serde_json::from_slice(&text).map(Some).map_err(|_| {
            CliError::usage(format!("{} is not understood", path.display()))
                .kind("token")
                .fix(format!("log in again: guildhall login {}", self.place))
        })
    }

    /// Remembers who is logged in, and that this marketplace is the one to ask if there was none before.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn log_in(&self, who: &LoggedIn) -> Result<(), CliError> {
        self.prepare()?;
        let text = serde_json::to_vec(who).map_err(crate::host::fault)?;
        write(&self.folder.join("token"), &text)?;
        self.remember()
    }

    /// Forgets who is logged in.
    ///
    /// # Errors
    /// If it can't be removed.
    pub fn log_out(&self) -> Result<(), CliError> {
        let path = self.folder.join("token");
        disk::remove(&path).map_err(|error| broken(&path, &error))
    }

    /// Makes it the one that is asked when none is named, if there is none.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn remember(&self) -> Result<(), CliError> {
        self.prepare()?;
        let path = self.all.join("default");
        match read(&path)? {
            Some(_) => Ok(()),
            None => write(&path, self.place.to_string().as_bytes()),
        }
    }

    /// Makes it the one that is asked when none is named.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn make_default(&self) -> Result<(), CliError> {
        self.prepare()?;
        write(&self.all.join("default"), self.place.to_string().as_bytes())
    }

    fn prepare(&self) -> Result<(), CliError> {
        disk::create_folder(&self.folder).map_err(|error| broken(&self.folder, &error))?;
        let url = self.folder.join("url");
        match read(&url)? {
            Some(_) => Ok(()),
            None => write(&url, self.place.to_string().as_bytes()),
        }
    }
}

/// The marketplace that is asked when none is named.
///
/// # Errors
/// If none is known.
pub fn default(home: &Home) -> Result<Place, CliError> {
    let path = home.path().join("marketplaces/default");
    let Some(text) = read(&path)? else {
        return Err(
            CliError::usage("no marketplace is named, and none is known here")
                .kind("no-marketplace")
                .fix("name one with --from https://HOST, or log in: guildhall login https://HOST"),
        );
    };
    parsed(&path, &text)
}

/// Every marketplace that this machine knows, by address.
///
/// # Errors
/// If the folder can't be read.
pub fn known(home: &Home) -> Result<Vec<Place>, CliError> {
    let folder = home.path().join("marketplaces");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(broken(&folder, &error)),
    };
    let mut places = Vec::new();
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        let path = entry.path().join("url");
        if let Some(text) = read(&path)? {
            places.push(parsed(&path, &text)?);
        }
    }
    places.sort_by_key(Place::to_string);
    Ok(places)
}

fn parsed(path: &Path, text: &[u8]) -> Result<Place, CliError> {
    let text = String::from_utf8_lossy(text);
    text.trim().parse().map_err(|error| {
        CliError::usage(plain(&format!("{}: {error}", path.display()), 600)).kind("no-marketplace")
    })
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, CliError> {
    disk::read(path, MAX_FILE).map_err(|error| broken(path, &error))
}

fn write(path: &Path, content: &[u8]) -> Result<(), CliError> {
    disk::write(path, content).map_err(|error| broken(path, &error))
}

fn broken(path: &Path, error: &io::Error) -> CliError {
    CliError::fault(plain(&format!("{}: {error}", path.display()), 600))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_marketplace_is_the_default_until_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        assert_eq!(default(&home).unwrap_err().kind, "no-marketplace");
        let one = State::of(&home, "https://one.example".parse().unwrap());
        let two = State::of(&home, "http://127.0.0.1:9".parse().unwrap());
        let who = LoggedIn {
            account: "ann".parse().unwrap(),
            token: "ghm_secret".to_owned(),
            expires: 5,
        };
        one.log_in(&who).unwrap();
        two.remember().unwrap();
        assert_eq!(&default(&home).unwrap(), one.place());
        assert_eq!(known(&home).unwrap().len(), 2);
        assert_eq!(one.logged_in().unwrap(), Some(who.clone()));
        assert_eq!(two.logged_in().unwrap(), None);
        assert!(!format!("{who:?}").contains("secret"));
        two.make_default().unwrap();
        assert_eq!(&default(&home).unwrap(), two.place());
        one.log_out().unwrap();
        assert_eq!(one.logged_in().unwrap(), None);
        assert_eq!(one.read(Kept::Root).unwrap(), None);
        one.keep(Kept::Root, b"{}").unwrap();
        assert_eq!(one.read(Kept::Root).unwrap().as_deref(), Some(&b"{}"[..]));
    }
}
