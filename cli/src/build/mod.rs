//! From a skill's folder to one component file that carries its manifest and its words.

mod cargo;
mod flags;
pub mod toolchain;
mod wit;
pub mod wrapper;

use crate::error::CliError;
use crate::host::{read_error, refused_imports};
use guildhall_package::{Lane, Manifest, ManifestErrors, SkillPackage, section};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A component that was built.
#[derive(Debug)]
pub struct Built {
    /// The file.
    pub path: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What the content says.
    pub package: SkillPackage,
    /// What the author should look at, though nothing is wrong.
    pub warnings: Vec<String>,
}

/// Builds the skill in `folder`. What cargo says goes to standard error.
///
/// # Errors
/// If it is no skill's folder, does not compile, or breaks a rule.
pub fn build(folder: &Path) -> Result<Built, CliError> {
    let folder = skill_folder(folder)?;
    let text = std::fs::read_to_string(folder.join("skill.toml"))
        .map_err(|error| CliError::usage(format!("skill.toml can't be read: {error}")))?;
    // Before minutes of compiling: mistakes that need no component to be found.
    let manifest = Manifest::parse(&text).map_err(manifest_errors)?;
    let words = wit::encode(&folder)?;
    let artefact = cargo::build(&folder)?;
    let component = std::fs::read(&artefact)
        .map_err(|error| CliError::fault(format!("{}: {error}", artefact.display())))?;
    let bytes = section::embed(&component, &text, words.as_deref())
        .map_err(|error| CliError::refused(error.to_string()).kind("embed"))?;
    let package = SkillPackage::read(&bytes).map_err(read_error)?;
    if let Lane::Refused(imports) = &package.lane {
        return Err(refused_imports(imports));
    }
    manifest.check(&package).map_err(manifest_errors)?;
    let mut warnings: Vec<String> = package
        .operations
        .iter()
        .filter_map(|operation| {
            let why = operation.unsupported.as_ref()?;
            Some(format!("{} can't be called: {why}", operation.name))
        })
        .collect();
    if words.is_none() {
        warnings
            .push("there is no folder wit/, so the operations have no documentation".to_owned());
    }
    let path = folder
        .join("target/guildhall")
        .join(format!("{}.wasm", manifest.name.skill));
    write(&path, &bytes)
        .map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?;
    Ok(Built {
        path,
        bytes,
        package,
        warnings,
    })
}

/// The folder, absolute, if it holds a skill.
///
/// # Errors
/// Says what is missing, and what to do.
pub fn skill_folder(folder: &Path) -> Result<PathBuf, CliError> {
    let shown = cargo::shown(folder);
    let found = folder
        .canonicalize()
        .map_err(|error| CliError::usage(format!("{shown}: {error}")).kind("no-folder"))?;
    for (file, what) in [
        (
            "skill.toml",
            "says what a skill is called and what it asks for",
        ),
        ("Cargo.toml", "says how it is compiled"),
    ] {
        if !found.join(file).is_file() {
            return Err(
                CliError::usage(format!("{shown} has no {file}, which {what}"))
                    .kind("no-skill")
                    .fix("start a skill with `guildhall new NAME`, or give the folder of one"),
            );
        }
    }
    Ok(found)
}

/// The mistakes of a manifest, each with its line and its fix.
pub fn manifest_errors(errors: ManifestErrors) -> CliError {
    CliError::refused("skill.toml has mistakes")
        .kind("manifest")
        .details(errors.as_slice().iter().flat_map(|error| {
            [
                format!(
                    "skill.toml:{}:{}: {}",
                    error.line, error.column, error.message
                ),
                format!("  fix: {}", error.fix),
            ]
        }))
}

/// A reader sees the old file or the new one, never half.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    std::io::Write::write_all(&mut file, bytes)?;
    // A temporary file is private; a component is not.
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_no_skill_is_told_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let error = skill_folder(folder.path()).unwrap_err();
        assert!(error.message.contains("has no skill.toml"), "{error}");
        assert_eq!(error.exit.code(), 2);
        assert_eq!(
            skill_folder(&folder.path().join("no")).unwrap_err().kind,
            "no-folder"
        );
    }
}
