//! The pages that everybody sees: what they say, what they tell the browser, and how they fail.

use reqwest::Method;
use reqwest::header::RANGE;

use guildhall_package::market::release::Withdraw;

use crate::author::Author;
use crate::both;
use crate::component::Recipe;
use crate::shop::{Db, Shop, refused};
use crate::visit::{Page, Visit};

both!(
    every_page_is_html_with_all_headers_and_nothing_from_elsewhere,
    a_skill_page_says_what_it_can_and_cannot_touch_and_proves_it,
    versions_show_what_is_new_and_what_was_given_up,
    what_was_taken_back_is_said_at_the_top,
    downloads_are_counted_whole_and_survive_a_restart
);

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";
const RATES: &str = "https://rates.example.test/daily/*";
const MORE: &str = "https://rates.example.test/**";

/// What every page has, a broken one too.
#[track_caller]
pub fn is_a_page(page: &Page) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(page.header("content-security-policy"), POLICY);
    assert_eq!(page.header("x-frame-options"), "DENY");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    page.has("<html lang=\"en\">").has("<main id=\"content\"");
    let lower = page.text.to_lowercase();
    for never in [
        "<script",
        "<iframe",
        "javascript:",
        " style=",
        "<style",
        " onerror=",
        " onload=",
    ] {
        assert!(!lower.contains(never), "{never} in {}", page.text);
    }
    for part in ["src=\"", "href=\"", "action=\""] {
        for to in lower.split(part).skip(1) {
            let local = to.starts_with('/') && !to.starts_with("//");
            let fine = local
                || to.starts_with('#')
                || to.starts_with("https://")
                || to.starts_with("mailto:");
            assert!(fine, "{part}{}", &to[..to.len().min(60)]);
            assert!(
                part != "src=\"" || local,
                "{part}{}",
                &to[..to.len().min(60)]
            );
        }
    }
}

async fn shop_with_rates(db: Db) -> (Shop, Author) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let mut recipe = Recipe::new("northwind/rates", "1.0.0").url(RATES);
    recipe.contact = Some("help@northwind.test".to_owned());
    author.released(&shop, &author.pack(&recipe)).await;
    (shop, author)
}

async fn every_page_is_html_with_all_headers_and_nothing_from_elsewhere(db: Db) {
    let (shop, _) = shop_with_rates(db).await;
    let mut visit = Visit::default();
    for (path, status) in [
        ("/", 200),
        ("/search", 200),
        (
            "/search?q=rates&category=invoicing&price=free&capability=network",
            200,
        ),
        (
            "/search?q=%22%20OR%20name%3A*%20AND%20(%20%5B%5D%20~2%5E%20%2B-%20NEAR%2F3%20%5C",
            200,
        ),
        ("/search?q=rates&without=payments", 200),
        ("/search?capability=everything", 422),
        ("/search?cursor=999999999999", 422),
        ("/skills/northwind/rates", 200),
        ("/skills/northwind/rates/1.0.0", 200),
        ("/skills/northwind/rates/9.9.9", 404),
        ("/skills/northwind/rates/latest", 404),
        ("/skills/northwind/nothing", 404),
        ("/skills/NORTH%2Fwind/x", 404),
        ("/publishers/northwind", 200),
        ("/publishers/nobody", 404),
        ("/transparency", 200),
        ("/report", 200),
        ("/report/sent", 200),
        ("/sign-in", 200),
        ("/assets/nothing.css", 404),
        ("/nowhere", 404),
        ("/sign-out", 405),
    ] {
        let page = visit.get(&shop, path).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        is_a_page(&page);
    }
    // Who looks at pages without a form gets no cookie.
    let mut fresh = Visit::default();
    let page = fresh.get(&shop, "/skills/northwind/rates").await;
    assert_eq!(page.header("set-cookie"), "");
    // The files of the page are there, and are kept.
    let home = fresh.get(&shop, "/").await;
    let (_, after) = home.text.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let style = fresh.get(&shop, after.split('"').next().unwrap()).await;
    assert_eq!(style.status, 200);
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert!(style.header("cache-control").contains("immutable"));
    for never in ["@import", "url(", "http"] {
        style.lacks(never);
    }
    // A program gets a problem, wherever it asks; a person at the API does, too.
    let problem = shop.get("/nowhere").await;
    assert_eq!(refused(problem).await, (404, "not-found".to_owned()));
    let api = fresh.get(&shop, "/api/v1/skills/northwind/nothing").await;
    assert_eq!(api.header("content-type"), "application/problem+json");
}

async fn a_skill_page_says_what_it_can_and_cannot_touch_and_proves_it(db: Db) {
    let (shop, author) = shop_with_rates(db).await;
    let plain = Recipe::new("northwind/plain", "2.0.0");
    author.released(&shop, &author.pack(&plain)).await;
    let mut visit = Visit::default();
    let page = visit.get(&shop, "/skills/northwind/rates").await;
    page.has("It can fetch data from the internet addresses that you grant")
        .has(&format!("GET {RATES}"))
        .has("Fetches rates.")
        .has("It cannot make or propose payments.")
        .has("It cannot read or write any of your files.")
        .lacks("It cannot reach the internet")
        .has("It can exchange data with the addresses below")
        .has("Apache-2.0")
        .has("<a href=\"mailto:help@northwind.test\"")
        .has(&format!(
            "guildhall install northwind/rates --from {}",
            shop.base
        ))
        .has(&format!(
            "guildhall bundle northwind/rates@1.0.0 -o rates-1.0.0.bundle --from {}",
            shop.base
        ))
        .has(&format!("guildhall log audit --from {}", shop.base));
    let detail: serde_json::Value = shop
        .get_json("/api/v1/releases/northwind/rates/1.0.0")
        .await;
    page.has(&format!(
        "entry <strong>{}</strong>",
        detail["log_index"].as_u64().unwrap()
    ));
    page.has(detail["release"].as_str().unwrap());
    let checkpoint = shop.get("/checkpoint").await.text().await.unwrap();
    let lines: Vec<&str> = checkpoint.lines().take(3).collect();
    page.has(&format!("has <strong>{}</strong> entries", lines[1]));
    page.has(&lines.join("\n"));
    let page = visit.get(&shop, "/skills/northwind/plain").await;
    page.has("Nothing at all.")
        .has("It cannot reach the internet")
        .has("stays on your computer");
    let home = visit.get(&shop, "/").await;
    home.has("2 skills from 1 publisher")
        .has("/skills/northwind/plain");
    let found = visit.get(&shop, "/search?q=ratse").await;
    found.has("/skills/northwind/rates").has("which is like");
    let found = visit.get(&shop, "/search?without=network").await;
    found
        .has("/skills/northwind/plain")
        .lacks("/skills/northwind/rates");
    let log = visit.get(&shop, "/transparency").await;
    log.has("northwind/rates 1.0.0 was released")
        .has("northwind became a publisher")
        .has("No witness is demanded.")
        .has(lines[2]);
}

async fn versions_show_what_is_new_and_what_was_given_up(db: Db) {
    let (shop, author) = shop_with_rates(db).await;
    for (version, url) in [("2.0.0", Some(MORE)), ("3.0.0", None)] {
        let mut recipe = Recipe::new("northwind/rates", version);
        recipe.urls.extend(url.map(str::to_owned));
        author.released(&shop, &author.pack(&recipe)).await;
    }
    let mut visit = Visit::default();
    let page = visit.get(&shop, "/skills/northwind/rates").await;
    page.has("version 3.0.0").has("Nothing at all.");
    let part = |from: &str, to: &str| {
        let (_, after) = page.text.split_once(from).unwrap();
        after.split(to).next().unwrap().to_owned()
    };
    let three = part(
        "/skills/northwind/rates/3.0.0\"",
        "/skills/northwind/rates/2.0.0\"",
    );
    assert!(
        three.contains("Given up:") && three.contains("the capability `network`"),
        "{three}"
    );
    assert!(!three.contains("New:"), "{three}");
    let two = part(
        "/skills/northwind/rates/2.0.0\"",
        "/skills/northwind/rates/1.0.0\"",
    );
    assert!(
        two.contains("New:") && two.contains(&format!("requests GET {MORE}")),
        "{two}"
    );
    let one = part("/skills/northwind/rates/1.0.0\"", "</ol>");
    assert!(one.contains("First version."), "{one}");
    let old = visit.get(&shop, "/skills/northwind/rates/1.0.0").await;
    old.has("You are looking at version 1.0.0.")
        .has("guildhall install northwind/rates@1.0.0");
}

async fn what_was_taken_back_is_said_at_the_top(db: Db) {
    let (shop, author) = shop_with_rates(db).await;
    let next = Recipe::new("northwind/rates", "1.0.1").url(RATES);
    author.released(&shop, &author.pack(&next)).await;
    let take = async |version: &str, what: &str, reason: &str| {
        let path = format!("/api/v1/releases/northwind/rates/{version}/{what}");
        let reason = reason.to_owned();
        let done = shop.post(&author.token, &path, &Withdraw { reason }).await;
        assert_eq!(done.status(), 200);
    };
    take("1.0.0", "yank", "It rounds wrongly.").await;
    take("1.0.1", "revoke", "It sends data elsewhere.").await;
    let mut visit = Visit::default();
    let yanked = visit.get(&shop, "/skills/northwind/rates/1.0.0").await;
    yanked
        .has("This version was taken off the shelf")
        .has("It rounds wrongly.")
        .lacks("id=\"install\"");
    let revoked = visit.get(&shop, "/skills/northwind/rates").await;
    revoked
        .has("This version was revoked")
        .has("It must not run.")
        .has("It sends data elsewhere.")
        .lacks("id=\"install\"");
    let publisher = visit.get(&shop, "/publishers/northwind").await;
    publisher
        .has("Not offered any more")
        .has("Nothing is offered");
    visit
        .get(&shop, "/search?q=rates")
        .await
        .has("Nothing found");
    visit
        .get(&shop, "/transparency")
        .await
        .has("was revoked: it must not run any more")
        .has("It rounds wrongly.");
}

async fn downloads_are_counted_whole_and_survive_a_restart(db: Db) {
    let (mut shop, author) = shop_with_rates(db).await;
    let detail: serde_json::Value = shop
        .get_json("/api/v1/releases/northwind/rates/1.0.0")
        .await;
    let path = format!(
        "/v2/northwind/rates/blobs/{}",
        detail["component"].as_str().unwrap()
    );
    for _ in 0..3 {
        assert_eq!(shop.get(&path).await.status(), 200);
    }
    // Looking at it, a part of it, and another part of the release are no downloads.
    assert_eq!(
        shop.ask(Method::HEAD, &path).send().await.unwrap().status(),
        200
    );
    let part = shop.ask(Method::GET, &path).header(RANGE, "bytes=0-9");
    assert_eq!(part.send().await.unwrap().status(), 206);
    let manifest = shop.get("/v2/northwind/rates/manifests/1.0.0").await;
    let manifest: serde_json::Value =
        serde_json::from_str(&manifest.text().await.unwrap()).unwrap();
    let config = format!(
        "/v2/northwind/rates/blobs/{}",
        manifest["config"]["digest"].as_str().unwrap()
    );
    assert_eq!(shop.get(&config).await.status(), 200);
    // What was counted is written when it stops.
    shop.restart().await;
    let mut visit = Visit::default();
    visit
        .get(&shop, "/skills/northwind/rates")
        .await
        .has("3 downloads");
    assert_eq!(shop.get(&path).await.status(), 200);
    shop.restart().await;
    let mut visit = Visit::of(&shop, &author.name).await;
    visit.get(&shop, "/dashboard").await.has("4 downloads");
}

#[tokio::test]
async fn who_asks_for_too_many_pages_reads_a_page_that_says_when_to_come_back() {
    let shop = Shop::with(Db::Sqlite, |config| config.limits.reads_per_second = 1).await;
    let mut visit = Visit::default();
    let mut last = visit.get(&shop, "/").await;
    for _ in 0..20 {
        if last.status == 429 {
            break;
        }
        last = visit.get(&shop, "/").await;
    }
    assert_eq!(last.status, 429);
    is_a_page(&last);
    last.has("A little slower, please");
    assert!(last.header("retry-after").parse::<u64>().unwrap() >= 1);
}

#[tokio::test]
async fn a_fault_is_a_page_that_names_the_request_and_not_the_fault() {
    let shop = Shop::open(Db::Sqlite).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("plain", "1.0.0"))
        .await;
    let detail: serde_json::Value = shop
        .get_json("/api/v1/releases/northwind/plain/1.0.0")
        .await;
    let report = detail["report"].as_str().unwrap().parse().unwrap();
    std::fs::remove_file(shop.blob_file(&report)).unwrap();
    let again = shop.twin().await;
    let page = Visit::default()
        .get(&again, "/skills/northwind/plain")
        .await;
    assert_eq!(page.status, 500);
    is_a_page(&page);
    page.has("Something went wrong on our side")
        .has(page.header("x-request-id"))
        .lacks("sha256")
        .lacks("blobs");
}

#[tokio::test]
async fn behind_https_the_cookie_is_for_https_alone() {
    let shop = Shop::with(Db::Sqlite, |config| {
        config.public_url = Some("https://market.example".parse().unwrap());
        config.operator = Some("Example Ltd".to_owned());
        config.contact = Some("help@market.example".to_owned());
    })
    .await;
    let page = Visit::default().get(&shop, "/sign-in").await;
    let cookie = page.header("set-cookie");
    assert!(cookie.starts_with("__Host-guildhall="), "{cookie}");
    for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(page.header("strict-transport-security").contains("max-age"));
    page.has("run by <bdi>Example Ltd</bdi>")
        .has("mailto:help@market.example")
        .has("guildhall login https://market.example --new");
    let plain = Shop::open(Db::Sqlite).await;
    let page = Visit::default().get(&plain, "/sign-in").await;
    let cookie = page.header("set-cookie");
    assert!(
        cookie.starts_with("guildhall=") && !cookie.contains("Secure"),
        "{cookie}"
    );
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
}
