//! Undoing a run: what can be taken back is, and what can't is said.

use guildhall_tests::settings::{bank_order, letter, order};
use guildhall_tests::terminal::{ENTER, Terminal};
use guildhall_tests::{Home, Peer, Ran, Reply, Run, Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

const HOOK_KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A run that writes this text to out/a.txt, done.
fn written(home: &Home, text: &str) -> String {
    let out = home.folder("out");
    home.prober("write")
        .input(json!({ "path": "out/a.txt", "text": text }))
        .write("out", &out)
        .approve("all")
        .go()
        .exits(0)
        .invocation()
}

fn undo(home: &Home, id: &str) -> Ran {
    home.guildhall(["undo", id, "--yes", "--json"])
}

/// Each effect of an undo, last one first: whether it is undone, and what is said of it.
fn lines(ran: &Ran) -> Vec<(bool, String)> {
    let json = ran.json();
    let effects = json["effects"].as_array().unwrap();
    effects
        .iter()
        .map(|line| {
            let detail = line["detail"].as_str().unwrap().to_owned();
            (line["undone"].as_bool().unwrap(), detail)
        })
        .collect()
}

/// Insists that the one effect was undone, or was not, with these words.
#[track_caller]
fn says(ran: &Ran, undone: bool, words: &str) {
    let expected = if undone { 0 } else { 6 };
    assert_eq!(ran.code, Some(expected), "exit code\n{}", ran.shown());
    let lines = lines(ran);
    assert_eq!(lines.len(), 1, "{}", ran.shown());
    assert_eq!(lines[0].0, undone, "{}", ran.shown());
    assert!(lines[0].1.contains(words), "{}", ran.shown());
}

fn mode(home: &Home, name: &str) -> u32 {
    let metadata = fs::metadata(home.path().join(name)).unwrap();
    metadata.permissions().mode() & 0o7777
}

#[test]
fn a_file_that_a_run_made_is_removed() {
    let home = Home::new();
    home.put("out/other.txt", "mine");
    let id = written(&home, "new");
    says(&undo(&home, &id), true, "removed");
    assert_eq!(home.names("out"), ["other.txt"]);
    // Once more is harmless, also where somebody else has put a file there since, even the same one.
    home.put("out/a.txt", "new");
    says(&undo(&home, &id), true, "undone before");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
    assert_eq!(home.recorded(&id)["outcome"]["status"], "committed");
    home.serves_the_next_run();
}

#[test]
fn a_file_that_a_run_replaced_gets_back_its_bytes_and_its_mode() {
    let home = Home::new();
    let before: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    for bits in [0o640, 0o755, 0o600] {
        let file = home.put("out/a.txt", &before);
        fs::set_permissions(&file, fs::Permissions::from_mode(bits)).unwrap();
        let id = written(&home, "new");
        assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
        says(&undo(&home, &id), true, "what it held before");
        assert!(fs::read(&file).unwrap() == before, "the bytes are back");
        assert_eq!(mode(&home, "out/a.txt"), bits);
        assert_eq!(home.names("out"), ["a.txt"], "no hidden file is left");
        says(&undo(&home, &id), true, "undone before");
        assert!(fs::read(&file).unwrap() == before);
    }
}

#[test]
fn a_file_that_was_changed_since_is_kept_and_said() {
    let home = Home::new();
    let made = written(&home, "new");
    home.put("out/a.txt", "mine");
    says(&undo(&home, &made), false, "changed since");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("mine"));
    let words = home.guildhall(["undo", &made, "--yes"]).exits(6);
    assert!(
        words.stdout.contains("not undone: create out/a.txt"),
        "{}",
        words.shown()
    );
    // As the run left it again, it can be undone after all.
    home.put("out/a.txt", "new");
    says(&undo(&home, &made), true, "removed");

    home.put("out/a.txt", "old");
    let replaced = written(&home, "newer");
    fs::remove_file(home.path().join("out/a.txt")).unwrap();
    says(&undo(&home, &replaced), false, "changed since");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn an_undo_follows_no_link_and_no_other_folder() {
    let home = Home::new();
    let file = home.put("out/a.txt", "old");
    let id = written(&home, "new");
    // The same content, but by a link to somewhere else.
    let elsewhere = home.put("elsewhere.txt", "new");
    fs::remove_file(&file).unwrap();
    symlink(&elsewhere, &file).unwrap();
    let ran = undo(&home, &id).exits(6);
    assert!(!lines(&ran)[0].0, "{}", ran.shown());
    assert_eq!(home.text("elsewhere.txt").as_deref(), Some("new"));
    assert!(file.is_symlink());

    let home = Home::new();
    let id = written(&home, "new");
    fs::rename(home.path().join("out"), home.path().join("moved")).unwrap();
    home.put("out/a.txt", "new");
    let ran = undo(&home, &id).exits(6);
    assert!(!lines(&ran)[0].0, "{}", ran.shown());
    assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
    assert_eq!(home.text("moved/a.txt").as_deref(), Some("new"));
    home.serves_the_next_run();
}

#[test]
fn runs_that_wrote_one_file_are_undone_from_the_last_to_the_first() {
    let home = Home::new();
    let ids: Vec<String> = ["one", "two", "three"]
        .map(|text| written(&home, text))
        .into();
    says(&undo(&home, &ids[0]), false, "changed since");
    says(&undo(&home, &ids[2]), true, "what it held before");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("two"));
    says(&undo(&home, &ids[1]), true, "what it held before");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("one"));
    says(&undo(&home, &ids[0]), true, "removed");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

fn pays<'a>(home: &'a Home, order: &Value) -> Run<'a> {
    home.prober("pay")
        .input(json!({ "order": order }))
        .arg("--pay")
        .arg("EUR 50.00")
}

fn holds(home: &Home) -> Vec<Value> {
    let list = home
        .guildhall(["wallet", "holds", "--json"])
        .exits(0)
        .json();
    list["holds"].as_array().unwrap().clone()
}

#[test]
fn an_order_that_the_bank_does_not_have_is_withdrawn_and_can_be_placed_again() {
    let home = Home::new();
    home.has_bank();
    let limit = ["wallet", "limit", "main", "EUR 20.00", "--per", "day"];
    let _ = home.guildhall(limit).exits(0);
    let id = pays(&home, &bank_order("INV-1"))
        .approve("all")
        .go()
        .exits(0)
        .invocation();
    assert_eq!(holds(&home)[0]["bank"], "queued");
    assert_eq!(home.available("main"), -1_500);
    // The document is taken, and so is most of the day's limit.
    pays(&home, &bank_order("INV-1"))
        .approve("all")
        .go()
        .refused_by("payments.already-ordered");
    says(&undo(&home, &id), true, "withdrawn");
    assert_eq!(holds(&home), Vec::<Value>::new());
    assert_eq!(home.available("main"), 0);
    says(&undo(&home, &id), true, "undone before");
    assert_eq!(home.available("main"), 0, "its money is given back once");
    let nothing = home.guildhall(["wallet", "export", "main", "--out", "bank.xml", "--json"]);
    assert_eq!(nothing.code, Some(0), "{}", nothing.shown());
    assert!(!home.path().join("bank.xml").exists(), "nothing waits");

    let again = pays(&home, &bank_order("INV-1"))
        .approve("all")
        .go()
        .exits(0)
        .invocation();
    let _ = home
        .guildhall(["wallet", "export", "main", "--out", "bank.xml"])
        .exits(0);
    let file = home.text("bank.xml").unwrap();
    assert_eq!(file.matches("<CdtTrfTxInf>").count(), 1, "{file}");
    says(&undo(&home, &again), false, "in a file for the bank");
    assert_eq!(home.available("main"), -1_500);
    says(&undo(&home, &id), true, "undone before");
}

#[test]
fn what_has_left_can_not_be_undone_and_each_of_it_is_said() {
    let home = Home::new();
    home.has_till("100.00");
    let peer = Peer::tls(&["books.test"], |_| Reply::text("thanks"));
    home.reaches(&[("books.test:443", peer.address())]);
    home.has_webhook("https://books.test/in", HOOK_KEY);
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    home.put("inbox/a.txt", "INV-1");
    let id = home
        .prober("pay-write-and-tell")
        .input(json!({
            "source": "inbox/a.txt", "order": order(""), "target": "out/paid.txt",
            "note": letter("books", "books@example.com", "paid"),
        }))
        .read("inbox", &inbox)
        .write("out", &out)
        .arg("--pay")
        .arg("EUR 50.00")
        .arg("--message")
        .arg("books")
        .approve("all")
        .go()
        .exits(0)
        .invocation();
    let ran = undo(&home, &id).exits(6);
    let lines = lines(&ran);
    let [message, payment, file] = &lines[..] else {
        panic!("three effects, the last one first\n{}", ran.shown());
    };
    assert!(
        !message.0 && message.1.contains("has been sent"),
        "{}",
        ran.shown()
    );
    assert!(
        !payment.0 && payment.1.contains("ask the payee to send it back"),
        "{}",
        ran.shown()
    );
    assert!(file.0, "{}", ran.shown());
    assert_eq!(
        home.names("out"),
        Vec::<String>::new(),
        "what could be undone is"
    );
    assert_eq!(home.available("supplier"), 1_500);
    assert_eq!(peer.lines(), ["POST /in"], "no second message");
    let words = home.guildhall(["undo", &id, "--yes"]).exits(6);
    assert_eq!(
        words.stdout.matches("not undone:").count(),
        2,
        "{}",
        words.shown()
    );
}

#[test]
fn a_live_write_can_not_be_undone_and_is_not_called_nothing() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("ordered"));
    let id = home
        .prober("fetch")
        .input(json!({ "method": "POST", "url": "https://shop.test/orders", "headers": [], "body": "one" }))
        .allow("POST https://shop.test/orders")
        .peer("shop.test:443", &peer)
        .go()
        .exits(0)
        .invocation();
    let words = home.guildhall(["undo", &id, "--yes"]);
    let said = format!("{}{}", words.stdout, words.stderr);
    assert!(!said.contains("changed nothing"), "{}", words.shown());
    assert!(said.contains("shop.test"), "{}", words.shown());
    assert_eq!(
        words.code,
        Some(6),
        "not everything is undone\n{}",
        words.shown()
    );
    assert_eq!(peer.lines(), ["POST /orders"]);
}

#[test]
fn a_run_that_waits_is_not_undone_and_its_card_stays() {
    let home = Home::new();
    let out = home.folder("out");
    let id = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "new" }))
        .write("out", &out)
        .go()
        .exits(3)
        .invocation();
    says(&undo(&home, &id), false, "reject its card");
    assert_eq!(home.waiting().len(), 1);
    let _ = home
        .guildhall(["approvals", "approve", &id, "--yes"])
        .exits(0);
    assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
}

#[test]
fn a_run_that_did_nothing_has_nothing_to_undo() {
    let home = Home::new();
    let out = home.folder("out");
    let id = home
        .prober("write")
        .input(json!({ "path": "out/a.txt", "text": "new" }))
        .write("out", &out)
        .approve("none")
        .go()
        .exits(3)
        .invocation();
    says(&undo(&home, &id), true, "never done");
    let pure = home.prober("granted").go().exits(0).invocation();
    let words = home.guildhall(["undo", &pure, "--yes"]).exits(0);
    assert!(
        words.stderr.contains("nothing to undo"),
        "{}",
        words.shown()
    );
}

#[test]
fn a_run_of_another_home_or_of_nobody_is_not_found() {
    let (home, other) = (Home::new(), Home::new());
    let id = written(&home, "new");
    other.serves_the_next_run();
    for id in [&id, "0198c0de-f00d-7000-8000-000000000000"] {
        let _ = undo(&other, id).error(2, "not-found");
    }
    let _ = home.guildhall(["undo", "abc", "--yes", "--json"]).exits(2);
    assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
    says(&undo(&home, &id), true, "removed");
}

#[test]
fn an_undo_is_asked_about_and_no_answer_is_no() {
    let home = Home::new();
    let id = written(&home, "new");
    let ran = home.guildhall(["undo", &id, "--json"]);
    assert!(
        ran.error(2, "no-terminal").contains("--yes"),
        "{}",
        ran.shown()
    );
    let mut terminal = Terminal::start(home.command(["undo", &id]));
    terminal.wait_for("Undo this run?");
    assert!(
        terminal.text().contains("create out/a.txt"),
        "{}",
        terminal.text()
    );
    terminal.press(&["n", ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(3), "{screen}");
    assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
    let mut terminal = Terminal::start(home.command(["undo", &id]));
    terminal.wait_for("Undo this run?");
    terminal.press(&["y", ENTER]);
    let (code, screen) = terminal.wait();
    assert_eq!(code, Some(0), "{screen}");
    assert_eq!(home.names("out"), Vec::<String>::new());
}

#[test]
fn what_a_run_did_not_keep_can_not_be_given_back_and_is_said() {
    for retention in ["hashes", "none"] {
        let home = Home::new();
        let out = home.folder("out");
        home.put("out/a.txt", "old");
        let id = home
            .prober("write")
            .input(json!({ "path": "out/a.txt", "text": "new" }))
            .write("out", &out)
            .arg("--retention")
            .arg(retention)
            .approve("all")
            .go()
            .exits(0)
            .invocation();
        says(&undo(&home, &id), false, "did not keep it");
        assert_eq!(home.text("out/a.txt").as_deref(), Some("new"));
    }
}

#[test]
fn several_who_undo_one_run_undo_it_once() {
    let home = Home::new();
    home.has_bank();
    home.put("out/a.txt", "old");
    let file = written(&home, "new");
    let order = pays(&home, &bank_order("INV-1"))
        .approve("all")
        .go()
        .exits(0)
        .invocation();
    let all: Vec<_> = (0..6)
        .map(|index| {
            let id = if index % 2 == 0 { &file } else { &order };
            home.start(["undo", id, "--yes", "--json"])
        })
        .collect();
    let ends: Vec<Ran> = all
        .into_iter()
        .map(guildhall_tests::Running::wait)
        .collect();
    for ran in &ends {
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
    }
    assert_eq!(home.text("out/a.txt").as_deref(), Some("old"));
    assert_eq!(home.names("out"), ["a.txt"]);
    assert_eq!(home.available("main"), 0);
}

#[test]
fn an_order_is_withdrawn_or_in_the_file_and_never_both() {
    for round in 0..6 {
        let home = Home::new();
        home.has_bank();
        let id = pays(&home, &bank_order("INV-1"))
            .approve("all")
            .go()
            .exits(0)
            .invocation();
        let export = home.start(["wallet", "export", "main", "--out", "bank.xml", "--json"]);
        std::thread::sleep(std::time::Duration::from_millis(round * 2));
        let undone = undo(&home, &id);
        let export = export.wait().exits(0);
        let in_file = home.path().join("bank.xml").exists();
        assert_eq!(
            undone.code == Some(0),
            !in_file,
            "{}\n{}",
            undone.shown(),
            export.shown()
        );
        assert_eq!(home.available("main"), if in_file { -1_500 } else { 0 });
    }
}

#[test]
fn an_undo_that_was_killed_is_finished_by_the_next_one() {
    let whole = {
        let home = Home::new();
        home.put("out/a.txt", "old");
        let id = written(&home, "new");
        undo(&home, &id).exits(0).took
    };
    for share in [0.3, 0.5, 0.6, 0.7, 0.8, 0.9] {
        let home = Home::new();
        home.put("out/a.txt", "old");
        let id = written(&home, "new");
        let running = home.start(["undo", &id, "--yes", "--json"]);
        std::thread::sleep(whole.mul_f64(share));
        let _ = running.kill();
        let ran = undo(&home, &id).exits(0);
        assert!(lines(&ran)[0].0, "{}", ran.shown());
        assert_eq!(home.text("out/a.txt").as_deref(), Some("old"), "{share}");
        assert_eq!(home.names("out"), ["a.txt"], "{share}");
    }
}
