//! Granted files: read, listed, and seen as the run itself has staged them.

use guildhall_tests::{Home, json};

#[test]
fn a_granted_folder_is_listed_and_read() {
    let home = Home::new();
    let inbox = home.folder("inbox");
    home.put("inbox/a.txt", "alpha");
    home.put("inbox/sub/b.txt", "beta");
    let list = |folder: &str| {
        home.prober("list-folder")
            .input(json!({ "folder": folder }))
            .read("inbox", &inbox)
            .go()
            .exits(0)
            .output()
    };
    assert_eq!(list("inbox"), json!(["inbox/a.txt", "inbox/sub"]));
    assert_eq!(list("inbox/sub"), json!(["inbox/sub/b.txt"]));
    let read = home
        .prober("read")
        .input(json!({ "path": "inbox/sub/b.txt" }))
        .read("inbox", &inbox)
        .go()
        .exits(0);
    assert_eq!(read.output(), "beta");
    assert_eq!(read.json()["usage"]["bytes_in"], 4);
    let part = home
        .prober("read-range")
        .input(json!({ "path": "inbox/a.txt", "offset": 1, "length": 3 }))
        .read("inbox", &inbox)
        .go();
    assert_eq!(part.exits(0).output(), "lph");
}

#[test]
fn one_file_can_be_granted_alone() {
    let home = Home::new();
    let file = home.put("inbox/a.txt", "alpha");
    home.put("inbox/b.txt", "beta");
    let ran = home
        .prober("read")
        .input(json!({ "path": "invoice" }))
        .read("invoice", &file)
        .go();
    assert_eq!(ran.exits(0).output(), "alpha");
    let granted = home.prober("granted").read("invoice", &file).go();
    assert_eq!(granted.exits(0).output(), json!(["invoice"]));
}

#[test]
fn what_was_read_is_named_on_the_card_and_copied_as_it_was() {
    let home = Home::new();
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    home.put("inbox/a.txt", "alpha");
    let ran = home
        .prober("copy")
        .input(json!({ "source": "inbox/a.txt", "target": "out/copy.txt" }))
        .read("inbox", &inbox)
        .write("out", &out)
        .go()
        .exits(3);
    let id = ran.invocation();
    let card = home
        .guildhall(["approvals", "show", &id, "--json"])
        .exits(0)
        .json();
    assert_eq!(
        card["inputs"],
        json!([{ "path": "inbox/a.txt", "bytes": 5 }])
    );
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    assert_eq!(home.text("out/copy.txt").as_deref(), Some("alpha"));
    assert_eq!(home.text("inbox/a.txt").as_deref(), Some("alpha"));
}

#[test]
fn one_name_may_stand_for_reading_and_writing_the_same_folder() {
    let home = Home::new();
    let data = home.folder("data");
    home.put("data/a.txt", "alpha");
    let ran = home
        .prober("copy")
        .input(json!({ "source": "data/a.txt", "target": "data/b.txt" }))
        .read("data", &data)
        .write("data", &data)
        .approve("all")
        .go();
    let _ = ran.exits(0).is("committed");
    assert_eq!(home.text("data/b.txt").as_deref(), Some("alpha"));
}

#[test]
fn a_run_that_fails_or_is_stopped_stages_nothing() {
    let home = Home::new();
    let out = home.folder("out");
    let failed = home
        .prober("write-then-fail")
        .input(json!({ "path": "out/never.txt" }))
        .write("out", &out)
        .approve("all")
        .go()
        .exits(1)
        .is("failed");
    assert_eq!(failed.json()["effects"], json!([]));
    let stopped = home
        .prober("write-then-spin")
        .input(json!({ "path": "out/never.txt" }))
        .write("out", &out)
        .limit("wall-ms", 300)
        .approve("all")
        .go();
    stopped.stopped_by("wall-ms");
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert!(home.waiting().is_empty());
}

#[test]
fn a_grant_of_something_that_is_not_there_is_said_before_the_run() {
    let home = Home::new();
    let nowhere = home.path().join("nowhere");
    let read = home.prober("granted").read("inbox", &nowhere).go();
    assert!(
        read.error(2, "grant").contains("nowhere"),
        "{}",
        read.shown()
    );
    let write = home.prober("granted").write("out", &nowhere).go();
    assert!(
        write.error(2, "grant").contains("mkdir"),
        "{}",
        write.shown()
    );
    assert!(!home.home().exists(), "nothing ran");
}
