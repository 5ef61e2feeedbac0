//! Publishing: from the upload to a release, and everything that keeps one from being made.

use guildhall_package::Digest;
use guildhall_package::market::review::Severity;
use guildhall_package::market::{Page, PublishInfo, PublishState, ReviewReport};
use guildhall_package::trust::statement::PublisherClaim;
use guildhall_package::trust::{Artifact, PublisherStatement};
use reqwest::multipart::{Form, Part};

use crate::author::{Author, CREATED, Package, account, new_key, upload};
use crate::both;
use crate::component::Recipe;
use crate::reviewer::Does;
use crate::shop::{Db, Shop, answer, refused};

both!(
    a_release_goes_from_upload_to_visible,
    what_was_changed_after_signing_is_refused,
    only_members_publish
);
both!(
    a_version_is_released_once,
    the_same_release_again_is_the_same_publish,
    no_verdict_is_no_release
);
both!(
    findings_decide,
    endless_and_malformed_uploads_are_refused,
    a_revoked_key_publishes_nothing_more
);
both!(
    a_key_revoked_during_the_review_rejects_the_release,
    what_was_reviewed_is_what_is_promoted
);

async fn a_release_goes_from_upload_to_visible(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let package = Package::signed(
        Recipe::new("northwind/invoices", "1.0.0").build(),
        Some(b"golden".to_vec()),
        &author.key,
    );
    let response = author.upload(&shop, &package).await;
    assert_eq!(response.status(), 202);
    let place = response.headers()["location"].to_str().unwrap().to_owned();
    let staged: PublishInfo = answer(response).await;
    assert_eq!(place, format!("/api/v1/publishes/{}", staged.id));
    assert_eq!(staged.release, package.artifact.release);
    assert_eq!(staged.golden, Some(Digest::of(b"golden")));
    let done = author.settled(&shop, &staged.id).await;
    assert_eq!(done.state, PublishState::Released, "{done:?}");
    assert!(done.log_index.is_some());
    let pulled = shop
        .get(&format!(
            "/v2/northwind/invoices/blobs/{}",
            package.artifact.component
        ))
        .await;
    assert_eq!(pulled.bytes().await.unwrap(), package.component);
    let list: Page<PublishInfo> = answer(
        shop.read(&author.token, "/api/v1/publishes?state=released")
            .await,
    )
    .await;
    assert_eq!(list.items.len(), 1);
    let report: ReviewReport =
        answer(shop.read(&author.token, &format!("{place}/report")).await).await;
    assert_eq!(report.component, package.artifact.component);
}

async fn what_was_changed_after_signing_is_refused(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let good = Package::signed(
        Recipe::new("northwind/invoices", "1.0.0").build(),
        Some(b"golden".to_vec()),
        &author.key,
    );
    let other = author.release("letters", "1.0.0");
    let mut changed: Vec<(&str, Package, &str)> = Vec::new();
    let mut one = good.clone();
    one.component = other.component.clone();
    changed.push(("component", one, "statement.digest"));
    let mut one = good.clone();
    one.artifact.manifest.clone_from(&other.artifact.manifest);
    changed.push(("manifest", one, "statement.digest"));
    let mut one = good.clone();
    one.golden = Some(b"silver".to_vec());
    changed.push(("golden", one, "statement.digest"));
    let mut one = good.clone();
    one.golden = None;
    changed.push(("no golden", one, "statement.digest"));
    let mut one = good.clone();
    one.artifact.config.clone_from(&other.artifact.config);
    changed.push(("config", one, "release.documents"));
    let mut one = good.clone();
    let at = one.statement.len() / 2;
    one.statement[at] = if one.statement[at] == b'A' {
        b'B'
    } else {
        b'A'
    };
    changed.push(("statement", one, "statement.refused"));
    changed.push((
        "a stranger's key",
        Package::signed(good.component.clone(), None, &new_key()),
        "statement.refused",
    ));
    for (what, package, code) in changed {
        let refusal = refused(author.upload(&shop, &package).await).await;
        assert_eq!(refusal, (422, code.to_owned()), "{what}");
    }
    // A config that lies about the imports, under a signature that fits.
    let lie = String::from_utf8(good.artifact.config.clone())
        .unwrap()
        .replace("\"imports\":[]", "\"imports\":[\"wasi:http/types\"]");
    let mut lying = good.clone();
    lying.artifact.config = lie.into_bytes();
    let manifest = String::from_utf8(good.artifact.manifest.clone())
        .unwrap()
        .replace(
            &good.artifact.config_digest.to_string(),
            &Digest::of(&lying.artifact.config).to_string(),
        );
    lying.artifact.manifest = manifest.into_bytes();
    lying.statement = sign(
        &author,
        &good.artifact,
        &lying.artifact.manifest,
        Some(b"golden"),
    );
    let refusal = refused(author.upload(&shop, &lying).await).await;
    assert_eq!(refusal, (422, "release.documents".to_owned()));
    // The right one still passes.
    author.released(&shop, &good).await;
}

/// A statement about a manifest of whatever content.
fn sign(author: &Author, artifact: &Artifact, manifest: &[u8], golden: Option<&[u8]>) -> Vec<u8> {
    PublisherStatement {
        name: artifact.name.clone(),
        version: artifact.version.clone(),
        release: Digest::of(manifest),
        claim: PublisherClaim {
            component: artifact.component,
            golden: golden.map(Digest::of),
            created: CREATED,
        },
    }
    .sign(&author.key)
    .unwrap()
}

async fn only_members_publish(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let stranger = account(&shop, "mallory").await;
    let package = author.release("invoices", "1.0.0");
    let refusal = refused(upload(&shop, &stranger, package.form()).await).await;
    assert_eq!(refusal, (403, "publisher.member".to_owned()));
    // Under an own publisher, somebody else's name in the component gives nothing.
    let other = Author::new(&shop, "fabrikam").await;
    let artifact = Artifact {
        name: "fabrikam/invoices".parse().unwrap(),
        ..package.artifact.clone()
    };
    let mut taken = package.clone();
    taken.statement = sign(&other, &artifact, &package.artifact.manifest, None);
    let refusal = refused(other.upload(&shop, &taken).await).await;
    assert_eq!(refusal, (422, "statement.name".to_owned()));
    let nobody = shop
        .ask(reqwest::Method::POST, "/api/v1/publishes")
        .multipart(package.form())
        .send()
        .await
        .unwrap();
    assert_eq!(refused(nobody).await, (401, "token.missing".to_owned()));
    // What is published by others is no stranger's business.
    let staged: PublishInfo = answer(author.upload(&shop, &package).await).await;
    let look = shop
        .read(&stranger, &format!("/api/v1/publishes/{}", staged.id))
        .await;
    assert_eq!(refused(look).await.0, 404);
}

async fn a_version_is_released_once(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let first = author.release("invoices", "1.0.0");
    author.released(&shop, &first).await;
    let recipe = Recipe::new("northwind/invoices", "1.0.0").describe("Other text.", &["data"]);
    let refusal = refused(author.upload(&shop, &author.pack(&recipe)).await).await;
    assert_eq!(refusal, (409, "version.taken".to_owned()));
    // One that was rejected may be tried again with other bytes.
    shop.reviewer.now(Does::Finds(Severity::Refuse));
    let bad = author
        .publish(&shop, &author.release("invoices", "1.0.1"))
        .await;
    assert_eq!(bad.state, PublishState::Rejected);
    shop.reviewer.now(Does::Honest);
    let recipe = Recipe::new("northwind/invoices", "1.0.1").describe("Better.", &["data"]);
    author.released(&shop, &author.pack(&recipe)).await;
}

async fn the_same_release_again_is_the_same_publish(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let package = author.release("invoices", "1.0.0");
    let (a, b, c) = tokio::join!(
        author.upload(&shop, &package),
        author.upload(&shop, &package),
        author.upload(&shop, &package)
    );
    let mut ids = Vec::new();
    for response in [a, b, c] {
        let info: PublishInfo = answer(response).await;
        ids.push(info.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let done = author.settled(&shop, &ids[0]).await;
    assert_eq!(done.state, PublishState::Released);
    let again: PublishInfo = answer(author.upload(&shop, &package).await).await;
    assert_eq!((again.id, again.state), (done.id, PublishState::Released));
    assert_eq!(shop.reviewer.begun(), 1);
    // Nothing of what came twice is left lying about.
    let left = std::fs::read_dir(shop.config.blobs.join("staging")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

async fn no_verdict_is_no_release(db: Db) {
    let shop = Shop::with(db, |config| {
        config.review_limit = std::time::Duration::from_millis(300);
    })
    .await;
    let author = Author::new(&shop, "northwind").await;
    let cases = [
        (Does::Crashes, "signal 9"),
        (Does::Panics, "panicked"),
        (Does::Hangs, "longer than"),
        (Does::OtherComponent, "other bytes"),
        (Does::OtherAuthority, "another authority"),
        (Does::UnsafeText, "in a line each"),
    ];
    for (index, (does, said)) in cases.into_iter().enumerate() {
        shop.reviewer.now(does);
        let package = author.release("invoices", &format!("1.0.{index}"));
        let done = author.publish(&shop, &package).await;
        assert_eq!(done.state, PublishState::Errored, "{said}");
        assert!(done.reason.as_ref().unwrap().contains(said), "{done:?}");
        let pulled = shop
            .get(&format!(
                "/v2/northwind/invoices/manifests/{}",
                done.release
            ))
            .await;
        assert_eq!(pulled.status(), 404);
        // Tried again by an honest one, it passes.
        shop.reviewer.now(Does::Honest);
        let path = format!("/api/v1/publishes/{}/retry", done.id);
        assert_eq!(shop.post(&author.token, &path, &()).await.status(), 202);
        let done = author.settled(&shop, &done.id).await;
        assert_eq!(done.state, PublishState::Released, "{said}: {done:?}");
        let again = shop.post(&author.token, &path, &()).await;
        assert_eq!(refused(again).await, (409, "publish.state".to_owned()));
    }
}

async fn findings_decide(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let golden = |version: &str| {
        let component = Recipe::new("northwind/invoices", version).build();
        Package::signed(component, Some(b"golden".to_vec()), &author.key)
    };
    for (does, version, state) in [
        (Does::Finds(Severity::Note), "1.0.0", PublishState::Released),
        (Does::Finds(Severity::Warn), "1.0.1", PublishState::Released),
        (
            Does::Finds(Severity::Refuse),
            "1.0.2",
            PublishState::Rejected,
        ),
        (Does::FailsACase, "1.0.3", PublishState::Rejected),
    ] {
        shop.reviewer.now(does.clone());
        let done = author.publish(&shop, &golden(version)).await;
        assert_eq!(done.state, state, "{does:?}");
        if !matches!(does, Does::FailsACase) {
            assert_eq!(done.findings[0].code, "test.finding");
        }
    }
    let none = shop.get("/v2/northwind/invoices/manifests/1.0.2").await;
    assert_eq!(none.status(), 404);
}

async fn endless_and_malformed_uploads_are_refused(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let package = author.release("invoices", "1.0.0");
    // A component that never ends: the connection is not listened to for ever.
    let endless =
        futures::stream::iter((0..4_000).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 64 << 10])));
    let form = Form::new()
        .part("statement", Part::bytes(package.statement.clone()))
        .part(
            "component",
            Part::stream(reqwest::Body::wrap_stream(endless)),
        );
    let sent = shop
        .ask(reqwest::Method::POST, "/api/v1/publishes")
        .bearer_auth(&author.token)
        .multipart(form)
        .send()
        .await;
    // The server may hang up while the client still writes.
    if let Ok(response) = sent {
        assert_eq!(refused(response).await, (413, "upload.size".to_owned()));
    }
    let left = std::fs::read_dir(shop.config.blobs.join("staging")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "nothing of it is kept");
    let bytes = |text: &'static str| Part::bytes(text.as_bytes());
    let statement = || Part::bytes(package.statement.clone());
    for (form, code) in [
        (Form::new().part("component", bytes("x")), "upload.order"),
        (Form::new().part("statement", statement()), "upload.missing"),
        (
            Form::new()
                .part("statement", statement())
                .part("statement", statement()),
            "upload.part",
        ),
        (
            Form::new()
                .part("statement", statement())
                .part("more", bytes("x")),
            "upload.part",
        ),
        (
            Form::new().part("statement", bytes("{}")),
            "statement.refused",
        ),
        (
            Form::new().part("statement", Part::bytes(vec![b'a'; 300 << 10])),
            "upload.size",
        ),
        (
            Form::new()
                .part("statement", statement())
                .part("manifest", Part::bytes(vec![b'a'; 300 << 10])),
            "upload.size",
        ),
    ] {
        let (_, found) = refused(upload(&shop, &author.token, form).await).await;
        assert_eq!(found, code);
    }
    let no_form = shop.post(&author.token, "/api/v1/publishes", &()).await;
    assert_eq!(refused(no_form).await, (400, "upload.form".to_owned()));
    // No component at all, but signed.
    let mut nonsense = package.clone();
    nonsense.component = b"\0asm\x0d\0\x01\0\xff\xff\xff".to_vec();
    let artifact = Artifact {
        component: Digest::of(&nonsense.component),
        ..package.artifact.clone()
    };
    nonsense.statement = sign(&author, &artifact, &package.artifact.manifest, None);
    let refusal = refused(author.upload(&shop, &nonsense).await).await;
    assert_eq!(refusal, (422, "component.unreadable".to_owned()));
}

async fn a_revoked_key_publishes_nothing_more(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let before = author.release("invoices", "1.0.0");
    author.released(&shop, &before).await;
    let path = format!(
        "/api/v1/publishers/northwind/keys/{}/revoke",
        author.key.public().keyid()
    );
    let revoked = shop
        .post(&author.token, &path, &serde_json::json!({}))
        .await;
    assert_eq!(revoked.status(), 200);
    let refusal = refused(
        author
            .upload(&shop, &author.release("invoices", "1.0.1"))
            .await,
    )
    .await;
    assert_eq!(refusal, (422, "statement.refused".to_owned()));
    // What was released before keeps being served: the revocation is from now on.
    let pulled = shop.get("/v2/northwind/invoices/manifests/1.0.0").await;
    assert_eq!(pulled.status(), 200);
}

async fn a_key_revoked_during_the_review_rejects_the_release(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    shop.reviewer
        .now(Does::Takes(std::time::Duration::from_millis(1_500)));
    let staged: PublishInfo = answer(
        author
            .upload(&shop, &author.release("invoices", "1.0.0"))
            .await,
    )
    .await;
    let path = format!(
        "/api/v1/publishers/northwind/keys/{}/revoke",
        author.key.public().keyid()
    );
    assert_eq!(
        shop.post(&author.token, &path, &serde_json::json!({}))
            .await
            .status(),
        200
    );
    let done = author.settled(&shop, &staged.id).await;
    assert_eq!(done.state, PublishState::Rejected);
    assert_eq!(done.findings[0].code, "key.revoked");
}

async fn what_was_reviewed_is_what_is_promoted(db: Db) {
    let shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    shop.reviewer
        .now(Does::Takes(std::time::Duration::from_millis(1_000)));
    let package = author.release("invoices", "1.0.0");
    let staged: PublishInfo = answer(author.upload(&shop, &package).await).await;
    // Somebody changes the stored component while it waits; the reviewer may have the old bytes or none.
    std::fs::write(shop.blob_file(&package.artifact.component), b"changed").unwrap();
    author.settled(&shop, &staged.id).await;
    let pulled = shop
        .get(&format!(
            "/v2/northwind/invoices/blobs/{}",
            package.artifact.component
        ))
        .await;
    // Never the changed bytes.
    assert!(!pulled.status().is_success());
    // And before a review, changed bytes get no verdict at all.
    let second = author.release("letters", "1.0.0");
    shop.reviewer
        .now(Does::Takes(std::time::Duration::from_millis(500)));
    let mut other = shop.config.clone();
    other.reviews = 1;
    let staged: PublishInfo = answer(author.upload(&shop, &second).await).await;
    std::fs::write(shop.blob_file(&second.artifact.release), b"{}").unwrap();
    let done = author.settled(&shop, &staged.id).await;
    assert_ne!(done.state, PublishState::Released, "{done:?}");
}
