//! Spellings of a URL that two readers could understand differently.

use crate::fetch;
use guildhall_tests::{Home, Peer, Reply};

/// Tries spellings under a grant of `public` only; whatever they mean, the server must not be asked.
#[track_caller]
fn are_refused(rule: &str, urls: &[&str]) {
    let home = Home::new();
    let tls = Peer::tls(&["shop.test", "evil.test"], |_| Reply::text("yes"));
    for url in urls {
        let ran = fetch(&home, "GET", url)
            .allow("GET https://shop.test/public/**")
            .peer("shop.test:443", &tls)
            .peer("evil.test:443", &tls)
            .go();
        assert_eq!(
            ran.json()["refusals"][0]["rule"],
            rule,
            "{url}\n{}",
            ran.shown()
        );
        ran.refused_by(rule);
    }
    tls.saw_nothing();
    home.serves_the_next_run();
}

#[test]
fn dot_segments_are_not_resolved_but_refused() {
    are_refused(
        "network.url-dot-segment",
        &[
            "https://shop.test/public/../admin",
            "https://shop.test/public/./x",
            "https://shop.test/public/..",
        ],
    );
}

#[test]
fn dots_and_slashes_behind_percent_encoding_are_refused() {
    are_refused(
        "network.url-encoding",
        &[
            "https://shop.test/public/%2e%2e/admin",
            "https://shop.test/public/%2E%2E/admin",
            "https://shop.test/public/.%2e/admin",
            "https://shop.test/public/..%2fadmin",
            "https://shop.test/public/%2fadmin",
            "https://shop.test/public/%5c..%5cadmin",
            "https://shop.test/public/%252e%252e/admin",
            "https://shop.test/public/%25252e%25252e/admin",
            "https://shop.test/public/%00",
            "https://shop.test/public/%0d%0ax",
            "https://shop.test/public/%zz",
            "https://shop.test/public/%",
        ],
    );
}

#[test]
fn two_layers_of_encoding_are_refused_however_they_are_mixed() {
    // Read once, each of these is `%2e`, `%2f`, `%5c` or `%3b`; read twice, it leads somewhere else.
    are_refused(
        "network.url-encoding",
        &[
            "https://shop.test/public/%25%32e%25%32e/admin",
            "https://shop.test/public/%25%32%65%25%32%65/admin",
            "https://shop.test/public/%252%65%252%65/admin",
            "https://shop.test/public/..%25%32fadmin",
            "https://shop.test/public/x%25%35c..",
            "https://shop.test/public/x%25%33by",
            "https://shop.test/public/%25%32%35%32e/admin",
            "https://shop.test/public/x%25%30d%25%30ax",
        ],
    );
}

#[test]
fn path_parameters_are_refused() {
    are_refused(
        "network.url-parameter",
        &[
            "https://shop.test/public/;/../admin",
            "https://shop.test/public/x;y=1",
            "https://shop.test/public/x%3by",
        ],
    );
}

#[test]
fn user_names_are_refused() {
    are_refused(
        "network.url-userinfo",
        &[
            "https://shop.test@evil.test/public/",
            "https://user:word@shop.test/public/",
            "https://shop.test%40evil.test@evil.test/public/",
        ],
    );
}

#[test]
fn fragments_are_refused() {
    are_refused(
        "network.url-fragment",
        &[
            "https://shop.test/public/x#y",
            "https://evil.test#@shop.test/public/",
        ],
    );
}

#[test]
fn spaces_control_characters_and_backslashes_are_refused() {
    are_refused(
        "network.url-character",
        &[
            "https://shop.test/public/a b",
            "https://shop.test/public/\r\nx-injected: 1",
            "https://shop.test/public/\t",
            " https://shop.test/public/",
            "https://shop.test\\@evil.test/public/",
            "https:\\\\shop.test/public/",
            "https://shop.test/public/\u{0}",
        ],
    );
}

#[test]
fn other_schemes_and_relative_urls_are_refused() {
    are_refused(
        "network.url-scheme",
        &[
            "/public/",
            "//shop.test/public/",
            "shop.test/public/",
            "https:/shop.test/public/",
            "https:shop.test/public/",
            "file:///etc/passwd",
            "ftp://shop.test/public/",
            "data:text/plain,hello",
            "gopher://shop.test/public/",
            "ws://shop.test/public/",
            "",
        ],
    );
}

#[test]
fn hosts_that_have_a_second_spelling_are_refused() {
    are_refused(
        "network.url-host",
        &[
            "https://shop.test./public/",
            "https:///public/",
            "https://sh%6fp.test/public/",
            "https://shop..test/public/",
            "https://ѕhop.test/public/",
            "https://shop。test/public/",
        ],
    );
}

#[test]
fn an_address_in_another_notation_is_refused() {
    are_refused(
        "network.url-ip-notation",
        &[
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://127.1/",
            "http://0x7f.0.0.1/",
            "http://127.0.0.01/",
        ],
    );
}

#[test]
fn ports_that_are_no_plain_numbers_are_refused() {
    are_refused(
        "network.url-port",
        &[
            "https://shop.test:0443/public/",
            "https://shop.test:99999/public/",
            "https://shop.test:/public/",
            "https://shop.test:4 43/public/".replace(' ', "x").as_str(),
            "https://shop.test:443:443/public/",
        ],
    );
}

#[test]
fn empty_segments_are_refused() {
    are_refused(
        "network.url-empty-segment",
        &[
            "https://shop.test/public//admin",
            "https://shop.test//public/",
        ],
    );
}

#[test]
fn a_url_without_end_is_refused() {
    let long = format!("https://shop.test/public/{}", "a".repeat(9_000));
    are_refused("network.url-too-long", &[&long]);
}

#[test]
fn a_whole_url_in_the_place_of_a_path_is_refused_and_never_sent() {
    are_refused(
        "network.url-empty-segment",
        &[
            "https://shop.test/public/https://evil.test/",
            "https://shop.test/public//evil.test/",
        ],
    );
    let home = Home::new();
    let tls = Peer::tls(&["shop.test"], |_| Reply::text("yes"));
    for (url, target) in [
        (
            "https://shop.test/public/x?to=https://evil.test/",
            "/public/x?to=https://evil.test/",
        ),
        (
            "https://shop.test:443/public/https:/evil.test",
            "/public/https:/evil.test",
        ),
    ] {
        let ran = fetch(&home, "GET", url)
            .allow("GET https://shop.test/public/**")
            .peer("shop.test:443", &tls)
            .go();
        let _ = ran.exits(0);
        // A proxy or a virtual host behind it reads the same host as we did: in the field, and nowhere else.
        let request = tls.received().pop().unwrap();
        assert_eq!(request.target, target);
        assert_eq!(request.header("host"), Some("shop.test"));
    }
}
