//! Somebody on the way, or the marketplace itself, hands out something else: the check that notices is named, and nothing is
//! installed.

use guildhall_tests::proxy::Proxy;
use guildhall_tests::{Draft, Home, Market, Value};
use std::sync::{Arc, Mutex};

/// A marketplace with three releases, somebody before it, and a merchant who knows it through them.
struct Way {
    market: Market,
    author: Home,
    proxy: Proxy,
    home: Home,
}

impl Way {
    fn new() -> Self {
        let market = Market::start();
        let author = market.author("ann", "acme");
        Draft::new("acme/shop", "1.0.0").release(&author);
        Draft::new("acme/shop", "1.0.1").release(&author);
        Draft::new("acme/other", "1.0.0").release(&author);
        let proxy = Proxy::before(market.address());
        Self {
            market,
            author,
            proxy,
            home: Home::new(),
        }
    }

    fn install(&self, what: &str) -> guildhall_tests::Ran {
        let url = self.proxy.url();
        self.home
            .guildhall(["install", what, "--from", &url, "--yes", "--json"])
    }

    /// Insists that installing fails by this check and leaves nothing.
    #[track_caller]
    fn is_noticed_by(&self, check: &str) {
        let ran = self.install("acme/shop@1.0.0");
        assert_eq!(ran.code, Some(5), "{}", ran.shown());
        assert_eq!(ran.json()["error"]["kind"], check, "{}", ran.shown());
        assert!(!self.home.home().join("installed/acme").exists());
        // The sentence says what it could mean or what to do.
        let message = ran.word("/error/message");
        assert!(message.len() > 60, "{message}");
    }

    /// Changes the evidence of a release, as JSON.
    fn changing_evidence(&self, change: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.proxy.changing(move |path, body| {
            if path.ends_with("/evidence")
                && let Ok(mut evidence) = serde_json::from_slice(body)
            {
                change(&mut evidence);
                *body = serde_json::to_vec(&evidence).unwrap();
            }
        });
    }
}

/// Another letter in the middle of a text.
fn flip(value: &mut Value) {
    let text = value.as_str().unwrap();
    let at = text.len() / 2;
    let new = if &text[at..=at] == "a" { "b" } else { "a" };
    *value = Value::from(format!("{}{new}{}", &text[..at], &text[at + 1..]));
}

#[test]
fn what_passes_through_unchanged_is_installed() {
    let way = Way::new();
    let _ = way.install("acme/shop@1.0.0").exits(0);
}

#[test]
fn a_changed_component_manifest_or_config_is_noticed() {
    let way = Way::new();
    way.proxy.changing(|path, body| {
        if path.contains("/blobs/") {
            let at = body.len() / 2;
            body[at] ^= 1;
        }
    });
    way.is_noticed_by("digest");
    way.changing_evidence(|evidence| flip(&mut evidence["manifest"]));
    way.is_noticed_by("digest");
    way.changing_evidence(|evidence| flip(&mut evidence["config"]));
    way.is_noticed_by("release");
    // A config that hides an import.
    way.changing_evidence(|evidence| {
        let config = evidence["config"].as_str().unwrap();
        let mut config: Value = serde_json::from_str(config).unwrap();
        config["component"]["imports"].as_array_mut().unwrap().pop();
        evidence["config"] = Value::from(config.to_string());
    });
    way.is_noticed_by("release");
}

#[test]
fn a_genuine_part_of_another_release_is_noticed() {
    let way = Way::new();
    let parts: Arc<Mutex<Value>> = Arc::default();
    // Somebody has kept the evidence of the others.
    for (what, kept) in [("acme/shop/1.0.1", "newer"), ("acme/other/1.0.0", "other")] {
        let parts = parts.clone();
        let (name, version) = what.rsplit_once('/').unwrap();
        way.proxy.changing(move |path, body| {
            if path.ends_with("/evidence") {
                parts.lock().unwrap()[kept] = serde_json::from_slice(body).unwrap();
            }
        });
        let _ = way
            .home
            .guildhall([
                "bundle",
                &format!("{name}@{version}"),
                "-o",
                kept,
                "--from",
                &way.proxy.url(),
                "--json",
            ])
            .exits(0);
    }
    for (field, check) in [
        ("publisher_statement", "publisher-signature"),
        ("review_statement", "review-signature"),
        ("manifest", "digest"),
        ("release", "name"),
    ] {
        for from in ["newer", "other"] {
            let parts = parts.clone();
            way.changing_evidence(move |evidence| {
                evidence[field] = parts.lock().unwrap()[from][field].clone();
            });
            way.is_noticed_by(check);
        }
    }
    // All of another release in the place of the one that was asked for.
    let parts = parts.clone();
    way.changing_evidence(move |evidence| *evidence = parts.lock().unwrap()["newer"].clone());
    way.is_noticed_by("name");
}

#[test]
fn the_log_of_another_marketplace_is_noticed() {
    let way = Way::new();
    let _ = way.install("acme/other").exits(0);
    let other = Market::start();
    let author = other.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let theirs = Proxy::before(other.address());
    let evidence: Arc<Mutex<Value>> = Arc::default();
    let seen = evidence.clone();
    theirs.changing(move |path, body| {
        if path.ends_with("/evidence") {
            *seen.lock().unwrap() = serde_json::from_slice(body).unwrap();
        }
    });
    let _ = Home::new()
        .guildhall([
            "install",
            "acme/shop",
            "--from",
            &theirs.url(),
            "--yes",
            "--json",
        ])
        .exits(0);
    for (field, check) in [
        ("checkpoint", "checkpoint"),
        ("status", "status"),
        ("review_statement", "review-signature"),
    ] {
        let evidence = evidence.clone();
        way.changing_evidence(move |ours| ours[field] = evidence.lock().unwrap()[field].clone());
        let ran = way.install("acme/shop@1.0.0");
        assert_eq!(
            ran.json()["error"]["kind"],
            check,
            "{field}\n{}",
            ran.shown()
        );
        assert!(!way.home.home().join("installed/acme/shop").exists());
    }
    // And its root at the first contact is another root: whoever compares the fingerprint sees it.
    let url = theirs.url();
    let fresh = Home::new();
    let ran = fresh.guildhall([
        "install",
        "acme/shop",
        "--from",
        &url,
        "--root",
        &way.market.root,
        "--yes",
        "--json",
    ]);
    let _ = ran.error(5, "root");
}

#[test]
fn an_old_state_of_the_log_is_noticed_when_it_is_served_again() {
    let way = Way::new();
    let old: Arc<Mutex<Value>> = Arc::default();
    let kept = old.clone();
    way.proxy.changing(move |path, body| {
        if path.ends_with("/evidence") {
            *kept.lock().unwrap() = serde_json::from_slice(body).unwrap();
        }
    });
    let _ = way.install("acme/shop@1.0.0").exits(0);
    let _ = way
        .author
        .guildhall([
            "yank",
            "acme/shop@1.0.0",
            "--reason",
            "sends data away",
            "--revoke",
            "--json",
        ])
        .exits(0);
    // This machine learns of it.
    way.proxy.changing(|_, _| {});
    let _ = way.home.guildhall(["watch", "--once", "--json"]).exits(0);
    let _ = way
        .home
        .guildhall(["uninstall", "acme/shop", "--json"])
        .exits(0);
    way.changing_evidence(move |evidence| *evidence = old.lock().unwrap().clone());
    let ran = way.install("acme/shop@1.0.0");
    assert_ne!(ran.code, Some(0), "{}", ran.shown());
    assert!(
        ["consistency", "revocation"].contains(&ran.word("/error/kind").as_str()),
        "{}",
        ran.shown()
    );
    assert!(!way.home.home().join("installed/acme/shop").exists());
}

#[test]
fn a_revocation_that_is_held_back_is_an_alarm_and_what_is_known_counts() {
    let way = Way::new();
    let _ = way.install("acme/shop@1.0.0").exits(0);
    // Somebody changes the status on the way.
    way.proxy.changing(|path, body| {
        if path == "/api/v1/status" {
            let at = body.len() / 2;
            body[at] = if body[at] == b'a' { b'b' } else { b'a' };
        }
    });
    let ran = way
        .home
        .run("acme/shop", "fail")
        .input(guildhall_tests::json!({ "text": "x" }))
        .go();
    let ran = ran.exits(1);
    assert!(
        ran.stderr.contains("not verified:") && ran.stderr.contains("status"),
        "{}",
        ran.shown()
    );
}

#[test]
fn an_endless_answer_is_not_read_to_its_end() {
    let way = Way::new();
    way.proxy.changing(|path, body| {
        if path.ends_with("/evidence") || path == "/root.json" {
            body.resize(40 << 20, b' ');
        }
    });
    let ran = way.install("acme/shop@1.0.0");
    let error = ran.error(1, "no-marketplace");
    assert!(error.contains("more than"), "{error}");
}
