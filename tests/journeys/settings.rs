//! Settings that a manifest declares, and the other facts about a run.

use guildhall_tests::{Home, Value, component, guest, json};
use std::path::PathBuf;

/// The prober with a manifest that declares all that it imports, and these settings.
fn with_settings(home: &Home) -> PathBuf {
    let bytes = std::fs::read(guest("prober")).unwrap();
    let manifest = r#"
name = "tests/prober"
version = "1.2.3"
description = "Tries things."
licence = "Apache-2.0"
[[capabilities.network]]
methods = ["GET"]
url = "https://rates.test/*"
reason = "Rates."
[[capabilities.files]]
name = "inbox"
access = "read"
reason = "Reads."
[[capabilities.payments]]
payees = ["book:*"]
reason = "Pays."
[[capabilities.messages]]
channels = ["email"]
reason = "Tells."
[capabilities.state]
reason = "Remembers."
[settings.currency]
type = "choice"
choices = ["EUR", "USD"]
default = "EUR"
description = "Currency of the report."
[settings.days]
type = "integer"
description = "How old it may be."
"#;
    home.put("prober.wasm", component::with_manifest(&bytes, manifest))
}

fn setting(home: &Home, skill: &std::path::Path, name: &str, given: &[&str]) -> Value {
    let mut run = home.run(skill, "about").input(json!({ "setting": name }));
    for value in given {
        run = run.arg("--set").arg(value);
    }
    run.go().exits(0).output()[3].clone()
}

#[test]
fn a_skill_sees_the_merchants_value_or_the_default() {
    let home = Home::new();
    let skill = with_settings(&home);
    assert_eq!(setting(&home, &skill, "currency", &[]), "EUR");
    assert_eq!(setting(&home, &skill, "currency", &["currency=USD"]), "USD");
    assert_eq!(setting(&home, &skill, "days", &[]), Value::Null);
    assert_eq!(setting(&home, &skill, "days", &["days=7"]), "7");
    assert_eq!(setting(&home, &skill, "PATH", &[]), Value::Null);
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_before_the_run() {
    let home = Home::new();
    let skill = with_settings(&home);
    for (wrong, part) in [
        ("currency=YEN", "EUR, USD"),
        ("days=soon", "whole number"),
        ("colour=red", "declares no setting `colour`"),
    ] {
        let ran = home
            .run(&skill, "about")
            .input(json!({ "setting": "currency" }))
            .arg("--set")
            .arg(wrong)
            .go();
        assert!(ran.error(2, "setting").contains(part), "{}", ran.shown());
    }
}

#[test]
fn a_skill_knows_its_run_its_language_and_a_time_that_stands_still() {
    let home = Home::new();
    let ran = home
        .prober("about")
        .input(json!({ "setting": "x" }))
        .arg("--locale")
        .arg("de-DE")
        .go()
        .exits(0);
    let about = ran.output();
    assert_eq!(about[1], "de-DE");
    assert_eq!(about[2], ran.invocation());
    let random = || {
        home.prober("random")
            .input(json!({ "length": 16 }))
            .go()
            .exits(0)
            .output()
    };
    assert_ne!(random(), random());
}
