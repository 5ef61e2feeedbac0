use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Barrier;

use proptest::prelude::*;

use super::tests::{Place, chmod, mode, names, write};
use super::*;

const RUN: &str = "0198c5f2-7a11-7c3e-9d2b-3f1f6a7b8c9d";
const OTHER: &str = "0198c5f2-7a11-7c3e-9d2b-3f1f6a7b8c9e";

fn both_kinds(place: &Place) -> [RunKeys; 2] {
    [place.open().run_keys().unwrap(), RunKeys::in_memory()]
}

#[test]
fn a_run_key_lives_from_create_to_destroy() {
    for keys in both_kinds(&Place::new()) {
        assert!(keys.get(RUN).unwrap().is_none());
        keys.destroy(RUN).unwrap();
        let key = keys.create(RUN).unwrap();
        let other = keys.create(OTHER).unwrap();
        assert_ne!(key.expose(), other.expose());
        assert_eq!(keys.get(RUN).unwrap().unwrap().expose(), key.expose());
        assert_eq!(keys.list().unwrap(), [RUN, OTHER]);
        assert!(matches!(keys.create(RUN), Err(KeyError::Exists { .. })));
        assert_eq!(keys.get(RUN).unwrap().unwrap().expose(), key.expose());
        keys.destroy(RUN).unwrap();
        keys.destroy(RUN).unwrap();
        assert!(keys.get(RUN).unwrap().is_none());
        assert_eq!(keys.get(OTHER).unwrap().unwrap().expose(), other.expose());
        assert_eq!(keys.list().unwrap(), [OTHER]);
    }
}

#[test]
fn run_keys_on_disk_survive_a_restart_and_are_private() {
    let place = Place::new();
    let key = place.open().run_keys().unwrap().create(RUN).unwrap();
    let keys = place.open().run_keys().unwrap();
    assert_eq!(keys.get(RUN).unwrap().unwrap().expose(), key.expose());
    let folder = place.path.join("run-keys");
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(RUN)), 0o600);
    assert_eq!(names(&folder), [RUN]);
}

#[test]
fn a_folder_in_memory_has_run_keys_in_memory() {
    let keys = KeyFolder::in_memory().run_keys().unwrap();
    keys.create(RUN).unwrap();
    assert_eq!(keys.list().unwrap(), [RUN]);
}

#[test]
fn a_destroyed_key_is_overwritten_before_it_is_removed() {
    let place = Place::new();
    let keys = place.open().run_keys().unwrap();
    keys.create(RUN).unwrap();
    let file = place.path.join("run-keys").join(RUN);
    let second_name = place.path.join("kept");
    fs::hard_link(&file, &second_name).unwrap();
    keys.destroy(RUN).unwrap();
    assert!(!file.exists());
    assert_eq!(fs::read(&second_name).unwrap(), [0; 65]);
}

#[test]
fn a_destruction_that_was_interrupted_counts_as_done_and_is_swept() {
    let place = Place::new();
    let keys = place.open().run_keys().unwrap();
    for content in [vec![0; 32], vec![0; 65]] {
        write(&place.path.join("run-keys").join(RUN), &content);
        assert!(keys.get(RUN).unwrap().is_none());
        assert_eq!(keys.list().unwrap(), [RUN]);
        keys.destroy(RUN).unwrap();
        assert!(keys.list().unwrap().is_empty());
    }
}

#[test]
fn a_run_key_that_can_not_be_trusted_is_refused() {
    let place = Place::new();
    let keys = place.open().run_keys().unwrap();
    let file = place.path.join("run-keys").join(RUN);
    keys.create(RUN).unwrap();
    chmod(&file, 0o644);
    let error = keys.get(RUN).unwrap_err();
    assert!(error.to_string().contains("chmod 600 '"), "{error}");
    // Destroying needs no secrecy.
    keys.destroy(RUN).unwrap();

    write(&file, b"short");
    assert!(matches!(keys.get(RUN), Err(KeyError::Length { .. })));
    keys.destroy(RUN).unwrap();
    assert!(!file.exists());
}

#[test]
fn destroying_never_writes_through_a_link() {
    let place = Place::new();
    let keys = place.open().run_keys().unwrap();
    let file = place.path.join("run-keys").join(RUN);
    let target = place.path.join("precious");
    write(&target, b"precious");
    symlink(&target, &file).unwrap();
    for error in [
        keys.destroy(RUN).unwrap_err(),
        keys.get(RUN).unwrap_err(),
        keys.create(RUN)
            .and_then(|_| keys.get(RUN).map(drop))
            .unwrap_err(),
    ] {
        assert!(
            matches!(error, KeyError::Link { .. } | KeyError::Exists { .. }),
            "{error}"
        );
    }
    assert_eq!(fs::read(&target).unwrap(), b"precious");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(keys.destroy(RUN), Err(KeyError::NotAFile { .. })));
}

#[test]
fn run_ids_that_are_no_plain_uuid_are_refused() {
    let place = Place::new();
    for keys in both_kinds(&place) {
        for id in [
            "",
            ".",
            "..",
            "../store.key",
            "run",
            &RUN.to_uppercase(),
            &RUN.replace('-', ""),
            &format!("{{{RUN}}}"),
            &format!("urn:uuid:{RUN}"),
            &format!("{RUN}/.."),
            &format!(" {RUN}"),
            &format!("{RUN}\n"),
        ] {
            let refused = [
                keys.create(id).map(drop),
                keys.get(id).map(drop),
                keys.destroy(id),
            ];
            for result in refused {
                assert!(matches!(result, Err(KeyError::RunId { .. })), "{id:?}");
            }
        }
        assert!(keys.list().unwrap().is_empty());
    }
}

#[test]
fn a_sweep_lists_only_what_can_be_a_run() {
    let place = Place::new();
    let keys = place.open().run_keys().unwrap();
    keys.create(RUN).unwrap();
    let folder = place.path.join("run-keys");
    write(&folder.join(".0011223344556677.part"), b"");
    write(&folder.join("README"), b"");
    write(&folder.join(RUN.to_uppercase()), b"");
    assert_eq!(keys.list().unwrap(), [RUN]);
}

#[test]
fn of_two_that_make_the_key_of_one_run_one_wins() {
    for keys in both_kinds(&Place::new()) {
        let start = Barrier::new(8);
        let made: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let making: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        keys.create(RUN).map(|key| *key.expose())
                    })
                })
                .collect();
            making
                .into_iter()
                .filter_map(|one| one.join().unwrap().ok())
                .collect()
        });
        assert_eq!(made, [*keys.get(RUN).unwrap().unwrap().expose()]);
    }
}

proptest! {
    // Each case waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_a_run_is_called_nothing_is_written_elsewhere(id in any::<String>()) {
        let place = Place::new();
        let keys = place.open().run_keys().unwrap();
        prop_assert!(keys.create(&id).is_err());
        prop_assert!(keys.get(&id).is_err());
        prop_assert!(keys.destroy(&id).is_err());
        prop_assert_eq!(names(&place.path), ["run-keys"]);
        prop_assert!(names(&place.path.join("run-keys")).is_empty());
    }
}
