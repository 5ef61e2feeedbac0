//! The kill switch.

use guildhall_tests::{Home, guest, json};
use std::time::{Duration, Instant};

fn revoke(home: &Home) {
    let digest = home
        .guildhall(["inspect".into(), guest("prober"), "--json".into()])
        .exits(0)
        .word("/digest");
    let _ = home
        .guildhall(["revoke", &digest, "--reason", "found out", "--json"])
        .exits(0);
}

/// Another component still runs.
fn others_run(home: &Home) {
    let ran = home.run(guest("wasi-hello"), "run").go();
    let _ = ran.exits(0);
}

#[test]
fn a_skill_that_is_revoked_while_it_runs_stops_at_once() {
    let home = Home::new();
    home.serves_the_next_run();
    let mut running = home.prober("spin").start();
    home.wait_for("running");
    assert!(!running.has_ended());
    revoke(&home);
    let revoked = Instant::now();
    let ran = running.wait_at_most(Duration::from_secs(5));
    let took = revoked.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    let ran = ran.exits(4).is("cancelled");
    let refusal = ran.refusal("skill.revoked");
    assert!(refusal.message.contains("revoked"), "{}", refusal.message);
    others_run(&home);
}

#[test]
fn a_skill_that_is_revoked_while_it_waits_for_a_server_stops_at_once() {
    let home = Home::new();
    let peer = guildhall_tests::Peer::tls(&["shop.test"], |_| guildhall_tests::Reply::Silence);
    let running = crate::fetch(&home, "GET", "https://shop.test/")
        .allow("GET https://shop.test/")
        .peer("shop.test:443", &peer)
        .start();
    peer.wait_for(1);
    revoke(&home);
    let ran = running
        .wait_at_most(Duration::from_secs(5))
        .exits(4)
        .is("cancelled");
    let _ = ran.refusal("skill.revoked");
    others_run(&home);
}

#[test]
fn a_skill_that_is_revoked_between_the_card_and_the_approval_does_nothing() {
    let home = Home::new();
    let out = home.folder("out");
    let id = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "x" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    revoke(&home);
    let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    let error = ran.error(4, "revoked");
    assert!(error.contains("found out"), "{error}");
    assert_eq!(home.names("out"), Vec::<String>::new());
    let again = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    let _ = again.error(4, "not-pending");
    others_run(&home);
}

#[test]
fn a_revoked_skill_is_not_started_and_stays_revoked() {
    let home = Home::new();
    let out = home.folder("out");
    revoke(&home);
    for _ in 0..2 {
        let ran = home
            .prober("write")
            .input(json!({ "path": "out/a.txt", "text": "x" }))
            .write("out", &out)
            .approve("all")
            .go();
        let refusal = ran.refused_by("skill.revoked");
        assert!(refusal.message.contains("found out"), "{}", refusal.message);
    }
    // A second reason does not cover up the first.
    let digest = home
        .guildhall(["inspect".into(), guest("prober"), "--json".into()])
        .exits(0)
        .word("/digest");
    let _ = home
        .guildhall(["revoke", &digest, "--reason", "never mind"])
        .exits(0);
    let list = home.guildhall(["revoke", "--list", "--json"]).exits(0);
    assert_eq!(list.word("/revocations/0/reason"), "found out");
    assert_eq!(home.names("out"), Vec::<String>::new());
    others_run(&home);
}
