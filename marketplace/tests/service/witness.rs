//! Witnesses: a log that needs them waits for them, and they cosign only growth.

use std::time::Duration;

use guildhall_marketplace::WitnessAddress;
use guildhall_marketplace::clock::Clock;
use guildhall_marketplace::witness::{RunningWitness, WitnessConfig, serve};
use guildhall_package::market::{PublishInfo, PublishState};
use guildhall_package::trust::log::merkle::consistency_proof;
use guildhall_package::trust::log::note::Algorithm;
use guildhall_package::trust::log::tiles::Leaves;
use guildhall_package::trust::log::witness::AddCheckpoint;
use guildhall_package::trust::log::{
    Checkpoint, SignedCheckpoint, TreeHash, TreeHead, VerifierKey, cosignatures, merkle,
};
use guildhall_package::trust::{SigningKey, TrustedRoot};

use crate::author::{Author, new_key};
use crate::both;
use crate::shop::{Db, ORIGIN, Shop, answer, client};

both!(
    a_release_waits_for_the_witness_that_the_root_demands,
    cosignatures_do_not_get_old
);

async fn witness(
    folder: &std::path::Path,
    name: &str,
    port: u16,
    logs: Vec<VerifierKey>,
) -> RunningWitness {
    serve(WitnessConfig {
        listen: format!("127.0.0.1:{port}").parse().unwrap(),
        folder: folder.join("witness"),
        name: name.to_owned(),
        logs,
        clock: Clock::default(),
    })
    .await
    .unwrap()
}

/// A marketplace whose root file demands one witness, which runs.
async fn open(db: Db, folder: &std::path::Path) -> (Shop, RunningWitness) {
    let one = witness(folder, "witness.test/one", 0, Vec::new()).await;
    let address = WitnessAddress {
        url: format!("http://{}/", one.address).parse().unwrap(),
        key: one.key.clone(),
        operator: None,
    };
    // The log's key is made by the set-up: the witness learns it before the service needs it.
    let shop = Shop::with_threshold(db, 1, |config| {
        config.witnesses = vec![address];
        let folder = guildhall_marketplace::keys::Folder::open(&config.keys).unwrap();
        let log = folder.make_key(guildhall_marketplace::keys::LOG).unwrap();
        let key = VerifierKey::new(ORIGIN, Algorithm::Ed25519, log.public()).unwrap();
        one.watch(&key);
    })
    .await;
    (shop, one)
}

async fn a_release_waits_for_the_witness_that_the_root_demands(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let (shop, one) = open(db, folder.path()).await;
    let author = Author::new(&shop, "northwind").await;
    author
        .released(&shop, &author.release("invoices", "1.0.0"))
        .await;
    let root = TrustedRoot::pin(&shop.get("/root.json").await.bytes().await.unwrap()).unwrap();
    assert_eq!(root.file().witness_threshold, 1);
    let note =
        SignedCheckpoint::parse(&shop.get("/checkpoint").await.bytes().await.unwrap()).unwrap();
    let found = cosignatures(note.note(), &root.file().witnesses).unwrap();
    assert_eq!(found.len(), 1);
    // Without the witness nothing new is shown.
    let port = one.address.port();
    let watched = root.file().log.clone();
    one.shutdown().await;
    let staged: PublishInfo = answer(
        author
            .upload(&shop, &author.release("invoices", "1.0.1"))
            .await,
    )
    .await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(
        author.look(&shop, &staged.id).await.state,
        PublishState::Passed
    );
    assert_eq!(
        shop.get("/v2/northwind/invoices/manifests/1.0.1")
            .await
            .status(),
        404
    );
    // It comes back, knows where it was, and the release appears.
    let back = witness(folder.path(), "witness.test/one", port, vec![watched]).await;
    let done = author.settled(&shop, &staged.id).await;
    assert_eq!(done.state, PublishState::Released);
    back.shutdown().await;
}

async fn cosignatures_do_not_get_old(db: Db) {
    let folder = tempfile::tempdir().unwrap();
    let (shop, one) = open(db, folder.path()).await;
    Author::new(&shop, "northwind").await;
    let before = shop.get("/checkpoint").await.text().await.unwrap();
    // The service's clock moves on, the witness's does not need to: it signs another second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    shop.clock.advance(2 * 60 * 60 * 1000);
    let mut after = before.clone();
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        after = shop.get("/checkpoint").await.text().await.unwrap();
        if after != before {
            break;
        }
    }
    assert_ne!(before, after);
    let head = |text: &str| text.lines().take(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        head(&before),
        head(&after),
        "the same state, cosigned again"
    );
    one.shutdown().await;
}

/// A log made up on the spot.
struct Log {
    key: SigningKey,
    leaves: Vec<TreeHash>,
}

impl Log {
    fn new(size: u8) -> Self {
        Self {
            key: new_key(),
            leaves: (0..size).map(|at| TreeHash::leaf(&[at])).collect(),
        }
    }

    fn verifier(&self) -> VerifierKey {
        VerifierKey::new(ORIGIN, Algorithm::Ed25519, self.key.public()).unwrap()
    }

    fn checkpoint(&self, size: u64) -> SignedCheckpoint {
        let root = merkle::root(&Leaves(&self.leaves), size).unwrap();
        let checkpoint = Checkpoint::new(ORIGIN, TreeHead { size, root });
        SignedCheckpoint::sign(&checkpoint, &self.key).unwrap()
    }

    fn request(&self, old: u64, new: u64) -> AddCheckpoint {
        AddCheckpoint {
            old,
            proof: consistency_proof(&Leaves(&self.leaves), old, new).unwrap(),
            checkpoint: self.checkpoint(new),
        }
    }
}

async fn ask(one: &RunningWitness, body: String) -> (u16, String) {
    let url = format!("http://{}/add-checkpoint", one.address);
    let response = client().post(url).body(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_witness_cosigns_growth_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(20);
    let one = witness(folder.path(), "witness.test/one", 0, vec![log.verifier()]).await;
    let told = client()
        .get(format!("http://{}/", one.address))
        .send()
        .await
        .unwrap();
    let told = told.text().await.unwrap();
    assert_eq!(told, format!("{}\n{ORIGIN}\n", one.key));
    let (status, line) = ask(&one, log.request(0, 5).to_body()).await;
    assert_eq!(status, 200, "{line}");
    let mut note = log.checkpoint(5);
    for line in guildhall_package::trust::log::NoteSignature::parse_lines(&line).unwrap() {
        note.add(line).unwrap();
    }
    assert_eq!(
        cosignatures(note.note(), std::slice::from_ref(&one.key))
            .unwrap()
            .len(),
        1
    );
    // Where it is, it tells; the same again it signs again.
    assert_eq!(
        ask(&one, log.request(0, 9).to_body()).await,
        (409, "5\n".to_owned())
    );
    assert_eq!(ask(&one, log.request(5, 5).to_body()).await.0, 200);
    assert_eq!(ask(&one, log.request(5, 9).to_body()).await.0, 200);
    // Back, another history of the same size, a proof of something else, a stranger, another log, nonsense.
    assert_eq!(
        ask(&one, log.request(5, 9).to_body()).await,
        (409, "9\n".to_owned())
    );
    assert_eq!(
        ask(
            &one,
            AddCheckpoint {
                old: 9,
                ..log.request(0, 5)
            }
            .to_body()
        )
        .await
        .0,
        400
    );
    let fork = Log {
        key: log.key.clone(),
        leaves: (100..120).map(|at| TreeHash::leaf(&[at])).collect(),
    };
    assert_eq!(
        ask(
            &one,
            AddCheckpoint {
                old: 9,
                ..fork.request(0, 9)
            }
            .to_body()
        )
        .await
        .0,
        409
    );
    assert_eq!(ask(&one, fork.request(9, 12).to_body()).await.0, 422);
    let stranger = Log {
        key: new_key(),
        leaves: log.leaves.clone(),
    };
    assert_eq!(ask(&one, stranger.request(9, 12).to_body()).await.0, 403);
    let text = log.request(9, 12).to_body();
    assert_eq!(
        ask(&one, text.replace(ORIGIN, "other.test/log")).await.0,
        404
    );
    assert_eq!(ask(&one, "hello".to_owned()).await.0, 400);
    assert!([400, 413].contains(&ask(&one, "x".repeat(1 << 20)).await.0));
    // None of that moved it, and a restart does not either.
    one.shutdown().await;
    let one = witness(folder.path(), "witness.test/one", 0, vec![log.verifier()]).await;
    assert_eq!(
        ask(&one, log.request(5, 12).to_body()).await,
        (409, "9\n".to_owned())
    );
    assert_eq!(ask(&one, log.request(9, 12).to_body()).await.0, 200);
    one.shutdown().await;
}

#[tokio::test]
async fn of_two_histories_at_once_a_witness_signs_one() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::new(20);
    let fork = Log {
        key: log.key.clone(),
        leaves: (100..120).map(|at| TreeHash::leaf(&[at])).collect(),
    };
    let one = witness(folder.path(), "witness.test/one", 0, vec![log.verifier()]).await;
    let asked = (0..10).map(|at| {
        let log = if at % 2 == 0 { &log } else { &fork };
        ask(&one, log.request(0, 8).to_body())
    });
    let answers = futures::future::join_all(asked).await;
    let signed: Vec<usize> = (0..10).filter(|at| answers[*at].0 == 200).collect();
    assert_eq!(
        signed.len(),
        1,
        "the first one; all others start from 0 too late: {answers:?}"
    );
    one.shutdown().await;
}
