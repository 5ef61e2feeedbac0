//! Exit codes and the one JSON object, which scripts rely on.

use guildhall_tests::{Home, Value, guest, json};

const KEYS: [&str; 7] = [
    "invocation",
    "status",
    "output",
    "failure",
    "effects",
    "refusals",
    "usage",
];

#[track_caller]
fn has_all_keys(outcome: &Value) {
    for key in KEYS {
        assert!(
            outcome.get(key).is_some(),
            "{key} is missing in {outcome:#}"
        );
    }
    for key in ["fuel", "wall_ms", "memory_bytes", "host_calls"] {
        assert!(outcome["usage"][key].is_u64(), "{key} in {outcome:#}");
    }
    assert!(outcome["effects"].is_array() && outcome["refusals"].is_array());
}

#[test]
fn done_is_0() {
    let ran = Home::new()
        .prober("ask-time")
        .input(json!({ "times": 3 }))
        .go();
    let object = ran.exits(0).is("completed").json();
    has_all_keys(&object);
    assert_eq!(object["usage"]["host_calls"], 3);
    assert!(object["usage"]["fuel"].as_u64().unwrap() > 0);
    assert!(object["usage"]["memory_bytes"].as_u64().unwrap() > 0);
}

#[test]
fn the_skills_own_failure_is_1() {
    let ran = Home::new()
        .prober("fail")
        .input(json!({ "text": "no" }))
        .go();
    let object = ran.exits(1).is("failed").json();
    has_all_keys(&object);
    assert_eq!(
        object["failure"],
        json!({ "kind": "operation", "value": "no" })
    );
    assert_eq!(object["output"], Value::Null);
}

#[test]
fn wrong_usage_is_2_and_says_what_was_meant() {
    let home = Home::new();
    let ran = home.prober("ehco").go();
    let error = ran.error(2, "unknown-operation");
    assert!(error.contains("did you mean echo?"), "{error}");
    let ran = home.guildhall(["run", "--json"]);
    let _ = ran.error(2, "usage");
    let ran = home.prober("granted").allow("https://example.com/*").go();
    assert!(
        ran.error(2, "usage").contains("GET https://example.com/*"),
        "{}",
        ran.shown()
    );
    let ran = home.prober("granted").limit("wall_ms", 5).go();
    assert!(ran.error(2, "usage").contains("wall-ms"), "{}", ran.shown());
    let ran = home.prober("granted").arg("--peer-ca").arg("x.pem").go();
    let _ = ran.error(2, "usage");
}

#[test]
fn waiting_and_rejected_are_3() {
    let home = Home::new();
    let out = home.folder("out");
    for who in ["later", "none"] {
        let ran = home
            .prober("write")
            .input(json!({ "path": "out/x", "text": "x" }))
            .write("out", &out)
            .approve(who)
            .go();
        has_all_keys(&ran.exits(3).json());
    }
}

#[test]
fn refused_trapped_and_unloadable_are_4() {
    let home = Home::new();
    let refused = home.prober("read").input(json!({ "path": "inbox" })).go();
    has_all_keys(&refused.json());
    let _ = refused.refused_by("files.not-granted");
    let trapped = home.prober("panic-now").go().exits(4).is("trapped");
    has_all_keys(&trapped.json());
    assert_eq!(trapped.json()["failure"]["kind"], "trap");
    // The panic hook of the SDK has said why.
    assert!(trapped.stdout.contains("as asked"), "{}", trapped.shown());
    let unloadable = home.run(guest("wasi-sockets"), "run").go();
    let _ = unloadable.error(4, "refused-imports");
}

#[test]
fn done_in_part_is_6() {
    let home = Home::new();
    let out = home.folder("out");
    let ran = home
        .prober("write-many")
        .input(json!({ "folder": "out", "count": 2 }))
        .write("out", &out)
        .go()
        .exits(3);
    // What fails only when its turn comes, as on a full disk: here the stored content is no longer the approved one.
    let changed = guildhall_tests::journal::execute(
        &home,
        "UPDATE effects SET content = X'00' WHERE idx = 1",
    );
    assert_eq!(changed, 1);
    let id = ran.invocation();
    let ran = home
        .guildhall(["approvals", "approve", &id, "--yes", "--json"])
        .exits(6)
        .is("partial");
    let object = ran.json();
    assert_eq!(object["effects"][0]["state"], "done");
    assert_eq!(object["effects"][1]["state"], "failed");
    assert!(object["effects"][1]["detail"].is_string());
    assert_eq!(home.names("out"), ["0.txt"]);
}

#[test]
fn our_own_fault_is_70() {
    let home = Home::new();
    home.put("home/state", "a file where the folder should be");
    let ran = home.prober("granted").go();
    let error = ran.error(70, "fault");
    assert!(error.contains("state"), "{error}");
    assert!(error.contains("guildhall doctor"), "{error}");
}

#[test]
fn help_lists_the_exit_codes_and_every_command() {
    let home = Home::new();
    let help = home.guildhall(["--help"]).exits(0);
    for part in [
        "new",
        "build",
        "test",
        "inspect",
        "run",
        "approvals",
        "runs",
        "doctor",
        "completions",
        "Exit codes:",
        "70",
    ] {
        assert!(help.stdout.contains(part), "{part}\n{}", help.shown());
    }
    let _ = home.guildhall(["--version"]).exits(0);
    for shell in ["bash", "zsh", "fish"] {
        let script = home.guildhall(["completions", shell]).exits(0);
        assert!(script.stdout.contains("guildhall"), "{shell}");
    }
}

#[test]
fn a_list_of_runs_can_be_narrowed_to_a_status() {
    let home = Home::new();
    let _ = home
        .prober("fail")
        .input(json!({ "text": "no" }))
        .go()
        .exits(1);
    let _ = home.prober("granted").go().exits(0);
    let statuses = |args: &[&str]| {
        let list = home.guildhall(args).exits(0).json();
        let runs = list["runs"].as_array().unwrap().clone();
        runs.iter()
            .map(|run| run["status"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(&["runs", "--json"]), ["completed", "failed"]);
    assert_eq!(
        statuses(&["runs", "list", "--status", "failed", "--json"]),
        ["failed"]
    );
    let wrong = home.guildhall(["runs", "--status", "faild", "--json"]);
    assert!(
        wrong.error(2, "usage").contains("did you mean failed?"),
        "{}",
        wrong.shown()
    );
}

#[test]
fn the_doctor_finds_this_machine_fit_to_run_and_build_skills() {
    let ran = Home::new().guildhall(["doctor", "--json"]).exits(0);
    let checks = ran.json()["checks"].as_array().unwrap().clone();
    assert!(checks.len() > 5, "{}", ran.shown());
    assert!(
        checks.iter().all(|check| check["state"] != "fail"),
        "{}",
        ran.shown()
    );
}

#[test]
fn results_go_to_standard_output_and_talk_to_standard_error() {
    let home = Home::new();
    let ran = home
        .prober("recurse")
        .input(json!({ "depth": 3 }))
        .in_words()
        .go()
        .exits(0);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.shown());
    assert!(ran.stdout.trim().parse::<u64>().is_ok(), "{}", ran.shown());
    assert!(ran.stderr.contains("done:"), "{}", ran.shown());
}
