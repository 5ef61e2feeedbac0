//! A person before a terminal.

use guildhall_tests::terminal::{CTRL_C, DOWN, ENTER, ESCAPE, Terminal, UP};
use guildhall_tests::{Home, json};

/// Above `Later`, under which the cursor is at first: `Reject`, `Approve, and from now on`, `Approve once`.
const REJECT: &[&str] = &[UP, ENTER];
const FROM_NOW_ON: &[&str] = &[UP, UP, ENTER];
const ONCE: &[&str] = &[UP, UP, UP, ENTER];

fn at_the_card(home: &Home) -> Terminal {
    let out = home.folder("out");
    home.put("out/list.txt", "one\ntwo\n");
    let command = home
        .prober("write")
        .input(json!({ "path": "out/list.txt", "text": "one\n2\n" }))
        .write("out", &out)
        .in_words()
        .command();
    let terminal = Terminal::start(command);
    terminal.wait_for("Your decision");
    terminal
}

#[test]
fn a_person_sees_the_card_and_approves_at_the_prompt() {
    let home = Home::new();
    let mut terminal = at_the_card(&home);
    let card = terminal.text();
    for part in [
        "Approve what this run wants to do?",
        "unsigned local file",
        "list.txt",
        "- two",
        "+ 2",
        "It moves no money",
    ] {
        assert!(card.contains(part), "{part}\n{card}");
    }
    assert_eq!(
        home.text("out/list.txt").as_deref(),
        Some("one\ntwo\n"),
        "before the answer"
    );
    terminal.press(ONCE);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("1 effect performed"), "{screen}");
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\n2\n"));
    assert_eq!(home.newest()["status"], "committed");
}

#[test]
fn a_person_allows_from_now_on_at_the_prompt_until_a_day() {
    let home = Home::new();
    let mut terminal = at_the_card(&home);
    let card = terminal.text();
    let offered =
        "Approve, and from now on without asking: Write or replace 1 file a day directly in";
    assert!(card.contains(offered), "{card}");
    terminal.press(FROM_NOW_ON);
    terminal.wait_for("Until which day");
    // Nothing is done before the day is said, and a day that has passed is not taken.
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\ntwo\n"));
    terminal.press(&["2020-01-01", ENTER]);
    terminal.wait_for("that day is over");
    for _ in 0.."2020-01-01".len() {
        terminal.press(&["\u{7f}"]);
    }
    terminal.press(&["2999-12-31", ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert!(screen.contains("from now on: "), "{screen}");
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\n2\n"));
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    let given = &list["mandates"][0];
    assert_eq!(given["used"], 1, "{list:#}");
    let words = given["words"].as_str().unwrap();
    assert!(words.ends_with("until 2999-12-31"), "{words}");
}

#[test]
fn who_turns_back_at_the_day_has_decided_nothing() {
    let home = Home::new();
    let mut terminal = at_the_card(&home);
    terminal.press(FROM_NOW_ON);
    terminal.wait_for("Until which day");
    terminal.press(&[ESCAPE]);
    // The same question again.
    std::thread::sleep(std::time::Duration::from_millis(500));
    terminal.press(&[ESCAPE]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(3), "{screen}");
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\ntwo\n"));
    assert_eq!(home.waiting().len(), 1);
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    assert_eq!(list, json!({ "mandates": [] }));
}

#[test]
fn money_is_approved_at_the_prompt() {
    let home = Home::with_till(10_000);
    let order = guildhall_tests::money::order("book:acme", 1_250, "INV-1");
    let command = home.pay(order).money("EUR 50.00").in_words().command();
    let mut terminal = Terminal::start(command);
    terminal.wait_for("Your decision");
    let card = terminal.text();
    for part in [
        "pay EUR 12.50 to book account acme",
        "first payment to this account",
        "Approve once: do exactly what the card shows",
        "Reject: never do it",
        "Later: leave it waiting",
    ] {
        assert!(card.contains(part), "{part}\n{card}");
    }
    assert_eq!(home.balance("acme"), (0, 0), "before the answer");
    terminal.press(ONCE);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(home.balance("acme"), (1_250, 0));
    assert_eq!(
        home.guildhall(["mandates", "--json"]).json(),
        json!({ "mandates": [] })
    );
}

#[test]
fn a_person_rejects_at_the_prompt() {
    let home = Home::new();
    let mut terminal = at_the_card(&home);
    terminal.press(REJECT);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(3), "{screen}");
    assert!(screen.contains("rejected"), "{screen}");
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\ntwo\n"));
    assert!(home.waiting().is_empty());
}

#[test]
fn enter_alone_escape_and_ctrl_c_approve_nothing() {
    for keys in [&[ENTER], &[ESCAPE], &[CTRL_C]] {
        let home = Home::new();
        let mut terminal = at_the_card(&home);
        terminal.press(keys);
        let (code, screen) = terminal.wait();
        assert_eq!(code, Some(3), "{keys:?}\n{screen}");
        assert_eq!(home.text("out/list.txt").as_deref(), Some("one\ntwo\n"));
        assert_eq!(home.waiting().len(), 1, "{keys:?}: it waits\n{screen}");
    }
}

#[test]
fn what_waits_can_be_approved_at_the_prompt_later() {
    let home = Home::new();
    let mut terminal = at_the_card(&home);
    terminal.press(&[ENTER]);
    let _ = terminal.wait();
    let id = home.waiting()[0]["invocation"].as_str().unwrap().to_owned();
    let mut terminal = Terminal::start(home.command(["approvals", "approve", &id]));
    terminal.wait_for("Your decision");
    // The list goes round: below the last answer is the first.
    terminal.press(&[DOWN, ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\n2\n"));
}

#[test]
fn a_terminal_that_is_closed_over_the_card_leaves_it_waiting() {
    let home = Home::new();
    drop(at_the_card(&home));
    assert_eq!(home.text("out/list.txt").as_deref(), Some("one\ntwo\n"));
    assert_eq!(home.waiting().len(), 1);
}

#[test]
fn colours_are_for_terminals() {
    let home = Home::new();
    let command = home.command(["inspect".into(), guildhall_tests::guest("prober")]);
    let terminal = Terminal::start(command);
    terminal.wait_for("It cannot");
    assert!(terminal.raw().contains("\u{1b}["), "{:?}", terminal.raw());
    let mut command = home.command(["inspect".into(), guildhall_tests::guest("prober")]);
    command.env("NO_COLOR", "1");
    let piped = guildhall_tests::Running::start(command).wait().exits(0);
    assert!(!piped.stdout.contains('\u{1b}'));
}
