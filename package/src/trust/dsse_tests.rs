use proptest::prelude::*;

use super::dsse::*;
use super::keys::{PublicKey, SigningKey};

const TYPE: &str = "application/vnd.in-toto+json";
const STATEMENT: &[u8] = br#"{"_type":"https://in-toto.io/Statement/v1"}"#;

/// The first two keys of RFC 8032, section 7.1.
fn keys() -> [SigningKey; 2] {
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    ]
    .map(|seed| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(seed, &mut bytes).unwrap();
        SigningKey::from_seed(&bytes)
    })
}

fn trusted() -> [PublicKey; 2] {
    keys().map(|key| PublicKey::of(&key))
}

fn signed(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let [key, _] = keys();
    sign(payload_type, payload, &key)
        .unwrap()
        .to_bytes()
        .unwrap()
}

fn refusal(envelope: impl AsRef<[u8]>) -> DsseError {
    verify(envelope.as_ref(), &trusted(), TYPE).unwrap_err()
}

fn sig(envelope: &[u8], at: usize) -> String {
    let value: serde_json::Value = serde_json::from_slice(envelope).unwrap();
    value["signatures"][at]["sig"].as_str().unwrap().to_owned()
}

/// An envelope with the signatures of both keys, in order.
fn signed_by_both() -> String {
    let mut signatures: Vec<String> = keys()
        .iter()
        .map(|key| {
            let bytes = sign(TYPE, STATEMENT, key).unwrap().to_bytes().unwrap();
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            value["signatures"][0].to_string()
        })
        .collect();
    signatures.sort();
    let one = String::from_utf8(signed(TYPE, STATEMENT)).unwrap();
    let (head, _) = one.split_once("\"signatures\"").unwrap();
    format!("{head}\"signatures\":[{}]}}", signatures.join(","))
}

#[test]
fn what_was_signed_comes_back() {
    for payload in [STATEMENT, b"", &[0, 255, 10], &vec![7; 1_000_000]] {
        let envelope = signed(TYPE, payload);
        let verified = verify(&envelope, &trusted(), TYPE).unwrap();
        assert_eq!(verified.payload, payload);
        assert_eq!(verified.keys, [trusted()[0]]);
    }
}

#[test]
fn the_bytes_that_are_signed_are_those_of_the_specification() {
    // Its example: the type is 29 bytes long and the payload 11.
    let [key, _] = keys();
    let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
    assert_eq!(
        pae("http://example.com/HelloWorld", b"hello world"),
        expected
    );
    let envelope = signed("http://example.com/HelloWorld", b"hello world");
    let by_hand = key.sign(expected);
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    assert_eq!(sig(&envelope, 0), engine.encode(by_hand));
    // Lengths count bytes, not characters; nothing is still a length.
    assert_eq!(pae("é", b""), "DSSEv1 2 é 0 ".as_bytes());
}

#[test]
fn signatures_are_those_that_other_tools_make() {
    // Made with the Python package `cryptography` over its own encoding of the same values.
    let cases: [(&str, &[u8], &str); 4] = [
        (
            "http://example.com/HelloWorld",
            b"hello world",
            "4DHX3Zn4qpBKvEj7maE8O9u9bjXEnPLLnyXVUJ2PXJR8DSLcL3QDpFvfJOj3pB/SPHsl6Jg4boxsMb6KvuYABw==",
        ),
        (
            TYPE,
            STATEMENT,
            "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA==",
        ),
        (
            "application/vnd.exämple+json",
            STATEMENT,
            "xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==",
        ),
        (
            TYPE,
            b"",
            "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==",
        ),
    ];
    for (payload_type, payload, expected) in cases {
        let envelope = signed(payload_type, payload);
        assert_eq!(sig(&envelope, 0), expected);
        assert!(verify(&envelope, &trusted(), payload_type).is_ok());
    }
}

#[test]
fn an_envelope_is_written_in_one_way() {
    let expected = concat!(
        r#"{"payloadType":"application/vnd.in-toto+json","#,
        r#""payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEifQ==","#,
        r#""signatures":[{"keyid":"sha256:21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9","#,
        r#""sig":"2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=="}]}"#,
    );
    assert_eq!(
        String::from_utf8(signed(TYPE, STATEMENT)).unwrap(),
        expected
    );
}

#[test]
fn every_changed_bit_of_every_byte_is_refused() {
    let envelopes = [
        signed(TYPE, STATEMENT),
        signed(TYPE, b""),
        signed_by_both().into_bytes(),
    ];
    for envelope in envelopes {
        verify(&envelope, &trusted(), TYPE).unwrap();
        for at in 0..envelope.len() {
            for bit in 0..8 {
                let mut changed = envelope.clone();
                changed[at] ^= 1 << bit;
                assert!(
                    verify(&changed, &trusted(), TYPE).is_err(),
                    "bit {bit} of byte {at}: {}",
                    changed.escape_ascii()
                );
            }
        }
    }
}

#[test]
fn other_values_of_each_byte_of_a_signature_are_refused() {
    let envelope = signed(TYPE, STATEMENT);
    let from = envelope
        .windows(5)
        .position(|part| part == b"\"sig\"")
        .unwrap();
    for at in from..envelope.len() {
        for other in (0..=255).step_by(5) {
            let mut changed = envelope.clone();
            changed[at] = other;
            if changed != envelope {
                assert!(
                    verify(&changed, &trusted(), TYPE).is_err(),
                    "{other} at {at}"
                );
            }
        }
    }
}

#[test]
fn every_byte_that_is_cut_or_added_is_refused() {
    let envelope = signed(TYPE, STATEMENT);
    for at in 0..envelope.len() {
        assert!(
            verify(&envelope[..at], &trusted(), TYPE).is_err(),
            "cut at {at}"
        );
        let mut shorter = envelope.clone();
        shorter.remove(at);
        assert!(verify(&shorter, &trusted(), TYPE).is_err(), "without {at}");
    }
    for at in 0..=envelope.len() {
        for added in *b" \n\t0A=\"\\,{" {
            let mut longer = envelope.clone();
            longer.insert(at, added);
            assert!(
                verify(&longer, &trusted(), TYPE).is_err(),
                "{added} at {at}"
            );
        }
    }
}

#[test]
fn another_spelling_of_the_same_envelope_is_refused_and_the_place_is_named() {
    let envelope = String::from_utf8(signed(TYPE, STATEMENT)).unwrap();
    let value: serde_json::Value = serde_json::from_str(&envelope).unwrap();
    let mut reordered = serde_json::Map::new();
    for field in ["payload", "payloadType", "signatures"] {
        reordered.insert(field.to_owned(), value[field].clone());
    }
    let spellings = [
        format!("{envelope}\n"),
        format!(" {envelope}"),
        envelope.replace(':', ": "),
        envelope.replace("in-toto+json", "in-toto\\u002bjson"),
        envelope.replace("vnd.in", "vnd\\u002ein"),
        envelope.replace("application/vnd", "application\\/vnd"),
        envelope.replace("\"payload\"", "\"p\\u0061yload\""),
        serde_json::to_string_pretty(&value).unwrap(),
        serde_json::to_string(&reordered).unwrap(),
    ];
    for spelling in spellings {
        let error = refusal(&spelling);
        assert!(
            matches!(error, DsseError::NotCanonical { .. }),
            "{spelling}: {error}"
        );
    }
    let error = refusal(format!("{envelope}\n")).to_string();
    let place = format!("`\\n` instead of the end at byte {}", envelope.len());
    assert!(error.contains(&place), "{error}");
}

#[test]
fn fields_that_are_unknown_missing_double_or_of_another_kind_are_refused() {
    let envelope = String::from_utf8(signed(TYPE, STATEMENT)).unwrap();
    let wrong = [
        envelope.replacen('{', "{\"extra\":1,", 1),
        envelope.replace("{\"keyid\"", "{\"extra\":1,\"keyid\""),
        envelope.replace("\"payloadType\"", "\"payloadtype\""),
        envelope.replace("\"keyid\":", "\"x\":"),
        envelope.replacen('{', "{\"payload\":\"\",", 1),
        envelope.replacen("\"payloadType\":\"", "\"payloadType\":null,\"x\":\"", 1),
        format!("[{envelope}]"),
        format!("{envelope}{envelope}"),
        "null".to_owned(),
        "[]".to_owned(),
        // A struct may also be read from a list.
        "[\"t\",\"\",[]]".to_owned(),
        String::new(),
        "[".repeat(100_000),
    ];
    for text in wrong {
        let error = refusal(&text);
        assert!(
            matches!(
                error,
                DsseError::NotAnEnvelope { .. } | DsseError::Field { .. }
            ),
            "{:.200}: {error}",
            text
        );
    }
}

#[test]
fn base64_in_another_spelling_is_refused() {
    let bytes = [0xfb, 0xff, 0xbf, 0x3e, 0x3f];
    let envelope = String::from_utf8(signed(TYPE, &bytes)).unwrap();
    assert!(envelope.contains("\"+/+/Pj8=\""), "{envelope}");
    for payload in [
        "-_-_Pj8=",
        "+/+/Pj8",
        "+/+/Pj8==",
        "+/+/Pj9=",
        "+/+/ Pj8=",
        "+/+/Pj8=\\n",
    ] {
        let error = refusal(envelope.replace("+/+/Pj8=", payload));
        assert!(
            matches!(
                error,
                DsseError::Field {
                    field: "payload",
                    ..
                }
            ),
            "{payload}: {error}"
        );
    }
    let signature = sig(envelope.as_bytes(), 0);
    for other in [
        signature.trim_end_matches('='),
        "",
        "AAAA",
        &format!("AAAA{signature}"),
    ] {
        let error = refusal(envelope.replace(&signature, other));
        assert!(
            matches!(
                error,
                DsseError::Field {
                    field: "signature",
                    ..
                }
            ),
            "{other}: {error}"
        );
    }
}

#[test]
fn another_type_is_refused_even_if_it_is_the_one_that_was_asked_for() {
    let envelope = String::from_utf8(signed(TYPE, STATEMENT)).unwrap();
    let error = verify(envelope.as_bytes(), &trusted(), "application/x").unwrap_err();
    assert!(matches!(error, DsseError::OtherType { .. }), "{error}");
    let relabelled = envelope.replace(TYPE, "application/vnd.other+json");
    let error = verify(
        relabelled.as_bytes(),
        &trusted(),
        "application/vnd.other+json",
    )
    .unwrap_err();
    assert!(matches!(error, DsseError::BadSignature { .. }), "{error}");
    let unnamed = envelope.replace(TYPE, "");
    assert!(matches!(
        refusal(unnamed),
        DsseError::Field {
            field: "payloadType",
            ..
        }
    ));
}

#[test]
fn only_trusted_keys_count() {
    let envelope = signed(TYPE, STATEMENT);
    let [own, other] = trusted();
    for trusted in [&[][..], &[other]] {
        let error = verify(&envelope, trusted, TYPE).unwrap_err();
        assert!(matches!(error, DsseError::UntrustedKey { .. }), "{error}");
        assert!(error.to_string().contains(&own.keyid()), "{error}");
    }
    // Naming a trusted key does not make it its signature.
    let text = String::from_utf8(envelope).unwrap();
    let relabelled = text.replace(&own.keyid(), &other.keyid());
    assert!(matches!(
        refusal(relabelled),
        DsseError::BadSignature { .. }
    ));
    for keyid in ["", "A", &own.keyid().to_uppercase()] {
        let relabelled = text.replace(&own.keyid(), keyid);
        assert!(matches!(
            refusal(relabelled),
            DsseError::UntrustedKey { .. }
        ));
    }
}

#[test]
fn with_several_signatures_each_must_be_good_and_in_order() {
    let both = signed_by_both();
    let verified = verify(both.as_bytes(), &trusted(), TYPE).unwrap();
    let mut expected = trusted();
    expected.sort_by_key(|key| key.keyid());
    assert_eq!(verified.keys, expected);
    let [own, _] = trusted();
    let error = verify(both.as_bytes(), &[own], TYPE).unwrap_err();
    assert!(
        matches!(error, DsseError::UntrustedKey { trusted: 1, .. }),
        "{error}"
    );

    let (head, list) = both.split_once("\"signatures\":[").unwrap();
    let list = list.trim_end_matches("]}");
    let (one, two) = list.split_once("},").unwrap();
    let one = format!("{one}}}");
    let again = |list: &[&str]| refusal(format!("{head}\"signatures\":[{}]}}", list.join(",")));
    for list in [&[two, &one][..], &[&one, &one], &[&one, two, two], &[]] {
        let error = again(list);
        assert!(
            matches!(
                error,
                DsseError::Field {
                    field: "list of signatures",
                    ..
                }
            ),
            "{error}"
        );
    }
    let nine: Vec<String> = (0..9)
        .map(|n| one.replacen("sha256:", &format!("{n}"), 1))
        .collect();
    let nine: Vec<&str> = nine.iter().map(String::as_str).collect();
    assert!(again(&nine).to_string().contains("longer than 8"));
}

#[test]
fn sizes_are_limited_on_both_sides() {
    let [key, _] = keys();
    let error = refusal(vec![b' '; MAX_BYTES + 1]);
    assert!(matches!(error, DsseError::TooLarge { .. }), "{error}");
    let error = sign(TYPE, &vec![0; MAX_BYTES / 4 * 3], &key).unwrap_err();
    assert!(matches!(error, DsseError::TooLarge { .. }), "{error}");
    for payload_type in ["", &"t".repeat(MAX_TYPE_BYTES + 1)] {
        let error = sign(payload_type, b"", &key).unwrap_err();
        assert!(matches!(error, DsseError::Field { .. }), "{error}");
    }
    // The room that is left for everything but the payload is enough for the longest spelling of a type.
    let envelope = signed(&"\u{1}".repeat(MAX_TYPE_BYTES), b"");
    assert!(envelope.len() + MAX_SIGNATURES * 200 < 1 << 14);
}

#[test]
fn a_parsed_envelope_shows_what_it_claims() {
    let envelope = Envelope::parse(&signed(TYPE, STATEMENT)).unwrap();
    assert_eq!(envelope.payload_type(), TYPE);
    assert_eq!(envelope.unverified_payload().unwrap(), STATEMENT);
    assert_eq!(
        envelope.keyids().collect::<Vec<_>>(),
        [trusted()[0].keyid()]
    );
}

#[test]
fn hostile_text_is_plain_in_errors() {
    let [key, _] = keys();
    let hostile = sign("a\u{1b}[2J\u{202e}", b"", &key)
        .unwrap()
        .to_bytes()
        .unwrap();
    let error = refusal(&hostile).to_string();
    assert!(
        error.contains("\\u{1b}") && !error.contains('\u{1b}'),
        "{error}"
    );
}

#[test]
fn signatures_of_strangers_can_be_left_out_of_account_and_still_count_for_nothing() {
    let both = signed_by_both().into_bytes();
    let [own, other] = trusted();
    let known = |keys: &[PublicKey]| verify_known(&both, keys, TYPE).unwrap().keys;
    assert_eq!(known(&[own]), [own]);
    assert_eq!(known(&[other, other]), [other]);
    assert_eq!(known(&[]), []);
    let relabelled = signed_by_both().replace(TYPE, "application/vnd.other+json");
    let error = verify_known(relabelled.as_bytes(), &[own], "application/vnd.other+json");
    assert!(matches!(error, Err(DsseError::BadSignature { .. })));
    assert!(matches!(
        verify_known(&both, &[own], "application/x"),
        Err(DsseError::OtherType { .. })
    ));
}

#[test]
fn several_keys_sign_in_order_and_each_once() {
    let [one, two] = keys();
    let both = sign_all(TYPE, STATEMENT, &[&one, &two, &one]).unwrap();
    assert_eq!(both.to_bytes().unwrap(), signed_by_both().into_bytes());
    let again = sign_all(TYPE, STATEMENT, &[&two, &one]).unwrap();
    assert_eq!(again, both);
    let error = sign_all(TYPE, STATEMENT, &[]).unwrap_err();
    assert!(error.to_string().contains("is empty"), "{error}");
    let nine: Vec<SigningKey> = (1..=9).map(|n| SigningKey::from_seed(&[n; 32])).collect();
    let nine: Vec<&SigningKey> = nine.iter().collect();
    let error = sign_all(TYPE, STATEMENT, &nine).unwrap_err();
    assert!(error.to_string().contains("longer than 8"), "{error}");
}

proptest! {
    #[test]
    fn parsing_anything_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in any::<String>()) {
        prop_assert!(verify(&bytes, &trusted(), TYPE).is_err());
        prop_assert!(Envelope::parse(text.as_bytes()).is_err());
        prop_assert!(text.parse::<PublicKey>().is_err());
    }

    #[test]
    fn parsing_what_looks_like_an_envelope_never_panics(
        payload_type in any::<String>(),
        payload in "[A-Za-z0-9+/=]{0,20}",
        keyid in any::<String>(),
        sig in "[A-Za-z0-9+/]{0,86}={0,2}",
        times in 0..10_usize,
    ) {
        let one = serde_json::json!({ "keyid": keyid, "sig": sig });
        let envelope = serde_json::json!({ "payloadType": payload_type, "payload": payload, "signatures": vec![one; times] });
        prop_assert!(verify(envelope.to_string().as_bytes(), &trusted(), &payload_type).is_err());
    }

    #[test]
    fn any_exchange_of_bytes_is_refused(at in any::<prop::sample::Index>(), with in proptest::collection::vec(any::<u8>(), 0..6), length in 0..6_usize) {
        let envelope = signed(TYPE, STATEMENT);
        let from = at.index(envelope.len());
        let to = (from + length).min(envelope.len());
        let mut changed = envelope.clone();
        changed.splice(from..to, with);
        prop_assert_eq!(verify(&changed, &trusted(), TYPE).is_ok(), changed == envelope);
    }

    #[test]
    fn any_type_and_payload_come_back(payload_type in ".{1,60}", payload in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(verify(&signed(&payload_type, &payload), &trusted(), &payload_type).unwrap().payload, payload);
    }
}
