#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn rule(method: &str, url: &str) -> Option<&'static str> {
    Target::parse(method, url).err().map(|error| error.rule)
}

fn target(url: &str) -> Target {
    Target::parse("GET", url).unwrap()
}

fn grant(text: &str) -> UrlGrant {
    text.parse().unwrap()
}

fn allows(pattern: &str, url: &str) -> bool {
    grant(&format!("GET {pattern}")).allows(&target(url))
}

#[test]
fn an_ordinary_url_is_normalised_and_kept() {
    for (url, normal) in [
        (
            "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml",
            "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml",
        ),
        ("HTTPS://Example.COM", "https://example.com/"),
        ("https://example.com?q=1", "https://example.com/?q=1"),
        ("https://example.com:443/a/", "https://example.com/a/"),
        ("http://example.com:443/a", "http://example.com:443/a"),
        (
            "https://example.com/%61%7e%C3%a9",
            "https://example.com/a~%C3%A9",
        ),
        (
            "https://example.com/é|^[",
            "https://example.com/%C3%A9%7C%5E%5B",
        ),
        (
            "https://example.com/a'b(c)!*,=:@",
            "https://example.com/a'b(c)!*,=:@",
        ),
        ("https://example.com/100%25", "https://example.com/100%25"),
        (
            "https://example.com/a?next=https://x.test//y/../z;1",
            "https://example.com/a?next=https://x.test//y/../z;1",
        ),
        ("https://127.0.0.1:8080/x", "https://127.0.0.1:8080/x"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ] {
        assert_eq!(target(url).url().as_str(), normal);
    }
}

#[test]
fn every_network_trick_is_refused_by_its_rule() {
    for (url, expected) in [
        ("https://user@example.com/", "network.url-userinfo"),
        ("https://user:pass@example.com/", "network.url-userinfo"),
        ("https://granted.test@evil.test/", "network.url-userinfo"),
        ("https://example.com/a#b", "network.url-fragment"),
        ("https://example.com#@evil.test/", "network.url-fragment"),
        ("ftp://example.com/", "network.url-scheme"),
        ("file:///etc/passwd", "network.url-scheme"),
        ("//example.com/", "network.url-scheme"),
        ("/path", "network.url-scheme"),
        ("https:example.com", "network.url-scheme"),
        ("https:/example.com", "network.url-scheme"),
        ("http+unix://x/", "network.url-scheme"),
        ("", "network.url-scheme"),
        ("https:///example.com/", "network.url-host"),
        ("https://", "network.url-host"),
        ("https://example.com./", "network.url-host"),
        ("https://ex%61mple.com/", "network.url-host"),
        ("https://exa_mple..com/", "network.url-host"),
        ("https://.example.com/", "network.url-host"),
        ("https://münchen.test/", "network.url-host"),
        ("https://１２７.0.0.1/", "network.url-host"),
        ("https://ⓔxample.com/", "network.url-host"),
        ("https://exam\u{ad}ple.com/", "network.url-host"),
        ("https://2130706433/", "network.url-ip-notation"),
        ("https://0x7f000001/", "network.url-ip-notation"),
        ("https://0x7f.1/", "network.url-ip-notation"),
        ("https://0177.0.0.1/", "network.url-ip-notation"),
        ("https://127.1/", "network.url-ip-notation"),
        ("https://127.0.0.01/", "network.url-ip-notation"),
        ("https://[::ffff:127.0.0.1]/", "network.url-ip-notation"),
        ("https://[0:0:0:0:0:0:0:1]/", "network.url-ip-notation"),
        ("https://[64:ff9b::127.0.0.1]/", "network.url-ip-notation"),
        ("https://[fe80::1%25eth0]/", "network.url-host"),
        ("https://256.0.0.1/", "network.url-host"),
        ("https://example.com:0/", "network.url-port"),
        ("https://example.com:/", "network.url-port"),
        ("https://example.com:0443/", "network.url-port"),
        ("https://example.com:65536/", "network.url-port"),
        ("https://example.com:+443/", "network.url-port"),
        ("https://example.com:80:443/", "network.url-port"),
        ("https://example.com//admin", "network.url-empty-segment"),
        ("https://example.com//", "network.url-empty-segment"),
        ("https://example.com/a//b", "network.url-empty-segment"),
        ("https://example.com/a/../admin", "network.url-dot-segment"),
        ("https://example.com/./a", "network.url-dot-segment"),
        ("https://example.com/a/..", "network.url-dot-segment"),
        ("https://example.com/%2e%2e/admin", "network.url-encoding"),
        ("https://example.com/.%2E/admin", "network.url-encoding"),
        ("https://example.com/a%2fb", "network.url-encoding"),
        ("https://example.com/a%5Cb", "network.url-encoding"),
        ("https://example.com/a%252fb", "network.url-encoding"),
        ("https://example.com/a%25252e", "network.url-encoding"),
        ("https://example.com/a%00", "network.url-encoding"),
        ("https://example.com/a%0d%0aHost:x", "network.url-encoding"),
        ("https://example.com/a%", "network.url-encoding"),
        ("https://example.com/a%zz", "network.url-encoding"),
        ("https://example.com/a%2é", "network.url-encoding"),
        (
            "https://example.com/a;jsessionid=1/b",
            "network.url-parameter",
        ),
        ("https://example.com/a%3bb", "network.url-parameter"),
        ("https://example.com/..;/admin", "network.url-parameter"),
        ("https://example.com\\@evil.test/", "network.url-character"),
        ("https://example.com/a\\..\\b", "network.url-character"),
        (
            "https://example.com/a\r\nHost: evil.test",
            "network.url-character",
        ),
        ("https://exam\tple.com/", "network.url-character"),
        (" https://example.com/", "network.url-character"),
        ("https://example.com/a b", "network.url-character"),
        ("https://example.com/\0", "network.url-character"),
        ("https://example.com/\u{2028}", "network.url-character"),
        ("https://example.com/?q=a b", "network.url-character"),
    ] {
        assert_eq!(rule("GET", url), Some(expected), "{url:?}");
    }
    let long = format!("https://example.com/{}", "a".repeat(8 * 1024));
    assert_eq!(rule("GET", &long), Some("network.url-too-long"));
    let deep = format!("https://example.com{}", "/a".repeat(300));
    assert_eq!(rule("GET", &deep), Some("network.url-too-long"));
    let label = format!("https://{}.com/", "a".repeat(64));
    assert_eq!(rule("GET", &label), Some("network.url-host"));
}

#[test]
fn a_method_that_no_grant_can_name_is_refused() {
    for method in ["OPTIONS", "CONNECT", "get", "GET ", "", "GET\r\nX: y"] {
        assert_eq!(rule(method, "https://example.com/"), Some("network.method"));
    }
}

#[test]
fn a_host_in_another_alphabet_is_refused_with_its_registered_form() {
    let error = Target::parse("GET", "https://münchen.test/").unwrap_err();
    assert!(error.message.contains("xn--mnchen-3ya.test"), "{error}");
}

#[test]
fn a_grant_covers_scheme_host_port_and_path_and_nothing_else() {
    let pattern = "https://api.example.com/v1/reports/*";
    assert!(allows(pattern, "https://api.example.com/v1/reports/2026"));
    assert!(allows(
        pattern,
        "https://API.example.com:443/v1/reports/2026?any=query"
    ));
    for other in [
        "http://api.example.com/v1/reports/2026",
        "https://api.example.com:8443/v1/reports/2026",
        "https://example.com/v1/reports/2026",
        "https://x.api.example.com/v1/reports/2026",
        "https://api.example.com.evil.test/v1/reports/2026",
        "https://api.example.com/v1/reports",
        "https://api.example.com/v1/reports/",
        "https://api.example.com/v1/reports/a/b",
        "https://api.example.com/v1/reports/a/",
        "https://api.example.com/v1/Reports/a",
        "https://api.example.com/v2/reports/a",
    ] {
        assert!(!allows(pattern, other), "{other}");
    }
    let get = grant("GET https://example.com/**");
    assert!(!get.allows(&Target::parse("POST", "https://example.com/a").unwrap()));
    assert!(!get.allows(&Target::parse("HEAD", "https://example.com/a").unwrap()));
}

#[test]
fn a_wildcard_label_is_exactly_one_label() {
    let pattern = "https://*.example.com/**";
    assert!(allows(pattern, "https://a.example.com/"));
    for other in [
        "https://example.com/",
        "https://a.b.example.com/",
        "https://aexample.com/",
    ] {
        assert!(!allows(pattern, other), "{other}");
    }
}

#[test]
fn an_open_path_covers_what_is_below_and_nothing_beside_it() {
    let pattern = "https://h.test/a/**";
    for url in [
        "https://h.test/a",
        "https://h.test/a/",
        "https://h.test/a/b",
        "https://h.test/a/b/c/",
    ] {
        assert!(allows(pattern, url), "{url}");
    }
    for url in ["https://h.test/", "https://h.test/ab", "https://h.test/b/a"] {
        assert!(!allows(pattern, url), "{url}");
    }
    assert!(allows("https://h.test/**", "https://h.test/"));
    assert!(allows("https://h.test/", "https://h.test"));
    assert!(!allows("https://h.test/", "https://h.test/a"));
    assert!(allows("https://h.test/*/x/**", "https://h.test/any/x"));
    assert!(!allows("https://h.test/*/x/**", "https://h.test/any"));
}

#[test]
fn the_same_path_in_another_spelling_is_the_same_path() {
    assert!(allows(
        "https://h.test/caf%c3%a9/~a",
        "https://h.test/café/%7Ea"
    ));
}

#[test]
fn unclear_grants_are_refused() {
    for text in [
        "https://h.test/**",
        "GET",
        "GET  https://h.test/**",
        "GET,OPTIONS https://h.test/**",
        "* https://h.test/**",
        "GET https://h.test",
        "GET https://h.test?x=1",
        "GET https://h.test/a?x=1",
        "GET https://*/**",
        "GET https://*.com/**",
        "GET https://*.*.example.com/**",
        "GET https://a*.example.com/**",
        "GET https://a.*.com/**",
        "GET https://*.1.2.3/**",
        "GET https://h.test/a*",
        "GET https://h.test/**/a",
        "GET https://h.test/***",
        "GET https://h.test/a**",
        "GET https://h.test//**",
        "GET https://h.test/../**",
        "GET https://h.test/%2e%2e/**",
        "GET ftp://h.test/**",
        "GET https://u@h.test/**",
    ] {
        assert!(text.parse::<UrlGrant>().is_err(), "{text}");
    }
}

#[test]
fn every_error_of_a_grant_says_what_to_write() {
    for text in [
        "nonsense",
        "FETCH https://h.test/",
        "GET https://h.test",
        "GET https://*.com/",
        "GET https://h.test/?q",
    ] {
        let message = text.parse::<UrlGrant>().unwrap_err().to_string();
        assert!(
            message.contains("write")
                || message.contains("name at least")
                || message.contains("leave"),
            "{message}"
        );
    }
}

#[test]
fn a_grant_is_printed_as_it_is_read() {
    for text in [
        "GET,HEAD https://www.ecb.europa.eu/stats/eurofxref/*",
        "POST https://*.example.com:8443/a/*/b/**",
        "GET http://[::1]:8080/",
        "GET https://h.test/**",
        "GET https://h.test/a/",
    ] {
        assert_eq!(grant(text).to_string(), text);
        assert_eq!(
            serde_json::to_value(grant(text)).unwrap(),
            serde_json::Value::from(text)
        );
    }
}

fn host() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a.x.test",
        "b.x.test",
        "x.test",
        "a.y.test",
        "a.b.x.test",
    ])
}

fn segments() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c%2Cd"]), 0..4)
        .prop_flat_map(|parts| (Just(parts), any::<bool>()))
        .prop_map(|(parts, slash)| {
            let end = if slash && !parts.is_empty() { "/" } else { "" };
            format!("/{}{end}", parts.join("/"))
        })
}

fn url() -> impl Strategy<Value = Target> {
    (
        prop::sample::select(Method::ALL.to_vec()),
        host(),
        segments(),
        prop::sample::select(vec!["", ":8443"]),
    )
        .prop_map(|(method, host, path, port)| {
            Target::parse(method.as_str(), &format!("https://{host}{port}{path}")).unwrap()
        })
}

fn pattern() -> impl Strategy<Value = UrlGrant> {
    let host = prop_oneof![host().prop_map(str::to_owned), Just("*.x.test".to_owned())];
    let parts = prop::collection::vec(prop::sample::select(vec!["a", "b", "c%2Cd", "*"]), 0..4);
    let end = prop::sample::select(vec!["", "/", "/**"]);
    let methods = prop::sample::subsequence(Method::ALL.to_vec(), 1..=6);
    let port = prop::sample::select(vec!["", ":8443"]);
    (methods, host, port, parts, end).prop_map(|(methods, host, port, parts, end)| {
        let methods: Methods = methods.into_iter().collect();
        let path = if parts.is_empty() {
            if end == "/**" {
                "/**".to_owned()
            } else {
                "/".to_owned()
            }
        } else {
            format!("/{}{end}", parts.join("/"))
        };
        grant(&format!("{methods} https://{host}{port}{path}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn an_intersection_covers_exactly_what_both_cover(a in pattern(), b in pattern(), x in url()) {
        let both = a.allows(&x) && b.allows(&x);
        let meet = a.intersect(&b);
        prop_assert_eq!(meet.as_ref().is_some_and(|meet| meet.allows(&x)), both, "{} and {} on {}", a, b, x.url());
        prop_assert_eq!(&meet, &b.intersect(&a));
        if let Some(meet) = meet {
            prop_assert_eq!(meet.to_string().parse::<UrlGrant>().unwrap(), meet);
        }
    }

    #[test]
    fn a_printed_grant_reads_back_as_itself(a in pattern()) {
        prop_assert_eq!(a.to_string().parse::<UrlGrant>().unwrap(), a.clone());
        prop_assert_eq!(a.intersect(&a), Some(a));
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(text in ".{0,60}") {
        let _ = text.parse::<UrlGrant>();
        let _ = text.parse::<UrlPattern>();
        let _ = text.parse::<PayeePattern>();
        let _ = text.parse::<FolderName>();
        let _ = Target::parse("GET", &text);
        let _ = format!("GET https://{text}").parse::<UrlGrant>();
        let _ = Target::parse(&text, "https://h.test/");
    }

    #[test]
    fn what_is_accepted_is_normal_and_stays_so(tail in r"[-a-zA-Z0-9._~:/?\[\]@!$&'()*+,;=%é|^ {}`]{0,40}", host in "[a-zA-Z0-9.-]{1,12}") {
        if let Ok(first) = Target::parse("GET", &format!("https://{host}{tail}")) {
            let again = Target::parse("GET", first.url().as_str()).unwrap();
            prop_assert_eq!(again.url(), first.url());
            prop_assert_eq!(&again, &first);
            let path = first.path();
            prop_assert!(path.starts_with('/') && !path.contains("//") && !path.contains("/../") && !path.contains(';'));
            // Other readers of the same text agree on host and path.
            let reread = url::Url::parse(first.url().as_str()).unwrap();
            prop_assert_eq!(reread.path(), path);
            prop_assert_eq!(reread.host_str(), Some(first.host()));
        }
    }
}
