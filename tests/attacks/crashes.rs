//! `kill -9` at every moment: nothing is lost, nothing is done twice, nothing is claimed that is not so.

use guildhall_tests::{Home, Peer, Reply, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[test]
fn a_run_that_was_killed_ends_cancelled_and_has_done_nothing() {
    let home = Home::new();
    let out = home.folder("out");
    home.serves_the_next_run();
    let running = home
        .prober("write-then-spin")
        .input(json!({ "path": "out/never.txt" }))
        .write("out", &out)
        .approve("all")
        .start();
    home.wait_for("running");
    let _ = running.kill();
    let newest = home.newest();
    assert_eq!(newest["status"], "cancelled");
    let run = home.recorded(newest["invocation"].as_str().unwrap());
    let message = run["outcome"]["failure"]["message"].as_str().unwrap();
    assert!(message.contains("nothing was performed"), "{message}");
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert!(home.waiting().is_empty());
    home.serves_the_next_run();
}

#[test]
fn a_live_write_that_was_cut_off_is_unknown_and_never_sent_again() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::Silence);
    let running = home
        .prober("fetch-then-spin")
        .input(json!({ "method": "POST", "url": "https://shop.test/orders", "body": "one" }))
        .allow("POST https://shop.test/orders")
        .peer("shop.test:443", &peer)
        .start();
    peer.wait_for(1);
    let _ = running.kill();
    for _ in 0..3 {
        assert_eq!(home.newest()["status"], "unknown");
    }
    let id = home.newest()["invocation"].as_str().unwrap().to_owned();
    let run = home.recorded(&id);
    let message = run["outcome"]["failure"]["message"].as_str().unwrap();
    assert!(message.contains("not sent again"), "{message}");
    assert_eq!(run["calls"][0]["class"], "live-write");
    assert_eq!(run["calls"][0]["unanswered"], true);
    home.serves_the_next_run();
    assert_eq!(peer.lines(), ["POST /orders"]);
    assert_eq!(peer.received()[0].body, b"one");
}

#[test]
fn a_live_write_that_was_answered_before_the_kill_is_not_sent_again_either() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("done"));
    let running = home
        .prober("fetch-then-spin")
        .input(json!({ "method": "POST", "url": "https://shop.test/orders", "body": "one" }))
        .allow("POST https://shop.test/orders")
        .peer("shop.test:443", &peer)
        .start();
    peer.wait_for(1);
    std::thread::sleep(Duration::from_millis(500));
    let _ = running.kill();
    assert_eq!(home.newest()["status"], "unknown");
    home.serves_the_next_run();
    assert_eq!(peer.lines(), ["POST /orders"]);
}

#[test]
fn a_run_that_only_read_before_the_kill_is_cancelled() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("page"));
    let running = home
        .prober("fetch-then-spin")
        .input(json!({ "method": "GET", "url": "https://shop.test/page", "body": "" }))
        .allow("GET https://shop.test/page")
        .peer("shop.test:443", &peer)
        .start();
    peer.wait_for(1);
    std::thread::sleep(Duration::from_millis(300));
    let _ = running.kill();
    assert_eq!(home.newest()["status"], "cancelled");
    home.serves_the_next_run();
    assert_eq!(peer.lines(), ["GET /page"]);
}

const FILES: u32 = 24;

fn parked(home: &Home) -> String {
    let out = home.folder("out");
    // Every third file replaces one.
    for index in (0..FILES).step_by(3) {
        home.put(&format!("out/{index}.txt"), format!("old {index}"));
    }
    home.prober("write-many")
        .input(json!({ "folder": "out", "count": FILES }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation()
}

/// Each file is as its effect's state says: done means new, everything else means as it was.
fn disk_agrees_with_the_record(home: &Home, id: &str, seed: u64) -> String {
    let run = home.recorded(id);
    let status = run["outcome"]["status"].as_str().unwrap().to_owned();
    for effect in run["outcome"]["effects"].as_array().unwrap() {
        let index = effect["index"].as_u64().unwrap();
        let found = home.text(&format!("out/{index}.txt"));
        let old = index.is_multiple_of(3).then(|| format!("old {index}"));
        let state = effect["state"].as_str().unwrap();
        match state {
            "done" => assert_eq!(found.as_deref(), Some("many"), "seed {seed}: {effect:#}"),
            "unknown" => {}
            _ => assert_eq!(found, old, "seed {seed}: {effect:#}"),
        }
        if status == "committed" {
            assert_eq!(state, "done", "seed {seed}: {effect:#}");
        }
    }
    let hidden: Vec<String> = home
        .names("out")
        .into_iter()
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(
        hidden,
        Vec::<String>::new(),
        "seed {seed}: left behind, {status}"
    );
    status
}

#[test]
fn a_commit_that_was_killed_is_finished_once_or_says_what_it_does_not_know() {
    // How long a whole one takes here, so that the kills fall into it.
    let home = Home::new();
    let id = parked(&home);
    let whole = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .exits(0);
    assert_eq!(disk_agrees_with_the_record(&home, &id, 0), "committed");

    let mut seed = u64::from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .subsec_nanos(),
    ) | 1;
    let mut seen = Vec::new();
    for _ in 0..12 {
        // xorshift64: enough to spread the moments.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let home = Home::new();
        let id = parked(&home);
        let running = home.start(["approvals", "approve", &id, "--yes", "--json"]);
        let share = f64::from(u32::try_from(seed % 1_000).unwrap()) / 1_000.0;
        std::thread::sleep(whole.took.mul_f64(share));
        let _ = running.kill();
        let mut status = disk_agrees_with_the_record(&home, &id, seed);
        if status == "awaiting_approval" {
            // The kill came before the decision: it can still be taken, once.
            let _ = home
                .guildhall(["approvals", "approve", &id, "--yes"])
                .exits(0);
            status = format!(
                "{status}, then {}",
                disk_agrees_with_the_record(&home, &id, seed)
            );
        }
        let _ = home
            .guildhall(["approvals", "approve", &id, "--yes", "--json"])
            .error(4, "not-pending");
        assert!(
            ["committed", "partial", "unknown"]
                .iter()
                .any(|end| status.ends_with(end)),
            "seed {seed}: {status}"
        );
        seen.push(status);
    }
    println!("{seen:?}");
}

#[test]
fn many_who_find_a_killed_commit_finish_it_once() {
    let home = Home::new();
    let id = parked(&home);
    let running = home.start(["approvals", "approve", &id, "--yes", "--json"]);
    std::thread::sleep(Duration::from_millis(60));
    let _ = running.kill();
    let finders: Vec<_> = (0..4).map(|_| home.start(["runs", "--json"])).collect();
    for finder in finders {
        let ran = finder.wait();
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
    }
    disk_agrees_with_the_record(&home, &id, 0);
    home.serves_the_next_run();
}

#[test]
fn a_run_that_approves_itself_and_was_killed_anywhere_is_all_done_or_not_at_all() {
    let whole = {
        let home = Home::new();
        let out = home.folder("out");
        home.serves_the_next_run();
        approved_at_once(&home, &out).go().exits(0).took
    };
    let mut seed = u64::from(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .subsec_nanos(),
    ) | 1;
    for _ in 0..10 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let home = Home::new();
        let out = home.folder("out");
        home.serves_the_next_run();
        let running = approved_at_once(&home, &out).start();
        let share = f64::from(u32::try_from(seed % 1_000).unwrap()) / 1_000.0;
        std::thread::sleep(whole.mul_f64(share));
        let _ = running.kill();
        let newest = home.newest();
        let written = home.names("out");
        match newest["status"].as_str().unwrap() {
            "committed" => assert_eq!(written, ["0.txt", "1.txt", "2.txt"], "seed {seed}"),
            // Its own run, or the one before where it had not begun.
            "cancelled" | "awaiting_approval" | "failed" => {
                assert_eq!(written, Vec::<String>::new(), "seed {seed}: {newest:#}");
            }
            other => panic!("seed {seed}: {other}"),
        }
        home.serves_the_next_run();
    }
}

fn approved_at_once<'a>(home: &'a Home, out: &std::path::Path) -> guildhall_tests::Run<'a> {
    home.prober("write-many")
        .input(json!({ "folder": "out", "count": 3 }))
        .write("out", out)
        .approve("all")
}
