//! Passkeys, by a device that is made of software: adding one, signing in, deciding.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_console::people::Role;
use guildhall_host::{RunStatus, Tenant};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::approvals::{hash, shop, waits};
use super::bench::{Answer, Bench, Browser, HOST, PASSWORD};

const LATER: i64 = 6 * 60 * 1000;

/// What stands before the point of a P-256 key in a certificate.
const P256: &str = "3059301306072a8648ce3d020106082a8648ce3d030107034200";

struct Device {
    pair: EcdsaKeyPair,
    id: Vec<u8>,
    counter: u32,
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self {
            pair: EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &random).unwrap(),
            id: id.as_bytes().to_vec(),
            counter: 0,
        }
    }

    fn data(&mut self, flags: u8, more: &[u8]) -> Vec<u8> {
        self.counter += 1;
        let mut data = Sha256::digest("localhost").to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data.extend(more);
        data
    }

    fn client(kind: &str, challenge: &str) -> Vec<u8> {
        format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"http://{HOST}","crossOrigin":false}}"#)
            .into_bytes()
    }

    /// What a browser sends for a new passkey.
    fn made(&mut self, challenge: &str) -> Vec<(&'static str, String)> {
        let mut more = vec![0; 16];
        more.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        more.extend(&self.id);
        more.push(0xa5);
        let mut key = hex::decode(P256).unwrap();
        key.extend(self.pair.public_key().as_ref());
        vec![
            ("passkey.id", b64(&self.id)),
            ("passkey.data", b64(self.data(0x45, &more))),
            (
                "passkey.client",
                b64(Self::client("webauthn.create", challenge)),
            ),
            ("passkey.key", b64(key)),
            ("passkey.alg", "-7".to_owned()),
        ]
    }

    /// What a browser sends for one that is shown.
    fn shown(&mut self, challenge: &str) -> Vec<(&'static str, String)> {
        let (data, client) = (
            self.data(0x05, &[]),
            Self::client("webauthn.get", challenge),
        );
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        vec![
            ("passkey.id", b64(&self.id)),
            ("passkey.data", b64(data)),
            ("passkey.client", b64(client)),
            ("passkey.signature", b64(signature)),
        ]
    }
}

fn asked(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

async fn challenge(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let asked = asked(&browser.post(path, fields).await);
    assert_eq!(asked["rp_id"], "localhost");
    asked["challenge"].as_str().unwrap().to_owned()
}

async fn send(
    browser: &mut Browser,
    path: &str,
    fields: &[(&str, &str)],
    answer: &[(&str, String)],
) -> Answer {
    let mut all = fields.to_vec();
    all.extend(answer.iter().map(|(name, value)| (*name, value.as_str())));
    browser.post(path, &all).await
}

/// A passkey of whoever is signed in here.
async fn added(browser: &mut Browser, device: &mut Device) -> Answer {
    let challenge = challenge(browser, "/settings/passkeys/challenge", &[]).await;
    let made = device.made(&challenge);
    send(
        browser,
        "/settings/passkeys",
        &[("label", "my phone")],
        &made,
    )
    .await
}

/// A person with a passkey, who signed in a while ago, and a run that waits for the first payment to somebody.
async fn ready() -> (Bench, Browser, Device, String) {
    let bench = shop().await;
    let mut ann = bench.owner().await;
    let mut phone = Device::new("phone of Ann");
    assert_eq!(
        added(&mut ann, &mut phone).await.goes_to(),
        "/settings/passkeys?done=1"
    );
    ann.get("/settings/passkeys")
        .await
        .says("my phone")
        .says("never used");
    bench.app.clock.advance(LATER);
    let run = waits(&bench, "order-1", "12.00").await;
    (bench, ann, phone, run)
}

async fn is_waiting(bench: &Bench, run: &str) -> bool {
    let run = bench
        .host
        .run(&Tenant::local(), run)
        .await
        .unwrap()
        .unwrap();
    run.outcome.status == RunStatus::AwaitingApproval
}

#[tokio::test]
async fn a_passkey_answers_for_one_card_once_and_for_no_other() {
    let (bench, mut ann, mut phone, run) = ready().await;
    let other = waits(&bench, "order-2", "13.00").await;
    let (mine, theirs) = (hash(&bench, &run).await, hash(&bench, &other).await);
    let path = format!("/approvals/{run}");
    ann.get(&path)
        .await
        .says(&format!("data-passkey=\"{path}/challenge\""));
    let decision = [("decision", "once"), ("effects", mine.as_str())];
    // A challenge for another card, and for other effects of this one.
    for (asked_at, effects) in [(&other, &theirs), (&run, &theirs)] {
        let ask = format!("/approvals/{asked_at}/challenge");
        let challenge = challenge(&mut ann, &ask, &[("effects", effects)]).await;
        let refused = send(&mut ann, &path, &decision, &phone.shown(&challenge)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        refused.says("it is for another purpose");
    }
    // One for adding a passkey, one that the server never gave.
    let adding = challenge(&mut ann, "/settings/passkeys/challenge", &[]).await;
    for challenge in [adding, b64([7; 32])] {
        let refused = send(&mut ann, &path, &decision, &phone.shown(&challenge)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    // Too late.
    let ask = format!("{path}/challenge");
    let challenge_now = challenge(&mut ann, &ask, &[("effects", &mine)]).await;
    bench.app.clock.advance(LATER);
    let refused = send(&mut ann, &path, &decision, &phone.shown(&challenge_now)).await;
    refused.says("too late, or twice");
    // Signed by another device under the same name.
    let challenge_now = challenge(&mut ann, &ask, &[("effects", &mine)]).await;
    let refused = send(
        &mut ann,
        &path,
        &decision,
        &Device::new("phone of Ann").shown(&challenge_now),
    )
    .await;
    refused.says("its signature does not fit");
    assert!(is_waiting(&bench, &run).await);
    let challenge_now = challenge(&mut ann, &ask, &[("effects", &mine)]).await;
    let answer = phone.shown(&challenge_now);
    let done = send(&mut ann, &path, &decision, &answer).await;
    assert_eq!(done.goes_to(), format!("{path}?done=1"));
    // The same answer is worth nothing a second time, for this card or another.
    let again = [("decision", "once"), ("effects", theirs.as_str())];
    let refused = send(&mut ann, &format!("/approvals/{other}"), &again, &answer).await;
    refused.says("too late, or twice");
    ann.get("/settings/passkeys").await.says("last used");
}

#[tokio::test]
async fn a_passkey_of_somebody_else_or_of_another_session_proves_nothing() {
    let (bench, mut ann, mut phone, run) = ready().await;
    let effects = hash(&bench, &run).await;
    let mut bo = {
        let mut fresh = bench.browser();
        fresh.get("/sign-in").await;
        fresh
            .post("/sign-in", &[("name", "Ann"), ("password", PASSWORD)])
            .await;
        bench.invited(&mut fresh, "Bo", Role::Approver).await
    };
    let mut key = Device::new("key of Bo");
    added(&mut bo, &mut key).await.goes_to();
    let path = format!("/approvals/{run}");
    let ask = format!("{path}/challenge");
    let decision = [("decision", "once"), ("effects", effects.as_str())];
    bench.app.clock.advance(LATER);
    // Bo's challenge, Ann's passkey; Ann's challenge, Bo's passkey; Ann's challenge in Bo's session.
    let of_bo = challenge(&mut bo, &ask, &[("effects", &effects)]).await;
    let refused = send(&mut bo, &path, &decision, &phone.shown(&of_bo)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let of_ann = challenge(&mut ann, &ask, &[("effects", &effects)]).await;
    let refused = send(&mut ann, &path, &decision, &key.shown(&of_ann)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let of_ann = challenge(&mut ann, &ask, &[("effects", &effects)]).await;
    let refused = send(&mut bo, &path, &decision, &key.shown(&of_ann)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(is_waiting(&bench, &run).await);
    // A counter that goes back is a copy.
    let of_ann = challenge(&mut ann, &ask, &[("effects", &effects)]).await;
    phone.counter = 0;
    let refused = send(&mut ann, &path, &decision, &phone.shown(&of_ann)).await;
    refused.says("there may be a copy of it");
}

#[tokio::test]
async fn a_passkey_signs_in_whose_it_is_and_a_removed_one_nobody() {
    let (bench, mut ann, mut phone, _) = ready().await;
    let ask = "/sign-in/passkey/challenge";
    let mut browser = bench.browser();
    browser.get("/sign-in").await.says("Sign in with a passkey");
    let before = browser.cookie.clone();
    let found = challenge(&mut browser, ask, &[]).await;
    // Another browser has got hold of the answer.
    let answer = phone.shown(&found);
    let mut eve = bench.browser();
    eve.get("/sign-in").await;
    let refused = send(&mut eve, "/sign-in/passkey", &[], &answer).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let refused = send(&mut browser, "/sign-in/passkey", &[], &answer).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "it was used up");
    let found = challenge(&mut browser, ask, &[]).await;
    let next = [("next", "/mandates")];
    let signed_in = send(
        &mut browser,
        "/sign-in/passkey",
        &next,
        &phone.shown(&found),
    )
    .await;
    assert_eq!(signed_in.goes_to(), "/mandates");
    assert_ne!(browser.cookie, before);
    browser.get("/settings/account").await.says("Ann");
    // A stolen session adds none: the password is asked for.
    let mut other = Device::new("of a thief");
    let refused = added(&mut ann, &mut other).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    refused.says("Nothing was changed");
    let id = b64("phone of Ann");
    assert_eq!(
        ann.post("/settings/passkeys/remove", &[("id", &id)])
            .await
            .goes_to(),
        "/settings/passkeys"
    );
    let mut browser = bench.browser();
    browser.get("/sign-in").await;
    let found = challenge(&mut browser, ask, &[]).await;
    let refused = send(&mut browser, "/sign-in/passkey", &[], &phone.shown(&found)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_passkey_deletes_everything_only_for_a_challenge_of_just_that_deletion() {
    let (bench, mut ann, mut phone, run) = ready().await;
    let path = "/settings/data/delete";
    let ask = "/settings/data/delete/challenge";
    let word = [("word", "delete everything")];
    ann.get(path).await.says(&format!("data-passkey=\"{ask}\""));
    // Neither having just signed in nor a challenge for something else is enough.
    let mut fresh = bench.browser();
    fresh.get("/sign-in").await;
    let name = [("name", "Ann"), ("password", PASSWORD)];
    fresh.post("/sign-in", &name).await.goes_to();
    let refused = fresh.post(path, &word).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let effects = hash(&bench, &run).await;
    let shown = [("effects", effects.as_str())];
    let amount = [("currency", "EUR"), ("amount", "45.00")];
    for (other, fields) in [
        (format!("/approvals/{run}/challenge"), &shown[..]),
        ("/settings/ceilings/challenge".to_owned(), &amount[..]),
        ("/settings/passkeys/challenge".to_owned(), &[]),
    ] {
        let found = challenge(&mut ann, &other, fields).await;
        let refused = send(&mut ann, path, &word, &phone.shown(&found)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{other}");
        refused.says("Nothing was deleted.");
    }
    // One that another session asked for.
    let theirs = challenge(&mut fresh, ask, &word).await;
    let refused = send(&mut ann, path, &word, &phone.shown(&theirs)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // Nor does a deletion's challenge approve anything.
    let found = challenge(&mut ann, ask, &word).await;
    let once = [("decision", "once"), ("effects", effects.as_str())];
    let refused = send(
        &mut ann,
        &format!("/approvals/{run}"),
        &once,
        &phone.shown(&found),
    )
    .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(is_waiting(&bench, &run).await);
    let found = challenge(&mut ann, ask, &word).await;
    let done = send(&mut ann, path, &word, &phone.shown(&found)).await;
    assert_eq!(done.goes_to(), "/settings/data?done=deleted");
    let gone = ann.get(&format!("/runs/{run}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let mut op = bench.invited(&mut ann, "Op", Role::Operator).await;
    let refused = op.post(ask, &word).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_passkey_raises_a_ceiling_to_the_amount_that_was_asked_for() {
    let (_bench, mut ann, mut phone, _) = ready().await;
    let path = "/settings/ceilings";
    let ask = "/settings/ceilings/challenge";
    let less = [("currency", "USD"), ("amount", "2000")];
    let more = [("currency", "USD"), ("amount", "3000")];
    let found = challenge(&mut ann, ask, &less).await;
    let refused = send(&mut ann, path, &more, &phone.shown(&found)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let found = challenge(&mut ann, ask, &more).await;
    let done = send(&mut ann, path, &more, &phone.shown(&found)).await;
    ann.get(done.goes_to()).await.says("USD 3,000.00");
}
