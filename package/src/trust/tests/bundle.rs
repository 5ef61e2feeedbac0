//! Bundles: what is written is read, offline it verifies like online, and no part is longer than is taken.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::trust::bundle::*;
use crate::trust::evidence::{Consistency, Evidence};
use crate::trust::log::TreeHash;
use crate::trust::testing::*;
use crate::trust::verify::{Wanted, verify_release};

fn evidence() -> Evidence {
    let mut market = Market::new();
    let released = market.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    market.release(component("acme/rates", "1.3.0"), PUBLISHER_KEY);
    let mut evidence = market.evidence(&released);
    evidence.consistency = Consistency {
        proofs: vec![(2, market.consistency(2)), (3, market.consistency(3))],
        leaves: market.leaves(),
    };
    evidence.roots = vec![signed_root(&root_file(), &ROOT_KEYS)];
    evidence
}

fn changed(change: impl FnOnce(&mut Value)) -> Result<Evidence, BundleError> {
    let mut value: Value = serde_json::from_slice(&write(&evidence()).unwrap()).unwrap();
    change(&mut value);
    read(&serde_json::to_vec(&value).unwrap())
}

#[test]
fn a_bundle_holds_all_evidence_and_verifies_without_anything_else() {
    let evidence = evidence();
    let bytes = write(&evidence).unwrap();
    assert!(bytes.starts_with(b"{\"format\":\"guildhall-bundle-1\","));
    let read = read(&bytes).unwrap();
    assert_eq!(read, evidence);
    let verified = verify_release(&client(), &Wanted::default(), &read, NOW).unwrap();
    assert_eq!(verified.entry.name.to_string(), "acme/rates");
    // Also for a client that saw the log before it grew, at whatever size.
    for size in [1, 2, 3, 4] {
        let mut seen = client();
        seen.seen = Some(Market::new().head_at(size));
        assert!(
            verify_release(&seen, &Wanted::default(), &read, NOW).is_ok(),
            "{size}"
        );
    }
    assert_eq!(write(&read).unwrap(), bytes);
}

#[test]
fn a_bundle_that_is_too_old_is_refused_like_everything_else() {
    let read = read(&write(&evidence()).unwrap()).unwrap();
    let later = verify_release(&client(), &Wanted::default(), &read, NOW + 2 * DAY).unwrap_err();
    assert_eq!(later.check(), "witnesses");
}

#[test]
fn what_is_no_bundle_is_refused() {
    assert_eq!(
        read(&vec![b' '; MAX_BUNDLE_BYTES + 1]),
        Err(BundleError::TooLarge {
            size: MAX_BUNDLE_BYTES + 1
        })
    );
    for wrong in [
        "",
        "{}",
        "[]",
        "null",
        "{\"format\":\"guildhall-bundle-1\"}",
        &"[".repeat(100_000),
    ] {
        assert!(
            matches!(read(wrong.as_bytes()), Err(BundleError::Malformed { .. })),
            "{:.40}",
            wrong
        );
    }
    let newer = changed(|value| value["format"] = json!("guildhall-bundle-2"));
    assert_eq!(
        newer,
        Err(BundleError::Format {
            found: "guildhall-bundle-2".to_owned()
        })
    );
    assert!(matches!(
        changed(|value| value["more"] = json!(1)),
        Err(BundleError::Malformed { .. })
    ));
    assert!(matches!(
        changed(|value| value["release"]["more"] = json!(1)),
        Err(BundleError::Malformed { .. })
    ));
    assert!(matches!(
        changed(|value| value["release"]["index"] = json!(-1)),
        Err(BundleError::Malformed { .. })
    ));
    assert!(matches!(
        changed(|value| value["release"]["proof"][0] = json!("AAAA")),
        Err(BundleError::Malformed { .. })
    ));
    let bytes = write(&evidence()).unwrap();
    let twice = String::from_utf8(bytes)
        .unwrap()
        .replacen('{', "{\"config\":\"\",", 1);
    assert!(matches!(
        read(twice.as_bytes()),
        Err(BundleError::Malformed { .. })
    ));
}

#[test]
fn parts_that_are_not_base64_are_named() {
    for name in [
        "component",
        "manifest",
        "config",
        "checkpoint",
        "status",
        "publisher-statement",
        "review-statement",
        "leaves",
    ] {
        for text in ["!", "AAA", "AA_-", "AAAA=", "AB=="] {
            match changed(|value| value[name] = json!(text)) {
                Err(BundleError::Field { field, .. }) => assert_eq!(field, name),
                other => panic!("{name} {text}: {other:?}"),
            }
        }
    }
    for (place, name) in [
        ("/release/entry", "release"),
        ("/key/entry", "key"),
        ("/roots/0", "roots"),
    ] {
        match changed(|value| *value.pointer_mut(place).unwrap() = json!("!")) {
            Err(BundleError::Field { field, .. }) => assert_eq!(field, name),
            other => panic!("{place}: {other:?}"),
        }
    }
    assert_eq!(
        changed(|value| value["leaves"] = json!("AAAA")),
        Err(BundleError::Field {
            field: "leaves",
            problem: "are not whole hashes"
        })
    );
}

#[test]
fn each_part_has_a_longest_length_on_both_sides() {
    let hash = TreeHash::empty();
    type Change = Box<dyn Fn(&mut Evidence)>;
    let changes: Vec<(&str, Change)> = vec![
        (
            "component",
            Box::new(|it| it.component = vec![0; (32 << 20) + 1]),
        ),
        (
            "manifest",
            Box::new(|it| it.manifest = vec![0; (64 << 10) + 1]),
        ),
        (
            "config",
            Box::new(|it| it.config = vec![0; (256 << 10) + 1]),
        ),
        (
            "publisher-statement",
            Box::new(|it| it.publisher_statement = vec![0; (512 << 10) + 1]),
        ),
        (
            "review-statement",
            Box::new(|it| it.review_statement = vec![0; (512 << 10) + 1]),
        ),
        (
            "release",
            Box::new(|it| it.release.entry = vec![0; (16 << 10) + 1]),
        ),
        (
            "release",
            Box::new(move |it| it.release.proof = vec![hash; 65]),
        ),
        ("key", Box::new(|it| it.key.entry = vec![0; (16 << 10) + 1])),
        ("key", Box::new(move |it| it.key.proof = vec![hash; 65])),
        (
            "checkpoint",
            Box::new(|it| it.checkpoint = vec![0; (64 << 10) + 1]),
        ),
        (
            "consistency",
            Box::new(|it| it.consistency.proofs = vec![(1, Vec::new()); MAX_PROOFS + 1]),
        ),
        (
            "consistency",
            Box::new(move |it| it.consistency.proofs = vec![(1, vec![hash; 65])]),
        ),
        (
            "leaves",
            Box::new(move |it| it.consistency.leaves = vec![hash; MAX_LEAVES + 1]),
        ),
        ("status", Box::new(|it| it.status = vec![0; (8 << 20) + 1])),
        (
            "status-consistency",
            Box::new(move |it| it.status_consistency = vec![hash; 65]),
        ),
        (
            "roots",
            Box::new(|it| it.roots = vec![Vec::new(); MAX_ROOTS + 1]),
        ),
        (
            "roots",
            Box::new(|it| it.roots = vec![vec![0; (64 << 10) + 1]]),
        ),
    ];
    for (expected, change) in changes {
        let mut evidence = evidence();
        change(&mut evidence);
        match write(&evidence) {
            Err(BundleError::Field { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {:?}", other.map(|bytes| bytes.len())),
        }
    }
    let long = changed(|value| value["release"]["proof"] = json!(vec![hash; 65]));
    assert!(matches!(
        long,
        Err(BundleError::Field {
            field: "release",
            ..
        })
    ));
    // The longest parts together still fit into a bundle.
    let mut longest = evidence();
    longest.component = vec![0; 32 << 20];
    longest.status = vec![0; 8 << 20];
    longest.consistency.leaves = vec![hash; MAX_LEAVES];
    longest.roots = vec![vec![0; 64 << 10]; MAX_ROOTS];
    assert_eq!(read(&write(&longest).unwrap()).unwrap(), longest);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn a_changed_byte_is_an_error_or_makes_other_evidence(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let evidence = evidence();
        let bytes = write(&evidence).unwrap();
        let mut changed = bytes.clone();
        let at = at.index(changed.len());
        changed[at] = to;
        if let Ok(other) = read(&changed) {
            let verified = verify_release(&client(), &Wanted::default(), &other, NOW).is_ok();
            // What is in it for other clients may be changed without harm to this one.
            let own = |it: &Evidence| Evidence { consistency: Consistency::default(), roots: Vec::new(), checkpoint: Vec::new(), ..it.clone() };
            prop_assert!(!verified || own(&other) == own(&evidence));
        }
    }
}
