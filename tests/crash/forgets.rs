//! A disk that forgets what was not synced, and tears what was being written.

use super::{Case, ends_well};
use guildhall_faults::{Loss, Plan};
use guildhall_tests::faulty::OnDisk;
use guildhall_tests::sweep::count::{Difference, Standing};
use guildhall_tests::sweep::office::Payee;
use guildhall_tests::{Home, json};
use std::collections::BTreeSet;

/// Kills a run at each so many changes, cuts the power, and insists that it is done once or not at all.
fn at_every_place(first: u64, step: usize, loss: impl Fn(u64) -> Loss) {
    let mut case = Case::new();
    let whole = case.pays(Payee::Store, Plan::none());
    let mut lost = 0;
    for index in (first..whole.seen.events).step_by(step) {
        let ended = case.pays(Payee::Store, Plan::cut_at(index));
        lost += case.office.disk.power_cut(loss(index)).unwrap();
        case.restarts();
        ends_well(&mut case, &ended, &format!("change {index}"));
    }
    println!("{} changes, {lost} lost", whole.seen.events);
    assert!(lost > 0);
    case.closes();
}

#[test]
fn a_power_cut_at_any_change_of_the_disk_loses_nothing_that_was_said_to_be_done() {
    at_every_place(0, 3, |_| Loss::All);
}

#[test]
fn pages_that_are_torn_at_any_change_of_the_disk_are_found_and_lose_nothing() {
    at_every_place(1, 3, Loss::Torn);
}

#[test]
fn a_restart_at_which_the_power_is_cut_again_leaves_it_to_the_next() {
    let mut case = Case::new();
    let whole = case.pays(Payee::Store, Plan::none());
    for index in (20..whole.seen.events).step_by(9) {
        let ended = case.pays(Payee::Store, Plan::cut_at(index));
        let _ = case.office.disk.power_cut(Loss::All).unwrap();
        for again in [3, 17, 31] {
            let command = case.office.command("runs --json");
            let _ = OnDisk::start(&case.office.disk, command, Plan::cut_at(again)).wait();
            let _ = case
                .office
                .disk
                .power_cut(Loss::Torn(index * again))
                .unwrap();
        }
        case.restarts();
        ends_well(&mut case, &ended, &format!("change {index}"));
    }
    case.closes();
}

#[test]
fn what_the_first_command_of_a_new_home_said_to_be_done_outlives_a_power_cut() {
    let home = Home::new();
    let disk = home.disk();
    let open = home.command(["wallet", "add-book", "till", "--currency", "EUR", "--json"]);
    let _ = OnDisk::start(&disk, open, Plan::none()).wait().0.exits(0);
    let _ = disk.power_cut(Loss::All).unwrap();
    assert_eq!(home.balance("till"), (0, 0));
    assert_eq!(disk.problems(), Vec::<String>::new());
}

#[test]
fn what_the_first_run_of_a_new_home_wrote_and_recorded_outlives_a_power_cut() {
    let home = Home::new();
    let out = home.folder("out");
    let disk = home.disk();
    let run = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "kept" }))
        .write("out", &out)
        .approve("all")
        .command();
    let ran = OnDisk::start(&disk, run, Plan::none()).wait().0;
    let id = ran.exits(0).is("committed").invocation();
    let _ = disk.power_cut(Loss::All).unwrap();
    assert_eq!(home.text("out/a.txt").as_deref(), Some("kept"));
    let run = home.recorded(&id);
    assert_eq!(run["outcome"]["status"], "committed");
    // The component and what was compiled of it are there as well, or are made again.
    home.serves_the_next_run();
}

#[test]
fn a_disk_that_only_says_that_it_syncs_loses_payment_and_file_and_that_is_counted() {
    let mut case = Case::new();
    case.office.disk.ignores_syncs();
    let ended = case.pays(Payee::Store, Plan::none());
    let _ = ended.ran.exits(0).is("committed");
    assert_eq!(case.office.difference(&case.papers), Difference::default());
    let _ = case.office.disk.power_cut(Loss::All).unwrap();
    // The message has left; no disk can take it back.
    let difference = case.office.difference(&case.papers);
    assert_eq!(difference.lost.len(), 2, "{difference:?}");
    // Nobody approved the message any more, as far as the journal knows.
    case.papers
        .insert(ended.paper, (Payee::Store, Standing::Open));
    let difference = case.office.difference(&case.papers);
    assert_eq!(difference.undue.len(), 1, "{difference:?}");
}

#[test]
fn a_power_cut_under_several_commands_at_once_loses_nothing_of_any() {
    let mut case = Case::new();
    let whole = case.pays(Payee::Store, Plan::none());
    let mut done = 0;
    for round in 0..8 {
        let before = case.runs();
        let papers = [1, 2, 3].map(|more| 1_000 + round * 10 + more);
        let runnings = papers.map(|paper| {
            case.papers.insert(paper, (Payee::Store, Standing::Open));
            let command = case
                .office
                .paying(paper, Payee::Store)
                .approve("all")
                .command();
            // The last one takes the others along.
            let plan = if paper == papers[2] {
                Plan::cut_at(whole.seen.events * u64::from(round) / 8 + 10)
            } else {
                Plan::none()
            };
            OnDisk::start(&case.office.disk, command, plan)
        });
        let ended = runnings.map(OnDisk::wait);
        let _ = case
            .office
            .disk
            .power_cut(Loss::Torn(round.into()))
            .unwrap();
        case.restarts();
        let mut paid = BTreeSet::new();
        for id in &case.runs() - &before {
            // Through the disk: what is written past it can't be forgotten, and mixes with what can.
            let show = case.office.command(&format!("runs show {id} --json"));
            let run = case.office.does(show).exits(0).json();
            let paper = papers
                .into_iter()
                .find(|paper| run["input"]["source"] == format!("papers/{paper}.txt"))
                .unwrap();
            let status = run["outcome"]["status"].as_str().unwrap();
            if status == "committed" {
                case.papers
                    .insert(paper, (Payee::Store, Standing::Approved));
                paid.insert(paper);
            } else {
                assert!(
                    matches!(status, "cancelled" | "awaiting_approval"),
                    "{run:#}"
                );
            }
        }
        for (paper, (ran, _)) in papers.iter().zip(&ended) {
            let said = ran.code == Some(0);
            assert!(!said || paid.contains(paper), "{}", ran.shown());
        }
        done += paid.len();
        let difference = case.office.difference(&case.papers);
        assert_eq!(difference, Difference::default(), "round {round}");
        assert_eq!(case.office.ledger(), Vec::<String>::new(), "round {round}");
    }
    assert!((1..24).contains(&done), "{done} of 24 were paid");
    case.closes();
}
