//! The archive: what goes in comes out, and a stranger's can do nothing but fill a folder.

use super::pack::PackError;
use super::unpack::Unpacked;
use super::*;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

/// A folder `shop/vat` with files of this content; folders are made.
fn skill(files: &[(&str, &str)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let skill = folder.path().canonicalize().unwrap().join("shop/vat");
    for (name, content) in files {
        let path = skill.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    (folder, skill)
}

fn packed(skill: &Path) -> Result<Packed, PackError> {
    let cases = crate::golden::find(skill).unwrap();
    pack(skill, &cases, ArchiveLimits::default())
}

fn names(packed: &Packed) -> Vec<&str> {
    packed.files.iter().map(|(name, _)| name.as_str()).collect()
}

const CASE: &str = "operation = \"x\"\n[[read]]\nname = \"in\"\npath = \"../../sample\"\n[[read]]\nname = \"all\"\n\
                    path = \"../../../invoices\"\n[expect]\noutput-file = \"expected/output.json\"\n";

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        ("golden/a/case.toml", CASE),
        ("golden/a/expected/output.json", "{}"),
        ("golden/a/note.txt", "mine"),
        ("golden/not-a-case/secret", "no"),
        ("sample/one.xml", "<a/>"),
        ("src/lib.rs", "not this"),
        ("../invoices/de.xml", "<b/>"),
        ("../elsewhere/x", "not this"),
    ]
}

#[test]
fn a_case_travels_with_what_it_reads_and_nothing_else() {
    let (_folder, skill) = skill(&files());
    let packed = packed(&skill).unwrap();
    assert_eq!(
        names(&packed),
        [
            "invoices/de.xml",
            "skill/golden/a/case.toml",
            "skill/golden/a/expected/output.json",
            "skill/golden/a/note.txt",
            "skill/sample/one.xml",
        ]
    );
    assert_eq!(packed.cases, 1);
    let out = tempfile::tempdir().unwrap();
    let unpacked = unpack(&packed.bytes, out.path(), ArchiveLimits::default()).unwrap();
    let case =
        crate::golden::case::read_within(&unpacked.skill.join("golden/a"), out.path()).unwrap();
    assert_eq!(
        fs::read(case.read[0].path.join("one.xml")).unwrap(),
        b"<a/>"
    );
    assert_eq!(fs::read(case.read[1].path.join("de.xml")).unwrap(), b"<b/>");
}

#[test]
fn the_same_cases_give_the_same_bytes_anywhere() {
    let (_one, first) = skill(&files());
    let mut turned = files();
    turned.reverse();
    let (_two, second) = skill(&turned);
    let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(86_400);
    fs::File::open(second.join("sample/one.xml"))
        .unwrap()
        .set_modified(time)
        .unwrap();
    assert_eq!(packed(&first).unwrap(), packed(&second).unwrap());
}

#[test]
fn what_can_not_travel_is_named_with_what_to_do() {
    for (path, word) in [
        ("../..", "whole folder"),
        ("../../..", "around the skill"),
        ("../../../..", "nor beside it"),
        ("/etc/hostname", "nor beside it"),
        ("../../../skill/x", "another name"),
        ("../../../vat/sample", "holds only here"),
    ] {
        let case = format!("operation = \"x\"\n[[read]]\nname = \"in\"\npath = \"{path}\"\n");
        let mut all = files();
        all.retain(|(name, _)| *name != "golden/a/case.toml");
        all.push(("golden/a/case.toml", &case));
        all.push(("../skill/x", "y"));
        let (_folder, skill) = skill(&all);
        let error = packed(&skill).unwrap_err().to_string();
        assert!(error.contains(word), "{path}: {error}");
    }
}

#[test]
fn a_link_is_not_followed_into_an_archive() {
    let (folder, skill) = skill(&files());
    fs::write(folder.path().join("secret"), "key").unwrap();
    std::os::unix::fs::symlink(folder.path().join("secret"), skill.join("sample/link.xml"))
        .unwrap();
    let error = packed(&skill).unwrap_err();
    assert!(matches!(error, PackError::Kind(_)), "{error}");
}

#[test]
fn more_than_is_taken_is_refused_before_it_is_read() {
    let (_folder, skill) = skill(&files());
    let cases = crate::golden::find(&skill).unwrap();
    for (limits, word) in [
        (
            ArchiveLimits {
                bytes: 2_000,
                ..ArchiveLimits::default()
            },
            "at most 2000",
        ),
        (
            ArchiveLimits {
                entries: 4,
                ..ArchiveLimits::default()
            },
            "more than 4",
        ),
    ] {
        let error = pack(&skill, &cases, limits).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

/// An archive with one entry of any kind, name and size, however wrong.
fn hostile(name: &str, kind: EntryType, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o777);
    header.set_size(size);
    if kind == EntryType::Symlink || kind == EntryType::Link {
        header.set_link_name_literal("/etc/passwd").unwrap();
    }
    // `set_path` would refuse what is tried here.
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512) + 1024, 0);
    bytes
}

/// Unpacks into a folder in a folder, and insists that nothing else was touched.
fn tried(bytes: &[u8]) -> Result<Unpacked, UnpackError> {
    let around = tempfile::tempdir().unwrap();
    let root = around.path().join("root");
    fs::create_dir(&root).unwrap();
    let done = unpack(bytes, &root, ArchiveLimits::default());
    let left: Vec<_> = fs::read_dir(around.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "something lies beside the folder");
    done
}

#[test]
fn no_name_leads_out_of_the_folder() {
    for name in [
        "../x",
        "/x",
        "a/../../x",
        "./x",
        "a//x",
        "..",
        "a\\..\\x",
        "a/\u{1b}[2J",
    ] {
        let error = tried(&hostile(name, EntryType::Regular, 1, b"x")).unwrap_err();
        assert!(matches!(error, UnpackError::Name(_)), "{name}: {error}");
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
    }
    assert!(tried(&hostile("a/x", EntryType::Regular, 1, b"x")).is_ok());
}

#[test]
fn nothing_but_plain_files_and_folders_is_taken() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Char,
        EntryType::Block,
        EntryType::Fifo,
        EntryType::Continuous,
        EntryType::GNULongName,
        EntryType::GNULongLink,
        EntryType::GNUSparse,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::new(b'Z'),
    ] {
        let error = tried(&hostile("x", kind, 0, b"")).unwrap_err();
        assert!(
            matches!(error, UnpackError::Kind { .. }),
            "{kind:?}: {error}"
        );
    }
}

#[test]
fn one_place_is_taken_once() {
    let entry = |name: &str, kind| {
        let mut bytes = hostile(name, kind, 1, b"x");
        if kind == EntryType::Directory {
            bytes = hostile(name, kind, 0, b"");
        }
        bytes.truncate(bytes.len() - 1024);
        bytes
    };
    for (first, second) in [
        (
            entry("x", EntryType::Regular),
            entry("x", EntryType::Regular),
        ),
        (
            entry("x", EntryType::Regular),
            entry("x/y", EntryType::Regular),
        ),
        (
            entry("x/y", EntryType::Regular),
            entry("x", EntryType::Regular),
        ),
        (
            entry("x", EntryType::Regular),
            entry("x/", EntryType::Directory),
        ),
    ] {
        let mut bytes = first;
        bytes.extend(second);
        bytes.extend([0; 1024]);
        let error = tried(&bytes).unwrap_err();
        assert!(matches!(error, UnpackError::Twice(_)), "{error}");
    }
    let mut both = entry("x/y", EntryType::Regular);
    both.extend(entry("x/", EntryType::Directory));
    both.extend([0; 1024]);
    assert!(tried(&both).is_ok());
}

#[test]
fn an_archive_that_lies_about_its_size_is_broken() {
    for size in [6_000, 1 << 40, u64::MAX >> 2] {
        let error = tried(&hostile("x", EntryType::Regular, size, b"x")).unwrap_err();
        assert!(matches!(error, UnpackError::Broken(_)), "{size}: {error}");
    }
    assert!(matches!(
        tried(b"PK\x03\x04").unwrap_err(),
        UnpackError::Broken(_)
    ));
}

#[test]
fn a_crowd_of_files_is_refused() {
    let mut builder = Builder::new(Vec::new());
    for number in 0..2_001 {
        let mut header = Header::new_ustar();
        header.set_size(0);
        header.set_path(format!("{number}")).unwrap();
        header.set_cksum();
        builder.append(&header, &[][..]).unwrap();
    }
    let error = tried(&builder.into_inner().unwrap()).unwrap_err();
    assert!(
        matches!(error, UnpackError::TooMany { limit: 2_000 }),
        "{error}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_archive_panics_or_leaves_the_folder(
        name in "[a./]{1,12}", kind in any::<u8>(), size in any::<u64>(), garbage in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let _ = tried(&hostile(&name, EntryType::new(kind), size % 2_000, &garbage));
        let _ = tried(&garbage);
    }
}
