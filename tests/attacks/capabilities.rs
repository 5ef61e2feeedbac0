//! The rest of the contract: what money and messages need before anything else, and what a run may keep.

use guildhall_tests::money::order;
use guildhall_tests::settings::letter;
use guildhall_tests::{Home, json};

#[test]
fn payments_and_messages_need_a_grant_and_what_it_is_granted_from() {
    let home = Home::new();
    let order = order("book:acme", 100, "INV-1");
    let letter = letter("books", "ann", "paid");
    let pay = || home.pay(order.clone()).approve("all");
    let tell = || {
        let run = home.prober("tell").input(json!({ "note": letter }));
        run.approve("all")
    };
    for (ran, rule, fix) in [
        (pay().go(), "payments.not-granted", "--pay"),
        (tell().go(), "messages.not-granted", "--message"),
        // Granted, and there is nothing to pay from and nothing to send by.
        (
            pay().money("EUR 5.00").go(),
            "payments.no-account",
            "wallet add-book",
        ),
        (
            tell().messages("books").go(),
            "messages.no-channel",
            "messages add-",
        ),
    ] {
        let refusal = ran.refused_by(rule);
        assert_eq!(refusal.kind, "denied", "{rule}");
        let by_grants = rule.ends_with(".not-granted");
        assert_eq!(
            refusal.set.as_deref(),
            by_grants.then_some("grants"),
            "{rule}"
        );
        assert!(refusal.fix.contains(fix), "{refusal:?}");
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
