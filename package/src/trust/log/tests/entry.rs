//! Log entries: their one spelling, and what they refuse.

use proptest::prelude::*;

use crate::trust::canonical::CanonicalError;
use crate::trust::keys::{PublicKey, SigningKey};
use crate::trust::log::entry::*;
use crate::{Digest, SkillName};

fn key() -> PublicKey {
    SigningKey::from_seed(&[1; 32]).public()
}

fn name() -> SkillName {
    "acme/rates".parse().unwrap()
}

fn withdrawal(reason: &str) -> Withdrawal {
    Withdrawal {
        name: name(),
        version: "1.2.3-rc.1".parse().unwrap(),
        release: Digest::of(b"release"),
        reason: reason.to_owned(),
    }
}

fn release(version: &str) -> Event {
    Event::Release(ReleaseEntry {
        name: name(),
        version: version.parse().unwrap(),
        release: Digest::of(b"release"),
        component: Digest::of(b"component"),
        publisher_statement: Digest::of(b"publisher"),
        review_statement: Digest::of(b"review"),
        key: key(),
    })
}

fn price(minor: u64, currency: &str) -> Event {
    Event::Price {
        name: name(),
        price: Price::PerMonth {
            minor,
            currency: currency.to_owned(),
        },
    }
}

fn events() -> Vec<(Event, &'static str)> {
    let publisher = || "acme".parse().unwrap();
    vec![
        (
            Event::NamespaceGranted {
                publisher: publisher(),
            },
            r#"{"at":1,"publisher":"acme","type":"namespace-granted"}"#,
        ),
        (
            Event::KeyGranted {
                publisher: publisher(),
                key: key(),
            },
            r#"{"at":1,"key":"ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=","publisher":"acme","type":"key-granted"}"#,
        ),
        (
            Event::KeyRevoked {
                publisher: publisher(),
                key: key(),
                from: 0,
            },
            r#"{"at":1,"from":0,"key":"ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=","publisher":"acme","type":"key-revoked"}"#,
        ),
        (
            release("1.0.0"),
            concat!(
                r#"{"at":1,"component":"sha256:6985ca1f4daa5a584a28eae043a239cb96689af1337ea13afb63e00c2bf512fa","#,
                r#""key":"ed25519:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=","name":"acme/rates","#,
                r#""publisher-statement":"sha256:"#,
            ),
        ),
        (
            price(990, "EUR"),
            r#"{"at":1,"name":"acme/rates","price":{"currency":"EUR","minor":990,"model":"per-month"},"type":"price"}"#,
        ),
        (
            Event::Price {
                name: name(),
                price: Price::Free,
            },
            r#"{"at":1,"name":"acme/rates","price":{"model":"free"},"type":"price"}"#,
        ),
        (
            Event::Price {
                name: name(),
                price: Price::OneTime {
                    minor: 1,
                    currency: "JPY".to_owned(),
                },
            },
            r#"{"at":1,"name":"acme/rates","price":{"currency":"JPY","minor":1,"model":"one-time"},"type":"price"}"#,
        ),
        (
            Event::Yank(withdrawal("Rounds wrong.")),
            r#"{"at":1,"name":"acme/rates","reason":"Rounds wrong.","release":"sha256:"#,
        ),
        (
            Event::Unyank(withdrawal("é")),
            r#"{"at":1,"name":"acme/rates","reason":"é","release":"sha256:"#,
        ),
        (
            Event::Revoke(withdrawal("\"x\"")),
            r#"{"at":1,"name":"acme/rates","reason":"\"x\"","release":"sha256:"#,
        ),
    ]
}

fn entry(event: Event) -> Entry {
    Entry { at: 1, event }
}

fn field(error: &EntryError) -> &'static str {
    match error {
        EntryError::Field { field, .. } => field,
        EntryError::Form(_) => panic!("{error}"),
    }
}

#[test]
fn every_kind_of_entry_comes_back_from_its_one_spelling() {
    for (event, beginning) in events() {
        let entry = entry(event);
        let bytes = entry.to_bytes().unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.starts_with(beginning), "{text}");
        assert_eq!(Entry::parse(&bytes).unwrap(), entry);
        assert_eq!(
            entry.leaf().unwrap(),
            crate::trust::log::TreeHash::leaf(&bytes)
        );
    }
}

#[test]
fn another_spelling_of_an_entry_is_refused() {
    let good = r#"{"at":1,"publisher":"acme","type":"namespace-granted"}"#;
    assert!(Entry::parse(good.as_bytes()).is_ok());
    for other in [
        format!("{good}\n"),
        good.replace(':', ": "),
        good.replace("acme", "\\u0061cme"),
        good.replace("{\"at\":1,", "{")
            .replace("\"namespace-granted\"", "\"namespace-granted\",\"at\":1"),
        good.replace("\"at\":1", "\"at\":1.0"),
        good.replace("\"at\":1", "\"at\":1e0"),
        good.replace("\"at\":1", "\"at\":\"1\""),
        good.replace("\"at\":1", "\"at\":1,\"at\":1"),
        good.replace("\"at\":1", "\"at\":1,\"extra\":null"),
        good.replace("\"acme\"", "\"Acme\""),
        good.replace("\"acme\"", "\"acme\",\"publisher\":\"acme\""),
        good.replace("namespace-granted", "namespace_granted"),
        good.replace("namespace-granted", "granted"),
        format!("[{good}]"),
        "[1,\"acme\"]".to_owned(),
        "{}".to_owned(),
        String::new(),
    ] {
        assert!(
            matches!(Entry::parse(other.as_bytes()), Err(EntryError::Form(_))),
            "{other}"
        );
    }
}

#[test]
fn values_that_cannot_be_are_refused_when_written_and_when_read() {
    let cases: Vec<(&str, Event)> = vec![
        ("version", release("1.0.0+build")),
        ("minor", price(0, "EUR")),
        ("minor", price(MAX_PRICE_MINOR + 1, "EUR")),
        ("currency", price(1, "eur")),
        ("currency", price(1, "EURO")),
        ("currency", price(1, "")),
        ("reason", Event::Revoke(withdrawal(""))),
        ("reason", Event::Revoke(withdrawal("a\nb"))),
        ("reason", Event::Yank(withdrawal("\u{202e}abc"))),
        ("reason", Event::Unyank(withdrawal(" x"))),
        (
            "reason",
            Event::Revoke(withdrawal(&"x".repeat(MAX_REASON_CHARS + 1))),
        ),
        (
            "from",
            Event::KeyRevoked {
                publisher: "acme".parse().unwrap(),
                key: key(),
                from: -1,
            },
        ),
    ];
    for (expected, event) in cases {
        let entry = entry(event);
        assert_eq!(field(&entry.to_bytes().unwrap_err()), expected);
        // Written all the same, by somebody else, it is not read.
        let bytes = crate::trust::canonical::to_vec(&entry).unwrap();
        assert_eq!(field(&Entry::parse(&bytes).unwrap_err()), expected);
    }
    let fits = entry(Event::Revoke(withdrawal(&"x".repeat(MAX_REASON_CHARS))));
    assert!(fits.to_bytes().is_ok());
    for at in [-1, MAX_TIME_MS + 1] {
        let (event, _) = events().remove(0);
        assert_eq!(field(&Entry { at, event }.to_bytes().unwrap_err()), "at");
    }
}

#[test]
fn an_entry_has_a_longest_length() {
    let long = vec![b' '; MAX_ENTRY_BYTES + 1];
    assert_eq!(
        Entry::parse(&long),
        Err(EntryError::Form(CanonicalError::TooLarge {
            size: MAX_ENTRY_BYTES + 1,
            limit: MAX_ENTRY_BYTES
        }))
    );
}

proptest! {
    #[test]
    fn any_changed_byte_makes_another_entry_or_none(which in 0..10_usize, at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let (event, _) = events().swap_remove(which);
        let entry = entry(event);
        let bytes = entry.to_bytes().unwrap();
        let mut changed = bytes.clone();
        let at = at.index(changed.len());
        changed[at] = to;
        if changed != bytes
            && let Ok(other) = Entry::parse(&changed)
        {
            prop_assert_ne!(&other, &entry);
            prop_assert_eq!(other.to_bytes().unwrap(), changed);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in r#"[{}"a-z:,0-9\\-]{0,80}"#) {
        prop_assert!(Entry::parse(&bytes).is_err());
        prop_assert!(Entry::parse(text.as_bytes()).is_err());
    }
}
