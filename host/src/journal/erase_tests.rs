//! Everything of a tenant deleted: what is gone is in no byte of the store, whatever was interrupted; what stays adds up.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::kinds_tests::{computed, record};
use super::money_tests::{approval, balance, eur, number, ordered, pay, wallet};
use super::tests::{NOW, begin, ended, sealing};
use super::{Journal, JournalError, LEASE, Place, StagedEffect, StateChange};
use crate::effects::EffectEvent;
use crate::invocation::RunEvent;
use crate::ledger::book;
use crate::retention::Retention;
use crate::secrets::NewSecret;
use crate::wallet::{SpendFilter, spending};
use std::collections::BTreeMap;
use std::path::Path;

/// What must be found nowhere: each is of another kind of thing.
const MARKS: [&str; 6] = [
    "zinput-marker-8f21",
    "zoutput-marker-8f21",
    "zcontent-marker-8f21",
    "zreason-marker-8f21",
    "zprevious-marker-8f21",
    "zkind-marker-8f21",
];

async fn open(folder: &Path) -> Journal {
    Journal::open(Place::Folder(folder), 64, sealing(), LEASE)
        .await
        .unwrap()
}

/// Which marks are in any file below a folder.
fn found(folder: &Path) -> Vec<&'static str> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                all.extend(std::fs::read(path).unwrap());
            }
        }
    }
    MARKS
        .into_iter()
        .filter(|mark| all.windows(mark.len()).any(|part| part == mark.as_bytes()))
        .collect()
}

/// A run in the clear with every mark in it, many times, so that its rows take pages of their own.
async fn marked(journal: &Journal, run: &str, tenant: &str) {
    begin(journal, run, tenant).await;
    let long = |mark: &str| mark.repeat(900).into_bytes();
    let mut finished = ended(
        run,
        tenant,
        RunEvent::Returned { effects: true },
        Vec::new(),
    );
    let effect = super::tests::effect(0, &[]);
    finished.output = Some(format!("{:?}", MARKS[1].repeat(900)).parse().unwrap());
    finished.state = vec![StateChange {
        key: MARKS[0].to_owned(),
        value: Some(long(MARKS[0])),
    }];
    finished.staged = vec![StagedEffect {
        effect,
        reason: Some(MARKS[3].to_owned()),
        content: Some(long(MARKS[2]).into()),
        previous: Some(long(MARKS[4]).into()),
    }];
    journal.finish(finished).await.unwrap();
}

/// A store with money, runs, secrets and another tenant, of whom a run waits too.
async fn store(folder: &Path) -> Journal {
    let journal = open(folder).await;
    wallet(&journal).await;
    let hash = ordered(&journal, "paid", MARKS[0], 300).await.unwrap();
    journal.decide(approval("paid", hash)).await.unwrap();
    pay(&journal, "paid", EffectEvent::Succeeded).await;
    for run in ["a", "b", "c"] {
        marked(&journal, run, "t").await;
    }
    let (mut start, run) = computed("computed", "t", Retention::Full);
    start.operation = MARKS[5].to_owned();
    record(&journal, [(start, run)]).await;
    begin(&journal, "theirs", "other").await;
    let theirs = ended(
        "theirs",
        "other",
        RunEvent::Returned { effects: false },
        Vec::new(),
    );
    journal.finish(theirs).await.unwrap();
    let secret = NewSecret {
        name: "token".parse().unwrap(),
        bound: None,
        value: "a-secret-of-theirs".to_owned().into(),
    };
    journal
        .set_secret("t".to_owned(), secret, NOW)
        .await
        .unwrap();
    journal
}

async fn erase(journal: &Journal) -> Result<(), JournalError> {
    journal
        .erase_rows("t".to_owned(), "me".to_owned(), NOW + 10)
        .await
}

async fn end(journal: &Journal) {
    journal.scrub().await.unwrap();
    journal.end_erasure("t".to_owned(), NOW + 20).await.unwrap();
}

async fn last_word(journal: &Journal) -> serde_json::Value {
    let entries = journal.audit_entries("t", 0, 10_000).await.unwrap();
    crate::audit::check_chain("t", &entries, &[]).unwrap();
    let last = entries.last().unwrap();
    assert_eq!(last.kind, "erased");
    last.body.clone()
}

#[tokio::test]
async fn what_was_deleted_is_in_no_byte_of_the_store_and_what_stays_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let journal = store(folder.path()).await;
    assert_eq!(found(folder.path()).len(), MARKS.len(), "the search finds");
    let (till, acme) = (book("till"), book("acme"));
    let before = (
        balance(&journal, &till).await,
        balance(&journal, &acme).await,
    );
    let said = journal.stored("t").await.unwrap();
    assert!(said.runs == 5 && said.kinds.iter().all(|kind| kind.count < 100));

    erase(&journal).await.unwrap();
    assert!(!found(folder.path()).is_empty(), "rows leave bytes behind");
    end(&journal).await;

    assert_eq!(found(folder.path()), Vec::<&str>::new());
    let body = last_word(&journal).await;
    let erased = |what: &str| body["erased"][what].as_u64();
    assert_eq!(
        [
            "runs",
            "rejected",
            "effects",
            "payment_words",
            "payees",
            "secrets"
        ]
        .map(erased),
        [5, 3, 4, 1, 1, 1].map(Some)
    );
    assert_eq!(body["remains"]["payments"], 1);
    assert!(journal.erasing().await.unwrap().is_empty());
    let left = journal.stored("t").await.unwrap();
    let counts: Vec<u64> = left.kinds.iter().map(|kind| kind.count).collect();
    assert_eq!(counts[..5], [0; 5]);
    // The ledger is as it was, and no document is paid twice.
    let after = (
        balance(&journal, &till).await,
        balance(&journal, &acme).await,
    );
    assert_eq!(before, after);
    assert_eq!(number(&journal, "SELECT SUM(minor) FROM postings").await, 0);
    let again = ordered(&journal, "again", MARKS[0], 300).await.unwrap_err();
    assert!(
        matches!(again, JournalError::Refused(refusal) if refusal.rule == "payments.already-ordered")
    );
    assert!(journal.outcome("other", "theirs").await.unwrap().is_some());
}

#[tokio::test]
async fn one_that_was_interrupted_is_gone_on_with_and_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = store(folder.path()).await;
    erase(&journal).await.unwrap();
    drop(journal);
    // The process died here. The next one finds what to end, and somebody asks once more meanwhile.
    let journal = open(folder.path()).await;
    assert_eq!(journal.erasing().await.unwrap(), ["t"]);
    erase(&journal).await.unwrap();
    end(&journal).await;
    end(&journal).await;
    assert_eq!(found(folder.path()), Vec::<&str>::new());
    let body = last_word(&journal).await;
    assert_eq!(body["erased"]["runs"], 5, "{body}");
    assert_eq!(
        number(&journal, "SELECT COUNT(*) FROM audit WHERE kind = 'erased'").await,
        1
    );
}

#[tokio::test]
async fn money_that_is_held_and_runs_at_work_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    wallet(&journal).await;
    let rule = |error: JournalError| match error {
        JournalError::Refused(refusal) => refusal.rule,
        error => panic!("{error}"),
    };
    let hash = ordered(&journal, "r1", "A", 300).await.unwrap();
    journal.decide(approval("r1", hash)).await.unwrap();
    assert_eq!(rule(erase(&journal).await.unwrap_err()), "data.at-work");
    begin(&journal, "r2", "other").await;
    pay(&journal, "r1", EffectEvent::Lost).await;
    assert_eq!(
        rule(erase(&journal).await.unwrap_err()),
        "data.money-is-held"
    );
    assert_eq!(number(&journal, "SELECT COUNT(*) FROM runs").await, 2);
    assert!(journal.erasing().await.unwrap().is_empty());
}

#[tokio::test]
async fn spending_is_what_was_captured_in_its_time_and_currency() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).await;
    wallet(&journal).await;
    for (run, minor, event) in [
        ("r1", 300, EffectEvent::Succeeded),
        ("r2", 200, EffectEvent::Failed),
        ("r3", 50, EffectEvent::Succeeded),
    ] {
        let hash = ordered(&journal, run, run, minor).await.unwrap();
        journal.decide(approval(run, hash)).await.unwrap();
        pay(&journal, run, event).await;
    }
    let hash = ordered(&journal, "r4", "r4", 7).await.unwrap();
    journal.decide(approval("r4", hash)).await.unwrap();
    let filter = |from_ms, until_ms| SpendFilter {
        from_ms,
        until_ms,
        currency: eur(1).currency,
    };
    let (paid, back) = journal.paid("t", &filter(NOW, NOW + 100)).await.unwrap();
    let sums = spending(
        &filter(NOW, NOW + 100),
        "UTC",
        &paid,
        back,
        &BTreeMap::new(),
    )
    .unwrap();
    assert_eq!((sums.minor, sums.payments, sums.refunded), (350, 2, 0));
    assert_eq!(sums.payees[0].payee, "book:acme");
    assert_eq!(sums.skills[0].digest, Some(super::tests::skill()));
    assert_eq!(sums.minor, balance(&journal, &book("acme")).await);
    assert!(
        journal
            .paid("t", &filter(NOW + 4, NOW + 100))
            .await
            .unwrap()
            .0
            .is_empty()
    );
    assert!(
        journal
            .paid("other", &filter(0, NOW + 100))
            .await
            .unwrap()
            .0
            .is_empty()
    );
    let dollars = SpendFilter {
        currency: crate::money::Currency::parse("USD").unwrap(),
        ..filter(0, NOW + 100)
    };
    assert!(journal.paid("t", &dollars).await.unwrap().0.is_empty());
    // What waits says when it ends.
    let holds = journal.holds("t").await.unwrap();
    assert_eq!(holds.len(), 1);
    assert!(holds[0].ends_at_ms.unwrap() > NOW);
}
