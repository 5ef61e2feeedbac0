//! Stopping a run by hand.

use guildhall_tests::{Home, json};
use std::time::Duration;

#[test]
fn ctrl_c_ends_a_run_with_an_outcome() {
    let home = Home::new();
    let running = home.prober("spin").start();
    home.wait_for("running");
    running.interrupt();
    let ran = running
        .wait_at_most(Duration::from_secs(5))
        .exits(4)
        .is("cancelled");
    assert_eq!(ran.json()["failure"]["kind"], "stopped");
    assert_eq!(home.newest()["status"], "cancelled");
    home.serves_the_next_run();
}

#[test]
fn a_revoked_skill_runs_no_more_and_others_do() {
    let home = Home::new();
    let digest = home
        .guildhall([
            "inspect".into(),
            guildhall_tests::guest("wasi-hello"),
            "--json".into(),
        ])
        .exits(0)
        .word("/digest");
    let _ = home
        .guildhall([
            "revoke",
            &digest,
            "--reason",
            "asks for more than it says",
            "--json",
        ])
        .exits(0);
    let ran = home.run(guildhall_tests::guest("wasi-hello"), "run").go();
    let refusal = ran.refused_by("skill.revoked");
    assert!(refusal.message.contains("revoked"), "{}", refusal.message);
    let list = home
        .guildhall(["revoke", "--list", "--json"])
        .exits(0)
        .json();
    assert_eq!(
        list["revocations"],
        json!([{ "digest": digest, "reason": "asks for more than it says" }])
    );
    home.serves_the_next_run();
}
