//! Messages of skills to chats: approved, and sent once, by a bot of Telegram and by a number of WhatsApp.

use guildhall_tests::settings::letter;
use guildhall_tests::telegram::{self, Telegram};
use guildhall_tests::whatsapp::{self, Whatsapp};
use guildhall_tests::{Home, Killed, Run, Running, Seed, Value, json};
use std::time::{Duration, Instant};

/// Who is written to.
const CHAT: i64 = 5_001;
const PHONE: &str = "+4930999888";

/// The channel `team`, a bot's.
fn with_bot(telegram: &Telegram) -> Home {
    let home = Home::new();
    home.reaches(&[(telegram::PLACE, telegram.address())]);
    let token = home.told(["secrets", "set", "bot-token"], telegram::TOKEN);
    let _ = token.exits(0);
    let channel = ["--secret", "bot-token", "--base", telegram::PLACE];
    let command = ["messages", "add-telegram", "team"].into_iter();
    let _ = home.guildhall(command.chain(channel)).exits(0);
    home
}

/// The channel `phone`, a number's.
fn with_number(whatsapp: &Whatsapp) -> Home {
    let home = Home::new();
    home.reaches(&[(whatsapp::PLACE, whatsapp.address())]);
    let token = home.told(["secrets", "set", "wa-token"], whatsapp::TOKEN);
    let _ = token.exits(0);
    let channel = ["--secret", "wa-token", "--base", whatsapp::BASE];
    let number = ["--number", whatsapp::NUMBER];
    let command = ["messages", "add-whatsapp", "phone"].into_iter();
    let _ = home
        .guildhall(command.chain(channel).chain(number))
        .exits(0);
    home
}

fn tell<'a>(home: &'a Home, note: &Value) -> Run<'a> {
    let channel = note["channel"].as_str().unwrap();
    home.prober("tell")
        .input(json!({ "note": note }))
        .messages(channel)
}

fn approve(home: &Home, run: &str) -> Running {
    home.start(["approvals", "approve", run, "--yes", "--json"])
}

#[test]
fn an_approved_message_arrives_in_a_chat_once_as_it_was_approved() {
    let telegram = Telegram::start();
    let home = with_bot(&telegram);
    // What would be mark-up elsewhere stays what it is.
    let words = "Grüße, *bold* <b>x</b> [link](https://evil.example)\nzahlbar sofort";
    let note = letter("team", &CHAT.to_string(), words);
    let run = tell(&home, &note).go().exits(3).invocation();
    assert!(
        telegram.asked("sendMessage").is_empty(),
        "nothing before the approval"
    );
    let ran = approve(&home, &run).wait().exits(0).is("committed");
    assert_eq!(ran.json()["effects"][0]["state"], "done");
    let said = telegram.said(CHAT);
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].text, format!("Your invoice\n\n{words}"));
    assert!(said[0].buttons.is_empty());
    let asked = &telegram.asked("sendMessage")[0];
    assert!(asked.get("parse_mode").is_none(), "{asked:#}");
    // Looked at again, and asked for again, it is not sent again.
    let _ = approve(&home, &run).wait().error(4, "not-pending");
    home.serves_the_next_run();
    // What was rejected is not sent.
    let run = tell(&home, &note).go().exits(3).invocation();
    let _ = home.guildhall(["approvals", "reject", &run]).exits(0);
    home.serves_the_next_run();
    assert_eq!(telegram.asked("sendMessage").len(), 1);
    // The token is nowhere that is shown.
    let recorded = home.recorded(&run).to_string();
    assert!(!recorded.contains("AAHdq"), "{recorded}");
}

#[test]
fn an_approved_message_arrives_at_a_phone_once() {
    let whatsapp = Whatsapp::new();
    let home = with_number(&whatsapp);
    let note = letter("phone", PHONE, "paid");
    let run = tell(&home, &note).go().exits(3).invocation();
    assert!(whatsapp.sent().is_empty(), "nothing before the approval");
    let _ = approve(&home, &run).wait().exits(0).is("committed");
    let _ = approve(&home, &run).wait().error(4, "not-pending");
    home.serves_the_next_run();
    let sent = whatsapp.sent();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    assert_eq!(
        sent[0]["to"].as_str().unwrap().trim_start_matches('+'),
        &PHONE[1..]
    );
    assert_eq!(sent[0]["text"]["body"], "Your invoice\n\npaid");
}

/// Kills a command as soon as this is so.
fn killed_when(running: Running, there: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !there() {
        assert!(Instant::now() < deadline, "it did not come to that");
        std::thread::sleep(Duration::from_millis(5));
    }
    let _ = running.kill();
}

/// After the kill: nobody knows whether it was sent, and nobody sends it again.
#[track_caller]
fn stays_unknown(home: &Home, run: &str) {
    for _ in 0..2 {
        home.serves_the_next_run();
        let _ = home.guildhall(["runs", "resolve", run, "--json"]);
    }
    let recorded = home.recorded(run);
    assert_eq!(recorded["outcome"]["status"], "unknown", "{recorded:#}");
}

#[test]
fn a_message_whose_sender_was_killed_before_the_answer_is_unknown_and_not_sent_again() {
    let telegram = Telegram::start();
    let home = with_bot(&telegram);
    let note = letter("team", &CHAT.to_string(), "paid");
    let run = tell(&home, &note).go().exits(3).invocation();
    telegram.holds("sendMessage");
    killed_when(approve(&home, &run), || !telegram.said(CHAT).is_empty());
    telegram.releases();
    stays_unknown(&home, &run);
    assert_eq!(telegram.said(CHAT).len(), 1);

    let whatsapp = Whatsapp::new();
    let home = with_number(&whatsapp);
    let note = letter("phone", PHONE, "paid");
    let run = tell(&home, &note).go().exits(3).invocation();
    whatsapp.holds();
    killed_when(approve(&home, &run), || !whatsapp.sent().is_empty());
    stays_unknown(&home, &run);
    assert_eq!(whatsapp.sent().len(), 1);
}

#[test]
fn a_sender_that_is_killed_at_any_moment_sends_once_or_says_that_it_does_not_know() {
    let telegram = Telegram::start();
    let home = with_bot(&telegram);
    let mut seed = Seed::new();
    for round in 0..8 {
        let words = format!("message {round}.");
        let note = letter("team", &CHAT.to_string(), &words);
        let run = tell(&home, &note).go().exits(3).invocation();
        let moment = seed.within(Duration::from_millis(500));
        let Killed { ran, by_us } = approve(&home, &run).kill_after(moment);
        home.serves_the_next_run();
        let recorded = home.recorded(&run);
        let status = recorded["outcome"]["status"].as_str().unwrap();
        if status == "awaiting_approval" {
            // Killed before anything was decided: it can still be.
            let _ = approve(&home, &run).wait().exits(0).is("committed");
        } else {
            let known = ["committed", "unknown", "partial", "failed"];
            assert!(known.contains(&status), "{recorded:#}");
        }
        let said = telegram.said(CHAT);
        let arrived = said
            .iter()
            .filter(|said| said.text.contains(&words))
            .count();
        let context = format!(
            "round {round}, killed by us: {by_us}, {}\n{recorded:#}",
            ran.shown()
        );
        match status {
            "unknown" => assert!(arrived <= 1, "{arrived} {context}"),
            "failed" | "partial" => assert_eq!(arrived, 0, "{context}"),
            _ => assert_eq!(arrived, 1, "{context}"),
        }
    }
}
