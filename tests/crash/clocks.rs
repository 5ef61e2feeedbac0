//! A clock that is set back, or forward, between commands and while one was killed.

use super::{Case, ends_well};
use guildhall_faults::Plan;
use guildhall_tests::Home;
use guildhall_tests::clock::set_wrong;
use guildhall_tests::sweep::office::Payee;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 24 * 60 * 60;

#[test]
fn payments_under_a_clock_that_is_set_back_and_forward_are_made_once_and_stay_recorded() {
    let mut case = Case::new();
    for days in [-400, 0, 400, -1, 30, 0, -4_000, 4_000, 0] {
        let ended = case.changes(Payee::Store, Plan::none(), |command| {
            set_wrong(command, days * DAY)
        });
        assert_eq!(
            ended.ran.code,
            Some(0),
            "{days} days\n{}",
            ended.ran.shown()
        );
        case.restarts();
        ends_well(&mut case, &ended, &format!("{days} days"));
    }
    case.closes();
}

#[test]
fn what_was_killed_under_one_clock_is_ended_under_another() {
    let mut case = Case::new();
    let whole = case.pays(Payee::Store, Plan::none());
    let offsets = [-400 * DAY, 400 * DAY, -60, 60];
    for (round, index) in (0..whole.seen.events).step_by(7).enumerate() {
        let at = offsets[round % offsets.len()];
        let ended = case.changes(Payee::Store, Plan::cut_at(index), |command| {
            set_wrong(command, at)
        });
        case.office.disk.switch_on();
        let restart = set_wrong(case.office.command("runs --json"), -at);
        let _ = case.office.does(restart).exits(0);
        ends_well(&mut case, &ended, &format!("change {index}, {at} s"));
    }
    case.closes();
}

#[test]
fn an_approval_that_waits_while_the_clock_goes_back_can_be_given_and_forward_has_run_out() {
    let case = Case::new();
    let office = &case.office;
    let waits = |paper| {
        let run = office.paying(paper, Payee::Store).command();
        office.does(run).exits(3).invocation()
    };
    let (kept, late) = (waits(11), waits(12));
    let approve = |id: &str, seconds| {
        let line = format!("approvals approve {id} --yes --json");
        office.does(set_wrong(office.command(&line), seconds))
    };
    let _ = approve(&kept, -DAY).exits(0).is("committed");
    let refused = approve(&late, 400 * DAY);
    assert!(matches!(refused.code, Some(3 | 4)), "{}", refused.shown());
    // It was not paid, and its document is free again.
    assert_eq!(office.open_holds(), 0);
    assert_eq!(office.ledger(), Vec::<String>::new());
    let again = office.paying(12, Payee::Store).approve("all").command();
    let _ = office.does(again).exits(0).is("committed");
}

#[test]
fn a_clock_that_no_calendar_has_is_an_error_that_names_the_clock() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    for (seconds, year) in [
        (-now - 1, 1969),
        (-now - 40 * 365 * DAY, 1930),
        (8_000 * 366 * DAY, 10_000),
    ] {
        let home = Home::new();
        home.serves_the_next_run();
        for command in [
            home.command(["runs", "--json"]),
            home.prober("fail")
                .input(guildhall_tests::json!({ "text": "x" }))
                .command(),
        ] {
            let ran = guildhall_tests::Running::start(set_wrong(command, seconds)).wait();
            assert_eq!(ran.code, Some(70), "{year}: {}", ran.shown());
            let error = ran.json()["error"].clone();
            let message = error["message"].as_str().unwrap();
            assert!(message.contains("clock"), "{year}: {message}");
        }
        home.serves_the_next_run();
    }
}

#[test]
fn the_clock_of_these_tests_is_the_one_that_the_product_reads() {
    let home = Home::new();
    let run = home
        .prober("about")
        .input(guildhall_tests::json!({ "setting": "x" }));
    let of = |command: Command| {
        let ran = guildhall_tests::Running::start(command).wait().exits(0);
        let text = ran.output()[0].clone();
        text.as_i64()
            .or_else(|| text.as_str()?.parse().ok())
            .unwrap()
    };
    let right = of(run.clone().command());
    let wrong = of(set_wrong(run.command(), 100 * DAY));
    assert!((wrong - right - 100 * DAY).abs() < DAY, "{right} {wrong}");
}
