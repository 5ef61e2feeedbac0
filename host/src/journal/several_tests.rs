//! Several hosts over one database.

use super::db::{Place, open, query};
use super::money_tests::{approval, balance, number, ordered, wallet};
use super::tests::{NOW, approve, begin, effect, ended, sealing, status};
use super::*;
use crate::effects::EffectEvent;
use crate::invocation::{RunEvent, RunStatus};
use crate::ledger::book;
use crate::retention::Retention;
use std::sync::Arc;

/// Another host over a database. A lease that is short has ended before anything waits for it.
pub(super) async fn host(
    url: &DatabaseUrl,
    folder: Option<&std::path::Path>,
    lease: Duration,
) -> Arc<Journal> {
    let place = Place::Server { url, folder };
    Arc::new(Journal::open(place, 64, sealing(), lease).await.unwrap())
}

pub(super) fn database() -> DatabaseUrl {
    postgres::database().parse().unwrap()
}

/// Ends every connection of a database but the one that asks, as a server does that starts anew.
async fn cut(url: &DatabaseUrl) {
    let mut other = open(Place::Server { url, folder: None }, "cut")
        .await
        .unwrap()
        .pen;
    query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
        .execute(other.connection().unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_one_host_began_another_decides_and_of_both_one_wins() {
    let url = database();
    let (one, two) = (host(&url, None, LEASE).await, host(&url, None, LEASE).await);
    wallet(&one).await;
    let hash = ordered(&one, "r", "INV-1", 100).await.unwrap();
    assert_eq!(two.pending("t").await.unwrap().len(), 1);
    let deciders = (0..16).map(|n| {
        let journal = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move { journal.decide(approval("r", hash)).await.unwrap() })
    });
    let decided = futures::future::join_all(deciders).await;
    let won = decided
        .into_iter()
        .filter(|one| matches!(one, Ok(Decided::Committing)));
    assert_eq!(won.count(), 1);
    assert_eq!(number(&two, "SELECT COUNT(*) FROM postings").await, 4);
}

#[tokio::test]
async fn one_document_is_ordered_once_whichever_hosts_are_asked_at_once() {
    let url = database();
    let (one, two) = (host(&url, None, LEASE).await, host(&url, None, LEASE).await);
    wallet(&one).await;
    let ordering = (0..12).map(|n| {
        let journal = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move {
            ordered(&journal, &format!("r{n}"), "INV-1", 100)
                .await
                .is_ok()
        })
    });
    let ordered = futures::future::join_all(ordering).await;
    assert_eq!(
        ordered
            .into_iter()
            .filter(|one| matches!(one, Ok(true)))
            .count(),
        1
    );
    // The lines of the audit log of both are one chain.
    let entries = one.audit_entries("t", 0, 1_000).await.unwrap();
    crate::audit::check_chain("t", &entries, &[]).unwrap();
}

#[tokio::test]
async fn a_host_with_another_key_is_refused_and_told_what_to_copy() {
    let url = database();
    let first = host(&url, None, LEASE).await;
    let key = crate::keys::SecretKey32::from_bytes(&[8; 32]);
    let other = Sealing::new(key, crate::keys::RunKeys::in_memory()).unwrap();
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    let refused = Journal::open(place, 64, other, LEASE).await.err().unwrap();
    assert_eq!(refused, JournalError::OtherKeys("store"));
    assert!(refused.to_string().contains("keys/store.key"));
    // What receipts are signed with is known by its public half.
    let mine = first.same_key("receipts", "mine".to_owned()).await;
    let theirs = first.same_key("receipts", "theirs".to_owned()).await;
    assert_eq!(
        (mine, theirs),
        (Ok(()), Err(JournalError::OtherKeys("receipts")))
    );
}

#[tokio::test]
async fn many_hosts_can_begin_one_database_at_once() {
    let url = database();
    let begun = futures::future::join_all((0..6).map(|_| host(&url, None, LEASE))).await;
    let ids: std::collections::HashSet<_> = begun.iter().map(|one| one.instance.clone()).collect();
    let gone = begun[0].instances.gone("", ids, &begun[0].readers).await;
    assert_eq!(gone.unwrap().len(), 0, "they all know each other");
}

#[tokio::test]
async fn a_host_that_is_heard_of_is_not_gone_and_one_that_is_not_any_more_is() {
    let url = database();
    let short = Duration::from_millis(400);
    let (one, two) = (host(&url, None, short).await, host(&url, None, short).await);
    begin(&one, "r", "t").await;
    one.revoke(Digest::of(b"x"), "x".to_owned(), NOW)
        .await
        .unwrap();
    for _ in 0..4 {
        tokio::time::sleep(short / 2).await;
        assert!(two.orphans().await.unwrap().is_empty(), "it is heard of");
    }
    drop(one);
    while two.orphans().await.unwrap().is_empty() {
        tokio::time::sleep(short / 4).await;
    }
    let orphan = two.orphans().await.unwrap().remove(0);
    let taken = two.take_over(orphan, NOW).await.unwrap();
    assert_eq!(taken, Some(RunStatus::Cancelled));
}

#[tokio::test]
async fn a_host_that_ended_on_this_machine_is_not_waited_for() {
    let (url, folder) = (database(), tempfile::tempdir().unwrap());
    let first = host(&url, Some(folder.path()), LEASE).await;
    begin(&first, "r", "t").await;
    first
        .revoke(Digest::of(b"x"), "x".to_owned(), NOW)
        .await
        .unwrap();
    let other = host(&url, None, LEASE).await;
    drop(first);
    assert!(
        other.orphans().await.unwrap().is_empty(),
        "elsewhere nobody can know yet"
    );
    let again = host(&url, Some(folder.path()), LEASE).await;
    assert_eq!(again.orphans().await.unwrap().len(), 1);
}

#[tokio::test]
async fn this_host_stops_before_others_may_take_it_for_gone() {
    let url = database();
    let short = Duration::from_millis(400);
    let one = host(&url, None, short).await;
    let hold = one.renew().await.unwrap();
    let lost = tokio::time::timeout(short * 3, hold.lost()).await;
    assert!(lost.is_err(), "it is heard of all the time");
    // Nobody hears of it any more.
    one.instances.leave(&one.readers).await;
    hold.lost().await;
}

/// Tells a process that it was started by a test, and where its database is.
#[cfg(target_os = "linux")]
const ASLEEP: &str = "GUILDHALL_TEST_ASLEEP";

/// What a process sees of a machine that has slept for months, where one may be shown that.
#[cfg(target_os = "linux")]
fn as_if_it_had_slept() -> std::process::Command {
    let mut command = std::process::Command::new("unshare");
    command.args(["--user", "--map-root-user", "--time"]);
    command.args(["--boottime", "10000000"]);
    command
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_lease_is_counted_by_the_clock_that_goes_on_while_the_machine_sleeps() {
    let here = format!("{}::", module_path!());
    let (_, module) = here.split_once("::").unwrap();
    let name = "a_lease_is_counted_by_the_clock_that_goes_on_while_the_machine_sleeps";
    let asleep = std::env::var(ASLEEP).ok();
    let may = as_if_it_had_slept().arg("true").status();
    if asleep.is_none() && may.is_ok_and(|status| status.success()) {
        let ran = as_if_it_had_slept()
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &format!("{module}{name}")])
            .env(ASLEEP, database().whole())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    let url = asleep.map_or_else(database, |url| url.parse().unwrap());
    let one = host(&url, None, LEASE).await;
    let until = one.instances.until();
    let text = std::fs::read_to_string("/proc/uptime").unwrap();
    let awake: f64 = text.split(' ').next().unwrap().parse().unwrap();
    let now = Duration::from_secs_f64(awake);
    assert!(now < until && until < now + LEASE, "{now:?} {until:?}");
}

#[tokio::test]
async fn what_only_the_host_that_began_a_run_can_read_is_decided_there_and_hides_nothing_elsewhere()
{
    let url = database();
    let (one, two) = (host(&url, None, LEASE).await, host(&url, None, LEASE).await);
    let id = crate::clock::new_id().to_string();
    one.sealing.begin(&id, Retention::Hashes).unwrap();
    begin(&one, &id, "t").await;
    one.revoke(Digest::of(b"x"), "x".to_owned(), NOW)
        .await
        .unwrap();
    let sql = "UPDATE runs SET retention = 'hashes' WHERE id = $1";
    query(sql).bind(&id).execute(&one.readers).await.unwrap();
    let mut finished = ended(
        &id,
        "t",
        RunEvent::Returned { effects: true },
        vec![effect(0, &[])],
    );
    finished.retention = Retention::Hashes;
    let hash = finished.set.as_ref().unwrap().1;
    one.finish(finished).await.unwrap();
    wallet(&one).await;
    ordered(&one, "open", "INV-1", 100).await.unwrap();
    let elsewhere = JournalError::KeyElsewhere(id.clone());
    assert_eq!(two.decide(approve(&id, hash)).await.unwrap_err(), elsewhere);
    assert_eq!(two.outcome("t", &id).await.unwrap_err(), elsewhere);
    assert_eq!(two.pending("t").await.unwrap().len(), 2);
    assert_eq!(
        one.decide(approve(&id, hash)).await.unwrap(),
        Decided::Committing
    );
}

#[tokio::test]
async fn runs_go_on_after_the_server_has_ended_every_connection() {
    let url = database();
    let journal = host(&url, None, LEASE).await;
    wallet(&journal).await;
    for n in 0..3 {
        cut(&url).await;
        let run = format!("r{n}");
        let hash = ordered(&journal, &run, &run, 100).await.unwrap();
        cut(&url).await;
        assert_eq!(status(&journal, &run).await, RunStatus::AwaitingApproval);
        assert_eq!(
            journal.decide(approval(&run, hash)).await.unwrap(),
            Decided::Committing
        );
        super::money_tests::pay(&journal, &run, EffectEvent::Succeeded).await;
    }
    assert_eq!(balance(&journal, &book("acme")).await, 300);
}

#[tokio::test]
async fn a_transaction_whose_end_was_not_heard_is_asked_for() {
    let url = database();
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    let mut pen = open(place, "pen").await.unwrap().pen;
    for ends_well in [true, false] {
        pen.begin().await.unwrap();
        let turn = match ends_well {
            true => "COMMIT",
            false => "ROLLBACK",
        };
        query(turn)
            .execute(pen.connection().unwrap())
            .await
            .unwrap();
        pen.lose();
        assert_eq!(pen.is_committed().await.unwrap(), ends_well);
    }
}

#[tokio::test]
async fn a_turn_that_another_writer_has_kept_is_not_taken_for_ones_own() {
    let url = database();
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    let mut one = open(place, "one").await.unwrap().pen;
    let mut two = open(place, "two").await.unwrap().pen;
    one.begin().await.unwrap();
    query("ROLLBACK")
        .execute(one.connection().unwrap())
        .await
        .unwrap();
    // It gets the number that the other one gave back.
    two.begin().await.unwrap();
    two.commit().await.unwrap();
    assert!(!one.is_committed().await.unwrap());
    assert!(two.is_committed().await.unwrap());
    // Who ends leaves no row.
    let kept = "SELECT COUNT(*) AS many FROM writers";
    two.close().await.unwrap();
    one.begin().await.unwrap();
    let row = query(kept).fetch_one(one.connection().unwrap()).await;
    assert_eq!(row.unwrap().try_get::<i64, _>("many").unwrap(), 1);
}

#[tokio::test]
async fn another_turn_changes_the_version_and_an_own_one_does_not() {
    let url = database();
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    let mut one = open(place, "one").await.unwrap().pen;
    let mut two = open(place, "two").await.unwrap().pen;
    let turn = async |pen: &mut Pen, keep: bool| {
        pen.begin().await.unwrap();
        let version = pen.version().await.unwrap();
        match keep {
            true => pen.commit().await.unwrap(),
            false => pen.roll_back().await.unwrap(),
        }
        version
    };
    let first = turn(&mut one, true).await;
    assert_eq!(turn(&mut one, false).await, first);
    assert_eq!(turn(&mut one, true).await, first);
    turn(&mut two, false).await;
    assert_eq!(turn(&mut one, true).await, first, "nothing was written");
    turn(&mut two, true).await;
    let later = turn(&mut one, false).await;
    assert_ne!(later, first);
    turn(&mut two, true).await;
    assert_ne!(turn(&mut one, true).await, later);
}

#[tokio::test]
async fn a_server_that_is_away_is_told_and_the_password_is_not() {
    let url: DatabaseUrl = "postgres://ann:s3cret@127.0.0.1:1/hall".parse().unwrap();
    let place = Place::Server {
        url: &url,
        folder: None,
    };
    let away = Journal::open(place, 64, sealing(), LEASE)
        .await
        .err()
        .unwrap();
    assert_eq!(away, JournalError::Away);
    assert!(!format!("{away} {away:?}").contains("s3cret"));
}
