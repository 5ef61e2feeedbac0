//! The pages of a marketplace in a real browser, over the real binary: at the width of a phone and of a desk, light and
//! dark, by keyboard, and without scripts. The pictures are kept beside the build, in `target/browser`, to be looked at.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod browser;
mod checks;
mod console;
mod stage;
mod walk;

use browser::{Browser, View};
use checks::Checks;
use stage::{FREE, MONTHLY, ONCE, Stage};

/// All pages of everybody, by the names of their pictures.
fn public_pages(stage: &Stage) -> Vec<(&'static str, String)> {
    vec![
        ("home", "/".to_owned()),
        ("search-all", "/search".to_owned()),
        ("search-mistake", "/search?q=invoise".to_owned()),
        (
            "search-narrowed",
            "/search?capability=files&price=free".to_owned(),
        ),
        ("search-nothing", "/search?q=zeppelin".to_owned()),
        ("skill", format!("/skills/{FREE}")),
        ("skill-once", format!("/skills/{}", ONCE[0])),
        ("skill-monthly", format!("/skills/{}", MONTHLY[0])),
        (
            "skill-yanked",
            "/skills/northwind/vat-report/0.1.0".to_owned(),
        ),
        (
            "skill-revoked",
            "/skills/northwind/vat-report/0.1.1".to_owned(),
        ),
        ("skill-odd", format!("/skills/{}", stage.odd)),
        ("publisher", "/publishers/northwind".to_owned()),
        ("transparency", "/transparency".to_owned()),
        ("report", "/report?skill=northwind/pay-supplier".to_owned()),
        ("report-empty", "/report".to_owned()),
        ("report-sent", "/report/sent".to_owned()),
        ("sign-in", "/sign-in".to_owned()),
        ("not-found", "/skills/northwind/nothing".to_owned()),
        ("nowhere", "/nowhere/at/all".to_owned()),
        ("refused", "/search?capability=everything".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_is_whole_and_readable_by_everybody() {
    let stage = Stage::set();
    let browser = Browser::start().await;
    let mut checks = Checks::new(&browser);
    for (name, path) in public_pages(&stage) {
        checks.page(name, &stage.url(&path)).await;
    }
    browser.report_abuse(&stage).await;
    browser.sign_in(&stage, "nora", "/dashboard").await;
    checks.page("dashboard", &stage.url("/dashboard")).await;
    checks.page("forbidden", &stage.url("/review")).await;
    // A page about a problem looks nobody up, so that it offers no end of a session.
    browser.open(&stage.url("/dashboard")).await;
    browser.sign_out().await;
    browser.sign_in(&stage, "root", "/review").await;
    checks.page("review", &stage.url("/review")).await;
    let held = format!("/review/{}", stage.held);
    checks.page("review-one", &stage.url(&held)).await;
    browser.wrong_sign_in(&stage).await;
    checks.shown("sign-in-wrong").await;
    checks.close(20);
    browser.stop().await;
}

/// What a skill costs stands on its page, with the command that buys it; a free one has neither.
async fn prices_are_shown(browser: &Browser, stage: &Stage) {
    for ([name, price], how) in [(ONCE, "once"), (MONTHLY, "per month")] {
        browser.open(&stage.url(&format!("/skills/{name}"))).await;
        browser.shows("main", &format!("{price} {how}")).await;
        let buy = format!("guildhall buy {name} --from {}", stage.url(""));
        browser.shows("main", buy.trim_end_matches('/')).await;
    }
    browser.open(&stage.url(&format!("/skills/{FREE}"))).await;
    browser.shows("body", "Free").await;
    browser.lacks("main", "guildhall buy").await;
}

/// A phone with scripts switched off: find, read, see what it costs, report, sign in, decide, sign out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_works_without_scripts() {
    let stage = Stage::set();
    let browser = Browser::start().await;
    browser.look(View::PHONE_LIGHT).await;
    browser.without_scripts().await;
    browser.open(&stage.url("/")).await;
    browser.write("#q", "invoise").await;
    browser.press(".hero .button").await;
    browser.shows("h1", "invoise").await;
    browser.follow("invoice-check").await;
    browser.shows("h1", "invoice-check").await;
    browser.shows("main", "What it cannot touch").await;
    prices_are_shown(&browser, &stage).await;
    browser.report_abuse(&stage).await;
    browser.sign_in(&stage, "root", "/review").await;
    browser
        .shows("main", "northwind/exchange-rates 0.2.0")
        .await;
    browser
        .shows("main", "It asked for my bank password.")
        .await;
    browser.follow("northwind/exchange-rates 0.2.0").await;
    browser.shows("h2#decide", "Decide").await;
    browser.press("#pass").await;
    browser
        .write("#reason", "The whole site of the bank is fine.")
        .await;
    browser.press("#decide ~ form .button").await;
    browser.shows("main", "Nothing waits.").await;
    browser.sign_out().await;
    stage.until_released("northwind/exchange-rates", "0.2.0");
    browser
        .open(&stage.url("/skills/northwind/exchange-rates"))
        .await;
    browser.shows("main", "A person, root, looked at it").await;
    browser
        .shows("main", "New: requests GET https://www.ecb.europa.eu/**")
        .await;
    browser.stop().await;
}
