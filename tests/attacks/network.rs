//! Requests that no grant covers: each part of a grant is needed.

use crate::{fetch, fetch_with};
use guildhall_tests::{Home, Peer, Reply};

/// Tries one request under one grant; the server, which would answer it, must not see it.
#[track_caller]
fn is_not_sent(method: &str, url: &str, grant: &str) {
    let home = Home::new();
    let tls = Peer::tls(&["shop.test", "other.test", "a.shop.test"], |_| {
        Reply::text("yes")
    });
    let plain = Peer::plain(|_| Reply::text("yes"));
    let ran = fetch(&home, method, url)
        .allow(grant)
        .peer("shop.test:443", &tls)
        .peer("shop.test:8443", &tls)
        .peer("other.test:443", &tls)
        .peer("a.shop.test:443", &tls)
        .peer("http://shop.test:80", &plain)
        .go();
    let refusal = ran.refused_by("network.not-granted");
    assert_eq!(refusal.set.as_deref(), Some("grants"));
    assert!(refusal.fix.contains("--allow-net"), "{}", refusal.fix);
    tls.saw_nothing();
    plain.saw_nothing();
    home.serves_the_next_run();
    // What the fix says does allow it.
    let exact = refusal.fix.split('\'').nth(1).unwrap().to_owned();
    let ran = fetch(&home, method, url)
        .allow(exact)
        .peer("shop.test:443", &tls)
        .peer("shop.test:8443", &tls)
        .peer("other.test:443", &tls)
        .peer("a.shop.test:443", &tls)
        .peer("http://shop.test:80", &plain)
        .go();
    let _ = ran.exits(0).is("completed");
    assert_eq!(tls.lines().len() + plain.lines().len(), 1);
}

#[test]
fn another_host_is_not_reached() {
    is_not_sent("GET", "https://other.test/", "GET https://shop.test/**");
}

#[test]
fn a_host_below_the_granted_one_is_not_reached() {
    is_not_sent("GET", "https://a.shop.test/", "GET https://shop.test/**");
}

#[test]
fn a_wildcard_stands_for_exactly_one_label() {
    is_not_sent("GET", "https://shop.test/", "GET https://*.shop.test/**");
}

#[test]
fn another_port_is_not_reached() {
    is_not_sent("GET", "https://shop.test:8443/", "GET https://shop.test/**");
}

#[test]
fn another_scheme_is_not_used() {
    is_not_sent("GET", "http://shop.test/", "GET https://shop.test/**");
}

#[test]
fn another_method_is_not_sent() {
    is_not_sent(
        "POST",
        "https://shop.test/orders",
        "GET,HEAD https://shop.test/**",
    );
    is_not_sent(
        "DELETE",
        "https://shop.test/orders",
        "GET,POST,PUT https://shop.test/**",
    );
}

#[test]
fn another_path_is_not_asked_for() {
    is_not_sent(
        "GET",
        "https://shop.test/admin",
        "GET https://shop.test/public/**",
    );
    is_not_sent(
        "GET",
        "https://shop.test/public/a/b",
        "GET https://shop.test/public/*",
    );
    is_not_sent(
        "GET",
        "https://shop.test/publicity",
        "GET https://shop.test/public/**",
    );
    is_not_sent(
        "GET",
        "https://shop.test/Public",
        "GET https://shop.test/public",
    );
}

#[test]
fn without_any_grant_nothing_is_reached() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    let ran = fetch(&home, "GET", "https://shop.test/")
        .peer("shop.test:443", &peer)
        .go();
    ran.refused_by("network.not-granted");
    peer.saw_nothing();
    // A refused request is part of the record.
    let recorded = home.recorded(&ran.invocation());
    assert_eq!(recorded["calls"][0]["refused"], "network.not-granted");
    home.serves_the_next_run();
}

#[test]
fn methods_that_no_grant_can_name_are_never_sent() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    for method in [
        "OPTIONS", "TRACE", "CONNECT", "get", "GET ", "", "G\r\nET", "PROPFIND",
    ] {
        let ran = fetch(&home, method, "https://shop.test/")
            .allow("GET,HEAD,POST,PUT,PATCH,DELETE https://shop.test/**")
            .peer("shop.test:443", &peer)
            .go();
        ran.refused_by("network.method");
    }
    peer.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn header_fields_that_choose_another_host_path_or_framing_are_refused() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    for (name, value) in [
        ("host", "other.test"),
        ("Host", "other.test"),
        ("content-length", "5"),
        ("transfer-encoding", "chunked"),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("proxy-authorization", "x"),
        ("x-forwarded-host", "other.test"),
        ("x-http-method-override", "DELETE"),
        ("x-original-url", "/admin"),
        ("x-note", "a\r\nx-injected: 1"),
        ("x-note", "a\nb"),
        ("x-note", "a\0b"),
        ("x note", "a"),
        ("", "a"),
        ("x-note:", "a"),
    ] {
        let ran = fetch_with(&home, "GET", "https://shop.test/", &[(name, value)], "")
            .allow("GET https://shop.test/**")
            .peer("shop.test:443", &peer)
            .go();
        ran.refused_by("network.header-not-allowed");
    }
    peer.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn a_read_carries_no_body() {
    let home = Home::new();
    let peer = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    let ran = fetch_with(&home, "GET", "https://shop.test/", &[], "smuggled")
        .allow("GET https://shop.test/**")
        .peer("shop.test:443", &peer)
        .go();
    ran.refused_by("network.body-not-allowed");
    peer.saw_nothing();
}

#[test]
fn grants_that_would_cover_anything_are_no_grants() {
    let home = Home::new();
    for grant in [
        "*",
        "GET *",
        "GET https://*/**",
        "GET https://**/**",
        "GET https://*.*.test/**",
        "GET https://*test/**",
        "GET https://shop.*/**",
        "* https://shop.test/**",
        "OPTIONS https://shop.test/**",
        "GET *://shop.test/**",
        "GET https://shop.test:*/**",
        "GET https://shop.test/**/admin",
        "GET https://shop.test/a*",
        "GET https://user@shop.test/",
        "GET https://shop.test/../**",
        "GET https://shop.test/?q=1",
        "GET file:///**",
        "",
    ] {
        let ran = home.prober("granted").allow(grant).go();
        let _ = ran.error(2, "usage");
    }
}
