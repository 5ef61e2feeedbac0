//! A host whose run another one has taken over, or may take over, does nothing of it any more.

use super::db::{Place, open, query};
use super::money_tests::{approval, number, ordered, wallet};
use super::retention::NOTHING_KEPT;
use super::several_tests::{database, host};
use super::tests::{NOW, approve, begin, effect, ended, status};
use super::*;
use crate::capabilities::network::egress::{Egress, EgressConfig};
use crate::capabilities::payments::{PaymentRail, RailOrder, RailReply, built_in};
use crate::effects::EffectEvent;
use crate::invocation::{AtWork, Executor, RunEvent, RunStatus, Tenant};
use crate::refusal::Refusal;
use crate::retention::Retention;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::sync::Arc;
use tokio::sync::Notify;

/// Long enough that a host is not heard of by itself while a test runs.
const LONG: Duration = Duration::from_secs(3_600);

async fn pair(url: &DatabaseUrl) -> (Arc<Journal>, Arc<Journal>) {
    (host(url, None, LONG).await, host(url, None, LONG).await)
}

/// Waits until everything that is on its way is written.
async fn written(journal: &Journal) {
    let digest = Digest::of(journal.instance.as_bytes());
    journal.revoke(digest, "x".to_owned(), NOW).await.unwrap();
}

/// Nobody has heard of a host for longer than its lease.
async fn unheard(journal: &Journal) {
    query("UPDATE instances SET beat = 0 WHERE id = $1")
        .bind(&journal.instance)
        .execute(&journal.readers)
        .await
        .unwrap();
}

async fn orphan(journal: &Journal, run: &str) -> Orphan {
    let found = journal.orphans().await.unwrap();
    found.into_iter().find(|one| one.run == run).unwrap()
}

async fn owner(journal: &Journal, run: &str) -> String {
    let row = query("SELECT owner FROM runs WHERE id = $1")
        .bind(run)
        .fetch_one(&journal.readers)
        .await
        .unwrap();
    row.try_get("owner").unwrap()
}

/// A run of one message that somebody has approved.
async fn committing(journal: &Journal, run: &str) {
    begin(journal, run, "t").await;
    let returned = RunEvent::Returned { effects: true };
    let mut finished = ended(run, "t", returned, vec![effect(0, &[])]);
    // Each run has a state of its own, so that they can end in any order.
    finished.state.clear();
    let hash = finished.set.as_ref().unwrap().1;
    journal.finish(finished).await.unwrap();
    journal.decide(approve(run, hash)).await.unwrap();
}

/// A run of one payment that somebody has approved, for as long as any clock shows.
async fn approved(journal: &Journal, run: &str) {
    wallet(journal).await;
    let hash = ordered(journal, run, "INV-1", 100).await.unwrap();
    let decision = NewDecision {
        valid_ms: i64::MAX,
        ..approval(run, hash)
    };
    journal.decide(decision).await.unwrap();
}

fn how(event: EffectEvent) -> EffectOutcome {
    EffectOutcome {
        event,
        detail: None,
    }
}

/// Whether a host was told that a run is not its own any more.
fn is_taken<T>(refused: Result<T, JournalError>) -> bool {
    matches!(refused, Err(JournalError::IllegalStep { state, .. }) if state.contains("another host"))
}

#[tokio::test]
async fn a_host_whose_run_another_has_taken_over_performs_and_records_nothing_of_it() {
    let url = database();
    let (one, two) = pair(&url).await;
    committing(&one, "claimed").await;
    committing(&one, "new").await;
    let claim = one.claim("claimed".to_owned(), 0, NOW).await.unwrap();
    assert!(matches!(claim, Claim::Ours(_)));
    unheard(&one).await;
    for run in ["claimed", "new"] {
        let orphan = orphan(&two, run).await;
        let taken = two.take_over(orphan, NOW).await.unwrap();
        assert_eq!(taken, Some(RunStatus::Committing));
    }
    let run = || "new".to_owned();
    let refusal = Refusal::new(crate::refusal::RefusalKind::Denied, "x", "x");
    assert!(is_taken(one.claim(run(), 0, NOW).await));
    assert!(is_taken(one.hold_on(run()).await));
    assert!(is_taken(one.refuse_commit(run(), refusal, NOW).await));
    assert!(is_taken(one.abandon_commit(run(), NOW).await));
    let claimed = || "claimed".to_owned();
    let done = one.settle_effect(claimed(), 0, how(EffectEvent::Succeeded), NOW);
    assert!(is_taken(done.await));
    // The other one ends it, and only that one.
    let found = two.settle_effect(claimed(), 0, how(EffectEvent::FoundDone), NOW);
    found.await.unwrap();
    assert!(is_taken(one.settle_run(claimed(), NOW).await));
    let settled = two.settle_run(claimed(), NOW).await.unwrap();
    assert_eq!(settled, RunStatus::Committed);
    assert_eq!(status(&two, "new").await, RunStatus::Committing);
    let claim = two.claim(run(), 0, NOW).await.unwrap();
    assert!(matches!(claim, Claim::Ours(_)));
}

#[tokio::test]
async fn a_host_whose_run_another_has_ended_sends_nothing_more_for_it() {
    let url = database();
    let (one, two) = pair(&url).await;
    begin(&one, "r", "t").await;
    written(&one).await;
    unheard(&one).await;
    let taken = two.take_over(orphan(&two, "r").await, NOW).await.unwrap();
    assert_eq!(taken, Some(RunStatus::Cancelled));
    let call = HostCall {
        seq: 0,
        interface: "network",
        function: "send",
        class: CallClass::LiveWrite,
        summary: String::new(),
        request: Vec::new(),
        response: Vec::new(),
        refused: None,
        bytes_in: 0,
        bytes_out: 0,
        micros: 0,
        at: NOW,
    };
    assert!(is_taken(one.intend_live_write("r".to_owned(), call).await));
    let returned = RunEvent::Returned { effects: true };
    let finished = ended("r", "t", returned, vec![effect(0, &[])]);
    let late = one.finish(finished).await.unwrap_err();
    assert!(matches!(late, JournalError::IllegalStep { .. }), "{late}");
    assert_eq!(number(&two, "SELECT COUNT(*) FROM host_calls").await, 0);
    assert_eq!(number(&two, "SELECT COUNT(*) FROM effects").await, 0);
    assert_eq!(status(&two, "r").await, RunStatus::Cancelled);
}

#[tokio::test]
async fn a_host_that_is_heard_of_again_keeps_its_runs() {
    let url = database();
    let (one, two) = pair(&url).await;
    begin(&one, "r", "t").await;
    committing(&one, "c").await;
    unheard(&one).await;
    let found = two.orphans().await.unwrap();
    assert_eq!(found.len(), 2);
    // It is about to claim: others hear of it first.
    one.instances.sleep();
    let _hold = one.renew().await.unwrap();
    let claim = one.claim("c".to_owned(), 0, NOW).await.unwrap();
    assert!(matches!(claim, Claim::Ours(_)));
    for orphan in found {
        let run = orphan.run.clone();
        assert_eq!(two.take_over(orphan, NOW).await.unwrap(), None);
        assert_eq!(owner(&two, &run).await, one.instance);
    }
    assert_eq!(status(&two, "r").await, RunStatus::Running);
}

#[tokio::test]
async fn what_can_not_be_ended_is_not_taken_over_either() {
    let url = database();
    let (one, two) = pair(&url).await;
    begin(&one, "r", "t").await;
    written(&one).await;
    unheard(&one).await;
    let found = orphan(&two, "r").await;
    let change = async |sql: &'static str| {
        query(sql).execute(&two.readers).await.unwrap();
    };
    change("ALTER TABLE runs ADD CONSTRAINT later CHECK (status <> 'cancelled')").await;
    let failed = two.take_over(found.clone(), NOW).await.unwrap_err();
    assert!(matches!(failed, JournalError::Database(_)), "{failed}");
    assert_eq!(owner(&two, "r").await, one.instance);
    change("ALTER TABLE runs DROP CONSTRAINT later").await;
    // It is found again, by whoever looks next.
    let again = orphan(&two, "r").await;
    let taken = two.take_over(again, NOW).await.unwrap();
    assert_eq!(taken, Some(RunStatus::Cancelled));
}

#[tokio::test]
async fn what_was_begun_before_the_machine_slept_is_broken_off_though_it_is_heard_of_again() {
    let url = database();
    let one = host(&url, None, LONG).await;
    let before = one.renew().await.unwrap();
    assert!(before.lost().now_or_never().is_none());
    one.instances.sleep();
    // Another may have gone on with it by now, whoever hears of this one again.
    let after = one.renew().await.unwrap();
    assert!(before.lost().now_or_never().is_some());
    assert!(after.lost().now_or_never().is_none());
}

#[tokio::test]
async fn nothing_is_claimed_by_a_host_that_slept_while_it_waited_for_its_turn() {
    let url = database();
    let one = host(&url, None, LONG).await;
    committing(&one, "r").await;
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    let mut other = open(place, "other").await.unwrap().pen;
    other.begin().await.unwrap();
    let claiming = tokio::spawn({
        let one = one.clone();
        async move { one.claim("r".to_owned(), 0, NOW).await }
    });
    let waits = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while number(&one, waits).await == 0 {
        tokio::task::yield_now().await;
    }
    one.instances.sleep();
    other.commit().await.unwrap();
    assert_eq!(claiming.await.unwrap().unwrap_err(), JournalError::Away);
    let pending = "SELECT COUNT(*) FROM effects WHERE state = 'pending'";
    assert_eq!(number(&one, pending).await, 1);
}

/// Says when it was asked, and nothing else; or answers at once.
struct Stuck(Arc<Notify>, bool);

impl PaymentRail for Stuck {
    fn name(&self) -> &str {
        BOOK
    }

    fn verify<'a>(&'a self, _: &'a RailOrder) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn submit<'a>(&'a self, _: &'a RailOrder) -> BoxFuture<'a, RailReply> {
        self.0.notify_one();
        match self.1 {
            true => Box::pin(std::future::ready(RailReply::Done)),
            false => Box::pin(std::future::pending()),
        }
    }

    fn query<'a>(&'a self, order: &'a RailOrder) -> BoxFuture<'a, RailReply> {
        self.submit(order)
    }
}

/// What carries out the runs of a journal, over a rail that answers or does not.
fn executor(journal: &Arc<Journal>, answers: bool) -> (Executor, Arc<Notify>) {
    let asked = Arc::new(Notify::new());
    let mut rails = built_in(journal);
    rails.set(BOOK.to_owned(), Arc::new(Stuck(asked.clone(), answers)));
    let executor = Executor {
        journal: journal.clone(),
        rails,
        egress: Arc::new(Egress::new(&EgressConfig::default()).unwrap()),
        channels: Arc::default(),
        at_work: AtWork::default(),
    };
    (executor, asked)
}

#[tokio::test]
async fn a_host_that_is_not_heard_of_any_more_stops_what_it_performs_and_what_it_asks() {
    let url = database();
    let one = host(&url, None, LONG).await;
    approved(&one, "r").await;
    let (executor, asked) = executor(&one, false);
    let performing = tokio::spawn({
        let executor = executor.clone();
        async move { executor.commit("r").await }
    });
    asked.notified().await;
    one.instances.sleep();
    let performed = performing.await.unwrap().unwrap();
    assert_eq!(performed.status, RunStatus::Unknown);
    let held = "SELECT COUNT(*) FROM payments WHERE hold = 'held'";
    assert_eq!(number(&one, held).await, 1, "until somebody knows");
    // And asking what became of it, too.
    let asking = tokio::spawn(async move { executor.resolve("r").await });
    asked.notified().await;
    one.instances.sleep();
    assert_eq!(asking.await.unwrap().unwrap_err(), JournalError::Away);
}

#[tokio::test]
async fn a_run_that_is_gone_on_with_after_the_machine_slept_is_carried_out() {
    let url = database();
    let one = host(&url, None, LONG).await;
    approved(&one, "r").await;
    one.instances.sleep();
    let (executor, _) = executor(&one, true);
    let performed = executor.commit("r").await.unwrap();
    assert_eq!(performed.status, RunStatus::Committed);
}

#[tokio::test]
async fn a_run_that_kept_nothing_and_could_not_be_ended_at_once_is_ended_later() {
    let url = database();
    let (one, two) = pair(&url).await;
    committing(&one, "r").await;
    let sql = "UPDATE runs SET retention = 'none' WHERE id = 'r'";
    query(sql).execute(&one.readers).await.unwrap();
    unheard(&one).await;
    // It is taken over, and then its host can't go on.
    let found = orphan(&two, "r").await;
    let taken = two.take_over(found, NOW).await.unwrap();
    assert_eq!(taken, Some(RunStatus::Committing));
    assert_eq!(two.committing_here().await.unwrap(), ["r"]);
    let (executor, _) = executor(&two, true);
    executor.go_on("r").await.unwrap();
    assert_eq!(status(&two, "r").await, RunStatus::Refused);
    let row = query("SELECT state, detail FROM effects WHERE run = 'r'")
        .fetch_one(&two.readers)
        .await
        .unwrap();
    let (state, detail): (String, String) = (
        row.try_get("state").unwrap(),
        row.try_get("detail").unwrap(),
    );
    assert_eq!((state.as_str(), detail.as_str()), ("void", NOTHING_KEPT));
}

#[tokio::test]
async fn the_key_of_a_run_that_another_host_has_ended_is_destroyed_where_it_is() {
    let url = database();
    let (one, two) = pair(&url).await;
    let (ended, open) = (crate::clock::new_id(), crate::clock::new_id());
    for id in [ended, open] {
        one.sealing
            .begin(&id.to_string(), Retention::Hashes)
            .unwrap();
        begin(&one, &id.to_string(), "t").await;
    }
    written(&one).await;
    unheard(&one).await;
    let found = orphan(&two, &ended.to_string()).await;
    two.take_over(found, NOW).await.unwrap();
    assert_eq!(one.sealing.keys().unwrap().len(), 2);
    one.sweep_keys(LONG).await.unwrap();
    assert_eq!(one.sealing.keys().unwrap(), [open.to_string()]);
}

#[tokio::test]
async fn the_statement_about_an_erasure_says_what_is_left_for_the_operator_of_the_server() {
    let (url, folder) = (database(), tempfile::tempdir().unwrap());
    let host = crate::Host::builder()
        .state_dir(folder.path())
        .database(url)
        .build()
        .await
        .unwrap();
    let statement = host.erase(&Tenant::local(), "Ann").await.unwrap();
    let said = host.verify_erasure(&Tenant::local(), &statement).await;
    let words: Vec<String> = said.unwrap().why.into_iter().map(|one| one.why).collect();
    let of_server: Vec<_> = { words.iter() }
        .filter(|why| why.contains("VACUUM FULL"))
        .collect();
    assert_eq!(of_server.len(), 1, "{words:?}");
    host.shutdown().await;
}
