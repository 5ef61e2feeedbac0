//! What was not released is not there, and what was reviewed is what is released.

use super::token;
use guildhall_tests::wire::{ask, get};
use guildhall_tests::{Draft, Home, Market, Ran, Value};
use std::fs;
use std::time::Duration;

/// A release that waits for a reviewer, because it asks for more than the one before.
struct Held {
    market: Market,
    author: Home,
    publish: Value,
}

impl Held {
    fn new() -> Self {
        let market = Market::start();
        let author = market.author("ann", "acme");
        let first = Draft::new("acme/shop", "1.0.0");
        first.release(&author);
        let wider = first.version("1.1.0").with("/public/*", "/**");
        let publish = wider.publish(&author).exits(3).json();
        Self {
            market,
            author,
            publish,
        }
    }

    fn word(&self, name: &str) -> String {
        self.publish[name].as_str().unwrap().to_owned()
    }

    fn decide(&self, what: &str) -> Ran {
        let id = self.word("id");
        self.market.staff().guildhall([
            "marketplace",
            "admin",
            "decide",
            &id,
            what,
            "--reason",
            "looked at",
            "--json",
        ])
    }

    fn state(&self) -> String {
        let id = self.word("id");
        let publish = self.author.guildhall(["releases", &id, "--json"]);
        publish.exits(0).word("/state")
    }

    /// Insists that nobody gets anything of it who guesses its name or its digests.
    #[track_caller]
    fn is_nowhere_to(&self, stranger: &str) {
        let (release, component) = (self.word("release"), self.word("component"));
        let (id, address) = (self.word("id"), self.market.address());
        for path in [
            "/v2/acme/shop/manifests/1.1.0".to_owned(),
            format!("/v2/acme/shop/manifests/{release}"),
            format!("/v2/acme/shop/blobs/{release}"),
            format!("/v2/acme/shop/blobs/{component}"),
            "/api/v1/releases/acme/shop/1.1.0".to_owned(),
            "/api/v1/releases/acme/shop/1.1.0/report".to_owned(),
            "/api/v1/releases/acme/shop/1.1.0/evidence".to_owned(),
        ] {
            let answer = get(address, &path);
            assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        }
        let attached = get(address, &format!("/v2/acme/shop/referrers/{release}"));
        assert!(attached.text().contains("\"manifests\":[]"));
        let tags = get(address, "/v2/acme/shop/tags/list").text();
        assert!(!tags.contains("1.1.0"), "{tags}");
        // Nor somebody else who has the number of the publish.
        let other = format!("Bearer {}", token(&self.market.member(stranger)));
        for path in [
            format!("/api/v1/publishes/{id}"),
            format!("/api/v1/publishes/{id}/report"),
            format!("/api/v1/review/{id}"),
        ] {
            let answer = get(address, &path);
            assert_eq!(answer.status, 401, "{path}: {}", answer.text());
            let with = [("authorization", other.as_str())];
            let answer = ask(address, &format!("GET {path}"), &with, b"");
            assert!(
                matches!(answer.status, 403 | 404),
                "{path}: {}",
                answer.text()
            );
        }
        let home = Home::new();
        let ran = self.market.install(&home, "acme/shop@1.1.0", &["--yes"]);
        let _ = ran.error(2, "not-found");
    }
}

#[test]
fn a_guessed_digest_of_what_is_held_or_rejected_leads_nowhere() {
    let held = Held::new();
    held.is_nowhere_to("eve");
    let _ = held.decide("--reject").exits(0);
    assert_eq!(held.state(), "rejected");
    held.is_nowhere_to("mallory");
}

#[test]
fn what_was_exchanged_between_review_and_decision_is_not_released() {
    for part in ["component", "release"] {
        let held = Held::new();
        let hex = held.word(part).replace("sha256:", "");
        let blobs = held.market.folder().join("blobs/sha256");
        let file = blobs.join(&hex[..2]).join(&hex);
        let mut bytes = fs::read(&file).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        fs::write(&file, bytes).unwrap();
        let decided = held.decide("--pass");
        std::thread::sleep(Duration::from_secs(2));
        assert_ne!(held.state(), "released", "{}", decided.shown());
        let home = Home::new();
        let ran = held.market.install(&home, "acme/shop@1.1.0", &["--yes"]);
        let _ = ran.error(2, "not-found");
        // And what was released before is served as before.
        let _ = held.market.install(&home, "acme/shop", &["--yes"]).exits(0);
    }
}

#[test]
fn nobody_lets_pass_what_is_their_own() {
    let held = Held::new();
    // The reviewer becomes a member of the publisher.
    let bearer = format!("Bearer {}", token(&held.author));
    let added = ask(
        held.market.address(),
        "PUT /api/v1/publishers/acme/members/root",
        &[
            ("authorization", &bearer),
            ("content-type", "application/json"),
        ],
        br#"{"role":"member"}"#,
    );
    assert!(added.status < 300, "{}", added.text());
    let refused = held.decide("--pass");
    assert_eq!(refused.code, Some(4), "{}", refused.shown());
    assert_eq!(held.state(), "held");
}
