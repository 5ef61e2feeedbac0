//! The three forms of `--input`.

use guildhall_tests::{Home, json};
use std::io::Write;
use std::process::Stdio;

#[test]
fn input_is_taken_from_the_command_line_a_file_or_standard_input() {
    let home = Home::new();
    let text = json!({ "text": "Grüße" }).to_string();
    let direct = home.prober("fail").arg("--input").arg(&text).go();
    assert_eq!(direct.exits(1).json()["failure"]["value"], "Grüße");

    let file = home.put("input.json", &text);
    let from_file = home
        .prober("fail")
        .arg("-i")
        .arg(format!("@{}", file.display()))
        .go();
    assert_eq!(from_file.exits(1).json()["failure"]["value"], "Grüße");

    let mut command = home.prober("fail").arg("--input").arg("-").command();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let ended = child.wait_with_output().unwrap();
    let object: guildhall_tests::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(object["failure"]["value"], "Grüße");
}

#[test]
fn an_operation_without_parameters_needs_no_input() {
    let home = Home::new();
    assert_eq!(home.prober("granted").go().exits(0).output(), json!([]));
}

#[test]
fn a_missing_input_file_is_named() {
    let home = Home::new();
    let ran = home.prober("fail").arg("--input").arg("@nowhere.json").go();
    assert!(
        ran.error(2, "input").contains("nowhere.json"),
        "{}",
        ran.shown()
    );
}
