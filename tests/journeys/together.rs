//! Several commands at the same time, in one home.

use guildhall_tests::{Home, Running, json};

#[test]
fn the_first_commands_of_a_home_may_come_all_at_once() {
    let home = Home::new();
    let all: Vec<Running> = (0..6)
        .map(|_| home.prober("recurse").input(json!({ "depth": 3 })).start())
        .collect();
    for running in all {
        assert_eq!(running.wait().exits(0).output(), 6);
    }
    let runs = home.guildhall(["runs", "--json"]).exits(0).json();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 6);
}

#[test]
fn runs_that_write_at_the_same_time_do_not_disturb_each_other() {
    let home = Home::new();
    let out = home.folder("out");
    let all: Vec<Running> = (0..10)
        .map(|index| {
            home.prober("remember-and-write")
                .input(json!({
                    "key": format!("k{index}"),
                    "value": format!("v{index}"),
                    "path": format!("out/{index}.txt"),
                }))
                .write("out", &out)
                .approve("all")
                .start()
        })
        .collect();
    for running in all {
        let _ = running.wait().exits(0).is("committed");
    }
    for index in 0..10 {
        let value = format!("v{index}");
        assert_eq!(
            home.text(&format!("out/{index}.txt")).as_ref(),
            Some(&value)
        );
        let recalled = home
            .prober("recall")
            .input(json!({ "key": format!("k{index}") }))
            .go();
        assert_eq!(recalled.exits(0).output(), json!(value));
    }
}

#[test]
fn of_two_cards_for_the_same_file_the_second_is_refused() {
    let home = Home::new();
    let out = home.folder("out");
    let park = |text: &str| {
        home.prober("write")
            .input(json!({ "path": "out/a.txt", "text": text }))
            .write("out", &out)
            .go()
            .exits(3)
            .invocation()
    };
    let (first, second) = (park("first"), park("second"));
    assert_eq!(home.waiting().len(), 2);
    let _ = home
        .guildhall(["approvals", "approve", &first, "--yes"])
        .exits(0);
    let ran = home
        .guildhall(["approvals", "approve", &second, "--yes", "--json"])
        .exits(4)
        .is("refused");
    let _ = ran.refusal("files.target-changed");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("first"));
}

#[test]
fn a_large_file_is_staged_shown_approved_and_written_whole() {
    let home = Home::new();
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    let large: Vec<u8> = (0..40_u32 << 20)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    home.put("inbox/large.bin", &large);
    let id = home
        .prober("copy")
        .input(json!({ "source": "inbox/large.bin", "target": "out/large.bin" }))
        .read("inbox", &inbox)
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    assert!(card.stderr.contains("can't be shown"), "{}", card.shown());
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    assert!(std::fs::read(out.join("large.bin")).unwrap() == large);
}
