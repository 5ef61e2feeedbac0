//! What may happen only in certain files: sockets, file writes, processes, panics and the rest of rooms.toml.

use crate::sources::{Source, product_files};
use crate::tokens::{Token, find, paths, pattern};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rooms {
    room: Vec<Room>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Room {
    name: String,
    /// Why there is a room for it.
    why: String,
    /// Crates in which it is looked for.
    crates: Vec<String>,
    /// What shows that it happens: paths, methods, macros.
    words: Vec<String>,
    /// Where it may happen.
    #[serde(default)]
    file: Vec<Allowed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Allowed {
    path: String,
    reason: String,
}

impl Allowed {
    fn covers(&self, path: &str) -> bool {
        if self.path.ends_with('/') {
            path.starts_with(&self.path)
        } else {
            path == self.path
        }
    }
}

fn rooms() -> Vec<Room> {
    toml::from_str::<Rooms>(include_str!("rooms.toml"))
        .unwrap()
        .room
}

/// Lines of a file on which something of the room happens, with what.
fn happens(room: &Room, source: &Source) -> BTreeMap<usize, String> {
    happens_in(&room.words, &source.tokens)
}

fn happens_in(words: &[String], tokens: &[Token]) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    let named = paths(tokens);
    for word in words {
        let parts = pattern(word);
        let lines = find(tokens, &parts);
        found.extend(lines.into_iter().map(|line| (line, word.clone())));
        // `use std::fs::{self, write}` names fs::write without writing it in one piece.
        let segments: Vec<&str> = word.split("::").collect();
        let is_path = word
            .chars()
            .all(|c| c.is_alphanumeric() || "_:*".contains(c));
        if is_path {
            for (path, line) in &named {
                let hit = path
                    .windows(segments.len())
                    .any(|window| window == segments);
                if hit {
                    found.insert(*line, word.clone());
                }
            }
        }
    }
    found
}

#[test]
fn what_has_a_room_happens_nowhere_else() {
    let mut problems = Vec::new();
    for room in rooms() {
        for source in room.crates.iter().flat_map(|krate| product_files(krate)) {
            if !room.file.iter().any(|file| file.covers(&source.path)) {
                for (line, word) in happens(&room, source) {
                    problems.push(format!(
                        "{}:{line}: `{word}` belongs into the room `{}`: {}",
                        source.path, room.name, room.why
                    ));
                }
            }
        }
    }
    crate::assert_none(
        problems,
        "Move it into its room, or add the file to tests/house/rooms.toml with the reason.",
    );
}

#[test]
fn every_exception_has_a_reason_and_is_still_needed() {
    let mut problems = Vec::new();
    for room in rooms() {
        assert!(
            !room.why.is_empty() && !room.words.is_empty(),
            "{}",
            room.name
        );
        let sources: Vec<&Source> = room
            .crates
            .iter()
            .flat_map(|krate| product_files(krate))
            .collect();
        for file in &room.file {
            let mut covered = sources.iter().filter(|source| file.covers(&source.path));
            let used = covered.any(|source| !happens(&room, source).is_empty());
            if !used || file.reason.is_empty() {
                problems.push(format!("{}: {}", room.name, file.path));
            }
        }
    }
    crate::assert_none(
        problems,
        "Remove these exceptions from tests/house/rooms.toml, or give their reason.",
    );
}

#[test]
fn a_write_that_hides_in_a_use_tree_is_seen() {
    let words = [
        "fs::write".to_owned(),
        "fs::as".to_owned(),
        ".create_dir(".to_owned(),
    ];
    let seen = |source: &str| happens_in(&words, &crate::tokens::tokens("x", source)).len();
    assert_eq!(seen("use std::fs::{read, write};"), 1);
    assert_eq!(
        seen("use std::{fs::{self}, io};\nfn f() { fs::write(a, b) }"),
        1
    );
    assert_eq!(seen("use tokio::fs as quiet;"), 1);
    assert_eq!(seen("fn f() { dir.create_dir(name) }"), 1);
    assert_eq!(seen("fn f() { fs::read(a) } // fs::write"), 0);
}
