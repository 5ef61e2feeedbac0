//! Paths to somewhere else than the granted folders, in spellings without end, over folders that hold every kind of link.

use super::{place, twisted};
use guildhall_tests::{Attack, Home, Seed, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Tries in one run.
const BATCH: usize = 120;
/// What stands in every file that is not granted.
const SECRET: &str = "CANARY-7d1f";
/// What is written.
const WRITTEN: &str = "written by the prober";

const SEGMENTS: [&str; 30] = [
    "a.txt",
    "b.txt",
    "sub",
    "sub",
    "..",
    ".",
    "",
    "secret",
    "secret.txt",
    "link",
    "file-link",
    "dangling",
    "up",
    "pipe",
    "etc",
    "passwd",
    "~",
    "home",
    "state",
    "journal.sqlite",
    "A.TXT",
    "a.txt.",
    "a.txt ",
    "%2e%2e",
    "..\\",
    "CON",
    "a.txt:x",
    ".guildhall-1.part",
    "e\u{301}",
    "\u{2024}\u{2024}",
];
const PIECES: [&str; 16] = [
    "/",
    "//",
    "\\",
    "../",
    "/..",
    "\0",
    "\n",
    ":",
    "~",
    "%2f",
    "\u{2215}",
    "\u{ff0e}\u{ff0e}",
    "\u{202e}",
    "\u{200b}",
    "./",
    "*",
];

fn path(seed: &mut Seed, grant: &str) -> String {
    let mut path = match seed.below(12) {
        0 => String::new(),
        1 => "/".to_owned(),
        2 => "../".to_owned(),
        3 => "secret".to_owned(),
        _ => grant.to_owned(),
    };
    for _ in 0..seed.below(5) {
        path.push('/');
        path.push_str(seed.one(&SEGMENTS));
    }
    if seed.below(2) == 0 {
        twisted(seed, &path, &PIECES)
    } else {
        path
    }
}

/// Every file and link below a folder with what it holds, but not those below `except`.
fn held(folder: &Path, except: &[&Path], into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        let kind = path.symlink_metadata().unwrap().file_type();
        if except.contains(&path.as_path()) {
            continue;
        }
        if kind.is_dir() {
            into.insert(name, b"a folder".to_vec());
            held(&path, except, into);
        } else if kind.is_symlink() {
            let to = fs::read_link(&path).unwrap();
            into.insert(name, format!("to {}", to.display()).into_bytes());
        } else if kind.is_file() {
            into.insert(name, fs::read(&path).unwrap());
        } else {
            into.insert(name, b"special".to_vec());
        }
    }
}

/// A home with two granted folders, full of ways out.
fn trapped_home() -> Home {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let home = Home::new();
    for secret in [
        "secret/a.txt",
        "secret/sub/a.txt",
        "secret.txt",
        "secret/file",
    ] {
        home.put(secret, SECRET);
    }
    for grant in ["inbox", "out"] {
        home.put(&format!("{grant}/a.txt"), "alpha");
        home.put(&format!("{grant}/sub/b.txt"), "beta");
        let folder = home.path().join(grant);
        symlink(home.path().join("secret"), folder.join("link")).unwrap();
        symlink("../secret/a.txt", folder.join("file-link")).unwrap();
        symlink("../secret/new.txt", folder.join("dangling")).unwrap();
        symlink("../..", folder.join("sub/up")).unwrap();
        symlink("..", folder.join("up")).unwrap();
        let mode = Mode::from_raw_mode(0o600);
        mknodat(CWD, folder.join("pipe"), FileType::Fifo, mode, 0).unwrap();
    }
    home
}

#[test]
fn generated_paths_show_nothing_but_what_is_granted() {
    let mut attack = Attack::new("paths to read", 8);
    let home = trapped_home();
    let inbox = home.path().join("inbox");
    while attack.goes_on() {
        let paths: Vec<String> = (0..BATCH)
            .map(|_| path(&mut attack.seed, "inbox"))
            .collect();
        let ran = home
            .prober("look-each")
            .input(json!({ "paths": paths }))
            .read("inbox", &inbox)
            .limit("wall-ms", 20_000)
            .go()
            .exits(0);
        let output = ran.output();
        let results = output.as_array().expect("a list");
        assert_eq!(results.len(), paths.len());
        for (path, result) in paths.iter().zip(results) {
            let given = result["ok"].as_str();
            match (given, result["err"]["rule"].as_str()) {
                (Some(text), _) if text.contains(SECRET) || text.contains("secret") => {
                    attack.escaped(format!("{path:?} gave {text:?}"));
                }
                (Some(_), _) => attack.harmless(),
                (None, rule) => attack.denied(rule.expect("a rule")),
            }
        }
        // The whole of what it printed, in case that it hides elsewhere.
        if ran.stdout.contains(SECRET) || ran.stderr.contains(SECRET) {
            attack.escaped(ran.shown());
        }
    }
    assert!(attack.denied_by("files.invalid-path") > 0);
    assert!(attack.denied_by("files.link-refused") > 0);
    home.serves_the_next_run();
    attack.ends();
}

#[test]
fn generated_paths_write_nothing_but_below_what_is_granted() {
    let mut attack = Attack::new("paths to write", 8);
    let home = trapped_home();
    let out = home.path().join("out");
    let host = home.home();
    let outside = || {
        let mut files = BTreeMap::new();
        held(home.path(), &[&out, &host], &mut files);
        files
    };
    let before = outside();
    let links = |home: &Home| {
        let mut files = BTreeMap::new();
        held(&home.path().join("out"), &[], &mut files);
        files.retain(|_, held| held.starts_with(b"to ") || held == b"special");
        files
    };
    let links_before = links(&home);
    while attack.goes_on() {
        let mut paths: Vec<String> = (0..BATCH).map(|_| path(&mut attack.seed, "out")).collect();
        let at = place(&mut attack.seed, paths.len());
        paths[at] = format!("out/new-{}.txt", attack.seed.below(1_000_000));
        let ran = home
            .prober("write-each")
            .input(json!({ "paths": paths, "text": WRITTEN }))
            .write("out", &out)
            .limit("wall-ms", 20_000)
            .approve("all")
            .go();
        let ran = ran.exits(0).is("committed");
        let output = ran.output();
        for result in output.as_array().expect("a list") {
            match result["err"]["rule"].as_str() {
                Some(rule) => attack.denied(rule),
                None => attack.harmless(),
            }
        }
        let after = outside();
        if after != before {
            let changed: Vec<_> = after
                .iter()
                .filter(|(name, held)| before.get(*name) != Some(held))
                .collect();
            attack.escaped(format!(
                "outside of the granted folder: {changed:?}\n{}",
                ran.shown()
            ));
            break;
        }
        if links(&home) != links_before {
            attack.escaped(format!("a link was made or replaced\n{}", ran.shown()));
            break;
        }
    }
    home.serves_the_next_run();
    attack.ends();
}
