//! What the log shows, as a client that believes nothing sees it.

use guildhall_package::Digest;
use guildhall_package::market::evidence::ReleaseEvidence;
use guildhall_package::market::release::Logged;
use guildhall_package::trust::log::tiles::Leaves;
use guildhall_package::trust::log::{
    Entry, Event, SignedCheckpoint, TileId, TileKind, TreeHash, bundle, merkle,
};
use guildhall_package::trust::verify::{Wanted, verify_release};
use guildhall_package::trust::{LogState, Status, TrustState, TrustedRoot};

use crate::author::Author;
use crate::both;
use crate::shop::{Db, ORIGIN, Shop, answer, refused};

both!(
    evidence_convinces_a_client_and_changed_evidence_does_not,
    tiles_lead_to_the_signed_root
);
both!(
    yanked_is_off_the_shelf_and_revoked_is_gone,
    the_status_says_what_the_log_says,
    events_come_in_order_and_go_on
);
both!(
    only_those_who_may_take_a_release_back,
    the_root_file_is_renewed
);

async fn root(shop: &Shop) -> TrustedRoot {
    let bytes = shop.get("/root.json").await.bytes().await.unwrap();
    TrustedRoot::pin(&bytes).unwrap()
}

async fn evidence(shop: &Shop, place: &str, query: &str) -> ReleaseEvidence {
    shop.get_json(&format!("/api/v1/releases/{place}/evidence{query}"))
        .await
}

fn wanted(name: &str, version: &str) -> Wanted {
    Wanted {
        name: Some(name.parse().unwrap()),
        version: Some(version.parse().unwrap()),
        release: None,
    }
}

async fn evidence_convinces_a_client_and_changed_evidence_does_not(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let package = author.release("invoices", "1.0.0");
    author.released(&shop, &package).await;
    let trust = TrustState::first_contact(root(&shop).await);
    let first = evidence(&shop, "northwind/invoices/latest", "").await;
    let now = shop.clock.now();
    let all = first.clone().with_component(package.component.clone());
    let verified =
        verify_release(&trust, &wanted("northwind/invoices", "1.0.0"), &all, now).unwrap();
    assert_eq!(verified.artifact.release, package.artifact.release);
    // A second release: the client demands that the log it saw is the beginning of this one.
    author
        .released(&shop, &author.release("letters", "2.0.0"))
        .await;
    let seen = verified.state.seen.unwrap().size;
    let component = author.release("letters", "2.0.0").component;
    let next = evidence(
        &shop,
        "northwind/letters/2.0.0",
        &format!("?seen={seen}&root=1"),
    )
    .await;
    assert!(next.roots.is_empty());
    let all = next.clone().with_component(component.clone());
    let later = verify_release(
        &verified.state,
        &wanted("northwind/letters", "2.0.0"),
        &all,
        now,
    )
    .unwrap();
    assert!(later.state.seen.unwrap().size > seen);
    // Without the proof, and with anything exchanged, it is refused.
    let mut without = all.clone();
    without.consistency.proofs.clear();
    let mut mixed = all.clone();
    mixed.review_statement = first.review_statement.clone().into_bytes();
    let mut other_entry = all.clone();
    other_entry.release = first.release.clone().into();
    let mut other_component = all.clone();
    other_component.component = package.component.clone();
    for (what, wrong) in [
        ("no consistency", without),
        ("another review", mixed),
        ("another entry", other_entry),
        ("another component", other_component),
    ] {
        let result = verify_release(
            &verified.state,
            &wanted("northwind/letters", "2.0.0"),
            &wrong,
            now,
        );
        assert!(result.is_err(), "{what}");
    }
    let ahead = shop
        .get("/api/v1/releases/northwind/letters/2.0.0/evidence?seen=999999")
        .await;
    assert_eq!(refused(ahead).await.0, 422);
}

/// All entries, read as an auditor reads them: from the bundles.
async fn entries(shop: &Shop) -> (SignedCheckpoint, Vec<Vec<u8>>) {
    let note = shop.get("/checkpoint").await.bytes().await.unwrap();
    let checkpoint = SignedCheckpoint::parse(&note).unwrap();
    let size = checkpoint.unverified().head.size;
    let mut all = Vec::new();
    let mut index = 0;
    while let Some(id) = TileId::of(TileKind::Entries, index, size) {
        let bytes = shop.get(&format!("/{id}")).await.bytes().await.unwrap();
        all.extend(
            bundle::entries(&id, &bytes)
                .unwrap()
                .into_iter()
                .map(<[u8]>::to_vec),
        );
        index += 1;
    }
    (checkpoint, all)
}

async fn tiles_lead_to_the_signed_root(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    for version in 0..3 {
        author
            .released(
                &shop,
                &author.release("invoices", &format!("1.0.{version}")),
            )
            .await;
    }
    let (checkpoint, entries) = entries(&shop).await;
    let root = root(&shop).await;
    let head = checkpoint
        .verify(ORIGIN, std::slice::from_ref(&root.file().log))
        .unwrap()
        .head;
    assert_eq!(head.size, 5, "name, key and three releases");
    let leaves: Vec<TreeHash> = entries.iter().map(|entry| TreeHash::leaf(entry)).collect();
    assert_eq!(
        merkle::root(&Leaves(&leaves), head.size).unwrap(),
        head.root
    );
    let tile = shop.get("/tile/0/000.p/5").await;
    assert_eq!(tile.headers()["content-type"], "application/octet-stream");
    assert!(
        tile.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let bytes = tile.bytes().await.unwrap();
    let expected: Vec<u8> = leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
    assert_eq!(bytes, expected);
    // Earlier widths stay; what is not there yet, or no name of a tile, is not.
    let narrow = shop.get("/tile/0/000.p/3").await.bytes().await.unwrap();
    assert_eq!(narrow, expected[..96]);
    for path in [
        "/tile/0/000",
        "/tile/0/000.p/6",
        "/tile/1/000",
        "/tile/0/001.p/1",
        "/tile/00/000.p/5",
        "/tile/x",
        "/tile/0/..%2f000",
    ] {
        assert_eq!(shop.get(path).await.status(), 404, "{path}");
    }
}

async fn only_those_who_may_take_a_release_back(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let stranger = Author::new(&shop, "fabrikam").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    let reason = serde_json::json!({ "reason": "Wrong sums." });
    for what in ["yank", "unyank", "revoke"] {
        let path = format!("/api/v1/releases/northwind/invoices/1.0.0/{what}");
        let refusal = refused(shop.post(&stranger.token, &path, &reason).await).await;
        assert_eq!(refusal, (403, "publisher.member".to_owned()), "{what}");
        assert_eq!(refused(shop.post("", &path, &reason).await).await.0, 401);
        let none = format!("/api/v1/releases/northwind/invoices/9.9.9/{what}");
        assert_eq!(
            refused(shop.post(&author.token, &none, &reason).await)
                .await
                .0,
            404
        );
        let latest = format!("/api/v1/releases/northwind/invoices/latest/{what}");
        assert_eq!(
            refused(shop.post(&author.token, &latest, &reason).await)
                .await
                .0,
            404
        );
    }
    let path = "/api/v1/releases/northwind/invoices/1.0.0/revoke";
    for wrong in ["", "  ", "two\nlines", "hidden\u{202e}text"] {
        let body = serde_json::json!({ "reason": wrong });
        assert_eq!(
            refused(shop.post(&author.token, path, &body).await).await.0,
            422
        );
    }
    // An administrator may stop anything.
    let admin = shop.admin().await;
    assert_eq!(shop.post(&admin, path, &reason).await.status(), 200);
}

async fn yanked_is_off_the_shelf_and_revoked_is_gone(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let first = author.release("invoices", "1.0.0");
    author.released(&shop, &first).await;
    author
        .released(&shop, &author.release("invoices", "1.1.0"))
        .await;
    let reason = serde_json::json!({ "reason": "Wrong sums." });
    let at =
        |version: &str, what: &str| format!("/api/v1/releases/northwind/invoices/{version}/{what}");
    let logged: Logged = answer(
        shop.post(&author.token, &at("1.1.0", "yank"), &reason)
            .await,
    )
    .await;
    assert_eq!(logged.tree_size, Some(shop.checkpoint_size().await));
    let again = refused(
        shop.post(&author.token, &at("1.1.0", "yank"), &reason)
            .await,
    )
    .await;
    assert_eq!(again, (409, "release.already".to_owned()));
    let tags: serde_json::Value = shop.get_json("/v2/northwind/invoices/tags/list").await;
    assert_eq!(tags["tags"], serde_json::json!(["1.0.0", "latest"]));
    // Yanked keeps being served to those who name it.
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/1.1.0")
            .await
            .status(),
        200
    );
    let release: serde_json::Value = shop
        .get_json("/api/v1/releases/northwind/invoices/1.1.0")
        .await;
    assert_eq!(release["yanked"]["reason"], "Wrong sums.");
    answer::<Logged>(
        shop.post(&author.token, &at("1.1.0", "unyank"), &reason)
            .await,
    )
    .await;
    let skill: serde_json::Value = shop.get_json("/api/v1/skills/northwind/invoices").await;
    assert_eq!(skill["latest"], "1.1.0");
    // Revoked: nothing of it is handed out, by no name.
    answer::<Logged>(
        shop.post(&author.token, &at("1.0.0", "revoke"), &reason)
            .await,
    )
    .await;
    let artifact = &first.artifact;
    for path in [
        "manifests/1.0.0".to_owned(),
        format!("manifests/{}", artifact.release),
        format!("blobs/{}", artifact.release),
        format!("blobs/{}", artifact.component),
        format!("blobs/{}", artifact.config_digest),
        format!("blobs/{}", Digest::of(&first.statement)),
    ] {
        let response = shop.get(&format!("/v2/northwind/invoices/{path}")).await;
        assert_eq!(response.status(), 404, "{path}");
    }
    let referrers: serde_json::Value = shop
        .get_json(&format!(
            "/v2/northwind/invoices/referrers/{}",
            artifact.release
        ))
        .await;
    assert_eq!(referrers["manifests"], serde_json::json!([]));
    for what in ["yank", "unyank", "revoke"] {
        let refusal = refused(shop.post(&author.token, &at("1.0.0", what), &reason).await).await;
        assert_eq!(refusal.0, 409, "{what}");
    }
    // That it is revoked is no secret.
    let release: serde_json::Value = shop
        .get_json("/api/v1/releases/northwind/invoices/1.0.0")
        .await;
    assert_eq!(release["revoked"]["reason"], "Wrong sums.");
    let version_again = author
        .upload(&shop, &author.release("invoices", "1.0.0"))
        .await;
    let same: guildhall_package::market::PublishInfo = answer(version_again).await;
    assert_eq!(
        same.release, artifact.release,
        "the same publish, not a new one"
    );
}

async fn the_status_says_what_the_log_says(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    author
        .released(&shop, &author.release("invoices", "1.1.0"))
        .await;
    author
        .released(&shop, &author.release("letters", "1.0.0"))
        .await;
    let reason = serde_json::json!({ "reason": "Wrong sums." });
    for path in ["invoices/1.0.0/yank", "invoices/1.1.0/revoke"] {
        let path = format!("/api/v1/releases/northwind/{path}");
        answer::<Logged>(shop.post(&author.token, &path, &reason).await).await;
    }
    let root = root(&shop).await;
    let bytes = shop.get("/api/v1/status").await.bytes().await.unwrap();
    let status = Status::verify(&bytes, root.file().log.key(), ORIGIN).unwrap();
    let (checkpoint, entries) = entries(&shop).await;
    assert_eq!(status.size, checkpoint.unverified().head.size);
    assert_eq!(status.root, checkpoint.unverified().head.root);
    let mut log = LogState::default();
    for entry in &entries {
        log.apply(&Entry::parse(entry).unwrap()).unwrap();
    }
    assert_eq!(
        status,
        log.status(
            ORIGIN,
            checkpoint.unverified().head,
            status.issued,
            status.expires
        )
    );
    assert_eq!((status.revoked.len(), status.yanked.len()), (1, 1));
    assert!(status.issued <= shop.clock.now() && status.expires > shop.clock.now());
    // A day later it is another one, that counts again.
    shop.clock.advance(24 * 60 * 60 * 1000);
    let bytes = shop.get("/api/v1/status").await.bytes().await.unwrap();
    let later = Status::verify(&bytes, root.file().log.key(), ORIGIN).unwrap();
    assert!(later.issued > status.issued && later.expires > shop.clock.now());
}

async fn events_come_in_order_and_go_on(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let mut listening = shop.get("/api/v1/events").await;
    assert_eq!(listening.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    let mut hear = async |until: &str| {
        while !text.contains(until) {
            let more = tokio::time::timeout(std::time::Duration::from_secs(20), listening.chunk());
            let more = more.await.expect("an event").unwrap().expect("no end");
            text.push_str(&String::from_utf8_lossy(&more));
        }
        text.clone()
    };
    hear("event: status\n").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    let reason = serde_json::json!({ "reason": "Wrong sums." });
    let path = "/api/v1/releases/northwind/invoices/1.0.0/revoke";
    answer::<Logged>(shop.post(&author.token, path, &reason).await).await;
    let heard = hear("\"type\":\"revoke\"").await;
    assert!(
        heard.contains("id: 2\n") && heard.contains("id: 3\n"),
        "{heard}"
    );
    assert!(
        !heard.contains("id: 1\n"),
        "what was before is not sent: {heard}"
    );
    // Who comes back hears what was missed, once.
    let mut back = shop
        .ask(reqwest::Method::GET, "/api/v1/events")
        .header("last-event-id", "1")
        .send()
        .await
        .unwrap();
    let mut again = String::new();
    while !again.contains("\"type\":\"revoke\"") {
        let more = tokio::time::timeout(std::time::Duration::from_secs(20), back.chunk());
        again.push_str(&String::from_utf8_lossy(
            &more.await.unwrap().unwrap().unwrap(),
        ));
    }
    assert_eq!(again.matches("event: entry").count(), 2, "{again}");
    let line = again
        .lines()
        .rfind(|line| line.starts_with("data: {"))
        .unwrap();
    let entry = Entry::parse(line.trim_start_matches("data: ").as_bytes()).unwrap();
    assert!(matches!(entry.event, Event::Revoke(_)));
}

async fn the_root_file_is_renewed(db: Db) {
    let mut shop = Shop::open(db).await;
    let before = root(&shop).await;
    let days = 90;
    let made = guildhall_marketplace::renew_root(&shop.config, 0, days).unwrap();
    assert_eq!(made.version, 2);
    shop.restart().await;
    let bytes = shop.get("/root.json").await.bytes().await.unwrap();
    let after = before.update(&bytes).unwrap();
    assert_eq!(after.file().version, 2);
    assert!(after.file().expires > before.file().expires);
    assert_eq!(after.fingerprint(), made.root);
    // Who has an old one gets there by the versions between.
    let old = shop.get("/root/1.json").await.bytes().await.unwrap();
    assert_eq!(old, before.envelope());
    assert_eq!(shop.get("/root/3.json").await.status(), 404);
    assert_eq!(shop.get("/root/1").await.status(), 404);
    shop.clock.advance(100 * 24 * 60 * 60 * 1000);
    let ready = shop.get("/readyz").await;
    assert_eq!(ready.status(), 503);
    assert!(
        ready
            .text()
            .await
            .unwrap()
            .contains("root file has expired")
    );
}
