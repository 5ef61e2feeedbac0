//! A release that is not signed by who has to sign it is not offered over the API, and so can't be installed.

use guildhall_tests::console::Up;
use guildhall_tests::proxy::Proxy;
use guildhall_tests::rest::{Rest, json_of};
use guildhall_tests::{Draft, Home, Market, Value, json};
use std::sync::{Arc, Mutex};

#[test]
fn a_release_without_its_signatures_is_neither_offered_nor_installed_over_the_api() {
    let market = Market::start();
    let author = market.author("ann", "acme");
    Draft::new("acme/shop", "1.0.0").release(&author);
    Draft::new("acme/other", "1.0.0").release(&author);
    let proxy = Proxy::before(market.address());
    let other: Arc<Mutex<Value>> = Arc::default();
    let kept = other.clone();
    proxy.changing(move |path, body| {
        if path.ends_with("/evidence") {
            *kept.lock().unwrap() = serde_json::from_slice(body).unwrap();
        }
    });
    let home = Home::new();
    let url = proxy.url();
    let _ = home
        .guildhall(["install", "acme/other", "--from", &url, "--yes", "--json"])
        .exits(0);
    let up = Up::start(&home);
    let owner = Rest::new(&up.address, &up.owner().stands_in());
    let wanted = json!({"skill": "acme/shop"});
    let offers = || owner.send("POST /api/v1/offers", &[], &wanted);

    // Signatures that are not over this release, and none at all.
    for (field, check) in [
        ("publisher_statement", Some("publisher-signature")),
        ("review_statement", Some("review-signature")),
        ("publisher_statement", None),
        ("review_statement", None),
    ] {
        let other = other.lock().unwrap().clone();
        proxy.changing(move |path, body| {
            if path.ends_with("/evidence")
                && let Ok(mut evidence) = serde_json::from_slice::<Value>(body)
            {
                match check {
                    Some(_) => evidence[field] = other[field].clone(),
                    None => drop(evidence.as_object_mut().unwrap().remove(field)),
                }
                *body = serde_json::to_vec(&evidence).unwrap();
            }
        });
        let answer = offers();
        assert!(answer.status >= 400, "{field}: {}", answer.text());
        let problem = json_of(&answer);
        if let Some(check) = check {
            assert_eq!(
                (answer.status, &problem["code"]),
                (409, &json!(check)),
                "{problem:#}"
            );
        }
    }
    let digest = format!("sha256:{}", "a".repeat(64));
    let answer = owner.send("POST /api/v1/skills", &[], &json!({ "offer": digest }));
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(!home.home().join("installed/acme/shop").exists());

    // As its publisher and its reviewer signed it, it is.
    proxy.changing(|_, _| {});
    let answer = offers();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let offer = json!({"offer": json_of(&answer)["offer"]});
    let done = owner.send("POST /api/v1/skills", &[], &offer);
    assert_eq!(
        json_of(&done)["skills"][0]["name"],
        "acme/shop",
        "{}",
        done.text()
    );
    assert!(home.home().join("installed/acme/shop").exists());
}
