//! Buying a skill on its page: the payment is a card like any other, and its licence is fetched once it is approved.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use futures::future::join;
use guildhall_console::buying::{Paid, settle};
use guildhall_console::people::Role;
use guildhall_host::{Hold, NewAccount, Retention, RunQuery, RunStatus, Tenant};
use guildhall_package::market::money::Price;
use serde_json::json;

use super::approvals::hash;
use super::bench::{Answer, Bench, Browser, PASSWORD};
use super::market::{FakeMarket, Sale};
use super::program::agent;
use super::skills::{send, shop};

const PAGE: &str = "/skills/acme/shop";
const BUY: &str = "/skills/acme/shop/buy";
/// Longer than a sign-in counts as fresh.
const LATER: i64 = 6 * 60 * 1000;

fn monthly(minor: u64) -> Price {
    Price::PerMonth {
        minor,
        currency: "EUR".to_owned(),
    }
}

/// A console of a merchant with EUR 100.00, at a market that sells `acme/shop` for EUR 12.00 a month.
async fn selling() -> Bench {
    let bench = Bench::new().await;
    let me = Tenant::local();
    let euro = "EUR 100.00".parse::<guildhall_host::Amount>().unwrap();
    let till = NewAccount::book("till", euro.currency, "UTC").unwrap();
    bench.host.open_account(&me, till).await.unwrap();
    bench.host.deposit(&me, "till", euro).await.unwrap();
    let market = FakeMarket::new();
    let sale = Sale::new(&bench.host, monthly(1_200));
    market.sale.set(sale).ok().unwrap();
    bench.shelf.market.set(market).ok().unwrap();
    shop(&bench).await;
    bench
}

fn sale(bench: &Bench) -> &Sale {
    bench.shelf.market.get().unwrap().sale.get().unwrap()
}

/// Sends the form of the page, with the price that it shows.
async fn buys(browser: &mut Browser) -> Answer {
    let page = browser.get(BUY).await;
    let price = page
        .between("name=\"price\" value=\"", "\"")
        .replace("&#34;", "\"");
    browser.post(BUY, &[("price", &price)]).await
}

fn run_of(answer: &Answer) -> String {
    let to = answer.goes_to();
    to.rsplit('/').next().unwrap().to_owned()
}

async fn decide(bench: &Bench, browser: &mut Browser, run: &str, more: &[(&str, &str)]) -> Answer {
    let effects = hash(bench, run).await;
    let mut fields = vec![("effects", effects.as_str())];
    fields.extend(more);
    browser.post(&format!("/approvals/{run}"), &fields).await
}

async fn runs(bench: &Bench) -> usize {
    let all = RunQuery::default();
    let found = bench.host.search_runs(&Tenant::local(), &all).await;
    found.unwrap().runs.len()
}

/// Tries to use the skill, and answers the page of what came of it.
async fn uses(browser: &mut Browser) -> Answer {
    let fields = [("input.text", "hello")];
    let started = send(browser, "/skills/acme/shop/run/note", None, &fields, &[]).await;
    let page = started.goes_to().to_owned();
    browser.get(&page).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_skill_is_bought_by_a_card_and_runs_once_that_is_approved() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    ann.get(PAGE).await.says("not bought yet").says(BUY);
    ann.get("/skills/acme/shop/run/note")
        .await
        .says("not bought yet");
    uses(&mut ann)
        .await
        .says("Buy it on the page of the skill.");
    ann.get(BUY)
        .await
        .says("EUR 12.00 per month")
        .says("Within 14 days all of it is paid back")
        .says("Nothing is paid before somebody approves it on its card.");
    let bought = buys(&mut ann).await;
    let run = run_of(&bought);
    assert_eq!(bought.goes_to(), format!("/approvals/{run}"));
    ann.get(bought.goes_to())
        .await
        .says("licence of acme/shop")
        .says("EUR 12.00")
        .says("First payment to this account");
    assert_eq!(
        sale(&bench).payment().await,
        Some((run.clone(), Hold::None))
    );
    ann.get(PAGE).await.says("waits for approval").says(&run);

    // The same rules as for every card: a new payee asks who it is.
    bench.app.clock.advance(LATER);
    let once = ("decision", "once");
    let refused = decide(&bench, &mut ann, &run, &[once]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!sale(&bench).is_licensed());
    let done = decide(&bench, &mut ann, &run, &[once, ("password", PASSWORD)]).await;
    ann.get(done.goes_to()).await.says("<h1>Done</h1>");
    ann.get(PAGE).await.says("It is bought, and runs until");
    let used = uses(&mut ann).await;
    used.says("badge good\">done");
    // There is nothing more to buy.
    let again = ann.get(BUY).await;
    again.says("It is bought");
    assert!(!again.text.contains("name=\"price\""), "{}", again.text);
    let late = ann
        .post(
            BUY,
            &[("price", &serde_json::to_string(&monthly(1_200)).unwrap())],
        )
        .await;
    assert_eq!(late.goes_to(), PAGE);
    assert_eq!(
        sale(&bench).payment().await,
        Some((run, Hold::Captured)),
        "paid once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_are_one_payment() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    let mut again = ann.clone();
    let price = serde_json::to_string(&monthly(1_200)).unwrap();
    let fields = [("price", price.as_str())];
    let (one, other) = join(ann.post(BUY, &fields), again.post(BUY, &fields)).await;
    assert_eq!(run_of(&one), run_of(&other));
    let waiting = bench.host.pending(&Tenant::local()).await.unwrap();
    assert_eq!(waiting.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_another_price_than_was_shown_nothing_is_ordered() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    let shown = serde_json::to_string(&monthly(1_200)).unwrap();
    *sale(&bench).price.lock().unwrap() = monthly(1_500);
    let refused = ann.post(BUY, &[("price", &shown)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused
        .says("The price is another one by now")
        .says("EUR 15.00 per month");
    assert_eq!(runs(&bench).await, 0);
    let nothing = ann.post(BUY, &[("price", "cheap")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_rejected_is_not_bought_and_can_be_bought_again() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    let run = run_of(&buys(&mut ann).await);
    let no = [("decision", "reject"), ("reason", "too dear")];
    decide(&bench, &mut ann, &run, &no).await.goes_to();
    ann.get(PAGE).await.says("not bought yet").says(BUY);
    let again = run_of(&buys(&mut ann).await);
    assert_ne!(again, run);
    let once = [("decision", "once")];
    decide(&bench, &mut ann, &again, &once).await.goes_to();
    assert!(sale(&bench).is_licensed());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_and_has_no_licence_yet_is_never_paid_again() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    let run = run_of(&buys(&mut ann).await);
    sale(&bench).answers.store(false, Ordering::Relaxed);
    let once = [("decision", "once")];
    decide(&bench, &mut ann, &run, &once).await.goes_to();
    let detail = bench.host.run(&Tenant::local(), &run).await.unwrap();
    assert_eq!(detail.unwrap().summary.status, RunStatus::Committed);
    ann.get(PAGE)
        .await
        .says("It is paid, and its licence is not here yet")
        .says("Get the licence");
    let page = ann.get(BUY).await;
    assert!(!page.text.contains("name=\"price\""), "{}", page.text);
    let licence = "/skills/acme/shop/licence";
    let silent = ann.post(licence, &[]).await;
    assert_eq!(silent.status, StatusCode::CONFLICT);
    silent.says("does not answer");
    assert_eq!(runs(&bench).await, 1);
    sale(&bench).answers.store(true, Ordering::Relaxed);
    assert_eq!(ann.post(licence, &[]).await.goes_to(), PAGE);
    ann.get(PAGE).await.says("It is bought");
    // As the next process finds it, that nobody asked.
    sale(&bench).licensed.store(false, Ordering::Relaxed);
    settle(&bench.app).await;
    ann.get(PAGE).await.says("It is bought");
    assert_eq!(runs(&bench).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_payment_that_is_not_taken_the_page_says_why_and_offers_to_buy_again() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    let run = run_of(&buys(&mut ann).await);
    sale(&bench).answers.store(false, Ordering::Relaxed);
    let once = [("decision", "once")];
    decide(&bench, &mut ann, &run, &once).await.goes_to();
    for (paid, why) in [
        (
            Paid::Refused("payment.too-late".to_owned()),
            "was told too late of the payment",
        ),
        (Paid::Back, "What was paid for it came back"),
    ] {
        *sale(&bench).paid.lock().unwrap() = paid;
        ann.get(PAGE).await.says(why).says(BUY);
        let page = ann.get(BUY).await;
        page.says(why).says("name=\"price\"");
        assert!(!page.text.contains("Get the licence"), "{}", page.text);
    }
    sale(&bench).answers.store(true, Ordering::Relaxed);
    assert_eq!(buys(&mut ann).await.goes_to(), PAGE);
    ann.get(PAGE).await.says("It is bought");
    assert_eq!(runs(&bench).await, 1, "nothing was paid a second time");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_runs_skills_buys_one_and_only_who_approves_pays() {
    let bench = selling().await;
    let mut ann = bench.owner().await;
    let price = serde_json::to_string(&monthly(1_200)).unwrap();
    for (name, role) in [("Vi", Role::Viewer), ("Ap", Role::Approver)] {
        let mut other = bench.invited(&mut ann, name, role).await;
        let page = other.get(PAGE).await;
        assert!(!page.text.contains(BUY), "{}", page.text);
        for refused in [
            other.get(BUY).await,
            other.post(BUY, &[("price", &price)]).await,
            other.post("/skills/acme/shop/licence", &[]).await,
        ] {
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}");
        }
    }
    // A form of another site, and nobody at all.
    let forged = ann.post_plain(BUY, &[("price", &price)], &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let nobody = bench.browser().post(BUY, &[("price", &price)]).await;
    assert!(!nobody.status.is_success(), "{}", nobody.status);
    // Nor an agent, whatever it sends its token with: its door has no way to buy.
    let out = tempfile::tempdir().unwrap();
    let agent = agent(&bench, "Agent", out.path(), Retention::Full).await;
    for path in [BUY, "/skills/acme/shop/licence"] {
        let said = agent.post(path, &json!({ "price": price })).await;
        assert!(!said.status.is_success(), "{path}");
    }
    assert_eq!(runs(&bench).await, 0);
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    let bought = buys(&mut op).await;
    let run = run_of(&bought);
    assert_eq!(bought.goes_to(), format!("/runs/{run}"));
    let refused = decide(&bench, &mut op, &run, &[("decision", "once")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!sale(&bench).is_licensed());
}
