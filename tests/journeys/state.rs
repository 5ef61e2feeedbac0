//! What a skill remembers from one run to the next.

use guildhall_tests::{Home, Value, guest, json};

fn recalled(home: &Home, key: &str) -> Value {
    home.prober("recall")
        .input(json!({ "key": key }))
        .go()
        .exits(0)
        .output()
}

fn remember(home: &Home, key: &str, value: &str, then_fail: bool) -> guildhall_tests::Ran {
    home.prober("remember")
        .input(json!({ "key": key, "value": value, "then_fail": then_fail }))
        .go()
}

#[test]
fn a_skill_remembers_what_a_run_that_ended_well_has_set() {
    let home = Home::new();
    assert_eq!(recalled(&home, "seen"), Value::Null);
    let _ = remember(&home, "seen", "INV-1", false).exits(0);
    assert_eq!(recalled(&home, "seen"), "INV-1");
    let _ = remember(&home, "seen", "INV-2", false).exits(0);
    assert_eq!(recalled(&home, "seen"), "INV-2");
}

#[test]
fn a_run_that_failed_leaves_nothing_remembered() {
    let home = Home::new();
    let _ = remember(&home, "seen", "first", false).exits(0);
    let _ = remember(&home, "seen", "second", true)
        .exits(1)
        .is("failed");
    assert_eq!(recalled(&home, "seen"), "first");
}

#[test]
fn what_a_run_with_effects_remembers_counts_once_they_are_approved() {
    let home = Home::new();
    let out = home.folder("out");
    let park = |value: &str| {
        home.prober("remember-and-write")
            .input(json!({ "key": "paid", "value": value, "path": format!("out/{value}.txt") }))
            .write("out", &out)
            .go()
            .exits(3)
            .invocation()
    };
    let rejected = park("no");
    assert_eq!(recalled(&home, "paid"), Value::Null, "while it waits");
    let _ = home.guildhall(["approvals", "reject", &rejected]).exits(0);
    assert_eq!(
        recalled(&home, "paid"),
        Value::Null,
        "after it was rejected"
    );
    let approved = park("yes");
    let _ = home
        .guildhall(["approvals", "approve", &approved, "--yes"])
        .exits(0);
    assert_eq!(recalled(&home, "paid"), "yes", "after it was approved");
    assert_eq!(home.names("out"), ["yes.txt"]);
}

#[test]
fn another_component_has_a_store_of_its_own() {
    let home = Home::new();
    let _ = remember(&home, "seen", "mine", false).exits(0);
    // The same code in other bytes is another unsigned file.
    let bytes = std::fs::read(guest("prober")).unwrap();
    let other = home.put(
        "other.wasm",
        guildhall_tests::component::with_section(&bytes, "note", b"not the same"),
    );
    let ran = home
        .run(other, "recall")
        .input(json!({ "key": "seen" }))
        .go();
    assert_eq!(ran.exits(0).output(), Value::Null);
}

#[test]
fn another_home_knows_nothing() {
    let home = Home::new();
    let _ = remember(&home, "seen", "mine", false).exits(0);
    assert_eq!(recalled(&Home::new(), "seen"), Value::Null);
}
