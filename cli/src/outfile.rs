//! A file that a command was told to write: a new one, for this user alone, whole or not there.

use crate::error::CliError;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A place that was taken, so that nothing else is written over and no work is done that could not be kept. Dropped before
/// [`OutFile::finish`], it is given back.
#[derive(Debug)]
pub struct OutFile {
    path: PathBuf,
    file: Option<File>,
}

impl OutFile {
    /// Takes the place.
    ///
    /// # Errors
    /// If something is there already, or nothing can be written there.
    pub fn create(path: &Path) -> Result<Self, CliError> {
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path);
        match opened {
            Ok(file) => Ok(Self {
                path: path.to_owned(),
                file: Some(file),
            }),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(CliError::usage(format!(
                    "{} exists already, and nothing is written over",
                    path.display()
                ))
                .kind("exists")
                .fix("choose another name"))
            }
            Err(error) => Err(CliError::usage(format!("{}: {error}", path.display())).kind("out")),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the content so that a power cut does not take it.
    ///
    /// # Errors
    /// If it can't be written; nothing is left there then.
    pub fn finish(mut self, content: &[u8]) -> Result<(), CliError> {
        let written = keep(&self.path, content);
        match written {
            Ok(()) => {
                self.file = None;
                Ok(())
            }
            Err(error) => Err(CliError::failed(format!(
                "{} could not be written: {error}",
                self.path.display()
            ))
            .kind("out")),
        }
    }
}

/// Writes beside the place, then takes the place in one step: it is empty or whole, whenever this ends.
fn keep(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)?;
    let written = file
        .write_all(content)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        // What can't be taken away is named as what it is.
        let _ = std::fs::remove_file(&part);
    }
    written?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            // What can't be taken away is an empty file, and says so by that.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_file_is_new_private_and_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("receipt.json");
        OutFile::create(&path).unwrap().finish(b"{}").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_there_is_not_written_over_and_not_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        std::fs::write(&path, "old").unwrap();
        let error = OutFile::create(&path).unwrap_err();
        assert_eq!((&*error.kind, error.exit.code()), ("exists", 2));
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
        assert!(OutFile::create(&link).is_err());
    }

    #[test]
    fn a_place_that_was_taken_in_vain_is_given_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("never");
        drop(OutFile::create(&path).unwrap());
        assert!(!path.exists());
    }
}
