//! A bundle: verified like everything else, without a network.

use guildhall_tests::{Draft, Home, Market, json};
use std::fs;
use std::path::PathBuf;

/// A bundle, made and taken away from its marketplace, which then ends.
fn bundle() -> (Market, Home, PathBuf) {
    let mut market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let carrier = Home::new();
    let file = carrier.path().join("shop.bundle");
    let url = market.url();
    let made = carrier
        .guildhall([
            "bundle",
            "acme/shop",
            "-o",
            "shop.bundle",
            "--from",
            &url,
            "--json",
        ])
        .exits(0);
    assert_eq!(made.word("/root"), market.root);
    let again = carrier.guildhall([
        "bundle",
        "acme/shop",
        "-o",
        "shop.bundle",
        "--from",
        &url,
        "--json",
    ]);
    let _ = again.error(2, "exists");
    market.kill_service();
    market.kill_witness();
    (market, carrier, file)
}

#[test]
fn a_bundle_is_installed_without_a_network_by_whoever_has_the_fingerprint() {
    let (market, _carrier, file) = bundle();
    let file = file.to_str().unwrap();
    let home = Home::new();
    // The bundle alone can't say that it is the right marketplace.
    let url = market.url();
    let unknown = home.guildhall(["install", file, "--yes", "--json"]);
    let error = unknown.error(2, "unknown-marketplace");
    assert!(error.contains("--root"), "{error}");
    let nobody = home.guildhall(["install", file, "--yes", "--from", &url, "--json"]);
    let _ = nobody.error(4, "root");
    let wrong = format!("sha256:{}", "0".repeat(64));
    let other = home.guildhall([
        "install", file, "--yes", "--from", &url, "--root", &wrong, "--json",
    ]);
    let _ = other.error(5, "root");
    assert!(!home.home().join("installed/acme").exists());
    let consent = home.guildhall([
        "install",
        file,
        "--from",
        &url,
        "--root",
        &market.root,
        "--json",
    ]);
    let _ = consent.error(3, "consent-needed");
    let done = home
        .guildhall([
            "install",
            file,
            "--yes",
            "--from",
            &url,
            "--root",
            &market.root,
            "--json",
        ])
        .exits(0)
        .json();
    assert_eq!(done["installed"]["name"], "acme/shop");
    let _ = home
        .run("acme/shop", "fail")
        .input(json!({ "text": "x" }))
        .go()
        .exits(1);
    // From now on the marketplace is known.
    let again = home.guildhall(["install", file, "--json"]).exits(0).json();
    assert_eq!(again["installed"]["version"], "1.0.0");
}

#[test]
fn a_bundle_that_was_changed_is_refused_by_the_check_that_notices() {
    let (market, _carrier, file) = bundle();
    let good: guildhall_tests::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    let home = Home::new();
    let url = market.url();
    let try_with = |field: &str, change: &dyn Fn(&mut guildhall_tests::Value)| {
        let mut bundle = good.clone();
        change(&mut bundle[field]);
        let path = home.put("changed.bundle", serde_json::to_vec(&bundle).unwrap());
        let root = market.root.as_str();
        home.guildhall([
            "install",
            path.to_str().unwrap(),
            "--yes",
            "--from",
            &url,
            "--root",
            root,
            "--json",
        ])
    };
    // The last character that says something: a byte of the content.
    let flip = |value: &mut guildhall_tests::Value| {
        let text = value.as_str().unwrap();
        let at = text.len() / 2;
        let old = &text[at..=at];
        let new = if old == "A" { "B" } else { "A" };
        *value = json!(format!("{}{new}{}", &text[..at], &text[at + 1..]));
    };
    for (field, check) in [
        ("component", "digest"),
        ("manifest", "digest"),
        ("publisher-statement", "publisher-signature"),
        ("review-statement", "review-signature"),
        ("checkpoint", "checkpoint"),
        ("status", "status"),
    ] {
        let ran = try_with(field, &flip);
        assert_eq!(ran.code, Some(5), "{field}\n{}", ran.shown());
        assert_eq!(
            ran.json()["error"]["kind"],
            check,
            "{field}\n{}",
            ran.shown()
        );
        assert!(!home.home().join("installed/acme").exists(), "{field}");
    }
    let ran = try_with("format", &|value| *value = json!("guildhall-bundle-2"));
    let _ = ran.error(2, "no-bundle");
}

#[test]
fn a_bundle_does_not_bring_back_what_is_known_to_be_revoked() {
    let mut market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    let home = Home::new();
    let url = market.url();
    let file = home.path().join("old.bundle");
    let _ = home
        .guildhall([
            "bundle",
            "acme/shop",
            "-o",
            "old.bundle",
            "--from",
            &url,
            "--json",
        ])
        .exits(0);
    let _ = author
        .guildhall([
            "yank",
            "acme/shop@1.0.0",
            "--reason",
            "sends data away",
            "--revoke",
            "--json",
        ])
        .exits(0);
    // This machine learns of it by anything that it does there.
    Draft::new("acme/other", "1.0.0").release(&author);
    let _ = market.install(&home, "acme/other", &["--yes"]).exits(0);
    market.kill_service();
    let ran = home.guildhall(["install", file.to_str().unwrap(), "--yes", "--json"]);
    assert_eq!(ran.code, Some(5), "{}", ran.shown());
    assert_eq!(
        ran.json()["error"]["kind"],
        "consistency",
        "{}",
        ran.shown()
    );
    assert!(!home.home().join("installed/acme/shop").exists());
}
