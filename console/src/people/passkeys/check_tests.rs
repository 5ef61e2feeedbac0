#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use proptest::prelude::*;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};

const SITE: Site<'static> = Site {
    rp_id: "localhost",
    origin: "http://localhost:8470",
};

fn client_data(kind: &str, more: &str) -> Vec<u8> {
    format!(
        r#"{{"type":"{kind}","challenge":"Y2g","origin":"{}"{more}}}"#,
        SITE.origin
    )
    .into_bytes()
}

/// Authenticator data of a device that checked its holder.
fn data(flags: u8, counter: u32, more: &[u8]) -> Vec<u8> {
    let mut data = Sha256::digest(SITE.rp_id.as_bytes()).to_vec();
    data.push(flags);
    data.extend(counter.to_be_bytes());
    data.extend(more);
    data
}

/// A device of each kind, with what it hands over.
enum Device2 {
    P256(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Device2 {
    fn all() -> Vec<Self> {
        let random = SystemRandom::new();
        let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        vec![
            Self::P256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, p256.as_ref(), &random)
                    .unwrap(),
            ),
            Self::Ed(Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap()),
        ]
    }

    fn kept(&self) -> (i64, Vec<u8>) {
        let (alg, prefix, public): (i64, &[u8], &[u8]) = match self {
            Self::P256(pair) => (ES256, &P256, pair.public_key().as_ref()),
            Self::Ed(pair) => (EDDSA, &ED, pair.public_key().as_ref()),
        };
        let spki = [prefix, public].concat();
        (alg, key(alg, &spki).unwrap())
    }

    fn sign(&self, data: &[u8], client: &[u8]) -> Vec<u8> {
        let mut signed = data.to_vec();
        signed.extend(Sha256::digest(client));
        match self {
            Self::P256(pair) => pair
                .sign(&SystemRandom::new(), &signed)
                .unwrap()
                .as_ref()
                .to_vec(),
            Self::Ed(pair) => pair.sign(&signed).as_ref().to_vec(),
        }
    }
}

#[test]
fn an_answer_of_a_passkey_is_taken_and_each_flipped_bit_of_it_is_not() {
    for device in Device2::all() {
        let (alg, key) = device.kept();
        let kept = Kept {
            alg,
            key: &key,
            counter: 3,
        };
        let (data, client) = (data(0x05, 4, &[]), client_data("webauthn.get", ""));
        let signature = device.sign(&data, &client);
        assert_eq!(verify(kept, &data, &client, &signature, SITE), Ok(4));
        for (which, part) in [&data, &client, &signature].into_iter().enumerate() {
            for at in 0..part.len() * 8 {
                let mut bent = part.clone();
                bent[at / 8] ^= 1 << (at % 8);
                let parts = [&data, &client, &signature].map(Clone::clone);
                let mut parts = parts;
                parts[which] = bent;
                let judged = verify(kept, &parts[0], &parts[1], &parts[2], SITE);
                assert!(judged.is_err(), "part {which}, bit {at}");
            }
        }
    }
}

#[test]
fn a_counter_never_goes_back_and_who_does_not_count_is_taken() {
    let device = Device2::all().remove(0);
    let (alg, key) = device.kept();
    let judged = |before, now| {
        let (data, client) = (data(0x05, now, &[]), client_data("webauthn.get", ""));
        let signature = device.sign(&data, &client);
        verify(
            Kept {
                alg,
                key: &key,
                counter: before,
            },
            &data,
            &client,
            &signature,
            SITE,
        )
    };
    assert_eq!(judged(0, 0), Ok(0));
    assert_eq!(judged(0, 1), Ok(1));
    for (before, now) in [(1, 1), (2, 1), (1, 0)] {
        assert_eq!(judged(before, now), Err(Bad::Counter));
    }
}

#[test]
fn who_holds_the_device_was_checked_and_the_site_is_this_one() {
    for flags in [0x00, 0x01, 0x04] {
        assert_eq!(device(&data(flags, 0, &[]), SITE), Err(Bad::Nobody));
    }
    let other = Site {
        rp_id: "localhost.evil.test",
        ..SITE
    };
    assert_eq!(device(&data(0x05, 0, &[]), other), Err(Bad::Site));
    // Something behind it that its flags don't speak of.
    assert_eq!(device(&data(0x05, 0, &[1]), SITE), Err(Bad::Form));
    assert_eq!(device(&data(0x85, 0, &[]), SITE), Err(Bad::Form));
    assert!(device(&data(0x85, 0, &[0xa0]), SITE).is_ok());
}

#[test]
fn what_the_browser_says_it_did_is_what_was_asked_for_here() {
    let said = |kind, more, asked| client(&client_data(kind, more), asked, SITE);
    assert_eq!(said("webauthn.get", "", Asked::Show).as_deref(), Ok("Y2g"));
    assert_eq!(
        said("webauthn.create", "", Asked::Make).as_deref(),
        Ok("Y2g")
    );
    assert!(
        said(
            "webauthn.get",
            r#","crossOrigin":false,"other":1"#,
            Asked::Show
        )
        .is_ok()
    );
    assert_eq!(said("webauthn.create", "", Asked::Show), Err(Bad::Purpose));
    assert_eq!(said("webauthn.get", "", Asked::Make), Err(Bad::Purpose));
    assert_eq!(
        said("webauthn.get", r#","crossOrigin":true"#, Asked::Show),
        Err(Bad::Site)
    );
    assert_eq!(
        said(
            "webauthn.get",
            r#","topOrigin":"https://evil.test""#,
            Asked::Show
        ),
        Err(Bad::Site)
    );
    // Which of two is meant?
    assert_eq!(
        said("webauthn.get", r#","challenge":"b3RoZXI""#, Asked::Show),
        Err(Bad::Form)
    );
    for origin in [
        "https://localhost:8470",
        "http://localhost",
        "http://127.0.0.1:8470",
        "http://localhost:8470.evil.test",
    ] {
        let site = Site { origin, ..SITE };
        assert_eq!(
            client(&client_data("webauthn.get", ""), Asked::Show, site),
            Err(Bad::Site),
            "{origin}"
        );
    }
}

#[test]
fn a_new_credential_is_read_to_its_end() {
    let made = |id: &[u8], length: u16, key: &[u8]| {
        let mut more = vec![0; MODEL];
        more.extend(length.to_be_bytes());
        more.extend(id);
        more.extend(key);
        data(0x45, 0, &more)
    };
    let good = made(b"credential", 10, &[0xa5]);
    assert_eq!(
        device(&good, SITE).unwrap().credential,
        Some(&b"credential"[..])
    );
    for bad in [
        made(b"credential", 12, &[0xa5]),
        made(b"", 0, &[0xa5]),
        made(b"credential", 10, &[]),
    ] {
        assert_eq!(device(&bad, SITE), Err(Bad::Form));
    }
    // What made a credential is no answer of one.
    let (alg, key) = Device2::all().remove(0).kept();
    let kept = Kept {
        alg,
        key: &key,
        counter: 0,
    };
    assert_eq!(verify(kept, &good, b"{}", &[], SITE), Err(Bad::Form));
}

#[test]
fn only_keys_of_the_three_kinds_in_their_one_form_are_taken() {
    let point = [&P256[..], &[4], &[7; 64]].concat();
    assert_eq!(key(ES256, &point).unwrap().len(), 65);
    let squeezed = [&P256[..], &[2], &[7; 32]].concat();
    assert_eq!(key(ES256, &squeezed), Err(Bad::Key));
    assert_eq!(key(EDDSA, &point), Err(Bad::Key));
    assert_eq!(key(-35, &point), Err(Bad::Key));
    assert_eq!(key(ES256, &[&point[..], &[0]].concat()), Err(Bad::Key));
}

proptest! {
    #[test]
    fn no_bytes_panic(
        one in prop::collection::vec(any::<u8>(), 0..200),
        two in prop::collection::vec(any::<u8>(), 0..200),
        alg in prop::sample::select(vec![ES256, EDDSA, RS256, 0]),
    ) {
        let _ = client(&one, Asked::Show, SITE);
        let _ = device(&one, SITE);
        let _ = key(alg, &one);
        let kept = Kept { alg, key: &one, counter: 0 };
        prop_assert!(verify(kept, &two, &one, &two, SITE).is_err());
    }

    /// Behind a head that is right, whatever follows.
    #[test]
    fn no_authenticator_data_panics(flags in any::<u8>(), more in prop::collection::vec(any::<u8>(), 0..80)) {
        let bytes = data(flags, 1, &more);
        if let Ok(said) = device(&bytes, SITE) {
            prop_assert_eq!(flags & 0x05, 0x05);
            prop_assert_eq!(said.credential.is_some(), flags & HAS_CREDENTIAL != 0);
        }
    }

    #[test]
    fn no_der_panics_and_a_length_is_never_believed(bytes in prop::collection::vec(prop::sample::select(vec![0x30_u8, 0x03, 0x81, 0x82, 0xff, 0x00, 0x80, 0x01]), 0..40)) {
        let _ = rsa(&bytes);
        if let Some((content, after)) = element(0x30, &bytes) {
            prop_assert!(content.len() + after.len() < bytes.len());
        }
    }
}
