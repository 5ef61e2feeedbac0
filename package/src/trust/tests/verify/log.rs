//! Root file, checkpoint, witnesses, consistency and status.

use crate::trust::TrustError;
use crate::trust::evidence::*;
use crate::trust::log::checkpoint::{Checkpoint, TreeHead};
use crate::trust::log::entry::Event;
use crate::trust::log::hash::TreeHash;
use crate::trust::log::merkle::ProofError;
use crate::trust::root::{RootError, RootFile};
use crate::trust::status::{Status, StatusError};
use crate::trust::testing::*;
use crate::trust::verify::*;

use super::{client_of, market, refused, verify};

#[test]
fn a_log_that_grew_is_followed_by_a_proof_or_by_its_leaves() {
    let (mut market, released) = market();
    let before = verify(&client(), &market.evidence(&released))
        .unwrap()
        .state;
    let seen = before.seen.unwrap().size;
    for n in 0..300 {
        market.release(component("acme/rates", &format!("2.{n}.0")), PUBLISHER_KEY);
    }
    let mut evidence = market.evidence(&released);
    assert_refused!(
        verify(&before, &evidence).unwrap_err(),
        "consistency",
        TrustError::NoConsistency { seen: old, found } if *old == seen && *found == market.size()
    );
    evidence.consistency = Consistency::from_proof(seen, market.consistency(seen));
    let after = verify(&before, &evidence).unwrap().state;
    assert_eq!(after.seen, Some(market.head()));
    evidence.consistency = Consistency {
        proofs: Vec::new(),
        leaves: market.leaves(),
    };
    assert_eq!(verify(&before, &evidence).unwrap().state, after);
    evidence.consistency.leaves.pop();
    assert_refused!(
        verify(&before, &evidence).unwrap_err(),
        "consistency",
        TrustError::NoConsistency { .. }
    );
    // Who has seen nothing needs no proof.
    assert!(verify(&client(), &evidence).is_ok());
}

#[test]
fn an_old_state_of_the_log_is_a_rollback() {
    let (mut market, released) = market();
    let old = market.evidence(&released);
    market.log(Event::Revoke(Market::withdrawal(
        &released,
        "Sends invoices elsewhere.",
    )));
    let mut seen = client();
    seen.seen = Some(market.head());
    assert_refused!(
        verify(&seen, &old).unwrap_err(),
        "consistency",
        TrustError::Rollback { seen, found } if *seen == found + 1
    );
}

#[test]
fn a_fork_is_noticed() {
    let (market, released) = market();
    let mut forked = market.clone();
    // The same size and another history, and one that grew from another history.
    let last = forked.entries.len() - 1;
    forked.entries[last] = forked.entries[1].clone();
    let mut seen = client();
    seen.seen = Some(forked.head());
    let evidence = market.evidence(&released);
    assert_refused!(
        verify(&seen, &evidence).unwrap_err(),
        "consistency",
        TrustError::Fork(ProofError::OtherHistory)
    );
    let mut grown = market.clone();
    grown.release(component("acme/rates", "9.0.0"), PUBLISHER_KEY);
    let mut evidence = grown.evidence(&released);
    evidence.consistency = Consistency::from_proof(forked.size(), grown.consistency(forked.size()));
    assert_refused!(
        verify(&seen, &evidence).unwrap_err(),
        "consistency",
        TrustError::Fork(_)
    );
    evidence.consistency = Consistency {
        proofs: Vec::new(),
        leaves: grown.leaves(),
    };
    assert_refused!(
        verify(&seen, &evidence).unwrap_err(),
        "consistency",
        TrustError::Fork(_)
    );
    // With the history that it did see, it is not.
    seen.seen = Some(market.head());
    assert!(verify(&seen, &evidence).is_ok());
}

#[test]
fn the_checkpoint_must_be_the_logs_own() {
    let (market, released) = market();
    let good = market.evidence(&released);
    let with = |checkpoint: Vec<u8>| {
        let mut evidence = good.clone();
        evidence.checkpoint = checkpoint;
        refused(&evidence)
    };
    let elsewhere = checkpoint(
        &Checkpoint::new("other.test/log", market.head()),
        &WITNESS_KEYS,
        NOW,
    );
    assert_refused!(with(elsewhere), "checkpoint", TrustError::Checkpoint(_));
    let mut extended = Checkpoint::new(ORIGIN, market.head());
    extended.extensions.push("more".to_owned());
    assert_refused!(
        with(checkpoint(&extended, &WITNESS_KEYS, NOW)),
        "checkpoint",
        TrustError::Extensions
    );
    let signed = String::from_utf8(market.checkpoint(&WITNESS_KEYS, NOW)).unwrap();
    let log_line = format!("\u{2014} {ORIGIN} ");
    let unsigned: String = signed
        .split_inclusive('\n')
        .filter(|line| !line.starts_with(&log_line))
        .collect();
    assert_ne!(unsigned, signed);
    assert_refused!(
        with(unsigned.into_bytes()),
        "checkpoint",
        TrustError::Checkpoint(_)
    );
    assert_refused!(with(Vec::new()), "checkpoint", TrustError::Checkpoint(_));
}

#[test]
fn enough_distinct_witnesses_must_have_seen_it_lately() {
    let (market, released) = market();
    let good = market.evidence(&released);
    let with = |checkpoint: Vec<u8>| {
        let mut evidence = good.clone();
        evidence.checkpoint = checkpoint;
        verify(&client(), &evidence)
    };
    assert_eq!(
        with(market.checkpoint(&[20, 22], NOW))
            .unwrap()
            .cosignatures
            .len(),
        2
    );
    for witnesses in [&[][..], &[20], &[20, 20]] {
        assert_refused!(
            with(market.checkpoint(witnesses, NOW)).unwrap_err(),
            "witnesses",
            TrustError::Witnesses { needed: 2, .. }
        );
    }
    // The same witness at several times, and strangers, are no more witnesses.
    let once = String::from_utf8(market.checkpoint(&[20, 99], NOW)).unwrap();
    let again = String::from_utf8(market.checkpoint(&[20], NOW - 1000)).unwrap();
    let lines = format!("{once}{}\n", again.lines().last().unwrap());
    assert_refused!(
        with(lines.into_bytes()).unwrap_err(),
        "witnesses",
        TrustError::Witnesses {
            found: 1,
            needed: 2
        }
    );
    // Fresh enough, and not from the future.
    assert!(with(market.checkpoint(&WITNESS_KEYS, NOW - DAY + 1000)).is_ok());
    assert_refused!(
        with(market.checkpoint(&WITNESS_KEYS, NOW - DAY)).unwrap_err(),
        "witnesses",
        TrustError::WitnessesStale {
            age_ms: DAY,
            limit_ms: DAY
        }
    );
    assert!(with(market.checkpoint(&WITNESS_KEYS, NOW + DEFAULT_MAX_AHEAD_MS)).is_ok());
    assert_refused!(
        with(market.checkpoint(&WITNESS_KEYS, NOW + DEFAULT_MAX_AHEAD_MS + 1000)).unwrap_err(),
        "witnesses",
        TrustError::Witnesses {
            found: 0,
            needed: 2
        }
    );
    // One fresh witness does not make up for an old one.
    let fresh = String::from_utf8(market.checkpoint(&[20], NOW)).unwrap();
    let stale = String::from_utf8(market.checkpoint(&[21], NOW - 2 * DAY)).unwrap();
    let mixed = format!("{fresh}{}\n", stale.lines().last().unwrap());
    assert_refused!(
        with(mixed.into_bytes()).unwrap_err(),
        "witnesses",
        TrustError::WitnessesStale { .. }
    );
    // A signature of a witness that does not fit.
    let elsewhere = checkpoint(&Checkpoint::new(ORIGIN, market.head_at(3)), &[21], NOW);
    let elsewhere = String::from_utf8(elsewhere).unwrap();
    let spoilt = format!("{once}{}\n", elsewhere.lines().last().unwrap());
    assert_refused!(
        with(spoilt.into_bytes()).unwrap_err(),
        "witnesses",
        TrustError::Cosignature(_)
    );
}

#[test]
fn no_witness_is_demanded_where_the_root_file_says_so() {
    let (market, released) = market();
    let mut evidence = market.evidence(&released);
    evidence.checkpoint = market.checkpoint(&[], NOW);
    let none = RootFile {
        witness_threshold: 0,
        ..root_file()
    };
    assert!(
        verify(&client_of(&none), &evidence)
            .unwrap()
            .cosignatures
            .is_empty()
    );
    assert!(verify(&client(), &evidence).is_err());
}

#[test]
fn root_files_are_followed_and_must_be_fresh() {
    let (market, released) = market();
    let mut evidence = market.evidence(&released);
    let next = RootFile {
        version: 2,
        expires: NOW + DAY,
        ..root_file()
    };
    evidence.roots = vec![
        signed_root(&root_file(), &ROOT_KEYS),
        signed_root(&next, &ROOT_KEYS),
    ];
    assert_eq!(
        verify(&client(), &evidence).unwrap().state.root.file(),
        &next
    );
    let expired = RootFile {
        expires: NOW,
        ..next.clone()
    };
    evidence.roots = vec![signed_root(&expired, &ROOT_KEYS)];
    assert_refused!(
        refused(&evidence),
        "root",
        TrustError::Root(RootError::Expired { .. })
    );
    evidence.roots = vec![signed_root(&next, &[1])];
    assert_refused!(
        refused(&evidence),
        "root",
        TrustError::Root(RootError::Threshold { .. })
    );
    evidence.roots.clear();
    let expired = RootFile {
        expires: NOW,
        ..root_file()
    };
    assert_refused!(
        verify(&client_of(&expired), &evidence).unwrap_err(),
        "root",
        TrustError::Root(RootError::Expired { .. })
    );
}

#[test]
fn the_status_must_be_the_logs_own_fresh_and_not_older_than_what_was_seen() {
    let (market, released) = market();
    let good = market.evidence(&released);
    let with = |status: Vec<u8>| {
        let mut evidence = good.clone();
        evidence.status = status;
        refused(&evidence)
    };
    assert_refused!(
        with(market.status(NOW - DAY)),
        "status",
        TrustError::Status(StatusError::Stale { .. })
    );
    assert_refused!(
        with(market.status(NOW + DAY)),
        "status",
        TrustError::Status(StatusError::Future { .. })
    );
    assert_refused!(
        with(Vec::new()),
        "status",
        TrustError::Status(StatusError::Envelope(_))
    );
    let status = Status::verify(&good.status, &key(LOG_KEY).public(), ORIGIN).unwrap();
    assert_refused!(
        with(status.sign(&key(9)).unwrap()),
        "status",
        TrustError::Status(StatusError::Envelope(_))
    );
    let mut seen = client();
    let newer = Status {
        issued: NOW,
        ..status.clone()
    };
    seen.status = Some(newer);
    assert_refused!(
        verify(&seen, &good).unwrap_err(),
        "status",
        TrustError::Status(StatusError::Rollback)
    );
    let mut revoked = market.clone();
    revoked.log(Event::Revoke(Market::withdrawal(&released, "Bad.")));
    let mut forgotten = revoked.state.status(ORIGIN, market.head(), NOW - DAY, NOW);
    seen.status = Some(forgotten.clone());
    assert_refused!(
        verify(&seen, &good).unwrap_err(),
        "status",
        TrustError::Status(StatusError::Forgot { .. })
    );
    forgotten.revoked.clear();
    seen.status = Some(forgotten);
    assert!(verify(&seen, &good).is_ok());
}

#[test]
fn the_status_must_be_about_the_history_of_the_checkpoint() {
    let (market, released) = market();
    let good = market.evidence(&released);
    let at = |head: TreeHead| {
        market
            .state
            .status(ORIGIN, head, NOW - 1000, NOW + DAY)
            .sign(&key(LOG_KEY))
            .unwrap()
    };
    let forked = TreeHead {
        root: TreeHash::leaf(b"other"),
        ..market.head()
    };
    let mut evidence = good.clone();
    evidence.status = at(forked);
    assert_refused!(
        refused(&evidence),
        "status",
        TrustError::StatusFork(ProofError::OtherHistory)
    );
    // An older state of the same log, and a newer one, with their proofs.
    let mut evidence = good.clone();
    evidence.status = at(market.head_at(3));
    assert_refused!(
        refused(&evidence),
        "status",
        TrustError::StatusFork(ProofError::Length { .. })
    );
    evidence.status_consistency = market.consistency(3);
    assert!(verify(&client(), &evidence).is_ok());
    let mut grown = market.clone();
    grown.release(component("acme/rates", "9.0.0"), PUBLISHER_KEY);
    let mut evidence = good;
    evidence.status = grown.status(NOW - 1000);
    assert_refused!(refused(&evidence), "status", TrustError::StatusFork(_));
    evidence.status_consistency = grown.consistency(market.size());
    assert!(verify(&client(), &evidence).is_ok());
}

#[test]
fn the_log_alone_is_checked_for_polling() {
    let (mut market, released) = market();
    let before = verify(&client(), &market.evidence(&released))
        .unwrap()
        .state;
    market.log(Event::Revoke(Market::withdrawal(&released, "Bad.")));
    let mut evidence = market.evidence(&released);
    let old = before.seen.unwrap().size;
    evidence.consistency = Consistency::from_proof(old, market.consistency(old));
    evidence.component.clear();
    let state = verify_log(&before, &evidence, NOW).unwrap();
    assert_eq!(state.seen, Some(market.head()));
    let status = state.status.unwrap();
    assert!(status.revocation(&released.artifact.release).is_some());
    evidence.consistency = Consistency::default();
    assert_refused!(
        verify_log(&before, &evidence, NOW).unwrap_err(),
        "consistency",
        TrustError::NoConsistency { .. }
    );
}
