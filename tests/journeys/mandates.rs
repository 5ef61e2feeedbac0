//! What a person allows from now on: given with an approval or by itself, used, counted, listed, taken back.

use guildhall_tests::money::order;
use guildhall_tests::settings::letter;
use guildhall_tests::{Home, Ran, Run, Running, Sink, Value, guest, json};

/// A day to come, as `YYYY-MM-DD`.
fn in_a_month() -> String {
    let date = std::process::Command::new("date")
        .args(["-u", "-d", "+30 days", "+%F"])
        .output()
        .unwrap();
    String::from_utf8(date.stdout).unwrap().trim().to_owned()
}

/// A payment to book:acme under a grant of EUR 50; whoever is asked is not there.
fn pay(home: &Home, minor: i64, document: &str) -> Ran {
    home.pay(order("book:acme", minor, document))
        .money("EUR 50.00")
        .go()
}

/// Insists that a person is asked, and returns why.
#[track_caller]
fn asks(ran: &Ran) -> String {
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    assert_eq!(ran.status(), "awaiting_approval");
    let json = ran.json();
    let asks = json["asks"].as_array().cloned().unwrap_or_default();
    let asks: Vec<&str> = asks.iter().filter_map(Value::as_str).collect();
    asks.join("\n")
}

#[test]
fn a_mandate_that_is_given_with_an_approval_pays_from_then_on_up_to_its_limit() {
    let home = Home::with_till(10_000);
    let until = in_a_month();
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let words = home.card_in_words(&id);
    let offer = "You could allow from now on: · Pay book:acme up to EUR 12.50 a day without asking";
    assert!(words.contains(offer), "{words}");
    let ran = home
        .guildhall([
            "approvals",
            "approve",
            &id,
            "--as-mandate",
            "--limit",
            "EUR 30.00",
            "--per",
            "week",
            "--until",
            &until,
            "--yes",
            "--json",
        ])
        .exits(0)
        .is("committed");
    assert_eq!(home.balance("acme"), (1_250, 0), "{}", ran.shown());

    // What was approved with it counts already.
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    let given = &list["mandates"][0];
    let id = given["mandate"]["id"].as_str().unwrap().to_owned();
    let scope = &given["mandate"]["scope"];
    assert_eq!(scope["kind"], "payment", "{list:#}");
    assert_eq!(scope["account"], "acme");
    assert_eq!(scope["limit_minor"], 3_000);
    assert_eq!(scope["per"], "week");
    assert_eq!(home.used(&id), 1_250);

    let ran = pay(&home, 1_250, "INV-2").exits(0).is("committed");
    assert_eq!(home.balance("acme"), (2_500, 0), "{}", ran.shown());
    assert_eq!(home.used(&id), 2_500);
    let receipt = home.guildhall(["receipts", "show", &ran.invocation()]);
    let receipt = receipt.exits(0).stdout;
    assert!(
        receipt.contains(&format!("approve by mandate {id}")),
        "{receipt}"
    );

    let why = asks(&pay(&home, 501, "INV-3"));
    for part in [
        "EUR 30.00",
        "EUR 25.00 are used",
        "EUR 5.01 more do not fit",
    ] {
        assert!(why.contains(part), "{part}\n{why}");
    }
    assert_eq!(home.used(&id), 2_500);
    let waiting = home.waiting()[0]["invocation"].as_str().unwrap().to_owned();
    let words = home.card_in_words(&waiting);
    assert!(words.contains("EUR 5.01 more do not fit"), "{words}");
    // The last cent fits.
    let _ = pay(&home, 500, "INV-4").exits(0);
    assert_eq!(home.balance("acme"), (3_000, 0));
    home.debits_are_credits();

    let list = home.guildhall(["mandates"]).exits(0);
    for part in [
        "Pay book:acme up to EUR 30.00 a week without asking",
        "EUR 30.00 of EUR 30.00",
        &until,
        "counts",
    ] {
        assert!(list.stdout.contains(part), "{part}\n{}", list.shown());
    }
    let shown = home.guildhall(["mandates", "show", &id]).exits(0);
    assert!(shown.stdout.contains("this week"), "{}", shown.shown());
}

#[test]
fn a_mandate_that_was_added_pays_whom_was_paid_before() {
    let home = Home::with_till(10_000);
    home.pays_once(order("book:acme", 100, "INV-0"));
    let id = home.mandate(["--pay", "EUR 20.00 to book:acme", "--each", "EUR 15.00"]);
    let _ = pay(&home, 1_250, "INV-1").exits(0).is("committed");
    assert_eq!(home.used(&id), 1_250);
    let why = asks(&pay(&home, 1_501, "INV-2"));
    assert!(why.contains("EUR 15.00 that it allows at once"), "{why}");
    // Who wants to be asked is asked.
    let ran = home
        .pay(order("book:acme", 1, "INV-3"))
        .money("EUR 50.00")
        .arg("--no-mandates")
        .go();
    let _ = asks(&ran);
    assert_eq!(home.used(&id), 1_250);
    assert_eq!(home.balance("acme"), (1_350, 0));
}

#[test]
fn who_rejects_everything_is_not_overruled_by_a_mandate() {
    let home = Home::with_till(10_000);
    home.pays_once(order("book:acme", 100, "INV-0"));
    let id = home.mandate(["--pay", "EUR 20.00 to book:acme"]);
    let ran = home
        .pay(order("book:acme", 1_250, "INV-1"))
        .money("EUR 50.00")
        .approve("none")
        .go()
        .exits(3);
    assert_eq!(ran.status(), "rejected", "{}", ran.shown());
    assert_eq!(home.balance("acme"), (100, 0));
    assert_eq!(home.used(&id), 0);
}

#[test]
fn a_mandate_that_is_taken_back_asks_again() {
    let home = Home::with_till(10_000);
    home.pays_once(order("book:acme", 100, "INV-0"));
    let id = home.mandate(["--pay", "EUR 20.00 to book:acme"]);
    let _ = pay(&home, 100, "INV-1").exits(0);
    // By the beginning of its identifier.
    let short = id.get(..13).unwrap();
    let revoked = home
        .guildhall(["mandates", "revoke", short, "--json"])
        .exits(0);
    assert_eq!(revoked.json(), json!({ "mandate": id, "revoked": true }));
    let _ = asks(&pay(&home, 100, "INV-2"));
    assert_eq!(home.balance("acme"), (200, 0));
    let again = home
        .guildhall(["mandates", "revoke", &id, "--json"])
        .exits(0);
    assert_eq!(again.json()["revoked"], false);
    let list = home.guildhall(["mandates"]).exits(0).stdout;
    assert!(list.contains("revoked"), "{list}");
    let _ = home
        .guildhall(["mandates", "show", "01a20e6b-a1ef", "--json"])
        .error(2, "not-found");
}

fn write<'a>(home: &'a Home, path: &str, text: &str) -> Run<'a> {
    home.prober("write")
        .input(json!({ "path": path, "text": text }))
        .write("out", &home.path().join("out"))
}

#[test]
fn files_are_written_without_asking_as_far_as_a_mandate_goes() {
    let home = Home::new();
    let out = home.folder("out");
    let id = home.mandate([
        "--files".as_ref(),
        out.as_os_str(),
        "--count".as_ref(),
        "2".as_ref(),
    ]);
    let _ = write(&home, "out/a.txt", "a").go().exits(0).is("committed");
    // It is for new files, and only for two of them.
    let why = asks(&write(&home, "out/a.txt", "b").go());
    assert!(why.contains("new files only"), "{why}");
    let _ = write(&home, "out/b.txt", "b").go().exits(0);
    assert_eq!(home.used(&id), 2);
    let why = asks(&write(&home, "out/c.txt", "c").go());
    assert!(why.contains("2 are used"), "{why}");
    assert_eq!(home.names("out"), ["a.txt", "b.txt"]);
    assert_eq!(home.text("out/a.txt").as_deref(), Some("a"));

    let _ = home.mandate(["--files".as_ref(), out.as_os_str(), "--replace".as_ref()]);
    let _ = write(&home, "out/b.txt", "c").go().exits(0);
    assert_eq!(home.text("out/b.txt").as_deref(), Some("c"));
}

#[test]
fn messages_are_sent_without_asking_as_far_as_a_mandate_goes() {
    let (home, sink) = (Home::new(), Sink::new());
    home.announces_to(&sink);
    let id = home.mandate(["--message", "books to ann", "--count", "2"]);
    let tell = |recipient: &str| {
        home.prober("tell")
            .input(json!({ "note": letter("books", recipient, "paid") }))
            .messages("books")
            .go()
    };
    let _ = tell("ann").exits(0).is("committed");
    let _ = asks(&tell("bob"));
    let _ = tell("ann").exits(0);
    let why = asks(&tell("ann"));
    assert!(why.contains("2 are used"), "{why}");
    assert_eq!(home.used(&id), 2);
    assert_eq!(sink.messages().len(), 2);
}

#[test]
fn what_a_run_wants_is_done_without_asking_as_a_whole_or_not_at_all() {
    let (home, sink) = (Home::with_till(10_000), Sink::new());
    home.announces_to(&sink);
    home.pays_once(order("book:acme", 100, "INV-0"));
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    home.put("inbox/paper.txt", "INV-1");
    let run = || {
        home.prober("pay-write-and-tell")
            .input(json!({
                "source": "inbox/paper.txt", "order": order("book:acme", 1_250, ""),
                "target": "out/paid.txt", "note": letter("books", "ann", "paid"),
            }))
            .read("inbox", &inbox)
            .write("out", &out)
            .money("EUR 50.00")
            .messages("books")
            .go()
    };
    let money = home.mandate(["--pay", "EUR 20.00 to book:acme"]);
    let file = home.mandate(["--files".as_ref(), out.as_os_str()]);
    let waits = run();
    let why = asks(&waits);
    assert!(why.contains("send to ann by books: no mandate"), "{why}");
    assert!(
        !why.contains("EUR"),
        "money and file would be covered\n{why}"
    );
    assert_eq!(home.balance("acme"), (100, 0));
    assert_eq!(home.names("out"), Vec::<String>::new());
    assert_eq!(sink.arrivals(), 0);
    assert_eq!((home.used(&money), home.used(&file)), (0, 0));
    let _ = home
        .guildhall(["approvals", "reject", &waits.invocation(), "--json"])
        .exits(0);

    let message = home.mandate(["--message", "books to ann"]);
    let _ = run().exits(0).is("committed");
    assert_eq!(home.balance("acme"), (1_350, 0));
    assert_eq!(home.text("out/paid.txt").as_deref(), Some("INV-1"));
    assert_eq!(sink.messages().len(), 1);
    let used = [&money, &file, &message].map(|id| home.used(id));
    assert_eq!(used, [1_250, 1, 1]);
}

#[test]
fn a_mandate_for_each_kind_can_be_given_with_one_approval() {
    let (home, sink) = (Home::with_till(10_000), Sink::new());
    home.announces_to(&sink);
    let (inbox, out) = (home.folder("inbox"), home.folder("out"));
    let run = |document: &str, target: &str| {
        home.put("inbox/paper.txt", document);
        home.prober("pay-write-and-tell")
            .input(json!({
                "source": "inbox/paper.txt", "order": order("book:acme", 1_250, ""),
                "target": target, "note": letter("books", "ann", "paid"),
            }))
            .read("inbox", &inbox)
            .write("out", &out)
            .money("EUR 50.00")
            .messages("books")
            .go()
    };
    let id = run("INV-1", "out/1.txt").exits(3).invocation();
    let approve = [
        "approvals",
        "approve",
        &id,
        "--as-mandate",
        "--per",
        "in-all",
        "--yes",
        "--json",
    ];
    let _ = home.guildhall(approve).exits(0).is("committed");
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    let mandates = list["mandates"].as_array().unwrap();
    assert_eq!(mandates.len(), 3, "{list:#}");
    for given in mandates {
        let scope = &given["mandate"]["scope"];
        let limit = scope["limit_minor"].as_i64().or(scope["count"].as_i64());
        assert_eq!(given["used"].as_i64(), limit, "wholly used: {given:#}");
    }
    // They are as narrow as what was approved: nothing is left.
    let _ = asks(&run("INV-2", "out/2.txt"));
    assert_eq!(home.balance("acme"), (1_250, 0));
    assert_eq!(sink.messages().len(), 1);
}

#[test]
fn terms_that_can_not_hold_give_no_mandate() {
    let home = Home::with_till(10_000);
    let out = home.folder("out");
    let out = out.to_str().unwrap();
    let inside = home.home().join("state");
    let prober = guest("prober");
    let prober = prober.to_str().unwrap();
    for (skill, terms, code, kind) in [
        (prober, &["--pay", "EUR 20.00"][..], 2, "no-account"),
        (prober, &["--pay", "EUR 20.00 to book:*"], 2, "no-account"),
        (prober, &["--pay", "EUR 0 to book:acme"], 2, "usage"),
        (
            prober,
            &["--pay", "EUR 20.00 to book:acme", "--each", "USD 1.00"],
            2,
            "terms",
        ),
        (
            prober,
            &["--pay", "EUR 20.00 to book:acme", "--until", "2020-01-01"],
            2,
            "terms",
        ),
        (
            prober,
            &["--pay", "EUR 20.00 to book:acme", "--until", "tomorrow"],
            2,
            "terms",
        ),
        (
            prober,
            &["--pay", "EUR 20.00 to book:acme", "--until", "2999-02-30"],
            2,
            "terms",
        ),
        (
            prober,
            &["--pay", "EUR 20.00 to book:acme", "--per", "year"],
            2,
            "usage",
        ),
        (prober, &["--files", out, "--count", "0"], 2, "usage"),
        (prober, &["--files", "/nonexistent"], 2, "no-folder"),
        (
            prober,
            &["--files", inside.to_str().unwrap()],
            4,
            "files.own-folder",
        ),
        (prober, &["--message", "books"], 2, "no-recipient"),
        (
            prober,
            &["--files", out, "--pay", "EUR 1.00 to book:acme"],
            2,
            "usage",
        ),
        (
            "sha256:00",
            &["--pay", "EUR 20.00 to book:acme"],
            2,
            "skill",
        ),
        (
            "/nonexistent",
            &["--pay", "EUR 20.00 to book:acme"],
            2,
            "no-file",
        ),
    ] {
        let mut command = home.command(["mandates", "add", "--json", "--skill", skill]);
        command.args(terms);
        let ran = Running::start(command).wait();
        let _ = ran.error(code, kind);
    }
    let zone = ["--pay", "EUR 20.00 to book:acme", "--zone", "Mars/Base"];
    let mut command = home.command(["mandates", "add", "--json", "--skill", prober]);
    command.args(zone);
    let ran = Running::start(command).wait();
    assert!(matches!(ran.code, Some(2 | 4)), "{}", ran.shown());

    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    for (terms, code) in [
        (&["--limit", "USD 20.00"][..], 2),
        (&["--limit", "EUR 0"], 2),
        (&["--until", "2020-01-01"], 2),
        (&["--per", "year"], 2),
    ] {
        let mut command = home.command([
            "approvals",
            "approve",
            &id,
            "--as-mandate",
            "--yes",
            "--json",
        ]);
        command.args(terms);
        let ran = Running::start(command).wait();
        assert_eq!(ran.code, Some(code), "{terms:?}\n{}", ran.shown());
    }
    let list = home.guildhall(["mandates", "--json"]).exits(0);
    assert_eq!(list.json(), json!({ "mandates": [] }));
    assert_eq!(home.balance("acme"), (0, 0));
    assert_eq!(home.waiting().len(), 1);
}
