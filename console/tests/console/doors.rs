//! The doors under attack: names, pages elsewhere, floods, guesses, sizes; and what logs tell.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{Method, StatusCode, header};
use futures::stream;
use guildhall_console::people::Role;

use super::bench::{Answer, Bench, Browser, HOST, PASSWORD};
use super::routes::{all, filled};

async fn ask(
    browser: &mut Browser,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    browser.send(method, path, headers, Body::empty()).await
}

/// Signing out is the change that is easiest to see.
async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get("/settings/account").await.status == StatusCode::OK
}

#[tokio::test]
async fn under_another_name_nothing_is_answered() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    for name in [
        "evil.test",
        "evil.test:8470",
        "localhost",
        "localhost:8471",
        "192.168.1.5:8470",
        "",
    ] {
        for path in [
            "/",
            "/settings/account",
            "/events",
            "/assets/x.css",
            "/nowhere",
            "/api/v1/runs",
            "/mcp",
        ] {
            let answer = ask(&mut ann, Method::GET, path, &[("host", name)]).await;
            assert_eq!(
                answer.status,
                StatusCode::MISDIRECTED_REQUEST,
                "{name} {path}"
            );
            assert!(!answer.text.contains("Ann"), "{name} {path}");
        }
        let token = ann.token();
        let left = ann
            .post_plain("/sign-out", &[("csrf", &token)], &[("host", name)])
            .await;
        assert_eq!(left.status, StatusCode::MISDIRECTED_REQUEST);
    }
    assert!(is_signed_in(&mut ann).await);
    for name in ["localhost:8470", "127.0.0.1:8470", "[::1]:8470"] {
        let answer = ask(
            &mut ann,
            Method::GET,
            "/settings/account",
            &[("host", name)],
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn a_page_elsewhere_changes_nothing_even_with_the_token() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    for sent in [
        [
            ("origin", "http://evil.test"),
            ("sec-fetch-site", "cross-site"),
        ],
        // Another program of this machine.
        [
            ("origin", "http://localhost:3000"),
            ("sec-fetch-site", "same-site"),
        ],
        [("origin", "null"), ("sec-fetch-site", "cross-site")],
        // A browser that says one of the two only, and a page that a proxy made something of.
        [("origin", "http://evil.test"), ("x-forwarded-host", HOST)],
        [
            ("sec-fetch-site", "cross-site"),
            ("x-forwarded-proto", "https"),
        ],
        [
            ("origin", "https://localhost:8470"),
            ("sec-fetch-site", "same-site"),
        ],
    ] {
        let token = ann.token();
        let answer = ann
            .post_plain("/sign-out", &[("csrf", &token)], &sent)
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{sent:?}");
        answer.says("form.foreign");
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let answer = ask(&mut ann, method, "/api/v1/runs", &sent).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{sent:?}");
        }
    }
    assert!(is_signed_in(&mut ann).await);
    let token = ann.token();
    let own = [
        ("origin", "http://localhost:8470"),
        ("sec-fetch-site", "same-origin"),
    ];
    let left = ann.post_plain("/sign-out", &[("csrf", &token)], &own).await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    assert!(!is_signed_in(&mut ann).await);
}

#[tokio::test]
async fn a_page_elsewhere_reads_nothing_and_links_lead_here() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    for (site, mode, to) in [
        ("cross-site", "no-cors", "image"),
        ("same-site", "no-cors", "script"),
        ("cross-site", "navigate", "iframe"),
        ("cross-site", "cors", "empty"),
    ] {
        let sent = [
            ("sec-fetch-site", site),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", to),
        ];
        let answer = ask(&mut ann, Method::GET, "/settings/account", &sent).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{sent:?}");
        assert!(!answer.text.contains("Ann"));
    }
    let link = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let answer = ask(&mut ann, Method::GET, "/settings/account", &link).await;
    assert_eq!(answer.status, StatusCode::OK);
    // What a page elsewhere asks beforehand is never granted.
    let before = [
        ("origin", "http://evil.test"),
        ("access-control-request-method", "DELETE"),
    ];
    let answer = ask(&mut ann, Method::OPTIONS, "/settings/account", &before).await;
    assert!(
        !answer
            .headers
            .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
    );
}

#[tokio::test]
async fn every_answer_has_the_headers_also_those_of_the_doors() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    for (path, host, accept) in [
        ("/settings", HOST, "text/html"),
        ("/settings", "evil.test", "text/html"),
        ("/nowhere", HOST, "application/json"),
        ("/events", HOST, "text/event-stream"),
        ("/assets/none.css", HOST, "*/*"),
        ("/api/v1/runs", HOST, "application/json"),
    ] {
        let answer = ask(
            &mut ann,
            Method::GET,
            path,
            &[("host", host), ("accept", accept)],
        )
        .await;
        let said = |name: &str| {
            let value = answer
                .headers
                .get(name)
                .unwrap_or_else(|| panic!("{path}: no {name}"));
            value.to_str().unwrap().to_owned()
        };
        let csp = said("content-security-policy");
        assert!(
            csp.starts_with("default-src 'none'") && csp.contains("frame-ancestors 'none'"),
            "{csp}"
        );
        assert!(!csp.contains("unsafe") && !csp.contains('*'), "{csp}");
        assert_eq!(said("x-content-type-options"), "nosniff");
        assert_eq!(said("x-frame-options"), "DENY");
        assert_eq!(said("referrer-policy"), "same-origin");
        assert_eq!(said("cross-origin-opener-policy"), "same-origin");
        assert_eq!(said("cross-origin-resource-policy"), "same-origin");
        assert!(said("permissions-policy").contains("camera=()"));
        assert!(
            !answer
                .headers
                .contains_key(header::STRICT_TRANSPORT_SECURITY)
        );
        assert!(!answer.headers.contains_key(header::SERVER));
    }
}

#[tokio::test]
async fn encryption_is_for_good_where_the_name_is_ours_alone() {
    for (url, strict) in [
        ("https://console.example", true),
        ("https://localhost:8470", false),
    ] {
        let bench = Bench::with(|config| config.public_url = Some(url.parse().unwrap())).await;
        let answer = bench.browser().get("/sign-in").await;
        let said = answer.headers.get(header::STRICT_TRANSPORT_SECURITY);
        assert_eq!(said.is_some(), strict, "{url}");
        let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.starts_with("__Host-") && cookie.ends_with("; Secure"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn a_flood_is_told_when_to_come_back() {
    let bench = Bench::with(|config| config.limits.requests_per_second = 5).await;
    let mut browser = bench.browser();
    let mut answers = Vec::new();
    for _ in 0..25 {
        answers.push(browser.get("/sign-in").await);
    }
    let refused: Vec<&Answer> = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS)
        .collect();
    assert!(
        !refused.is_empty() && refused.len() <= 6,
        "{}",
        refused.len()
    );
    for answer in refused {
        assert!(answer.headers.contains_key(header::RETRY_AFTER));
    }
}

#[tokio::test]
async fn changes_are_limited_and_a_made_up_proxy_is_nobody_else() {
    let bench = Bench::with(|config| config.limits.writes_per_minute = 3).await;
    let mut browser = bench.browser();
    let mut last = StatusCode::OK;
    for turn in 0..5 {
        let from = format!("198.51.100.{turn}");
        let sent = [("x-forwarded-for", from.as_str())];
        last = browser.post_plain("/sign-in", &[], &sent).await.status;
        if turn < 3 {
            assert_ne!(last, StatusCode::TOO_MANY_REQUESTS);
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(browser.get("/sign-in").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_guesses_is_locked_out_and_so_is_the_right_password_for_a_while() {
    let bench = Bench::new().await;
    bench.owner().await;
    let sign_in = async |password: &str| {
        let mut browser = bench.browser();
        browser.get("/sign-in").await;
        browser
            .post("/sign-in", &[("name", "Ann"), ("password", password)])
            .await
    };
    let mut guesses = 0;
    while sign_in("not the password").await.status != StatusCode::TOO_MANY_REQUESTS {
        guesses += 1;
        assert!(guesses < 10, "nobody was locked out");
    }
    assert!(guesses >= 3, "after {guesses} slips of the fingers");
    let locked = sign_in(PASSWORD).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(locked.headers.contains_key(header::RETRY_AFTER));
    bench.app.clock.advance(2 * 60 * 60 * 1000);
    assert_eq!(sign_in(PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited_whatever_name_is_tried() {
    let bench = Bench::with(|config| config.limits.logins_per_minute = 1).await;
    let mut statuses = Vec::new();
    // Fewer than lock an address out.
    for turn in 0..10 {
        let mut browser = bench.browser();
        browser.get("/sign-in").await;
        let name = format!("Somebody {turn}");
        let fields = [("name", name.as_str()), ("password", "not the password")];
        statuses.push(browser.post("/sign-in", &fields).await.status);
    }
    assert_eq!(statuses[0], StatusCode::UNAUTHORIZED);
    assert!(statuses.contains(&StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test]
async fn what_is_too_long_is_refused_whether_it_says_so_or_not() {
    let bench = Bench::with(|config| config.limits.body_bytes = 400 << 10).await;
    let mut ann = bench.owner().await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    // More than a form may have, and more than anything may.
    for size in [300_usize << 10, 500 << 10] {
        let piece = Bytes::from(vec![b'a'; 10 << 10]);
        let pieces = vec![piece; size / (10 << 10)]
            .into_iter()
            .map(Ok::<_, std::io::Error>);
        let pieces = stream::iter(pieces);
        let body = Body::from_stream(pieces);
        let answer = ann.send(Method::POST, "/sign-out", &[form], body).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{size}");
    }
    let length = ("content-length", "999999999999");
    let answer = ann
        .send(Method::POST, "/sign-out", &[form, length], Body::empty())
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(is_signed_in(&mut ann).await);
}

/// A body that never ends.
fn endless() -> Body {
    Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())
}

#[tokio::test]
async fn requests_that_dawdle_end_and_their_places_are_given_back() {
    let bench = Bench::with(|config| {
        config.limits.request_time = Duration::from_millis(300);
        config.limits.in_flight = 2;
    })
    .await;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let dawdle = async |mut browser: Browser| {
        browser
            .send(Method::POST, "/sign-in", &[form], endless())
            .await
            .status
    };
    let (one, two, third) = tokio::join!(dawdle(bench.browser()), dawdle(bench.browser()), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        bench.browser().get("/sign-in").await
    });
    assert_eq!(
        (one, two),
        (StatusCode::REQUEST_TIMEOUT, StatusCode::REQUEST_TIMEOUT)
    );
    assert_eq!(third.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(third.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(bench.browser().get("/sign-in").await.status, StatusCode::OK);
}

/// What a merchant types into a page, for a shop and for a chat.
const SECRET: &str = "the-key-of-the-shop-4711";
const BOT: &str = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw";

/// What was logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_route_logs_a_cookie_a_key_a_token_or_a_password() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // With one subscriber alone, what other threads reach first is switched off for this one as well.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _told = tracing::subscriber::set_default(subscriber);
    let bench = Bench::new().await;
    let mut secrets = vec![PASSWORD.to_owned(), "guessed-by-Mallory".to_owned()];
    let link = bench.link().await;
    secrets.push(link.split_once("key=").unwrap().1.to_owned());
    let mut ann = bench.browser();
    ann.get(&link).await;
    let key = secrets[2].clone();
    let fields = [
        ("key", key.as_str()),
        ("name", "Ann"),
        ("password", PASSWORD),
    ];
    assert_eq!(ann.post("/start", &fields).await.goes_to(), "/welcome");
    let page = ann
        .post(
            "/settings/people",
            &[("name", "Bo"), ("role", Role::Viewer.as_str())],
        )
        .await;
    secrets.push(page.between("/invitation?key=", "<"));
    let invited = format!("/invitation?key={}", secrets[3]);
    bench.browser().get(&invited).await;
    // As a thief would try it, in every place of a request.
    let bearer = "gha_Zx8kP2mQ-7_bVn4LtR9sWc1yHd6gJf3uKe5oAi0pXqM";
    secrets.extend([bearer, SECRET, BOT].map(str::to_owned));
    secrets.push(ann.cookie.clone().unwrap());
    secrets.push(ann.token());
    let authorization = format!("Bearer {bearer}");
    for (method, path) in all() {
        // Ends the session, and with it the rest.
        if path.starts_with("/sign-out") {
            continue;
        }
        let path = filled(&path);
        let token = ann.token();
        let fields = [
            ("csrf", token.as_str()),
            ("password", "guessed-by-Mallory"),
            ("key", key.as_str()),
            // What the pages of secrets, chats, channels and programs take.
            ("name", "shop"),
            ("host", "api.shop.test"),
            ("header", "authorization"),
            ("value", SECRET),
            ("secret", SECRET),
            ("token", BOT),
            ("app_secret", SECRET),
            ("url", "https://hooks.shop.test/in"),
            ("label", "desk"),
            ("days", "30"),
        ];
        let sent = [("authorization", authorization.as_str())];
        let mut copy = ann.clone();
        let answer = if method == Method::GET {
            let path = format!("{path}?key={key}&password=guessed-by-Mallory&token={BOT}");
            copy.send(Method::GET, &path, &sent, Body::empty()).await
        } else {
            copy.post_plain(&path, &fields, &sent).await
        };
        // What was made meanwhile and is shown once.
        let words = answer
            .text
            .split(|c: char| !(c.is_ascii_alphanumeric() || "-_+/=".contains(c)));
        let made = words.filter(|word| {
            word.len() > 40
                && ["gha_", "ghp_", "whsec_"]
                    .iter()
                    .any(|kind| word.starts_with(kind))
        });
        secrets.extend(made.map(str::to_owned));
    }
    assert!(
        secrets.iter().any(|secret| secret.starts_with("ghp_")),
        "no token was made"
    );
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(text.contains("answered"), "nothing was logged");
    for (place, secret) in secrets.iter().enumerate() {
        assert!(secret.len() > 10);
        if let Some(found) = text.lines().find(|line| line.contains(secret.as_str())) {
            panic!("secret {place} is in the log: {found}");
        }
    }
}
