//! Redirects: each is a request of its own, and is authorised again.

use crate::{fetch, fetch_with};
use guildhall_tests::{Home, Peer, Ran, Reply};

/// A granted server that redirects to `location`, and a second one, granted or not, that must not see anything.
#[track_caller]
fn is_not_followed(location: &str, second_grant: Option<&str>, rule: &str) -> Ran {
    let home = Home::new();
    let to = location.to_owned();
    let first = Peer::tls(&["first.test"], move |_| Reply::redirect(302, to.clone()));
    let second = Peer::tls(&["second.test"], |_| Reply::text("yes"));
    let plain = Peer::plain(|_| Reply::text("yes"));
    let mut run = fetch(&home, "GET", "https://first.test/start")
        .allow("GET https://first.test/start")
        .peer("first.test:443", &first)
        .peer("second.test:443", &second)
        .peer("http://first.test:80", &plain);
    if let Some(grant) = second_grant {
        run = run.allow(grant);
    }
    let ran = run.go();
    ran.refused_by(rule);
    assert_eq!(first.lines(), ["GET /start"]);
    second.saw_nothing();
    plain.saw_nothing();
    home.serves_the_next_run();
    ran
}

#[test]
fn a_redirect_to_a_host_that_is_not_granted_is_not_followed() {
    let ran = is_not_followed(
        "https://second.test/?token=1234",
        None,
        "network.redirect-refused",
    );
    let message = ran.refusal("network.redirect-refused").message;
    assert!(message.contains("https://second.test"), "{message}");
    assert!(
        !message.contains("1234"),
        "what travels in a location is not told: {message}"
    );
}

#[test]
fn a_redirect_to_a_path_that_is_not_granted_is_not_followed() {
    is_not_followed("/admin", None, "network.redirect-refused");
    is_not_followed(
        "https://first.test/start/../admin",
        None,
        "network.redirect-refused",
    );
}

#[test]
fn a_redirect_away_from_encryption_is_not_followed_although_the_target_is_granted() {
    is_not_followed(
        "http://first.test/start",
        Some("GET http://first.test/**"),
        "network.redirect-refused",
    );
}

#[test]
fn a_redirect_to_a_strange_spelling_is_not_followed() {
    for location in [
        "https://user@second.test/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://first.test/%2e%2e/admin",
        "http://2130706433/",
    ] {
        is_not_followed(
            location,
            Some("GET https://second.test/**"),
            "network.redirect-refused",
        );
    }
}

#[test]
fn a_redirect_to_this_machine_is_not_followed_although_it_is_granted() {
    let home = Home::new();
    let inside = Peer::plain(|_| Reply::text("secret"));
    let target = format!("http://127.0.0.1:{}/", inside.address().port());
    let to = target.clone();
    let first = Peer::plain(move |_| Reply::redirect(302, to.clone()));
    let ran = fetch(&home, "GET", "http://first.test/")
        .allow("GET http://first.test/")
        .allow(format!("GET {target}"))
        .peer("http://first.test:80", &first)
        .go();
    ran.refused_by("network.address-not-public");
    inside.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn a_redirect_in_a_loop_ends() {
    let home = Home::new();
    let first = Peer::tls(&["first.test"], |_| Reply::redirect(302, "/start"));
    let ran = fetch(&home, "GET", "https://first.test/start")
        .allow("GET https://first.test/**")
        .peer("first.test:443", &first)
        .go();
    ran.refused_by("network.too-many-redirects");
    assert_eq!(first.lines().len(), 1);
}

#[test]
fn a_redirect_that_leads_ever_further_ends() {
    let home = Home::new();
    let first = Peer::tls(&["first.test"], |request| {
        Reply::redirect(302, format!("{}x", request.target))
    });
    let ran = fetch(&home, "GET", "https://first.test/")
        .allow("GET https://first.test/**")
        .peer("first.test:443", &first)
        .go();
    ran.refused_by("network.too-many-redirects");
    assert!(first.lines().len() <= 6, "{:?}", first.lines());
    home.serves_the_next_run();
}

#[test]
fn a_redirect_to_two_places_is_not_followed() {
    let home = Home::new();
    let first = Peer::tls(&["first.test"], |_| Reply::Answer {
        status: 302,
        headers: vec![
            ("location".to_owned(), "/a".to_owned()),
            ("location".to_owned(), "/b".to_owned()),
        ],
        body: Vec::new(),
    });
    let ran = fetch(&home, "GET", "https://first.test/start")
        .allow("GET https://first.test/**")
        .peer("first.test:443", &first)
        .go();
    ran.refused_by("network.redirect-refused");
    assert_eq!(first.lines(), ["GET /start"]);
}

#[test]
fn header_fields_do_not_travel_to_another_host() {
    let home = Home::new();
    let second = Peer::tls(&["second.test"], |_| Reply::text("yes"));
    let first = Peer::tls(&["first.test"], |_| {
        Reply::redirect(307, "https://second.test/")
    });
    let ran = fetch_with(
        &home,
        "GET",
        "https://first.test/",
        &[
            ("authorization", "Bearer secret"),
            ("x-api-key", "secret"),
            ("accept", "text/csv"),
        ],
        "",
    )
    .allow("GET https://first.test/")
    .allow("GET https://second.test/")
    .peer("first.test:443", &first)
    .peer("second.test:443", &second)
    .go();
    let _ = ran.exits(0);
    assert_eq!(
        first.received()[0].header("authorization"),
        Some("Bearer secret")
    );
    let there = &second.received()[0];
    assert!(
        there
            .headers
            .iter()
            .all(|(_, value)| !value.contains("secret")),
        "{there:?}"
    );
    assert_eq!(there.header("accept"), Some("text/csv"));
}

#[test]
fn a_write_is_not_redirected() {
    let home = Home::new();
    let second = Peer::tls(&["second.test"], |_| Reply::text("yes"));
    let first = Peer::tls(&["first.test"], |_| {
        Reply::redirect(307, "https://second.test/")
    });
    let ran = fetch_with(&home, "POST", "https://first.test/", &[], "order")
        .allow("POST https://first.test/")
        .allow("GET,POST https://second.test/")
        .peer("first.test:443", &first)
        .peer("second.test:443", &second)
        .go();
    assert_eq!(ran.exits(0).output()["status"], 307);
    assert_eq!(first.lines(), ["POST /"]);
    second.saw_nothing();
}
