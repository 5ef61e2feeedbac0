//! Each step of one payment, its file and its message.

use super::{Attempt, Office, PLACE, Step};
use guildhall_tests::{Look, Peer, Reply, Seed, json, sink};
use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

#[test]
fn a_payment_that_approves_itself_and_is_killed_at_any_step_is_made_once_or_not_at_all() {
    let office = Office::new();
    let (mut done, mut at) = (BTreeSet::new(), BTreeSet::new());
    for (paper, step) in (1..).zip(Step::ALL) {
        let attempt = Attempt::new(&office, paper);
        let running = office.paying(paper).approve("all").start();
        let found = attempt.killed_at(running, step);
        println!("{step:?}: killed at {found:?}");
        attempt.is_ended_once(found, &mut done, Office::paying);
        at.insert(found);
    }
    // The kills fell where they should: between sending and hearing for sure, in most of the others.
    assert!(at.contains(&Step::MessageArrived) && at.len() > 6, "{at:?}");
    office.home.serves_the_next_run();
}

#[test]
fn an_approval_that_is_killed_at_any_step_is_carried_out_once_or_still_waits() {
    let office = Office::new();
    let (mut done, mut at) = (BTreeSet::new(), BTreeSet::new());
    for (paper, step) in (1..).zip(Step::ALL).skip(2) {
        let attempt = Attempt::new(&office, paper);
        let running = office.approving(&office.parked(paper));
        let found = attempt.killed_at(running, step);
        println!("{step:?}: killed at {found:?}");
        attempt.is_ended_once(found, &mut done, Office::paying);
        at.insert(found);
    }
    assert!(at.contains(&Step::MessageArrived) && at.len() > 5, "{at:?}");
    office.home.serves_the_next_run();
}

/// How often the journal's log was seen to have been written to.
fn writes(office: &Office) -> impl FnMut() -> u64 {
    let log = office.home.home().join("state/journal.sqlite-wal");
    let (mut last, mut count) = (None, 0);
    move || {
        let now = fs::metadata(&log).map(|log| (log.len(), log.modified().unwrap()));
        let now = now.ok();
        count += u64::from(last.is_some() && now != last);
        last = now;
        count
    }
}

#[test]
fn a_payment_that_is_killed_at_any_moment_is_made_once_or_not_at_all() {
    let mut seed = Seed::new();
    let office = Office::new();
    let mut done = BTreeSet::from([1, 2]);
    let run = office.paying(1).approve("all").go().exits(0).took;
    let id = office.parked(2);
    let approval = office.approving(&id).wait().exits(0).took;
    for paper in 3..17 {
        let attempt = Attempt::new(&office, paper);
        let (running, whole) = if paper % 2 == 0 {
            (office.approving(&office.parked(paper)), approval)
        } else {
            (office.paying(paper).approve("all").start(), run)
        };
        // By the clock, or in the middle of what it writes.
        let killed = if paper < 9 {
            running.kill_after(seed.within(whole))
        } else {
            let (mut seen, last) = (writes(&office), seed.below(14));
            running.kill_when(|| {
                if seen() > last {
                    Look::There
                } else {
                    Look::Near
                }
            })
        };
        let found = attempt.found(&killed);
        println!("paper {paper}: killed at {found:?}");
        attempt.is_ended_once(found, &mut done, Office::paying);
    }
    office.home.serves_the_next_run();
}

#[test]
fn a_restart_that_is_killed_while_it_ends_a_payment_leaves_it_to_the_next() {
    let office = Office::new();
    let mut done = BTreeSet::new();
    for (paper, first) in (1..).zip([
        Step::Approved,
        Step::FileThere,
        Step::PaymentClaimed,
        Step::MessageArrived,
    ]) {
        let attempt = Attempt::new(&office, paper);
        let running = office.paying(paper).approve("all").start();
        let found = attempt.killed_at(running, first);
        let arrived = office.sink.arrivals();
        // The one that takes over is killed as well, after it has sent the message, and the one after it.
        for more in 1..3 {
            office.sink.hold();
            let restart = office.home.start(["runs", "--json"]);
            office.sink.wait_for(arrived + more);
            let _ = restart.kill();
            office.sink.release();
        }
        attempt.is_ended_once(found, &mut done, Office::paying);
        let repeated = office.sink.arrivals() - arrived;
        assert_eq!(
            repeated, 3,
            "each restart sends what nobody is known to have"
        );
    }
}

#[test]
fn a_message_that_is_not_answered_for_long_is_not_sent_by_anybody_else() {
    let office = Office::new();
    office.sink.hold();
    let running = office.paying(1).approve("all").start();
    office.sink.wait_for(1);
    // Others come and go while the first one waits for its answer: it lives, so its run is nobody else's.
    for _ in 0..3 {
        office.restarts();
    }
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(office.sink.arrivals(), 1);
    office.sink.release();
    let ran = running.wait().exits(0);
    assert_eq!(ran.json()["status"], json!("committed"));
    assert_eq!(office.sink.arrivals(), 1);
    office.has_done(&BTreeSet::from([1]));
}

#[test]
fn a_message_that_may_have_arrived_is_not_called_failed_because_nobody_takes_it_again() {
    let office = Office::new();
    let mut done = BTreeSet::new();
    let refusing = |status| {
        Peer::tls(&[sink::HOST], move |_| Reply::Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        })
    };
    let closed = {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    };
    let (failing, knowing) = (refusing(500), refusing(409));
    for (paper, there) in (1..).zip([closed, failing.address(), knowing.address()]) {
        let attempt = Attempt::new(&office, paper);
        let running = office.paying(paper).approve("all").start();
        let found = attempt.killed_at(running, Step::MessageArrived);
        assert_eq!(found, Step::MessageArrived);
        done.insert(paper);
        // When the host starts again, the receiver is not what it was.
        office.home.reaches(&[(PLACE, there)]);
        office.restarts();
        office.home.reaches(&[(PLACE, office.sink.address())]);
        let run = office.home.recorded(&attempt.run().unwrap());
        let message = &run["outcome"]["effects"][2];
        assert_eq!(message["state"], "unknown", "{there}: {message:#}");
        assert_eq!(run["outcome"]["status"], "unknown");
        assert!(message["detail"].is_string(), "{message:#}");
        // It did arrive, and was asked for once more at most by every attempt.
        office.has_done(&done);
    }
    let ids = [&failing, &knowing].map(|peer| {
        let received = peer.received();
        let ids = received.iter().map(|request| request.header("webhook-id"));
        ids.map(|id| id.unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    });
    let messages = office.sink.messages();
    for ids in ids {
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert!(ids.iter().all(|id| messages.contains_key(id)), "{ids:?}");
    }
}
