#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::cell::Cell;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use guildhall_package::{Access, Digest};
use tempfile::TempDir;

use super::commit::{CommitResult, WritePlan, check_target, current, perform, perform_with};
use super::folder::{FileGrant, OpenGrant};
use super::path::RelPath;
use super::steps::{Fault, Step, no_fault};
use super::target::Found;
use crate::refusal::RefusalKind;

const OLD: &str = "what was there";
const NEW: &str = "what was approved";
const TAG: &str = "run_1-0";

/// A granted folder `out` with something beside it.
struct World(TempDir);

impl World {
    fn new() -> Self {
        let temp = TempDir::new().unwrap();
        fs::create_dir(temp.path().join("out")).unwrap();
        fs::create_dir(temp.path().join("outside")).unwrap();
        fs::write(temp.path().join("outside/secret"), "secret").unwrap();
        Self(temp)
    }

    fn with(path: &str, content: &str) -> Self {
        let world = Self::new();
        world.put(path, content);
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("out").join(path)
    }

    fn put(&self, path: &str, content: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), content).unwrap();
    }

    fn get(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    fn plan(&self, path: &str, replaces: Option<&str>) -> WritePlan {
        let grant = FileGrant {
            name: "out".parse().unwrap(),
            path: self.path(""),
            access: Access::Write,
            is_folder: true,
        };
        WritePlan {
            location: OpenGrant::open(&grant).unwrap().location().clone(),
            inside: Some(RelPath::parse(path).unwrap()),
            content: Bytes::from_static(NEW.as_bytes()),
            digest: Digest::of(NEW.as_bytes()),
            replaces: replaces.map(|old| Digest::of(old.as_bytes())),
        }
    }

    /// Everything below `out`, folders included.
    fn everything(&self) -> Vec<String> {
        fn walk(folder: &Path, before: &str, all: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                let name = format!("{before}{}", entry.file_name().to_str().unwrap());
                all.push(name.clone());
                if entry.file_type().unwrap().is_dir() {
                    walk(&entry.path(), &format!("{name}/"), all);
                }
            }
        }
        let mut all = Vec::new();
        walk(&self.path(""), "", &mut all);
        all.sort();
        all
    }
}

fn changed(found: Found) -> CommitResult {
    CommitResult::TargetChanged { found }
}

fn file(content: &str) -> Found {
    Found::File {
        digest: Digest::of(content.as_bytes()),
        len: content.len() as u64,
    }
}

/// How a file system without one kind of rename answers.
fn without(step: Step) -> impl Fn(Step) -> io::Result<()> {
    move |now| {
        if now == step {
            return Err(io::Error::from_raw_os_error(22));
        }
        Ok(())
    }
}

#[test]
fn a_new_file_is_written_with_the_folders_it_needs() {
    let world = World::new();
    assert_eq!(
        perform(&world.plan("2026/q1/vat.csv", None), TAG),
        CommitResult::Done
    );
    assert_eq!(world.get("2026/q1/vat.csv").unwrap(), NEW);
    assert_eq!(world.everything(), ["2026", "2026/q1", "2026/q1/vat.csv"]);
    let mode = fs::metadata(world.path("2026/q1/vat.csv")).unwrap().mode() & 0o7777;
    assert_eq!(mode & !0o644, 0, "{mode:o}");
    assert_eq!(mode & 0o600, 0o600, "{mode:o}");
}

#[test]
fn a_replacement_keeps_permission_bits_and_owner_but_not_set_user_id() {
    for (before, after) in [
        (0o600, 0o600),
        (0o755, 0o755),
        (0o666, 0o666),
        (0o4755, 0o755),
    ] {
        let world = World::with("a", OLD);
        fs::set_permissions(world.path("a"), fs::Permissions::from_mode(before)).unwrap();
        let owner = fs::metadata(world.path("a")).unwrap().uid();
        assert_eq!(
            perform(&world.plan("a", Some(OLD)), TAG),
            CommitResult::Done
        );
        let facts = fs::metadata(world.path("a")).unwrap();
        assert_eq!(facts.mode() & 0o7777, after);
        assert_eq!(facts.uid(), owner);
        assert_eq!(world.get("a").unwrap(), NEW);
        assert_eq!(world.everything(), ["a"]);
    }
}

#[test]
fn a_granted_file_is_written_without_a_path_inside() {
    let world = World::with("report.csv", OLD);
    let grant = FileGrant {
        name: "report".parse().unwrap(),
        path: world.path("report.csv"),
        access: Access::ReadWrite,
        is_folder: false,
    };
    let plan = WritePlan {
        location: OpenGrant::open(&grant).unwrap().location().clone(),
        inside: None,
        ..world.plan("ignored", Some(OLD))
    };
    assert_eq!(plan.path(), "report");
    assert_eq!(check_target(&plan), Ok(()));
    assert_eq!(perform(&plan, TAG), CommitResult::Done);
    assert_eq!(world.get("report.csv").unwrap(), NEW);
    assert_eq!(current(&plan.location, None, 100).unwrap().unwrap(), NEW);
    assert_eq!(
        current(&plan.location, None, 3).unwrap_err().rule,
        "files.file-too-large"
    );
}

#[test]
fn a_target_that_changed_appeared_or_went_is_left_alone() {
    let world = World::with("a", "changed");
    for (path, replaces, found) in [
        ("a", Some(OLD), file("changed")),
        ("a", None, file("changed")),
        ("b", Some(OLD), Found::Absent),
        ("no/b", Some(OLD), Found::Absent),
        ("a/b", None, Found::Absent),
    ] {
        let plan = world.plan(path, replaces);
        assert_eq!(perform(&plan, TAG), changed(found), "{path}");
        if path != "a/b" {
            assert_eq!(
                check_target(&plan).unwrap_err().rule,
                "files.target-changed"
            );
        }
        assert_eq!(world.everything(), ["a"]);
        assert_eq!(world.get("a").unwrap(), "changed");
    }
}

#[test]
fn links_folders_and_special_files_are_never_written_to() {
    let world = World::new();
    let secret = world.0.path().join("outside/secret");
    symlink(&secret, world.path("link")).unwrap();
    symlink(world.0.path().join("outside/new"), world.path("dangling")).unwrap();
    symlink(world.0.path().join("outside"), world.path("way")).unwrap();
    fs::create_dir(world.path("folder")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(world.path("socket")).unwrap();
    let before = world.everything();
    for (path, found) in [
        ("link", Found::Link),
        ("dangling", Found::Link),
        ("way/new", Found::Link),
        ("way/deep/new", Found::Link),
        ("folder", Found::Folder),
        ("socket", Found::Special),
        ("socket/new", Found::Special),
    ] {
        assert_eq!(
            perform(&world.plan(path, None), TAG),
            changed(found),
            "{path}"
        );
        let replacing = perform(&world.plan(path, Some("secret")), TAG);
        assert!(
            matches!(replacing, CommitResult::TargetChanged { .. }),
            "{path}: {replacing:?}"
        );
    }
    assert_eq!(world.everything(), before);
    assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
    assert_eq!(
        fs::read_dir(world.0.path().join("outside"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn a_folder_swapped_for_a_link_while_writing_leads_nothing_out() {
    let world = World::new();
    fs::create_dir(world.path("sub")).unwrap();
    symlink(world.0.path().join("outside"), world.path("link")).unwrap();
    let stop = AtomicBool::new(false);
    let (mut done, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (a, b) = (world.path("sub"), world.path("link"));
            let cwd = rustix::fs::CWD;
            while !stop.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(cwd, &a, cwd, &b, rustix::fs::RenameFlags::EXCHANGE)
                    .unwrap();
            }
        });
        for number in 0.. {
            // A busy machine may need longer until both sides have had their turn.
            if number >= 300 && (done.min(refused) > 0 || number >= 30_000) {
                break;
            }
            match perform(
                &world.plan(&format!("sub/{number}"), None),
                &format!("t{number}"),
            ) {
                CommitResult::Done => done += 1,
                _ => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(
        done > 0 && refused > 0,
        "{done} done, {refused} refused: no race"
    );
    assert_eq!(
        fs::read_dir(world.0.path().join("outside"))
            .unwrap()
            .count(),
        1
    );
}

#[test]
fn another_name_of_a_replaced_file_keeps_the_old_content() {
    let world = World::with("a", OLD);
    fs::hard_link(world.path("a"), world.0.path().join("outside/other")).unwrap();
    assert_eq!(
        perform(&world.plan("a", Some(OLD)), TAG),
        CommitResult::Done
    );
    assert_eq!(world.get("a").unwrap(), NEW);
    assert_eq!(
        fs::read_to_string(world.0.path().join("outside/other")).unwrap(),
        OLD
    );
}

#[test]
fn a_plan_that_does_not_hold_together_is_refused() {
    let world = World::new();
    let good = world.plan("a", None);
    let mut other_content = good.clone();
    other_content.content = Bytes::from_static(b"something else");
    let mut read_only = good.clone();
    read_only.location.access = Access::Read;
    let mut moved = good.clone();
    moved.location.identity.inode += 1;
    for (plan, tag, rule) in [
        (&other_content, TAG, "files.bad-plan"),
        (&read_only, TAG, "files.read-only"),
        (&moved, TAG, "files.folder-changed"),
        (&good, "", "files.bad-plan"),
        (&good, "../x", "files.bad-plan"),
        (&good, "a/b", "files.bad-plan"),
        (&good, &"a".repeat(65), "files.bad-plan"),
    ] {
        let CommitResult::Failed { why } = perform(plan, tag) else {
            panic!("{rule} expected");
        };
        assert_eq!(why.rule, rule);
    }
    assert!(world.everything().is_empty());
}

#[test]
fn a_file_that_already_is_what_it_should_become_is_not_touched() {
    let world = World::with("a", NEW);
    let before = fs::metadata(world.path("a")).unwrap();
    assert_eq!(
        perform(&world.plan("a", Some(NEW)), TAG),
        CommitResult::Done
    );
    let after = fs::metadata(world.path("a")).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
}

#[test]
fn an_unfinished_file_of_an_earlier_attempt_is_not_overwritten() {
    let world = World::with(".guildhall-run_1-0.part", "half");
    let CommitResult::Failed { why } = perform(&world.plan("a", None), TAG) else {
        panic!("it was performed");
    };
    assert!(why.message.contains("recover"), "{why}");
    assert_eq!(world.get(".guildhall-run_1-0.part").unwrap(), "half");
}

#[test]
fn file_systems_without_special_renames_are_served_by_older_means() {
    let world = World::new();
    let plan = world.plan("a", None);
    let none = without(Step::PublishNew);
    assert_eq!(perform_with(&plan, TAG, &none), CommitResult::Done);
    assert_eq!(perform_with(&plan, TAG, &none), changed(file(NEW)));
    assert_eq!(world.everything(), ["a"]);
    world.put("b", OLD);
    let plan = world.plan("b", Some(OLD));
    let none = without(Step::Exchange);
    assert_eq!(perform_with(&plan, TAG, &none), CommitResult::Done);
    assert_eq!(perform_with(&plan, TAG, &none), changed(file(NEW)));
    assert_eq!(world.everything(), ["a", "b"]);
    let neither = |step| match step {
        Step::PublishNew | Step::LinkNew => Err(io::Error::from_raw_os_error(95)),
        _ => Ok(()),
    };
    let result = perform_with(&world.plan("c", None), TAG, &neither);
    assert!(matches!(result, CommitResult::Failed { .. }), "{result:?}");
    assert_eq!(world.everything(), ["a", "b"]);
}

#[test]
fn an_error_at_any_step_changes_nothing_or_says_that_it_does_not_know() {
    for replaces in [None, Some(OLD)] {
        for step in Step::ALL {
            for (code, error) in [("disk full", 28), ("input/output error", 5)] {
                let world = World::new();
                let path = if replaces.is_some() { "a" } else { "new/a" };
                if let Some(old) = replaces {
                    world.put(path, old);
                }
                let hit = Cell::new(false);
                let result = perform_with(&world.plan(path, replaces), TAG, &|now| {
                    if now == step {
                        hit.set(true);
                        return Err(io::Error::from_raw_os_error(error));
                    }
                    Ok(())
                });
                let case = format!("{step:?}, {code}, replaces {replaces:?}: {result:?}");
                match &result {
                    CommitResult::Done => {
                        // Only removing what was replaced may fail without consequence.
                        assert!(!hit.get() || step == Step::RemoveOld, "{case}");
                        assert_eq!(world.get(path).as_deref(), Some(NEW), "{case}");
                    }
                    CommitResult::Failed { why } => {
                        assert!(hit.get(), "{case}");
                        assert_eq!(why.kind, RefusalKind::Failed, "{case}");
                        assert!(why.message.contains("nothing was written"), "{case}");
                        assert_eq!(world.get(path).as_deref(), replaces, "{case}");
                        let left: &[&str] = if replaces.is_some() { &["a"] } else { &[] };
                        assert_eq!(world.everything(), left, "{case}");
                    }
                    CommitResult::Unknown { why } => {
                        assert!(matches!(step, Step::SyncFolder | Step::Verify), "{case}");
                        assert_eq!(why.rule, "files.write-unknown", "{case}");
                    }
                    CommitResult::TargetChanged { .. } => panic!("{case}"),
                }
            }
        }
    }
}

/// Performs a write while somebody else saves the target at the given points, each time with another content.
fn perform_against(
    world: &World,
    plan: &WritePlan,
    base: Fault<'_>,
    points: &[usize],
) -> (CommitResult, Option<String>) {
    let count = Cell::new(0);
    let last = Cell::new(None);
    let result = perform_with(plan, TAG, &|step| {
        let now = count.get();
        count.set(now + 1);
        if points.contains(&now) {
            let content = format!("saved by somebody at {now}");
            world.put("theirs", &content);
            fs::rename(world.path("theirs"), world.path("a")).unwrap();
            last.set(Some(content));
        }
        base(step)
    });
    (result, last.take())
}

#[test]
fn what_somebody_else_saves_meanwhile_is_never_lost() {
    let exchange: Fault<'_> = &no_fault;
    let no_replace = without(Step::PublishNew);
    let no_exchange = without(Step::Exchange);
    let mut put_back_seen = 0;
    for (replaces, base) in [
        (None, exchange),
        (Some(OLD), exchange),
        (None, &no_replace),
        (Some(OLD), &no_exchange),
    ] {
        for first in 0..12 {
            for second in first..12 {
                let world = World::new();
                if let Some(old) = replaces {
                    world.put("a", old);
                }
                let plan = world.plan("a", replaces);
                let watch = |step| {
                    put_back_seen_at(&step);
                    base(step)
                };
                let (result, last) = perform_against(&world, &plan, &watch, &[first, second]);
                put_back_seen += PUT_BACK.take();
                let case = format!("{first}, {second}, replaces {replaces:?}: {result:?}");
                let expected = last.as_deref().unwrap_or(NEW);
                assert_eq!(world.get("a").as_deref(), Some(expected), "{case}");
                assert_eq!(world.everything(), ["a"], "{case}");
                match result {
                    CommitResult::Done => {}
                    // They may have saved once more after we looked.
                    CommitResult::TargetChanged { found } => {
                        assert!(found != file(NEW) && found != file(OLD), "{case}");
                    }
                    other => panic!("{case}: {other:?}"),
                }
            }
        }
    }
    assert!(
        put_back_seen > 20,
        "the exchange back was hardly tried: {put_back_seen}"
    );
}

thread_local! {
    static PUT_BACK: Cell<u32> = const { Cell::new(0) };
}

fn put_back_seen_at(step: &Step) {
    if *step == Step::PutBack {
        PUT_BACK.set(PUT_BACK.get() + 1);
    }
}

#[test]
fn a_target_that_becomes_a_folder_or_a_link_just_before_the_exchange_is_put_back() {
    for kind in ["folder", "link", "gone"] {
        let world = World::with("a", OLD);
        let secret = world.0.path().join("outside/secret");
        let result = perform_with(&world.plan("a", Some(OLD)), TAG, &|step| {
            if step == Step::Exchange {
                fs::remove_file(world.path("a")).unwrap();
                match kind {
                    "folder" => world.put("a/precious", "theirs"),
                    "link" => symlink(&secret, world.path("a")).unwrap(),
                    _ => {}
                }
            }
            Ok(())
        });
        let (found, left): (_, &[&str]) = match kind {
            "folder" => (Found::Folder, &["a", "a/precious"]),
            "link" => (Found::Link, &["a"]),
            _ => (Found::Absent, &[]),
        };
        assert_eq!(result, changed(found));
        assert_eq!(world.everything(), left);
        assert_eq!(fs::read_to_string(&secret).unwrap(), "secret");
    }
}

#[test]
fn what_was_displaced_comes_back_even_if_the_target_is_deleted_in_between() {
    let world = World::with("a", OLD);
    let result = perform_with(&world.plan("a", Some(OLD)), TAG, &|step| {
        match step {
            Step::Exchange => world.put("a", "theirs"),
            Step::PutBack if world.get("a").as_deref() == Some(NEW) => {
                fs::remove_file(world.path("a")).unwrap();
            }
            _ => {}
        }
        Ok(())
    });
    assert_eq!(result, changed(file("theirs")));
    assert_eq!(world.get("a").unwrap(), "theirs");
    assert_eq!(world.everything(), ["a"]);
}
