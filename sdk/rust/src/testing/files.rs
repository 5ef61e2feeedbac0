//! The contract's `files`, answered by the fake host: the same rules, by the same words, as the real one.

use std::collections::{BTreeMap, BTreeSet};

use super::paths;
use super::serve::{ask, handle, refuse, tell};
use super::state::{Effect, Grant, State};
use crate::bindings::guildhall::skill::files::{Entry, EntryKind};
use crate::refusal::{Refusal, RefusalKind};

/// What is at a path, with staged writes laid over it.
enum Seen<'a> {
    File(&'a Vec<u8>),
    Folder,
    /// Something may be there, but only writing is granted.
    Hidden,
    Nothing,
}

pub(crate) fn granted() -> Vec<String> {
    tell(|state| state.grants.keys().cloned().collect())
}

pub(crate) fn list(folder: &str) -> Result<Vec<Entry>, Refusal> {
    ask(|state| {
        if !grant(state, folder)?.read {
            return write_only(folder);
        }
        match look(state, folder)? {
            Seen::Folder => {}
            Seen::File(_) => {
                return refuse(
                    RefusalKind::Conflict,
                    "files.not-a-folder",
                    format!("`{folder}` is a file, not a folder"),
                );
            }
            Seen::Hidden | Seen::Nothing => return not_found(folder),
        }
        let mut entries = Vec::new();
        let mut folders = BTreeSet::new();
        let prefix = format!("{folder}/");
        for (path, size) in below(state, folder) {
            match path
                .strip_prefix(&prefix)
                .and_then(|inside| inside.split_once('/'))
            {
                None => entries.push(entry(path, EntryKind::File, size)),
                Some((name, _)) => {
                    folders.insert(format!("{prefix}{name}"));
                }
            }
        }
        entries.extend(folders.iter().map(|path| entry(path, EntryKind::Folder, 0)));
        entries.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(entries)
    })
}

pub(crate) fn stat(path: &str) -> Result<Entry, Refusal> {
    ask(|state| match look(state, path)? {
        Seen::File(content) => Ok(entry(path, EntryKind::File, content.len() as u64)),
        Seen::Folder => Ok(entry(path, EntryKind::Folder, 0)),
        Seen::Hidden => write_only(path),
        Seen::Nothing => not_found(path),
    })
}

pub(crate) fn read(path: &str) -> Result<Vec<u8>, Refusal> {
    ask(|state| match look(state, path)? {
        Seen::File(content) => Ok(content.clone()),
        Seen::Folder => refuse(
            RefusalKind::Conflict,
            "files.not-a-file",
            format!("`{path}` is a folder, not a file"),
        ),
        Seen::Hidden => write_only(path),
        Seen::Nothing => not_found(path),
    })
}

pub(crate) fn read_range(path: &str, offset: u64, length: u32) -> Result<Vec<u8>, Refusal> {
    let content = read(path)?;
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(content.into_iter().skip(offset).take(length).collect())
}

pub(crate) fn write(path: &str, content: &[u8]) -> Result<u32, Refusal> {
    ask(|state| {
        let grant = grant(state, path)?;
        if !grant.write {
            return refuse(
                RefusalKind::Denied,
                "files.read-only",
                format!("`{}` is granted for reading only", paths::grant_name(path)),
            );
        }
        if let Some(why) = in_the_way(state, path, grant) {
            return refuse(
                RefusalKind::Conflict,
                "files.conflict",
                format!("`{path}` cannot be written: {why}"),
            );
        }
        state.staged.insert(path.to_owned(), content.to_vec());
        let same = |effect: &Effect| matches!(effect, Effect::Write(staged) if staged == path);
        let position = state.effects.iter().position(same).unwrap_or_else(|| {
            state.effects.push(Effect::Write(path.to_owned()));
            state.effects.len() - 1
        });
        handle(position)
    })
}

/// Why there can be no file at a path.
fn in_the_way(state: &State, path: &str, grant: Grant) -> Option<&'static str> {
    let is_grant_itself = paths::grant_name(path) == path;
    if (grant.folder && is_grant_itself) || !below(state, path).is_empty() {
        return Some("a folder is there");
    }
    let is_file = |path: &str| state.disk.contains_key(path) || state.staged.contains_key(path);
    let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    above
        .any(is_file)
        .then_some("a file is where a folder would have to be")
}

/// Checks a path and finds its grant.
fn grant(state: &State, path: &str) -> Result<Grant, Refusal> {
    paths::check(path)?;
    let name = paths::grant_name(path);
    state.grants.get(name).copied().ok_or_else(|| {
        Refusal::new(
            RefusalKind::Denied,
            "files.not-granted",
            format!("`{path}`: `{name}` is not granted by the test's fake host"),
        )
    })
}

fn look<'a>(state: &'a State, path: &str) -> Result<Seen<'a>, Refusal> {
    let grant = grant(state, path)?;
    if let Some(content) = state.staged.get(path) {
        return Ok(Seen::File(content));
    }
    let is_granted_folder = grant.folder && paths::grant_name(path) == path;
    if is_granted_folder || !below(state, path).is_empty() {
        return Ok(Seen::Folder);
    }
    Ok(match state.disk.get(path) {
        _ if !grant.read => Seen::Hidden,
        Some(content) => Seen::File(content),
        None => Seen::Nothing,
    })
}

/// Every file below a folder that the skill may see, with its size.
fn below<'a>(state: &'a State, folder: &str) -> BTreeMap<&'a str, u64> {
    let prefix = format!("{folder}/");
    let readable = state
        .grants
        .get(paths::grant_name(folder))
        .is_some_and(|grant| grant.read);
    let on_disk = state.disk.iter().filter(|_| readable);
    on_disk
        .chain(&state.staged)
        .filter(|(path, _)| path.starts_with(&prefix))
        .map(|(path, content)| (path.as_str(), content.len() as u64))
        .collect()
}

fn write_only<T>(path: &str) -> Result<T, Refusal> {
    refuse(
        RefusalKind::Denied,
        "files.write-only",
        format!(
            "`{}` is granted for writing only; only what this run itself has staged there can be read",
            paths::grant_name(path)
        ),
    )
}

fn not_found<T>(path: &str) -> Result<T, Refusal> {
    refuse(
        RefusalKind::NotFound,
        "files.not-found",
        format!("there is nothing at `{path}`"),
    )
}

fn entry(path: &str, kind: EntryKind, size: u64) -> Entry {
    Entry {
        path: path.to_owned(),
        kind,
        size,
    }
}
