//! A process that ends at any step leaves nothing half done: the next one goes on.

use std::time::Duration;

use guildhall_package::market::{PublishInfo, PublishState};
use guildhall_package::trust::log::SignedCheckpoint;

use crate::author::Author;
use crate::both;
use crate::reviewer::Does;
use crate::shop::{Db, Shop, answer};

both!(
    a_review_that_was_cut_off_is_done_again,
    what_is_there_is_there_after_a_restart,
    an_interrupted_set_up_goes_on
);

async fn a_review_that_was_cut_off_is_done_again(db: Db) {
    let mut shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    shop.reviewer.now(Does::Hangs);
    let package = author.release("invoices", "1.0.0");
    let staged: PublishInfo = answer(author.upload(&shop, &package).await).await;
    while shop.reviewer.begun() == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shop.stop().await;
    shop.reviewer.now(Does::Honest);
    shop.restart().await;
    // The claim of the process that is gone runs out.
    shop.clock.advance(10_000);
    let done = author.settled(&shop, &staged.id).await;
    assert_eq!(done.state, PublishState::Released);
    assert_eq!(shop.reviewer.begun(), 2);
    // It is in the log once.
    assert_eq!(shop.checkpoint_size().await, 3);
}

async fn what_is_there_is_there_after_a_restart(db: Db) {
    let mut shop = Shop::open(db).await;
    let author = Author::new(&shop, "northwind").await;
    let package = author.release("invoices", "1.0.0");
    author.released(&shop, &package).await;
    let before = shop.get("/checkpoint").await.bytes().await.unwrap();
    shop.restart().await;
    let after = shop.get("/checkpoint").await.bytes().await.unwrap();
    assert_eq!(before, after);
    let pulled = shop.get("/v2/northwind/invoices/manifests/latest").await;
    assert_eq!(pulled.bytes().await.unwrap(), package.artifact.manifest);
    let found: serde_json::Value = shop.get_json("/api/v1/search?q=invoices").await;
    assert_eq!(found["total"], 1);
    author
        .released(&shop, &author.release("invoices", "1.1.0"))
        .await;
    let note = shop.get("/checkpoint").await.bytes().await.unwrap();
    let head = SignedCheckpoint::parse(&note).unwrap().unverified().head;
    assert_eq!(head.size, 4);
    let old = SignedCheckpoint::parse(&before).unwrap().unverified().head;
    let evidence: guildhall_package::market::evidence::ReleaseEvidence = shop
        .get_json("/api/v1/releases/northwind/invoices/1.1.0/evidence?seen=3")
        .await;
    guildhall_package::trust::log::verify_consistency(
        (old.size, &old.root),
        (head.size, &head.root),
        &evidence.consistency,
    )
    .unwrap();
}

async fn an_interrupted_set_up_goes_on(db: Db) {
    let mut shop = Shop::open(db).await;
    shop.stop().await;
    let setup = guildhall_marketplace::Init {
        admin: crate::shop::ADMIN.parse().unwrap(),
        password: "another password".to_owned(),
        witness_threshold: 0,
        root_days: 30,
    };
    // The same again changes neither keys nor the account.
    let root = std::fs::read(shop.config.keys.join("root.1.json")).unwrap();
    guildhall_marketplace::init(&shop.config, &setup)
        .await
        .unwrap();
    assert_eq!(
        std::fs::read(shop.config.keys.join("root.1.json")).unwrap(),
        root
    );
    shop.restart().await;
    shop.admin().await;
    // Keys of another marketplace are not taken.
    shop.stop().await;
    std::fs::remove_file(shop.config.keys.join("log.key")).unwrap();
    guildhall_marketplace::init(&shop.config, &setup)
        .await
        .unwrap();
    let started = guildhall_marketplace::Service::start(
        shop.config.clone(),
        std::sync::Arc::new(shop.reviewer.clone()),
    )
    .await;
    let error = started.err().expect("a refusal").to_string();
    assert!(
        error.contains("not the one that the root file names"),
        "{error}"
    );
}
