//! The folder in which everything is kept.

use guildhall_tests::{Home, Running, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Somebody without rights.
const NOBODY: u32 = 65_534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Root may write everywhere, so a test that runs as root lets somebody else run the command.
fn as_somebody_without_rights(home: &Home, mut command: Command) -> Running {
    if rustix::process::getuid().is_root() {
        set_mode(home.path(), 0o755);
        for path in tree(&home.home()) {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    Running::start(command)
}

fn tree(path: &Path) -> Vec<std::path::PathBuf> {
    let mut all = vec![path.to_owned()];
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            all.extend(tree(&entry.unwrap().path()));
        }
    }
    all
}

#[test]
fn a_state_folder_that_can_not_be_written_is_a_clear_error_and_loses_nothing() {
    let home = Home::new();
    let _ = home
        .prober("remember")
        .input(json!({ "key": "k", "value": "v", "then_fail": false }))
        .go()
        .exits(0);
    let state = home.home().join("state");
    set_mode(&state.join("journal.sqlite"), 0o444);
    set_mode(&state, 0o555);
    let command = home.prober("granted").command();
    let ran = as_somebody_without_rights(&home, command).wait();
    let error = ran.error(70, "fault");
    assert!(
        error.contains("state") || error.contains("journal"),
        "{error}"
    );
    assert!(error.contains("guildhall doctor"), "{error}");
    let doctor = home.command(["doctor", "--json"]);
    let ran = as_somebody_without_rights(&home, doctor).wait();
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    set_mode(&state, 0o700);
    set_mode(&state.join("journal.sqlite"), 0o600);
    let command = home.prober("recall").input(json!({ "key": "k" })).command();
    let ran = as_somebody_without_rights(&home, command).wait();
    assert_eq!(ran.exits(0).output(), "v");
}

#[test]
fn a_home_that_others_can_write_is_refused_because_they_could_approve() {
    let home = Home::new();
    home.serves_the_next_run();
    for mode in [0o777, 0o770, 0o702] {
        set_mode(&home.home(), mode);
        let ran = home.prober("granted").go();
        let error = ran.error(4, "refused");
        assert!(error.contains("chmod 700"), "{error}");
    }
    set_mode(&home.home(), 0o700);
    home.serves_the_next_run();
}

#[test]
fn everything_in_the_home_is_for_its_owner_alone() {
    let home = Home::new();
    home.serves_the_next_run();
    assert_eq!(
        fs::metadata(home.home()).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let state = home.home().join("state");
    assert_eq!(
        fs::metadata(state).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn a_journal_that_is_no_journal_is_a_clear_error() {
    let home = Home::new();
    home.put(
        "home/state/journal.sqlite",
        "this is not a database, however long it may be".repeat(100),
    );
    set_mode(&home.home(), 0o700);
    let ran = home.prober("granted").go();
    let error = ran.error(70, "fault");
    assert!(
        error.contains("journal") || error.contains("database"),
        "{error}"
    );
}

#[test]
fn a_machine_with_less_memory_than_the_compiler_may_use_still_compiles() {
    let home = Home::new();
    let _ = home.folder("home");
    set_mode(&home.home(), 0o700);
    // A hard limit below what the compiling child sets for itself; only root may raise it again.
    let command = crate::under_ulimit("-t 50", &home.prober("granted").command());
    let ran = as_somebody_without_rights(&home, command).wait();
    let _ = ran.exits(0);
}
