#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use bytes::Bytes;
use guildhall_package::{Access, Digest};
use tempfile::TempDir;

use super::commit::check_inputs;
use super::folder::FileGrant;
use super::snapshot::Pin;
use super::view::{Entry, EntryKind, FileLimits, FilesView};
use crate::refusal::{AuthoritySet, Refusal, RefusalKind};

#[path = "model_tests.rs"]
mod model_tests;

struct World {
    temp: TempDir,
    next: u32,
}

impl World {
    /// `data/a.xml`, `data/sub/b.xml` and an empty `out`.
    fn new() -> Self {
        let temp = TempDir::new().unwrap();
        fs::create_dir_all(temp.path().join("data/sub")).unwrap();
        fs::create_dir(temp.path().join("out")).unwrap();
        fs::write(temp.path().join("data/a.xml"), "one").unwrap();
        fs::write(temp.path().join("data/sub/b.xml"), "two").unwrap();
        Self { temp, next: 0 }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    fn put(&self, path: &str, content: &str) {
        fs::write(self.path(path), content).unwrap();
    }

    fn grant(&self, name: &str, path: &str, access: Access) -> FileGrant {
        let path = self.path(path);
        FileGrant {
            name: name.parse().unwrap(),
            access,
            is_folder: path.is_dir(),
            path,
        }
    }

    /// `in` for reading, `out` for writing, `both` for both, on folders of their own.
    fn view(&self) -> FilesView {
        self.view_within(FileLimits::default())
    }

    fn view_within(&self, limits: FileLimits) -> FilesView {
        fs::create_dir_all(self.path("both")).unwrap();
        let grants = [
            self.grant("in", "data", Access::Read),
            self.grant("out", "out", Access::Write),
            self.grant("both", "both", Access::ReadWrite),
        ];
        FilesView::open(&grants, limits).unwrap()
    }

    fn write(&mut self, view: &mut FilesView, path: &str, content: &str) -> Result<u32, Refusal> {
        let content = Bytes::copy_from_slice(content.as_bytes());
        view.write(path, content, || {
            self.next += 1;
            Ok(self.next - 1)
        })
    }
}

fn rule<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().rule
}

fn names(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.path.as_str()).collect()
}

#[test]
fn what_is_granted_is_named_and_nothing_else_is_reached() {
    let world = World::new();
    let mut view = world.view();
    assert_eq!(view.granted(), ["both", "in", "out"]);
    assert_eq!(view.read("in/a.xml").unwrap(), "one");
    let refusal = view.read("other/a.xml").unwrap_err();
    assert_eq!(refusal.rule, "files.not-granted");
    assert_eq!(
        (refusal.kind, refusal.set),
        (RefusalKind::Denied, Some(AuthoritySet::Grants))
    );
    assert_eq!(refusal.fix.unwrap(), "grant it with `--read other=PATH`");
    assert!(
        refusal.message.contains("`both`, `in`, `out`"),
        "{}",
        refusal.message
    );
    let refusal = view.write("other/a", Bytes::new(), || Ok(0)).unwrap_err();
    assert_eq!(refusal.fix.unwrap(), "grant it with `--write other=DIR`");
    let mut none = FilesView::open(&[], FileLimits::default()).unwrap();
    assert!(
        none.read("in")
            .unwrap_err()
            .message
            .contains("no files are granted")
    );
    assert_eq!(rule(none.list("in")), "files.not-granted");
}

#[test]
fn no_refusal_tells_a_skill_where_its_files_are() {
    let mut world = World::new();
    let place = world.temp.path().to_str().unwrap().to_owned();
    symlink("/etc", world.path("data/link")).unwrap();
    let mut view = world.view();
    for path in [
        "in/no",
        "in/sub",
        "in/link/passwd",
        "out",
        "in/a.xml/b",
        "../x",
        "both",
    ] {
        for refusal in [
            view.read(path).err(),
            view.stat(path).err(),
            view.list(path).err(),
            world.write(&mut view, path, "").err(),
        ]
        .into_iter()
        .flatten()
        {
            let all = format!("{refusal:?}");
            assert!(!all.contains(&place), "{all}");
            assert!(refusal.fix.is_some(), "{all}");
        }
    }
}

#[test]
fn access_is_one_way_where_it_was_granted_one_way() {
    let mut world = World::new();
    world.put("out/old.csv", "old");
    let mut view = world.view();
    let refusal = world.write(&mut view, "in/a.xml", "x").unwrap_err();
    assert_eq!(refusal.rule, "files.read-only");
    assert_eq!(refusal.set, Some(AuthoritySet::Grants));
    assert_eq!(refusal.fix.unwrap(), "grant it with `--write in=DIR`");
    for answer in [
        rule(view.read("out/old.csv")),
        rule(view.read_range("out/old.csv", 0, 1)),
        rule(view.stat("out/old.csv")),
        rule(view.stat("out/none")),
        rule(view.list("out")),
    ] {
        assert_eq!(answer, "files.write-only");
    }
    assert_eq!(view.stat("out").unwrap().kind, EntryKind::Folder);
    world.write(&mut view, "out/new/a.csv", "mine").unwrap();
    assert_eq!(view.read("out/new/a.csv").unwrap(), "mine");
    assert_eq!(view.stat("out/new").unwrap().kind, EntryKind::Folder);
    assert!(view.pins().is_empty(), "what was refused is not pinned");
}

#[test]
fn a_run_reads_its_own_writes_and_nothing_reaches_the_disk() {
    let mut world = World::new();
    let mut view = world.view();
    let effect = world.write(&mut view, "both/2026/vat.csv", "a;b").unwrap();
    assert_eq!(effect, 0);
    assert_eq!(view.read("both/2026/vat.csv").unwrap(), "a;b");
    assert_eq!(view.read_range("both/2026/vat.csv", 1, 1).unwrap(), ";");
    let entry = view.stat("both/2026/vat.csv").unwrap();
    assert_eq!((entry.kind, entry.size), (EntryKind::File, 3));
    assert_eq!(view.stat("both/2026").unwrap().kind, EntryKind::Folder);
    assert_eq!(names(&view.list("both").unwrap()), ["both/2026"]);
    assert_eq!(
        names(&view.list("both/2026").unwrap()),
        ["both/2026/vat.csv"]
    );
    assert_eq!(rule(view.read("both/2026")), "files.not-a-file");
    assert_eq!(rule(view.list("both/2026/vat.csv")), "files.not-a-folder");
    assert_eq!(fs::read_dir(world.path("both")).unwrap().count(), 0);
}

#[test]
fn writing_a_path_again_replaces_the_content_under_the_same_handle() {
    let mut world = World::new();
    let mut view = world.view();
    world.put("both/b", "old b");
    assert_eq!(world.write(&mut view, "both/a", "first").unwrap(), 0);
    assert_eq!(world.write(&mut view, "both/b", "b").unwrap(), 1);
    assert_eq!(world.write(&mut view, "both/a", "second").unwrap(), 0);
    assert_eq!(world.write(&mut view, "both/c", "c").unwrap(), 2);
    let staged = view.staged();
    assert_eq!(
        staged.iter().map(|write| write.effect).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(staged[0].content, "second");
    assert_eq!(staged[0].digest, Digest::of(b"second"));
    assert_eq!(staged[0].replaces, None);
    assert_eq!(staged[1].replaces, Some(Digest::of(b"old b")));
    assert_eq!(view.used(), (5, 8));
}

#[test]
fn a_refused_handle_stages_nothing() {
    let world = World::new();
    let mut view = world.view();
    let no = || {
        Err(Refusal::new(
            RefusalKind::LimitReached,
            "run.effects",
            "no more",
        ))
    };
    assert_eq!(
        rule(view.write("both/a", Bytes::from_static(b"x"), no)),
        "run.effects"
    );
    assert!(view.staged().is_empty());
    assert_eq!(view.used().1, 0);
}

#[test]
fn files_and_folders_cannot_stand_at_one_path() {
    let mut world = World::new();
    let mut view = world.view();
    fs::create_dir(world.path("both/folder")).unwrap();
    world.put("both/file", "");
    symlink("folder", world.path("both/link")).unwrap();
    assert_eq!(rule(world.write(&mut view, "both", "")), "files.not-a-file");
    world.write(&mut view, "both/x/y", "").unwrap();
    for (path, expected) in [
        ("both/folder", "files.not-a-file"),
        ("both/file/below", "files.conflict"),
        ("both/link", "files.link-refused"),
        ("both/link/a", "files.link-refused"),
        ("both/x", "files.conflict"),
        ("both/x/y/z", "files.conflict"),
    ] {
        assert_eq!(rule(world.write(&mut view, path, "")), expected, "{path}");
    }
    assert_eq!(view.staged().len(), 1);
    assert_eq!(world.next, 1, "no handle is used up by a refusal");
}

#[test]
fn a_name_that_a_card_cannot_show_is_read_but_not_written() {
    let mut world = World::new();
    world.put("data/a  b", "two spaces");
    let mut view = world.view();
    assert_eq!(view.read("in/a  b").unwrap(), "two spaces");
    for path in ["both/a  b", "both/a\u{a0}b", "both/a "] {
        assert_eq!(
            rule(world.write(&mut view, path, "")),
            "files.invalid-path",
            "{path:?}"
        );
    }
}

#[test]
fn the_first_look_at_a_file_lasts_for_the_run() {
    let world = World::new();
    let mut view = world.view();
    assert_eq!(view.read_range("in/a.xml", 1, 1).unwrap(), "n");
    assert_eq!(rule(view.read("in/new.xml")), "files.not-found");
    assert_eq!(rule(view.stat("in/other.xml")), "files.not-found");
    world.put("data/a.xml", "changed later");
    world.put("data/new.xml", "appeared later");
    world.put("data/other.xml", "appeared later");
    world.put("data/third.xml", "never looked for");
    assert_eq!(view.read("in/a.xml").unwrap(), "one");
    assert_eq!(view.stat("in/a.xml").unwrap().size, 3);
    assert_eq!(rule(view.read("in/new.xml")), "files.not-found");
    assert_eq!(rule(view.stat("in/other.xml")), "files.not-found");
    let entries = view.list("in").unwrap();
    assert_eq!(names(&entries), ["in/a.xml", "in/sub", "in/third.xml"]);
    assert_eq!(entries[0].size, 3);
    fs::remove_file(world.path("data/a.xml")).unwrap();
    assert_eq!(
        names(&view.list("in").unwrap()),
        ["in/a.xml", "in/sub", "in/third.xml"]
    );
}

#[test]
fn reading_and_missing_pin_but_listing_and_a_size_do_not() {
    let world = World::new();
    let mut view = world.view();
    view.list("in").unwrap();
    view.stat("in/sub/b.xml").unwrap();
    assert!(view.pins().is_empty());
    view.read("in/a.xml").unwrap();
    view.read("in/none").unwrap_err();
    let pins = view.pins();
    assert_eq!(pins.len(), 2);
    assert_eq!(pins[0].path(), "in/a.xml");
    assert_eq!((pins[0].digest, pins[0].len), (Some(Digest::of(b"one")), 3));
    assert_eq!(
        (pins[1].path(), pins[1].digest),
        ("in/none".to_owned(), None)
    );
    let stored = serde_json::to_string(&pins).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Pin>>(&stored).unwrap(), pins);
}

#[test]
fn a_write_names_what_the_run_read_even_if_it_changed_since() {
    let mut world = World::new();
    let mut view = world.view();
    world.put("both/a", "read");
    view.read("both/a").unwrap();
    view.read("both/new/b").unwrap_err();
    view.stat("both/new").unwrap_err();
    world.put("both/a", "changed");
    world.write(&mut view, "both/a", "mine").unwrap();
    world.write(&mut view, "both/new/b", "mine").unwrap();
    let staged = view.staged();
    assert_eq!(staged[0].replaces, Some(Digest::of(b"read")));
    assert_eq!(staged[1].replaces, None);
    assert!(
        view.pins().is_empty(),
        "neither what it writes nor the folder it makes is an input"
    );
}

#[test]
fn overlapping_grants_share_what_is_read_and_what_is_staged() {
    let mut world = World::new();
    let grants = [
        world.grant("in", "data", Access::Read),
        world.grant("sub", "data/sub", Access::Write),
        world.grant("one", "data/a.xml", Access::ReadWrite),
    ];
    let mut view = FilesView::open(&grants, FileLimits::default()).unwrap();
    let first = world.write(&mut view, "sub/new.csv", "x").unwrap();
    assert_eq!(view.read("in/sub/new.csv").unwrap(), "x");
    assert_eq!(
        names(&view.list("in/sub").unwrap()),
        ["in/sub/b.xml", "in/sub/new.csv"]
    );
    view.read("in/a.xml").unwrap();
    let second = world.write(&mut view, "one", "new").unwrap();
    assert_eq!(view.read("in/a.xml").unwrap(), "new");
    assert_eq!((first, second), (0, 1));
    assert!(
        view.pins().is_empty(),
        "the input that is written is compared by the write"
    );
    assert_eq!(
        rule(world.write(&mut view, "in/a.xml", "")),
        "files.read-only"
    );
}

#[test]
fn one_name_for_reading_and_writing_must_be_one_place() {
    let mut world = World::new();
    let same = [
        world.grant("x", "data", Access::Read),
        world.grant("x", "data", Access::Write),
    ];
    let mut view = FilesView::open(&same, FileLimits::default()).unwrap();
    assert_eq!(view.read("x/a.xml").unwrap(), "one");
    assert!(world.write(&mut view, "x/a.xml", "two").is_ok());
    assert_eq!(view.locations()[0].access, Access::ReadWrite);
    let other = [
        world.grant("x", "data", Access::Read),
        world.grant("x", "out", Access::Write),
    ];
    let refusal = FilesView::open(&other, FileLimits::default()).unwrap_err();
    assert_eq!(refusal.rule, "files.name-taken");
}

#[test]
fn a_single_file_is_granted_without_its_neighbours() {
    let mut world = World::new();
    let grants = [world.grant("one", "data/a.xml", Access::Read)];
    let mut view = FilesView::open(&grants, FileLimits::default()).unwrap();
    assert_eq!(view.read("one").unwrap(), "one");
    assert_eq!(view.stat("one").unwrap().size, 3);
    assert_eq!(rule(view.list("one")), "files.not-a-folder");
    for path in ["one/sub", "one/a.xml", "one/sub/b.xml"] {
        assert_eq!(rule(view.read(path)), "files.not-found", "{path}");
    }
    assert_eq!(rule(world.write(&mut view, "one", "")), "files.read-only");
}

#[test]
fn ranges_end_with_the_file_and_never_overflow() {
    let world = World::new();
    let mut view = world.view();
    world.put("data/ten", "0123456789");
    for (offset, length, expected) in [
        (0, 10, "0123456789"),
        (3, 4, "3456"),
        (8, 10, "89"),
        (10, 1, ""),
        (11, 1, ""),
        (u64::MAX, u32::MAX, ""),
        (0, u32::MAX, "0123456789"),
        (5, 0, ""),
    ] {
        assert_eq!(view.read_range("in/ten", offset, length).unwrap(), expected);
    }
}

#[test]
fn each_limit_refuses_by_its_own_rule() {
    let mut world = World::new();
    world.put("data/ten", "0123456789");
    world.put("data/nine", "012345678");
    let limits = FileLimits {
        max_file_bytes: 9,
        max_input_bytes: 15,
        max_inputs: 3,
        max_write_bytes: 8,
        max_writes: 2,
        max_list_entries: 4,
    };
    let mut view = world.view_within(limits);
    assert_eq!(rule(view.read("in/ten")), "files.file-too-large");
    assert_eq!(view.read("in/nine").unwrap().len(), 9);
    world.put("data/nine2", "012345678");
    assert_eq!(rule(view.list("in")), "files.list-limit");
    let refusal = view.read("in/nine2").unwrap_err();
    assert_eq!(
        (refusal.rule.as_str(), refusal.kind),
        ("files.input-limit", RefusalKind::LimitReached)
    );
    assert_eq!(view.read("in/a.xml").unwrap(), "one");
    assert_eq!(
        view.read("in/nine").unwrap().len(),
        9,
        "what was read stays readable"
    );
    assert_eq!(rule(view.stat("in/none")), "files.not-found");
    assert_eq!(rule(view.stat("in/none2")), "files.input-limit");
    assert_eq!(rule(view.read("in/sub/b.xml")), "files.input-limit");

    assert_eq!(
        rule(world.write(&mut view, "both/a", "012345678")),
        "files.write-limit"
    );
    world.write(&mut view, "both/a", "01234567").unwrap();
    assert_eq!(
        rule(world.write(&mut view, "both/b", "0")),
        "files.write-limit"
    );
    world.write(&mut view, "both/a", "0").unwrap();
    world.write(&mut view, "both/b", "0123456").unwrap();
    assert_eq!(
        rule(world.write(&mut view, "both/c", "")),
        "files.write-limit"
    );
    world.write(&mut view, "both/b", "").unwrap();
    assert_eq!(view.used().1, 1);
}

#[test]
fn a_file_to_be_replaced_counts_as_read_and_must_be_small_enough() {
    let mut world = World::new();
    let limits = FileLimits {
        max_file_bytes: 5,
        max_input_bytes: 8,
        ..FileLimits::default()
    };
    let mut view = world.view_within(limits);
    world.put("out/big", "123456");
    world.put("out/a", "12345");
    world.put("out/b", "12345");
    assert_eq!(
        rule(world.write(&mut view, "out/big", "")),
        "files.file-too-large"
    );
    world.write(&mut view, "out/a", "").unwrap();
    assert_eq!(
        rule(world.write(&mut view, "out/b", "")),
        "files.input-limit"
    );
    assert_eq!(view.used().0, 5);
}

#[test]
fn links_and_special_files_are_refused_by_name() {
    let mut world = World::new();
    symlink("/etc", world.path("data/etc")).unwrap();
    fs::create_dir_all(world.path("both")).unwrap();
    for folder in ["data", "both"] {
        let pipe = world.path(folder).join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    }
    let mut view = world.view();
    for path in ["in/etc/passwd", "in/etc"] {
        assert_eq!(rule(view.read(path)), "files.link-refused");
        assert_eq!(rule(view.stat(path)), "files.link-refused");
        assert_eq!(rule(view.list(path)), "files.link-refused");
    }
    assert_eq!(rule(view.read("in/pipe")), "files.special-file");
    assert_eq!(rule(view.stat("in/pipe")), "files.special-file");
    assert_eq!(rule(view.list("in/pipe")), "files.special-file");
    assert_eq!(
        rule(world.write(&mut view, "both/pipe", "")),
        "files.special-file"
    );
    assert_eq!(
        rule(world.write(&mut view, "both/pipe/x", "")),
        "files.special-file"
    );
    assert!(view.pins().is_empty());
}

#[test]
fn pins_hold_until_an_input_changes_appears_or_goes() {
    let world = World::new();
    let mut view = world.view();
    view.read("in/a.xml").unwrap();
    view.read("in/sub/b.xml").unwrap();
    view.read("in/later.xml").unwrap_err();
    let (pins, locations) = (view.pins(), view.locations());
    assert_eq!(check_inputs(&locations, &pins), Ok(()));
    let changed = |what: &str| {
        let refusal = check_inputs(&locations, &pins).unwrap_err();
        assert_eq!(refusal.rule, "files.input-changed");
        assert!(refusal.message.contains(what), "{}", refusal.message);
    };
    world.put("data/a.xml", "two");
    changed("in/a.xml");
    world.put("data/a.xml", "longer");
    changed("in/a.xml");
    fs::remove_file(world.path("data/a.xml")).unwrap();
    changed("in/a.xml");
    symlink("sub/b.xml", world.path("data/a.xml")).unwrap();
    changed("in/a.xml");
    fs::remove_file(world.path("data/a.xml")).unwrap();
    world.put("data/a.xml", "one");
    assert_eq!(check_inputs(&locations, &pins), Ok(()));
    world.put("data/unread.xml", "no input");
    assert_eq!(check_inputs(&locations, &pins), Ok(()));
    world.put("data/later.xml", "");
    changed("in/later.xml");
    fs::remove_file(world.path("data/later.xml")).unwrap();
    fs::rename(world.path("data"), world.path("old")).unwrap();
    assert_eq!(
        check_inputs(&locations, &pins).unwrap_err().rule,
        "files.folder-changed"
    );
    assert_eq!(check_inputs(&[], &pins).unwrap_err().rule, "files.bad-plan");
}
