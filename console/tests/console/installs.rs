//! Installing by programs: at once, or looked at later; and nothing comes in but what a marketplace offered.

use std::path::Path;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use guildhall_console::people::Role;
use guildhall_host::Retention;
use guildhall_package::Digest;
use serde_json::{Value, json};

use super::bench::{Bench, Browser};
use super::market::FakeMarket;
use super::program::{Program, Said, agent, stand_in};

const LATER: [(&str, &str); 1] = [("prefer", "respond-async")];

async fn install(program: &Program, offer: &[u8], headers: &[(&str, &str)]) -> Said {
    let body = json!({"offer": Digest::of(offer)});
    program
        .send(Method::POST, "/api/v1/skills", headers, Some(&body))
        .await
}

/// The installation when it has ended.
async fn ended(program: &Program, place: &str) -> Value {
    loop {
        let job = program.get(place).await.json();
        if job["status"] != "running" {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn with_market() -> (Bench, Browser) {
    let bench = Bench::new().await;
    bench.shelf.market.set(FakeMarket::new()).ok().unwrap();
    let ann = bench.owner().await;
    (bench, ann)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_is_looked_at_later_by_who_began_it_and_by_owners_only() {
    let (bench, mut ann) = with_market().await;
    let owner = stand_in(&bench, &mut ann).await;
    let said = install(&owner, b"offer", &LATER).await;
    assert_eq!(said.status, StatusCode::ACCEPTED);
    assert_eq!(said.header("preference-applied"), "respond-async");
    let place = said.header("location").to_owned();
    let id = said.json()["install"].as_str().unwrap().to_owned();
    assert_eq!(place, format!("/api/v1/installs/{id}"));
    let job = ended(&owner, &place).await;
    assert_eq!(
        (&job["status"], &job["install"]),
        (&json!("done"), &json!(id))
    );
    assert!(
        job["ended_at_ms"].is_i64() && job.get("problem").is_none(),
        "{job}"
    );

    // Another owner sees it, others do not, and an agent has no such door.
    let mut bo = bench.invited(&mut ann, "Bo", Role::Owner).await;
    let other_owner = stand_in(&bench, &mut bo).await;
    assert_eq!(ended(&other_owner, &place).await, job);
    let mut cy = bench.invited(&mut ann, "Cy", Role::Approver).await;
    let approver = stand_in(&bench, &mut cy).await;
    assert_eq!(approver.get(&place).await.outcome().0, 404);
    let desk = agent(&bench, "Desk", Path::new("/tmp"), Retention::Full).await;
    let refused = (403, "token.kind".to_owned());
    assert_eq!(desk.get(&place).await.outcome(), refused);
    assert_eq!(install(&desk, b"offer", &LATER).await.outcome(), refused);
    assert_eq!(owner.get("/api/v1/installs/nothing").await.outcome().0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_installed_says_why_and_what_was_broken_off_says_so() {
    let (bench, mut ann) = with_market().await;
    let owner = stand_in(&bench, &mut ann).await;
    let said = install(&owner, b"another", &LATER).await;
    let job = ended(&owner, said.header("location")).await;
    assert_eq!(job["status"], "failed", "{job}");
    assert_eq!(job["problem"]["code"], "offer.unknown", "{job}");

    // As a process leaves it that was killed while it installed.
    let id = uuid::Uuid::now_v7().to_string();
    let now = bench.app.clock.now();
    let by = {
        let mut db = bench.app.store.read().await.unwrap();
        guildhall_console::store::people::all(&mut db)
            .await
            .unwrap()
    };
    let mut tx = bench.app.store.write().await.unwrap();
    let times = (now, now + 40_000, 0);
    let who = (id.as_str(), by[0].id.as_str());
    guildhall_console::store::installs::insert(tx.connection(), who, times)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let place = format!("/api/v1/installs/{id}");
    assert_eq!(owner.get(&place).await.json()["status"], "running");
    bench.app.clock.advance(41_000);
    assert_eq!(owner.get(&place).await.json()["status"], "interrupted");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_is_asked_for_again_with_its_key_is_the_same_one() {
    let (bench, mut ann) = with_market().await;
    let owner = stand_in(&bench, &mut ann).await;
    let keyed = [LATER[0], ("idempotency-key", "a-1")];
    let first = install(&owner, b"offer", &keyed).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    let place = first.header("location").to_owned();
    let done = ended(&owner, &place).await;
    let again = install(&owner, b"offer", &keyed).await;
    assert_eq!(again.status, StatusCode::ACCEPTED);
    assert_eq!(again.header("location"), place);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.json(), done);
    let market = bench.shelf.market.get().unwrap();
    assert_eq!(market.asked.lock().unwrap().len(), 1);
    // Something else is not asked for under the same key, and another key is another installation.
    let other = install(&owner, b"another", &keyed).await;
    assert_eq!(other.outcome(), (409, "request.key-reused".to_owned()));
    let other = [LATER[0], ("idempotency-key", "a-2")];
    let other = install(&owner, b"offer", &other).await;
    assert_ne!(other.header("location"), place);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_is_waited_for_is_done_once_under_its_key_and_answered_the_same() {
    let (bench, mut ann) = with_market().await;
    let owner = stand_in(&bench, &mut ann).await;
    let market = bench.shelf.market.get().unwrap();
    let asked = || market.asked.lock().unwrap().len();
    let keyed = [("idempotency-key", "a-1")];
    let first = install(&owner, b"offer", &keyed).await;
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.json()["skills"].is_array(), "{}", first.json());
    let again = install(&owner, b"offer", &keyed).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.json(), first.json());
    assert_eq!(asked(), 1);
    // Asked for in the other way, it is the same one as well.
    let later = [LATER[0], keyed[0]];
    let job = install(&owner, b"offer", &later).await;
    assert_eq!(job.status, StatusCode::ACCEPTED);
    assert_eq!(job.json()["status"], "done");
    assert_eq!(asked(), 1);
    // Something else is not asked for under the same key; another key, or none, is another installation.
    let other = install(&owner, b"another", &keyed).await;
    assert_eq!(other.outcome(), (409, "request.key-reused".to_owned()));
    let word = install(&owner, b"offer", &[("idempotency-key", "a b")]).await;
    assert_eq!(word.outcome(), (400, "request.key".to_owned()));
    install(&owner, b"offer", &[("idempotency-key", "a-2")]).await;
    install(&owner, b"offer", &[]).await;
    assert_eq!(asked(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_or_broken_off_under_a_key_may_be_asked_again_under_it() {
    let (bench, mut ann) = with_market().await;
    let owner = stand_in(&bench, &mut ann).await;
    let keyed = [("idempotency-key", "a-1")];
    let refused = install(&owner, b"another", &keyed).await;
    assert_eq!(refused.outcome(), (409, "offer.unknown".to_owned()));
    let again = install(&owner, b"another", &keyed).await;
    assert_eq!(again.outcome(), (409, "offer.unknown".to_owned()));
    let good = install(&owner, b"offer", &keyed).await;
    assert_eq!(good.status, StatusCode::OK);
    // As a process leaves it that was killed while it installed.
    let mut tx = bench.app.store.write().await.unwrap();
    sqlx::query("UPDATE installs SET ended = NULL, skills = NULL, heard_until = 0")
        .execute(tx.connection())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let anew = install(&owner, b"offer", &keyed).await;
    assert_eq!(anew.status, StatusCode::OK);
    assert_eq!(anew.json(), good.json());
    let market = bench.shelf.market.get().unwrap();
    assert_eq!(market.asked.lock().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_installed_that_no_marketplace_offered() {
    let (bench, mut ann) = with_market().await;
    let owner = stand_in(&bench, &mut ann).await;
    assert_eq!(
        install(&owner, b"another", &[]).await.outcome(),
        (409, "offer.unknown".to_owned())
    );
    // No field takes bytes, a file or an address, beside an offer or in its place.
    let offer = Digest::of(b"offer").to_string();
    for extra in [
        "component",
        "bytes",
        "file",
        "path",
        "url",
        "unsigned",
        "force",
    ] {
        let mut body = json!({ extra: "AGFzbQ0AAQA=" });
        let said = owner.post("/api/v1/skills", &body).await;
        assert!((400..500).contains(&said.outcome().0), "{extra}");
        body["offer"] = json!(offer);
        let said = owner.post("/api/v1/skills", &body).await;
        assert!((400..500).contains(&said.outcome().0), "{extra}");
        let wanted = json!({"skill": "acme/shop", extra: "AGFzbQ0AAQA="});
        let said = owner.post("/api/v1/offers", &wanted).await;
        assert!((400..500).contains(&said.outcome().0), "{extra}");
    }
    for kind in ["application/wasm", "application/octet-stream"] {
        let headers = [("content-type", kind)];
        for path in [
            "/api/v1/skills",
            "/api/v1/skills/acme/shop",
            "/api/v1/offers",
        ] {
            for method in [Method::POST, Method::PUT, Method::PATCH] {
                let said = owner.send(method, path, &headers, None).await;
                assert!((400..500).contains(&said.outcome().0), "{path}");
            }
        }
    }
    let market = bench.shelf.market.get().unwrap();
    assert!(market.asked.lock().unwrap().is_empty());
    assert!(bench.shelf.installed.lock().unwrap().is_empty());
}
