//! Decisions and claims: one winner, bound to what was shown, checked again at every step.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::db::query;
use super::{
    CallClass, Claim, Decided, EffectOutcome, FinishedRun, HostCall, Journal, JournalError, LEASE,
    NewDecision, Place, RunRecord, RunStart, StagedEffect, StateChange,
};
use crate::approvals::{SkillIdentity, Trust};
use crate::effects::{Effect, EffectEvent, EffectFacts, EffectSet, EffectState, Message};
use crate::grants::Grants;
use crate::invocation::{RunEvent, RunStatus, Usage};
use crate::retention::Retention;
use guildhall_package::Digest;
use std::sync::Arc;

pub(super) const NOW: i64 = 1_000_000;

pub(super) fn sealing() -> super::Sealing {
    let key = crate::keys::SecretKey32::from_bytes(&[7; 32]);
    super::Sealing::new(key, crate::keys::RunKeys::in_memory()).unwrap()
}

pub(super) async fn journal() -> Arc<Journal> {
    let database = super::test_database();
    let place = database
        .as_ref()
        .map_or(Place::Memory, |url| Place::Server { url, folder: None });
    Arc::new(Journal::open(place, 64, sealing(), LEASE).await.unwrap())
}

pub(super) fn skill() -> Digest {
    Digest::of(b"skill")
}

pub(super) async fn begin(journal: &Journal, run: &str, tenant: &str) {
    journal.begin(start(run, tenant)).await.unwrap();
}

pub(super) fn start(run: &str, tenant: &str) -> RunStart {
    RunStart {
        id: run.to_owned(),
        tenant: tenant.to_owned(),
        skill: std::sync::Arc::new(SkillIdentity {
            name: None,
            version: None,
            digest: skill(),
            trust: Trust::UnsignedLocalFile,
        }),
        operation: "op".to_owned(),
        input: b"{}".to_vec(),
        grants: Grants::none(),
        grants_hash: Digest::of(b"grants"),
        seed: [0; 32],
        settings: std::collections::BTreeMap::new(),
        locale: "en".to_owned(),
        limits: crate::limits::Limits::default(),
        retention: Retention::Full,
        clock_fixed: false,
        chosen: false,
        started_now_ms: NOW,
        created_at: NOW,
    }
}

pub(super) fn effect(index: u32, requires: &[u32]) -> Effect {
    Effect {
        index,
        requires: requires.to_vec(),
        facts: EffectFacts::Message(Message {
            channel: "email".to_owned(),
            through: None,
            recipient: "a@example.com".to_owned(),
            subject: None,
            digest: Digest::of(b"text"),
            attachments: Vec::new(),
        }),
    }
}

pub(super) fn ended(run: &str, tenant: &str, event: RunEvent, effects: Vec<Effect>) -> FinishedRun {
    let set = EffectSet {
        invocation: run.to_owned(),
        skill: skill(),
        operation: "op".to_owned(),
        grants: Digest::of(b"grants"),
        locations: Vec::new(),
        inputs: Vec::new(),
        effects: effects.clone(),
    };
    let hash = set.hash().unwrap();
    FinishedRun {
        id: run.to_owned(),
        tenant: tenant.to_owned(),
        event,
        output: Some("null".parse().unwrap()),
        failure: None,
        refusals: Vec::new(),
        logs: Vec::new(),
        usage: Usage::default(),
        calls: Vec::new(),
        staged: effects
            .into_iter()
            .map(|effect| StagedEffect {
                effect,
                reason: None,
                content: Some(bytes::Bytes::from_static(b"content")),
                previous: None,
            })
            .collect(),
        set: Some((set, hash)),
        contacted: Vec::new(),
        sent: Vec::new(),
        retention: Retention::Full,
        facts: "{}".to_owned(),
        does_not: Vec::new(),
        state_skill: "s".to_owned(),
        state: vec![StateChange {
            key: "seen".to_owned(),
            value: Some(b"yes".to_vec()),
        }],
        ended_at: NOW,
        expires_at: Some(NOW + 100),
    }
}

/// A run that waits for approval; answers the hash of its effect set.
async fn parked(journal: &Journal, run: &str, effects: Vec<Effect>) -> Digest {
    begin(journal, run, "t").await;
    let facts = ended(run, "t", RunEvent::Returned { effects: true }, effects);
    let hash = facts.set.as_ref().unwrap().1;
    let (status, _) = journal.finish(facts).await.unwrap();
    assert_eq!(status, RunStatus::AwaitingApproval);
    hash
}

pub(super) fn approve(run: &str, effect_set: Digest) -> NewDecision {
    NewDecision {
        tenant: "t".to_owned(),
        run: run.to_owned(),
        effect_set,
        rejected: None,
        decider: "somebody".to_owned(),
        channel: "test".to_owned(),
        mandates: Vec::new(),
        valid_ms: 1_000,
        now: NOW + 1,
    }
}

pub(super) async fn status(journal: &Journal, run: &str) -> RunStatus {
    journal.outcome("t", run).await.unwrap().unwrap().status
}

async fn claim(journal: &Journal, run: &str, index: u32) -> bool {
    matches!(
        journal.claim(run.to_owned(), index, NOW).await.unwrap(),
        Claim::Ours(_)
    )
}

async fn settle(journal: &Journal, run: &str, index: u32, event: EffectEvent) {
    let outcome = EffectOutcome {
        event,
        detail: None,
    };
    journal
        .settle_effect(run.to_owned(), index, outcome, NOW)
        .await
        .unwrap();
}

#[tokio::test]
async fn of_many_deciders_at_once_one_wins() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    let deciders = (0..24).map(|index| {
        let journal = journal.clone();
        tokio::spawn(async move {
            let mut decision = approve("r", hash);
            if index % 2 == 0 {
                decision.rejected = Some("no".to_owned());
            }
            journal.decide(decision).await.unwrap()
        })
    });
    let mut winners = 0;
    for decider in futures::future::join_all(deciders).await {
        match decider.unwrap() {
            Decided::Committing | Decided::Rejected => winners += 1,
            Decided::NotPending(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn an_approval_binds_to_the_effect_set_that_was_shown() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    let other = journal
        .decide(approve("r", Digest::of(b"other")))
        .await
        .unwrap();
    assert_eq!(other, Decided::Changed(hash));
    assert_eq!(status(&journal, "r").await, RunStatus::AwaitingApproval);
    assert!(!claim_is_possible(&journal, "r").await);
}

/// Claiming outside a committing run is an error of the host, whoever asks.
async fn claim_is_possible(journal: &Journal, run: &str) -> bool {
    journal.claim(run.to_owned(), 0, NOW).await.is_ok()
}

#[tokio::test]
async fn nothing_can_be_claimed_before_approval_or_after_rejection() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    assert!(!claim_is_possible(&journal, "r").await);
    let mut no = approve("r", hash);
    no.rejected = Some("too dear".to_owned());
    assert_eq!(journal.decide(no).await.unwrap(), Decided::Rejected);
    assert!(!claim_is_possible(&journal, "r").await);
    let effects = journal.staged("r").await.unwrap();
    assert_eq!(effects.first().unwrap().2, None, "the content is forgotten");
}

#[tokio::test]
async fn a_foreign_tenant_can_neither_see_nor_decide() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    let mut foreign = approve("r", hash);
    foreign.tenant = "other".to_owned();
    assert_eq!(journal.decide(foreign).await.unwrap(), Decided::NotFound);
    assert!(journal.outcome("other", "r").await.unwrap().is_none());
    assert!(journal.detail("other", "r").await.unwrap().is_none());
    assert!(journal.pending("other").await.unwrap().is_empty());
}

#[tokio::test]
async fn an_expired_card_is_refused_and_its_effects_are_void() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    let mut late = approve("r", hash);
    late.now = NOW + 100;
    assert_eq!(journal.decide(late).await.unwrap(), Decided::Expired);
    let outcome = journal.outcome("t", "r").await.unwrap().unwrap();
    assert_eq!(outcome.status, RunStatus::Rejected);
    assert_eq!(outcome.effects.first().unwrap().state, EffectState::Void);
}

#[tokio::test]
async fn a_revocation_between_card_and_approval_voids_the_effects() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    journal
        .revoke(skill(), "stolen".to_owned(), NOW)
        .await
        .unwrap();
    let decided = journal.decide(approve("r", hash)).await.unwrap();
    assert_eq!(decided, Decided::Revoked("stolen".to_owned()));
    assert_eq!(status(&journal, "r").await, RunStatus::Refused);
}

#[tokio::test]
async fn a_revocation_between_approval_and_claim_stops_what_is_left() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[]), effect(1, &[])]).await;
    journal.decide(approve("r", hash)).await.unwrap();
    assert!(claim(&journal, "r", 0).await);
    settle(&journal, "r", 0, EffectEvent::Succeeded).await;
    journal
        .revoke(skill(), "stolen".to_owned(), NOW)
        .await
        .unwrap();
    assert!(!claim(&journal, "r", 1).await);
    let status = journal.settle_run("r".to_owned(), NOW).await.unwrap();
    assert_eq!(status, RunStatus::Partial);
}

#[tokio::test]
async fn an_effect_is_claimed_once() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    journal.decide(approve("r", hash)).await.unwrap();
    let claims = (0..16).map(|_| {
        let journal = journal.clone();
        tokio::spawn(async move { claim(&journal, "r", 0).await })
    });
    let won = futures::future::join_all(claims)
        .await
        .into_iter()
        .filter(|won| *won.as_ref().unwrap())
        .count();
    assert_eq!(won, 1);
}

#[tokio::test]
async fn an_effect_waits_for_what_it_requires_and_is_void_without_it() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[]), effect(1, &[0])]).await;
    journal.decide(approve("r", hash)).await.unwrap();
    assert!(claim(&journal, "r", 0).await);
    settle(&journal, "r", 0, EffectEvent::Failed).await;
    assert!(!claim(&journal, "r", 1).await);
    let outcome = journal.outcome("t", "r").await.unwrap().unwrap();
    assert_eq!(outcome.effects.get(1).unwrap().state, EffectState::Void);
}

#[tokio::test]
async fn a_run_is_settled_only_when_every_effect_is() {
    let journal = journal().await;
    let hash = parked(&journal, "r", vec![effect(0, &[])]).await;
    journal.decide(approve("r", hash)).await.unwrap();
    assert!(journal.settle_run("r".to_owned(), NOW).await.is_err());
    assert!(claim(&journal, "r", 0).await);
    assert!(journal.settle_run("r".to_owned(), NOW).await.is_err());
    settle(&journal, "r", 0, EffectEvent::Lost).await;
    let status = journal.settle_run("r".to_owned(), NOW).await.unwrap();
    assert_eq!(status, RunStatus::Unknown);
}

#[tokio::test]
async fn state_is_written_when_effects_are_committed_and_not_when_they_are_rejected() {
    let journal = journal().await;
    let hash = parked(&journal, "no", vec![effect(0, &[])]).await;
    let mut no = approve("no", hash);
    no.rejected = Some("no".to_owned());
    journal.decide(no).await.unwrap();
    assert!(journal.state_of("t", "s").await.unwrap().is_empty());

    let hash = parked(&journal, "yes", vec![effect(0, &[])]).await;
    assert!(journal.state_of("t", "s").await.unwrap().is_empty());
    journal.decide(approve("yes", hash)).await.unwrap();
    assert!(claim(&journal, "yes", 0).await);
    settle(&journal, "yes", 0, EffectEvent::Succeeded).await;
    journal.settle_run("yes".to_owned(), NOW).await.unwrap();
    assert_eq!(
        journal
            .state_of("t", "s")
            .await
            .unwrap()
            .get("seen")
            .unwrap(),
        b"yes"
    );
    assert!(journal.state_of("other", "s").await.unwrap().is_empty());
    assert!(
        journal
            .state_of("t", "another skill")
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn old_runs_are_removed_with_all_that_belongs_to_them_and_their_room_is_free_again() {
    let journal = journal().await;
    begin(&journal, "old", "t").await;
    let event = RunEvent::Returned { effects: false };
    let (_, stored) = journal
        .finish(ended("old", "t", event, Vec::new()))
        .await
        .unwrap();
    assert!(stored > 0);
    parked(&journal, "waiting", vec![effect(0, &[])]).await;
    assert_eq!(journal.prune("other", NOW + 1).await.unwrap(), 0);
    assert_eq!(journal.prune("t", NOW + 1).await.unwrap(), 1);
    assert!(journal.outcome("t", "old").await.unwrap().is_none());
    assert_eq!(
        status(&journal, "waiting").await,
        RunStatus::AwaitingApproval
    );
}

#[tokio::test]
async fn what_another_instance_left_open_is_found_once_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let first = Journal::open(Place::Folder(folder.path()), 64, sealing(), LEASE)
        .await
        .unwrap();
    begin(&first, "r", "t").await;
    // Ordered behind the beginning, so that it is durable now.
    first
        .revoke(Digest::of(b"x"), "x".to_owned(), NOW)
        .await
        .unwrap();
    let second = Journal::open(Place::Folder(folder.path()), 64, sealing(), LEASE)
        .await
        .unwrap();
    assert!(
        second.orphans().await.unwrap().is_empty(),
        "its owner is alive"
    );
    drop(first);
    let orphans = second.orphans().await.unwrap();
    let orphan = orphans.first().unwrap().clone();
    let taken = second.take_over(orphan.clone(), NOW).await.unwrap();
    assert_eq!(taken, Some(RunStatus::Cancelled));
    let again = second.take_over(orphan, NOW).await.unwrap();
    assert_eq!(again, None, "taken over once");
}

#[tokio::test]
async fn many_processes_can_open_one_journal_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let opening = (0..8).map(|_| Journal::open(Place::Folder(folder.path()), 8, sealing(), LEASE));
    for journal in futures::future::join_all(opening).await {
        journal.unwrap();
    }
}

#[tokio::test]
async fn what_a_run_does_not_keep_is_never_written_in_the_clear_because_its_key_is_gone() {
    let journal = journal().await;
    for retention in [Retention::Hashes, Retention::None] {
        let id = crate::clock::new_id().to_string();
        let begun = RunStart {
            retention,
            ..start(&id, "t")
        };
        journal.begin(begun).await.unwrap().durable().await.unwrap();
        journal.sealing.destroy(&id).unwrap();
        let gone = match journal.is_on_server() {
            true => JournalError::KeyElsewhere(id.clone()),
            false => JournalError::KeyGone(id.clone()),
        };
        let call = HostCall {
            seq: 0,
            interface: "network",
            function: "send",
            class: CallClass::LiveWrite,
            summary: "a secret".to_owned(),
            request: b"a secret".to_vec(),
            response: Vec::new(),
            refused: None,
            bytes_in: 0,
            bytes_out: 0,
            micros: 0,
            at: NOW,
        };
        let sent = journal.intend_live_write(id.clone(), call).await;
        assert_eq!(sent.unwrap_err(), gone);
        let returned = RunEvent::Returned { effects: true };
        let finished = FinishedRun {
            retention,
            ..ended(&id, "t", returned, vec![effect(0, &[])])
        };
        assert_eq!(journal.finish(finished).await.unwrap_err(), gone);
        let failed = FinishedRun {
            retention,
            failure: Some(crate::invocation::Failure::Operation {
                value: serde_json::json!("a secret"),
            }),
            ..FinishedRun::bare(&id, "t", retention, RunEvent::OperationFailed)
        };
        assert_eq!(journal.finish(failed).await.unwrap_err(), gone);
    }
    let ended = "runs WHERE status <> 'running'";
    for kept in ["host_calls", "effects", "state_changes", ended] {
        let sql = format!("SELECT COUNT(*) AS many FROM {kept}");
        let row = query(sql).fetch_one(&journal.readers).await.unwrap();
        assert_eq!(row.try_get::<i64, _>("many").unwrap(), 0, "{kept}");
    }
}

/// Runs of 32 kinds, two of each one after the other; each kind differs from another in one thing alone.
#[tokio::test]
async fn runs_that_are_recorded_together_are_each_recorded_as_what_they_are() {
    let journal = journal().await;
    let of = |at: usize| {
        let one_of = |bit: usize, words: [&'static str; 2]| words[(at / 2) >> bit & 1];
        [
            ("tenant", one_of(0, ["t", "u"])),
            ("operation", one_of(1, ["a", "b"])),
            ("status", one_of(2, ["completed", "refused"])),
            ("locale", one_of(3, ["en", "de"])),
            ("limits", one_of(4, ["7", "8"])),
        ]
    };
    let mut recordings = Vec::new();
    for at in 0..64 {
        let [
            (_, tenant),
            (_, operation),
            (_, status),
            (_, locale),
            (_, fuel),
        ] = of(at);
        let id = format!("r{at:02}");
        let event = match status {
            "completed" => RunEvent::Returned { effects: false },
            _ => RunEvent::RefusedByRule,
        };
        let mut start = start(&id, tenant);
        start.operation = operation.to_owned();
        start.locale = locale.to_owned();
        start.limits.fuel = fuel.parse().unwrap();
        let record = RunRecord {
            start,
            finished: FinishedRun::bare(&id, tenant, Retention::Hashes, event),
            stored_bytes: Arc::default(),
        };
        recordings.push(journal.record(Box::new(record)).await.unwrap());
    }
    for recording in recordings {
        recording.durable().await.unwrap();
    }
    let rows = query("SELECT * FROM whole_runs ORDER BY id")
        .fetch_all(&journal.readers)
        .await
        .unwrap();
    assert_eq!(rows.len(), 64);
    for (at, row) in rows.iter().enumerate() {
        for (column, expected) in of(at) {
            let found: String = row.try_get(column).unwrap();
            let found = match column {
                "limits" => serde_json::from_str::<crate::limits::Limits>(&found)
                    .unwrap()
                    .fuel
                    .to_string(),
                _ => found,
            };
            assert_eq!(found, expected, "{column} of run {at}");
        }
    }
}
