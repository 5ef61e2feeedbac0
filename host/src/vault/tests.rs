use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

// Made with PyNaCl and Python's `hmac` from the description of the format, not by this code.
const GOLDEN: &str =
    "sealed:Z2h2MQABAgMEBQYHCAkKCwwNDg8QERITFBUWFysZdcOvmJKk2ts/ipQDURR4Pj3DM6L/dOt5aQ==";
const GOLDEN_FINGERPRINT: &str = "f6ce9c8d4bd5ddad";
const GOLDEN_COMMITMENT: &str =
    "hmac-sha256:9292964e69983e669c897a1080abd5cd3798354514f1616fcc935f4a4686cc6a";

fn vault(byte: u8) -> Vault {
    Vault::new(SecretKey32::from_bytes(&[byte; 32]))
}

fn sealer(purpose: &'static str) -> Sealer {
    vault(1).sealer(purpose).unwrap()
}

#[test]
fn what_is_sealed_opens_in_its_context() {
    for length in [0, 1, 31, 32, 33, 100_000] {
        let plain = vec![7; length];
        let sealed = sealer("secrets").seal("secret/a", &plain).unwrap();
        assert_eq!(sealed.len(), length + 44);
        assert!(sealed.starts_with(b"ghv1"));
        assert_eq!(*sealer("secrets").open("secret/a", &sealed).unwrap(), plain);
    }
}

#[test]
fn the_format_stays_as_it_is() {
    // A store that was written once must open for ever.
    assert_eq!(
        *sealer("golden").open_text("a/b", GOLDEN).unwrap(),
        "grüß Gott"
    );
    assert_eq!(vault(1).fingerprint().unwrap(), GOLDEN_FINGERPRINT);
    let commitment = vault(1)
        .commitments("golden", "run")
        .unwrap()
        .commit("input", b"bytes");
    assert_eq!(commitment.to_string(), GOLDEN_COMMITMENT);
}

#[test]
fn sealing_twice_gives_different_bytes_and_none_of_the_plain_ones() {
    let plain = b"a payload that must not be found";
    let sealed: BTreeSet<Vec<u8>> = (0..100)
        .map(|_| sealer("secrets").seal("c", plain).unwrap())
        .collect();
    assert_eq!(sealed.len(), 100);
    for one in sealed {
        assert!(
            !one.windows(8)
                .any(|part| plain.windows(8).any(|p| p == part))
        );
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let sealed = sealer("secrets").seal("secret/a", b"value").unwrap();
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            assert!(
                sealer("secrets").open("secret/a", &changed).is_err(),
                "bit {bit} of byte {at}"
            );
        }
    }
}

#[test]
fn cut_or_longer_bytes_are_refused() {
    let sealed = sealer("secrets").seal("secret/a", b"value").unwrap();
    for length in 0..sealed.len() {
        assert!(
            sealer("secrets")
                .open("secret/a", &sealed[..length])
                .is_err(),
            "{length}"
        );
    }
    let longer = [sealed, vec![0]].concat();
    assert!(sealer("secrets").open("secret/a", &longer).is_err());
}

#[test]
fn another_context_purpose_or_key_does_not_open_it() {
    let sealed = sealer("secrets").seal("secret/a", b"value").unwrap();
    for context in ["", "secret/b", "secret/a\0", "secret/", "/secret/a"] {
        let error = sealer("secrets").open(context, &sealed).unwrap_err();
        assert!(matches!(error, VaultError::DoesNotOpen { .. }), "{error}");
    }
    for other in [
        sealer("payloads"),
        sealer("secret"),
        vault(2).sealer("secrets").unwrap(),
    ] {
        let error = other.open("secret/a", &sealed).unwrap_err();
        assert!(matches!(error, VaultError::DoesNotOpen { .. }), "{error}");
    }
}

#[test]
fn purpose_and_context_can_not_be_shifted_into_each_other() {
    let sealed = sealer("ab").seal("c", b"value").unwrap();
    assert!(sealer("a").open("bc", &sealed).is_err());
    // Under the same key too: the purpose is bound to the value as well as to the key.
    let one = Sealer::new(&[9; 32], "ab");
    let two = Sealer::new(&[9; 32], "a");
    let sealed = one.seal("c", b"value").unwrap();
    assert!(one.open("c", &sealed).is_ok());
    assert!(two.open("bc", &sealed).is_err());
    assert!(two.open("c", &sealed).is_err());
}

#[test]
fn text_is_sealed_as_one_line_for_a_text_column() {
    let sealed = sealer("secrets").seal_text("a", "Grüße 😀").unwrap();
    assert!(sealed.starts_with("sealed:Z2h2M"), "{sealed}");
    assert!(sealed.bytes().all(|byte| byte.is_ascii_graphic()));
    assert_eq!(
        *sealer("secrets").open_text("a", &sealed).unwrap(),
        "Grüße 😀"
    );
    for changed in [
        "",
        "sealed:",
        "sealed:????",
        &sealed[1..],
        &sealed[..sealed.len() - 1],
        &sealed.replace("sealed:", "Sealed:"),
        &format!("{sealed}\n"),
        &format!("{sealed} "),
    ] {
        let error = sealer("secrets").open_text("a", changed).unwrap_err();
        assert!(
            matches!(error, VaultError::NotSealed { .. }),
            "{changed:?}: {error}"
        );
    }
    assert!(sealer("secrets").open_text("b", &sealed).is_err());
}

#[test]
fn bytes_that_are_no_text_are_told_from_text() {
    use base64::Engine as _;
    let sealed = sealer("secrets").seal("a", &[0xff]).unwrap();
    let text = format!(
        "sealed:{}",
        base64::engine::general_purpose::STANDARD.encode(sealed)
    );
    let error = sealer("secrets").open_text("a", &text).unwrap_err();
    assert!(matches!(error, VaultError::NotText { .. }), "{error}");
}

#[test]
fn a_commitment_is_kept_by_the_same_bytes_only() {
    let run = vault(1).commitments("journal", "run-1").unwrap();
    let commitment = run.commit("input", b"invoice 17");
    assert!(run.verify(&commitment, "input", b"invoice 17"));
    assert!(!run.verify(&commitment, "input", b"invoice 18"));
    assert!(!run.verify(&commitment, "output", b"invoice 17"));
    assert!(!run.verify(&commitment, "inputi", b"nvoice 17"));
    for other in [
        vault(1).commitments("journal", "run-2").unwrap(),
        vault(1).commitments("receipts", "run-1").unwrap(),
        vault(1).commitments("journalr", "un-1").unwrap(),
        vault(2).commitments("journal", "run-1").unwrap(),
    ] {
        assert_ne!(other.commit("input", b"invoice 17"), commitment);
        assert!(!other.verify(&commitment, "input", b"invoice 17"));
    }
}

#[test]
fn commitments_are_written_in_one_way() {
    let commitment = vault(1)
        .commitments("journal", "run")
        .unwrap()
        .commit("input", b"");
    let text = commitment.to_string();
    assert_eq!(text.len(), "hmac-sha256:".len() + 64);
    assert_eq!(text.parse(), Ok(commitment));
    let json = serde_json::to_string(&commitment).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(
        serde_json::from_str::<Commitment>(&json).unwrap(),
        commitment
    );
    for wrong in [
        "",
        "hmac-sha256:",
        &text[1..],
        &text[..text.len() - 1],
        &format!("{text}0"),
        &text.replace("hmac-", ""),
        &text.replace("hmac-sha256:", "hmac-sha256:0x").to_string(),
        &format!("hmac-sha256:{}", "A".repeat(64)),
        &format!("hmac-sha256:{}", "g".repeat(64)),
    ] {
        assert_eq!(wrong.parse::<Commitment>(), Err(CommitmentError), "{wrong}");
    }
}

#[test]
fn a_fingerprint_tells_keys_apart_and_is_no_key() {
    let one = vault(1).fingerprint().unwrap();
    assert_eq!(one, vault(1).fingerprint().unwrap());
    assert_ne!(one, vault(2).fingerprint().unwrap());
    assert_eq!(one.len(), 16);
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", vault(1)), "Vault(..)");
    assert_eq!(format!("{:?}", sealer("secrets")), "Sealer(secrets, ..)");
    let commitments = vault(1).commitments("a", "b").unwrap();
    assert_eq!(format!("{commitments:?}"), "Commitments(..)");
}

proptest! {
    #[test]
    fn opening_anything_never_panics_and_never_succeeds(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(sealer("secrets").open("a", &bytes).is_err());
        let dressed = [b"ghv1".as_slice(), &bytes].concat();
        prop_assert!(sealer("secrets").open("a", &dressed).is_err());
    }

    #[test]
    fn opening_any_text_never_panics(text in any::<String>(), encoded in "[A-Za-z0-9+/=]{0,100}") {
        prop_assert!(sealer("secrets").open_text("a", &text).is_err());
        let dressed = format!("sealed:{encoded}");
        prop_assert!(sealer("secrets").open_text("a", &dressed).is_err());
        prop_assert!(text.parse::<Commitment>().is_err());
    }

    #[test]
    fn everything_comes_back(context in any::<String>(), plain in any::<String>()) {
        let sealed = sealer("secrets").seal_text(&context, &plain).unwrap();
        prop_assert_eq!(&*sealer("secrets").open_text(&context, &sealed).unwrap(), &plain);
    }
}
