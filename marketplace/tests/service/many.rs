//! Many at once, and two processes over one database: one log.

use futures::future::join_all;
use guildhall_package::market::PublishState;
use guildhall_package::market::publisher::{GrantPublisher, KeyInfo};
use guildhall_package::trust::LogState;
use guildhall_package::trust::log::{
    Entry, SignedCheckpoint, TileId, TileKind, TreeHash, bundle, merkle, tiles::Leaves,
};

use crate::author::{Author, account, new_key, register_key};
use crate::both;
use crate::shop::{Db, ORIGIN, Shop, answer};

both!(two_processes_keep_one_log);

const AUTHORS: usize = 12;
const RELEASES: usize = 4;

/// Names that no rule takes for each other are rare: an administrator grants these.
async fn author(shop: &Shop, admin: &str, number: usize) -> Author {
    let name = format!("publisher-{number}");
    let token = account(shop, &name).await;
    let grant = GrantPublisher {
        publisher: name.parse().unwrap(),
        owner: name.parse().unwrap(),
    };
    let made = shop.post(admin, "/api/v1/admin/publishers", &grant).await;
    assert_eq!(made.status(), 201, "{}", made.text().await.unwrap());
    let key = new_key();
    let _: KeyInfo = answer(register_key(shop, &token, &name, &key, None).await).await;
    Author { name, token, key }
}

async fn two_processes_keep_one_log(db: Db) {
    let one = Shop::open(db).await;
    let two = one.twin().await;
    let admin = one.admin().await;
    let work = (0..AUTHORS).map(|number| {
        let (here, there, admin) = if number % 2 == 0 {
            (&one, &two, &admin)
        } else {
            (&two, &one, &admin)
        };
        async move {
            let author = author(here, admin, number).await;
            for version in 0..RELEASES {
                // Each release goes to the other process than the one before.
                let shop = if version % 2 == 0 { here } else { there };
                let package = author.release("tool", &format!("1.0.{version}"));
                let done = author.publish(shop, &package).await;
                assert_eq!(done.state, PublishState::Released, "{done:?}");
                // Visible where it was published, at once.
                let path = format!(
                    "/v2/{}/tool/manifests/{}",
                    author.name, package.artifact.release
                );
                assert_eq!(shop.get(&path).await.status(), 200);
            }
        }
    });
    join_all(work).await;
    let expected = u64::try_from(AUTHORS * (2 + RELEASES)).unwrap();
    for shop in [&one, &two] {
        let (size, log) = audit(shop, expected).await;
        assert_eq!(size, expected);
        assert_eq!(log.skills().count(), AUTHORS);
        assert!(
            log.skills()
                .all(|(_, skill)| skill.releases.len() == RELEASES)
        );
    }
    // Nothing was reviewed twice.
    assert_eq!(one.reviewer.begun(), AUTHORS * RELEASES);
    drop(two);
}

/// Reads the whole log, checks its root and its rules.
async fn audit(shop: &Shop, at_least: u64) -> (u64, LogState) {
    for _ in 0..200 {
        if shop.checkpoint_size().await >= at_least {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let note = shop.get("/checkpoint").await.bytes().await.unwrap();
    let checkpoint = SignedCheckpoint::parse(&note).unwrap();
    let head = checkpoint.unverified().head;
    assert_eq!(checkpoint.unverified().origin, ORIGIN);
    let mut log = LogState::default();
    let mut leaves = Vec::new();
    let mut index = 0;
    while let Some(id) = TileId::of(TileKind::Entries, index, head.size) {
        let bytes = shop.get(&format!("/{id}")).await.bytes().await.unwrap();
        for entry in bundle::entries(&id, &bytes).unwrap() {
            leaves.push(TreeHash::leaf(entry));
            log.apply(&Entry::parse(entry).unwrap()).unwrap();
        }
        index += 1;
    }
    assert_eq!(
        merkle::root(&Leaves(&leaves), head.size).unwrap(),
        head.root
    );
    (head.size, log)
}

both!(a_log_grows_over_the_edges_of_its_tiles);

/// Queues entries as the service does, in a transaction of somebody else.
async fn queue(shop: &Shop, from: u64, to: u64) {
    let store = guildhall_marketplace::store::open(&shop.config.database)
        .await
        .unwrap();
    let mut tx = store.write().await.unwrap();
    for number in from..to {
        let queued = serde_json::json!({
            "event": { "type": "namespace-granted", "publisher": format!("p{number}") },
            "from_now": false
        });
        let bytes = serde_json::to_vec(&queued).unwrap();
        guildhall_marketplace::store::log::queue(tx.connection(), &bytes, None)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    store.close().await;
}

async fn a_log_grows_over_the_edges_of_its_tiles(db: Db) {
    let mut shop = Shop::open(db).await;
    assert_eq!(audit(&shop, 0).await.0, 0);
    let mut size = 0;
    for next in [1, 255, 256, 257, 512, 700, 1_800] {
        queue(&shop, size, next).await;
        let (found, log) = audit(&shop, next).await;
        assert_eq!(found, next);
        assert_eq!(log.publishers().count(), usize::try_from(next).unwrap());
        size = next;
        if next == 256 {
            shop.restart().await;
        }
    }
    let full = shop.get("/tile/0/006").await.bytes().await.unwrap();
    assert_eq!(full.len(), 256 * 32);
    let upper = shop.get("/tile/1/000.p/7").await.bytes().await.unwrap();
    assert_eq!(upper.len(), 7 * 32);
}

/// 65,536 entries are 256 full tiles: the first level is one full tile, and a second one begins. On SQLite alone: what is
/// counted here is the same on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_grows_over_the_edge_of_its_second_level() {
    let mut shop = Shop::open(Db::Sqlite).await;
    let edge: u64 = 256 * 256;
    let mut size = 0;
    while size < edge - 1 {
        let next = (size + 8_000).min(edge - 1);
        queue(&shop, size, next).await;
        while shop.checkpoint_size().await < next {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        size = next;
    }
    for next in [edge - 1, edge, edge + 1] {
        queue(&shop, size, next).await;
        let (found, log) = audit(&shop, next).await;
        assert_eq!(found, next);
        assert_eq!(log.publishers().count(), usize::try_from(next).unwrap());
        size = next;
        let widths = [
            ("/tile/1/000", edge),
            ("/tile/2/000.p/1", edge),
            ("/tile/0/256.p/1", edge + 1),
        ];
        for (path, from) in widths {
            let there = shop.get(path).await.status() == 200;
            assert_eq!(there, size >= from, "{path} at {size}");
        }
    }
    shop.restart().await;
    assert_eq!(audit(&shop, edge + 1).await.0, edge + 1);
}
