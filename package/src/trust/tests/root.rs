//! The root file: who may sign one, and that none is rolled back, skipped, changed or kept for ever.

use proptest::prelude::*;

use crate::trust::canonical;
use crate::trust::dsse::{self, DsseError};
use crate::trust::log::note::{Algorithm, VerifierKey};
use crate::trust::root::*;
use crate::trust::testing::{
    DAY, LOG_KEY, NOW, ORIGIN, REVIEWER_KEY, ROOT_KEYS, client, key, root_file, signed_root,
};

fn pin(envelope: &[u8]) -> Result<TrustedRoot, RootError> {
    TrustedRoot::pin(envelope)
}

fn first() -> TrustedRoot {
    pin(&signed_root(&root_file(), &ROOT_KEYS)).unwrap()
}

/// The next version, with other root keys.
fn second() -> RootFile {
    RootFile {
        version: 2,
        expires: NOW + 60 * DAY,
        keys: vec![key(4).public(), key(5).public()],
        ..root_file()
    }
}

/// Signs without looking at what is signed.
fn forged(file: &RootFile, keys: &[u8]) -> Vec<u8> {
    let payload = canonical::to_vec(file).unwrap();
    let keys: Vec<_> = keys.iter().map(|n| key(*n)).collect();
    let keys: Vec<_> = keys.iter().collect();
    dsse::sign_all(ROOT_TYPE, &payload, &keys)
        .unwrap()
        .to_bytes()
        .unwrap()
}

#[test]
fn a_root_file_is_pinned_if_enough_of_its_own_keys_signed_it() {
    let root = first();
    assert_eq!(root.file(), &root_file());
    assert_eq!(root.envelope(), signed_root(&root_file(), &ROOT_KEYS));
    assert_eq!(pin(root.envelope()).unwrap(), root);
    let two = pin(&signed_root(&root_file(), &[1, 3])).unwrap();
    assert_eq!(two.fingerprint(), root.fingerprint(), "it is the same root");
    for keys in [&[1][..], &[1, 1], &[9, 8, 7], &[1, 9]] {
        assert!(
            matches!(
                pin(&signed_root(&root_file(), keys)),
                Err(RootError::Threshold {
                    version: 1,
                    by: 1,
                    needed: 2,
                    ..
                })
            ),
            "{keys:?}"
        );
    }
    let other = RootFile {
        expires: NOW,
        ..root_file()
    };
    assert_ne!(
        pin(&signed_root(&other, &ROOT_KEYS)).unwrap().fingerprint(),
        root.fingerprint()
    );
}

#[test]
fn the_next_version_needs_the_keys_of_both() {
    let root = first();
    let next = root.update(&signed_root(&second(), &[1, 2, 4, 5])).unwrap();
    assert_eq!(next.file(), &second());
    // Who meets the marketplace only now pins it by its own keys; the old ones it need not know.
    assert_eq!(pin(next.envelope()).unwrap(), next);
    assert!(matches!(
        root.update(&signed_root(&second(), &[4, 5])),
        Err(RootError::Threshold {
            version: 2,
            by: 1,
            found: 0,
            needed: 2
        })
    ));
    assert!(matches!(
        root.update(&signed_root(&second(), &[1, 4, 5])),
        Err(RootError::Threshold {
            version: 2,
            by: 1,
            found: 1,
            needed: 2
        })
    ));
    assert!(matches!(
        root.update(&signed_root(&second(), &[1, 2, 3, 4])),
        Err(RootError::Threshold {
            version: 2,
            by: 2,
            found: 1,
            needed: 2
        })
    ));
}

#[test]
fn a_signature_by_a_known_key_that_does_not_fit_spoils_the_file() {
    let good = String::from_utf8(signed_root(&root_file(), &ROOT_KEYS)).unwrap();
    let other = RootFile {
        expires: NOW,
        ..root_file()
    };
    let other = String::from_utf8(signed_root(&other, &ROOT_KEYS)).unwrap();
    let signatures = |text: &str| text.split_once("\"signatures\"").unwrap().1.to_owned();
    let mixed = good.replace(&signatures(&good), &signatures(&other));
    assert!(matches!(
        pin(mixed.as_bytes()),
        Err(RootError::Envelope(DsseError::BadSignature { .. }))
    ));
}

#[test]
fn no_version_is_rolled_back_skipped_or_changed() {
    let root = first();
    let next = root.update(&signed_root(&second(), &[1, 2, 4, 5])).unwrap();
    assert!(matches!(
        next.update(root.envelope()),
        Err(RootError::Rollback { known: 2, found: 1 })
    ));
    let third = RootFile {
        version: 3,
        ..second()
    };
    let third = signed_root(&third, &[1, 2, 4, 5]);
    assert!(matches!(
        root.update(&third),
        Err(RootError::Gap { known: 1, found: 3 })
    ));
    assert_eq!(next.update(&third).unwrap().file().version, 3);
    // The same version again is no step, and another file of that version is an alarm.
    assert_eq!(root.update(root.envelope()).unwrap(), root);
    assert_eq!(
        root.update(&signed_root(&root_file(), &[2, 3])).unwrap(),
        root
    );
    let changed = RootFile {
        witness_threshold: 0,
        ..root_file()
    };
    assert!(matches!(
        root.update(&signed_root(&changed, &ROOT_KEYS)),
        Err(RootError::Changed { version: 1 })
    ));
}

#[test]
fn the_log_stays_the_same_for_ever_but_its_key_may_change() {
    let log =
        |origin: &str, n| VerifierKey::new(origin, Algorithm::Ed25519, key(n).public()).unwrap();
    let moved = RootFile {
        origin: "other.test/log".to_owned(),
        log: log("other.test/log", LOG_KEY),
        ..second()
    };
    assert!(matches!(
        first().update(&signed_root(&moved, &[1, 2, 4, 5])),
        Err(RootError::OtherLog { .. })
    ));
    let rotated = RootFile {
        log: log(ORIGIN, 11),
        ..second()
    };
    assert!(
        first()
            .update(&signed_root(&rotated, &[1, 2, 4, 5]))
            .is_ok()
    );
}

#[test]
fn it_counts_until_it_expires() {
    let root = first();
    let expires = root_file().expires;
    assert!(root.check_fresh(expires - 1).is_ok());
    assert!(root.check_fresh(0).is_ok());
    let error = root.check_fresh(expires + 3 * DAY).unwrap_err();
    assert!(error.to_string().contains("expired 3 days ago"), "{error}");
    assert!(matches!(
        root.check_fresh(expires),
        Err(RootError::Expired {
            version: 1,
            ago_ms: 0
        })
    ));
}

#[test]
fn a_chain_of_files_is_followed_and_only_its_end_must_be_fresh() {
    let client = client();
    let old = RootFile {
        expires: NOW - DAY,
        ..second()
    };
    let third = RootFile {
        version: 3,
        ..second()
    };
    let chain = [
        signed_root(&root_file(), &ROOT_KEYS),
        signed_root(&old, &[1, 2, 4, 5]),
        signed_root(&third, &[4, 5]),
    ];
    assert_eq!(client.newest_root(&chain, NOW).unwrap().file().version, 3);
    assert!(matches!(
        client.newest_root(&chain[..2], NOW),
        Err(RootError::Expired { version: 2, .. })
    ));
    assert!(matches!(
        client.newest_root(&chain[2..], NOW),
        Err(RootError::Gap { .. })
    ));
    assert_eq!(client.newest_root(&[], NOW).unwrap(), client.root);
    // Files before the pinned one are what a bundle may carry for others; after a newer one, they are not in order.
    let mut later = client.clone();
    later.root = client.newest_root(&chain, NOW).unwrap();
    assert_eq!(later.newest_root(&chain, NOW).unwrap(), later.root);
    let fourth = RootFile {
        version: 4,
        ..second()
    };
    let fourth = signed_root(&fourth, &[4, 5]);
    assert!(matches!(
        later.newest_root(&[fourth, chain[0].clone()], NOW),
        Err(RootError::Rollback { known: 4, found: 1 })
    ));
}

#[test]
fn values_that_cannot_be_are_refused_on_both_sides() {
    let change = |change: &dyn Fn(&mut RootFile)| {
        let mut file = root_file();
        change(&mut file);
        let keys: Vec<_> = ROOT_KEYS.iter().map(|n| key(*n)).collect();
        let keys: Vec<_> = keys.iter().collect();
        assert!(
            matches!(file.sign(&keys), Err(RootError::Value { .. })),
            "{file:?}"
        );
        match pin(&forged(&file, &ROOT_KEYS)) {
            Err(RootError::Value { field, .. }) => field,
            other => panic!("{file:?}: {other:?}"),
        }
    };
    let cosigner = |n| VerifierKey::new("w", Algorithm::Cosignature, key(n).public()).unwrap();
    let cosigner_named =
        |name| VerifierKey::new(name, Algorithm::Cosignature, key(60).public()).unwrap();
    let author = |name, n| VerifierKey::new(name, Algorithm::Ed25519, key(n).public()).unwrap();
    assert_eq!(
        change(&|file| {
            file.origin = "m\u{430}rket.test/log".to_owned();
            file.log = author("m\u{430}rket.test/log", LOG_KEY);
        }),
        "origin"
    );
    assert_eq!(
        change(&|file| file.witnesses[0] = cosigner_named("w\u{202e}1")),
        "origin"
    );
    assert_eq!(change(&|file| file.version = 0), "version");
    assert_eq!(change(&|file| file.version = 1 << 32), "version");
    assert_eq!(change(&|file| file.expires = -1), "expires");
    assert_eq!(
        change(&|file| file.log = author("other.test/log", LOG_KEY)),
        "log"
    );
    assert_eq!(
        change(&|file| file.origin = "other.test/log".to_owned()),
        "log"
    );
    assert_eq!(
        change(&|file| file.log =
            VerifierKey::new(ORIGIN, Algorithm::Cosignature, key(LOG_KEY).public()).unwrap()),
        "log"
    );
    assert_eq!(
        change(&|file| file.witnesses[0] = author("w", 50)),
        "witnesses"
    );
    assert_eq!(
        change(&|file| file.witnesses = (0..33).map(|n| cosigner(100 + n)).collect()),
        "witnesses"
    );
    assert_eq!(
        change(&|file| file.witness_threshold = 4),
        "witness-threshold"
    );
    assert_eq!(change(&|file| file.reviewers.clear()), "reviewers");
    assert_eq!(change(&|file| file.reviewers[0].from = -1), "reviewers");
    assert_eq!(
        change(&|file| file.reviewers[0].until = Some(-1)),
        "reviewers"
    );
    assert_eq!(
        change(&|file| {
            file.reviewers[0].from = 5;
            file.reviewers[0].until = Some(4);
        }),
        "reviewers"
    );
    assert_eq!(change(&|file| file.keys.clear()), "keys");
    assert_eq!(
        change(&|file| file.keys = (100..109).map(|n| key(n).public()).collect()),
        "keys"
    );
    assert_eq!(change(&|file| file.threshold = 0), "threshold");
    assert_eq!(change(&|file| file.threshold = 4), "threshold");
    // One key for two tasks, or twice for one.
    assert_eq!(change(&|file| file.keys[1] = file.keys[0]), "keys");
    assert_eq!(change(&|file| file.keys[2] = *file.log.key()), "keys");
    assert_eq!(
        change(&|file| file.reviewers[0].key = *file.witnesses[0].key()),
        "keys"
    );
    assert_eq!(
        change(&|file| file.witnesses[1] = cosigner(file_witness(file))),
        "keys"
    );
    assert!(
        pin(&signed_root(
            &RootFile {
                witness_threshold: 0,
                witnesses: Vec::new(),
                ..root_file()
            },
            &ROOT_KEYS
        ))
        .is_ok()
    );
}

/// The number of the first witness's key.
fn file_witness(file: &RootFile) -> u8 {
    (0..=255)
        .find(|n| key(*n).public() == *file.witnesses[0].key())
        .unwrap()
}

#[test]
fn what_is_no_root_file_is_refused() {
    assert!(matches!(pin(b""), Err(RootError::Envelope(_))));
    assert!(matches!(
        pin(&vec![b' '; MAX_ROOT_BYTES + 1]),
        Err(RootError::TooLarge { .. })
    ));
    let other = dsse::sign("application/x", b"{}", &key(1))
        .unwrap()
        .to_bytes()
        .unwrap();
    assert!(matches!(
        pin(&other),
        Err(RootError::Envelope(DsseError::OtherType { .. }))
    ));
    let empty = dsse::sign(ROOT_TYPE, b"{}", &key(1))
        .unwrap()
        .to_bytes()
        .unwrap();
    assert!(matches!(pin(&empty), Err(RootError::Form(_))));
    let mut value = serde_json::to_value(root_file()).unwrap();
    value["more"] = serde_json::json!(1);
    let payload = canonical::to_vec(&value).unwrap();
    let more = dsse::sign(ROOT_TYPE, &payload, &key(1))
        .unwrap()
        .to_bytes()
        .unwrap();
    assert!(matches!(pin(&more), Err(RootError::Form(_))));
}

#[test]
fn a_reviewer_counts_in_its_time() {
    let mut file = root_file();
    file.reviewers[0].from = 100;
    file.reviewers[0].until = Some(200);
    let mut next = file.reviewers[0].clone();
    next.key = key(31).public();
    next.from = 200;
    next.until = None;
    file.reviewers.push(next);
    let at = |at| file.reviewers_at(at);
    assert_eq!(at(99), []);
    assert_eq!(at(100), [key(REVIEWER_KEY).public()]);
    assert_eq!(at(199), [key(REVIEWER_KEY).public()]);
    assert_eq!(at(200), [key(31).public()]);
    assert_eq!(at(NOW), [key(31).public()]);
}

proptest! {
    #[test]
    fn any_changed_byte_of_a_root_file_that_counts_is_refused(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let good = signed_root(&root_file(), &[1, 2]);
        let mut changed = good.clone();
        let at = at.index(changed.len());
        changed[at] = to;
        // Both signatures are needed, so that each byte counts.
        prop_assert_eq!(pin(&changed).is_ok(), changed == good);
    }
}
