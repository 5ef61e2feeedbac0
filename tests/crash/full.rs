//! A disk that is full, fails, or can only be read.

use super::{Case, ends_well, is_clear};
use guildhall_faults::Plan;
use guildhall_tests::faulty::OnDisk;
use guildhall_tests::sweep::office::{Office, Payee};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every so many changes of the disk.
const STEP: usize = 5;

/// Ends commands from each place on by this fault.
fn at_every_place(fault: impl Fn(u64) -> Plan, words: &[&str]) {
    let mut case = Case::new();
    let whole = case.pays(Payee::Store, Plan::none());
    assert_eq!(whole.ran.code, Some(0), "{}", whole.ran.shown());
    let (mut refused, mut said) = (0, BTreeSet::new());
    for index in (0..whole.seen.events).step_by(STEP) {
        let ended = case.pays(Payee::Store, fault(index));
        assert_eq!(ended.ran.signal, None, "{}", ended.ran.shown());
        if ended.ran.code != Some(0) {
            refused += 1;
            said.insert(is_clear(&ended.ran, words));
        }
        // There is room again, and a host starts.
        case.restarts();
        ends_well(&mut case, &ended, &format!("change {index}"));
    }
    println!(
        "{refused} of {} ended with an error: {said:#?}",
        whole.seen.events
    );
    assert!(refused > 5, "{refused}");
    case.closes();
}

#[test]
fn a_disk_that_is_full_at_any_moment_is_an_error_that_says_so_and_nothing_is_lost() {
    at_every_place(
        Plan::full_from,
        &["disk", "full", "space", "No space left", "os error 28"],
    );
}

#[test]
fn a_disk_that_fails_at_any_moment_is_an_error_that_says_so_and_nothing_is_lost() {
    at_every_place(
        Plan::fails_from,
        &["disk", "I/O", "os error 5", "Input/output"],
    );
}

/// Every file below a folder with what it holds.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if !path.to_string_lossy().ends_with("-shm") {
                found.push((path.clone(), fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_state_folder_that_can_only_be_read_is_a_clear_error_and_stays_as_it_is() {
    let office = Office::new();
    let waiting = office.does(office.paying(7, Payee::Store).command());
    let waiting = waiting.exits(3).invocation();
    // Its source was written by the test.
    let run = office.paying(8, Payee::Store).approve("all").command();
    let before = content(office.home.path());
    office.disk.set_read_only(true);
    let words = ["Read-only", "read-only", "readonly"];
    let _ = is_clear(&office.does(run), &words);
    for line in [
        format!("approvals approve {waiting} --yes --json"),
        format!("approvals reject {waiting} --json"),
        "wallet export main --out bank.xml --json".to_owned(),
        "wallet add-book other --currency EUR --json".to_owned(),
        "runs --json".to_owned(),
    ] {
        let _ = is_clear(&office.does(office.command(&line)), &words);
    }
    assert!(
        content(office.home.path()) == before,
        "something has changed"
    );
    office.disk.set_read_only(false);
    let line = format!("approvals approve {waiting} --yes --json");
    let _ = office.does(office.command(&line)).exits(0).is("committed");
    assert_eq!(office.disk.problems(), Vec::<String>::new());
}

#[test]
fn one_sync_that_fails_is_not_taken_for_done() {
    let mut case = Case::new();
    let whole = case.pays(Payee::Store, Plan::none());
    for index in (0..whole.seen.events).step_by(3) {
        let mut failed = false;
        // The first sync from here on fails, once: what a kernel tells of pages that it could not write.
        let plan = Plan::new(move |event| {
            if event.index >= index && event.what == "sync" && !std::mem::replace(&mut failed, true)
            {
                guildhall_faults::Action::Fail
            } else {
                guildhall_faults::Action::Go
            }
        });
        let ended = case.pays(Payee::Store, plan);
        assert_eq!(ended.ran.signal, None, "{}", ended.ran.shown());
        let _ = case
            .office
            .disk
            .power_cut(guildhall_faults::Loss::All)
            .unwrap();
        case.restarts();
        ends_well(&mut case, &ended, &format!("change {index}"));
    }
    case.closes();
}

#[test]
fn two_commands_on_a_disk_that_is_full_leave_it_to_the_one_that_finds_room() {
    let case = Case::new();
    let full = OnDisk::start(
        &case.office.disk,
        case.office.command("runs --json"),
        Plan::full_from(0),
    );
    let ok = OnDisk::start(
        &case.office.disk,
        case.office.command("runs --json"),
        Plan::none(),
    );
    let (full, ok) = (full.wait().0, ok.wait().0);
    assert_eq!(ok.code, Some(0), "{}", ok.shown());
    let _ = is_clear(&full, &["disk", "full", "space", "os error 28"]);
}
