//! The pages of a console in a real browser, over the real binary: its first start, what waits, and what becomes of it.

use crate::browser::{Browser, View};
use crate::checks::Checks;
use guildhall_tests::Home;
use guildhall_tests::console::{PASSWORD, Up};
use guildhall_tests::money::order;

/// Pages of an owner, by the names of their pictures.
const PAGES: [(&str, &str); 24] = [
    ("skills", "/skills"),
    ("find", "/skills/find"),
    ("runs", "/runs"),
    ("money", "/money"),
    ("money-account", "/money/till"),
    ("mandates", "/mandates"),
    ("mandate-payments", "/mandates/new"),
    ("mandate-files", "/mandates/new?kind=files"),
    ("mandate-messages", "/mandates/new?kind=messages"),
    ("settings", "/settings"),
    ("account", "/settings/account"),
    ("passkeys", "/settings/passkeys"),
    ("people", "/settings/people"),
    ("ceilings", "/settings/ceilings"),
    ("agents", "/settings/agents"),
    ("programs", "/settings/programs"),
    ("webhooks", "/settings/webhooks"),
    ("secrets", "/settings/secrets"),
    ("channels", "/settings/channels"),
    ("chat", "/settings/chat"),
    ("audit", "/settings/audit"),
    ("data", "/settings/data"),
    ("delete", "/settings/data/delete"),
    ("nowhere", "/nowhere"),
];

/// A console, its address as browsers know it, and two runs that wait.
struct Place {
    up: Up,
    first: String,
    second: String,
    /// Stays as long as its console.
    _home: Home,
}

impl Place {
    fn set() -> Self {
        let home = Home::with_till(10_000);
        let first = home.parked_payment(order("book:acme", 1_250, "INV-1"));
        let second = home.parked_payment(order("book:acme", 725, "INV-2"));
        let up = Up::start(&home);
        Self {
            up,
            first,
            second,
            _home: home,
        }
    }

    fn url(&self, path: &str) -> String {
        let port = self.up.address.rsplit(':').next().unwrap();
        format!("http://localhost:{port}{path}")
    }
}

/// Makes Ann the owner with the printed link.
pub async fn becomes_the_owner(browser: &Browser, link: &str) {
    browser.open(link).await;
    browser.write("#name", "Ann").await;
    browser.write("#password", PASSWORD).await;
    browser.press("main form .button").await;
    browser.shows("h1", "This console is yours, Ann").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_of_the_console_is_whole_and_readable_by_everybody() {
    let place = Place::set();
    let browser = Browser::start().await;
    let mut checks = Checks::new(&browser);
    checks.page("console-start", &place.up.url).await;
    becomes_the_owner(&browser, &place.up.url).await;
    checks.shown("console-welcome").await;
    checks.page("console-inbox", &place.url("/approvals")).await;
    let card = format!("/approvals/{}", place.first);
    checks.page("console-card", &place.url(&card)).await;
    let run = format!("/runs/{}", place.first);
    checks.page("console-run", &place.url(&run)).await;
    for (name, path) in PAGES {
        let name = format!("console-{name}");
        checks.page(&name, &place.url(path)).await;
    }
    checks.close(20);
    browser.stop().await;
}

/// A phone with scripts switched off: the first start, one card approved, another one rejected, and both seen in the list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_decides_in_a_browser_without_scripts() {
    let place = Place::set();
    let browser = Browser::start().await;
    browser.look(View::PHONE_LIGHT).await;
    browser.without_scripts().await;
    becomes_the_owner(&browser, &place.up.url).await;
    browser.open(&place.url("/approvals")).await;
    browser.shows("main", "2 runs wait").await;
    browser.shows("main", "First payment to this account").await;

    let card = |run: &str| place.url(&format!("/approvals/{run}"));
    browser.open(&card(&place.first)).await;
    browser.shows("main", "EUR 12.50").await;
    browser.press(".verdict > form .wide-button").await;
    browser.shows("#became .outcome", "Approved by you").await;
    browser.shows("#became", "EUR 12.50").await;

    browser.open(&card(&place.second)).await;
    browser
        .press("details.answer-more:last-of-type summary")
        .await;
    browser.write("#reason", "We have not ordered that.").await;
    browser.press("details.answer-more .danger").await;
    browser
        .shows("#became .outcome", "We have not ordered that.")
        .await;

    browser.open(&place.url("/approvals")).await;
    browser.shows("main", "Nothing waits for you.").await;
    browser.open(&place.url("/money/till")).await;
    browser.shows("main", "87.50").await;
    browser.stop().await;
}
