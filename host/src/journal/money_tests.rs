//! The ledger and the mandates over random interleavings: debits are credits, and what is spent and held stays within limits.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::db::query;
use super::tests::{NOW, begin, journal, start};
use super::{
    Booked, Booking, Claim, Decided, EffectOutcome, FinishedRun, Journal, JournalError,
    NewDecision, NewMandate, RunRecord, StagedEffect,
};
use crate::effects::{Effect, EffectEvent, EffectFacts, EffectSet, Payment};
use crate::invocation::RunEvent;
use crate::ledger::{book, holding};
use crate::mandates::{Mandate, Period, Scope};
use crate::money::{Amount, Currency};
use crate::receipts::{OwnFacts, facts_of};
use crate::wallet::{NewAccount, SpendLimit};
use futures::future::join_all;
use guildhall_package::Digest;
use proptest::prelude::*;
use std::sync::Arc;

const LIMIT: i64 = 1_000;

pub(super) fn eur(minor: i64) -> Amount {
    Amount {
        minor,
        currency: Currency::parse("EUR").unwrap(),
    }
}

/// A wallet with 600.00 EUR, of which 10.00 may be spent in all; and a payee.
pub(super) async fn wallet(journal: &Journal) {
    for name in ["till", "acme"] {
        let account = NewAccount::book(name, eur(1).currency, "Europe/Berlin").unwrap();
        journal
            .open_account("t".to_owned(), account, NOW)
            .await
            .unwrap();
    }
    journal
        .deposit("t".to_owned(), "till".to_owned(), eur(60_000), NOW)
        .await
        .unwrap();
    let limit = SpendLimit {
        amount: eur(LIMIT),
        per: Period::InAll,
    };
    journal
        .limit_account("t".to_owned(), "till".to_owned(), Some(limit), None, NOW)
        .await
        .unwrap();
}

fn payment(document: &str, minor: i64) -> Effect {
    Effect {
        index: 0,
        requires: Vec::new(),
        facts: EffectFacts::Payment(Payment {
            from: "till".to_owned(),
            rail: "book".to_owned(),
            scheme: "book".to_owned(),
            account: "acme".to_owned(),
            payee_name: "Acme".to_owned(),
            amount: eur(minor),
            document: document.to_owned(),
            key: crate::payees::payment_key("book", "acme", document).unwrap(),
            requested_date: None,
            reason: String::new(),
        }),
    }
}

/// The end of a run that wants one payment.
fn wants(run: &str, document: &str, minor: i64) -> FinishedRun {
    let effect = payment(document, minor);
    let mut finished = super::tests::ended(
        run,
        "t",
        RunEvent::Returned { effects: true },
        vec![effect.clone()],
    );
    finished.staged = vec![StagedEffect {
        effect,
        reason: None,
        content: None,
        previous: None,
    }];
    finished
}

/// A run that waits for approval of one payment; answers the hash to approve.
pub(super) async fn ordered(
    journal: &Journal,
    run: &str,
    document: &str,
    minor: i64,
) -> Result<Digest, JournalError> {
    begin(journal, run, "t").await;
    let finished = wants(run, document, minor);
    let set: &EffectSet = &finished.set.as_ref().unwrap().0;
    let hash = set.hash().unwrap();
    journal.finish(finished).await.map(|_| hash)
}

pub(super) fn approval(run: &str, hash: Digest) -> NewDecision {
    NewDecision {
        rejected: None,
        ..super::tests::approve(run, hash)
    }
}

pub(super) async fn pay(journal: &Journal, run: &str, event: EffectEvent) {
    let Claim::Ours(_) = journal.claim(run.to_owned(), 0, NOW + 2).await.unwrap() else {
        panic!("not claimed");
    };
    let outcome = EffectOutcome {
        event,
        detail: None,
    };
    journal
        .settle_effect(run.to_owned(), 0, outcome, NOW + 3)
        .await
        .unwrap();
    journal.settle_run(run.to_owned(), NOW + 4).await.unwrap();
}

pub(super) async fn number(journal: &Journal, sql: &'static str) -> i64 {
    query(format!("SELECT CAST(({sql}) AS BIGINT)"))
        .fetch_one(&journal.readers)
        .await
        .unwrap()
        .try_get(0)
        .unwrap()
}

pub(super) async fn balance(journal: &Journal, account: &str) -> i64 {
    let mut reader = journal.readers.acquire().await.unwrap();
    super::payments::balance(&mut reader, account)
        .await
        .unwrap()
}

const SUM: &str = "SELECT COALESCE(SUM(minor), 0) FROM postings";
const COUNTED: &str =
    "SELECT COALESCE(SUM(minor), 0) FROM payments WHERE hold IN ('held', 'captured')";

#[tokio::test]
async fn a_document_that_waits_can_not_be_ordered_again_and_one_that_was_rejected_can() {
    let journal = journal().await;
    wallet(&journal).await;
    let hash = ordered(&journal, "r1", "INV-1", 100).await.unwrap();
    let again = ordered(&journal, "r2", " inv-1", 100).await.unwrap_err();
    let JournalError::Refused(refusal) = again else {
        panic!("{again}");
    };
    assert_eq!(refusal.rule, "payments.already-ordered");
    let mut no = approval("r1", hash);
    no.rejected = Some("wrong".to_owned());
    assert_eq!(journal.decide(no).await.unwrap(), Decided::Rejected);
    ordered(&journal, "r3", "INV-1", 100).await.unwrap();
}

#[tokio::test]
async fn a_held_amount_is_captured_once_and_what_fails_is_free_again() {
    let journal = journal().await;
    wallet(&journal).await;
    let hash = ordered(&journal, "r1", "A", 300).await.unwrap();
    assert_eq!(
        journal.decide(approval("r1", hash)).await.unwrap(),
        Decided::Committing
    );
    assert_eq!(balance(&journal, &book("till")).await, 59_700);
    assert_eq!(balance(&journal, &holding(&book("till"))).await, 300);
    pay(&journal, "r1", EffectEvent::Succeeded).await;
    assert_eq!(balance(&journal, &holding(&book("till"))).await, 0);
    assert_eq!(balance(&journal, &book("acme")).await, 300);

    let hash = ordered(&journal, "r2", "B", 700).await.unwrap();
    journal.decide(approval("r2", hash)).await.unwrap();
    pay(&journal, "r2", EffectEvent::Failed).await;
    assert_eq!(balance(&journal, &book("till")).await, 59_700);
    assert_eq!(number(&journal, COUNTED).await, 300);
    assert_eq!(number(&journal, SUM).await, 0);
}

#[tokio::test]
async fn what_is_over_the_limit_is_not_approved_and_waits_on() {
    let journal = journal().await;
    wallet(&journal).await;
    let first = ordered(&journal, "r1", "A", 600).await.unwrap();
    let second = ordered(&journal, "r2", "B", 600).await.unwrap();
    journal.decide(approval("r1", first)).await.unwrap();
    let error = journal.decide(approval("r2", second)).await.unwrap_err();
    let JournalError::Refused(refusal) = error else {
        panic!("{error}");
    };
    assert_eq!(refusal.rule, "payments.account-limit");
    assert_eq!(
        super::tests::status(&journal, "r2").await,
        crate::invocation::RunStatus::AwaitingApproval
    );
    assert_eq!(number(&journal, COUNTED).await, 600);
}

#[tokio::test]
async fn an_approval_that_ran_out_gives_its_money_back() {
    let journal = journal().await;
    wallet(&journal).await;
    let hash = ordered(&journal, "r1", "A", 600).await.unwrap();
    journal.decide(approval("r1", hash)).await.unwrap();
    let late = NOW + 1_000_000;
    let claim = journal.claim("r1".to_owned(), 0, late).await.unwrap();
    assert!(matches!(claim, Claim::NotOurs));
    assert_eq!(
        number(
            &journal,
            "SELECT COUNT(*) FROM payments WHERE hold = 'expired'"
        )
        .await,
        1
    );
    assert_eq!(balance(&journal, &book("till")).await, 60_000);
}

fn mandate(limit_minor: i64) -> NewMandate {
    let mandate = Mandate {
        id: uuid::Uuid::now_v7().to_string(),
        skill: super::tests::skill(),
        scope: Scope::Payment {
            scheme: "book".to_owned(),
            account: "acme".to_owned(),
            currency: eur(1).currency,
            limit_minor,
            per: Period::Day,
            each_minor: None,
        },
        zone: "Europe/Berlin".to_owned(),
        from_ms: 0,
        until_ms: None,
    };
    NewMandate {
        words: mandate.words(),
        mandate,
    }
}

/// Gives a mandate; its payee has been paid before, so that nobody has to be asked.
async fn with_mandate(journal: &Journal, limit: i64) -> String {
    let hash = ordered(journal, "first", "FIRST", 1).await.unwrap();
    journal.decide(approval("first", hash)).await.unwrap();
    pay(journal, "first", EffectEvent::Succeeded).await;
    let new = mandate(limit);
    let id = new.mandate.id.clone();
    journal
        .add_mandate("t".to_owned(), new, "me".to_owned(), "test".to_owned(), NOW)
        .await
        .unwrap();
    id
}

async fn by_mandate(journal: &Journal, run: &str) -> Result<(), Vec<String>> {
    match journal.decide_by_mandate(run.to_owned(), 1_000, NOW).await {
        Ok(decided) => decided,
        Err(JournalError::Refused(refusal)) => Err(vec![refusal.rule]),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_mandate_pays_up_to_its_limit_and_no_further() {
    let journal = journal().await;
    wallet(&journal).await;
    with_mandate(&journal, 500).await;
    ordered(&journal, "r1", "A", 300).await.unwrap();
    ordered(&journal, "r2", "B", 300).await.unwrap();
    ordered(&journal, "r3", "C", 200).await.unwrap();
    assert_eq!(by_mandate(&journal, "r1").await, Ok(()));
    let asks = by_mandate(&journal, "r2").await.unwrap_err();
    assert!(asks[0].contains("no room"), "{asks:?}");
    assert_eq!(by_mandate(&journal, "r3").await, Ok(()));
}

#[tokio::test]
async fn what_comes_together_is_booked_whether_its_beginning_was_recorded_or_not() {
    let journal = journal().await;
    wallet(&journal).await;
    with_mandate(&journal, 500).await;
    let mut bookings = Vec::new();
    for number in 0..12 {
        let run = format!("00000000-0000-7000-8000-0000000000{number:02}");
        let (start, finished) = (start(&run, "t"), wants(&run, &format!("B{number}"), 10));
        let begun = number % 2 == 0;
        if begun {
            journal.begin(start.clone()).await.unwrap();
        }
        let commitments = journal.sealing().commitments(&run).unwrap();
        let own = OwnFacts::of(&start, &finished, &commitments).unwrap();
        bookings.push(Booking {
            own_facts: own.text().unwrap(),
            record: RunRecord {
                start,
                finished,
                stored_bytes: Arc::default(),
            },
            valid_ms: 1_000,
            begun,
        });
    }
    let booked = join_all(bookings.into_iter().map(|one| journal.book(one))).await;
    for one in booked {
        let (record, booked) = one.unwrap();
        let (start, finished) = (&record.start, &record.finished);
        assert_eq!(booked, Booked::Done, "{}", start.id);
        let commitments = journal.sealing().commitments(&start.id).unwrap();
        let facts = facts_of(start, finished, &commitments).unwrap();
        let rows = journal.receipt_rows("t", &start.id).await.unwrap().unwrap();
        assert_eq!((rows.facts, &*rows.status), (facts, "committed"));
    }
    assert_eq!(balance(&journal, "book:acme").await, 1 + 12 * 10);
    let whole = "SELECT COUNT(*) FROM runs WHERE status = 'committed' AND kind IS NULL AND operation = 'op'";
    assert!((7..=8).contains(&number(&journal, whole).await));
}

#[tokio::test]
async fn the_first_payment_to_an_account_always_asks() {
    let journal = journal().await;
    wallet(&journal).await;
    journal
        .add_mandate(
            "t".to_owned(),
            mandate(500),
            "me".to_owned(),
            "test".to_owned(),
            NOW,
        )
        .await
        .unwrap();
    ordered(&journal, "r1", "A", 100).await.unwrap();
    let asks = by_mandate(&journal, "r1").await.unwrap_err();
    assert!(asks[0].contains("first payment"), "{asks:?}");
}

#[tokio::test]
async fn a_mandate_that_is_revoked_between_approval_and_commit_voids_what_it_approved() {
    let journal = journal().await;
    wallet(&journal).await;
    let id = with_mandate(&journal, 500).await;
    ordered(&journal, "r1", "A", 300).await.unwrap();
    assert_eq!(by_mandate(&journal, "r1").await, Ok(()));
    let revoked = journal
        .revoke_mandate("t".to_owned(), id, "me".to_owned(), NOW)
        .await
        .unwrap();
    assert!(revoked);
    let claim = journal.claim("r1".to_owned(), 0, NOW).await.unwrap();
    assert!(matches!(claim, Claim::NotOurs));
    assert_eq!(balance(&journal, &book("till")).await, 59_999);
    assert_eq!(
        number(
            &journal,
            "SELECT COALESCE(SUM(charge), 0) FROM mandate_uses WHERE counted = 1"
        )
        .await,
        0
    );
}

/// What happens to one order.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Waits,
    Rejected,
    Approved,
    Paid,
    Failed,
    Lost,
    Expired,
    ByMandate,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Waits),
        Just(Fate::Rejected),
        Just(Fate::Approved),
        Just(Fate::Paid),
        Just(Fate::Failed),
        Just(Fate::Lost),
        Just(Fate::Expired),
        Just(Fate::ByMandate),
    ]
}

async fn play(journal: &Journal, run: &str, hash: Digest, fate: Fate) {
    let approved = match fate {
        Fate::Waits => return,
        Fate::Rejected => {
            let mut no = approval(run, hash);
            no.rejected = Some("no".to_owned());
            journal.decide(no).await.unwrap();
            return;
        }
        Fate::ByMandate => by_mandate(journal, run).await.is_ok(),
        _ => journal.decide(approval(run, hash)).await.is_ok(),
    };
    if !approved {
        return;
    }
    match fate {
        Fate::Approved | Fate::Waits | Fate::Rejected => {}
        Fate::Failed => pay(journal, run, EffectEvent::Failed).await,
        Fate::Lost => pay(journal, run, EffectEvent::Lost).await,
        Fate::Expired => {
            drop(journal.claim(run.to_owned(), 0, NOW + 1_000_000).await);
        }
        Fate::Paid | Fate::ByMandate => pay(journal, run, EffectEvent::Succeeded).await,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn debits_are_credits_and_limits_hold_whatever_happens(
        orders in proptest::collection::vec((0u8..6, 1i64..500, fate()), 1..14)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let journal = journal().await;
            wallet(&journal).await;
            with_mandate(&journal, 400).await;
            let mut paid = 0;
            let mut tasks = Vec::new();
            for (number, (document, minor, fate)) in orders.into_iter().enumerate() {
                let run = format!("r{number}");
                let Ok(hash) = ordered(&journal, &run, &format!("D{document}"), minor).await else {
                    continue;
                };
                let journal = journal.clone();
                tasks.push(tokio::spawn(async move { play(&journal, &run, hash, fate).await }));
            }
            for task in tasks {
                task.await.unwrap();
            }
            paid += balance(&journal, &book("acme")).await;
            assert_eq!(number(&journal, SUM).await, 0, "debits are credits");
            let counted = number(&journal, COUNTED).await;
            assert!(counted <= LIMIT, "spent and held {counted}");
            let held = balance(&journal, &holding(&book("till"))).await;
            assert_eq!(counted, paid + held);
            assert_eq!(balance(&journal, &book("till")).await, 60_000 - counted);
            let by_mandate = number(&journal, "SELECT COALESCE(SUM(charge), 0) FROM mandate_uses WHERE counted = 1").await;
            assert!(by_mandate <= 400, "by mandate {by_mandate}");
            let told = number(&journal, "SELECT COALESCE(SUM(used), 0) FROM mandates").await;
            assert_eq!(told, by_mandate, "what the mandate's own row says");
            let twice = number(&journal, "SELECT COUNT(*) FROM (SELECT key FROM payments
                WHERE hold IN ('none', 'held', 'captured') GROUP BY key HAVING COUNT(*) > 1) AS twice").await;
            assert_eq!(twice, 0, "a document in force twice");
        });
    }
}
