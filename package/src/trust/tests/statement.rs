//! Statements: their form is in-toto's, and one of a kind never passes as another.

use proptest::prelude::*;
use serde_json::json;

use crate::Digest;
use crate::trust::canonical;
use crate::trust::dsse::{self, DsseError};
use crate::trust::keys::PublicKey;
use crate::trust::statement::*;
use crate::trust::testing::{NOW, component, key, review};

fn publisher() -> PublisherStatement {
    Statement {
        name: "acme/rates".parse().unwrap(),
        version: "1.2.0".parse().unwrap(),
        release: Digest::of(b"release"),
        claim: PublisherClaim {
            component: Digest::of(b"component"),
            golden: None,
            created: NOW,
        },
    }
}

fn reviewed() -> ReviewStatement {
    let artifact = crate::trust::Artifact::build(&component("acme/rates", "1.2.0"), NOW).unwrap();
    Statement {
        name: artifact.name.clone(),
        version: artifact.version.clone(),
        release: artifact.release,
        claim: review(&artifact),
    }
}

fn trusted() -> [PublicKey; 2] {
    [key(1).public(), key(2).public()]
}

/// Signs any payload as if it were of this kind.
fn forged<C: Claim>(payload: &serde_json::Value) -> Vec<u8> {
    let payload = canonical::to_vec(payload).unwrap();
    dsse::sign(C::PAYLOAD_TYPE, &payload, &key(1))
        .unwrap()
        .to_bytes()
        .unwrap()
}

fn payload(envelope: &[u8]) -> serde_json::Value {
    let payload = dsse::Envelope::parse(envelope)
        .unwrap()
        .unverified_payload()
        .unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[test]
fn statements_come_back_and_are_those_of_in_toto() {
    let envelope = publisher().sign(&key(1)).unwrap();
    let signed = PublisherStatement::verify(&envelope, &trusted()).unwrap();
    assert_eq!(signed.statement, publisher());
    assert_eq!(signed.keys, [key(1).public()]);
    assert_eq!(signed.digest, Digest::of(&envelope));
    assert_eq!(
        PublisherStatement::unverified(&envelope).unwrap(),
        publisher()
    );
    assert_eq!(
        payload(&envelope),
        json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "acme/rates@1.2.0", "digest": { "sha256": Digest::of(b"release").hex() } }],
            "predicateType": "urn:guildhall:publisher-statement:v1",
            "predicate": { "component": Digest::of(b"component"), "golden": null, "created": NOW },
        })
    );
    let envelope = reviewed().sign(&key(2)).unwrap();
    let signed = ReviewStatement::verify(&envelope, &trusted()).unwrap();
    assert_eq!(signed.statement, reviewed());
    assert_eq!(
        payload(&envelope)["predicate"]["findings"][0]["severity"],
        "note"
    );
}

#[test]
fn a_statement_of_one_kind_never_passes_as_another() {
    let publisher = publisher().sign(&key(1)).unwrap();
    let review = reviewed().sign(&key(1)).unwrap();
    assert!(matches!(
        ReviewStatement::verify(&publisher, &trusted()),
        Err(StatementError::Envelope(DsseError::OtherType { .. }))
    ));
    assert!(matches!(
        PublisherStatement::verify(&review, &trusted()),
        Err(StatementError::Envelope(DsseError::OtherType { .. }))
    ));
    assert!(matches!(
        PublisherStatement::unverified(&review),
        Err(StatementError::Envelope(DsseError::OtherType { .. }))
    ));
    // The envelope of one with the type of the other.
    let swapped = String::from_utf8(publisher.clone())
        .unwrap()
        .replace(PublisherClaim::PAYLOAD_TYPE, ReviewClaim::PAYLOAD_TYPE);
    assert!(matches!(
        ReviewStatement::verify(swapped.as_bytes(), &trusted()),
        Err(StatementError::Envelope(DsseError::BadSignature { .. }))
    ));
    // The payload of one, signed with the type of the other.
    let relabelled = forged::<ReviewClaim>(&payload(&publisher));
    assert!(matches!(
        ReviewStatement::verify(&relabelled, &trusted()),
        Err(StatementError::Form(_))
    ));
    // The right predicate under the type of the other predicate.
    let mut mixed = payload(&review);
    mixed["predicateType"] = json!(PublisherClaim::PREDICATE_TYPE);
    assert!(matches!(
        ReviewStatement::verify(&forged::<ReviewClaim>(&mixed), &trusted()),
        Err(StatementError::Value {
            field: "predicateType",
            ..
        })
    ));
}

#[test]
fn only_trusted_keys_count() {
    let envelope = publisher().sign(&key(3)).unwrap();
    assert!(matches!(
        PublisherStatement::verify(&envelope, &trusted()),
        Err(StatementError::Envelope(DsseError::UntrustedKey { .. }))
    ));
    assert!(PublisherStatement::verify(&envelope, &[]).is_err());
}

#[test]
fn what_is_signed_and_no_statement_is_refused() {
    let good = payload(&publisher().sign(&key(1)).unwrap());
    let verify = |value: &serde_json::Value| {
        PublisherStatement::verify(&forged::<PublisherClaim>(value), &trusted()).map(|_| ())
    };
    assert!(verify(&good).is_ok());
    let values: [(&'static str, &str, serde_json::Value); 12] = [
        (
            "_type",
            "/_type",
            json!("https://in-toto.io/Statement/v0.1"),
        ),
        ("subject", "/subject", json!([])),
        (
            "subject",
            "/subject",
            json!([good["subject"][0], good["subject"][0]]),
        ),
        ("subject", "/subject/0/name", json!("acme/rates")),
        ("subject", "/subject/0/name", json!("acme@1.2.0")),
        ("subject", "/subject/0/name", json!("acme/rates@1.2")),
        ("subject", "/subject/0/name", json!("acme/rates@1.2.0+b")),
        ("subject", "/subject/0/name", json!("Acme/rates@1.2.0")),
        ("subject", "/subject/0/digest/sha256", json!("00")),
        ("subject", "/subject/0/digest/sha256", json!("A".repeat(64))),
        ("created", "/predicate/created", json!(-1)),
        (
            "created",
            "/predicate/created",
            json!(253_402_207_200_001_i64),
        ),
    ];
    for (expected, place, value) in values {
        let mut changed = good.clone();
        *changed.pointer_mut(place).unwrap() = value;
        match verify(&changed) {
            Err(StatementError::Value { field, .. }) => assert_eq!(field, expected, "{changed}"),
            other => panic!("{changed}: {other:?}"),
        }
    }
    for (place, name) in [
        ("", "more"),
        ("/predicate", "more"),
        ("/subject/0", "uri"),
        ("/subject/0/digest", "sha512"),
    ] {
        let mut changed = good.clone();
        changed.pointer_mut(place).unwrap()[name] = json!("x");
        assert!(
            matches!(verify(&changed), Err(StatementError::Form(_))),
            "{changed}"
        );
    }
    // The same in another spelling than the canonical one.
    let spaced = serde_json::to_vec_pretty(&good).unwrap();
    let spaced = dsse::sign(PublisherClaim::PAYLOAD_TYPE, &spaced, &key(1)).unwrap();
    assert!(matches!(
        PublisherStatement::verify(&spaced.to_bytes().unwrap(), &trusted()),
        Err(StatementError::Form(_))
    ));
}

#[test]
fn a_review_that_would_refuse_has_no_statement() {
    let good = payload(&reviewed().sign(&key(1)).unwrap());
    let mut refusing = good.clone();
    refusing["predicate"]["findings"][0]["severity"] = json!("refuse");
    assert!(matches!(
        ReviewStatement::verify(&forged::<ReviewClaim>(&refusing), &trusted()),
        Err(StatementError::Form(_))
    ));
}

#[test]
fn texts_and_lists_of_a_review_are_limited_on_both_sides() {
    let change = |change: fn(&mut ReviewClaim)| {
        let mut statement = reviewed();
        change(&mut statement.claim);
        statement.sign(&key(1)).map(|_| ()).unwrap_err()
    };
    for (expected, error) in [
        ("engine", change(|claim| claim.engine = String::new())),
        (
            "reviewer",
            change(|claim| claim.reviewer = "a\nb".to_owned()),
        ),
        (
            "reviewer",
            change(|claim| claim.reviewer = "\u{202e}".to_owned()),
        ),
        (
            "code",
            change(|claim| claim.findings[0].code = "x".repeat(65)),
        ),
        (
            "sentence",
            change(|claim| claim.findings[0].sentence = "x".repeat(501)),
        ),
        (
            "findings",
            change(|claim| claim.findings = vec![claim.findings[0].clone(); MAX_FINDINGS + 1]),
        ),
        ("at", change(|claim| claim.at = -1)),
    ] {
        assert!(
            matches!(error, StatementError::Value { field, .. } if field == expected),
            "{expected}: {error}"
        );
    }
    let mut large = reviewed();
    large.claim.findings[0].sentence = "x".repeat(500);
    large.claim.findings = vec![large.claim.findings[0].clone(); MAX_FINDINGS];
    let envelope = large.clone().sign(&key(1)).unwrap();
    assert_eq!(
        ReviewStatement::verify(&envelope, &trusted())
            .unwrap()
            .statement,
        large
    );
    let huge = vec![b' '; MAX_STATEMENT_BYTES + 1];
    assert!(matches!(
        ReviewStatement::verify(&huge, &trusted()),
        Err(StatementError::TooLarge { .. })
    ));
    assert!(ReviewStatement::unverified(&huge).is_err());
    let mut metadata = publisher();
    metadata.version = "1.0.0+b".parse().unwrap();
    assert!(metadata.sign(&key(1)).is_err());
}

proptest! {
    #[test]
    fn any_changed_byte_of_a_statement_is_refused(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let envelope = publisher().sign(&key(1)).unwrap();
        let mut changed = envelope.clone();
        let at = at.index(changed.len());
        changed[at] = to;
        prop_assert_eq!(PublisherStatement::verify(&changed, &trusted()).is_ok(), changed == envelope);
    }

    #[test]
    fn no_payload_makes_it_panic(text in r#"[{}\[\]"a-z:,0-9@/.-]{0,120}"#) {
        let envelope = dsse::sign(PublisherClaim::PAYLOAD_TYPE, text.as_bytes(), &key(1)).unwrap().to_bytes().unwrap();
        prop_assert!(PublisherStatement::verify(&envelope, &trusted()).is_err());
    }
}
