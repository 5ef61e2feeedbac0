//! Who approves, when, and how often.

use guildhall_tests::{Home, Running, json};
use std::os::unix::fs::MetadataExt;

fn parked(home: &Home) -> String {
    let out = home.folder("out");
    home.prober("write-many")
        .input(json!({ "folder": "out", "count": 20 }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation()
}

fn all_written(home: &Home) {
    let mut expected: Vec<String> = (0..20).map(|index| format!("{index}.txt")).collect();
    expected.sort();
    assert_eq!(home.names("out"), expected);
    for name in expected {
        assert_eq!(
            home.text(&format!("out/{name}")).as_deref(),
            Some("many"),
            "{name}"
        );
    }
}

#[test]
fn of_two_approvers_at_once_one_wins_and_everything_is_written_once() {
    for _ in 0..4 {
        let home = Home::new();
        let id = parked(&home);
        let racers: Vec<Running> = (0..3)
            .map(|_| home.start(["approvals", "approve", &id, "--yes", "--json"]))
            .collect();
        let ended: Vec<_> = racers.into_iter().map(Running::wait).collect();
        let won = ended.iter().filter(|ran| ran.code == Some(0)).count();
        for ran in &ended {
            assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.shown());
            if ran.code == Some(4) {
                let _ = ran.error(4, "not-pending");
            }
        }
        assert_eq!(won, 1);
        all_written(&home);
        let decisions = guildhall_tests::journal::number(&home, "SELECT COUNT(*) FROM approvals");
        assert_eq!(decisions, 1);
    }
}

#[test]
fn of_an_approver_and_a_rejecter_at_once_one_wins() {
    for _ in 0..4 {
        let home = Home::new();
        let id = parked(&home);
        let approver = home.start(["approvals", "approve", &id, "--yes", "--json"]);
        let rejecter = home.start(["approvals", "reject", &id, "--json"]);
        let (approved, rejected) = (approver.wait(), rejecter.wait());
        match (approved.code, rejected.code) {
            (Some(0), Some(4)) => all_written(&home),
            (Some(4), Some(0)) => assert_eq!(home.names("out"), Vec::<String>::new()),
            _ => panic!("{}\n{}", approved.shown(), rejected.shown()),
        }
    }
}

#[test]
fn an_approval_is_used_once_however_often_it_is_repeated() {
    let home = Home::new();
    let id = parked(&home);
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    let before = std::fs::metadata(home.path().join("out/0.txt")).unwrap();
    for _ in 0..3 {
        let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
        let _ = ran.error(4, "not-pending");
    }
    let after = std::fs::metadata(home.path().join("out/0.txt")).unwrap();
    assert_eq!(
        (before.ino(), before.mtime_nsec()),
        (after.ino(), after.mtime_nsec())
    );
}

#[test]
fn a_card_that_expired_can_not_be_approved() {
    let home = Home::new();
    let id = parked(&home);
    // Seven days later.
    assert_eq!(
        guildhall_tests::journal::execute(&home, "UPDATE runs SET expires_at = 1"),
        1
    );
    let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert!(home.waiting().is_empty());
    let run = home.recorded(&id);
    assert_eq!(run["outcome"]["status"], "rejected");
    assert!(
        run["outcome"]["failure"]["reason"]
            .as_str()
            .unwrap()
            .contains("expired")
    );
}

#[test]
fn where_approving_is_left_to_the_console_this_command_approves_nothing() {
    let home = Home::new();
    let id = parked(&home);
    home.put("home/config.toml", "approvals = \"console\"\n");
    let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    let error = ran.error(4, "refused");
    assert!(
        error.contains("console") && error.contains("config.toml"),
        "{error}"
    );
    let out = home.folder("out");
    for who in ["all", "ask"] {
        let ran = home
            .prober("write")
            .input(json!({ "path": "out/x.txt", "text": "x" }))
            .write("out", &out)
            .approve(who)
            .go();
        assert!(matches!(ran.code, Some(2 | 4)), "{who}\n{}", ran.shown());
    }
    assert_eq!(home.names("out"), Vec::<String>::new());
    // What takes nothing from the console is still possible here.
    let _ = home
        .guildhall(["approvals", "show", &id, "--json"])
        .exits(0);
    let _ = home
        .guildhall(["approvals", "reject", &id, "--json"])
        .exits(0);
    home.serves_the_next_run();
}

#[test]
fn a_configuration_that_is_not_understood_is_not_taken_for_permission() {
    let home = Home::new();
    let id = parked(&home);
    for text in [
        "approvals = \"consol\"",
        "approvals = console",
        "approval = \"console\"",
        "\u{0}",
    ] {
        home.put("home/config.toml", text);
        let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
        let _ = ran.error(2, "config");
    }
    std::fs::write(home.home().join("config.toml"), [0xff, 0xfe]).unwrap();
    let ran = home.guildhall(["approvals", "approve", &id, "--yes", "--json"]);
    assert_eq!(ran.code, Some(2), "{}", ran.shown());
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn a_run_of_another_home_can_not_be_named() {
    let home = Home::new();
    let id = parked(&home);
    let other = Home::new();
    for command in [
        ["approvals", "show", &id, "--json"],
        ["approvals", "reject", &id, "--json"],
        ["runs", "show", &id, "--json"],
    ] {
        let _ = other.guildhall(command).error(2, "not-found");
    }
    assert_eq!(home.waiting().len(), 1);
}
