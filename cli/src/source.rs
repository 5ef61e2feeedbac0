//! What a command is told to run or to look at: a file, or a skill that is installed.

use crate::error::{CliError, did_you_mean};
use crate::home::Home;
use crate::host;
use crate::installed::{Record, Store};
use guildhall_host::{Host, Skill};
use guildhall_package::SkillName;
use guildhall_package::text::plain;
use std::path::Path;

/// A component, and where it comes from.
#[derive(Debug)]
pub struct Source {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is known of it if it is installed; none for a file.
    pub installed: Option<Record>,
}

impl Source {
    /// Loads it as what it is.
    ///
    /// # Errors
    /// If the host does not take it.
    pub async fn load(&self, host: &Host) -> Result<Skill, CliError> {
        match &self.installed {
            None => host.load(&self.bytes).await,
            Some(record) => host.load_release(&self.bytes, &record.as_release()).await,
        }
        .map_err(host::load_error)
    }
}

/// Finds what `given` names: `publisher/skill` is an installed skill, everything else a file. A file in a folder is named
/// with `./` in front if it could be taken for a skill.
///
/// # Errors
/// If there is no such thing, or what was installed was changed.
pub fn find(home: &Home, given: &Path) -> Result<Source, CliError> {
    match as_name(given) {
        Some(name) => installed(home, &name),
        None => Ok(Source {
            bytes: host::read_component(given)?,
            installed: None,
        }),
    }
}

/// The name, if this is one of a skill and not of a file.
#[must_use]
pub fn as_name(given: &Path) -> Option<SkillName> {
    given.to_str()?.parse().ok()
}

/// An installed skill's component, checked.
///
/// # Errors
/// If it is not installed, or was changed since.
pub fn installed(home: &Home, name: &SkillName) -> Result<Source, CliError> {
    let store = Store::of(home);
    let mut record = record(&store, name)?;
    loop {
        match store.component(&record) {
            Ok(bytes) => {
                return Ok(Source {
                    bytes,
                    installed: Some(record),
                });
            }
            Err(error) => {
                // An update may have taken it away between the two looks.
                let now = self::record(&store, name)?;
                if now == record {
                    return Err(error.into());
                }
                record = now;
            }
        }
    }
}

/// What is installed under a name.
///
/// # Errors
/// If nothing is, with what may have been meant.
pub fn record(store: &Store, name: &SkillName) -> Result<Record, CliError> {
    if let Some(record) = store.get(name)? {
        return Ok(record);
    }
    let shown = name.to_string();
    let error = CliError::usage(format!("{shown} is not installed")).kind("not-installed");
    if Path::new(&shown).exists() {
        return Err(error.fix(format!("if you mean the file, write ./{shown}")));
    }
    let names: Vec<String> = store
        .list()?
        .into_iter()
        .map(|record| record.name.to_string())
        .collect();
    Err(
        match did_you_mean(&shown, names.iter().map(String::as_str)) {
            Some(meant) => error.fix(format!("did you mean {}?", plain(meant, 130))),
            None => error.fix(format!("install it: guildhall install {shown}")),
        },
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_slash_is_a_skill_and_everything_else_a_file() {
        for name in ["acme/x", "acme-1/vat-report"] {
            assert!(as_name(Path::new(name)).is_some(), "{name}");
        }
        for file in [
            "x.wasm",
            "./acme/x",
            "acme/x.wasm",
            "/acme/x",
            "acme/x/y",
            "x",
            "Acme/x",
            "acme/",
        ] {
            assert!(as_name(Path::new(file)).is_none(), "{file}");
        }
    }

    #[test]
    fn what_is_not_installed_is_told_how_to_become_so() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().join("home"))).unwrap();
        let error = find(&home, Path::new("acme/x")).unwrap_err();
        assert_eq!((&*error.kind, error.exit.code()), ("not-installed", 2));
        assert_eq!(error.fix.unwrap(), "install it: guildhall install acme/x");
    }
}
