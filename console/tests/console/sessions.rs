//! Signing in and out, and what a cookie is worth.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use guildhall_console::people::Role;
use guildhall_console::people::session::{IDLE_MS, SESSION_MS};

use super::bench::{Bench, Browser, HOST, PASSWORD};

const OWN: &str = "/settings/account";

async fn sign_in(browser: &mut Browser, name: &str, password: &str) -> super::bench::Answer {
    browser.get("/sign-in").await;
    browser
        .post(
            "/sign-in",
            &[("name", name), ("password", password), ("next", OWN)],
        )
        .await
}

#[tokio::test]
async fn a_cookie_from_before_the_sign_in_is_nothing_after_it() {
    let bench = Bench::new().await;
    bench.owner().await;
    let mut ann = bench.browser();
    ann.get("/sign-in").await;
    // Whoever put the cookie there, or read it, has it still.
    let mut thief = ann.clone();
    let before = ann.cookie.clone();
    assert_eq!(sign_in(&mut ann, "ann", PASSWORD).await.goes_to(), OWN);
    assert_ne!(ann.cookie, before);
    assert_eq!(ann.get(OWN).await.status, StatusCode::OK);
    assert!(thief.get(OWN).await.goes_to().starts_with("/sign-in"));
    // Signing in again from the same browser ends the session that was.
    let mut first = ann.clone();
    let again = ann
        .post("/sign-in", &[("name", "Ann"), ("password", PASSWORD)])
        .await;
    assert_eq!(again.goes_to(), "/");
    assert_ne!(ann.cookie, first.cookie);
    assert!(first.get(OWN).await.goes_to().starts_with("/sign-in"));
    assert_eq!(ann.get(OWN).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_cookie_is_no_other_services_and_no_scripts() {
    let bench = Bench::new().await;
    let page = bench.browser().get("/sign-in").await;
    let set = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("guildhall-console="), "{set}");
    assert!(set.contains("; Path=/; HttpOnly; SameSite=Lax"), "{set}");
    // Over TLS a browser takes it from this host alone.
    let bench = Bench::with(|config| {
        config.public_url = Some("https://console.example".parse().unwrap());
    })
    .await;
    let page = bench
        .browser()
        .send(
            Method::GET,
            "/sign-in",
            &[("host", "console.example")],
            Body::empty(),
        )
        .await;
    let set = page.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("__Host-guildhall-console="), "{set}");
    assert!(set.ends_with("; Secure"), "{set}");
    assert!(page.headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
}

#[tokio::test]
async fn a_session_ends_by_its_time_and_by_being_left_alone() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    // Used now and then, it goes on.
    for _ in 0..3 {
        bench.app.clock.advance(IDLE_MS - 60_000);
        assert_eq!(ann.get(OWN).await.status, StatusCode::OK);
    }
    // A page that refreshes itself is nobody's use.
    let live = [("x-guildhall-live", "1")];
    bench.app.clock.advance(IDLE_MS - 60_000);
    let page = ann.send(Method::GET, OWN, &live, Body::empty()).await;
    assert_eq!(page.status, StatusCode::OK);
    bench.app.clock.advance(120_000);
    assert!(ann.get(OWN).await.goes_to().starts_with("/sign-in"));
    sign_in(&mut ann, "Ann", PASSWORD).await;
    for _ in 0..(SESSION_MS / IDLE_MS) {
        bench.app.clock.advance(IDLE_MS - 60_000);
        ann.get(OWN).await;
    }
    bench.app.clock.advance(10 * 60_000);
    assert!(ann.get(OWN).await.goes_to().starts_with("/sign-in"));
}

#[tokio::test]
async fn signing_out_ends_this_session_and_everywhere_ends_all() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let (mut phone, mut desk) = (bench.browser(), bench.browser());
    sign_in(&mut phone, "Ann", PASSWORD).await;
    sign_in(&mut desk, "Ann", PASSWORD).await;
    ann.get(OWN).await.says("You are signed in with 3 browsers");
    let mut stolen = phone.clone();
    assert_eq!(phone.post("/sign-out", &[]).await.goes_to(), "/sign-in");
    assert!(stolen.get(OWN).await.goes_to().starts_with("/sign-in"));
    assert_eq!(desk.get(OWN).await.status, StatusCode::OK);
    assert_eq!(
        ann.post("/sign-out/everywhere", &[]).await.goes_to(),
        "/sign-in"
    );
    assert!(desk.get(OWN).await.goes_to().starts_with("/sign-in"));
    assert!(ann.get(OWN).await.goes_to().starts_with("/sign-in"));
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_every_other_session() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let mut phone = bench.browser();
    sign_in(&mut phone, "Ann", PASSWORD).await;
    let new = "another horse battery";
    let form = "/settings/account/password";
    let wrong = ann
        .post(form, &[("old", "something wrong"), ("password", new)])
        .await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    wrong.says("Nothing was changed");
    let short = ann
        .post(form, &[("old", PASSWORD), ("password", "short")])
        .await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let before = ann.cookie.clone();
    let done = ann
        .post(form, &[("old", PASSWORD), ("password", new)])
        .await;
    ann.get(done.goes_to())
        .await
        .says("Your password is changed");
    assert_ne!(ann.cookie, before);
    assert!(phone.get(OWN).await.goes_to().starts_with("/sign-in"));
    assert_eq!(
        sign_in(&mut phone, "Ann", PASSWORD).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(sign_in(&mut phone, "Ann", new).await.goes_to(), OWN);
}

#[tokio::test]
async fn who_guesses_passwords_is_locked_out_and_learns_nothing_of_names() {
    let bench = Bench::new().await;
    bench.owner().await;
    let mut eve = bench.browser();
    let nobody = sign_in(&mut eve, "Nobody", "a wrong password").await;
    let known = sign_in(&mut eve, "Ann", "a wrong password").await;
    assert_eq!(
        (nobody.status, known.status),
        (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED)
    );
    let told = |page: &super::bench::Answer| {
        page.between("role=\"alert\"", "</form>")
            .replace("Nobody", "Ann")
            .replace(&eve.token(), "")
    };
    assert_eq!(told(&nobody), told(&known));
    for _ in 0..3 {
        sign_in(&mut eve, "Ann", "a wrong password").await;
    }
    let fifth = sign_in(&mut eve, "Ann", "a wrong password").await;
    assert_eq!(fifth.status, StatusCode::UNAUTHORIZED);
    // Not even the right one is looked at now.
    let locked = sign_in(&mut eve, "Ann", PASSWORD).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.headers.contains_key(header::RETRY_AFTER));
    bench.app.clock.advance(31_000);
    assert_eq!(sign_in(&mut eve, "Ann", PASSWORD).await.goes_to(), OWN);
}

#[tokio::test]
async fn forms_of_other_sites_and_without_the_token_change_nothing() {
    let bench = Bench::new().await;
    let mut ann = bench.sign_in_as(Role::Owner).await;
    let token = ann.token();
    let fields = [("name", "Bo"), ("role", "viewer"), ("csrf", token.as_str())];
    let path = "/settings/people";
    for headers in [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("origin", "http://localhost:9999"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = ann.post_plain(path, &fields, &[headers]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?}");
        refused.says("form.foreign");
    }
    // The token of another visit, and none.
    let mut other = bench.browser();
    other.get("/sign-in").await;
    for token in ["", "x", other.token().as_str()] {
        let fields = [("name", "Bo"), ("role", "viewer"), ("csrf", token)];
        let refused = ann.post_plain(path, &fields, &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
    }
    assert!(!ann.get(path).await.text.contains("Bo</bdi>"));
    let origin = format!("http://{HOST}");
    let headers = [
        ("origin", origin.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    let done = ann.post_plain(path, &fields, &headers).await;
    assert_eq!(done.status, StatusCode::OK);
}
