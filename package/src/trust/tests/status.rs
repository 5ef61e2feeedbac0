//! The signed status: its age, its order, and that it never forgets.

use proptest::prelude::*;
use serde_json::json;

use crate::Digest;
use crate::trust::canonical;
use crate::trust::dsse::{self, DsseError};
use crate::trust::log::TreeHash;
use crate::trust::status::*;
use crate::trust::testing::{DAY, LOG_KEY, NOW, ORIGIN, key};

const AHEAD: i64 = 300_000;

fn revoked(text: &str) -> RevokedRelease {
    RevokedRelease {
        release: Digest::of(text.as_bytes()),
        name: "acme/rates".parse().unwrap(),
        version: "1.0.0".parse().unwrap(),
        at: NOW,
        reason: "Sends invoices elsewhere.".to_owned(),
    }
}

fn yanked(text: &str) -> YankedRelease {
    YankedRelease {
        release: Digest::of(text.as_bytes()),
        name: "acme/rates".parse().unwrap(),
        version: "1.0.1".parse().unwrap(),
        reason: "Rounds wrong.".to_owned(),
    }
}

fn refunded(order: &str) -> RefundedOrder {
    RefundedOrder {
        order: Digest::of(order.as_bytes()),
        until: NOW + DAY,
    }
}

fn revoked_key(n: u8, from: i64) -> RevokedKey {
    RevokedKey {
        key: key(n).public(),
        publisher: "acme".parse().unwrap(),
        from,
    }
}

fn status() -> Status {
    let mut status = Status {
        origin: ORIGIN.to_owned(),
        issued: NOW,
        expires: NOW + DAY,
        size: 5,
        root: TreeHash::leaf(b"root"),
        revoked: vec![revoked("a"), revoked("b"), revoked("c")],
        revoked_keys: vec![revoked_key(1, 10), revoked_key(2, 20)],
        yanked: vec![yanked("d"), yanked("e")],
        refunded: vec![refunded("f"), refunded("g")],
    };
    status.revoked.sort_by_key(|it| it.release);
    status.revoked_keys.sort_by_key(|it| it.key);
    status.yanked.sort_by_key(|it| it.release);
    status.refunded.sort_by_key(|it| it.order);
    status
}

fn verify(envelope: &[u8]) -> Result<Status, StatusError> {
    Status::verify(envelope, &key(LOG_KEY).public(), ORIGIN)
}

fn forged(value: &serde_json::Value) -> Vec<u8> {
    let payload = canonical::to_vec(value).unwrap();
    dsse::sign(STATUS_TYPE, &payload, &key(LOG_KEY))
        .unwrap()
        .to_bytes()
        .unwrap()
}

#[test]
fn a_status_comes_back_and_tells_what_is_revoked_and_yanked() {
    let status = status();
    let read = verify(&status.sign(&key(LOG_KEY)).unwrap()).unwrap();
    assert_eq!(read, status);
    assert_eq!(
        (read.head().size, read.head().root),
        (5, TreeHash::leaf(b"root"))
    );
    for text in ["a", "b", "c"] {
        assert_eq!(
            read.revocation(&Digest::of(text.as_bytes())),
            Some(&revoked(text))
        );
        assert_eq!(read.yank(&Digest::of(text.as_bytes())), None);
    }
    for text in ["d", "e"] {
        assert_eq!(read.revocation(&Digest::of(text.as_bytes())), None);
        assert_eq!(read.yank(&Digest::of(text.as_bytes())), Some(&yanked(text)));
    }
    assert_eq!(read.key_revocation(&key(2).public()).unwrap().from, 20);
    assert_eq!(read.key_revocation(&key(3).public()), None);
}

#[test]
fn only_what_the_log_signed_counts() {
    let by_another = status().sign(&key(9)).unwrap();
    assert!(matches!(
        verify(&by_another),
        Err(StatusError::Envelope(DsseError::UntrustedKey { .. }))
    ));
    let signed = status().sign(&key(LOG_KEY)).unwrap();
    assert!(matches!(
        Status::verify(&signed, &key(LOG_KEY).public(), "other.test/log"),
        Err(StatusError::OtherLog { .. })
    ));
    let other_type = dsse::sign("application/x", b"{}", &key(LOG_KEY))
        .unwrap()
        .to_bytes()
        .unwrap();
    assert!(matches!(
        verify(&other_type),
        Err(StatusError::Envelope(DsseError::OtherType { .. }))
    ));
    assert!(matches!(
        verify(&vec![b' '; MAX_STATUS_BYTES + 1]),
        Err(StatusError::TooLarge { .. })
    ));
}

#[test]
fn lists_out_of_order_are_refused_because_searching_relies_on_it() {
    type Change = fn(&mut Status);
    let changes: [(&str, Change); 8] = [
        ("revoked", |status| status.revoked.reverse()),
        ("revoked", |status| {
            status.revoked[1] = status.revoked[0].clone()
        }),
        ("revoked-keys", |status| status.revoked_keys.reverse()),
        ("revoked-keys", |status| {
            status.revoked_keys[1] = status.revoked_keys[0].clone()
        }),
        ("yanked", |status| status.yanked.reverse()),
        ("yanked", |status| {
            status.yanked[1] = status.yanked[0].clone()
        }),
        ("issued", |status| status.issued = -1),
        ("expires", |status| status.expires = status.issued - 1),
    ];
    for (expected, change) in changes {
        let mut status = status();
        change(&mut status);
        assert!(status.sign(&key(LOG_KEY)).is_err(), "{expected}");
        match verify(&forged(&serde_json::to_value(&status).unwrap())) {
            Err(StatusError::Value { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let mut value = serde_json::to_value(status()).unwrap();
    value["more"] = json!(1);
    assert!(matches!(verify(&forged(&value)), Err(StatusError::Form(_))));
}

#[test]
fn its_age_is_limited_by_the_client_and_by_itself() {
    let status = status();
    let fresh = |now: i64, max_age: i64| status.check_fresh(now, max_age, AHEAD);
    assert!(fresh(NOW, DAY).is_ok());
    assert!(fresh(NOW + DAY - 1, DAY).is_ok());
    assert!(matches!(
        fresh(NOW + DAY, DAY),
        Err(StatusError::Stale {
            age_ms: DAY,
            limit_ms: DAY
        })
    ));
    assert!(matches!(
        fresh(NOW + 1000, 1000),
        Err(StatusError::Stale { limit_ms: 1000, .. })
    ));
    // What it says itself is not made longer by a client that is patient.
    assert!(matches!(
        fresh(NOW + DAY, 30 * DAY),
        Err(StatusError::Stale { limit_ms: DAY, .. })
    ));
    // A clock that is a little behind is forgiven, one that was set back is not.
    assert!(fresh(NOW - AHEAD, DAY).is_ok());
    assert!(matches!(
        fresh(NOW - AHEAD - 1, DAY),
        Err(StatusError::Future { .. })
    ));
    let error = fresh(NOW + 3 * DAY, DAY).unwrap_err().to_string();
    assert!(
        error.contains("3 days ago") && error.contains("24 hours"),
        "{error}"
    );
    assert!(fresh(i64::MAX, i64::MAX).is_err());
    assert!(fresh(i64::MIN, i64::MAX).is_err());
}

#[test]
fn no_older_one_is_taken_and_none_that_forgets() {
    let seen = status();
    assert!(seen.check_after(&seen).is_ok());
    let with = |change: fn(&mut Status)| {
        let mut next = status();
        next.issued += 1;
        next.size += 1;
        change(&mut next);
        next.check_after(&seen)
    };
    assert!(with(|_| {}).is_ok());
    assert!(
        with(|next| next.yanked.clear()).is_ok(),
        "a yank may be taken back"
    );
    assert!(
        with(|next| next.revoked_keys[0].from -= 1).is_ok(),
        "it may reach back further"
    );
    assert!(matches!(
        with(|next| next.issued = NOW - 1),
        Err(StatusError::Rollback)
    ));
    assert!(matches!(
        with(|next| next.size = 4),
        Err(StatusError::Rollback)
    ));
    assert!(matches!(
        with(|next| drop(next.revoked.pop())),
        Err(StatusError::Forgot { .. })
    ));
    assert!(matches!(
        with(|next| drop(next.revoked_keys.pop())),
        Err(StatusError::Forgot { .. })
    ));
    assert!(matches!(
        with(|next| next.revoked_keys[0].from += 1),
        Err(StatusError::Forgot { .. })
    ));
    let error = with(|next| next.revoked.clear()).unwrap_err().to_string();
    assert!(error.contains("acme/rates 1.0.0"), "{error}");
}

proptest! {
    #[test]
    fn any_changed_byte_of_a_status_is_refused(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let good = status().sign(&key(LOG_KEY)).unwrap();
        let mut changed = good.clone();
        let at = at.index(changed.len());
        changed[at] = to;
        prop_assert_eq!(verify(&changed).is_ok(), changed == good);
    }
}
