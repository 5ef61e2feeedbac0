//! What changes between the card and the approval: nothing is written then.

use guildhall_tests::{Home, Ran, json};
use std::fs;
use std::os::unix::fs::symlink;

/// A run that waits: it has read inbox/a.txt and would write a copy to out/copy.txt.
fn parked_copy(home: &Home) -> String {
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    home.put("inbox/a.txt", "alpha");
    home.prober("copy")
        .input(json!({ "source": "inbox/a.txt", "target": "out/copy.txt" }))
        .read("inbox", &inbox)
        .write("out", &out)
        .go()
        .exits(3)
        .invocation()
}

fn approve(home: &Home, id: &str) -> Ran {
    home.guildhall(["approvals", "approve", id, "--yes", "--json"])
}

/// Insists that the commit was refused by a rule, for good, and that effects are void.
#[track_caller]
fn is_refused(home: &Home, id: &str, rule: &str) -> Ran {
    let ran = approve(home, id).exits(4).is("refused");
    let refusal = ran.refusal(rule);
    assert!(
        refusal.message.contains("nothing was written"),
        "{}",
        refusal.message
    );
    for effect in ran.json()["effects"].as_array().unwrap() {
        assert_eq!(effect["state"], "void", "{effect:#}");
    }
    let _ = approve(home, id).error(4, "not-pending");
    assert_eq!(home.newest()["status"], "refused");
    home.serves_the_next_run();
    ran
}

#[test]
fn an_input_that_changed_refuses_the_commit() {
    let home = Home::new();
    let id = parked_copy(&home);
    home.put("inbox/a.txt", "bravo");
    is_refused(&home, &id, "files.input-changed");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn an_input_that_has_gone_or_become_a_link_refuses_the_commit() {
    let home = Home::new();
    let id = parked_copy(&home);
    fs::remove_file(home.path().join("inbox/a.txt")).unwrap();
    is_refused(&home, &id, "files.input-changed");

    let home = Home::new();
    let id = parked_copy(&home);
    fs::rename(
        home.path().join("inbox/a.txt"),
        home.path().join("same.txt"),
    )
    .unwrap();
    symlink(
        home.path().join("same.txt"),
        home.path().join("inbox/a.txt"),
    )
    .unwrap();
    is_refused(&home, &id, "files.input-changed");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn a_file_that_a_run_found_missing_must_still_be_missing() {
    let home = Home::new();
    let out = home.folder("out");
    let park = home
        .prober("write")
        .input(json!({ "path": "out/new.txt", "text": "mine" }))
        .write("out", &out)
        .go()
        .exits(3);
    home.put("out/new.txt", "somebody else's");
    is_refused(&home, &park.invocation(), "files.target-changed");
    assert_eq!(home.text("out/new.txt").as_deref(), Some("somebody else's"));
    assert_eq!(home.names("out"), ["new.txt"]);
}

#[test]
fn a_target_that_changed_refuses_the_commit_of_the_whole_set() {
    let home = Home::new();
    let out = home.folder("out");
    home.put("out/2.txt", "before");
    let id = home
        .prober("write-many")
        .input(json!({ "folder": "out", "count": 4 }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    home.put("out/2.txt", "after the card");
    is_refused(&home, &id, "files.target-changed");
    assert_eq!(home.names("out"), ["2.txt"]);
    assert_eq!(home.text("out/2.txt").as_deref(), Some("after the card"));
}

#[test]
fn a_target_that_became_a_link_is_not_followed() {
    let home = Home::new();
    home.put("secret/a.txt", "private");
    let id = parked_copy(&home);
    symlink(
        home.path().join("secret/a.txt"),
        home.path().join("out/copy.txt"),
    )
    .unwrap();
    is_refused(&home, &id, "files.target-changed");
    assert_eq!(home.text("secret/a.txt").as_deref(), Some("private"));

    let home = Home::new();
    let id = parked_copy(&home);
    symlink(
        home.path().join("secret-new.txt"),
        home.path().join("out/copy.txt"),
    )
    .unwrap();
    is_refused(&home, &id, "files.target-changed");
    assert!(!home.path().join("secret-new.txt").exists());
}

#[test]
fn a_folder_that_was_replaced_by_a_link_is_not_written_through() {
    let home = Home::new();
    let id = parked_copy(&home);
    let elsewhere = home.folder("elsewhere");
    fs::rename(home.path().join("out"), home.path().join("moved")).unwrap();
    symlink(&elsewhere, home.path().join("out")).unwrap();
    is_refused(&home, &id, "files.folder-changed");
    assert_eq!(home.names("elsewhere"), Vec::<String>::new());
    assert_eq!(home.names("moved"), Vec::<String>::new());
}

#[test]
fn a_folder_that_was_replaced_by_another_folder_is_not_written() {
    let home = Home::new();
    let id = parked_copy(&home);
    fs::rename(home.path().join("out"), home.path().join("moved")).unwrap();
    let _ = home.folder("out");
    is_refused(&home, &id, "files.folder-changed");
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert_eq!(home.names("moved"), Vec::<String>::new());
}

#[test]
fn a_folder_inside_that_was_replaced_by_a_link_is_not_written_through() {
    let home = Home::new();
    let out = home.folder("out");
    let _ = home.folder("out/sub");
    let elsewhere = home.folder("elsewhere");
    let id = home
        .prober("write")
        .input(json!({ "path": "out/sub/a.txt", "text": "mine" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    fs::remove_dir(home.path().join("out/sub")).unwrap();
    symlink(&elsewhere, home.path().join("out/sub")).unwrap();
    let ran = approve(&home, &id);
    assert!(matches!(ran.code, Some(4 | 6)), "{}", ran.shown());
    assert_eq!(home.names("elsewhere"), Vec::<String>::new());
}

#[test]
fn a_component_file_that_was_replaced_changes_nothing_about_what_was_approved() {
    let home = Home::new();
    let out = home.folder("out");
    let skill = home.put(
        "skill.wasm",
        fs::read(guildhall_tests::guest("prober")).unwrap(),
    );
    let id = home
        .run(&skill, "write")
        .input(json!({ "path": "out/a.txt", "text": "as approved" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    fs::write(&skill, "something else").unwrap();
    let _ = approve(&home, &id).exits(0).is("committed");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("as approved"));
}

#[test]
fn content_that_was_changed_in_the_store_is_not_written() {
    let home = Home::new();
    let id = parked_copy(&home);
    let changed = "UPDATE effects SET content = CAST('omega' AS BLOB)";
    assert_eq!(guildhall_tests::journal::execute(&home, changed), 1);
    let ran = approve(&home, &id);
    assert!(matches!(ran.code, Some(4 | 6)), "{}", ran.shown());
    assert_eq!(home.names("out"), Vec::<String>::new());
    home.serves_the_next_run();
}

#[test]
fn an_effect_that_was_changed_in_the_store_is_not_performed() {
    let home = Home::new();
    let id = parked_copy(&home);
    let changed = "UPDATE effects SET effect = replace(effect, 'copy.txt', 'evil.txt')";
    assert_eq!(guildhall_tests::journal::execute(&home, changed), 1);
    let ran = approve(&home, &id);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(home.names("out"), Vec::<String>::new());
    home.serves_the_next_run();
}

#[test]
fn an_effect_that_was_added_in_the_store_is_not_performed() {
    let home = Home::new();
    let id = parked_copy(&home);
    let added = "INSERT INTO effects (run, idx, rank, effect, reason, content, state)
        SELECT run, 1, rank, replace(replace(effect, '\"index\":0', '\"index\":1'), 'copy.txt', 'evil.txt'),
               reason, content, state FROM effects";
    assert_eq!(guildhall_tests::journal::execute(&home, added), 1);
    let _ = approve(&home, &id);
    assert!(!home.path().join("out/evil.txt").exists());
    home.serves_the_next_run();
}
