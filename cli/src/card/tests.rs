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

const IBAN: &str = "DE89370400440532013000";

/// Every text of it that is not a fact of the host is `text`.
fn payment(index: u32, rail: &str, account: &str, amount: &str, text: &str, payee: Value) -> Value {
    let amount: guildhall_host::Amount = amount.parse().unwrap();
    let scheme = if rail == "book" { "book" } else { "iban" };
    json!({
        "effect": {"index": index, "requires": [], "facts": {
            "kind": "payment", "from": "main", "rail": rail, "scheme": scheme, "account": account,
            "payee_name": text, "amount": amount, "document": text, "key": digest(account),
            "requested_date": null, "reason": text,
        }},
        "summary": format!("pay {amount}"),
        "reason": text,
        "preview": {"kind": "opaque", "target": account},
        "payee": payee,
    })
}

fn message(index: u32, requires: &[u32], text: &str) -> Value {
    json!({
        "effect": {"index": index, "requires": requires, "facts": {
            "kind": "message", "channel": "email", "recipient": "billing@acme.example", "subject": text,
            "digest": digest(text), "attachments": [{"path": "advice/1.txt", "bytes": 1204, "digest": digest(text)}],
        }},
        "summary": "send",
        "reason": text,
        "preview": {"kind": "text", "target": "billing@acme.example", "old": null, "new": format!("{text}\n")},
    })
}

fn known() -> Value {
    json!({"kind": "known", "paid_count": 2, "last_paid_ms": 0, "name_before": null})
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
        "asks": [],
        "proposals": [],
        "zone": "Europe/Berlin",
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
                "/data/ann/out/vat.csv",
                None,
                "rate,total\n19,100\n",
                "Writes the report",
            ),
            write(
                "reports/old.csv",
                "/data/ann/out/old.csv",
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
│   1  create /data/ann/out/vat.csv
│      18 bytes, a new file; the skill calls it reports/vat.csv
│      why: “Writes the report” (the skill's claim)
│      ┆ + rate,total
│      ┆ + 19,100
│
│   2  replace /data/ann/out/old.csv
│      4 bytes, replaces what is there; the skill calls it reports/old.csv
│      why: “Writes the report” (the skill's claim)
│      ┆   a
│      ┆ - b
│      ┆ + c
│
│  Has read  2 files, 1,204 bytes; if one of them changes before you approve,
│            nothing is done
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
fn what_the_host_itself_buys_is_no_claim_of_a_skill_and_draws_nothing_either() {
    let bought = payment(0, "book", "market", "EUR 12.00", HOSTILE, known());
    let mut card = card(vec![bought], "licence of acme/shop");
    card.skill.trust = guildhall_host::Trust::HostItself;
    card.skill.version = None;
    for width in [40, 80, 120] {
        let lines = shown(&card, width);
        assert!(lines.iter().all(|line| !line.chars().any(is_unsafe)));
        let words = lines.join(" ").replace('│', " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains("licence of acme/shop — guildhall itself, at your command"),
            "{words}"
        );
        assert!(!words.contains("claim"), "{words}");
    }
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
fn a_payment_is_shown_by_amount_account_and_what_is_known_of_the_payee() {
    let card = card(
        vec![
            payment(3, "bank-file", IBAN, "EUR 1234.50", "INV-1", known()),
            payment(
                4,
                "book",
                "acme",
                "JPY 500",
                "INV-2",
                json!({"kind": "first"}),
            ),
            message(7, &[3], "Remittance advice"),
        ],
        "acme/pay",
    );
    let text = shown(&card, 100).join("\n");
    let expected = "\
│   1  pay EUR 1,234.50 to IBAN DE89 3704 0044 0532 0130 00
│      paid twice before
│      for “INV-1”, in the name of “INV-1” (the skill's claims)
│      from your account main: becomes an order in the next file for your bank
│      as soon as possible
│      it says: “INV-1” (the skill's claim)
│      why: “INV-1” (the skill's claim)
│
│   2  pay JPY 500 to book account acme
│      first payment to this account
│      for “INV-2”, in the name of “INV-2” (the skill's claims)
│      from your account main: recorded here, no bank transfer
│      as soon as possible
│      it says: “INV-2” (the skill's claim)
│      why: “INV-2” (the skill's claim)
│
│   3  send a message by email to billing@acme.example
│      subject: “Remittance advice” (the skill's words)
│      attached: advice/1.txt, 1,204 bytes, sha256 DIGEST
│      why: “Remittance advice” (the skill's claim)
│      ┆ + Remittance advice
│      only after number 1 is done
│"
    .replace("DIGEST", &digest("Remittance advice").short());
    assert!(text.contains(&expected), "{text}");
    assert!(
        text.contains(
            "2 payments would be made, EUR 1,234.50 and JPY 500 in all; 1 message would be sent."
        ),
        "{text}"
    );
}

/// The line of the payee's standing, with its colours.
fn standing_line(payee: Value) -> String {
    let card = card(
        vec![payment(0, "bank-file", IBAN, "EUR 1.00", "INV-1", payee)],
        "acme/pay",
    );
    let style = CardStyle::brief(100, Clock::fixed(0));
    render(&card, &style)
        .lines
        .into_iter()
        .skip_while(|line| !line.contains("pay EUR"))
        .nth(1)
        .unwrap()
}

#[test]
fn a_payee_who_is_not_who_was_paid_before_is_in_plain_sight() {
    let (red, yellow, bold) = ("\u{1b}[31", "\u{1b}[33", "1m");
    let changed = standing_line(json!({
        "kind": "account-changed", "name": "Acme GmbH", "account_before": "iban:DE02120300000000202051",
    }));
    assert!(
        changed.contains("new account: “Acme GmbH” was paid before"),
        "{changed}"
    );
    let imitating = standing_line(json!({
        "kind": "imitates", "name": "Acme GmbH", "account_of_known": "iban:DE02120300000000202051",
    }));
    assert!(
        imitating.contains("the name looks like “Acme GmbH”"),
        "{imitating}"
    );
    for line in [&changed, &imitating] {
        assert!(line.contains(red) && line.contains(bold), "{line:?}");
    }
    let first = standing_line(json!({"kind": "first"}));
    let unknown = standing_line(Value::Null);
    let renamed = standing_line(json!({
        "kind": "known", "paid_count": 1, "last_paid_ms": 0, "name_before": "Acme GmbH",
    }));
    for line in [&first, &unknown, &renamed] {
        assert!(line.contains(yellow) && line.contains(bold), "{line:?}");
    }
    let quiet = standing_line(known());
    assert!(!quiet.contains(red) && !quiet.contains(yellow), "{quiet:?}");
}

#[test]
fn why_a_person_is_asked_and_what_could_be_allowed_stand_on_the_card() {
    let mut asked = crate::testing::card_proposing(vec![crate::testing::payment_scope()]);
    asked.asks = vec!["always asked: first payment to this account".to_owned()];
    let text = shown(&asked, 100).join("\n");
    assert!(
        text.contains("│  Asks you  always asked: first payment to this account\n"),
        "{text}"
    );
    assert!(
        text.contains("│  Allow     You could allow from now on:\n│            · Pay iban:DE89370400440532013000 up to EUR 100.00 a day"),
        "{text}"
    );
    assert!(!shown(&card(vec![], "x"), 80).join("\n").contains("Allow"));
}

#[test]
fn payments_and_messages_cannot_draw_on_the_card_or_close_their_quotation_marks() {
    let text = format!("{HOSTILE}” (a fact)");
    let mut card = card(
        vec![
            payment(
                0,
                "bank-file",
                HOSTILE,
                "EUR 1.00",
                &text,
                json!({
                    "kind": "imitates", "name": text, "account_of_known": HOSTILE,
                }),
            ),
            message(1, &[0, 99], &text),
        ],
        "acme/pay",
    );
    card.asks = vec![HOSTILE.to_owned()];
    for width in [40, 80, 120] {
        let lines = shown(&card, width);
        for line in &lines {
            assert!(!line.chars().any(is_unsafe), "{line:?}");
            assert!(line.starts_with(['┌', '│', '└']), "{line:?}");
            assert!(line.width() <= width, "{} > {width}: {line}", line.width());
        }
    }
    let joined = shown(&card, 120)
        .iter()
        .map(|line| line.trim_start_matches(['│', ' ']))
        .collect::<Vec<_>>()
        .join(" ");
    for label in ["for “", "it says: “", "subject: “", "why: “"] {
        let claim = joined.split(label).nth(1).unwrap();
        let end = claim.find('”').unwrap();
        assert!(
            claim[end..].starts_with("” (the") || claim[end..].starts_with("”, in the name"),
            "{claim}"
        );
    }
}

#[test]
fn facts_that_were_not_kept_are_said_to_be_missing() {
    let effect = json!({
        "effect": {"index": 0, "requires": [], "facts": {"kind": "forgotten", "was": 1}},
        "summary": "a payment", "reason": null, "preview": {"kind": "opaque", "target": ""},
    });
    let text = shown(&card(vec![effect], "x"), 80).join("\n");
    assert!(
        text.contains(" 1  do a payment; its facts are not kept"),
        "{text}"
    );
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
        let effects = vec![
            write(&text, &text, None, &text, &text),
            payment(1, "bank-file", &text, "EUR 1.00", &text, json!({"kind": "first"})),
            message(2, &[1], &text),
        ];
        let card = card(effects, &text);
        for line in shown(&card, width) {
            prop_assert!(line.starts_with(['┌', '│', '└']));
            prop_assert!(!line.chars().any(is_unsafe));
            prop_assert!(line.width() <= width, "{line:?}");
        }
    }
}
