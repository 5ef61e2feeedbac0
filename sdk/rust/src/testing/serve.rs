//! The contract's functions, answered by the fake host of this thread. The same signatures as the bindings.

use std::cell::RefMut;

use super::fake::installed;
use super::paths;
use super::state::{Effect, State};
use crate::refusal::{Refusal, RefusalKind};

fn refuse<T>(kind: RefusalKind, rule: &str, message: String) -> Result<T, Refusal> {
    Err(Refusal::new(kind, rule, message))
}

/// Runs `answer` on the fake host of this thread, or refuses because there is none.
fn ask<T>(answer: impl FnOnce(&mut State) -> Result<T, Refusal>) -> Result<T, Refusal> {
    match installed() {
        Some(state) => answer(&mut state.borrow_mut()),
        None => refuse(
            RefusalKind::Unavailable,
            "testing.no-host",
            "No fake host answers on this thread: make one with `FakeHost::new()` and keep it."
                .to_owned(),
        ),
    }
}

/// As [`ask`], for functions that cannot refuse: `T::default()` without a fake host.
fn tell<T: Default>(answer: impl FnOnce(RefMut<'_, State>) -> T) -> T {
    installed().map_or_else(T::default, |state| answer(state.borrow_mut()))
}

pub(crate) mod log {
    use super::super::state::LogNote;
    use crate::bindings::guildhall::skill::log::Level;

    pub(crate) fn write(level: Level, message: &str) {
        super::tell(|mut state| {
            state.log.push(LogNote {
                level,
                message: message.to_owned(),
            });
        });
    }
}

pub(crate) mod context {
    use super::{RefusalKind, ask, refuse, tell};
    use crate::bindings::guildhall::skill::context::Instant;
    use crate::refusal::Refusal;

    pub(crate) fn now() -> Instant {
        let (seconds, nanoseconds) = tell(|state| (state.now.seconds, state.now.nanoseconds));
        Instant {
            seconds,
            nanoseconds,
        }
    }

    pub(crate) fn random(length: u32) -> Result<Vec<u8>, Refusal> {
        if length > 4_096 {
            return refuse(
                RefusalKind::Invalid,
                "context.random-length",
                format!("{length} random bytes were asked for; at most 4,096 a call."),
            );
        }
        ask(|state| {
            Ok((0..length)
                .map(|_| {
                    // SplitMix64: repeatable, and good enough for a test.
                    state.random = state.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
                    let mixed =
                        (state.random ^ (state.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                    (mixed >> 56) as u8
                })
                .collect())
        })
    }

    pub(crate) fn locale() -> String {
        tell(|state| state.locale.clone())
    }

    pub(crate) fn setting(name: &str) -> Option<String> {
        tell(|state| state.settings.get(name).cloned())
    }

    pub(crate) fn invocation() -> String {
        "test-invocation".to_owned()
    }
}

pub(crate) mod files {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Effect, RefusalKind, State, ask, paths, refuse, tell};
    use crate::bindings::guildhall::skill::files::{Entry, EntryKind};
    use crate::refusal::Refusal;

    pub(crate) fn granted() -> Vec<String> {
        tell(|state| state.grants.keys().cloned().collect())
    }

    /// What a path shows: staged content first, then what is on disk if reading is granted.
    fn look<'a>(state: &'a State, path: &str) -> Option<&'a Vec<u8>> {
        let readable = state
            .grants
            .get(paths::grant_name(path))
            .is_some_and(|grant| grant.read);
        let on_disk = || readable.then(|| state.disk.get(path)).flatten();
        state.staged.get(path).or_else(on_disk)
    }

    /// Checks path and grant. Something staged in this run may be read where only writing is granted.
    fn check(state: &State, path: &str) -> Result<(), Refusal> {
        paths::check(path)?;
        let name = paths::grant_name(path);
        match state.grants.get(name) {
            Some(grant) if grant.folder || name == path => Ok(()),
            _ => not_granted(path, "reading"),
        }
    }

    fn not_granted<T>(path: &str, what: &str) -> Result<T, Refusal> {
        refuse(
            RefusalKind::Denied,
            "files.not-granted",
            format!("The test's fake host does not grant {what} {path}."),
        )
    }

    fn not_found<T>(path: &str) -> Result<T, Refusal> {
        refuse(
            RefusalKind::NotFound,
            "files.not-found",
            format!("There is nothing at {path}."),
        )
    }

    /// Every visible file below `folder` with its size.
    fn below<'a>(state: &'a State, folder: &str) -> BTreeMap<&'a str, u64> {
        let prefix = format!("{folder}/");
        state
            .disk
            .keys()
            .chain(state.staged.keys())
            .filter(|path| path.starts_with(&prefix))
            .filter_map(|path| Some((path.as_str(), look(state, path)?.len() as u64)))
            .collect()
    }

    pub(crate) fn list(folder: &str) -> Result<Vec<Entry>, Refusal> {
        ask(|state| {
            check(state, folder)?;
            let files = below(state, folder);
            let is_granted_folder = state.grants.get(folder).is_some_and(|grant| grant.folder);
            if files.is_empty() && !is_granted_folder {
                return not_found(folder);
            }
            let mut entries = Vec::new();
            let mut folders = BTreeSet::new();
            for (path, size) in files {
                let inside = path
                    .strip_prefix(folder)
                    .unwrap_or(path)
                    .trim_start_matches('/');
                match inside.split_once('/') {
                    None => entries.push(entry(path, EntryKind::File, size)),
                    Some((name, _)) => {
                        folders.insert(format!("{folder}/{name}"));
                    }
                }
            }
            entries.extend(folders.iter().map(|path| entry(path, EntryKind::Folder, 0)));
            entries.sort_by(|a, b| a.path.cmp(&b.path));
            Ok(entries)
        })
    }

    fn entry(path: &str, kind: EntryKind, size: u64) -> Entry {
        Entry {
            path: path.to_owned(),
            kind,
            size,
        }
    }

    pub(crate) fn stat(path: &str) -> Result<Entry, Refusal> {
        ask(|state| {
            check(state, path)?;
            if let Some(content) = look(state, path) {
                return Ok(entry(path, EntryKind::File, content.len() as u64));
            }
            let is_granted_folder = state.grants.get(path).is_some_and(|grant| grant.folder);
            if is_granted_folder || !below(state, path).is_empty() {
                return Ok(entry(path, EntryKind::Folder, 0));
            }
            not_found(path)
        })
    }

    pub(crate) fn read(path: &str) -> Result<Vec<u8>, Refusal> {
        ask(|state| {
            check(state, path)?;
            match look(state, path) {
                Some(content) => Ok(content.clone()),
                None => not_found(path),
            }
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
            paths::check(path)?;
            let name = paths::grant_name(path);
            let granted = state
                .grants
                .get(name)
                .is_some_and(|grant| grant.write && grant.folder && name != path);
            if !granted {
                return not_granted(path, "writing");
            }
            if !below(state, path).is_empty() {
                return refuse(
                    RefusalKind::Conflict,
                    "files.is-folder",
                    format!("There is a folder at {path}."),
                );
            }
            state.staged.insert(path.to_owned(), content.to_vec());
            let same = |effect: &Effect| matches!(effect, Effect::Write(staged) if staged == path);
            let handle = state.effects.iter().position(same).unwrap_or_else(|| {
                state.effects.push(Effect::Write(path.to_owned()));
                state.effects.len() - 1
            });
            super::handle(handle)
        })
    }
}

pub(crate) mod state {
    use super::{RefusalKind, ask, refuse};
    use crate::refusal::Refusal;

    fn check(key: &str) -> Result<(), Refusal> {
        if key.is_empty() || key.len() > 256 || key.chars().any(char::is_control) {
            return refuse(
                RefusalKind::Invalid,
                "state.key",
                format!("The key {key:?} is malformed: 1 to 256 bytes without control characters."),
            );
        }
        Ok(())
    }

    pub(crate) fn get(key: &str) -> Result<Option<Vec<u8>>, Refusal> {
        check(key)?;
        ask(|state| Ok(state.store.get(key).cloned()))
    }

    pub(crate) fn set(key: &str, value: &[u8]) -> Result<(), Refusal> {
        check(key)?;
        ask(|state| {
            state.store.insert(key.to_owned(), value.to_vec());
            Ok(())
        })
    }

    pub(crate) fn delete(key: &str) -> Result<(), Refusal> {
        check(key)?;
        ask(|state| {
            state.store.remove(key);
            Ok(())
        })
    }

    pub(crate) fn keys(prefix: &str) -> Result<Vec<String>, Refusal> {
        ask(|state| {
            let keys = state.store.keys().filter(|key| key.starts_with(prefix));
            Ok(keys.cloned().collect())
        })
    }
}

pub(crate) mod network {
    use super::super::state::SentRequest;
    use super::{RefusalKind, ask, refuse};
    use crate::bindings::guildhall::skill::network::{Request, Response};
    use crate::refusal::Refusal;

    pub(crate) fn send(request: &Request) -> Result<Response, Refusal> {
        if matches!(request.method.as_str(), "GET" | "HEAD") && !request.body.is_empty() {
            return refuse(
                RefusalKind::Invalid,
                "network.body",
                format!("A {} request has no body.", request.method),
            );
        }
        let line = format!("{} {}", request.method, request.url);
        ask(|state| {
            let header = |header: &crate::bindings::guildhall::skill::network::Header| {
                (header.name.clone(), header.value.clone())
            };
            state.requests.push(SentRequest {
                line: line.clone(),
                headers: request.headers.iter().map(header).collect(),
                body: request.body.clone(),
            });
            match state.answers.get(&line) {
                Some(answer) => answer.clone(),
                None => refuse(
                    RefusalKind::Unavailable,
                    "network.unavailable",
                    format!("The test recorded no answer to {line}."),
                ),
            }
        })
    }
}

pub(crate) mod payments {
    use super::{Effect, ask};
    use crate::bindings::guildhall::skill::payments::Order;
    use crate::refusal::{Refusal, RefusalKind};

    pub(crate) fn stage(order: &Order) -> Result<u32, Refusal> {
        ask(|state| {
            if !state.serves_payments {
                return super::not_served("payments");
            }
            if order.amount.minor <= 0 {
                return super::refuse(
                    RefusalKind::Invalid,
                    "payments.amount",
                    "A payment must be positive.".to_owned(),
                );
            }
            let same = |effect: &Effect| {
                matches!(effect, Effect::Order(staged)
                    if staged.payee == order.payee && staged.document == order.document)
            };
            if state.effects.iter().any(same) {
                return super::refuse(
                    RefusalKind::Conflict,
                    "payments.duplicate",
                    format!(
                        "Document {} of that account is already staged.",
                        order.document
                    ),
                );
            }
            super::check_requires(state, &order.requires)?;
            state.effects.push(Effect::Order(order.clone()));
            super::handle(state.effects.len() - 1)
        })
    }
}

pub(crate) mod messages {
    use super::{Effect, ask};
    use crate::bindings::guildhall::skill::messages::Message;
    use crate::refusal::Refusal;

    pub(crate) fn stage(message: &Message) -> Result<u32, Refusal> {
        ask(|state| {
            if !state.serves_messages {
                return super::not_served("messages");
            }
            super::check_requires(state, &message.requires)?;
            state.effects.push(Effect::Message(message.clone()));
            super::handle(state.effects.len() - 1)
        })
    }
}

fn not_served<T>(interface: &str) -> Result<T, Refusal> {
    refuse(
        RefusalKind::Unavailable,
        &format!("{interface}.not-served"),
        format!(
            "The test's fake host does not serve {interface}: set it up with `.{interface}()`."
        ),
    )
}

/// Handles that name no effect of this run are malformed.
fn check_requires(state: &State, requires: &[u32]) -> Result<(), Refusal> {
    let known =
        |handle: &&u32| usize::try_from(**handle).is_ok_and(|handle| handle < state.effects.len());
    match requires.iter().find(|handle| !known(handle)) {
        None => Ok(()),
        Some(handle) => refuse(
            RefusalKind::Invalid,
            "effects.handle",
            format!("Effect {handle} was not staged in this run."),
        ),
    }
}

fn handle(position: usize) -> Result<u32, Refusal> {
    u32::try_from(position).or_else(|_| {
        refuse(
            RefusalKind::LimitReached,
            "effects.count",
            "Too many effects.".to_owned(),
        )
    })
}
