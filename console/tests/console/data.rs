//! Secrets, channels, the audit log; everything exported, and everything deleted to the last byte.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guildhall_console::erasing;
use guildhall_console::people::Role;
use guildhall_console::store::{settings, skill_settings};
use guildhall_host::{Retention, RunStatus};
use serde_json::Value;

use super::bench::{Bench, Browser, PASSWORD};
use super::money::{me, pay, till};

/// A value that must be seen nowhere.
const VALUE: &str = "zsecret-value-71c3";
/// What stands in what runs were told.
const MARK: &str = "zmark-71c3";

#[tokio::test]
async fn a_secret_is_set_for_one_host_and_never_shown_again() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let path = "/settings/secrets";
    let form = |host| {
        [
            ("name", "shop"),
            ("value", VALUE),
            ("host", host),
            ("header", "Authorization"),
            ("prefix", "Bearer "),
        ]
    };
    let wrong = ann.post(path, &form("https://shop.example/x")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    wrong.says("is not a host");
    assert!(!wrong.text.contains(VALUE));
    assert_eq!(
        ann.post(path, &form("shop.example")).await.goes_to(),
        "/settings/secrets?done=set"
    );
    let page = ann.get(path).await;
    page.says("Goes to <bdi>shop.example</bdi> as <code>authorization: Bearer …</code>");
    for path in [
        path,
        "/settings/audit",
        "/settings/data",
        "/settings/audit/log.jsonl",
    ] {
        assert!(!ann.get(path).await.text.contains(VALUE), "{path}");
    }
    assert!(
        !found(bench.folder.path(), VALUE),
        "it is encrypted at rest"
    );
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    assert_eq!(
        op.post(path, &form("evil.example")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        op.post("/settings/secrets/shop/remove", &[]).await.status,
        StatusCode::FORBIDDEN
    );
    ann.get("/settings/audit")
        .await
        .says("The secret shop was set, for shop.example.");
    let removed = ann.post("/settings/secrets/shop/remove", &[]).await;
    assert_eq!(removed.goes_to(), "/settings/secrets?done=removed");
    assert!(bench.host.secrets(&me()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_channel_is_set_up_with_its_secret_and_removed_with_it() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    let path = "/settings/channels";
    let hook = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let form = |url, secret| {
        [
            ("kind", "webhook"),
            ("name", "books"),
            ("url", url),
            ("secret", secret),
        ]
    };
    let plain = ann.post(path, &form("http://books.example/in", hook)).await;
    assert_eq!(plain.status, StatusCode::UNPROCESSABLE_ENTITY);
    plain.says("use https");
    ann.post("/settings/secrets/channel-books/remove", &[])
        .await;
    let without = ann
        .post(path, &form("https://books.example/in/secret-path", ""))
        .await;
    without.says("Give the secret of the channel.");
    let set = ann
        .post(path, &form("https://books.example/in/secret-path", hook))
        .await;
    assert_eq!(set.goes_to(), "/settings/channels?done=set");
    let page = ann.get(path).await;
    page.says("To <bdi>books.example</bdi>, with the secret <bdi>channel-books</bdi>.");
    assert!(!page.text.contains("secret-path") && !page.text.contains(hook));
    let mail = [
        ("kind", "mail"),
        ("name", "post"),
        ("server", "mail.example"),
        ("from", "Acme <a@acme.example>"),
        ("user", "a"),
        ("secret", "password-1"),
    ];
    assert_eq!(
        ann.post(path, &mail).await.goes_to(),
        "/settings/channels?done=set"
    );
    ann.get(path).await.says("through mail.example:465");
    ann.post("/settings/channels/books/remove", &[]).await;
    let left = bench.host.secrets(&me()).await.unwrap();
    let left: Vec<&str> = left.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(left, ["channel-post"]);
}

#[tokio::test]
async fn the_audit_log_is_read_page_by_page_and_verified_against_a_head_that_was_kept() {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    till(&bench, &mut ann).await;
    let head = ann.get("/settings/audit/head.json").await.text;
    for number in 1..=60 {
        let limit = number.to_string();
        let fields = [("limit", limit.as_str()), ("per", "day")];
        ann.post("/money/till/limits", &fields).await;
    }
    let page = ann.get("/settings/audit").await;
    page.says("The limits of the account till were set.")
        .says(">Entry 61<");
    let older = page.between("/settings/audit?before=", "\"");
    let second = ann.get(&format!("/settings/audit?before={older}")).await;
    second
        .says("The account till was opened.")
        .says("EUR 100.00 came into the account till.")
        .says(">Newest<");
    let verify = "/settings/audit/verify";
    ann.post(verify, &[])
        .await
        .says("<strong>Verified.</strong>")
        .says("only against a head");
    let kept = ann.post(verify, &[("head", &head)]).await;
    kept.says("The head that you kept lies on it");
    let forged = head.replacen("eyJ", "eyK", 1);
    let refused = ann.post(verify, &[("head", &forged)]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused.says("Not verified.");
}

/// Whether a text is in any file below a folder.
fn found(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return found(&path, text);
        }
        let bytes = std::fs::read(path).unwrap();
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}

/// A console with runs, one that waits among them, money, and a secret.
async fn lived_in() -> (Bench, Browser) {
    let bench = Bench::new().await;
    let mut ann = bench.owner().await;
    till(&bench, &mut ann).await;
    for amount in ["1.00", "2.00"] {
        let outcome = pay(&bench, MARK, amount, true).await;
        assert_eq!(outcome.status, RunStatus::Committed);
    }
    let waits = pay(&bench, MARK, "3.00", false).await;
    assert_eq!(waits.status, RunStatus::AwaitingApproval);
    ann.post("/settings/secrets", &[("name", "key"), ("value", VALUE)])
        .await;
    // A file that was given to a run, one that a run wrote, and what was set for a skill.
    for folder in ["uploads/run/in", "outputs/run/out"] {
        let folder = bench
            .app
            .config
            .state
            .with_file_name("console")
            .join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.txt"), MARK).unwrap();
    }
    let values = BTreeMap::from([("shop".to_owned(), MARK.repeat(300))]);
    let mut tx = bench.app.store.write().await.unwrap();
    let by = ("somebody", 0);
    skill_settings::set(tx.connection(), "acme/x", &values, by)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    (bench, ann)
}

/// The files of the archive. All of them are text.
async fn archive(ann: &mut Browser) -> BTreeMap<String, String> {
    let token = ann.token();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = Body::from(format!("csrf={token}"));
    let answer = ann
        .send(Method::POST, "/settings/data/export", &form, body)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let mut files = BTreeMap::new();
    for file in tar::Archive::new(answer.text.as_bytes()).entries().unwrap() {
        let mut file = file.unwrap();
        let name = file.path().unwrap().display().to_string();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        let name = name.strip_prefix("guildhall-export/").unwrap();
        files.insert(name.to_owned(), text);
    }
    files
}

#[tokio::test]
async fn an_export_has_everything_and_nothing_secret() {
    let (bench, mut ann) = lived_in().await;
    let set = ann
        .post("/settings/data/retention", &[("retention", "hashes")])
        .await;
    assert_eq!(set.goes_to(), "/settings/data?done=retention");
    let files = archive(&mut ann).await;
    let lines = |name: &str| -> Vec<Value> {
        files[name]
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    assert_eq!(lines("runs/000001.jsonl").len(), 3);
    assert!(files["runs/000001.jsonl"].contains(MARK));
    let receipts = lines("receipts/000001.jsonl");
    let receipt = serde_json::to_vec(&receipts[0]["receipt"]).unwrap();
    bench.host.verify_receipt(&me(), &receipt).await.unwrap();
    let statement = bench.host.statement(&me(), "till").await.unwrap();
    assert_eq!(lines("statements/till.jsonl").len(), statement.len());
    let audit = bench.host.audit_log(&me()).await.unwrap();
    let own = audit
        .iter()
        .filter(|entry| entry.tenant == me().as_str())
        .count();
    assert_eq!(lines("audit/000001.jsonl").len(), own);
    assert_eq!(lines("secrets.jsonl")[0]["name"], "key");
    let settings: Value = serde_json::from_str(&files["settings.json"]).unwrap();
    assert_eq!(settings["retention"], Retention::Hashes.word());
    assert_eq!(settings["people"][0]["name"], "Ann");
    let end: Value = serde_json::from_str(&files["end.json"]).unwrap();
    assert_eq!(end["runs"], 3);
    for (name, text) in &files {
        assert!(!text.contains(VALUE) && !text.contains("argon2"), "{name}");
    }
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    let theirs = op.post("/settings/data/export", &[]).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn everything_is_deleted_after_a_word_and_the_password_and_a_signed_statement_says_so() {
    let (bench, mut ann) = lived_in().await;
    let folder = bench.folder.path();
    assert!(found(folder, MARK), "the search finds");
    let before = bench.host.accounts(&me()).await.unwrap();
    let path = "/settings/data/delete";
    ann.get(path)
        .await
        .says("3 runs go; 1 of them wait for a decision")
        .says("What stays, and why");
    let form = |word, password| [("word", word), ("password", password)];
    let word = ann.post(path, &form("yes", PASSWORD)).await;
    assert_eq!(word.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = ann
        .post(path, &form("delete everything", "wrong password"))
        .await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    wrong.says("Nothing was deleted.");
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    let theirs = op.post(path, &form("delete everything", PASSWORD)).await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN);
    assert!(found(folder, MARK), "nothing was deleted yet");

    let done = ann.post(path, &form("delete everything", PASSWORD)).await;
    assert_eq!(done.goes_to(), "/settings/data?done=deleted");

    assert!(
        !found(folder, MARK),
        "not one byte of what runs were told is left"
    );
    let page = ann.get("/settings/data?done=deleted").await;
    let entry = page.between("/settings/data/statements/", "\"");
    let statement = ann
        .get(&format!("/settings/data/statements/{entry}"))
        .await
        .text;
    let said = bench
        .host
        .verify_erasure(&me(), statement.as_bytes())
        .await
        .unwrap();
    assert_eq!(
        (said.erased.runs, said.erased.rejected, said.erased.secrets),
        (3, 1, 1)
    );
    assert!(said.by.starts_with("Ann (person "), "{}", said.by);
    assert!(!said.why.is_empty());
    // The ledger adds up as before, and the console goes on.
    assert_eq!(bench.host.accounts(&me()).await.unwrap(), before);
    bench.host.verify_audit(&me(), &[]).await.unwrap();
    ann.get("/money").await.says("EUR 97.00");
    ann.get("/settings/audit")
        .await
        .says("Everything was deleted, 3 runs among it.");
    assert_eq!(archive(&mut ann).await["runs/000001.jsonl"], "");
}

#[tokio::test]
async fn money_that_is_on_its_way_arrives_before_anything_is_deleted() {
    let (bench, mut ann) = lived_in().await;
    let fields = [
        ("rail", "bank"),
        ("name", "main"),
        ("currency", "EUR"),
        ("zone", "UTC"),
        ("iban", "DE89370400440532013000"),
        ("holder", "Ann"),
    ];
    ann.post("/money", &fields).await;
    super::money::order_for_the_bank(&bench).await;
    let form = [("word", "delete everything"), ("password", PASSWORD)];
    let refused = ann.post("/settings/data/delete", &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    refused
        .says("1 approved payments hold money; nothing was deleted.")
        .says("Take them into a file for your bank");
    assert_eq!(bench.host.stored(&me()).await.unwrap().runs, 4);
}

#[tokio::test]
async fn a_deletion_that_broke_off_after_the_host_is_ended_at_the_next_start() {
    let (bench, _) = lived_in().await;
    let folder = bench.folder.path();
    let begin = async |ago_ms: i64| {
        let mut tx = bench.app.store.write().await.unwrap();
        let at = bench.app.clock.now() - ago_ms;
        settings::set_deleting(tx.connection(), Some(at))
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    let is_begun = async || {
        let mut db = bench.app.store.read().await.unwrap();
        settings::deleting(&mut db).await.unwrap().is_some()
    };
    // The host had not begun: nothing was deleted, and nothing is. Another process may be about to.
    begin(0).await;
    erasing::resume(bench.app.clone()).await;
    assert!(found(folder, MARK) && is_begun().await);
    begin(16 * 60 * 1000).await;
    erasing::resume(bench.app.clone()).await;
    assert!(found(folder, MARK) && !is_begun().await);
    begin(0).await;
    bench.host.erase(&me(), "Ann").await.unwrap();
    assert!(found(folder, MARK), "files of runs are the console's");
    erasing::resume(bench.app.clone()).await;
    assert!(!found(folder, MARK) && !is_begun().await);
}

#[tokio::test]
async fn a_deletion_that_another_process_did_not_end_is_ended_by_one_that_runs() {
    let (bench, _) = lived_in().await;
    let follows = tokio::spawn(erasing::follow(bench.app.clone()));
    // It has looked once, and found nothing.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let begun = bench.app.clock.now() - 61_000;
    let mut tx = bench.app.store.write().await.unwrap();
    settings::set_deleting(tx.connection(), Some(begun))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    bench.host.erase(&me(), "Ann").await.unwrap();
    let patience = tokio::time::timeout(std::time::Duration::from_secs(60), async {
        while found(bench.folder.path(), MARK) {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    patience.await.expect("nobody ends it");
    bench.app.stop.cancel();
    follows.await.unwrap();
}
