//! `guildhall new`

use crate::args::NewArgs;
use crate::embedded::{SDK, TEMPLATE};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use guildhall_package::FolderName;
use guildhall_package::text::plain;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wit_parser::UnresolvedPackageGroup;

/// Publisher of a skill that names none.
const NOBODY: &str = "local";
/// Where the SDK goes: a skill builds without anything from beside it.
const SDK_FOLDER: &str = "vendor/guildhall-sdk";

/// Writes a new skill.
///
/// # Errors
/// If the name can't be used, or something stands in its place.
pub fn run(args: &NewArgs) -> Result<Exit, CliError> {
    let name = Name::parse(&args.name)?;
    let folder = args
        .dir
        .clone()
        .unwrap_or_else(|| PathBuf::from(name.skill.as_str()));
    if folder.exists() {
        return Err(
            CliError::usage(format!("{} exists already", folder.display()))
                .kind("exists")
                .fix("choose another folder with --dir"),
        );
    }
    write(&folder, &name)
        .map_err(|error| CliError::failed(format!("{}: {error}", folder.display())))?;
    output::line(folder.display());
    output::note(format_args!(
        "A new skill {}/{}, with a golden case that passes.",
        name.publisher, name.skill
    ));
    output::hint(format_args!("guildhall test {}", folder.display()));
    Ok(Exit::Done)
}

/// `publisher/skill`.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    publisher: FolderName,
    skill: FolderName,
}

impl Name {
    fn parse(text: &str) -> Result<Self, CliError> {
        let (publisher, skill) = text.split_once('/').unwrap_or((NOBODY, text));
        let refuse = |text: &str, why: &str| {
            CliError::usage(format!("`{}` is no name for a skill{why}", plain(text, 80)))
                .kind("name")
                .fix("write publisher/skill or skill: words of small letters and digits with `-` between them")
        };
        let part = |text: &str| text.parse::<FolderName>().map_err(|_| refuse(text, ""));
        let name = Self {
            publisher: part(publisher)?,
            skill: part(skill)?,
        };
        // The name also stands in the WIT, which has words of its own.
        let wit = format!("package {}:{};", name.publisher, name.skill);
        UnresolvedPackageGroup::parse("name.wit", &wit)
            .map(|_| name)
            .map_err(|_| refuse(text, ": WIT, where it stands too, does not take it"))
    }
}

fn write(folder: &Path, name: &Name) -> io::Result<()> {
    for (path, content) in TEMPLATE {
        let path = placed(path);
        match std::str::from_utf8(content) {
            Ok(text) => put(&folder.join(path), filled(text, name).as_bytes())?,
            Err(_) => put(&folder.join(path), content)?,
        }
    }
    for (path, content) in SDK {
        put(&folder.join(SDK_FOLDER).join(path), content)?;
    }
    Ok(())
}

fn put(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, content)
}

/// Where a file of the template goes: its name without `.in`, which keeps cargo and git from reading it at home.
fn placed(path: &str) -> &str {
    path.strip_suffix(".in").unwrap_or(path)
}

fn filled(text: &str, name: &Name) -> String {
    text.replace("{{publisher}}", name.publisher.as_str())
        .replace("{{name}}", name.skill.as_str())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_leave_out_the_publisher() {
        assert_eq!(Name::parse("greeter").unwrap().publisher.as_str(), "local");
        assert_eq!(
            Name::parse("acme/greeter").unwrap().publisher.as_str(),
            "acme"
        );
        for wrong in ["", "a/", "/a", "Acme/x", "a/b/c", "a b", "../x", "1a"] {
            assert_eq!(Name::parse(wrong).unwrap_err().exit, Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn a_name_that_wit_keeps_for_itself_is_refused_before_anything_is_written() {
        for wrong in ["acme/record", "list/x", "acme/a--b", "acme/a-"] {
            assert_eq!(Name::parse(wrong).unwrap_err().kind, "name", "{wrong}");
        }
    }

    #[test]
    fn a_new_skill_is_whole_and_holds_no_placeholder() {
        let folder = tempfile::tempdir().unwrap();
        let skill = folder.path().join("greeter");
        write(&skill, &Name::parse("acme/greeter").unwrap()).unwrap();
        for file in [
            "skill.toml",
            "Cargo.toml",
            "src/lib.rs",
            "wit/world.wit",
            "vendor/guildhall-sdk/Cargo.toml",
        ] {
            let text = fs::read_to_string(skill.join(file)).unwrap();
            assert!(!text.contains("{{"), "{file}");
        }
        let manifest = fs::read_to_string(skill.join("skill.toml")).unwrap();
        let manifest = guildhall_package::Manifest::parse(&manifest).unwrap();
        assert_eq!(manifest.name.to_string(), "acme/greeter");
    }
}
