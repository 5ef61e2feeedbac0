//! Digests, statements, keys and revocation.

use crate::Digest;
use crate::trust::TrustError;
use crate::trust::error::Which;
use crate::trust::evidence::*;
use crate::trust::log::entry::{Event, ReleaseEntry};
use crate::trust::log::merkle::ProofError;
use crate::trust::release::ReleaseError;
use crate::trust::root::ReviewerKey;
use crate::trust::statement::Statement;
use crate::trust::testing::*;
use crate::trust::verify::*;

use super::{client_of, market, refused, verify, wanted};

#[test]
fn a_good_release_is_verified_and_what_to_keep_is_told() {
    let (market, released) = market();
    let evidence = market.evidence(&released);
    let verified = verify(&client(), &evidence).unwrap();
    assert_eq!(verified.artifact, released.artifact);
    assert_eq!(verified.package.digest, released.artifact.component);
    assert_eq!(verified.entry.release, released.artifact.release);
    assert_eq!(verified.index, evidence.release.index);
    assert_eq!(verified.at, NOW - DAY);
    assert_eq!(verified.publisher.claim.golden, Some(Digest::of(b"golden")));
    assert_eq!(verified.review.claim, review(&released.artifact));
    assert_eq!(verified.yanked, None);
    assert_eq!(verified.cosignatures.len(), 3);
    assert_eq!(verified.state.seen, Some(market.head()));
    assert_eq!(verified.state.root, client().root);
    assert_eq!(verified.state.status.as_ref().unwrap().issued, NOW - 60_000);
    // With what it keeps, it takes the same again, and a later state of the log.
    assert!(verify(&verified.state, &evidence).is_ok());
    let nothing_asked = Wanted::default();
    assert!(verify_release(&client(), &nothing_asked, &evidence, NOW).is_ok());
}

#[test]
fn a_changed_component_manifest_or_config_is_refused() {
    let (market, released) = market();
    let good = market.evidence(&released);
    let other = component("acme/rates", "1.2.1");
    let mut evidence = good.clone();
    evidence.component = other.clone();
    assert_refused!(
        refused(&evidence),
        "digest",
        TrustError::Digest { what: "component" }
    );
    let mut evidence = good.clone();
    evidence.manifest.push(b' ');
    assert_refused!(
        refused(&evidence),
        "digest",
        TrustError::Digest {
            what: "image manifest"
        }
    );
    let mut evidence = good.clone();
    evidence.config.push(b' ');
    assert_refused!(
        refused(&evidence),
        "release",
        TrustError::Release(ReleaseError::Spelling { .. })
    );
    let hidden = String::from_utf8(good.config.clone())
        .unwrap()
        .replace("\"guildhall:skill/network@1.0.0\"", "");
    let mut evidence = good;
    evidence.config = hidden.into_bytes();
    assert_refused!(
        refused(&evidence),
        "release",
        TrustError::Release(ReleaseError::ConfigImports(_))
    );
}

/// Logs a release whose parts are given by hand, and the evidence for it.
pub fn forged(change: impl FnOnce(&mut ReleaseEntry, &mut Released)) -> Evidence {
    let mut market = Market::new();
    let mut released = market.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    let entry = market.entries.pop().unwrap();
    let entry = crate::trust::log::Entry::parse(&entry).unwrap();
    let Event::Release(mut entry) = entry.event else {
        panic!("a release")
    };
    change(&mut entry, &mut released);
    let entry = crate::trust::log::Entry {
        at: NOW - DAY,
        event: Event::Release(entry),
    };
    market.entries.push(entry.to_bytes().unwrap());
    market.evidence(&released)
}

#[test]
fn a_config_that_lies_is_refused_even_if_everybody_signed_it() {
    // Publisher, reviewer and log agree on a release whose config hides an import.
    let evidence = forged(|entry, released| {
        let config = String::from_utf8(released.artifact.config.clone())
            .unwrap()
            .replace("\"guildhall:skill/network@1.0.0\"", "");
        let mut manifest: serde_json::Value =
            serde_json::from_slice(&released.artifact.manifest).unwrap();
        manifest["config"]["digest"] = Digest::of(config.as_bytes()).to_string().into();
        manifest["config"]["size"] = config.len().into();
        released.artifact.config = config.into_bytes();
        released.artifact.manifest = serde_json::to_vec(&manifest).unwrap();
        released.artifact.release = Digest::of(&released.artifact.manifest);
        sign_again(entry, released);
    });
    assert_refused!(
        refused(&evidence),
        "release",
        TrustError::Release(ReleaseError::ConfigImports(_))
    );
}

/// Signs both statements again, about what the release is now, and logs their digests.
fn sign_again(entry: &mut ReleaseEntry, released: &mut Released) {
    let (publisher, review) = statements(released);
    released.publisher_statement = publisher.sign(&key(PUBLISHER_KEY)).unwrap();
    released.review_statement = review.sign(&key(REVIEWER_KEY)).unwrap();
    entry.release = released.artifact.release;
    log_statements(entry, released);
}

fn log_statements(entry: &mut ReleaseEntry, released: &Released) {
    entry.publisher_statement = Digest::of(&released.publisher_statement);
    entry.review_statement = Digest::of(&released.review_statement);
}

fn statements(
    released: &Released,
) -> (
    crate::trust::PublisherStatement,
    crate::trust::ReviewStatement,
) {
    let artifact = &released.artifact;
    let mut publisher =
        crate::trust::PublisherStatement::unverified(&released.publisher_statement).unwrap();
    publisher.release = artifact.release;
    let review = Statement {
        name: artifact.name.clone(),
        version: artifact.version.clone(),
        release: artifact.release,
        claim: review(artifact),
    };
    (publisher, review)
}

#[test]
fn another_release_never_takes_the_place_of_the_one_that_was_asked_for() {
    let (market, released) = market();
    let evidence = market.evidence(&released);
    let with = |wanted: Wanted| verify_release(&client(), &wanted, &evidence, NOW);
    for wrong in [
        Wanted {
            name: Some("acme/rate".parse().unwrap()),
            ..wanted()
        },
        Wanted {
            version: Some("1.3.0".parse().unwrap()),
            ..wanted()
        },
        Wanted {
            release: Some(Digest::of(b"other")),
            ..Wanted::default()
        },
    ] {
        assert_refused!(
            with(wrong).unwrap_err(),
            "name",
            TrustError::NotWanted { .. }
        );
    }
    let pinned = Wanted {
        release: Some(released.artifact.release),
        ..wanted()
    };
    assert!(with(pinned).is_ok());
}

#[test]
fn parts_of_two_releases_do_not_mix() {
    let mut market = Market::new();
    let one = market.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    let two = market.release(component("acme/rates", "1.3.0"), PUBLISHER_KEY);
    let (good, other) = (market.evidence(&one), market.evidence(&two));
    assert!(verify(&client(), &good).is_ok());
    let with = |change: &dyn Fn(&mut Evidence)| {
        let mut evidence = good.clone();
        change(&mut evidence);
        refused(&evidence)
    };
    assert_refused!(
        with(&|it| it.component = other.component.clone()),
        "digest",
        TrustError::Digest { .. }
    );
    assert_refused!(
        with(&|it| it.manifest = other.manifest.clone()),
        "digest",
        TrustError::Digest { .. }
    );
    assert_refused!(
        with(&|it| it.config = other.config.clone()),
        "release",
        TrustError::Release(ReleaseError::ConfigLayer)
    );
    assert_refused!(
        with(&|it| it.publisher_statement = other.publisher_statement.clone()),
        "publisher-signature",
        TrustError::PublisherOther { what: "version" }
    );
    assert_refused!(
        with(&|it| it.review_statement = other.review_statement.clone()),
        "review-signature",
        TrustError::ReviewOther { what: "version" }
    );
    assert_refused!(
        with(&|it| it.release = other.release.clone()),
        "name",
        TrustError::NotWanted { .. }
    );
    assert_refused!(
        with(&|it| it.key = other.release.clone()),
        "log-entry",
        TrustError::EntryKind { which: Which::Key }
    );
    assert_refused!(
        with(&|it| it.release = good.key.clone()),
        "log-entry",
        TrustError::EntryKind {
            which: Which::Release
        }
    );
    // A proof for another leaf, an index for another proof.
    assert_refused!(
        with(&|it| it.release.proof = other.release.proof.clone()),
        "inclusion",
        TrustError::Inclusion {
            which: Which::Release,
            ..
        }
    );
    assert_refused!(
        with(&|it| it.release.index = other.release.index),
        "inclusion",
        TrustError::Inclusion {
            which: Which::Release,
            ..
        }
    );
    assert_refused!(
        with(&|it| it.release.index = market.size()),
        "inclusion",
        TrustError::Inclusion {
            error: ProofError::Beyond { .. },
            ..
        }
    );
    assert_refused!(
        with(&|it| it.key.proof.rotate_left(1)),
        "inclusion",
        TrustError::Inclusion {
            which: Which::Key,
            ..
        }
    );
    assert_refused!(
        with(&|it| it.release.entry.push(b' ')),
        "log-entry",
        TrustError::Entry {
            which: Which::Release,
            ..
        }
    );
    assert_refused!(
        with(&|it| it.key.entry.clear()),
        "log-entry",
        TrustError::Entry {
            which: Which::Key,
            ..
        }
    );
}

#[test]
fn statements_are_by_the_right_keys_about_the_right_release_and_those_that_were_logged() {
    // Each is logged as it is: only its own check is left to refuse it.
    let forged_statements = |publisher_key,
                             reviewer_key,
                             change: fn(
        &mut crate::trust::PublisherStatement,
        &mut crate::trust::ReviewStatement,
    )| {
        refused(&forged(|entry, released| {
            let (mut publisher, mut review) = statements(released);
            change(&mut publisher, &mut review);
            released.publisher_statement = publisher.sign(&key(publisher_key)).unwrap();
            released.review_statement = review.sign(&key(reviewer_key)).unwrap();
            log_statements(entry, released);
        }))
    };
    let (own, reviewer) = (PUBLISHER_KEY, REVIEWER_KEY);
    assert_refused!(
        forged_statements(OTHER_PUBLISHER_KEY, reviewer, |_, _| {}),
        "publisher-signature",
        TrustError::Publisher(_)
    );
    assert_refused!(
        forged_statements(own, PUBLISHER_KEY, |_, _| {}),
        "review-signature",
        TrustError::Review(_)
    );
    assert_refused!(
        forged_statements(own, LOG_KEY, |_, _| {}),
        "review-signature",
        TrustError::Review(_)
    );
    type Change = fn(&mut crate::trust::PublisherStatement, &mut crate::trust::ReviewStatement);
    let publishers: [(&str, Change); 5] = [
        ("name", |it, _| it.name = "acme/other".parse().unwrap()),
        ("version", |it, _| it.version = "1.2.1".parse().unwrap()),
        ("release digest", |it, _| it.release = Digest::of(b"other")),
        ("component", |it, _| {
            it.claim.component = Digest::of(b"other")
        }),
        ("time", |it, _| it.claim.created += 1),
    ];
    for (expected, change) in publishers {
        assert_refused!(
            forged_statements(own, reviewer, change),
            "publisher-signature",
            TrustError::PublisherOther { what } if *what == expected
        );
    }
    let reviews: [(&str, Change); 4] = [
        ("name", |_, it| it.name = "acme/other".parse().unwrap()),
        ("version", |_, it| it.version = "1.2.1".parse().unwrap()),
        ("release digest", |_, it| it.release = Digest::of(b"other")),
        ("component", |_, it| {
            it.claim.component = Digest::of(b"other")
        }),
    ];
    for (expected, change) in reviews {
        assert_refused!(
            forged_statements(own, reviewer, change),
            "review-signature",
            TrustError::ReviewOther { what } if *what == expected
        );
    }
    // Good statements, and others in the log.
    let evidence = forged(|entry, _| entry.publisher_statement = Digest::of(b"other"));
    assert_refused!(
        refused(&evidence),
        "digest",
        TrustError::Digest {
            what: "publisher's statement"
        }
    );
    let evidence = forged(|entry, _| entry.review_statement = Digest::of(b"other"));
    assert_refused!(
        refused(&evidence),
        "digest",
        TrustError::Digest {
            what: "review statement"
        }
    );
}

#[test]
fn the_component_itself_must_be_what_everybody_calls_it() {
    // Publisher, reviewer and log agree on a name or version that the component does not have.
    type Change = fn(&mut ReleaseEntry);
    let changes: [Change; 2] = [
        |entry| entry.name = "acme/other".parse().unwrap(),
        |entry| entry.version = "1.3.0".parse().unwrap(),
    ];
    for change in changes {
        let evidence = forged(|entry, released| {
            change(entry);
            let (mut publisher, mut review) = statements(released);
            publisher.name = entry.name.clone();
            publisher.version = entry.version.clone();
            review.name = entry.name.clone();
            review.version = entry.version.clone();
            released.publisher_statement = publisher.sign(&key(PUBLISHER_KEY)).unwrap();
            released.review_statement = review.sign(&key(REVIEWER_KEY)).unwrap();
            log_statements(entry, released);
        });
        assert_refused!(
            verify_release(&client(), &Wanted::default(), &evidence, NOW).unwrap_err(),
            "digest",
            TrustError::Digest {
                what: "name or version in the component"
            }
        );
    }
}

#[test]
fn the_two_statements_do_not_pass_as_each_other() {
    let (market, released) = market();
    let good = market.evidence(&released);
    let mut evidence = good.clone();
    evidence.review_statement = good.publisher_statement.clone();
    assert_refused!(
        refused(&evidence),
        "review-signature",
        TrustError::Review(_)
    );
    let mut evidence = good.clone();
    evidence.publisher_statement = good.review_statement.clone();
    assert_refused!(
        refused(&evidence),
        "publisher-signature",
        TrustError::Publisher(_)
    );
    // Nor does one with the type of the other written over it.
    let text = String::from_utf8(good.publisher_statement.clone()).unwrap();
    let mut evidence = good;
    evidence.review_statement = text
        .replace("publisher-statement", "review-statement")
        .into_bytes();
    assert_refused!(
        refused(&evidence),
        "review-signature",
        TrustError::Review(_)
    );
}

#[test]
fn a_reviewer_that_the_root_file_has_given_up_does_not_count_for_later_releases() {
    let (market, released) = market();
    let evidence = market.evidence(&released);
    let until = |until: i64| {
        let mut file = root_file();
        file.reviewers[0].until = Some(until);
        file.reviewers.push(ReviewerKey {
            key: key(31).public(),
            from: until,
            until: None,
        });
        client_of(&file)
    };
    assert!(verify(&until(NOW - DAY + 1), &evidence).is_ok());
    assert_refused!(
        verify(&until(NOW - DAY), &evidence).unwrap_err(),
        "review-signature",
        TrustError::Review(_)
    );
}

#[test]
fn a_release_from_the_future_is_refused() {
    let mut market = Market::new();
    let released = market.release(component("acme/rates", "1.2.0"), PUBLISHER_KEY);
    let evidence = market.evidence(&released);
    let now = NOW - DAY - DEFAULT_MAX_AHEAD_MS;
    let early = |now: i64| {
        let mut evidence = evidence.clone();
        evidence.checkpoint = market.checkpoint(&WITNESS_KEYS, now);
        evidence.status = market.status(now);
        verify_release(&client(), &wanted(), &evidence, now)
    };
    assert!(early(now).is_ok());
    assert_refused!(
        early(now - 1).unwrap_err(),
        "log-entry",
        TrustError::Future { .. }
    );
}
