//! Decisions of people: the inbox, a card, signing in again, mandates, several at once, and who may not.

use axum::http::StatusCode;
use futures::future::join;
use guildhall_console::people::Role;
use guildhall_host::{Amount, Hold, NewAccount, OwnPayment, Purpose, RunStatus, Tenant};
use guildhall_package::Digest;
use sqlx::Connection as _;

use super::bench::{Answer, Bench, Browser, PASSWORD};

const PAYEE: &str = "payable/market.example/eur";
/// Longer than a sign-in counts as fresh.
const LATER: i64 = 6 * 60 * 1000;

fn eur(text: &str) -> Amount {
    format!("EUR {text}").parse().unwrap()
}

/// A console of a merchant with EUR 5,000.00, who is asked again above EUR 50.00.
pub async fn shop() -> Bench {
    let bench = Bench::with(|config| config.ask_again_above = vec![eur("50.00")]).await;
    let me = Tenant::local();
    let till = NewAccount::book("till", eur("1.00").currency, "UTC").unwrap();
    bench.host.open_account(&me, till).await.unwrap();
    bench
        .host
        .deposit(&me, "till", eur("5000.00"))
        .await
        .unwrap();
    bench
        .host
        .open_payable(PAYEE, eur("1.00").currency)
        .await
        .unwrap();
    bench
}

/// A payment of the merchant's own.
fn own(document: &str, amount: &str) -> OwnPayment {
    OwnPayment {
        tenant: Tenant::local(),
        purpose: Purpose {
            from: "market.example".to_owned(),
            what: "licence of acme/vat-report".to_owned(),
        },
        operation: "buy".to_owned(),
        payee: PAYEE.to_owned(),
        payee_name: "market.example".to_owned(),
        amount: eur(amount),
        document: document.to_owned(),
        reason: "licence of acme/vat-report for a month".to_owned(),
        approver: None,
        use_mandates: true,
    }
}

/// A payment that waits for a decision, or that a mandate has made.
async fn pays(bench: &Bench, document: &str, amount: &str) -> (String, RunStatus) {
    let outcome = bench.host.pay(own(document, amount)).await.unwrap();
    (outcome.invocation, outcome.status)
}

/// The run of a payment that waits.
pub async fn waits(bench: &Bench, document: &str, amount: &str) -> String {
    let (run, status) = pays(bench, document, amount).await;
    assert_eq!(status, RunStatus::AwaitingApproval);
    run
}

/// The hash of what a card shows.
pub async fn hash(bench: &Bench, run: &str) -> String {
    let card = bench.host.card(&Tenant::local(), run).await.unwrap();
    card.expect("it waits").effect_set.to_string()
}

async fn status(bench: &Bench, run: &str) -> RunStatus {
    let detail = bench.host.run(&Tenant::local(), run).await.unwrap();
    detail.unwrap().outcome.status
}

/// Sends a decision about a card as it is now.
async fn decide(
    bench: &Bench,
    browser: &mut Browser,
    run: &str,
    fields: &[(&str, &str)],
) -> Answer {
    let effects = hash(bench, run).await;
    let mut all = vec![("effects", effects.as_str())];
    all.extend(fields);
    browser.post(&format!("/approvals/{run}"), &all).await
}

#[tokio::test]
async fn a_card_waits_in_the_inbox_and_is_done_once_a_person_says_so() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    ann.get("/approvals").await.says("Nothing waits for you");
    let run = waits(&bench, "order-1", "12.00").await;
    let inbox = ann.get("/approvals").await;
    inbox.says("1 payment would be made, EUR 12.00 in all");
    inbox
        .says("First payment to this account")
        .says(&format!("/approvals/{run}"));
    let path = format!("/approvals/{run}");
    let card = ann.get(&path).await;
    for said in [
        "guildhall itself, at your command; no skill runs",
        "EUR 12.00",
        "to book account payable/market.example/eur",
        "First payment to this account",
        "From your account till: recorded here, no bank transfer.",
        "What it can't do",
        "Then nothing of it is done.",
        "in 7 days",
        "Approve once",
        "EUR 12.00 a month",
    ] {
        card.says(said);
    }
    // What the form carries is what is shown.
    assert_eq!(
        card.between("name=\"effects\" value=\"", "\""),
        hash(&bench, &run).await
    );
    let done = decide(&bench, &mut ann, &run, &[("decision", "once")]).await;
    let page = ann.get(done.goes_to()).await;
    page.says("<h1>Done</h1>")
        .says("Approved by you")
        .says(&format!("/runs/{run}/receipt"));
    assert_eq!(status(&bench, &run).await, RunStatus::Committed);
    let paid = bench
        .host
        .payment_of(&Tenant::local(), PAYEE, "order-1")
        .await
        .unwrap();
    assert_eq!(paid, Some((run.clone(), Hold::Captured)));
    let facts = bench
        .host
        .decision(&Tenant::local(), &run)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (facts.channel.as_str(), facts.decision.as_str()),
        ("console", "approve")
    );
    assert!(
        facts.decider.starts_with("person:") && facts.decider.ends_with(" (Ann)"),
        "{}",
        facts.decider
    );
    ann.get("/approvals").await.says("Nothing waits for you");
    // What was decided says so to everybody after.
    let late = ann
        .post(
            &path,
            &[
                ("effects", &Digest::of(b"x").to_string()),
                ("decision", "once"),
            ],
        )
        .await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    late.says("Your decision was not taken")
        .says("Already decided: done");
    assert_eq!(
        ann.get("/approvals/0198c0de-f00d-7000-8000-000000000001")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn new_payees_and_large_amounts_ask_for_the_password_again() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let run = waits(&bench, "order-1", "12.00").await;
    let path = format!("/approvals/{run}");
    let fresh = ann.get(&path).await;
    assert!(
        !fresh.text.contains("Show that it is you"),
        "just signed in"
    );
    bench.app.clock.advance(LATER);
    let card = ann.get(&path).await;
    card.says("Show that it is you")
        .says("was never paid before")
        .says("name=\"password\"");
    let once = ("decision", "once");
    for (password, said) in [
        ("", "sign in again below"),
        ("a wrong password", "The name or the password is wrong"),
    ] {
        let refused = decide(&bench, &mut ann, &run, &[once, ("password", password)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{password}");
        refused.says(said);
        assert_eq!(status(&bench, &run).await, RunStatus::AwaitingApproval);
    }
    let done = decide(&bench, &mut ann, &run, &[once, ("password", PASSWORD)]).await;
    assert_eq!(done.goes_to(), format!("{path}?done=1"));
    // A known account and a small amount: nothing more is asked.
    let small = waits(&bench, "order-2", "50.00").await;
    let card = ann.get(&format!("/approvals/{small}")).await;
    card.says("Paid once before");
    let once_form = card.between("value=\"once\"", "</form>");
    assert!(!once_form.contains("Show that it is you"), "{once_form}");
    decide(&bench, &mut ann, &small, &[once]).await.goes_to();
    // Above what was configured.
    let large = waits(&bench, "order-3", "50.01").await;
    ann.get(&format!("/approvals/{large}"))
        .await
        .says("EUR 50.01 is more than EUR 50.00");
    let refused = decide(&bench, &mut ann, &large, &[once]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(status(&bench, &large).await, RunStatus::AwaitingApproval);
    // A password that is right for somebody else is wrong.
    let mut bo = {
        let mut again = bench.browser();
        again.get("/sign-in").await;
        again
            .post("/sign-in", &[("name", "Ann"), ("password", PASSWORD)])
            .await;
        bench.invited(&mut again, "Bo", Role::Approver).await
    };
    decide(&bench, &mut bo, &large, &[once]).await.goes_to();
}

#[tokio::test]
async fn rejecting_takes_a_reason_and_no_password_and_ends_it() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let run = waits(&bench, "order-1", "12.00").await;
    bench.app.clock.advance(LATER);
    for none in ["", "   "] {
        let refused = decide(
            &bench,
            &mut ann,
            &run,
            &[("decision", "reject"), ("reason", none)],
        )
        .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        refused.says("needs a reason");
    }
    let done = decide(
        &bench,
        &mut ann,
        &run,
        &[("decision", "reject"), ("reason", "not <b>ours</b>")],
    )
    .await;
    let page = ann.get(done.goes_to()).await;
    page.says("<h1>Rejected</h1>")
        .says("Rejected by you")
        .says("not ");
    assert!(!page.text.contains("<b>ours"), "{}", page.text);
    assert_eq!(status(&bench, &run).await, RunStatus::Rejected);
    let mut nothing = bench.invited(&mut ann, "Bo", Role::Approver).await;
    nothing
        .get(&format!("/approvals/{run}"))
        .await
        .says("Already decided: rejected")
        .says("Rejected by Ann, on this console");
}

#[tokio::test]
async fn what_was_not_shown_is_not_done() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let run = waits(&bench, "order-1", "12.00").await;
    let path = format!("/approvals/{run}");
    for decision in [
        [("decision", "once"), ("reason", "")],
        [("decision", "reject"), ("reason", "no")],
        [("decision", "always"), ("reason", "")],
    ] {
        let other = Digest::of(b"something else").to_string();
        let mut fields = vec![("effects", other.as_str())];
        fields.extend(decision);
        let refused = ann.post(&path, &fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{decision:?}");
        // With the card as it is.
        refused
            .says("not what you were shown")
            .says(&hash(&bench, &run).await);
    }
    for (effects, decision) in [("", "once"), ("nonsense", "once")] {
        let refused = ann
            .post(&path, &[("effects", effects), ("decision", decision)])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let refused = decide(&bench, &mut ann, &run, &[("decision", "everything")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(status(&bench, &run).await, RunStatus::AwaitingApproval);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_wins_and_the_other_is_told_by_whom() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let mut bo = bench.invited(&mut ann, "Bo", Role::Approver).await;
    for turn in 0..3 {
        let run = waits(&bench, &format!("order-{turn}"), "12.00").await;
        let (one, other) = join(
            decide(&bench, &mut ann, &run, &[("decision", "once")]),
            decide(
                &bench,
                &mut bo,
                &run,
                &[("decision", "reject"), ("reason", "no")],
            ),
        )
        .await;
        let (loser, words, ended) = match (one.status, other.status) {
            (StatusCode::SEE_OTHER, StatusCode::CONFLICT) => (
                other,
                "Approved by Ann, on this console",
                RunStatus::Committed,
            ),
            (StatusCode::CONFLICT, StatusCode::SEE_OTHER) => {
                (one, "Rejected by Bo, on this console", RunStatus::Rejected)
            }
            both => panic!("{both:?}"),
        };
        loser.says(words).says("Your decision was not taken");
        assert_eq!(status(&bench, &run).await, ended);
    }
}

#[tokio::test]
async fn an_expired_card_says_so_and_nothing_of_it_is_done() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let run = waits(&bench, "order-1", "12.00").await;
    let effects = hash(&bench, &run).await;
    let journal = bench.folder.path().join("state/journal.sqlite");
    sqlx::any::install_default_drivers();
    let mut db = sqlx::AnyConnection::connect(&format!("sqlite://{}", journal.display()))
        .await
        .unwrap();
    let moved = sqlx::query("UPDATE runs SET expires_at = 1")
        .execute(&mut db)
        .await
        .unwrap();
    assert_eq!(moved.rows_affected(), 1);
    let fields = [("effects", effects.as_str()), ("decision", "once")];
    let late = ann.post(&format!("/approvals/{run}"), &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    late.says("<h1>Expired</h1>").says("Nobody decided in time");
    assert_eq!(status(&bench, &run).await, RunStatus::Rejected);
    ann.get("/approvals").await.says("Nothing waits for you");
}

#[tokio::test]
async fn a_mandate_is_given_with_its_limits_used_and_taken_back() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let run = waits(&bench, "order-1", "12.00").await;
    let always = |limit: &'static str, per: &'static str, until: &'static str| {
        [
            ("decision", "always"),
            ("limit", limit),
            ("per", per),
            ("until", until),
        ]
    };
    for (fields, said) in [
        (always("30", "month", "2020-01-01"), "2020-01-01 is over"),
        (
            always("30", "fortnight", ""),
            "is no period that can be chosen",
        ),
        (always("USD 30.00", "month", ""), "nothing is converted"),
        (always("0", "month", ""), "Nothing was done"),
        (always("a lot", "month", ""), "Nothing was done"),
    ] {
        let refused = decide(&bench, &mut ann, &run, &fields).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
        refused.says(said);
    }
    assert!(
        bench
            .host
            .mandates(&Tenant::local())
            .await
            .unwrap()
            .is_empty()
    );
    // What costs money from now on asks again, whoever is paid.
    bench.app.clock.advance(LATER);
    let fields = always("30.00", "month", "2099-03-31");
    let refused = decide(&bench, &mut ann, &run, &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.says("without asking you").says("value=\"30.00\"");
    let mut with = fields.to_vec();
    with.push(("password", PASSWORD));
    decide(&bench, &mut ann, &run, &with).await.goes_to();
    let words = "up to EUR 30.00 a month without asking";
    let page = ann.get("/mandates").await;
    page.says(words)
        .says("until 2099-03-31")
        .says("of EUR 30.00 used")
        .says("For <bdi>licence of acme/vat-report")
        .says("Given by <bdi>Ann, on this console");
    assert_eq!(
        pays(&bench, "order-2", "12.00").await.1,
        RunStatus::Committed
    );
    // The first one counts in its own period, or not at all: either way a third does not fit twice.
    let (third, ended) = pays(&bench, "order-3", "20.00").await;
    assert_eq!(ended, RunStatus::AwaitingApproval);
    ann.get(&format!("/approvals/{third}"))
        .await
        .says("Why you are asked although there are mandates");
    let id = ann.get("/mandates").await.between("/mandates/", "/revoke");
    let path = format!("/mandates/{id}/revoke");
    assert_eq!(ann.post(&path, &[]).await.goes_to(), "/mandates");
    ann.get("/mandates")
        .await
        .says("No longer in force")
        .says("Taken back");
    assert_eq!(ann.post(&path, &[]).await.status, StatusCode::CONFLICT);
    assert_eq!(
        pays(&bench, "order-4", "1.00").await.1,
        RunStatus::AwaitingApproval
    );
}

#[tokio::test]
async fn cards_of_one_kind_are_decided_in_one_table_and_each_by_itself() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let first = waits(&bench, "order-0", "1.00").await;
    let also = waits(&bench, "order-00", "1.00").await;
    // New accounts are looked at one by one.
    assert!(!ann.get("/approvals").await.text.contains("Decide together"));
    decide(
        &bench,
        &mut ann,
        &also,
        &[("decision", "reject"), ("reason", "one is enough")],
    )
    .await
    .goes_to();
    decide(&bench, &mut ann, &first, &[("decision", "once")])
        .await
        .goes_to();
    let mut runs = Vec::new();
    for turn in 1..=3 {
        runs.push(waits(&bench, &format!("order-{turn}"), "20.00").await);
    }
    let inbox = ann.get("/approvals").await;
    inbox.says("3 cards of payments to known accounts");
    let path = inbox
        .between("href=\"/approvals/batch", "\"")
        .replace("&amp;", "&")
        .replace("&#38;", "&");
    let path = format!("/approvals/batch{path}");
    let table = ann.get(&path).await;
    table
        .says("3 cards, EUR 60.00 in all")
        .says("Paid once before".to_lowercase().as_str());
    bench.app.clock.advance(LATER);
    // Together they are more than EUR 50.00.
    let listed = runs.join(" ");
    let hashes = [
        hash(&bench, &runs[0]).await,
        Digest::of(b"other").to_string(),
        hash(&bench, &runs[2]).await,
    ];
    let takes: Vec<String> = runs.iter().map(|run| format!("take.{run}")).collect();
    let mut fields: Vec<(&str, &str)> = vec![("runs", &listed), ("decision", "approve")];
    let none = ann.post(&path, &fields).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    none.says("No card was chosen");
    fields.extend(
        takes
            .iter()
            .zip(&hashes)
            .map(|(name, hash)| (name.as_str(), hash.as_str())),
    );
    let refused = ann.post(&path, &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.says("EUR 60.00 is more than EUR 50.00");
    fields.push(("password", PASSWORD));
    let done = ann.post(&path, &fields).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    done.says("3 cards decided").says("not what you were shown");
    let mut ended = Vec::new();
    for run in &runs {
        ended.push(status(&bench, run).await);
    }
    // The one that was not as shown waits on.
    assert_eq!(
        ended,
        [
            RunStatus::Committed,
            RunStatus::AwaitingApproval,
            RunStatus::Committed
        ]
    );
    // What no table shows is decided by none, whatever a form says.
    let other = OwnPayment {
        purpose: Purpose {
            from: "market.example".to_owned(),
            what: "something else".to_owned(),
        },
        ..own("order-9", "1.00")
    };
    let other = bench.host.pay(other).await.unwrap().invocation;
    let (take, shown) = (format!("take.{other}"), hash(&bench, &other).await);
    let fields = [
        ("runs", other.as_str()),
        (&take, shown.as_str()),
        ("decision", "approve"),
        ("password", PASSWORD),
    ];
    let refused = ann.post(&path, &fields).await;
    refused.says("It has to be looked at by itself");
    assert_eq!(status(&bench, &other).await, RunStatus::AwaitingApproval);
}

#[tokio::test]
async fn who_may_not_approve_looks_and_decides_nothing() {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let run = waits(&bench, "order-1", "12.00").await;
    let effects = hash(&bench, &run).await;
    let path = format!("/approvals/{run}");
    let mut others = vec![("a stranger", bench.browser())];
    for (name, role) in [("Vi", Role::Viewer), ("Op", Role::Operator)] {
        others.push((name, bench.invited(&mut ann, name, role).await));
    }
    for (name, browser) in &mut others {
        let page = browser.get(&path).await;
        if *name == "a stranger" {
            assert!(page.goes_to().starts_with("/sign-in"));
            browser.get("/sign-in").await;
        } else {
            page.says("You may look. An approver or an owner decides.");
            assert!(!page.text.contains("name=\"effects\""), "{name} got a form");
        }
        for (to, fields) in [
            (path.clone(), vec![("decision", "once")]),
            (path.clone(), vec![("decision", "reject"), ("reason", "no")]),
            (path.clone(), vec![("decision", "always")]),
            (format!("{path}/challenge"), vec![]),
            (
                "/approvals/batch/challenge".to_owned(),
                vec![("runs", run.as_str())],
            ),
            ("/mandates/x/revoke".to_owned(), vec![]),
        ] {
            let take = format!("take.{run}");
            let mut all = vec![
                ("effects", effects.as_str()),
                (take.as_str(), effects.as_str()),
                ("password", PASSWORD),
            ];
            all.extend(fields);
            let refused = browser.post(&to, &all).await;
            let no = matches!(
                refused.status,
                StatusCode::FORBIDDEN | StatusCode::SEE_OTHER
            );
            assert!(
                no && !refused.text.contains("challenge\":"),
                "{name} at {to}: {}",
                refused.status
            );
        }
    }
    assert_eq!(status(&bench, &run).await, RunStatus::AwaitingApproval);
    assert!(
        bench
            .host
            .decision(&Tenant::local(), &run)
            .await
            .unwrap()
            .is_none()
    );
}
