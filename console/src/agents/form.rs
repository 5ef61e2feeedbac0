//! What an owner writes about an agent, read and checked. Each problem names the line that it is about.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use guildhall_host::{FileGrant, Grants, Retention};
use guildhall_package::text::plain;
use guildhall_package::{Access, FolderName, SkillName};
use guildhall_web::fields::Fields;

/// Longest name of an agent in characters.
const MAX_NAME: usize = 60;
/// Most lines of one kind.
const MAX_LINES: usize = 50;
/// How long a token may count, in days. The first is proposed.
pub const DAYS: [i64; 4] = [30, 1, 7, 90];
/// A day in milliseconds.
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What an agent will be.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAgent {
    /// What the merchant calls it.
    pub name: String,
    /// Skills that it may use; none: all that are installed.
    pub skills: Option<BTreeSet<SkillName>>,
    /// What each of its runs carries.
    pub grants: Grants,
    /// What is kept of its runs.
    pub retention: Retention,
    /// How long its token counts, in milliseconds.
    pub life_ms: i64,
}

/// What can't be used of it: the field, and why.
pub type Problems = BTreeMap<&'static str, String>;

/// Name of the box of a skill.
#[must_use]
pub fn box_of(skill: &SkillName) -> String {
    format!("skill.{skill}")
}

/// Reads the form. `home` is the folder in which this console keeps its own things: no agent gets at it.
///
/// # Errors
/// All that is wrong with it.
pub fn read(fields: &Fields, installed: &[SkillName], home: &Path) -> Result<NewAgent, Problems> {
    let mut problems = Problems::new();
    let name = plain(fields.text("name").trim(), MAX_NAME);
    if name.is_empty() {
        problems.insert(
            "name",
            "Give it a name, so that you know it again.".to_owned(),
        );
    }
    let skills = match fields.text("which") {
        "all" => None,
        _ => Some(
            installed
                .iter()
                .filter(|skill| fields.get(&box_of(skill)).is_some())
                .cloned()
                .collect::<BTreeSet<_>>(),
        ),
    };
    if skills.as_ref().is_some_and(BTreeSet::is_empty) {
        problems.insert("which", "Choose at least one skill.".to_owned());
    }
    let mut grants = Grants::none();
    for (field, access) in [("read", Access::Read), ("write", Access::Write)] {
        let found = places(fields.text(field), access, home);
        grants.files.extend(kept(&mut problems, field, found));
    }
    grants.network = kept(&mut problems, "network", lines(fields.text("network")));
    grants.payments = kept(&mut problems, "pay", lines(fields.text("pay")));
    grants.messages = kept(&mut problems, "message", lines(fields.text("message")));
    grants.secrets = kept(&mut problems, "secret", lines(fields.text("secret")));
    let retention = fields.text("retention").parse().unwrap_or_default();
    // A run that keeps nothing can't wait for a decision.
    if retention == Retention::None {
        problems.insert(
            "retention",
            "An agent's runs wait for a person, so something of them must be kept.".to_owned(),
        );
    }
    let days = fields.text("days").parse::<i64>().ok();
    let days = days.filter(|days| DAYS.contains(days));
    if days.is_none() {
        problems.insert("days", "Choose how long its token counts.".to_owned());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(NewAgent {
        name,
        skills,
        grants,
        retention,
        life_ms: days.unwrap_or_default().saturating_mul(DAY_MS),
    })
}

fn kept<T: Default>(problems: &mut Problems, field: &'static str, read: Result<T, String>) -> T {
    read.unwrap_or_else(|problem| {
        problems.insert(field, problem);
        T::default()
    })
}

fn written(text: &str) -> Result<Vec<&str>, String> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    if lines.len() > MAX_LINES {
        return Err(format!("At most {MAX_LINES} lines are taken."));
    }
    Ok(lines)
}

fn lines<T: FromStr>(text: &str) -> Result<Vec<T>, String>
where
    T::Err: std::fmt::Display,
{
    written(text)?
        .into_iter()
        .map(|line| {
            line.parse::<T>()
                .map_err(|error| plain(&format!("\u{201c}{line}\u{201d}: {error}."), 400))
        })
        .collect()
}

/// Lines of `NAME=/PATH`: places that are there, each name once.
fn places(text: &str, access: Access, home: &Path) -> Result<Vec<FileGrant>, String> {
    let mut found: Vec<FileGrant> = Vec::new();
    for line in written(text)? {
        let said = |why: &str| plain(&format!("\u{201c}{line}\u{201d}: {why}"), 400);
        let Some((name, path)) = line.split_once('=') else {
            return Err(said(
                "write NAME=/PATH: the name that the skill uses, then where it is.",
            ));
        };
        let name: FolderName = name
            .trim()
            .parse()
            .map_err(|error| said(&format!("{error}.")))?;
        let path = PathBuf::from(path.trim());
        if !path.is_absolute() {
            return Err(said("give the whole path, from the first slash on."));
        }
        if found.iter().any(|place| place.name == name) {
            return Err(said("this name stands for another place already."));
        }
        let Ok(there) = std::fs::metadata(&path) else {
            return Err(said(
                "there is nothing at this path on the console's machine.",
            ));
        };
        if overlaps(&path, home) {
            return Err(said(
                "that is where this console keeps its own things; choose a folder that has nothing to do with it.",
            ));
        }
        found.push(FileGrant {
            name,
            path,
            access,
            is_folder: there.is_dir(),
        });
    }
    Ok(found)
}

/// Whether one of two places holds the other, links followed.
fn overlaps(path: &Path, home: &Path) -> bool {
    match (path.canonicalize(), home.canonicalize()) {
        (Ok(path), Ok(home)) => path.starts_with(&home) || home.starts_with(&path),
        // What can't be found is refused when it is opened.
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn form(pairs: &[(&str, &str)]) -> Fields {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.append_pair("name", "Desk agent")
            .append_pair("which", "all")
            .append_pair("days", "30");
        for (name, value) in pairs {
            text.append_pair(name, value);
        }
        Fields::parse(text.finish().as_bytes())
    }

    fn skills() -> Vec<SkillName> {
        vec!["acme/a".parse().unwrap(), "acme/b".parse().unwrap()]
    }

    #[test]
    fn a_form_with_a_name_alone_grants_nothing() {
        let agent = read(&form(&[]), &skills(), Path::new("/nonexistent")).unwrap();
        assert_eq!((agent.skills, agent.grants), (None, Grants::none()));
        assert_eq!(agent.life_ms, 30 * DAY_MS);
    }

    #[test]
    fn only_skills_that_are_there_and_were_chosen_are_its_own() {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("name", "x"),
            ("which", "some"),
            ("days", "1"),
            ("skill.acme/b", "on"),
            ("skill.acme/c", "on"),
        ] {
            text.append_pair(name, value);
        }
        let agent = read(
            &Fields::parse(text.finish().as_bytes()),
            &skills(),
            Path::new("/nonexistent"),
        )
        .unwrap();
        assert_eq!(
            agent.skills.unwrap().into_iter().collect::<Vec<_>>(),
            skills()[1..]
        );
    }

    #[test]
    fn places_are_whole_paths_that_are_there_and_never_the_consoles_own() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        std::fs::create_dir(&home).unwrap();
        let inbox = folder.path().join("inbox");
        std::fs::create_dir(&inbox).unwrap();
        let line = |path: &Path| format!("invoices={}", path.display());
        let good = read(&form(&[("read", &line(&inbox))]), &[], &home).unwrap();
        assert!(good.grants.files[0].is_folder);
        for bad in [
            line(&home.join("state")),
            line(&home),
            line(folder.path()),
            "invoices=inbox".to_owned(),
            "Invoices=/".to_owned(),
            "/".to_owned(),
            format!("{0}\n{0}", line(&inbox)),
        ] {
            std::fs::create_dir_all(home.join("state")).unwrap();
            assert!(
                read(&form(&[("write", &bad)]), &[], &home)
                    .unwrap_err()
                    .contains_key("write"),
                "{bad}"
            );
        }
    }

    #[test]
    fn every_wrong_line_is_named_at_once() {
        let problems = read(
            &form(&[
                ("network", "https://bank.test"),
                ("pay", "much"),
                ("retention", "none"),
                ("message", ""),
            ]),
            &[],
            Path::new("/nonexistent"),
        )
        .unwrap_err();
        assert_eq!(
            problems.keys().copied().collect::<Vec<_>>(),
            ["network", "pay", "retention"]
        );
        assert!(problems["pay"].contains("much"));
    }

    proptest! {
        #[test]
        fn no_form_panics(text in "\\PC{0,80}") {
            for field in ["read", "network", "pay", "message", "secret"] {
                let _ = read(&form(&[(field, &text)]), &[], Path::new("/nonexistent"));
            }
        }
    }
}
