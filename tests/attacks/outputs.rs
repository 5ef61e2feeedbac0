//! Outputs that can't be written: a full disk, a reader that has gone. The exit code still tells the truth.

use guildhall_tests::{Home, Run, json};
use std::fs::{File, OpenOptions};
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};

fn full() -> File {
    OpenOptions::new().write(true).open("/dev/full").unwrap()
}

/// The writing end of a pipe that nobody reads.
fn unread() -> OwnedFd {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    drop(reader);
    writer
}

fn with(run: Run<'_>, stdout: impl Into<Stdio>, stderr: impl Into<Stdio>) -> ExitStatus {
    run.command()
        .stdout(stdout)
        .stderr(stderr)
        .status()
        .unwrap()
}

#[test]
fn a_result_that_can_not_be_written_is_not_taken_for_done() {
    let home = Home::new();
    for json in [true, false] {
        let run = home.prober("recurse").input(json!({ "depth": 3 }));
        let run = if json { run } else { run.in_words() };
        let status = with(run, full(), Stdio::null());
        assert_ne!(status.code(), Some(0), "json {json}: the result is lost");
        assert!(status.code().is_some(), "no panic, no signal: {status:?}");
    }
    let status = home
        .command(["inspect".into(), guildhall_tests::guest("prober")])
        .stdout(full())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_ne!(status.code(), Some(0));
}

#[test]
fn a_reader_that_has_gone_does_not_turn_a_failure_into_success() {
    let home = Home::new();
    for json in [true, false] {
        let run = home.prober("fail").input(json!({ "text": "no" }));
        let run = if json { run } else { run.in_words() };
        let status = with(run, unread(), Stdio::null());
        assert_eq!(status.code(), Some(1), "json {json}");
    }
    let refused = home.prober("read").input(json!({ "path": "inbox/a.txt" }));
    assert_eq!(with(refused, unread(), Stdio::null()).code(), Some(4));
    // Where all is well, it is not said to be ill either.
    let done = home.prober("recurse").input(json!({ "depth": 3 }));
    assert_eq!(with(done, unread(), Stdio::null()).code(), Some(0));
}

#[test]
fn talk_that_can_not_be_written_changes_nothing_about_the_work() {
    let home = Home::new();
    let out = home.folder("out");
    let write = |name: &str| {
        home.prober("write")
            .input(json!({ "path": format!("out/{name}"), "text": "x" }))
            .write("out", &out)
            .approve("all")
            .in_words()
    };
    assert_eq!(with(write("a.txt"), Stdio::null(), full()).code(), Some(0));
    assert_eq!(
        with(write("b.txt"), Stdio::null(), unread()).code(),
        Some(0)
    );
    assert_eq!(home.names("out"), ["a.txt", "b.txt"]);
    let failing = home
        .prober("fail")
        .input(json!({ "text": "no" }))
        .in_words();
    assert_eq!(with(failing, Stdio::null(), full()).code(), Some(1));
    let id = home
        .prober("write")
        .input(json!({ "path": "out/c.txt", "text": "x" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let status = home
        .command(["approvals", "approve", &id, "--yes"])
        .stdout(full())
        .stderr(full())
        .status()
        .unwrap();
    assert!(status.code().is_some());
    assert_eq!(
        home.text("out/c.txt").as_deref(),
        Some("x"),
        "it was approved"
    );
    assert_eq!(home.newest()["status"], "committed");
}
