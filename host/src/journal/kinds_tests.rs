//! Kinds of runs: a run reads the same whether what it has in common with others stands in its row or not, and a kind goes with the
//! last of its runs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::db::query;
use super::tests::{NOW, journal, start};
use super::{FinishedRun, Journal, RunFilter, RunRecord, RunStart};
use crate::invocation::{LogLevel, LogLine, Outcome, RunEvent};
use crate::receipts::facts_of;
use crate::retention::Retention;
use guildhall_package::Digest;
use std::sync::Arc;

const DAY: i64 = 86_400_000;

/// A run that computed.
pub(super) fn computed(run: &str, tenant: &str, retention: Retention) -> (RunStart, FinishedRun) {
    let mut start = start(run, tenant);
    start.retention = retention;
    start.input = br#"{"a":1}"#.to_vec();
    start.seed = [9; 32];
    start
        .settings
        .insert("greeting".to_owned(), "Moin".to_owned());
    let event = RunEvent::Returned { effects: false };
    let mut run = FinishedRun::bare(run, tenant, retention, event);
    run.output = Some(r#"{"sum":2}"#.parse().unwrap());
    run.logs.push(LogLine {
        level: LogLevel::Info,
        message: "done".to_owned(),
    });
    run.usage.fuel = 123;
    run.usage.wall_ms = 4;
    run.usage.log_bytes_dropped = 5;
    run.does_not = vec!["It moves no money.".into()];
    run.ended_at = NOW + 7;
    (start, run)
}

pub(super) async fn record(
    journal: &Journal,
    runs: impl IntoIterator<Item = (RunStart, FinishedRun)>,
) {
    let mut recordings = Vec::new();
    for (start, finished) in runs {
        let record = RunRecord {
            start,
            finished,
            stored_bytes: Arc::default(),
        };
        recordings.push(journal.record(Box::new(record)).await.unwrap());
    }
    for recording in recordings {
        recording.durable().await.unwrap();
    }
}

async fn number(journal: &Journal, sql: &'static str) -> i64 {
    let row = query(sql).fetch_one(&journal.readers).await.unwrap();
    row.try_get(0).unwrap()
}

async fn kinds(journal: &Journal) -> i64 {
    number(journal, "SELECT COUNT(*) FROM run_kinds").await
}

#[tokio::test]
async fn a_run_reads_the_same_whether_its_kind_stands_apart_or_not() {
    let journal = journal().await;
    for (number, retention) in [(1, Retention::Full), (3, Retention::Hashes)] {
        let id = |number: u8| format!("00000000-0000-7000-8000-00000000000{number}");
        let (apart, whole) = (id(number), id(number + 1));
        record(&journal, [computed(&apart, "t", retention)]).await;
        // Begun first, it has a row of its own before anything is known of its end.
        let (start, mut finished) = computed(&whole, "t", retention);
        journal.begin(start.clone()).await.unwrap();
        let commitments = journal.sealing().commitments(&whole).unwrap();
        finished.facts = facts_of(&start, &finished, &commitments).unwrap();
        journal.finish(finished).await.unwrap();

        let same = |outcome: Outcome| Outcome {
            invocation: "the same".to_owned(),
            ..outcome
        };
        let outcome = async |run: &str| journal.outcome("t", run).await.unwrap().unwrap();
        assert_eq!(same(outcome(&apart).await), same(outcome(&whole).await));
        let detail = async |run: &str| {
            let mut detail = journal.detail("t", run).await.unwrap().unwrap();
            detail.outcome = same(detail.outcome);
            detail.summary.invocation = "the same".to_owned();
            detail
        };
        assert_eq!(detail(&apart).await, detail(&whole).await);
        for run in [&apart, &whole] {
            let (start, finished) = computed(run, "t", retention);
            let commitments = journal.sealing().commitments(run).unwrap();
            let facts = facts_of(&start, &finished, &commitments).unwrap();
            let rows = journal.receipt_rows("t", run).await.unwrap().unwrap();
            assert_eq!(rows.facts, facts, "{run}");
            assert_eq!(rows.status, "completed");
            let rows = journal.replay_rows("t", run).await.unwrap().unwrap();
            assert_eq!(
                (rows.operation.as_str(), rows.locale.as_str()),
                ("op", "en")
            );
            assert_eq!(
                (rows.skill, rows.limits),
                (start.skill.digest, start.limits)
            );
            if retention == Retention::Full {
                assert_eq!(rows.seed, start.seed);
                assert_eq!(rows.settings, start.settings);
            }
        }
    }
    assert_eq!(kinds(&journal).await, 2);
    let apart =
        "SELECT COUNT(*) FROM runs WHERE kind IS NOT NULL AND facts IS NULL AND operation = ''";
    assert_eq!(number(&journal, apart).await, 2);
    let all = journal.list("t", RunFilter::default()).await.unwrap();
    assert!(all.iter().all(|run| run.operation == "op"), "{all:?}");
    assert_eq!(all.len(), 4);
}

/// Runs that did more than compute, or did not get so far.
fn others(suffix: &str, tenant: &str) -> [(RunStart, FinishedRun); 3] {
    let of = |run: &str| computed(&format!("{run}{suffix}"), tenant, Retention::Hashes);
    let (start, mut run) = of("asked");
    run.contacted.push("GET https://a.example".to_owned());
    let asked = (start, run);
    let (start, mut run) = of("failed");
    run.event = RunEvent::RefusedByRule;
    let failed = (start, run);
    let (start, mut run) = of("endless");
    run.usage.fuel = u64::MAX;
    [asked, failed, (start, run)]
}

/// The digest of a run's facts, as the log has it.
async fn ended(journal: &Journal, tenant: &str, run: &str) -> String {
    let entries = journal.audit_of_kind(tenant, "run-ended").await.unwrap();
    let of_run = entries.into_iter().find(|entry| entry.body["run"] == run);
    of_run.unwrap().body["facts"].as_str().unwrap().to_owned()
}

/// The facts of runs as they must be, and where they must stand.
async fn reads_whole(journal: &Journal, runs: &[(RunStart, FinishedRun)]) {
    for (start, run) in runs {
        let commitments = journal.sealing().commitments(&run.id).unwrap();
        let facts = facts_of(start, run, &commitments).unwrap();
        let rows = journal.receipt_rows(&run.tenant, &run.id).await.unwrap();
        assert_eq!(rows.unwrap().facts, facts, "{}", run.id);
        let said = ended(journal, &run.tenant, &run.id).await;
        assert_eq!(said, Digest::of(facts.as_bytes()).to_string());
        let detail = journal.detail(&run.tenant, &run.id).await.unwrap().unwrap();
        assert_eq!(detail.summary.operation, start.operation);
        assert_eq!(detail.outcome.contacted, run.contacted);
        assert_eq!(detail.outcome.does_not, run.does_not);
    }
}

#[tokio::test]
async fn what_there_is_more_to_say_of_has_no_kind_for_itself_alone() {
    let journal = journal().await;
    for alone in others("", "t") {
        record(&journal, [alone]).await;
    }
    assert_eq!(kinds(&journal).await, 0);
    reads_whole(&journal, &others("", "t")).await;
}

#[tokio::test]
async fn several_runs_of_a_kind_that_come_together_have_it_once_and_their_own_facts_each() {
    let journal = journal().await;
    // The first keeps the writer busy, so that the others come together.
    let mut all = Vec::from(others("0", "t"));
    all.extend((1..40).flat_map(|number| others(&number.to_string(), "t")));
    record(&journal, all.clone()).await;
    // By how they ended, and that is not what makes a kind: it is the same one.
    assert_eq!(kinds(&journal).await, 1);
    let apart = "SELECT COUNT(*) FROM runs WHERE kind IS NOT NULL AND commitments IS NULL AND operation = '' AND facts IS NOT NULL";
    assert!(number(&journal, apart).await >= 39);
    reads_whole(&journal, &all).await;

    query("DELETE FROM run_kinds")
        .execute(&journal.readers)
        .await
        .unwrap();
    let error = journal.receipt_rows("t", "asked39").await.unwrap_err();
    assert!(matches!(error, super::JournalError::Corrupt(_)), "{error}");
}

#[tokio::test]
async fn a_batch_of_many_kinds_one_after_the_other_keeps_each_once() {
    let journal = journal().await;
    let of = |at: usize| {
        let (mut start, run) = computed(&format!("r{at:03}"), "t", Retention::Hashes);
        start.operation = format!("op{}", at % 40);
        (start, run)
    };
    record(&journal, (0..120).map(of)).await;
    assert_eq!(kinds(&journal).await, 40);
    for at in [0, 41, 119] {
        let outcome = journal.detail("t", &of(at).0.id).await.unwrap().unwrap();
        assert_eq!(outcome.summary.operation, of(at).0.operation);
    }
}

#[tokio::test]
async fn a_kind_goes_with_the_last_of_its_runs() {
    let journal = journal().await;
    let at = |run: &str, tenant: &str, began: i64| {
        let (mut start, run) = computed(run, tenant, Retention::Hashes);
        start.created_at = began;
        (start, run)
    };
    record(&journal, [at("a", "t", 10), at("b", "t", DAY + 10)]).await;
    record(&journal, [at("c", "t", 20), at("d", "u", 20)]).await;
    assert_eq!(kinds(&journal).await, 2);
    // Whichever of them was written last, one of the second day is left.
    assert_eq!(journal.prune("t", DAY).await.unwrap(), 2);
    assert_eq!(kinds(&journal).await, 2);
    assert!(journal.outcome("t", "b").await.unwrap().is_some());
    assert_eq!(journal.prune("t", 2 * DAY).await.unwrap(), 1);
    assert_eq!(kinds(&journal).await, 1);
    // One of a tenant goes with all that is deleted of them, whenever it began.
    assert!(journal.outcome("u", "d").await.unwrap().is_some());
    journal
        .erase_rows("u".to_owned(), "me".to_owned(), 30)
        .await
        .unwrap();
    assert_eq!(kinds(&journal).await, 0);
}

#[tokio::test]
async fn a_run_whose_kind_is_missing_is_an_error_and_not_another_run() {
    let journal = journal().await;
    record(&journal, [computed("a", "t", Retention::Full)]).await;
    query("DELETE FROM run_kinds")
        .execute(&journal.readers)
        .await
        .unwrap();
    journal.outcome("t", "a").await.unwrap();
    for error in [
        journal.detail("t", "a").await.unwrap_err(),
        journal.receipt_rows("t", "a").await.unwrap_err(),
        journal.replay_rows("t", "a").await.unwrap_err(),
    ] {
        assert!(matches!(error, super::JournalError::Corrupt(_)), "{error}");
    }
}
