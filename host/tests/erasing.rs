//! Everything of a tenant deleted, by the public door: no byte of it is left in the state folder, the statement about it is
//! signed and verified, money adds up, and one that was interrupted is ended by the next start. The guest is `tests/guests/prober`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod guest;

use guest::prober;
use guildhall_host::{
    Amount, Card, ChannelConfig, Decision, Grants, Host, Invocation, MandateTerms, NewAccount,
    NewSecret, Period, PublicKey, Retention, RunFilter, RunStatus, Scope, Skill, SpendFilter,
    StoredWhat, Tenant, VerifyError, read_erasure,
};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Each stands for another kind of thing that was told to the host.
const MARKS: [&str; 6] = [
    "zinput-9c1e",
    "zstate-9c1e",
    "zdocument-9c1e",
    "zpayee-name-9c1e",
    "zmessage-9c1e",
    "zwaiting-9c1e",
];

fn eur(text: &str) -> Amount {
    format!("EUR {text}").parse().unwrap()
}

fn yes(_: &Card) -> Decision {
    Decision::Approve
}

fn me() -> Tenant {
    Tenant::local()
}

async fn open(state: &Path) -> Host {
    Host::builder().state_dir(state).build().await.unwrap()
}

/// Which marks are in any file below a folder; components are programs and not looked at.
fn found(folder: &Path) -> Vec<&'static str> {
    let mut bytes = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
    }
    MARKS
        .into_iter()
        .filter(|mark| {
            bytes
                .windows(mark.len())
                .any(|part| part == mark.as_bytes())
        })
        .collect()
}

fn order(document: &str) -> Value {
    json!({ "order": {
        "scheme": "book", "account": "acme", "name": MARKS[3], "minor": 1_250, "currency": "EUR",
        "document": document, "date": null, "requires": [],
    }})
}

async fn paid(host: &Host, skill: &Skill, document: &str) {
    let grants = Grants::none().payment("EUR 50.00".parse().unwrap());
    let pay = Invocation::new("pay", order(document))
        .grants(grants)
        .approver(yes);
    let outcome = host.invoke(skill, pay).await.unwrap();
    assert_eq!(outcome.status, RunStatus::Committed, "{outcome:?}");
}

/// A host with money, runs in the clear, what a skill remembers, a run that waits, a mandate, a secret and a channel.
async fn house(state: &Path) -> (Host, Skill) {
    let host = open(state).await;
    let skill = host.load(&prober()).await.unwrap();
    for name in ["till", "acme"] {
        let account = NewAccount::book(name, eur("1").currency, "UTC").unwrap();
        host.open_account(&me(), account).await.unwrap();
    }
    host.deposit(&me(), "till", eur("100.00")).await.unwrap();
    paid(&host, &skill, MARKS[2]).await;
    let long = format!("{} ", MARKS[0]).repeat(2_000);
    let remember =
        json!({ "key": MARKS[1], "value": format!("{} {long}", MARKS[1]), "then_fail": false });
    let ran = host
        .invoke(&skill, Invocation::new("remember", remember))
        .await;
    assert_eq!(ran.unwrap().status, RunStatus::Completed);
    let hook = NewSecret {
        name: "hook-key".parse().unwrap(),
        bound: None,
        value: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned().into(),
    };
    host.set_secret(&me(), hook).await.unwrap();
    let channel: ChannelConfig = serde_json::from_value(json!({
        "kind": "webhook", "url": "https://books.example.com/in", "secret": "hook-key",
    }))
    .unwrap();
    let books = "books".parse().unwrap();
    host.set_channel(&me(), &books, channel).await.unwrap();
    // Both wait: one in the clear, one under a key of its own.
    for retention in [Retention::Full, Retention::Hashes] {
        let note = json!({ "note": {
            "channel": "books", "recipient": MARKS[5], "subject": null,
            "body": MARKS[4].repeat(200), "attachments": [], "requires": [],
        }});
        let send = Invocation::new("tell", note)
            .grants(Grants::none().message("books".parse().unwrap()))
            .retention(retention);
        let waits = host.invoke(&skill, send).await.unwrap();
        assert_eq!(waits.status, RunStatus::AwaitingApproval, "{waits:?}");
    }
    let terms = MandateTerms {
        scope: Scope::Payment {
            scheme: "book".to_owned(),
            account: "acme".to_owned(),
            currency: eur("1").currency,
            limit_minor: 10_000,
            per: Period::Day,
            each_minor: None,
        },
        zone: "UTC".to_owned(),
        until_ms: None,
    };
    host.give_mandate(&me(), skill.digest(), terms, "me", "test")
        .await
        .unwrap();
    (host, skill)
}

#[tokio::test]
async fn everything_is_deleted_to_the_last_byte_and_a_signed_statement_says_so() {
    let state = tempfile::tempdir().unwrap();
    let (host, skill) = house(state.path()).await;
    assert_eq!(found(state.path()), MARKS, "the search finds");
    let before = host.accounts(&me()).await.unwrap();
    let spent = SpendFilter {
        from_ms: 1_600_000_000_000,
        until_ms: 1_600_000_000_000 + 9 * 365 * 86_400_000,
        currency: eur("1").currency,
    };
    let spending = host.spending(&me(), &spent).await.unwrap();
    assert_eq!((spending.minor, spending.payments), (1_250, 1));
    assert_eq!(spending.payees[0].name, MARKS[3]);
    assert_eq!(spending.skills[0].digest, Some(skill.digest()));

    let statement = host.erase(&me(), "Ann").await.unwrap();

    assert_eq!(found(state.path()), Vec::<&str>::new());
    let said = host.verify_erasure(&me(), &statement).await.unwrap();
    let erased = said.erased;
    assert_eq!(
        (
            erased.runs,
            erased.rejected,
            erased.secrets,
            erased.channels
        ),
        (4, 2, 1, 1)
    );
    assert_eq!(
        (erased.mandates, erased.payees, erased.payment_words),
        (1, 1, 1)
    );
    assert_eq!(
        (
            said.by.as_str(),
            said.remains.payments,
            said.remains.accounts
        ),
        ("Ann", 1, 2)
    );
    let left = host.stored(&me()).await.unwrap();
    for kind in &left.kinds {
        let stays = matches!(kind.what, StoredWhat::Payments | StoredWhat::Audit);
        assert_eq!(kind.count > 0, stays, "{kind:?}");
    }
    assert!(
        host.runs(&me(), RunFilter::default())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(host.accounts(&me()).await.unwrap(), before);
    host.verify_audit(&me(), &[]).await.unwrap();
    let again = host.spending(&me(), &spent).await.unwrap();
    assert_eq!(
        (
            again.minor,
            again.payees[0].name.as_str(),
            again.skills[0].digest
        ),
        (1_250, "", None)
    );

    // Its own file was overwritten: nobody else has to do anything.
    assert!(said.why.iter().all(|one| !one.why.contains("VACUUM FULL")));

    // It is verified by the key alone, and not once a byte of it is another.
    read_erasure(&statement, &[host.receipt_key()]).unwrap();
    let mut other = statement.clone();
    let middle = other.len() / 2;
    other[middle] = if other[middle] == b'A' { b'B' } else { b'A' };
    let refused = host.verify_erasure(&me(), &other).await;
    assert!(
        matches!(refused, Err(VerifyError::Receipt(_))),
        "{refused:?}"
    );
    let strangers: PublicKey = "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        .parse()
        .unwrap();
    assert!(read_erasure(&statement, &[strangers]).is_err());

    // The console goes on: no document is paid twice, and runs that came later change nothing about the statement.
    let grants = Grants::none().payment("EUR 50.00".parse().unwrap());
    let twice = Invocation::new("pay", order(MARKS[2]))
        .grants(grants)
        .approver(yes);
    let outcome = host.invoke(&skill, twice).await.unwrap();
    assert_eq!(outcome.refusals[0].rule, "payments.already-ordered");
    paid(&host, &skill, "INV-2").await;
    host.verify_erasure(&me(), &statement).await.unwrap();
    assert_eq!(
        host.erasures(&me()).await.unwrap(),
        [(said.audit.entries - 1, statement)]
    );
    host.shutdown().await;
}

#[tokio::test]
async fn one_that_was_interrupted_is_ended_by_the_next_start() {
    use sqlx::{ConnectOptions as _, Connection as _};
    let state = tempfile::tempdir().unwrap();
    let (host, _) = house(state.path()).await;
    // Somebody reads an older state: the last bytes can't be overwritten until they are done.
    let file = state.path().join("journal.sqlite");
    let mut reader = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(file)
        .connect()
        .await
        .unwrap();
    sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
    sqlx::query("SELECT COUNT(*) FROM runs")
        .fetch_one(&mut reader)
        .await
        .unwrap();
    let half = tokio::time::timeout(Duration::from_millis(400), host.erase(&me(), "Ann")).await;
    assert!(half.is_err(), "it waits for the reader");
    assert!(
        host.erasures(&me()).await.unwrap().is_empty(),
        "nothing is said before it is true"
    );
    assert!(!found(state.path()).is_empty());
    sqlx::query("ROLLBACK").execute(&mut reader).await.unwrap();
    reader.close().await.unwrap();
    host.shutdown().await;

    let host = open(state.path()).await;
    assert_eq!(found(state.path()), Vec::<&str>::new());
    let statements = host.erasures(&me()).await.unwrap();
    assert_eq!(statements.len(), 1);
    let said = host.verify_erasure(&me(), &statements[0].1).await.unwrap();
    assert_eq!((said.erased.runs, said.by.as_str()), (4, "Ann"));
    // Once more deletes what is there now: nothing, and says so.
    let again = host.erase(&me(), "Ann").await.unwrap();
    let said = host.verify_erasure(&me(), &again).await.unwrap();
    assert_eq!(said.erased, guildhall_host::Erased::default());
    host.shutdown().await;
}

#[tokio::test]
async fn one_that_was_interrupted_is_ended_by_a_host_that_runs() {
    use sqlx::{ConnectOptions as _, Connection as _};
    let state = tempfile::tempdir().unwrap();
    let (host, _) = house(state.path()).await;
    let other = open(state.path()).await;
    let mut reader = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(state.path().join("journal.sqlite"))
        .connect()
        .await
        .unwrap();
    sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
    sqlx::query("SELECT COUNT(*) FROM runs")
        .fetch_one(&mut reader)
        .await
        .unwrap();
    let half = tokio::time::timeout(Duration::from_millis(400), host.erase(&me(), "Ann")).await;
    assert!(half.is_err(), "it waits for the reader");
    host.shutdown().await;
    sqlx::query("ROLLBACK").execute(&mut reader).await.unwrap();
    reader.close().await.unwrap();

    // Nobody starts anything.
    let ended = tokio::time::timeout(Duration::from_secs(120), async {
        while other.erasures(&me()).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    ended.await.expect("nobody ends it");
    assert_eq!(found(state.path()), Vec::<&str>::new());
    other.shutdown().await;
}
