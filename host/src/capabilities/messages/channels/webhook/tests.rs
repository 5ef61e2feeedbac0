use super::super::{Attachment, Delivery};
use super::*;
use proptest::prelude::*;

/// The example key, id, time and payload that the specification's own libraries are tested with.
const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const EXAMPLE_ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const EXAMPLE_TIME: i64 = 1_614_265_330;
const EXAMPLE_BODY: &[u8] = br#"{"test": 2432232314}"#;
const EXAMPLE_SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn secret() -> Secret {
    Secret::parse(KEY).unwrap()
}

fn outgoing() -> Outgoing {
    Outgoing {
        id: "msg_1".to_owned(),
        channel: "hook".parse().unwrap(),
        recipient: "accounts".to_owned(),
        subject: None,
        body: "Zahlung über 12,50 €\n".to_owned(),
        attachments: vec![Attachment {
            name: "advice.txt".to_owned(),
            media_type: "text/plain; charset=utf-8".to_owned(),
            bytes: b"hello".to_vec(),
        }],
        skill: "acme/pay-supplier".to_owned(),
        sent_at_ms: 1_700_000_000_000,
    }
}

fn headers(id: &str, time: &str, signature: &str) -> Vec<(String, String)> {
    [(ID, id), (TIMESTAMP, time), (SIGNATURE, signature)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn example(signature: &str) -> Result<String, VerifyError> {
    let headers = headers(EXAMPLE_ID, &EXAMPLE_TIME.to_string(), signature);
    verify(&headers, EXAMPLE_BODY, &secret(), EXAMPLE_TIME)
}

#[test]
fn the_example_of_the_specification_is_signed_as_published() {
    let signature = secret()
        .sign(EXAMPLE_ID, &EXAMPLE_TIME.to_string(), EXAMPLE_BODY)
        .unwrap();
    assert_eq!(signature, EXAMPLE_SIGNATURE);
    assert_eq!(example(EXAMPLE_SIGNATURE).unwrap(), EXAMPLE_ID);
}

#[test]
fn a_request_says_the_same_in_every_attempt_and_is_signed_anew() {
    let first = request(
        &outgoing(),
        "https://example.com/in",
        &secret(),
        1_700_000_000,
    )
    .unwrap();
    let second = request(
        &outgoing(),
        "https://example.com/in",
        &secret(),
        1_700_003_600,
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(first.body.clone()).unwrap(),
        concat!(
            r#"{"id":"msg_1","channel":"hook","recipient":"accounts","subject":null,"body":"Zahlung über 12,50 €\n","#,
            r#""attachments":[{"name":"advice.txt","media_type":"text/plain; charset=utf-8","#,
            r#""sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","base64":"aGVsbG8="}]}"#
        )
    );
    assert_eq!(first.body, second.body);
    assert_eq!(first.headers[1], second.headers[1]);
    assert_ne!(first.headers[3], second.headers[3]);
    for (attempt, now) in [(&first, 1_700_000_000), (&second, 1_700_003_600)] {
        assert_eq!(
            attempt.headers[0],
            ("content-type".to_owned(), "application/json".to_owned())
        );
        let id = verify(
            &attempt.headers,
            &attempt.body,
            &secret(),
            now + TOLERANCE_S,
        )
        .unwrap();
        assert_eq!(id, "msg_1");
    }
}

#[test]
fn whatever_was_changed_on_the_way_is_found() {
    let Request { headers, body, .. } = request(
        &outgoing(),
        "https://example.com/in",
        &secret(),
        1_700_000_000,
    )
    .unwrap();
    let check =
        |headers: &[(String, String)], body: &[u8], now| verify(headers, body, &secret(), now);
    let now = 1_700_000_000;
    assert!(check(&headers, &body, now).is_ok());
    for at in 0..body.len() {
        let mut changed = body.clone();
        changed[at] ^= 1;
        assert_eq!(check(&headers, &changed, now), Err(VerifyError::Signature));
    }
    for at in 1..4 {
        let mut changed = headers.clone();
        changed[at].1 = changed[at].1.replace('1', "2");
        assert!(check(&changed, &body, now).is_err(), "{:?}", headers[at]);
        let mut missing = headers.clone();
        let field = missing.remove(at);
        assert!(matches!(
            check(&missing, &body, now),
            Err(VerifyError::Header(_))
        ));
        let mut twice = headers.clone();
        twice.push(field);
        assert!(matches!(
            check(&twice, &body, now),
            Err(VerifyError::Header(_))
        ));
    }
    for now in [
        now - TOLERANCE_S - 1,
        now + TOLERANCE_S + 1,
        i64::MIN,
        i64::MAX,
    ] {
        assert!(matches!(
            check(&headers, &body, now),
            Err(VerifyError::Time(_))
        ));
    }
    let other = Secret::parse("another secret of enough bytes").unwrap();
    assert_eq!(
        verify(&headers, &body, &other, now),
        Err(VerifyError::Signature)
    );
}

#[test]
fn one_fitting_signature_among_several_is_enough() {
    let wrong = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=";
    assert!(example(&format!("{wrong} v1a,AAAA {EXAMPLE_SIGNATURE} {wrong}")).is_ok());
    for bad in [
        wrong,
        "v1,",
        "v1",
        "",
        "v1,g0hM9SsE",
        &EXAMPLE_SIGNATURE.replace("v1,", "v2,"),
        &EXAMPLE_SIGNATURE.replace("v1,", ""),
    ] {
        assert!(example(bad).is_err(), "{bad}");
    }
    let hidden = format!("{} {EXAMPLE_SIGNATURE}", [wrong; 8].join(" "));
    assert!(
        example(&hidden).is_err(),
        "a long list is not tried to its end"
    );
}

#[test]
fn a_secret_is_base64_behind_its_prefix_or_text_of_some_length() {
    assert_eq!(secret().0.len(), 24);
    let raw = Secret::parse("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    assert_eq!(raw.0.len(), 32, "without a prefix it is taken as it is");
    let unpadded = format!("whsec_{}", STANDARD.encode([7; 25]).trim_end_matches('='));
    assert_eq!(Secret::parse(&unpadded).unwrap().0, [7; 25]);
    for (bad, error) in [
        ("", SecretError::Length(0)),
        ("only-twenty-three-bytes", SecretError::Length(23)),
        ("whsec_", SecretError::Length(0)),
        ("whsec_AAAA", SecretError::Length(3)),
        (
            "whsec_not base64 at all, and long enough",
            SecretError::NotBase64,
        ),
        (
            "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            SecretError::Asymmetric,
        ),
        (
            &format!("whsec_{}", STANDARD.encode([7; 65])),
            SecretError::Length(65),
        ),
    ] {
        assert_eq!(Secret::parse(bad), Err(error), "{bad}");
    }
    assert!(
        !format!("{:?}", secret()).contains("49"),
        "its bytes are not printed"
    );
}

#[test]
fn an_id_that_could_be_taken_for_two_fields_is_not_signed() {
    let odd = Outgoing {
        id: "msg.1".to_owned(),
        ..outgoing()
    };
    assert_eq!(
        request(&odd, "https://example.com/in", &secret(), 0),
        Err(RequestError::Id)
    );
}

#[test]
fn each_answer_means_what_the_table_says() {
    let outcome = |status| match interpret("msg_1", &Answer::Status(status)) {
        Delivery::Sent { reference } => {
            assert_eq!(reference, "msg_1");
            "sent"
        }
        Delivery::Failed { .. } => "failed",
        Delivery::NotSent { .. } => "not sent",
        Delivery::Unknown { .. } => "unknown",
    };
    for (statuses, expected) in [
        (&[200, 202, 204, 299][..], "sent"),
        (&[301, 302, 304, 307], "failed"),
        (&[400, 401, 403, 404, 409, 410, 413, 422, 499], "failed"),
        (&[408, 425, 429, 500, 503, 599], "not sent"),
        (&[502, 504, 100, 199, 0, 600, 999], "unknown"),
    ] {
        for status in statuses {
            assert_eq!(outcome(*status), expected, "{status}");
        }
    }
    let why = || "the connection broke".to_owned();
    let before = interpret("msg_1", &Answer::NothingLeft { why: why() });
    let after = interpret("msg_1", &Answer::Unanswered { why: why() });
    assert!(matches!(before, Delivery::NotSent { .. }) && before.may_repeat(true));
    assert!(matches!(after, Delivery::Unknown { .. }) && after.may_repeat(true));
}

#[test]
fn a_conflict_after_an_attempt_that_may_have_arrived_stays_unknown() {
    let conflict = interpret("msg_1", &Answer::Status(409));
    assert!(matches!(conflict.after_unknown(), Delivery::Unknown { .. }));
}

proptest! {
    #[test]
    fn no_request_makes_the_receiver_panic(
        fields in proptest::collection::vec(("webhook-(id|timestamp|signature)|.*", ".*|[0-9]{1,20}|(v1,[A-Za-z0-9+/=]{0,50} ?){0,9}"), 0..5),
        body: Vec<u8>, now: i64, text in ".*|whsec_[A-Za-z0-9+/=]{0,99}",
    ) {
        prop_assert!(verify(&fields, &body, &secret(), now).is_err());
        let _ = Secret::parse(&text);
    }

    #[test]
    fn every_message_is_signed_so_that_its_receiver_reads_the_same(
        recipient in ".*", subject in proptest::option::of(".*"), body in ".*", now in 0_i64..=i64::MAX, status: u16,
    ) {
        let message = Outgoing { recipient, subject, body, ..outgoing() };
        let sent = request(&message, "https://example.com/in", &secret(), now).unwrap();
        prop_assert_eq!(verify(&sent.headers, &sent.body, &secret(), now).unwrap(), "msg_1");
        let read: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
        prop_assert_eq!(read["body"].as_str(), Some(message.body.as_str()));
        prop_assert_eq!(read["subject"].as_str(), message.subject.as_deref());
        prop_assert!(sent.headers.iter().all(|(_, value)| !value.contains(['\r', '\n'])));
        let _ = interpret("msg_1", &Answer::Status(status));
    }
}
