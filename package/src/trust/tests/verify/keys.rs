//! Keys that the log granted, and what was taken back.

use crate::trust::TrustError;
use crate::trust::log::entry::Event;
use crate::trust::status::Status;
use crate::trust::testing::*;
use crate::trust::verify::*;

use super::release::forged;
use super::{market, refused, verify};

#[test]
fn the_log_must_have_granted_the_key_to_that_publisher_before_the_release() {
    let evidence = forged(|entry, _| entry.name = "other/rates".parse().unwrap());
    let asked = Wanted::default();
    assert_refused!(
        verify_release(&client(), &asked, &evidence, NOW).unwrap_err(),
        "publisher-key",
        TrustError::KeyGrant {
            problem: "it was granted to another publisher",
            ..
        }
    );
    let mut market = Market::new();
    let released = market.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    market.log(Event::KeyGranted {
        publisher: "acme".parse().unwrap(),
        key: key(42).public(),
    });
    let good = market.evidence(&released);
    // The grant of another key of the same publisher, and of one that came later.
    let mut evidence = good.clone();
    evidence.key = market.logged(market.entries.len() - 1);
    assert_refused!(
        refused(&evidence),
        "publisher-key",
        TrustError::KeyGrant {
            problem: "another key was",
            ..
        }
    );
    let mut evidence = good;
    evidence.key = market.logged(3);
    assert_refused!(
        refused(&evidence),
        "publisher-key",
        TrustError::KeyGrant {
            problem: "it was granted to another publisher",
            ..
        }
    );
    // A release first, and its key after it.
    let mut late = Market::new();
    let released = late.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    let grant = late.entries[1].clone();
    late.entries.push(grant);
    let mut evidence = late.evidence(&released);
    evidence.key = late.logged(late.entries.len() - 1);
    assert_refused!(
        refused(&evidence),
        "publisher-key",
        TrustError::KeyGrant {
            problem: "it was granted later",
            ..
        }
    );
}

#[test]
fn who_reviews_or_runs_the_log_cannot_release() {
    for own in [REVIEWER_KEY, LOG_KEY, WITNESS_KEYS[0], ROOT_KEYS[0]] {
        let mut market = Market::new();
        market.log(Event::KeyGranted {
            publisher: "acme".parse().unwrap(),
            key: key(own).public(),
        });
        let released = market.release(component("acme/rates", "1.2.0"), own);
        assert_refused!(
            refused(&market.evidence(&released)),
            "publisher-key",
            TrustError::KeyGrant {
                problem: "it is a key of the marketplace itself",
                ..
            }
        );
    }
}

#[test]
fn a_revoked_release_and_one_of_a_revoked_key_are_refused() {
    let (market, released) = market();
    let mut revoked = market.clone();
    revoked.log(Event::Revoke(Market::withdrawal(
        &released,
        "Sends invoices elsewhere.",
    )));
    assert_refused!(
        refused(&revoked.evidence(&released)),
        "revocation",
        TrustError::Revoked { reason, .. } if reason == "Sends invoices elsewhere."
    );
    let key_revoked = |from| Event::KeyRevoked {
        publisher: "acme".parse().unwrap(),
        key: key(PUBLISHER_KEY).public(),
        from,
    };
    for from in [NOW - DAY, NOW - 5 * DAY] {
        let mut by_key = market.clone();
        by_key.log(key_revoked(from));
        assert_refused!(
            refused(&by_key.evidence(&released)),
            "revocation",
            TrustError::Revoked { reason, .. } if reason == crate::trust::monitor::KEY_REASON
        );
        // A status that lists the key alone is enough.
        let mut evidence = by_key.evidence(&released);
        let mut status = Status::verify(&evidence.status, &key(LOG_KEY).public(), ORIGIN).unwrap();
        status.revoked.clear();
        evidence.status = status.sign(&key(LOG_KEY)).unwrap();
        assert_refused!(
            refused(&evidence),
            "revocation",
            TrustError::KeyRevoked { .. }
        );
    }
    // A key that was revoked from a date after the release leaves the release.
    let mut later = market.clone();
    later.log_at(NOW - 1000, key_revoked(NOW - DAY + 1));
    assert!(verify(&client(), &later.evidence(&released)).is_ok());
}

#[test]
fn a_yanked_release_is_told_and_not_refused() {
    let (mut market, released) = market();
    market.log(Event::Yank(Market::withdrawal(&released, "Rounds wrong.")));
    let verified = verify(&client(), &market.evidence(&released)).unwrap();
    assert_eq!(verified.yanked.unwrap(), "Rounds wrong.");
}
