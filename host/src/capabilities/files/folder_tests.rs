#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use guildhall_package::Access;
use rustix::fs::{CWD, FileType, Mode};
use tempfile::TempDir;

use super::folder::{
    Content, FileGrant, FolderIdentity, GrantLocation, Item, Listing, OpenGrant, Seen,
};
use super::path::RelPath;

fn grant(name: &str, path: &Path, access: Access, is_folder: bool) -> FileGrant {
    FileGrant {
        name: name.parse().unwrap(),
        path: path.to_owned(),
        access,
        is_folder,
    }
}

fn folder(path: &Path) -> OpenGrant {
    OpenGrant::open(&grant("in", path, Access::Read, true)).unwrap()
}

fn rel(path: &str) -> RelPath {
    RelPath::parse(path).unwrap()
}

fn read(open: &OpenGrant, path: &str) -> Result<Vec<u8>, Seen> {
    match open.content(Some(&rel(path)), 1_000).unwrap() {
        Content::Bytes(bytes) => Ok(bytes),
        Content::Other(seen) => Err(seen),
        Content::TooLarge(size) => panic!("{size} bytes"),
    }
}

fn fifo(path: &Path) {
    rustix::fs::mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

/// A folder `in` to grant and a secret beside it.
fn world() -> (TempDir, PathBuf) {
    let temp = TempDir::new().unwrap();
    let inside = temp.path().join("in");
    fs::create_dir_all(inside.join("sub")).unwrap();
    fs::write(inside.join("a.txt"), "a").unwrap();
    fs::write(inside.join("sub/b.txt"), "b").unwrap();
    fs::create_dir(temp.path().join("outside")).unwrap();
    fs::write(temp.path().join("outside/secret"), "secret").unwrap();
    (temp, inside)
}

#[test]
fn files_are_read_at_every_depth() {
    let (_temp, inside) = world();
    let open = folder(&inside);
    assert_eq!(read(&open, "a.txt").unwrap(), b"a");
    assert_eq!(read(&open, "sub/b.txt").unwrap(), b"b");
    assert_eq!(read(&open, "sub"), Err(Seen::Folder));
    assert_eq!(read(&open, "c"), Err(Seen::Absent));
    assert_eq!(read(&open, "no/c"), Err(Seen::Absent));
    assert_eq!(read(&open, "a.txt/c"), Err(Seen::Absent));
}

#[test]
fn links_are_never_followed_wherever_they_lead() {
    let (temp, inside) = world();
    let outside = temp.path().join("outside");
    symlink(outside.join("secret"), inside.join("out-file")).unwrap();
    symlink(&outside, inside.join("out-folder")).unwrap();
    symlink("../outside/secret", inside.join("out-relative")).unwrap();
    symlink("a.txt", inside.join("in-file")).unwrap();
    symlink("sub", inside.join("in-folder")).unwrap();
    symlink("nowhere", inside.join("dangling")).unwrap();
    symlink("loop", inside.join("loop")).unwrap();
    let open = folder(&inside);
    for path in [
        "out-file",
        "out-folder",
        "out-folder/secret",
        "out-relative",
        "in-file",
        "in-folder/b.txt",
        "dangling",
        "loop",
        "loop/x/y",
    ] {
        assert_eq!(read(&open, path), Err(Seen::Link), "{path}");
        assert_eq!(open.look(Some(&rel(path))).unwrap(), Seen::Link, "{path}");
    }
    assert_eq!(
        open.items(Some(&rel("out-folder")), 10).unwrap(),
        Listing::Other(Seen::Link)
    );
}

#[test]
fn special_files_are_refused_without_waiting_for_them() {
    let (_temp, inside) = world();
    fifo(&inside.join("pipe"));
    let _socket = std::os::unix::net::UnixListener::bind(inside.join("socket")).unwrap();
    let open = folder(&inside);
    let begin = Instant::now();
    for path in ["pipe", "socket"] {
        assert_eq!(read(&open, path), Err(Seen::Special), "{path}");
    }
    assert_eq!(read(&open, "pipe/x"), Err(Seen::Absent));
    assert!(begin.elapsed() < Duration::from_secs(5));
    // Nor does one that is granted by name, or swapped in after the first look.
    let refusal = OpenGrant::open(&grant("p", &inside.join("pipe"), Access::Read, false));
    assert_eq!(refusal.unwrap_err().rule, "files.special-file");
    let open = OpenGrant::open(&grant("f", &inside.join("a.txt"), Access::Read, false)).unwrap();
    fs::remove_file(inside.join("a.txt")).unwrap();
    fifo(&inside.join("a.txt"));
    let content = open.content(None, 10).unwrap();
    assert!(matches!(content, Content::Other(Seen::Special)));
}

#[test]
fn a_device_is_not_opened() {
    let open = OpenGrant::open(&grant("dev", Path::new("/dev"), Access::Read, true)).unwrap();
    assert_eq!(read(&open, "zero"), Err(Seen::Special));
    assert_eq!(read(&open, "null"), Err(Seen::Special));
}

#[test]
fn a_hard_link_is_an_ordinary_file() {
    let (temp, inside) = world();
    fs::hard_link(temp.path().join("outside/secret"), inside.join("linked")).unwrap();
    assert_eq!(read(&folder(&inside), "linked").unwrap(), b"secret");
}

#[test]
fn a_listing_leaves_out_links_special_files_and_names_a_skill_cannot_use() {
    use std::os::unix::ffi::OsStrExt as _;
    let (temp, inside) = world();
    symlink("a.txt", inside.join("link")).unwrap();
    symlink(temp.path(), inside.join("up")).unwrap();
    fifo(&inside.join("pipe"));
    for name in [
        "back\\slash",
        "new\nline",
        "hidden\u{202e}",
        ".guildhall-x.part",
    ] {
        fs::write(inside.join(name), "").unwrap();
    }
    fs::write(
        inside.join(std::ffi::OsStr::from_bytes(b"not-\xff-utf8")),
        "",
    )
    .unwrap();
    fs::write(inside.join("Rechnung: 5.xml"), "12345").unwrap();
    let Listing::Items(mut items) = folder(&inside).items(None, 10).unwrap() else {
        panic!("no listing");
    };
    items.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(
        items,
        [
            ("Rechnung: 5.xml".to_owned(), Item::File(5)),
            ("a.txt".to_owned(), Item::File(1)),
            ("sub".to_owned(), Item::Folder),
        ]
    );
}

#[test]
fn a_folder_with_too_many_entries_is_not_listed_in_part() {
    let (_temp, inside) = world();
    let open = folder(&inside);
    assert!(matches!(open.items(None, 2).unwrap(), Listing::Items(_)));
    assert_eq!(open.items(None, 1).unwrap(), Listing::TooMany);
}

#[test]
fn a_file_over_the_limit_is_not_read() {
    let (_temp, inside) = world();
    fs::write(inside.join("ten"), "0123456789").unwrap();
    let open = folder(&inside);
    assert!(matches!(
        open.content(Some(&rel("ten")), 10).unwrap(),
        Content::Bytes(_)
    ));
    assert!(matches!(
        open.content(Some(&rel("ten")), 9).unwrap(),
        Content::TooLarge(10)
    ));
    // A sparse file of a terabyte costs nothing to refuse.
    fs::File::create(inside.join("huge"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    assert!(matches!(
        open.content(Some(&rel("huge")), 9).unwrap(),
        Content::TooLarge(_)
    ));
}

#[test]
fn look_alike_names_are_different_files() {
    let (_temp, inside) = world();
    let names = [
        "caf\u{e9}",
        "cafe\u{301}",
        "CAFÉ",
        "a.xml",
        "A.xml",
        "\u{430}.xml",
    ];
    for (number, name) in names.iter().enumerate() {
        fs::write(inside.join(name), number.to_string()).unwrap();
    }
    let open = folder(&inside);
    for (number, name) in names.iter().enumerate() {
        assert_eq!(read(&open, name).unwrap(), number.to_string().as_bytes());
    }
}

/// Swaps two names all the time until the test ends, and counts what a reader may have seen.
fn race(inside: &Path, a: &str, b: &str, path: &str) -> (u32, u32) {
    let open = folder(inside);
    let stop = AtomicBool::new(false);
    let (mut good, mut refused, mut escaped) = (0, 0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (a, b) = (inside.join(a), inside.join(b));
            while !stop.load(Ordering::Relaxed) {
                rustix::fs::renameat_with(CWD, &a, CWD, &b, rustix::fs::RenameFlags::EXCHANGE)
                    .unwrap();
            }
        });
        let begin = Instant::now();
        // A busy machine may need longer until both sides have had their turn.
        while begin.elapsed() < Duration::from_millis(300)
            || (good.min(refused) == 0 && begin.elapsed() < Duration::from_secs(30))
        {
            match open.content(Some(&rel(path)), 1_000) {
                Ok(Content::Bytes(bytes)) if bytes == b"b" => good += 1,
                Ok(Content::Bytes(_) | Content::TooLarge(_)) => escaped += 1,
                Ok(Content::Other(Seen::Link)) => refused += 1,
                // It changed between two looks.
                Ok(Content::Other(_)) | Err(_) => {}
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert_eq!(escaped, 0, "a link was followed");
    (good, refused)
}

#[test]
fn a_link_swapped_in_between_check_and_use_is_never_followed() {
    let (temp, inside) = world();
    fs::copy(inside.join("sub/b.txt"), inside.join("file")).unwrap();
    symlink(temp.path().join("outside/secret"), inside.join("link")).unwrap();
    let (good, refused) = race(&inside, "file", "link", "file");
    assert!(
        good > 0 && refused > 0,
        "{good} reads, {refused} refusals: no race"
    );
}

#[test]
fn a_folder_swapped_for_a_link_is_never_followed() {
    let (temp, inside) = world();
    fs::copy(inside.join("sub/b.txt"), inside.join("sub/secret")).unwrap();
    symlink(temp.path().join("outside"), inside.join("link")).unwrap();
    let (good, refused) = race(&inside, "sub", "link", "sub/secret");
    assert!(
        good > 0 && refused > 0,
        "{good} reads, {refused} refusals: no race"
    );
}

#[test]
fn a_granted_path_may_lead_through_links_and_is_remembered_without_them() {
    let (temp, inside) = world();
    symlink(&inside, temp.path().join("alias")).unwrap();
    symlink(inside.join("a.txt"), temp.path().join("latest")).unwrap();
    let open = folder(&temp.path().join("alias"));
    assert_eq!(open.location().folder, inside.canonicalize().unwrap());
    assert_eq!(read(&open, "a.txt").unwrap(), b"a");
    let file = OpenGrant::open(&grant(
        "f",
        &temp.path().join("latest"),
        Access::Read,
        false,
    ))
    .unwrap();
    assert_eq!(file.location().file.as_deref(), Some("a.txt"));
    assert!(matches!(file.content(None, 10).unwrap(), Content::Bytes(b) if b == b"a"));
    // Nothing but the file: not its neighbour, not what would be below it.
    assert!(matches!(
        file.content(Some(&rel("sub")), 10).unwrap(),
        Content::Other(Seen::Absent)
    ));
}

#[test]
fn what_cannot_be_granted_is_refused_with_its_reason() {
    let (temp, inside) = world();
    symlink("nowhere", inside.join("dangling")).unwrap();
    let relative = Path::new("in");
    for (path, access, is_folder, rule) in [
        (relative, Access::Read, true, "files.invalid-path"),
        (&inside.join("none"), Access::Read, true, "files.not-found"),
        (&inside.join("none"), Access::Read, false, "files.not-found"),
        (
            &inside.join("none"),
            Access::ReadWrite,
            false,
            "files.not-found",
        ),
        (
            &inside.join("none/x"),
            Access::Write,
            false,
            "files.not-found",
        ),
        (
            &inside.join("dangling"),
            Access::Write,
            false,
            "files.not-found",
        ),
        (
            &inside.join("a.txt"),
            Access::Read,
            true,
            "files.not-a-folder",
        ),
        (
            &inside.join("a.txt/x"),
            Access::Read,
            false,
            "files.not-a-folder",
        ),
        (&inside, Access::Read, false, "files.not-a-file"),
        (Path::new("/"), Access::Read, false, "files.not-a-file"),
        (
            Path::new("/dev/null"),
            Access::Write,
            false,
            "files.special-file",
        ),
    ] {
        let refusal = OpenGrant::open(&grant("x", path, access, is_folder)).unwrap_err();
        assert_eq!(refusal.rule, rule, "{path:?}: {refusal}");
        assert!(refusal.fix.is_some());
    }
    let new = OpenGrant::open(&grant("x", &inside.join("new"), Access::Write, false)).unwrap();
    assert_eq!(new.look(None).unwrap(), Seen::Absent);
    drop(temp);
}

#[test]
fn a_folder_is_found_again_by_path_and_identity() {
    let (temp, inside) = world();
    let location = folder(&inside).location().clone();
    let stored = serde_json::to_string(&location).unwrap();
    let location: GrantLocation = serde_json::from_str(&stored).unwrap();
    assert_eq!(read(&location.reopen().unwrap(), "a.txt").unwrap(), b"a");

    let moved = temp.path().join("moved");
    fs::rename(&inside, &moved).unwrap();
    assert_eq!(location.reopen().unwrap_err().rule, "files.folder-changed");
    fs::create_dir(&inside).unwrap();
    let refusal = location.reopen().unwrap_err();
    assert_eq!(refusal.rule, "files.folder-changed");
    assert!(refusal.message.contains("another folder"), "{refusal}");
    fs::remove_dir(&inside).unwrap();
    // A link in its place is refused even if it leads to the right folder.
    symlink(&moved, &inside).unwrap();
    assert_eq!(location.reopen().unwrap_err().rule, "files.folder-changed");
    fs::remove_file(&inside).unwrap();
    fs::rename(&moved, &inside).unwrap();
    assert!(location.reopen().is_ok());
}

#[test]
fn a_stored_location_with_a_path_for_a_file_name_is_refused() {
    let (_temp, inside) = world();
    let file = OpenGrant::open(&grant("f", &inside.join("a.txt"), Access::Read, false)).unwrap();
    for name in ["../outside/secret", "..", "", "sub/b.txt", "a\0"] {
        let mut location = file.location().clone();
        location.file = Some(name.to_owned());
        assert_eq!(
            location.reopen().unwrap_err().rule,
            "files.bad-plan",
            "{name:?}"
        );
    }
}

#[test]
fn an_identity_is_text_and_survives_numbers_that_json_cannot_hold() {
    let identity = FolderIdentity {
        device: u64::MAX,
        inode: u64::MAX - 1,
    };
    let text = serde_json::to_string(&identity).unwrap();
    assert_eq!(text, "\"18446744073709551615:18446744073709551614\"");
    assert_eq!(
        serde_json::from_str::<FolderIdentity>(&text).unwrap(),
        identity
    );
    for bad in ["\"1\"", "\"1:\"", "\"a:b\"", "\"1:2:3\"", "\"-1:2\""] {
        assert!(
            serde_json::from_str::<FolderIdentity>(bad).is_err(),
            "{bad}"
        );
    }
}
