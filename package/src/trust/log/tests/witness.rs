//! What a witness cosigns, and each status that it answers with instead.

use proptest::prelude::*;

use crate::trust::keys::SigningKey;
use crate::trust::log::checkpoint::*;
use crate::trust::log::hash::TreeHash;
use crate::trust::log::merkle::{ProofError, consistency_proof, root};
use crate::trust::log::note::*;
use crate::trust::log::tiles::Leaves;
use crate::trust::log::witness::*;

const ORIGIN: &str = "market.example/log";

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&[n; 32])
}

fn leaves(size: u64) -> Vec<TreeHash> {
    (0..size)
        .map(|n| TreeHash::leaf(&n.to_be_bytes()))
        .collect()
}

fn head(leaves: &[TreeHash], size: u64) -> TreeHead {
    TreeHead {
        size,
        root: root(&Leaves(leaves), size).unwrap(),
    }
}

fn signed(origin: &str, head: TreeHead, n: u8) -> SignedCheckpoint {
    SignedCheckpoint::sign(&Checkpoint::new(origin, head), &key(n)).unwrap()
}

fn request(old: u64, new: u64) -> AddCheckpoint {
    let leaves = leaves(new.max(old));
    AddCheckpoint {
        old,
        proof: consistency_proof(&Leaves(&leaves), old, new).unwrap(),
        checkpoint: signed(ORIGIN, head(&leaves, new), 1),
    }
}

fn watched() -> Vec<WatchedLog> {
    let verifier =
        |name: &str, n| VerifierKey::new(name, Algorithm::Ed25519, key(n).public()).unwrap();
    vec![
        WatchedLog {
            origin: "other.example/log".to_owned(),
            keys: vec![verifier("other.example/log", 2)],
        },
        WatchedLog {
            origin: ORIGIN.to_owned(),
            keys: vec![verifier(ORIGIN, 1)],
        },
    ]
}

fn refusal(request: &AddCheckpoint, last: Option<&TreeHead>) -> WitnessRefusal {
    match request.authenticate(&watched()) {
        Err(refusal) => refusal,
        Ok(log) => {
            assert_eq!(log.origin, ORIGIN);
            decide(last, request).unwrap_err()
        }
    }
}

#[test]
fn consistent_growth_is_cosigned_and_remembered() {
    let mut last: Option<TreeHead> = None;
    for (old, new) in [
        (0, 0),
        (0, 1),
        (1, 2),
        (2, 2),
        (2, 255),
        (255, 257),
        (257, 600),
    ] {
        let request = request(old, new);
        assert_eq!(request.authenticate(&watched()).unwrap().origin, ORIGIN);
        let next = decide(last.as_ref(), &request).unwrap();
        assert_eq!(next, head(&leaves(new), new), "{old} to {new}");
        last = Some(next);
    }
}

#[test]
fn a_request_is_read_as_it_is_written() {
    for (old, new) in [(0, 3), (3, 3), (5, 300)] {
        let request = request(old, new);
        let body = request.to_body();
        assert_eq!(AddCheckpoint::parse(body.as_bytes()).unwrap(), request);
    }
    let body = request(1, 2).to_body();
    let leaf = &leaves(2)[1];
    assert!(
        body.starts_with(&format!("old 1\n{leaf}\n\n{ORIGIN}\n2\n")),
        "{body}"
    );
}

#[test]
fn the_example_of_the_specification_is_read() {
    let body = "old 20852014\n\
        PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n\
        jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n\
        5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n\
        /6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\
        \n\
        example.com/behind-the-sofa\n\
        20852163\n\
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\
        \n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    assert_eq!((request.old, request.proof.len()), (20_852_014, 4));
    assert_eq!(request.checkpoint.unverified().head.size, 20_852_163);
    assert_eq!(request.to_body(), body);
}

#[test]
fn a_body_of_another_form_is_400() {
    let good = request(3, 5).to_body();
    assert!(AddCheckpoint::parse(good.as_bytes()).is_ok());
    let first_hash = good.lines().nth(1).unwrap();
    let many = format!("{first_hash}\n").repeat(MAX_PROOF_LINES + 1);
    let wrong = [
        String::new(),
        "old 3\n".to_owned(),
        "old 3\n\n".to_owned(),
        good.replace("old 3", "old 03"),
        good.replace("old 3", "old +3"),
        good.replace("old 3", "old  3"),
        good.replace("old 3", "Old 3"),
        good.replace("old 3", "old 3 "),
        good.replace("old 3", "old"),
        good.replace("old 3", "old 9223372036854775808"),
        good.replace("old 3\n", "old 3\r\n"),
        good.replace("old 3\n", "old 3\nx\n"),
        good.replace(first_hash, &format!("{first_hash} ")),
        good.replace(first_hash, first_hash.trim_end_matches('=')),
        good.replace("\n\nmarket", "\nmarket"),
        good.replace("\n\nmarket", "\n\n\nmarket"),
        format!("{good}x"),
        good.replace("old 3\n", &format!("old 3\n{many}")),
    ];
    for wrong in wrong {
        let refusal = AddCheckpoint::parse(wrong.as_bytes()).unwrap_err();
        assert!(matches!(refusal, WitnessRefusal::Malformed(_)), "{wrong}");
        assert_eq!(refusal.status(), 400);
    }
    let most = format!("{first_hash}\n").repeat(MAX_PROOF_LINES);
    let rest = good.split_once("\n\n").unwrap().1;
    assert!(AddCheckpoint::parse(format!("old 3\n{most}\n{rest}").as_bytes()).is_ok());
    let long = vec![b'x'; MAX_REQUEST_BYTES + 1];
    assert_eq!(AddCheckpoint::parse(&long).unwrap_err().status(), 400);
    assert_eq!(
        AddCheckpoint::parse(b"old 0\n\n\xff").unwrap_err().status(),
        400
    );
}

#[test]
fn an_unknown_log_is_404() {
    let mut request = request(0, 3);
    request.checkpoint = signed("stranger.example/log", head(&leaves(3), 3), 1);
    let refusal = refusal(&request, None);
    assert!(matches!(refusal, WitnessRefusal::UnknownLog { .. }));
    assert_eq!((refusal.status(), refusal.conflict_body()), (404, None));
}

#[test]
fn a_checkpoint_that_the_log_did_not_sign_is_403() {
    let mut by_another_key = request(0, 3);
    by_another_key.checkpoint = signed(ORIGIN, head(&leaves(3), 3), 2);
    let changed = request(0, 3).to_body().replace("log\n3\n", "log\n4\n");
    for request in [
        by_another_key,
        AddCheckpoint::parse(changed.as_bytes()).unwrap(),
    ] {
        let refusal = refusal(&request, None);
        assert!(matches!(refusal, WitnessRefusal::NotSigned(_)), "{refusal}");
        assert_eq!(refusal.status(), 403);
    }
}

#[test]
fn an_old_size_above_the_new_one_is_400() {
    let mut request = request(3, 3);
    request.old = 4;
    let refusal = refusal(&request, Some(&head(&leaves(4), 4)));
    assert_eq!(refusal, WitnessRefusal::OldAboveNew { old: 4, new: 3 });
    assert_eq!(refusal.status(), 400);
}

#[test]
fn another_size_than_the_last_one_is_409_with_the_right_one() {
    let last = head(&leaves(5), 5);
    for (old, new) in [(0, 9), (4, 9), (6, 9), (0, 3), (3, 4)] {
        let refusal = refusal(&request(old, new), Some(&last));
        assert_eq!(refusal, WitnessRefusal::OtherSize { size: 5, old });
        assert_eq!(refusal.status(), 409);
        assert_eq!(refusal.conflict_body().unwrap(), "5\n");
    }
    let never = refusal(&request(3, 9), None);
    assert_eq!(never.conflict_body().unwrap(), "0\n");
    assert_eq!(SIZE_TYPE, "text/x.tlog.size");
}

#[test]
fn two_roots_of_one_size_are_409() {
    let mut forked = leaves(5);
    forked[1] = TreeHash::leaf(b"other");
    let refusal = refusal(&request(5, 5), Some(&head(&forked, 5)));
    assert_eq!(refusal, WitnessRefusal::Fork { size: 5 });
    assert_eq!(refusal.status(), 409);
    assert_eq!(refusal.conflict_body().unwrap(), "5\n");
}

#[test]
fn growth_that_is_not_shown_is_422() {
    let last = head(&leaves(5), 5);
    let mut forked = leaves(5);
    forked[1] = TreeHash::leaf(b"other");
    let mut without = request(5, 9);
    without.proof.clear();
    let mut padded = request(5, 9);
    padded.proof.push(TreeHash::empty());
    let mut swapped = request(5, 9);
    swapped.proof.rotate_left(1);
    let mut from_nothing = request(0, 9);
    from_nothing.proof.push(TreeHash::empty());
    for (request, last) in [
        (request(5, 9), Some(head(&forked, 5))),
        (without, Some(last)),
        (padded, Some(last)),
        (swapped, Some(last)),
        (from_nothing, None),
    ] {
        let refusal = refusal(&request, last.as_ref());
        assert!(
            matches!(refusal, WitnessRefusal::Inconsistent(_)),
            "{refusal}"
        );
        assert_eq!((refusal.status(), refusal.conflict_body()), (422, None));
    }
    let rewritten = refusal(&request(5, 9), Some(&head(&forked, 5)));
    assert_eq!(
        rewritten,
        WitnessRefusal::Inconsistent(ProofError::OtherHistory)
    );
}

#[test]
fn a_first_checkpoint_of_nothing_must_be_the_empty_tree() {
    let mut request = request(0, 0);
    request.checkpoint = signed(
        ORIGIN,
        TreeHead {
            size: 0,
            root: TreeHash::leaf(b""),
        },
        1,
    );
    assert_eq!(refusal(&request, None).status(), 409);
}

proptest! {
    #[test]
    fn no_history_of_requests_makes_a_witness_cosign_two_histories(steps in proptest::collection::vec((0..40_u64, 0..40_u64, any::<bool>()), 1..30)) {
        // One log with two faces; whatever is sent in whatever order, all that is cosigned belongs to one of them.
        let honest = leaves(40);
        let mut forked = honest.clone();
        forked[10] = TreeHash::leaf(b"other");
        let mut last: Option<TreeHead> = None;
        let mut cosigned = Vec::new();
        for (old, new, fork) in steps {
            let (old, new) = (old.min(new), old.max(new));
            let face = if fork { &forked } else { &honest };
            let request = AddCheckpoint {
                old,
                proof: consistency_proof(&Leaves(face), old, new).unwrap(),
                checkpoint: signed(ORIGIN, head(face, new), 1),
            };
            if let Ok(next) = decide(last.as_ref(), &request) {
                prop_assert!(last.is_none_or(|last| last.size <= next.size));
                cosigned.push(next);
                last = Some(next);
            }
        }
        let of = |face: &[TreeHash]| cosigned.iter().all(|one| *one == head(face, one.size));
        prop_assert!(of(&honest) || of(&forked));
    }

    #[test]
    fn no_body_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "old [0-9]{1,4}\n([A-Za-z0-9+/=]{44}\n){0,3}\n[a-z]{1,5}\n[0-9]{1,3}\n[A-Za-z0-9+/=]{44}\n\n— [a-z]{1,3} [A-Za-z0-9+/]{8}\n") {
        for bytes in [bytes, text.into_bytes()] {
            if let Ok(request) = AddCheckpoint::parse(&bytes) {
                prop_assert_eq!(request.to_body().into_bytes(), bytes);
            }
        }
    }
}
