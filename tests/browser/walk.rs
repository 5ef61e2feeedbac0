//! The whole way of a merchant in a real browser, over a real marketplace: the first start, a skill found, installed and run over
//! files, its card approved, a mandate given and used, a card rejected, a receipt verified, a run undone, the skill taken away,
//! everything exported and deleted. The pages that only are there on the way are looked at from all sides.

use crate::browser::Browser;
use crate::checks::Checks;
use crate::console::becomes_the_owner;
use crate::stage;
use guildhall_tests::console::{PASSWORD, Up};
use guildhall_tests::money::order;
use guildhall_tests::{Home, find};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const SKILL: &str = "northwind/vat-report";
/// Invoices that the report is made of.
const INVOICES: [&str; 2] = ["de-01-two-rates.xml", "fr-01-line-allowances.xml"];
/// Longest wait for a download.
const PATIENCE: Duration = Duration::from_secs(30);

fn invoice(name: &str) -> PathBuf {
    find::repository()
        .join("skills-examples/invoices")
        .join(name)
}

fn url(up: &Up, path: &str) -> String {
    let port = up.address.rsplit(':').next().unwrap();
    format!("http://localhost:{port}{path}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_goes_the_whole_way_in_a_browser() {
    let market = stage::shelf(&["vat-report"]);
    let home = Home::with_till(100_000);
    let trusted = home.parked_payment(order("book:acme", 1_250, "INV-1"));
    let unwanted = home.parked_payment(order("book:acme", 725, "INV-2"));
    let up = Up::start(&home);
    let browser = Browser::start().await;
    let mut checks = Checks::new(&browser);

    becomes_the_owner(&browser, &up.url).await;
    connects(&browser, &up, &market.url(), &market.root).await;
    installs(&browser, &mut checks, &up).await;
    let report = runs_over_files(&browser, &mut checks, &up).await;
    gives_a_mandate(&browser, &mut checks, &up, &home, &trusted).await;
    rejects(&browser, &mut checks, &up, &unwanted).await;
    verifies(&browser, &mut checks, &up, &report).await;
    undoes(&browser, &mut checks, &up, &report).await;
    uninstalls(&browser, &mut checks, &up).await;
    exports(&browser, &up, home.path()).await;
    deletes(&browser, &mut checks, &up).await;

    // The money that was paid stays paid, and nothing else was.
    browser.open(&url(&up, "/money/till")).await;
    browser.shows("main", "984.50").await;
    checks.close(12);
    browser.stop().await;
}

/// Nothing is trusted but the fingerprint that the person was shown and confirmed.
async fn connects(browser: &Browser, up: &Up, address: &str, root: &str) {
    browser.open(&url(up, "/settings/marketplaces")).await;
    browser.write("#address", address).await;
    browser.press("main form .button").await;
    browser.shows("main", root).await;
    browser
        .press("form[action='/settings/marketplaces/connect'] .button")
        .await;
    browser.shows("h1", "Find skills").await;
}

async fn installs(browser: &Browser, checks: &mut Checks<'_>, up: &Up) {
    browser.open(&url(up, "/skills/find?q=VAT")).await;
    browser.shows("main", SKILL).await;
    checks.shown("walk-found").await;
    browser.follow(SKILL).await;
    browser.shows("main", "Every check has passed").await;
    checks.shown("walk-offer").await;
    browser
        .press("form[action='/skills/install'] .actions .button")
        .await;
    browser.shows("#usage-head", "Usage").await;
    checks.shown("walk-installed").await;
}

/// A report over two uploaded invoices: nothing is written before it is approved, then its files can be downloaded.
async fn runs_over_files(browser: &Browser, checks: &mut Checks<'_>, up: &Up) -> String {
    browser
        .open(&url(up, &format!("/skills/{SKILL}/run/report")))
        .await;
    checks.shown("walk-form").await;
    browser.write("[id='input.folder']", "invoices").await;
    browser.write("[id='input.output']", "reports/q3").await;
    browser
        .chooses(
            "[id='file:invoices']",
            &INVOICES.map(|name| invoice(name).to_str().unwrap().to_owned()),
        )
        .await;
    browser.press("form.form .actions .button").await;
    // Who may decide comes to the card at once, or by way of the run if that takes its time.
    browser.shows("main", "q3.csv").await;
    let run = browser.path().await.rsplit('/').next().unwrap().to_owned();
    browser.open(&url(up, &format!("/runs/{run}"))).await;
    browser.shows("main", "waits for approval").await;
    checks.shown("walk-waits").await;
    browser.follow("Look at what it wants to do").await;
    browser.shows(".verdict", "Your decision").await;
    checks.shown("walk-card").await;
    browser.press(".verdict > form .wide-button").await;
    browser.shows("#became .outcome", "Approved by you").await;
    browser.open(&url(up, &format!("/runs/{run}"))).await;
    browser.shows("main", "Download the file").await;
    checks.shown("walk-run").await;
    run
}

/// A card is approved with a mandate; the next payment to the same account asks nobody.
async fn gives_a_mandate(
    browser: &Browser,
    checks: &mut Checks<'_>,
    up: &Up,
    home: &Home,
    run: &str,
) {
    browser.open(&url(up, &format!("/approvals/{run}"))).await;
    browser.shows("main", "First payment to this account").await;
    browser.press("details.answer-more summary").await;
    browser.write("#limit", "50").await;
    browser
        .press("details.answer-more[open] .wide-button")
        .await;
    browser.shows("#became .outcome", "Approved by you").await;
    browser.open(&url(up, "/mandates")).await;
    browser.shows("#mandates", "EUR 50").await;
    checks.shown("walk-mandates").await;

    browser.open(&url(up, "/mandates")).await;
    browser.shows("#mandates", "EUR 12.50").await;
    browser
        .ask("document.querySelector('#mandates button').focus(); document.querySelector('#mandates').dataset.old = 'yes'")
        .await;
    let again = home
        .pay(order("book:acme", 300, "INV-3"))
        .money("EUR 1000.00")
        .go()
        .exits(0)
        .is("committed")
        .invocation();
    // The list is exchanged under the eyes of who looks at it; who went by keyboard is still where they were.
    browser
        .shows("#mandates:not([data-old])", "EUR 15.50")
        .await;
    let focus = browser
        .ask("return document.activeElement.closest('#mandates form')?.action ?? document.activeElement.outerHTML")
        .await;
    assert!(focus.as_str().unwrap().ends_with("/revoke"), "{focus}");
    browser.open(&url(up, &format!("/approvals/{again}"))).await;
    browser.shows("#became", "mandate").await;
}

async fn rejects(browser: &Browser, checks: &mut Checks<'_>, up: &Up, run: &str) {
    browser.open(&url(up, &format!("/approvals/{run}"))).await;
    browser
        .press("details.answer-more:last-of-type summary")
        .await;
    browser.write("#reason", "We have not ordered that.").await;
    browser.press("details.answer-more .danger").await;
    browser
        .shows("#became .outcome", "We have not ordered that.")
        .await;
    checks.shown("walk-rejected").await;
}

/// The receipt holds, and the run executed again does the same.
async fn verifies(browser: &Browser, checks: &mut Checks<'_>, up: &Up, run: &str) {
    browser.open(&url(up, &format!("/runs/{run}"))).await;
    browser.follow("Verify").await;
    browser.shows("main", "The receipt holds.").await;
    browser.press("main form .button").await;
    browser.shows("main", "Execute it again once more").await;
    browser.shows("main", "The receipt holds.").await;
    checks.shown("walk-verified").await;
}

async fn undoes(browser: &Browser, checks: &mut Checks<'_>, up: &Up, run: &str) {
    browser.open(&url(up, &format!("/runs/{run}"))).await;
    browser.follow("Undo").await;
    browser.shows("main", "This would be tried").await;
    browser.press("main form .danger").await;
    browser.shows("main", "This is what came of it.").await;
    checks.shown("walk-undone").await;
    browser.open(&url(up, &format!("/runs/{run}"))).await;
    browser.shows("main", "taken back").await;
    browser.lacks("main", "Download the file").await;
}

async fn uninstalls(browser: &Browser, checks: &mut Checks<'_>, up: &Up) {
    browser.open(&url(up, &format!("/skills/{SKILL}"))).await;
    browser.follow("Uninstall").await;
    browser.shows("h1", "Uninstall").await;
    checks.shown("walk-uninstall").await;
    browser.press("main form .danger").await;
    browser.shows("h1", "is gone").await;
    browser.open(&url(up, "/skills")).await;
    browser.shows("main", "Nothing is installed yet.").await;
}

/// One archive comes down, with something in it.
async fn exports(browser: &Browser, up: &Up, folder: &Path) {
    let folder = folder.join("downloads");
    std::fs::create_dir(&folder).unwrap();
    browser.downloads_to(&folder).await;
    browser.open(&url(up, "/settings/data")).await;
    browser
        .press("form[action='/settings/data/export'] .button")
        .await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let whole = std::fs::read_dir(&folder).unwrap().find_map(|entry| {
            let path = entry.unwrap().path();
            let is_whole = path.extension().is_some_and(|ending| ending == "tar");
            (is_whole && path.metadata().unwrap().len() > 10_000).then_some(path)
        });
        if whole.is_some() {
            return;
        }
        assert!(Instant::now() < deadline, "no archive in {folder:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Everything is deleted after the word and the password were typed, and a signed statement of it can be had.
async fn deletes(browser: &Browser, checks: &mut Checks<'_>, up: &Up) {
    browser.open(&url(up, "/settings/data")).await;
    browser.press("main .button.danger").await;
    browser.shows("h1", "Delete everything").await;
    checks.shown("walk-delete").await;
    let word = browser.text("label[for=word] strong").await;
    browser.write("#word", &word).await;
    browser.write("#password", PASSWORD).await;
    browser.press("main form .danger").await;
    browser
        .shows("#statements-head", "Statements about deletions")
        .await;
    checks.shown("walk-deleted").await;
    browser.open(&url(up, "/runs")).await;
    browser.lacks("main", "vat-report").await;
}
