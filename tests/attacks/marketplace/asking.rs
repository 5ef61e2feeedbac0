//! Whoever asks the service: with addresses that are not his, paths that lead out, words that are syntax, URLs that lead inside.

use super::token;
use guildhall_tests::wire::{ask, get};
use guildhall_tests::{Draft, Home, Market, Peer, Reply, folder, json};
use std::fs;

#[test]
fn a_client_that_makes_up_its_address_is_counted_all_the_same() {
    let market = Market::start();
    let body = json!({
        "account": "nobody",
        "password": "wrong password here",
        "token": { "label": "x", "scopes": ["publish"], "days": 1 },
    })
    .to_string();
    let mut refused = None;
    for number in 0..60 {
        let address = format!("198.51.100.{number}");
        let forwarded = format!("for={address}");
        let answer = ask(
            market.address(),
            "POST /api/v1/login",
            &[
                ("content-type", "application/json"),
                ("x-forwarded-for", &address),
                ("x-real-ip", &address),
                ("forwarded", &forwarded),
            ],
            body.as_bytes(),
        );
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
    let refused = refused.expect("somebody who asks too often is turned away");
    assert!(refused.header("retry-after").parse::<u32>().is_ok());
}

#[test]
fn paths_that_lead_out_reach_nothing() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let secrets: Vec<Vec<u8>> = fs::read_dir(market.folder().join("keys"))
        .unwrap()
        .flatten()
        .map(|entry| fs::read(entry.path()).unwrap())
        .filter(|content| content.len() > 16)
        .collect();
    assert!(!secrets.is_empty());
    let outside = ["keys/log.key", "marketplace.toml", "marketplace.sqlite"];
    let ups = [
        "../",
        "..%2f",
        "%2e%2e/",
        "%2e%2e%2f",
        "..\\",
        "..%5c",
        ".%00./",
    ];
    for before in [
        "/",
        "/tile/",
        "/tile/0/",
        "/tile/entries/",
        "/v2/acme/shop/blobs/",
        "/v2/acme/shop/blobs/sha256:",
        "/v2/acme/shop/manifests/",
        "/v2/acme/",
        "/api/v1/skills/acme/",
        "/api/v1/releases/acme/shop/",
        "/assets/",
        "/skills/",
        "/skills/acme/shop/",
        "/publishers/",
        "/review/",
        "/dashboard/earnings/",
    ] {
        for up in ups {
            for what in outside {
                let path = format!("{before}{}{what}", up.repeat(4));
                let answer = get(market.address(), &path);
                // Who is not signed in is asked to, whatever he asks for.
                let asked = answer.status == 303
                    && answer.header("location").starts_with("/sign-in")
                    && ["/review/", "/dashboard/earnings/"].contains(&before);
                assert!(
                    asked || (400..500).contains(&answer.status),
                    "{path}: {} {}",
                    answer.status,
                    answer.text()
                );
                for secret in &secrets {
                    let found = answer.body.windows(16).any(|part| part == &secret[..16]);
                    assert!(!found, "{path} hands out a key");
                }
            }
        }
    }
    assert_eq!(get(market.address(), "/readyz").status, 200);
}

#[test]
fn whatever_is_searched_for_breaks_nothing() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let long = "a".repeat(5_000);
    let deep = "(".repeat(2_000);
    let many = "a ".repeat(2_000);
    for words in [
        "\"",
        "'",
        "(",
        ")",
        "*",
        "-",
        "+",
        "^",
        "~",
        ":",
        "\\",
        "[",
        "{",
        "/",
        "AND",
        "OR NOT",
        "NEAR(a b)",
        "name:*",
        "a* OR b*",
        "\"a",
        "a\"",
        "'; DROP TABLE publishes; --",
        "%",
        "_",
        "\u{0}",
        "\u{202e}",
        "\u{1f600}",
        "title:(a",
        "[a TO *]",
        "/.*/",
        "a~9999999999",
        "a^1e999",
        long.as_str(),
        deep.as_str(),
        many.as_str(),
    ] {
        let query: String = words.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for path in ["/api/v1/search?q=", "/search?q="] {
            let answer = get(market.address(), &format!("{path}{query}"));
            assert!(answer.status < 500, "{words:?}: {}", answer.text());
        }
    }
    // What is there is found as before.
    let home = Home::new();
    let url = market.url();
    let found = home
        .guildhall(["search", "shop", "--from", &url, "--json"])
        .exits(0);
    assert!(found.stdout.contains("acme/shop"), "{}", found.shown());
}

#[test]
fn no_url_that_an_author_or_a_client_gives_is_ever_asked() {
    let inside = Peer::plain(|_| Reply::text("inside"));
    let place = inside.address().to_string();
    let (url, secure) = (format!("http://{place}"), format!("https://{place}"));
    let market = Market::start();
    let author = market.author("ann", "acme");
    let draft = Draft::new("acme/shop", "1.0.0").homepage(&format!("{secure}/home"));
    draft.release(&author);
    let bearer = format!("Bearer {}", token(&author));
    let address = market.address();
    // As a host, as a target, as where it came from, as a parameter.
    let _ = ask(address, &format!("GET {url}/"), &[], b"");
    let _ = ask(
        address,
        "GET /api/v1/skills/acme/shop",
        &[
            ("x-forwarded-host", place.as_str()),
            ("referer", &url),
            ("origin", &url),
            ("authorization", &bearer),
        ],
        b"",
    );
    let encoded = url.replace(':', "%3a").replace('/', "%2f");
    for path in [
        "/",
        "/api/v1/search?q=shop",
        "/api/v1/skills/acme/shop",
        "/api/v1/releases/acme/shop/1.0.0/evidence",
        "/search?q=shop",
        "/skills/acme/shop",
        "/publishers/acme",
        "/sign-in",
    ] {
        assert_eq!(get(address, path).status, 200, "{path}");
        let separator = if path.contains('?') { '&' } else { '?' };
        let given = format!("{path}{separator}url={encoded}&next={encoded}&callback={encoded}");
        let answer = get(address, &given);
        assert!(!answer.header("location").contains(&place));
    }
    let home = Home::new();
    let _ = market.install(&home, "acme/shop", &["--yes"]).exits(0);
    let from = market.url();
    let _ = home
        .guildhall(["info", "acme/shop", "--from", &from, "--json"])
        .exits(0);
    inside.saw_nothing();
}

#[test]
fn a_stolen_token_publishes_nothing_without_a_key_and_ends_with_the_password() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    // The thief has the token, not the key.
    let thief = Home::new();
    let copied = thief.home().join("marketplaces");
    folder::copy(&author.home().join("marketplaces"), &copied);
    let ran = Draft::new("acme/shop", "6.6.6").publish(&thief);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    // He can't do what the token has no scope for.
    let stolen = format!("Bearer {}", token(&thief));
    let with = [
        ("authorization", stolen.as_str()),
        ("content-type", "application/json"),
    ];
    let decision = r#"{"decision":"pass","reason":"Fine."}"#;
    let granted = r#"{"publisher":"thief","owner":"ann"}"#;
    let roles = r#"{"roles":["admin","reviewer"]}"#;
    for (line, body) in [
        ("GET /api/v1/review/queue", ""),
        ("POST /api/v1/review/any/decision", decision),
        ("POST /api/v1/admin/publishers", granted),
        ("PUT /api/v1/admin/accounts/ann/roles", roles),
        ("GET /api/v1/admin/debts", ""),
    ] {
        let answer = ask(market.address(), line, &with, body.as_bytes());
        assert_eq!(answer.status, 403, "{line}: {}", answer.text());
        assert!(answer.text().contains("token.scope"), "{}", answer.text());
        // Nor without it.
        let answer = ask(market.address(), line, &with[1..], body.as_bytes());
        assert_eq!(answer.status, 401, "{line}: {}", answer.text());
    }
    // A key that he makes stands in the log, where the owner finds it: nothing is granted in secret.
    let audit = |home: &Home| {
        let url = market.url();
        let audit = home.guildhall(["log", "audit", "--from", &url, "--json"]);
        audit.exits(0).json()["size"].as_u64().unwrap()
    };
    let before = audit(&author);
    let _ = thief.guildhall(["keys", "new", "acme", "--json"]);
    std::thread::sleep(std::time::Duration::from_secs(1));
    let list = author
        .guildhall(["keys", "list", "acme", "--json"])
        .exits(0)
        .json();
    let keys = list["keys"].as_array().unwrap().len();
    assert_eq!(audit(&author) - before, keys as u64 - 1, "{list:#}");
    // The token ends, and with it everything.
    let _ = author.guildhall(["logout", "--json"]).exits(0);
    let ran = Draft::new("acme/shop", "6.6.7").publish(&thief);
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    let answer = ask(market.address(), "GET /api/v1/account", &with, b"");
    assert_eq!(answer.status, 401, "{}", answer.text());
}
