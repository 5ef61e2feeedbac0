//! Several processes over one home, killed together.

use super::{Attempt, Office, amount, document};
use guildhall_tests::{Run, Running, Seed, Value, Watch, guest};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Kills all of them, one right after the other.
fn kill_all(runnings: Vec<Running>) {
    for running in runnings {
        let _ = running.kill_after(Duration::ZERO);
    }
}

/// A restart, and then what is still to do for these papers; the runs are those after `first`.
fn are_ended_once<'a>(
    first: &Attempt<'a>,
    papers: &BTreeSet<u32>,
    done: &mut BTreeSet<u32>,
    paying: impl Fn(&'a Office, u32) -> Run<'a>,
) {
    let office = first.office;
    office.restarts();
    let mut open: BTreeMap<u32, String> = BTreeMap::new();
    let mut watch = Watch::new(&office.home);
    let runs = watch.texts("SELECT id FROM runs WHERE id > $1", &first.after);
    for id in runs.unwrap() {
        let run = office.home.recorded(&id);
        let paper = paper_of(&run);
        match run["outcome"]["status"].as_str().unwrap() {
            "committed" => assert!(done.insert(paper), "paper {paper} is paid twice"),
            "awaiting_approval" => assert_eq!(open.insert(paper, id), None, "two for {paper}"),
            "cancelled" => {}
            // The other one of two for the same paper had ordered it.
            "refused" | "failed" => assert!(refused_as_ordered(&run), "{run:#}"),
            _ => panic!("{run:#}"),
        }
    }
    office.has_done(done);
    for paper in papers {
        if done.contains(paper) {
            assert!(!open.contains_key(paper), "paper {paper} waits and is paid");
            let again = paying(office, *paper).go();
            let _ = again.refused_by("payments.already-ordered");
        } else if let Some(id) = open.get(paper) {
            let _ = office.approving(id).wait().exits(0);
        } else {
            let _ = paying(office, *paper).go().exits(0).is("committed");
        }
    }
    done.extend(papers);
    office.has_done(done);
}

fn paper_of(run: &Value) -> u32 {
    let source = run["input"]["source"].as_str().unwrap();
    let digits: String = source.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn refused_as_ordered(run: &Value) -> bool {
    let refusals = run["outcome"]["refusals"].as_array().unwrap();
    refusals
        .iter()
        .any(|refusal| refusal["rule"] == "payments.already-ordered")
}

fn approved(office: &Office, paper: u32) -> Run<'_> {
    office.paying(paper).approve("all")
}

#[test]
fn two_processes_over_one_home_that_are_killed_at_once_do_everything_once() {
    let mut seed = Seed::new();
    let office = Office::new();
    let mut done = BTreeSet::from([1, 2]);
    let begun = Instant::now();
    let both = [1, 2].map(|paper| approved(&office, paper).start());
    for running in both {
        let _ = running.wait().exits(0);
    }
    let whole = begun.elapsed();
    for round in 0..9 {
        let (one, other) = (10 + 2 * round, 11 + 2 * round);
        let first = Attempt::new(&office, one);
        let (papers, runnings) = match round % 3 {
            // Two papers.
            0 => (
                BTreeSet::from([one, other]),
                [one, other].map(|paper| approved(&office, paper).start()),
            ),
            // Two for the same paper.
            1 => (
                BTreeSet::from([one]),
                [one, one].map(|paper| approved(&office, paper).start()),
            ),
            // Two approvers of one card.
            _ => {
                let id = office.parked(one);
                (
                    BTreeSet::from([one]),
                    [&id, &id].map(|id| office.approving(id)),
                )
            }
        };
        std::thread::sleep(seed.within(whole));
        kill_all(runnings.into());
        are_ended_once(&first, &papers, &mut done, approved);
    }
    office.home.serves_the_next_run();
}

#[test]
fn eight_runs_under_mandates_that_are_killed_in_flight_are_counted_once_and_stay_within_the_limit()
{
    let mut seed = Seed::new();
    let office = Office::new();
    let mut done = BTreeSet::from([1]);
    // The first payment to an account asks a person.
    let _ = approved(&office, 1).go().exits(0);
    let (random, sent, unkilled) = (10..18, 20..28, 30..38);
    // As much as there is to be paid, and nothing more: what is counted twice would have to ask.
    let limit: i64 = [&random, &sent, &unkilled]
        .into_iter()
        .flat_map(Clone::clone)
        .map(amount)
        .sum();
    let prober = guest("prober").display().to_string();
    let sum = format!("EUR {}.{:02} to book:shop", limit / 100, limit % 100);
    for scope in [
        ["--pay", &sum, "--zone", "UTC"],
        ["--files", "out", "--count", "24"],
        ["--message", "sink to shop", "--count", "24"],
    ] {
        let give = [
            "mandates", "add", "--skill", &prober, "--per", "in-all", "--json",
        ];
        let _ = office
            .home
            .guildhall(give.into_iter().chain(scope))
            .exits(0);
    }

    let begun = Instant::now();
    let runnings: Vec<Running> = start_all(&office, unkilled.clone());
    for running in runnings {
        let _ = running.wait().exits(0).is("committed");
    }
    done.extend(unkilled);
    let whole = begun.elapsed();

    let first = Attempt::new(&office, random.start);
    let runnings = start_all(&office, random.clone());
    std::thread::sleep(seed.within(whole));
    kill_all(runnings);
    are_ended_once(&first, &random.collect(), &mut done, Office::paying);

    // All of them between sending and hearing.
    let first = Attempt::new(&office, sent.start);
    office.sink.hold();
    let runnings = start_all(&office, sent.clone());
    office.sink.wait_for(first.arrivals + sent.len());
    kill_all(runnings);
    office.sink.release();
    are_ended_once(&first, &sent.collect(), &mut done, Office::paying);

    let mandates = office.json("mandates list --json");
    let mandates = mandates["mandates"].as_array().unwrap();
    let mut watch = Watch::new(&office.home);
    let spent = watch.number(
        "SELECT COALESCE(SUM(p.minor), 0) FROM payments p JOIN approvals a ON a.run = p.run
         WHERE a.mandates IS NOT NULL AND p.hold = 'captured'",
    );
    let count = watch.number("SELECT COUNT(*) FROM approvals WHERE mandates IS NOT NULL");
    assert!(count >= 16, "{count} runs were approved by mandates");
    for mandate in mandates {
        let used = mandate["used"].as_i64().unwrap();
        match mandate["mandate"]["scope"]["kind"].as_str().unwrap() {
            "payment" => assert!(used == spent && used <= limit, "{mandate:#}, {spent}"),
            _ => assert_eq!(used, count, "{mandate:#}"),
        }
    }
    assert!(office.told().contains(&document(27)));
    office.home.serves_the_next_run();
}

fn start_all(office: &Office, papers: std::ops::Range<u32>) -> Vec<Running> {
    papers.map(|paper| office.paying(paper).start()).collect()
}
