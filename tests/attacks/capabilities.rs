//! The rest of the contract: what this host does not serve yet, and what a run may keep.

use guildhall_tests::{Home, json};

#[test]
fn payments_and_messages_are_unavailable_and_stage_nothing() {
    let home = Home::new();
    for (operation, rule) in [
        ("pay", "payments.unavailable"),
        ("tell", "messages.unavailable"),
    ] {
        let ran = home.prober(operation).approve("all").go();
        let refusal = ran.refused_by(rule);
        assert_eq!(refusal.kind, "unavailable");
        assert!(
            refusal.message.contains("nothing was staged"),
            "{}",
            refusal.message
        );
    }
    assert!(home.waiting().is_empty());
    home.serves_the_next_run();
}

#[test]
fn a_store_that_would_grow_too_large_is_refused_and_keeps_what_it_had() {
    let home = Home::new();
    let fill = |key: &str, bytes: u32| {
        home.prober("fill")
            .input(json!({ "key": key, "bytes": bytes }))
            .go()
    };
    let _ = fill("a", 1_000_000).exits(0);
    fill("b", 100_000).refused_by("state.full");
    fill("a", 1_100_000).refused_by("state.full");
    let _ = fill("a", 1_000).exits(0);
    let _ = fill("b", 1_000_000).exits(0);
    home.serves_the_next_run();
}

#[test]
fn keys_that_could_be_mistaken_are_refused() {
    let home = Home::new();
    let long = "k".repeat(257);
    for key in ["", "a\0b", "a\nb", "\u{1b}[2J", &long] {
        let ran = home.prober("recall").input(json!({ "key": key })).go();
        ran.refused_by("state.invalid-key");
    }
    home.serves_the_next_run();
}

#[test]
fn a_setting_that_nobody_declared_is_refused() {
    let home = Home::new();
    let ran = home
        .prober("about")
        .input(json!({ "setting": "PATH" }))
        .arg("--set")
        .arg("PATH=/bin")
        .go();
    let error = ran.error(2, "setting");
    assert!(error.contains("declares no setting `PATH`"), "{error}");
    // Nor does the environment stand in for one.
    let mut command = home
        .prober("about")
        .input(json!({ "setting": "SECRET" }))
        .command();
    command.env("SECRET", "private");
    let ran = guildhall_tests::Running::start(command).wait().exits(0);
    assert!(!ran.stdout.contains("private"), "{}", ran.shown());
}

#[test]
fn randomness_is_given_in_small_portions() {
    let home = Home::new();
    let ran = home.prober("random").input(json!({ "length": 4_097 })).go();
    ran.refused_by("context.random-too-long");
    let _ = home
        .prober("random")
        .input(json!({ "length": 4_096 }))
        .go()
        .exits(0);
    home.serves_the_next_run();
}
