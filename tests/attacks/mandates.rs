//! What a mandate must not let through: other skills, accounts, currencies, amounts, places and people; strangers under
//! known names; many at once; and what was taken back meanwhile.

use guildhall_tests::journal::execute;
use guildhall_tests::money::{order, order_as};
use guildhall_tests::settings::letter;
use guildhall_tests::{Home, Ran, Running, Sink, Value, component, guest, json};
use std::os::unix::fs::symlink;

/// A home whose till holds EUR 100 and that has paid EUR 1.00 to book:acme, in the name of Acme.
fn acquainted() -> Home {
    let home = Home::with_till(10_000);
    home.pays_once(order("book:acme", 100, "INV-0"));
    home
}

fn pay(home: &Home, order: Value) -> Ran {
    home.pay(order).money("EUR 50.00").money("USD 50.00").go()
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

/// The same for what was paid to acme before and nothing since.
#[track_caller]
fn asks_and_pays_nothing(home: &Home, ran: &Ran) -> String {
    let why = asks(ran);
    assert_eq!(home.balance("acme"), (100, 0), "{why}");
    assert_eq!(home.balance("till"), (9_900, 0), "{why}");
    home.debits_are_credits();
    why
}

#[test]
fn the_first_payment_to_an_account_is_asked_about_whatever_mandates_say() {
    let home = Home::with_till(10_000);
    let id = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    let ran = pay(&home, order("book:acme", 1_250, "INV-1"));
    let why = asks(&ran);
    assert!(why.contains("first payment to this account"), "{why}");
    assert_eq!(home.balance("acme"), (0, 0));
    let words = home.card_in_words(&ran.invocation());
    assert!(words.contains("always asked: first payment"), "{words}");
    // A person has said yes: from now on the mandate does.
    let _ = home.approves(&ran.invocation()).exits(0);
    assert_eq!(home.used(&id), 0);
    let _ = pay(&home, order("book:acme", 1_250, "INV-2")).exits(0);
    assert_eq!(home.balance("acme"), (2_500, 0));
}

#[test]
fn a_known_name_with_another_account_is_asked_about_and_the_card_says_so() {
    let home = acquainted();
    home.book("evil", "EUR");
    let _ = home.mandate(["--pay", "EUR 50.00 to book:evil"]);
    for (index, name) in ["Acme", "ACME GmbH", " acme ", "A.C.M.E."]
        .iter()
        .enumerate()
    {
        let asked = order_as("book:evil", name, 1_250, "EUR", &format!("INV-{index}"));
        let ran = pay(&home, asked);
        let why = asks_and_pays_nothing(&home, &ran);
        assert!(why.contains("new account: “Acme” was paid before"), "{why}");
        let card = home.card(&ran.invocation());
        let payee = &card["effects"][0]["payee"];
        assert_eq!(payee["kind"], "account-changed", "{card:#}");
        assert_eq!(payee["account_before"], "book:acme");
        let words = home.card_in_words(&ran.invocation());
        assert!(
            words.contains("but at book:acme; ask them by a way you know"),
            "{words}"
        );
    }
    assert_eq!(home.balance("evil"), (0, 0));
}

#[test]
fn a_name_that_imitates_a_known_one_is_shown_as_new() {
    let home = acquainted();
    home.book("evil", "EUR");
    let _ = home.mandate(["--pay", "EUR 50.00 to book:evil"]);
    // Cyrillic letters, look-alikes, marks; each looks like Acme and is not.
    for name in ["Асme", "Acmе", "Аcme GmbH", "Αcme", "Acｍe\u{301}", "Acrne"] {
        let asked = order_as("book:evil", name, 1_250, "EUR", &format!("INV-{name}"));
        let ran = pay(&home, asked);
        let why = asks_and_pays_nothing(&home, &ran);
        let card = home.card(&ran.invocation());
        let kind = &card["effects"][0]["payee"]["kind"];
        assert_eq!(kind, "imitates", "{name}\n{why}");
        let words = home.card_in_words(&ran.invocation());
        let told = "new payee: the name looks like “Acme”, which was paid before at book:acme, but it is not the same";
        assert!(words.contains(told), "{name}\n{words}");
    }
    // A stranger is a stranger, and a known account under another name is told, too.
    let other = pay(&home, order_as("book:evil", "Zeta", 1, "EUR", "INV-1"));
    assert_eq!(
        home.card(&other.invocation())["effects"][0]["payee"]["kind"],
        "first"
    );
    let known = home.parked_payment(order_as("book:acme", "Zeta", 1, "EUR", "INV-1"));
    let words = home.card_in_words(&known);
    assert!(
        words.contains("paid once before, under the name “Acme”"),
        "{words}"
    );
}

#[test]
fn above_an_amount_a_person_is_always_asked() {
    let home = acquainted();
    let _ = home
        .guildhall(["wallet", "limit", "till", "--ask-above", "EUR 10.00"])
        .exits(0);
    let _ = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    let ran = pay(&home, order("book:acme", 1_001, "INV-1"));
    let why = asks_and_pays_nothing(&home, &ran);
    assert!(
        why.contains("more than the EUR 10.00 that are paid without asking"),
        "{why}"
    );
    let _ = pay(&home, order("book:acme", 1_000, "INV-2")).exits(0);
    // A person may.
    let _ = home.approves(&ran.invocation()).exits(0);
    assert_eq!(home.balance("acme"), (2_101, 0));
}

#[test]
fn a_mandate_is_for_one_version_of_one_skill() {
    let home = acquainted();
    let bytes = std::fs::read(guest("prober")).unwrap();
    let other = home.put("other.wasm", component::with_section(&bytes, "other", b"x"));
    let _ = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    let ran = home
        .run(&other, "pay")
        .input(json!({ "order": order("book:acme", 1_250, "INV-1") }))
        .money("EUR 50.00")
        .go();
    let _ = asks_and_pays_nothing(&home, &ran);
    let _ = pay(&home, order("book:acme", 1_250, "INV-2")).exits(0);
}

#[test]
fn a_mandate_is_for_one_account_one_currency_and_its_limits() {
    let home = acquainted();
    home.book("other", "EUR");
    home.pays_once(order_as("book:other", "Other", 100, "EUR", "INV-0"));
    for account in ["dollars", "acme-dollars"] {
        home.book(account, "USD");
    }
    let _ = home
        .guildhall(["wallet", "deposit", "dollars", "USD 100.00"])
        .exits(0);
    let _ = home
        .pay(order_as(
            "book:acme-dollars",
            "Acme Inc",
            100,
            "USD",
            "INV-0",
        ))
        .money("USD 50.00")
        .approve("all")
        .go()
        .exits(0);
    let id = home.mandate(["--pay", "EUR 20.00 to book:acme", "--each", "EUR 15.00"]);
    let _ = home.mandate(["--pay", "EUR 20.00 to book:acme-dollars"]);
    for (asked, why) in [
        (
            order_as("book:other", "Other", 1, "EUR", "INV-1"),
            "no mandate of this skill is for this",
        ),
        (
            order_as("book:acme-dollars", "Acme Inc", 1, "USD", "INV-1"),
            "it is in EUR; nothing is converted",
        ),
        (
            order("book:acme", 1_501, "INV-1"),
            "EUR 15.01 is more than the EUR 15.00",
        ),
        (
            order("book:acme", 2_001, "INV-2"),
            "EUR 20.01 is more than the EUR 15.00",
        ),
    ] {
        let said = asks(&pay(&home, asked));
        assert!(said.contains(why), "{why}\n{said}");
    }
    let _ = pay(&home, order("book:acme", 1_500, "INV-3")).exits(0);
    let said = asks(&pay(&home, order("book:acme", 501, "INV-4")));
    assert!(said.contains("EUR 15.00 are used"), "{said}");
    assert_eq!(home.used(&id), 1_500);
    assert_eq!(home.balance("acme"), (1_600, 0));
    assert_eq!(home.balance("other"), (100, 0));
    assert_eq!(home.balance("acme-dollars"), (100, 0));
}

#[test]
fn mandates_do_not_add_up_for_one_payment_and_count_each_payment_of_a_run() {
    let home = acquainted();
    let _ = home.mandate(["--pay", "EUR 10.00 to book:acme"]);
    let _ = home.mandate(["--pay", "EUR 10.00 to book:acme"]);
    let ran = pay(&home, order("book:acme", 1_250, "INV-1"));
    let _ = asks_and_pays_nothing(&home, &ran);
    let pay_all = |documents: &[&str]| {
        home.prober("pay-many")
            .input(json!({ "order": order("book:acme", 600, ""), "documents": documents }))
            .money("EUR 50.00")
            .go()
    };
    let ran = pay_all(&["A", "B", "C"]);
    let _ = asks_and_pays_nothing(&home, &ran);
    let _ = home
        .guildhall(["approvals", "reject", &ran.invocation(), "--json"])
        .exits(0);
    let _ = pay_all(&["A", "B"]).exits(0);
    assert_eq!(home.balance("acme"), (1_300, 0));
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    assert_eq!(
        (&list["mandates"][0]["used"], &list["mandates"][1]["used"]),
        (&json!(600), &json!(600))
    );
}

#[test]
fn a_mandate_is_no_grant() {
    let home = acquainted();
    let _ = home.mandate(["--pay", "EUR 50.00 to book:acme", "--until", "2999-12-31"]);
    // What a run may ask for is said with the run.
    let ran = home.pay(order("book:acme", 1_250, "INV-1")).go();
    let _ = ran.refused_by("payments.not-granted");
    assert_eq!(home.balance("acme"), (100, 0));
}

#[test]
fn a_mandate_for_files_is_for_one_folder_by_its_own_path() {
    let home = Home::new();
    let out = home.folder("out");
    let (below, beside) = (home.folder("out/below"), home.folder("beside"));
    home.put("out/old.txt", "old");
    let write = |folder: &std::path::Path, path: &str| {
        home.prober("write")
            .input(json!({ "path": path, "text": "new" }))
            .write("out", folder)
            .go()
    };
    let id = home.mandate([
        "--files".as_ref(),
        out.as_os_str(),
        "--count".as_ref(),
        "9".as_ref(),
    ]);
    for (folder, path) in [
        (&out, "out/below/a.txt"),
        (&below, "out/a.txt"),
        (&beside, "out/a.txt"),
        (&out, "out/old.txt"),
    ] {
        let _ = asks(&write(folder, path));
    }
    // A folder that is called the same and is somewhere else; the same folder by another name.
    let other = home.folder("elsewhere/out");
    let _ = asks(&write(&other, "out/a.txt"));
    symlink(&out, home.path().join("alias")).unwrap();
    let _ = write(&home.path().join("alias"), "out/a.txt").exits(0);
    assert_eq!(home.used(&id), 1);
    assert_eq!(home.names("out"), ["a.txt", "below", "old.txt"]);
    for folder in ["out/below", "beside", "elsewhere/out"] {
        assert_eq!(home.names(folder), Vec::<String>::new());
    }
    assert_eq!(home.text("out/old.txt").as_deref(), Some("old"));
}

#[test]
fn a_mandate_for_messages_is_for_one_recipient_of_one_channel() {
    let (home, sink) = (Home::new(), Sink::new());
    home.announces_to(&sink);
    let url = format!("https://{}/other", guildhall_tests::sink::HOST);
    let channel = [
        "messages",
        "add-webhook",
        "other",
        "--url",
        &url,
        "--secret",
        "books-key",
    ];
    let _ = home.guildhall(channel).exits(0);
    let id = home.mandate(["--message", "books to ann", "--count", "9"]);
    let tell = |channel: &str, recipient: &str| {
        home.prober("tell")
            .input(json!({ "note": letter(channel, recipient, "paid") }))
            .messages(channel)
            .go()
    };
    for (channel, recipient) in [
        ("books", "bob"),
        ("books", "Ann"),
        ("books", "ann "),
        ("books", "ann, bob"),
        ("other", "ann"),
    ] {
        let ran = tell(channel, recipient);
        // Whether such a recipient exists is for the channel to say.
        if ran.code != Some(1) {
            let _ = asks(&ran);
        }
    }
    assert_eq!(sink.arrivals(), 0);
    assert_eq!(home.used(&id), 0);
    let _ = tell("books", "ann").exits(0);
    assert_eq!(sink.arrivals(), 1);
}

#[test]
fn a_mandate_that_is_taken_back_before_the_payment_pays_nothing() {
    let home = acquainted();
    let _ = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    // In the moment between the approval and the payment.
    let _ = execute(
        &home,
        "CREATE TRIGGER meanwhile AFTER INSERT ON approvals BEGIN
           UPDATE mandates SET revoked_at = 1, revoked_by = 'somebody'; END",
    );
    // A run with nothing but payments is approved and recorded at once, unless it keeps nothing: only then there is a moment
    // between the two.
    let _ = home
        .pay(order("book:acme", 1_250, "INV-1"))
        .money("EUR 50.00")
        .arg("--retention")
        .arg("none")
        .go()
        .exits(4)
        .is("refused");
    assert_eq!(home.balance("acme"), (100, 0));
    assert_eq!(home.balance("till"), (9_900, 0));
    home.debits_are_credits();
    let _ = execute(&home, "DROP TRIGGER meanwhile");
    let waits = pay(&home, order("book:acme", 1_250, "INV-1"));
    let _ = asks(&waits);
    let _ = home.approves(&waits.invocation()).exits(0);
    assert_eq!(home.balance("acme"), (1_350, 0));
}

#[test]
fn a_mandate_that_is_taken_back_while_its_run_is_at_work_stops_what_is_not_done() {
    let (home, sink) = (Home::new(), Sink::new());
    home.announces_to(&sink);
    let recipients = ["ann", "bob", "cid"];
    let ids: Vec<String> = recipients
        .iter()
        .map(|recipient| home.mandate(["--message", &format!("books to {recipient}")]))
        .collect();
    sink.hold();
    let running = home
        .prober("tell-many")
        .input(json!({ "note": letter("books", "", "paid"), "recipients": recipients }))
        .messages("books")
        .start();
    sink.wait_for(1);
    let _ = home
        .guildhall(["mandates", "revoke", &ids[1], "--json"])
        .exits(0);
    sink.release();
    let ran = running.wait().exits(6).is("partial");
    let _ = ran.refusal("mandate.ended");
    let json = ran.json();
    let states: Vec<&str> = json["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| effect["state"].as_str().unwrap())
        .collect();
    // One approval for the set: with one of its mandates it ends.
    assert_eq!(states, ["done", "void", "void"], "{json:#}");
    assert_eq!(sink.messages().len(), 1);
    assert_eq!(home.used(&ids[0]), 1);
    assert_eq!(home.used(&ids[1]), 0);
    home.serves_the_next_run();
}

/// Runs payments of EUR 0.70 with a mandate, ten at a time. Returns how many were paid.
fn fifty(home: &Home) -> usize {
    let mut paid = 0;
    for round in 0..5 {
        let racers: Vec<Running> = (0..10)
            .map(|index| {
                let order = order("book:acme", 70, &format!("INV-{round}-{index}"));
                home.pay(order).money("EUR 50.00").start()
            })
            .collect();
        for ran in racers.into_iter().map(Running::wait) {
            if ran.code == Some(0) {
                paid += 1;
            } else {
                let _ = asks(&ran);
            }
        }
    }
    paid
}

#[test]
fn fifty_runs_with_one_mandate_spend_no_more_than_its_limit() {
    let home = acquainted();
    let id = home.mandate(["--pay", "EUR 10.00 to book:acme"]);
    assert_eq!(fifty(&home), 14);
    assert_eq!(home.balance("acme"), (100 + 980, 0));
    assert_eq!(home.used(&id), 980);
    assert_eq!(home.waiting().len(), 36);
    home.debits_are_credits();
}

#[test]
fn fifty_runs_with_a_mandate_spend_no_more_than_the_limit_of_the_account() {
    let home = acquainted();
    let _ = home
        .guildhall(["wallet", "limit", "till", "EUR 8.00", "--per", "day"])
        .exits(0);
    let id = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    // EUR 1.00 is spent of the EUR 8.00.
    assert_eq!(fifty(&home), 10);
    assert_eq!(home.balance("acme"), (800, 0));
    assert_eq!(home.balance("till"), (9_200, 0));
    assert_eq!(
        home.used(&id),
        700,
        "what the account refused is not counted"
    );
    home.debits_are_credits();
}

#[test]
fn where_approving_is_left_to_the_console_nothing_is_allowed_here() {
    let home = acquainted();
    let given = home.mandate(["--pay", "EUR 50.00 to book:acme"]);
    let waiting = home.parked_payment(order("book:acme", 6_000, "INV-1"));
    home.put("home/config.toml", "approvals = \"console\"\n");
    let prober = guest("prober");
    let prober = prober.to_str().unwrap();
    for args in [
        &["approvals", "approve", &waiting, "--yes"][..],
        &["approvals", "approve", &waiting, "--as-mandate", "--yes"],
        &[
            "mandates",
            "add",
            "--skill",
            prober,
            "--pay",
            "EUR 50.00 to book:acme",
        ],
        &["wallet", "limit", "till", "EUR 10.00", "--per", "day"],
        &["wallet", "limit", "till", "--ask-above", "EUR 90.00"],
        &["wallet", "limit", "till", "--none"],
    ] {
        let ran = home.guildhall(args.iter().chain(&["--json"]));
        let error = ran.error(4, "refused");
        assert!(error.contains("config.toml"), "{error}");
    }
    let ran = home
        .pay(order("book:acme", 6_000, "INV-2"))
        .money("EUR 60.00")
        .approve("all")
        .go();
    let _ = ran.error(4, "refused");
    assert_eq!(home.balance("acme"), (100, 0));
    assert_eq!(home.account("till")["limit"], json!(null));
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    assert_eq!(list["mandates"].as_array().unwrap().len(), 1);
    // What a person has allowed counts on, and taking it back is possible everywhere.
    let _ = pay(&home, order("book:acme", 100, "INV-3")).exits(0);
    let _ = home
        .guildhall(["mandates", "revoke", &given, "--json"])
        .exits(0);
    let _ = asks(&pay(&home, order("book:acme", 100, "INV-4")));
    assert_eq!(home.balance("acme"), (200, 0));
}

#[test]
fn a_rejected_run_gives_no_mandate_and_a_refused_approval_gives_none_either() {
    let home = Home::with_till(1_000);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    // There is not enough on the account: neither the approval nor the mandate holds.
    let approve = [
        "approvals",
        "approve",
        &id,
        "--as-mandate",
        "--yes",
        "--json",
    ];
    let _ = home.guildhall(approve).error(4, "payments.no-funds");
    let list = || home.guildhall(["mandates", "--json"]).exits(0).json();
    assert_eq!(list(), json!({ "mandates": [] }));
    let _ = home
        .guildhall(["approvals", "reject", &id, "--json"])
        .exits(0);
    let _ = home.guildhall(approve).error(4, "not-pending");
    assert_eq!(list(), json!({ "mandates": [] }));
    assert_eq!(home.balance("acme"), (0, 0));
}

#[test]
fn of_approvers_at_once_one_gives_its_mandate() {
    let home = Home::with_till(10_000);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let racers: Vec<Running> = (0..3)
        .map(|index| {
            let limit = format!("EUR {}.00", 20 + index);
            home.start([
                "approvals",
                "approve",
                &id,
                "--as-mandate",
                "--limit",
                &limit,
                "--yes",
                "--json",
            ])
        })
        .collect();
    let ended: Vec<Ran> = racers.into_iter().map(Running::wait).collect();
    assert_eq!(ended.iter().filter(|ran| ran.code == Some(0)).count(), 1);
    let list = home.guildhall(["mandates", "--json"]).exits(0).json();
    let mandates = list["mandates"].as_array().unwrap();
    assert_eq!(mandates.len(), 1, "{list:#}");
    assert_eq!(mandates[0]["used"], 1_250);
    assert_eq!(home.balance("acme"), (1_250, 0));
}
