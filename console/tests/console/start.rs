//! The first start, and what the link of it is worth.

use axum::http::StatusCode;
use guildhall_console::people::first::FIRST_MS;

use super::bench::{Bench, PASSWORD};

#[tokio::test]
async fn the_link_of_the_first_start_makes_one_owner_and_is_nothing_afterwards() {
    let bench = Bench::new().await;
    let link = bench.link().await;
    let key = link.strip_prefix("/start?key=").unwrap();
    let mut ann = bench.browser();
    ann.get(&link).await.says("Who owns this console?");
    // Two browsers have the link: the first that sends the form wins.
    let mut eve = bench.browser();
    eve.get(&link).await.says("Who owns this console?");
    let fields = |name| [("key", key), ("name", name), ("password", PASSWORD)];
    assert_eq!(
        ann.post("/start", &fields("Ann")).await.goes_to(),
        "/welcome"
    );
    ann.get("/welcome")
        .await
        .says("This console is yours, <bdi>Ann</bdi>");
    let late = eve.post("/start", &fields("Eve")).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    late.says("start.key");
    assert_eq!(
        eve.get("/welcome").await.goes_to(),
        "/sign-in?next=%2Fwelcome"
    );
    // Whoever opens it now is led to the console, and the program prints no other.
    assert_eq!(eve.get(&link).await.goes_to(), "/");
    assert_eq!(bench.link().await, "/");
}

#[tokio::test]
async fn no_other_key_an_old_one_and_no_weak_password_make_an_owner() {
    let bench = Bench::new().await;
    let link = bench.link().await;
    let key = link.strip_prefix("/start?key=").unwrap();
    let mut browser = bench.browser();
    for wrong in ["", "x", &"A".repeat(43)] {
        let page = browser.get(&format!("/start?key={wrong}")).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{wrong}");
        page.says("start it again");
    }
    browser.get(&link).await;
    let short = browser
        .post(
            "/start",
            &[("key", key), ("name", "Ann"), ("password", "elevenchars")],
        )
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    short.says("shorter than 12 characters");
    let nobody = browser
        .post(
            "/start",
            &[("key", key), ("name", " "), ("password", PASSWORD)],
        )
        .await;
    nobody.says("a name is needed");
    bench.app.clock.advance(FIRST_MS + 1);
    let old = browser
        .post(
            "/start",
            &[("key", key), ("name", "Ann"), ("password", PASSWORD)],
        )
        .await;
    assert_eq!(old.status, StatusCode::FORBIDDEN);
    // Without an owner the program prints another one, which works.
    bench.owner().await;
}

#[tokio::test]
async fn what_is_stored_of_links_sessions_and_passwords_signs_nobody_in() {
    let bench = Bench::new().await;
    let link = bench.link().await;
    let key = link.strip_prefix("/start?key=").unwrap().to_owned();
    let ann = bench.owner().await;
    let cookie = ann.cookie.unwrap();
    bench.app.store.close().await;
    let mut stored = Vec::new();
    for file in std::fs::read_dir(bench.folder.path().join("state")).unwrap() {
        let path = file.unwrap().path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("console.sqlite"))
        {
            stored.extend(std::fs::read(path).unwrap());
        }
    }
    let holds = |text: &str| {
        stored
            .windows(text.len())
            .any(|piece| piece == text.as_bytes())
    };
    assert!(holds("$argon2id$"), "the database was not found");
    for secret in [key.as_str(), cookie.as_str(), PASSWORD] {
        assert!(!holds(secret), "{secret}");
    }
}
