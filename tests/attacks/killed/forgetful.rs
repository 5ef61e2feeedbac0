//! Runs that keep commitments only, or nothing.

use super::{Attempt, Office, Step, document};
use guildhall_tests::{Run, Value, Watch, disk, json};
use std::collections::BTreeSet;

fn hashes(office: &Office, paper: u32) -> Run<'_> {
    office.paying(paper).arg("--retention").arg("hashes")
}

fn none(office: &Office, paper: u32) -> Run<'_> {
    office.paying(paper).arg("--retention").arg("none")
}

impl Office {
    /// Nothing of a paper is in any file of the home.
    #[track_caller]
    fn has_forgotten(&self, paper: u32) {
        let found = disk::found(&self.home, &document(paper));
        assert_eq!(found, Vec::<String>::new(), "paper {paper}");
    }

    /// No key is left of a run that has ended, so that what it had sealed can't be read in an old copy of the disk either.
    #[track_caller]
    fn has_no_key_of_an_ended_run(&self) {
        let mut watch = Watch::new(&self.home);
        for name in self.home.names("home/state/keys/run-keys") {
            // One without a row belonged to a run that never began: there is nothing that it could open.
            let status = watch.text("SELECT status FROM runs WHERE id = $1", &name);
            let open = matches!(status.as_deref(), None | Some("awaiting_approval"));
            assert!(open, "the key of {name}, which is {status:?}");
        }
    }
}

#[test]
fn a_run_that_keeps_hashes_and_is_killed_at_any_step_is_ended_once_and_forgotten() {
    let office = Office::new();
    let mut done = BTreeSet::new();
    for (paper, step) in (1..).zip(Step::ALL) {
        let attempt = Attempt::new(&office, paper);
        let found = attempt.killed_at(hashes(&office, paper).approve("all").start(), step);
        println!("{step:?}: killed at {found:?}");
        attempt.is_ended_once(found, &mut done, hashes);
        office.has_forgotten(paper);
        office.has_no_key_of_an_ended_run();
    }
}

#[test]
fn a_run_that_keeps_nothing_and_is_killed_at_any_step_leaves_nothing_open_and_nothing_to_read() {
    let office = Office::new();
    for (paper, step) in (1..).zip(Step::ALL) {
        let attempt = Attempt::new(&office, paper);
        let found = attempt.killed_at(none(&office, paper).approve("all").start(), step);
        println!("{step:?}: killed at {found:?}");
        office.has_forgotten(paper);
        office.restarts();
        let paid = is_as_recorded(&attempt, found);
        if let Some(id) = attempt.run()
            && office.status(&id) == "unknown"
        {
            // There is nothing left to ask with: that is said, and is no fault.
            let asked = office.home.guildhall(["runs", "resolve", &id, "--json"]);
            let _ = asked.exits(6).is("unknown");
        }
        office.balances();
        office.has_forgotten(paper);

        let again = none(&office, paper).approve("all").go();
        if paid {
            let _ = again.refused_by("payments.already-ordered");
        } else {
            let _ = again.exits(0).is("committed");
            let told = office.told();
            let told = told.iter().filter(|told| **told == document(paper));
            let unknown = matches!(found, Step::MessageClaimed | Step::MessageArrived);
            // A message of unknown outcome, and that of the run which was made again.
            assert!((1..=1 + usize::from(unknown)).contains(&told.count()));
        }
        let received = office.received();
        let of_paper = received
            .iter()
            .filter(|minor| **minor == super::amount(paper));
        assert_eq!(of_paper.count(), 1, "paper {paper} is paid once");
        office.has_forgotten(paper);
    }
}

/// What the record says is so on the far sides; answers whether the paper is paid.
fn is_as_recorded(attempt: &Attempt<'_>, found: Step) -> bool {
    let (office, paper) = (attempt.office, attempt.paper);
    let Some(id) = attempt.run() else {
        assert_eq!(found, Step::Nothing);
        return false;
    };
    let run = office.home.recorded(&id);
    let states: Vec<&str> = run["outcome"]["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| effect["state"].as_str().unwrap())
        // Not done, either way.
        .map(|state| if state == "failed" { "void" } else { state })
        .collect();
    let status = run["outcome"]["status"].as_str().unwrap();
    let wanted: (&str, &[&str]) = match found {
        Step::Nothing | Step::Running => ("cancelled", &[]),
        Step::Waiting => ("rejected", &["void", "void", "void"]),
        Step::Approved => ("refused", &["void", "void", "void"]),
        Step::FileClaimed | Step::FileBeside | Step::FileThere => {
            ("unknown", &["void", "unknown", "void"])
        }
        Step::FileDone => ("partial", &["void", "done", "void"]),
        // The host's own ledger knows that it did not happen, and gives the money back.
        Step::PaymentClaimed => ("partial", &["void", "done", "void"]),
        Step::PaymentDone => ("partial", &["done", "done", "void"]),
        Step::MessageClaimed | Step::MessageArrived => ("unknown", &["done", "done", "unknown"]),
        Step::MessageDone | Step::Settled => ("committed", &["done", "done", "done"]),
    };
    assert_eq!((status, &*states), wanted, "killed at {found:?}\n{run:#}");
    assert_eq!(run["input"], Value::Null);
    assert!(
        status == "committed" || says_why(&run["outcome"]),
        "nobody is told why: {run:#}"
    );

    let effect = |index: usize| states.get(index).copied().unwrap_or("void");
    let paid = office.received().contains(&super::amount(paper));
    let text = office.home.text(&format!("out/{paper}.txt"));
    let told = office.told().contains(&document(paper));
    assert_eq!(paid, effect(0) == "done", "killed at {found:?}");
    match effect(1) {
        "done" => assert_eq!(text, Some(document(paper))),
        "unknown" => assert!(text.is_none_or(|text| text == document(paper))),
        _ => assert_eq!(text, None),
    }
    match effect(2) {
        "done" => assert!(told),
        "unknown" => {}
        _ => assert!(!told),
    }
    paid
}

/// That a run ended so is the host's own story, which keeps nothing of the skill.
fn says_why(outcome: &Value) -> bool {
    let details = outcome["effects"].as_array().unwrap().iter();
    let mut details = details.map(|effect| &effect["detail"]);
    outcome["failure"].is_object()
        || outcome["refusals"] != json!([])
        || details.any(Value::is_string)
}

#[test]
fn a_file_that_a_run_which_keeps_nothing_was_writing_is_not_left_half_written() {
    let office = Office::new();
    for (paper, step) in (1..).zip([Step::FileClaimed, Step::FileBeside, Step::FileThere]) {
        let attempt = Attempt::new(&office, paper);
        let found = attempt.killed_at(none(&office, paper).approve("all").start(), step);
        office.restarts();
        let mut names = office.home.names("out");
        names.retain(|name| name.starts_with('.'));
        assert_eq!(names, Vec::<String>::new(), "killed at {found:?}");
    }
}
