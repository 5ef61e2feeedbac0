//! Text of strangers on a person's screen: nothing moves the cursor, nothing is hidden or turned round.

use guildhall_tests::{Home, Ran, component, guest, json};
use std::path::PathBuf;

/// Clears the screen, goes up, writes from right to left, hides, and says it all again in one-character forms.
const EVIL: &str =
    "a\u{1b}[2J\u{1b}[1A\u{9b}2Kb\u{202e}txt.exe\u{2066}\u{200b}c\u{7}\u{8}\rd\u{ad}e\u{e0041}";

/// Insists that what was printed can do nothing but be read.
#[track_caller]
pub(crate) fn is_plain(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        let bad = text.chars().find(|c| {
            matches!(*c,
                '\0'..='\u{9}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        });
        assert_eq!(bad, None, "{:?}", text);
    }
}

#[test]
fn a_failure_is_shown_in_plain_characters() {
    let home = Home::new();
    let ran = home
        .prober("fail")
        .input(json!({ "text": EVIL }))
        .in_words()
        .go();
    is_plain(&ran.clone().exits(1));
    assert!(ran.stderr.contains("txt.exe"), "{}", ran.shown());
    let id = home.newest()["invocation"].as_str().unwrap().to_owned();
    is_plain(&home.guildhall(["runs", "show", &id]).exits(0));
}

#[test]
fn an_output_is_shown_in_plain_characters() {
    let home = Home::new();
    let inbox = home.folder("inbox");
    home.put("inbox/a.txt", EVIL);
    let ran = home
        .prober("read")
        .input(json!({ "path": "inbox/a.txt" }))
        .read("inbox", &inbox)
        .in_words()
        .go()
        .exits(0);
    is_plain(&ran);
    // It is JSON all the same, and says the same.
    let back: guildhall_tests::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(back, EVIL);
}

#[test]
fn a_log_line_is_shown_in_plain_characters() {
    let home = Home::new();
    let ran = home
        .prober("note")
        .input(json!({ "text": EVIL }))
        .in_words()
        .go();
    is_plain(&ran.clone().exits(0));
    assert!(ran.stderr.contains("txt.exe"), "{}", ran.shown());
}

#[test]
fn names_of_files_that_would_deceive_are_neither_listed_nor_shown() {
    let home = Home::new();
    let inbox = home.folder("inbox");
    home.put("inbox/good.txt", "fine");
    for name in [
        "bad\u{202e}txt.exe",
        "bad\u{1b}[2J",
        "bad\u{200b}",
        "bad\nname",
    ] {
        std::fs::write(inbox.join(name), "x").unwrap();
    }
    let ran = home
        .prober("list-folder")
        .input(json!({ "folder": "inbox" }))
        .read("inbox", &inbox)
        .go();
    assert_eq!(ran.exits(0).output(), json!(["inbox/good.txt"]));
}

#[test]
fn refusals_quote_what_was_asked_for_in_plain_characters() {
    let home = Home::new();
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    let evil = format!("inbox/{EVIL}");
    for (operation, input) in [
        ("read", json!({ "path": evil })),
        (
            "write",
            json!({ "path": format!("out/{EVIL}"), "text": "x" }),
        ),
        ("list-folder", json!({ "folder": evil })),
        ("recall", json!({ "key": EVIL })),
        (
            "fetch",
            json!({ "method": EVIL, "url": "https://shop.test/", "headers": [], "body": "" }),
        ),
        (
            "fetch",
            json!({ "method": "GET", "url": format!("https://shop.test/{EVIL}"), "headers": [], "body": "" }),
        ),
        (
            "fetch",
            json!({
                "method": "GET", "url": "https://shop.test/",
                "headers": [{ "name": EVIL, "value": EVIL }], "body": "",
            }),
        ),
    ] {
        let ran = home
            .prober(operation)
            .input(input)
            .read("inbox", &inbox)
            .write("out", &out)
            .allow("GET https://shop.test/**")
            .in_words()
            .go();
        assert_eq!(ran.code, Some(1), "{operation}\n{}", ran.shown());
        is_plain(&ran);
        let id = home.newest()["invocation"].as_str().unwrap().to_owned();
        is_plain(&home.guildhall(["runs", "show", &id]).exits(0));
    }
}

#[test]
fn content_on_a_card_shows_what_can_not_be_seen() {
    let home = Home::new();
    let out = home.folder("out");
    home.put("out/a.txt", format!("before {EVIL}\n"));
    let id = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": format!("after {EVIL}\nIBAN\u{a0}DE00 \n") }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    is_plain(&card);
    for part in ["\\u{1b}[2J", "\\u{202e}", "\\u{9b}", "\\u{a0}"] {
        assert!(card.stderr.contains(part), "{part}\n{}", card.shown());
    }
}

#[test]
fn a_card_shows_every_effect_however_many_lines_an_earlier_one_has() {
    let home = Home::new();
    let out = home.folder("out");
    let flood = "nothing to see\n".repeat(5_000);
    let id = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": flood }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    let list = home.guildhall(["approvals", "list"]).exits(0);
    assert!(list.stdout.contains("a.txt"), "{}", list.shown());
    let card = home.guildhall(["approvals", "show", &id]).exits(0);
    assert!(
        card.stderr.contains("Does not"),
        "what comes after is still there"
    );
}

#[test]
fn the_place_of_a_folder_is_shown_in_plain_characters() {
    let home = Home::new();
    let out = home.folder("out\u{202e}tuo\u{1b}[2J");
    let ran = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "x" }))
        .write("out", &out)
        .in_words()
        .go();
    is_plain(&ran.clone().exits(3));
    let id = home.newest()["invocation"].as_str().unwrap().to_owned();
    is_plain(&home.guildhall(["approvals", "show", &id]).exits(0));
    is_plain(&home.guildhall(["approvals", "list"]).exits(0));
}

fn prober_with(home: &Home, description: &str, reason: &str) -> PathBuf {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let (description, reason) = (quoted(description), quoted(reason));
    let manifest = format!(
        r#"
name = "tests/prober"
version = "1.2.3"
description = {description}
licence = "Apache-2.0"
[[capabilities.network]]
methods = ["GET"]
url = "https://shop.test/*"
reason = "Rates."
[[capabilities.files]]
name = "out"
access = "write"
reason = {reason}
[[capabilities.payments]]
payees = ["book:*"]
reason = "Pays."
[[capabilities.messages]]
channels = ["email"]
reason = "Tells."
[capabilities.state]
reason = "Remembers."
"#
    );
    let bytes = std::fs::read(guest("prober")).unwrap();
    home.put("prober.wasm", component::with_manifest(&bytes, &manifest))
}

#[test]
fn words_of_a_manifest_are_refused_or_shown_in_plain_characters() {
    let home = Home::new();
    let out = home.folder("out");
    for evil in [
        "Pay\u{202e}now",
        "Pay\u{1b}[2J now",
        "two\nlines",
        "Pay\u{9b}2Jnow",
        "Pa\u{200b}y",
    ] {
        let skill = prober_with(&home, evil, evil);
        is_plain(&home.guildhall(["inspect".as_ref(), skill.as_os_str()]));
        let ran = home
            .run(&skill, "write")
            .input(json!({ "path": "out/a.txt", "text": "x" }))
            .write("out", &out)
            .in_words()
            .go();
        is_plain(&ran);
        if ran.code == Some(3) {
            let id = home.newest()["invocation"].as_str().unwrap().to_owned();
            let card = home.guildhall(["approvals", "show", &id]).exits(0);
            is_plain(&card);
            assert!(
                card.stderr.contains("(the skill's claim)"),
                "{}",
                card.shown()
            );
            let _ = home.guildhall(["approvals", "reject", &id]).exits(0);
        } else {
            assert_eq!(ran.code, Some(4), "{}", ran.shown());
        }
    }
}

#[test]
fn a_reason_is_marked_as_the_skills_claim_and_can_not_pose_as_the_host() {
    let home = Home::new();
    let out = home.folder("out");
    let claim = "Harmless” (checked by Guildhall). Approve at once";
    let skill = prober_with(&home, "Tries things.", claim);
    let ran = home
        .run(&skill, "write")
        .input(json!({ "path": "out/a.txt", "text": "x" }))
        .write("out", &out)
        .go()
        .exits(3);
    let card = home
        .guildhall(["approvals", "show", &ran.invocation()])
        .exits(0);
    let flat: Vec<&str> = card.stderr.split(['│', '\n']).map(str::trim).collect();
    let flat = flat.join(" ").replace("  ", " ");
    assert!(flat.contains("(the skill's claim)"), "{flat}");
    assert!(
        !flat.contains("Harmless” (checked by Guildhall)"),
        "a quotation mark inside a claim ends the quotation: {flat}"
    );
}

#[test]
fn words_embedded_in_a_component_are_shown_in_plain_characters() {
    let home = Home::new();
    let bytes = std::fs::read(guest("prober")).unwrap();
    let words = json!({ "#echo": format!("Echo {EVIL}") }).to_string();
    let skill = home.put(
        "worded.wasm",
        component::with_section(&bytes, "guildhall:words", words.as_bytes()),
    );
    let ran = home
        .guildhall(["inspect".as_ref(), skill.as_os_str()])
        .exits(0);
    is_plain(&ran);
    assert!(ran.stdout.contains("\\u{202e}txt.exe"), "{}", ran.shown());
}

#[test]
fn arguments_are_quoted_in_plain_characters() {
    let home = Home::new();
    is_plain(&home.guildhall(["inspect", EVIL.trim_matches('\0')]));
    is_plain(
        &home
            .prober("granted")
            .arg("--limit")
            .arg(format!("{EVIL}=1"))
            .in_words()
            .go(),
    );
    is_plain(
        &home
            .prober("granted")
            .arg("--allow-net")
            .arg(EVIL)
            .in_words()
            .go(),
    );
    is_plain(
        &home
            .prober("granted")
            .arg("--read")
            .arg(format!("x={EVIL}"))
            .in_words()
            .go(),
    );
    is_plain(
        &home
            .prober("granted")
            .arg("--input")
            .arg(format!("@{EVIL}"))
            .in_words()
            .go(),
    );
    is_plain(&home.guildhall(["approvals", "show", EVIL]));
    is_plain(&home.guildhall(["runs", "--status", EVIL]));
}
