#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use super::*;
use guildhall_package::text::is_unsafe;
use proptest::prelude::*;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

const HOSTILE: &str = "ok\u{1b}[2J\u{1b}]0;x\u{7}\r\n│  Who  your bank\u{202e}\u{200b}";

fn write(path: &str, target: &str, old: Option<&str>, new: &str, reason: &str) -> Value {
    json!({
        "effect": {"index": 0, "requires": [], "facts": {
            "kind": "file-write", "path": path, "location": location(target), "inside": "vat.csv",
            "digest": digest(new), "bytes": new.len(), "replaces": old.map(digest),
        }},
        "summary": format!("write {path}"),
        "reason": reason,
        "preview": {"kind": "text", "target": target, "old": old, "new": new},
    })
}

fn digest(text: &str) -> guildhall_package::Digest {
    guildhall_package::Digest::of(text.as_bytes())
}

/// The card takes this type as it is; nothing of it is shown.
fn location(_: &str) -> Value {
    serde_json::to_value(crate::testing::location()).unwrap()
}

fn card(effects: Vec<Value>, name: &str) -> Card {
    serde_json::from_value(json!({
        "invocation": "0198c0de-f00d-7000-8000-000000000001",
        "skill": {"name": name, "version": "1.2.0", "digest": digest("skill"), "trust": "unsigned-local-file"},
        "operation": "report",
        "effects": effects,
        "inputs": [{"path": "invoices/1.xml", "bytes": 1200}, {"path": "invoices/2.xml", "bytes": 4}],
        "contacted": ["GET https://rates.example (1)"],
        "does_not": ["It cannot make or propose payments.", "It cannot send messages."],
        "effect_set": digest("effects"),
        "expires_at_ms": 604_800_000_i64,
    }))
    .unwrap()
}

fn shown(card: &Card, width: usize) -> Vec<String> {
    let style = CardStyle {
        lines_per_file: 4,
        ..CardStyle::brief(width, Clock::fixed(0))
    };
    render(card, &style)
        .lines
        .iter()
        .map(|line| anstream::adapter::strip_str(line).to_string())
        .collect()
}

#[test]
fn a_card_says_who_what_why_what_was_read_and_what_it_does_not_do() {
    let card = card(
        vec![
            write(
                "reports/vat.csv",
                "/home/ann/out/vat.csv",
                None,
                "rate,total\n19,100\n",
                "Writes the report",
            ),
            write(
                "reports/old.csv",
                "/home/ann/out/old.csv",
                Some("a\nb\n"),
                "a\nc\n",
                "Writes the report",
            ),
        ],
        "acme/vat-report",
    );
    let expected = "\
┌─ Approve what this run wants to do? ──────────────────────────────────────────
│
│  Who       acme/vat-report 1.2.0 — unsigned local file; the name is its own
│            claim
│            component DIGEST, operation report
│
│  What      2 files would be written (1 new, 1 replaced), 22 bytes. Nothing of
│            it has been done yet.
│
│   1  create /home/ann/out/vat.csv
│      18 bytes, a new file; the skill calls it reports/vat.csv
│      why: “Writes the report” (the skill's claim)
│      ┆ + rate,total
│      ┆ + 19,100
│
│   2  replace /home/ann/out/old.csv
│      4 bytes, replaces what is there; the skill calls it reports/old.csv
│      why: “Writes the report” (the skill's claim)
│      ┆   a
│      ┆ - b
│      ┆ + c
│
│  Has read  2 files, 1,204 bytes; if one of them changes before you approve,
│            nothing is written
│            invoices/1.xml
│            invoices/2.xml
│
│  Has asked GET https://rates.example (1)
│
│  Does not  It cannot make or propose payments.
│            It cannot send messages.
│
│  Expires   in 7 days, 1970-01-08 00:00 +00:00
│
└─ run 0198c0de-f00d-7000-8000-000000000001  effects EFFECTS";
    let expected = expected
        .replace("DIGEST", &digest("skill").short())
        .replace("EFFECTS", &digest("effects").short());
    assert_eq!(shown(&card, 80).join("\n"), expected);
}

#[test]
fn text_of_a_skill_cannot_draw_on_the_card() {
    let card = card(
        vec![write(HOSTILE, HOSTILE, Some("a"), HOSTILE, HOSTILE)],
        HOSTILE,
    );
    for width in [40, 80, 120] {
        let lines = shown(&card, width);
        for line in &lines {
            assert!(!line.chars().any(is_unsafe), "{line:?}");
            assert!(line.starts_with(['┌', '│', '└']), "{line:?}");
            assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
        let who = lines
            .iter()
            .filter(|line| line.starts_with("│  Who"))
            .count();
        assert_eq!(who, 1);
    }
}

#[test]
fn every_effect_is_on_the_card_however_many_there_are() {
    let many = (0..300)
        .map(|n| {
            write(
                "out/x",
                &format!("/out/file-{n}"),
                None,
                "a\nb\nc\nd\ne\n",
                "r",
            )
        })
        .collect();
    let text = shown(&card(many, "acme/x"), 80).join("\n");
    for n in 0..300 {
        assert!(text.contains(&format!("create /out/file-{n}\n")), "{n}");
    }
    assert!(
        text.contains("… 1 more line"),
        "a long content is cut visibly"
    );
    assert!(
        text.contains("(its content is not shown here)"),
        "and so are those over the bound"
    );
    assert!(text.contains("Cut       contents are shortened; `guildhall approvals show"));
    assert!(text.contains("300 files would be written (300 new, 0 replaced), 3,000 bytes."));
}

#[test]
fn the_full_card_leaves_nothing_out() {
    let long = format!("{}\n", "x".repeat(5_000)).repeat(30);
    let card = card(vec![write("out/x", "/out/x", None, &long, "r")], "acme/x");
    let full = render(&card, &CardStyle::full(80, Clock::fixed(0)));
    assert!(!full.cut);
    let shown: usize = full
        .lines
        .iter()
        .map(|line| line.matches('x').count())
        .sum();
    assert!(shown >= 30 * 5_000);
    assert!(render(&card, &CardStyle::brief(80, Clock::fixed(0))).cut);
}

#[test]
fn a_card_without_a_manifest_says_so() {
    let mut card = card(vec![], "x");
    card.skill.name = None;
    assert!(
        shown(&card, 80)
            .join("\n")
            .contains("a component without a manifest — unsigned local file")
    );
}

proptest! {
    #[test]
    fn no_line_of_any_card_leaves_its_frame(text in "\\PC{0,80}|.{0,80}", width in 40usize..130) {
        let card = card(vec![write(&text, &text, None, &text, &text)], &text);
        for line in shown(&card, width) {
            prop_assert!(line.starts_with(['┌', '│', '└']));
            prop_assert!(!line.chars().any(is_unsafe));
            prop_assert!(line.width() <= width, "{line:?}");
        }
    }
}
