//! Orders that must not be made: amounts, accounts, documents, ceilings, and one document twice. Nothing moves, nothing
//! waits, and the wallet works on.

use crate::cards::is_plain;
use guildhall_tests::money::{ACME, order, order_as};
use guildhall_tests::ran::Refused;
use guildhall_tests::{Home, Ran, Running, Value, json};

/// Insists that an order is refused by a rule under these grants, whoever approves.
#[track_caller]
fn refuses(home: &Home, order: &Value, grants: &[&str], rule: &str) -> Refused {
    let mut run = home.pay(order.clone()).approve("all");
    for grant in grants {
        run = run.money(grant);
    }
    run.go().refused_by(rule)
}

/// Insists that nothing of a till with EUR 100 has moved and nothing waits.
#[track_caller]
fn nothing_moved(home: &Home) {
    assert_eq!(home.balance("till"), (10_000, 0));
    assert_eq!(home.balance("acme"), (0, 0));
    assert!(home.waiting().is_empty());
    let holds = home.guildhall(["wallet", "holds", "--json"]).exits(0);
    assert_eq!(holds.json(), json!({ "holds": [] }));
    home.debits_are_credits();
    home.serves_the_next_run();
}

#[test]
fn amounts_that_are_not_above_zero_are_refused() {
    let home = Home::with_till(10_000);
    for minor in [0, -1, -1_250, i64::MIN] {
        let asked = order("book:acme", minor, "INV-1");
        let refusal = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-amount");
        assert!(refusal.message.contains("above zero"), "{refusal:?}");
    }
    nothing_moved(&home);
}

#[test]
fn currencies_that_are_none_are_refused() {
    let home = Home::with_till(10_000);
    for currency in [
        "",
        "XYZ",
        "eur",
        "EUR ",
        "EURO",
        "DEM",
        "HRK",
        "XAU",
        "XXX",
        "XTS",
        "ЕUR",
        "E\u{202e}UR",
    ] {
        let asked = order_as("book:acme", "Acme", 100, currency, "INV-1");
        let _ = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-amount");
    }
    // It is said what took its place.
    let kuna = order_as("book:acme", "Acme", 100, "HRK", "INV-1");
    let refusal = refuses(&home, &kuna, &["EUR 50.00"], "payments.invalid-amount");
    assert!(refusal.message.contains("EUR"), "{refusal:?}");
    nothing_moved(&home);
}

#[test]
fn a_grant_of_money_that_is_not_exact_is_wrong_usage() {
    let home = Home::with_till(10_000);
    for grant in [
        "JPY 10.50",
        "EUR 1.001",
        "KWD 1.0001",
        "CLF 1.00001",
        "EUR 1e3",
        "EUR 1,000.00",
        "EUR +5",
        "EUR -5",
        "EUR 0",
        "EUR 0.00",
        "EUR 5.",
        "EUR .5",
        "EUR",
        "500",
        "eur 5",
        "XAU 5",
        "XYZ 5",
        "EUR 92233720368547758.08",
        "EUR 5 to",
        "EUR 5 to *",
        "EUR 5 to DE89370400440532013001",
        "EUR 5 to card:4111111111111111",
        "EUR 5 or more",
        "",
    ] {
        let ran = home
            .pay(order("book:acme", 100, "INV-1"))
            .money(grant)
            .approve("all")
            .go();
        let _ = ran.error(2, "usage");
    }
    nothing_moved(&home);
}

#[test]
fn accounts_that_can_not_be_right_are_refused() {
    let home = Home::with_till(10_000);
    home.has_bank();
    for to in [
        // Two digits exchanged, one changed, one missing, one too many, letters that look like digits.
        "iban:NL19ABNA0417164300",
        "iban:NL91ABNA0417164301",
        "iban:NL91ABNA041716430",
        "iban:NL91ABNA04171643000",
        "iban:NL91ABNAO417164300",
        "iban:NL91АBNA0417164300",
        "iban:XX91ABNA0417164300",
        "iban:*",
        "iban:",
        "book:",
        "book:*",
        "book:ac me",
        "book:ACME",
        "book:../acme",
        "book:acme\n",
        "book:аcme",
        "card:4111111111111111",
        ":acme",
    ] {
        let asked = order(to, 100, "INV-1");
        let _ = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-account");
    }
    let nobody = order("book:nobody", 100, "INV-1");
    let _ = refuses(&home, &nobody, &["EUR 50.00"], "payments.no-such-payee");
    nothing_moved(&home);
}

#[test]
fn a_payment_names_a_document_that_can_be_read() {
    let home = Home::with_till(10_000);
    for document in ["", " ", "\u{a0}", "\u{200b}\u{feff}", "\u{202e}"] {
        let asked = order("book:acme", 100, document);
        let _ = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-document");
    }
    let long = "x".repeat(141);
    for document in ["INV\n1", "INV\u{1b}[2J", "INV\u{9b}2J", "INV\u{7}", &long] {
        let asked = order("book:acme", 100, document);
        let _ = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-text");
        let asked = order_as("book:acme", document, 100, "EUR", "INV-1");
        let _ = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-text");
    }
    nothing_moved(&home);
}

#[test]
fn days_that_have_passed_or_are_far_away_are_refused() {
    let home = Home::with_till(10_000);
    for date in ["2020-01-01", "2124-01-01"] {
        let mut asked = order("book:acme", 100, "INV-1");
        asked["date"] = json!(date);
        let _ = refuses(&home, &asked, &["EUR 50.00"], "payments.invalid-date");
    }
    nothing_moved(&home);
}

#[test]
fn nothing_is_paid_without_or_above_a_grant() {
    let home = Home::with_till(10_000);
    home.book("other", "EUR");
    let rule = "payments.not-granted";
    let asked = order("book:acme", 1_250, "INV-1");
    let refusal = refuses(&home, &asked, &[], rule);
    assert_eq!(refusal.set.as_deref(), Some("grants"));
    assert!(
        refusal.fix.contains("--pay 'EUR 12.50 to book:acme'"),
        "{refusal:?}"
    );
    for grants in [
        // One cent too little; another currency; another payee; nobody's grants add up.
        &["EUR 12.49"][..],
        &["USD 50.00"],
        &["EUR 50.00 to book:other"],
        &["EUR 50.00 to iban:*"],
        &["EUR 10.00", "EUR 10.00"],
        &[
            "EUR 50.00 to book:other",
            "EUR 12.49 to book:acme",
            "USD 90.00",
        ],
    ] {
        let _ = refuses(&home, &asked, grants, rule);
    }
    nothing_moved(&home);
}

#[test]
fn without_a_grant_a_run_learns_nothing_about_the_wallet() {
    let home = Home::with_till(10_000);
    home.book("yen", "JPY");
    home.pays_once(order("book:acme", 100, "INV-1"));
    for asked in [
        // Paid before; an account that is not there; one in another currency; a bank where there is none.
        order("book:acme", 100, "INV-1"),
        order("book:acme", 100, "INV-2"),
        order("book:nobody", 100, "INV-1"),
        order("book:yen", 100, "INV-1"),
        order(ACME, 100, "INV-1"),
        order_as(ACME, "", 100, "EUR", "INV-1"),
        order_as("book:acme", "Acme", 100, "USD", "INV-1"),
    ] {
        for grants in [
            &[][..],
            &[
                "EUR 50.00 to book:other",
                "KWD 50.000",
                "EUR 0.99",
                "USD 0.99",
            ],
        ] {
            let _ = refuses(&home, &asked, grants, "payments.not-granted");
        }
    }
    assert_eq!(home.balance("acme"), (100, 0));
}

fn pay_all(home: &Home, documents: &[&str], grants: &[&str]) -> Ran {
    let order = order("book:acme", 3_000, "");
    let mut run = home
        .prober("pay-many")
        .input(json!({ "order": order, "documents": documents }))
        .approve("all");
    for grant in grants {
        run = run.money(grant);
    }
    run.go()
}

#[test]
fn a_ceiling_is_for_all_payments_of_a_run_together() {
    let home = Home::with_till(10_000);
    let ran = pay_all(&home, &["INV-1", "INV-2"], &["EUR 59.99"]);
    let refusal = ran.refused_by("payments.not-granted");
    assert!(
        refusal.message.contains("EUR 30.00 are used"),
        "{refusal:?}"
    );
    nothing_moved(&home);
    // Two grants are two ceilings, and the narrower one is used first.
    let _ = pay_all(
        &home,
        &["INV-1", "INV-2", "INV-3"],
        &["EUR 30.00", "EUR 60.00 to book:acme"],
    )
    .exits(0);
    assert_eq!(home.balance("acme"), (9_000, 0));
    home.debits_are_credits();
}

#[test]
fn an_order_that_comes_after_its_own_message_is_refused() {
    let home = Home::with_till(10_000);
    let letter = json!({
        "channel": "books", "recipient": "ann", "subject": null, "body": "paid", "attachments": [], "requires": [],
    });
    let ran = home
        .prober("pay-after-telling")
        .input(json!({ "order": order("book:acme", 100, "INV-1"), "note": letter }))
        .money("EUR 50.00")
        .approve("all")
        .go();
    let _ = ran.refused_by("messages.not-granted");
    let mut asked = order("book:acme", 100, "INV-1");
    asked["requires"] = json!([7]);
    let _ = refuses(&home, &asked, &["EUR 50.00"], "effects.unknown");
    nothing_moved(&home);
}

#[test]
fn without_an_account_in_that_currency_nothing_is_paid() {
    let home = Home::with_till(10_000);
    home.book("yen", "JPY");
    let dollars = order_as("book:acme", "Acme", 100, "USD", "INV-1");
    let refusal = refuses(&home, &dollars, &["USD 50.00"], "payments.no-account");
    assert!(refusal.fix.contains("wallet add-book"), "{refusal:?}");
    let bank = order(ACME, 100, "INV-1");
    let refusal = refuses(&home, &bank, &["EUR 50.00"], "payments.no-account");
    assert!(refusal.fix.contains("wallet add-bank"), "{refusal:?}");
    // The payee's account is kept in another currency.
    let euro = order("book:yen", 100, "INV-1");
    let _ = refuses(&home, &euro, &["EUR 50.00"], "payments.other-currency");
    nothing_moved(&home);
}

#[test]
fn a_document_is_paid_once_however_it_is_spelled() {
    let home = Home::with_till(10_000);
    home.has_bank();
    home.book("other", "EUR");
    let rule = "payments.already-ordered";
    let waiting = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let spelled = [
        "INV-1",
        " inv-1 ",
        "inv - 1",
        "INV\u{2010}1",
        "INV\u{2212}1",
        "ＩＮＶ-1",
        "INV-\u{200b}1",
        "I\u{a0}NV-1",
    ];
    for document in spelled {
        // Another amount or name makes no other document of it.
        let asked = order_as("book:acme", "Somebody", 1_251, "EUR", document);
        let refusal = refuses(&home, &asked, &["EUR 50.00"], rule);
        assert_eq!(refusal.kind, "conflict");
        assert!(
            refusal.message.contains("waits for approval"),
            "{refusal:?}"
        );
        // Whose run it is is not for this skill to know.
        let said = format!("{refusal:?}");
        assert!(!said.contains(&waiting), "{said}");
    }
    assert_eq!(home.waiting().len(), 1);
    // Approved, it is paid, and as little to be had again.
    let _ = home.approves(&waiting).exits(0);
    for document in ["INV-1", "inv - 1"] {
        let asked = order("book:acme", 1_250, document);
        let refusal = refuses(&home, &asked, &["EUR 50.00"], rule);
        assert!(refusal.message.contains("has been paid"), "{refusal:?}");
    }
    assert_eq!(home.balance("acme"), (1_250, 0));
    // The same number of another payee is another document, and 1/2 is not 1-2.
    home.pays_once(order("book:other", 100, "INV-1"));
    home.pays_once(order("book:acme", 100, "INV/1"));

    // The account of a bank has several spellings, too.
    home.pays_once(order(ACME, 1_250, "INV-1"));
    for account in ["iban:NL91 ABNA 0417 1643 00", "iban:nl91abna0417164300"] {
        let _ = refuses(&home, &order(account, 1_250, "inv-1"), &["EUR 50.00"], rule);
    }
    home.debits_are_credits();
    home.serves_the_next_run();
}

#[test]
fn one_run_does_not_order_a_document_twice() {
    let home = Home::with_till(10_000);
    let ran = pay_all(&home, &["INV-1", " inv-1 "], &["EUR 90.00"]);
    let _ = ran.refused_by("payments.already-ordered");
    nothing_moved(&home);
}

#[test]
fn a_document_is_free_again_when_its_card_was_rejected_or_has_expired() {
    let home = Home::with_till(10_000);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let _ = home
        .guildhall(["approvals", "reject", &id, "--json"])
        .exits(0);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let past = guildhall_tests::journal::execute(
        &home,
        "UPDATE runs SET expires_at = 1 WHERE status = 'awaiting_approval'",
    );
    assert_eq!(past, 1);
    let ran = home.approves(&id);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    nothing_moved(&home);
    let id = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let _ = home.approves(&id).exits(0);
    assert_eq!(home.balance("acme"), (1_250, 0));
}

#[test]
fn a_card_that_expired_unseen_is_in_nobodys_way() {
    let home = Home::with_till(10_000);
    let _ = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let past = guildhall_tests::journal::execute(
        &home,
        "UPDATE runs SET expires_at = 1 WHERE status = 'awaiting_approval'",
    );
    assert_eq!(past, 1);
    // Nobody looked at it, and nobody has to.
    home.pays_once(order("book:acme", 1_250, "INV-1"));
    assert_eq!(home.balance("acme"), (1_250, 0));
    assert!(home.waiting().is_empty());
    home.debits_are_credits();
}

#[test]
fn of_runs_that_order_one_document_at_once_one_has_a_card() {
    for _ in 0..3 {
        let home = Home::with_till(10_000);
        home.serves_the_next_run();
        let racers: Vec<Running> = ["INV-1", " inv-1 ", "INV-1", "inv - 1", "INV\u{2010}1"]
            .iter()
            .map(|document| {
                let run = home.pay(order("book:acme", 1_250, document));
                run.money("EUR 50.00").start()
            })
            .collect();
        let ended: Vec<Ran> = racers.into_iter().map(Running::wait).collect();
        let cards = ended.iter().filter(|ran| ran.code == Some(3)).count();
        for ran in ended.iter().filter(|ran| ran.code != Some(3)) {
            let _ = ran.refusal("payments.already-ordered");
            assert!(matches!(ran.code, Some(1 | 4)), "{}", ran.shown());
        }
        assert_eq!((cards, home.waiting().len()), (1, 1));
        let id = home.waiting()[0]["invocation"].as_str().unwrap().to_owned();
        let _ = home.approves(&id).exits(0);
        assert_eq!(home.balance("acme"), (1_250, 0));
        home.debits_are_credits();
    }
}

#[test]
fn of_runs_that_pay_one_document_at_once_one_pays() {
    let home = Home::with_till(10_000);
    home.serves_the_next_run();
    let racers: Vec<Running> = (0..6)
        .map(|_| {
            let run = home.pay(order("book:acme", 1_250, "INV-1"));
            run.money("EUR 50.00").approve("all").start()
        })
        .collect();
    let ended: Vec<Ran> = racers.into_iter().map(Running::wait).collect();
    let paid = ended.iter().filter(|ran| ran.code == Some(0)).count();
    assert_eq!(paid, 1);
    assert_eq!(home.balance("acme"), (1_250, 0));
    assert_eq!(home.balance("till"), (8_750, 0));
    assert!(home.waiting().is_empty());
    home.debits_are_credits();
}

#[test]
fn an_order_for_the_bank_is_kept_until_its_file_is_made() {
    let home = Home::with_till(10_000);
    home.has_bank();
    let ran = home
        .pay(order(ACME, 100, "INV-1"))
        .money("EUR 50.00")
        .arg("--retention")
        .arg("none")
        .approve("all")
        .go();
    let refusal = ran.refused_by("payments.retention");
    assert!(refusal.fix.contains("--retention"), "{refusal:?}");
    nothing_moved(&home);
    let _ = home
        .pay(order(ACME, 100, "INV-1"))
        .money("EUR 50.00")
        .arg("--retention")
        .arg("hashes")
        .approve("all")
        .go()
        .exits(0);
    assert_eq!(home.balance("main"), (-100, 100));
}

/// Text that would move the cursor, hide or turn round, as far as it fits into one line.
const EVIL: &str = "Ac\u{202e}em\u{2066}\u{200b}\u{ad}\u{feff}\u{e0041}e";

#[test]
fn words_of_an_order_reach_the_terminal_in_plain_characters() {
    let home = Home::with_till(10_000);
    home.has_bank();
    for to in ["book:acme", ACME] {
        let order = order_as(to, EVIL, 100, "EUR", &format!("INV {EVIL}"));
        let ran = home
            .prober("pay-because")
            .input(json!({ "order": order, "reason": format!("because {EVIL}") }))
            .money("EUR 50.00")
            .in_words()
            .go()
            .exits(3);
        is_plain(&ran);
        let id = home.newest()["invocation"].as_str().unwrap().to_owned();
        let card = home.guildhall(["approvals", "show", &id]).exits(0);
        is_plain(&card);
        let shown = card.stderr.matches("\\u{202e}").count();
        assert!(shown >= 3, "name, document and reason\n{}", card.shown());
        is_plain(&home.guildhall(["approvals", "list"]).exits(0));
        is_plain(&home.guildhall(["wallet", "holds"]).exits(0));
        is_plain(&home.guildhall(["runs", "show", &id]).exits(0));
        is_plain(
            &home
                .guildhall(["approvals", "approve", &id, "--yes"])
                .exits(0),
        );
        is_plain(&home.guildhall(["runs", "show", &id]).exits(0));
        // The next card says under which name it was paid before.
        let next = home.parked_payment(order_as(to, "Acme", 100, "EUR", "INV-2"));
        let card = home.guildhall(["approvals", "show", &next]).exits(0);
        is_plain(&card);
        assert!(card.stderr.contains("once before"), "{}", card.shown());
        // And so does a refusal.
        let again = home
            .pay(order_as(to, EVIL, 100, "EUR", &format!("INV {EVIL}")))
            .money("EUR 50.00")
            .in_words()
            .go();
        is_plain(&again);
        assert_eq!(again.code, Some(1), "{}", again.shown());
    }
    for account in ["till", "main"] {
        is_plain(&home.guildhall(["wallet", "statement", account]).exits(0));
    }
    let out = home.path().join("out.xml");
    is_plain(
        &home
            .guildhall(["wallet", "export", "main", "--out", out.to_str().unwrap()])
            .exits(0),
    );
    let file = std::fs::read_to_string(out).unwrap();
    assert!(!file.contains('\u{202e}'), "{file}");
}

#[test]
fn words_of_an_order_can_not_close_their_quotation_marks() {
    let home = Home::with_till(10_000);
    for (index, mark) in ["”", "\"", "»", "‟", "＂", "„"].iter().enumerate() {
        let claim = format!("Acme{mark} (checked by your bank)");
        let order = order_as(
            "book:acme",
            &claim,
            100,
            "EUR",
            &format!("INV-{index}{mark} is due"),
        );
        let id = home
            .prober("pay-because")
            .input(json!({ "order": order, "reason": format!("Rent{mark} says your bank") }))
            .money("EUR 50.00")
            .go()
            .exits(3)
            .invocation();
        let words = home.card_in_words(&id);
        assert!(words.contains("(the skill's claims)"), "{words}");
        for part in ["Acme", &format!("INV-{index}"), "Rent"] {
            let told = format!("{part}{mark}");
            assert!(!words.contains(&told), "{told}\n{words}");
            assert!(words.contains(&format!("“{part}'")), "{part}\n{words}");
        }
        let _ = home.approves(&id).exits(0);
    }
    // Nor can the name of somebody who was paid before.
    let next = home.parked_payment(order_as("book:acme", "Other", 100, "EUR", "INV-9"));
    let words = home.card_in_words(&next);
    assert!(words.contains("“Acme' (checked by your bank)”"), "{words}");
}
