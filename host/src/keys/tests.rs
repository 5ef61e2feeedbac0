use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Barrier;

use proptest::prelude::*;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;

use super::*;

/// Tells the child of a test which folder it is about.
const CHILD: &str = "GUILDHALL_TEST_KEY_FOLDER";

pub(super) struct Place {
    _temp: tempfile::TempDir,
    pub(super) path: PathBuf,
}

impl Place {
    pub(super) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("deep/keys");
        Self { _temp: temp, path }
    }

    pub(super) fn open(&self) -> KeyFolder {
        KeyFolder::open(&self.path).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.path.join("store.key")
    }

    /// What `secret` says once `prepare` has put something in the place of the key.
    fn refusal(prepare: impl FnOnce(&Path)) -> KeyError {
        let place = Self::new();
        let folder = place.open();
        prepare(&place.file());
        let error = folder.secret(STORE).unwrap_err();
        assert!(
            error.to_string().contains("store.key"),
            "the file is not named: {error}"
        );
        error
    }
}

pub(super) fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

pub(super) fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub(super) fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    chmod(path, 0o600);
}

pub(super) fn names(path: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_key_is_made_once_and_is_private() {
    let place = Place::new();
    let key = place.open().secret(STORE).unwrap();
    assert_eq!(place.open().secret(STORE).unwrap().expose(), key.expose());
    assert_ne!(
        place.open().secret(RECEIPTS).unwrap().expose(),
        key.expose()
    );
    assert_eq!(mode(&place.path), 0o700);
    assert_eq!(mode(&place.file()), 0o600);
    let content = fs::read_to_string(place.file()).unwrap();
    assert_eq!(content, format!("{}\n", hex::encode(key.expose())));
    assert_eq!(names(&place.path), ["receipts.key", "store.key"]);
}

#[test]
fn existing_makes_no_key() {
    let place = Place::new();
    let folder = place.open();
    assert!(folder.existing(STORE).unwrap().is_none());
    assert!(names(&place.path).is_empty());
    let key = folder.secret(STORE).unwrap();
    assert_eq!(
        folder.existing(STORE).unwrap().unwrap().expose(),
        key.expose()
    );
}

#[test]
fn keys_in_memory_are_stable_and_differ_between_hosts() {
    let (one, two) = (KeyFolder::in_memory(), KeyFolder::in_memory());
    assert!(one.path().is_none());
    assert!(one.existing(STORE).unwrap().is_none());
    let key = one.secret(STORE).unwrap();
    assert_eq!(one.secret(STORE).unwrap().expose(), key.expose());
    assert_eq!(one.existing(STORE).unwrap().unwrap().expose(), key.expose());
    assert_ne!(one.secret(RECEIPTS).unwrap().expose(), key.expose());
    assert_ne!(two.secret(STORE).unwrap().expose(), key.expose());
}

#[test]
fn a_key_can_be_brought_along_raw_or_as_digits() {
    let bytes: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap() + 1);
    let digits = hex::encode(bytes);
    let contents = [
        bytes.to_vec(),
        digits.clone().into_bytes(),
        digits.to_uppercase().into_bytes(),
        format!("{digits}\n").into_bytes(),
    ];
    for content in contents {
        let place = Place::new();
        let folder = place.open();
        write(&place.file(), &content);
        assert_eq!(folder.secret(STORE).unwrap().expose(), &bytes);
        assert_eq!(fs::read(place.file()).unwrap(), content);
    }
}

#[test]
fn where_names_can_only_be_given_by_links_the_first_wins_too() {
    let place = Place::new();
    place.open();
    let part = |name: &str| {
        let part = place.path.join(name);
        write(&part, name.as_bytes());
        part
    };
    disk::link(&part("one"), &place.file()).unwrap();
    let error = disk::link(&part("two"), &place.file()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(place.file()).unwrap(), b"one");
    assert_eq!(names(&place.path), ["store.key", "two"]);
}

#[test]
fn threads_that_ask_at_once_get_one_key() {
    for _ in 0..20 {
        let place = Place::new();
        let start = Barrier::new(8);
        let keys: BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        *place.open().secret(STORE).unwrap().expose()
                    })
                })
                .collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(keys.len(), 1);
        assert_eq!(names(&place.path), ["store.key"]);
    }
}

#[test]
fn processes_that_ask_at_once_get_one_key() {
    let place = Place::new();
    let (_, module) = module_path!().split_once("::").unwrap();
    let child = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--ignored", "--nocapture"])
            .arg(format!("{module}::child_that_asks_for_the_key"))
            .env(CHILD, &place.path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..8).map(|_| child()).collect();
    let keys: BTreeSet<String> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let (_, rest) = text.split_once("key=").expect("the child printed no key");
            rest.get(..64).unwrap().to_owned()
        })
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(names(&place.path), ["store.key"]);
}

#[test]
#[ignore = "the child of the test above"]
#[allow(clippy::print_stdout)]
fn child_that_asks_for_the_key() {
    if let Some(path) = std::env::var_os(CHILD) {
        let key = KeyFolder::open(Path::new(&path)).unwrap();
        println!("key={}", hex::encode(key.secret(STORE).unwrap().expose()));
    }
}

#[test]
fn a_key_that_others_may_read_or_write_is_refused_with_the_fix() {
    for wrong in [0o640, 0o604, 0o620, 0o601, 0o660, 0o644, 0o777] {
        let error = Place::refusal(|file| {
            write(file, &[7; 32]);
            chmod(file, wrong);
        });
        assert!(
            matches!(error, KeyError::OpenToOthers { mode, .. } if mode == wrong),
            "{error}"
        );
        assert!(error.to_string().contains("chmod 600 '"), "{error}");
    }
}

#[test]
fn a_stricter_mode_is_fine() {
    let place = Place::new();
    let key = place.open().secret(STORE).unwrap();
    chmod(&place.file(), 0o400);
    assert_eq!(place.open().secret(STORE).unwrap().expose(), key.expose());
}

#[test]
fn a_link_is_refused_wherever_it_leads() {
    let real = tempfile::tempdir().unwrap();
    let target = real.path().join("key");
    write(&target, &[7; 32]);
    for to in [target.as_path(), Path::new("nowhere"), real.path()] {
        let error = Place::refusal(|file| symlink(to, file).unwrap());
        assert!(matches!(error, KeyError::Link { .. }), "{error}");
    }
    assert_eq!(fs::read(&target).unwrap(), [7; 32]);
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    type Make = fn(&Path);
    let made: [(&str, Make); 3] = [
        ("a folder", |file| fs::create_dir(file).unwrap()),
        ("a pipe", |file| {
            mknodat(CWD, file, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        }),
        ("a socket", |file| drop(UnixListener::bind(file).unwrap())),
    ];
    for (kind, make) in made {
        let error = Place::refusal(make);
        assert!(
            matches!(error, KeyError::NotAFile { found, .. } if found == kind),
            "{kind}: {error}"
        );
    }
}

#[test]
fn a_file_of_another_length_is_refused_and_left_alone() {
    let digits = "a1".repeat(32);
    let contents = [
        String::new(),
        "short".to_owned(),
        digits[..63].to_owned(),
        format!("{digits}\n\n"),
        format!("{digits}\r\n"),
        format!("{digits}a"),
        "a".repeat(100_000),
    ];
    for content in contents {
        let error = Place::refusal(|file| write(file, content.as_bytes()));
        assert!(
            matches!(error, KeyError::Length { length, .. } if length == content.len() as u64),
            "{}: {error}",
            content.len()
        );
    }
}

#[test]
fn a_file_without_a_key_in_it_is_refused() {
    let contents = [
        vec![b'x'; 64],
        [vec![b'a'; 63], vec![b' ']].concat(),
        vec![b'0'; 64],
        [vec![b'0'; 64], vec![b'\n']].concat(),
        vec![0; 32],
        vec![0; 64],
        [vec![0; 64], vec![b'\n']].concat(),
    ];
    for content in contents {
        let error = Place::refusal(|file| write(file, &content));
        assert!(
            matches!(error, KeyError::Content { .. }),
            "{content:?}: {error}"
        );
    }
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    if !geteuid().is_root() {
        // Only root can give a file away.
        return;
    }
    let error = Place::refusal(|file| {
        write(file, &[7; 32]);
        std::os::unix::fs::chown(file, Some(4711), None).unwrap();
    });
    assert!(
        matches!(
            error,
            KeyError::ForeignOwner {
                owner: 4711,
                user: 0,
                ..
            }
        ),
        "{error}"
    );

    let place = Place::new();
    let folder = place.open();
    std::os::unix::fs::chown(&place.path, Some(4711), None).unwrap();
    for error in [
        folder.secret(STORE).unwrap_err(),
        KeyFolder::open(&place.path).unwrap_err(),
    ] {
        assert!(
            matches!(error, KeyError::ForeignOwner { owner: 4711, .. }),
            "{error}"
        );
    }
}

#[test]
fn a_folder_that_others_may_enter_is_refused_at_each_use() {
    let place = Place::new();
    let folder = place.open();
    folder.secret(STORE).unwrap();
    for wrong in [0o710, 0o701, 0o750, 0o755, 0o777] {
        chmod(&place.path, wrong);
        for error in [
            folder.secret(STORE).unwrap_err(),
            folder.secret(RECEIPTS).unwrap_err(),
            KeyFolder::open(&place.path).unwrap_err(),
        ] {
            assert!(error.to_string().contains("chmod 700 '"), "{error}");
        }
    }
    assert_eq!(names(&place.path), ["store.key"]);
}

#[test]
fn a_folder_that_is_a_link_or_a_file_is_refused() {
    let place = Place::new();
    place.open();
    let link = place.path.with_file_name("link");
    symlink(&place.path, &link).unwrap();
    for spelling in [link.clone(), link.join(""), link.join(".")] {
        let error = KeyFolder::open(&spelling).unwrap_err();
        assert!(matches!(error, KeyError::Link { .. }), "{error}");
    }
    let dangling = place.path.with_file_name("dangling");
    symlink("nowhere", &dangling).unwrap();
    let error = KeyFolder::open(&dangling).unwrap_err();
    assert!(matches!(error, KeyError::Link { .. }), "{error}");

    let file = place.path.with_file_name("file");
    write(&file, b"");
    for path in [file.clone(), file.join("below")] {
        let error = KeyFolder::open(&path).unwrap_err();
        assert!(matches!(error, KeyError::NotAFolder { .. }), "{error}");
    }
}

#[test]
fn names_that_are_paths_are_refused() {
    let place = Place::new();
    for folder in [place.open(), KeyFolder::in_memory()] {
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc/x",
            "a.b",
            "Store",
            "a b",
            "a\0",
            "ü",
            &"a".repeat(65),
        ] {
            for result in [
                folder.secret(name).map(Some),
                folder.existing(name),
                KeySource::secret(&folder, name).map(Some),
            ] {
                assert!(matches!(result, Err(KeyError::Name { .. })), "{name:?}");
            }
        }
    }
    assert!(names(&place.path).is_empty());
}

#[test]
fn debug_shows_nothing_of_a_key() {
    let key = SecretKey32::from_bytes(&[0xab; 32]);
    assert_eq!(format!("{key:?}"), "SecretKey32(..)");
    let folder = KeyFolder::in_memory();
    folder.secret(STORE).unwrap();
    let key = folder.secret(STORE).unwrap();
    let shown = format!("{folder:?}");
    assert!(!shown.contains(&hex::encode(key.expose())));
    assert!(shown.contains("SecretKey32(..)"), "{shown}");
}

#[test]
fn random_bytes_fill_everything() {
    let mut bytes = vec![0; 100_000];
    fill_random(&mut bytes).unwrap();
    let tail = bytes.last_chunk::<32>().unwrap();
    assert_ne!(tail, &[0; 32]);
    fill_random(&mut []).unwrap();
}

proptest! {
    // Each case waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_key_file_holds_never_panics(content in proptest::collection::vec(any::<u8>(), 0..100)) {
        let place = Place::new();
        let folder = place.open();
        write(&place.file(), &content);
        match folder.secret(STORE) {
            Ok(key) => prop_assert_eq!(key.expose().as_slice(), content.as_slice()),
            Err(error) => prop_assert!(error.to_string().contains("store.key")),
        }
        prop_assert_eq!(fs::read(place.file()).unwrap(), content);
    }
}
