//! What a browser hands over of a passkey, checked: by the rules of Web Authentication, level 2. Pure.
//!
//! Nothing is asked about who made the device (attestation): the owner of an account says which device is theirs. So the public
//! key is taken as the browser gives it, in the usual form of certificates, and no other encoding has to be read.

use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Longest identifier of a credential, in bytes.
const MAX_ID: usize = 1_023;
/// Head of authenticator data: a hash, flags, a counter.
const HEAD: usize = 37;
/// Identifier of the model, and the length of the credential's identifier.
const MODEL: usize = 16;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_MORE: u8 = 0x80;

/// ECDSA on P-256 with SHA-256, by the numbers of COSE.
pub const ES256: i64 = -7;
/// Ed25519.
pub const EDDSA: i64 = -8;
/// RSA with PKCS#1 v1.5 and SHA-256.
pub const RS256: i64 = -257;

/// Everything before the point of a P-256 key.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// Everything before an Ed25519 key.
const ED: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// That what follows is an RSA key.
const RSA: [u8; 15] = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// Why an answer is no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Bad {
    /// Not in the form that browsers use.
    #[error("it can't be read")]
    Form,
    /// It was made for something else: to add a passkey instead of showing one, or the other way round.
    #[error("it is for another purpose")]
    Purpose,
    /// It was made on another site, or inside one.
    #[error("it was made for another site")]
    Site,
    /// Nobody touched the device, or it did not check who did.
    #[error("the device did not check who holds it")]
    Nobody,
    /// A kind of key that is not taken.
    #[error("this kind of passkey is not taken")]
    Key,
    /// The signature is by another key or over something else.
    #[error("its signature does not fit")]
    Signature,
    /// It counts lower than before.
    #[error("it was used less often than before: there may be a copy of it")]
    Counter,
}

/// The site that passkeys of this console are for.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The name that they belong to: `localhost`, `console.example`.
    pub rp_id: &'a str,
    /// As browsers call it: `http://localhost:8470`.
    pub origin: &'a str,
}

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// What a browser was asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To make a passkey.
    Make,
    /// To show one.
    Show,
}

/// Reads what the browser says it did. Gives the challenge, as text.
///
/// # Errors
/// [`Bad`], if it was not this, or not here.
pub fn client(json: &[u8], asked: Asked, site: Site<'_>) -> Result<String, Bad> {
    let data: ClientData = serde_json::from_slice(json).map_err(|_| Bad::Form)?;
    let kind = match asked {
        Asked::Make => "webauthn.create",
        Asked::Show => "webauthn.get",
    };
    if data.kind != kind {
        return Err(Bad::Purpose);
    }
    let is_inside = data.cross_origin == Some(true) || data.top_origin.is_some();
    if data.origin != site.origin || is_inside {
        return Err(Bad::Site);
    }
    Ok(data.challenge)
}

/// What the device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device<'a> {
    /// How often it was used; 0: it does not count.
    pub counter: u32,
    /// Identifier of a credential that was made.
    pub credential: Option<&'a [u8]>,
}

/// Reads what the device says, and whether it checked who holds it.
///
/// # Errors
/// [`Bad`].
pub fn device<'a>(data: &'a [u8], site: Site<'_>) -> Result<Device<'a>, Bad> {
    let (head, more) = data.split_at_checked(HEAD).ok_or(Bad::Form)?;
    let (hash, rest) = head.split_at_checked(32).ok_or(Bad::Form)?;
    let [flags, counter @ ..] = rest else {
        return Err(Bad::Form);
    };
    let counter: [u8; 4] = counter.try_into().map_err(|_| Bad::Form)?;
    if hash != Sha256::digest(site.rp_id.as_bytes()).as_slice() {
        return Err(Bad::Site);
    }
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return Err(Bad::Nobody);
    }
    let credential = if flags & HAS_CREDENTIAL == 0 {
        if more.is_empty() != (flags & HAS_MORE == 0) {
            return Err(Bad::Form);
        }
        None
    } else {
        let (_, rest) = more.split_at_checked(MODEL).ok_or(Bad::Form)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Bad::Form)?;
        let length = usize::from(u16::from_be_bytes(*length));
        // The key follows, in a form that is not needed.
        let (id, key) = rest.split_at_checked(length).ok_or(Bad::Form)?;
        if id.is_empty() || id.len() > MAX_ID || key.is_empty() {
            return Err(Bad::Form);
        }
        Some(id)
    };
    Ok(Device {
        counter: u32::from_be_bytes(counter),
        credential,
    })
}

/// The key of a new passkey as [`verify`] takes it, from the form that certificates use.
///
/// # Errors
/// [`Bad::Key`], if it is of a kind or a size that is not taken.
pub fn key(alg: i64, spki: &[u8]) -> Result<Vec<u8>, Bad> {
    let key = match alg {
        ES256 => spki
            .strip_prefix(&P256)
            .filter(|point| point.len() == 65 && point.first() == Some(&0x04)),
        EDDSA => spki.strip_prefix(&ED).filter(|key| key.len() == 32),
        RS256 => rsa(spki).filter(|key| (256..=1_100).contains(&key.len())),
        _ => None,
    };
    key.map(<[u8]>::to_vec).ok_or(Bad::Key)
}

/// The inner part of an RSA key.
fn rsa(spki: &[u8]) -> Option<&[u8]> {
    let (outer, after) = element(0x30, spki)?;
    let (bits, inner_after) = element(0x03, outer.strip_prefix(&RSA)?)?;
    let key = bits.strip_prefix(&[0])?;
    (after.is_empty() && inner_after.is_empty()).then_some(key)
}

/// The content of an element of DER with this tag, and what follows it. Lengths of up to two bytes, in their shortest form.
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&[tag])?;
    let (length, rest) = match rest {
        [short @ 0..=0x7f, rest @ ..] => (usize::from(*short), rest),
        [0x81, length @ 0x80..=0xff, rest @ ..] => (usize::from(*length), rest),
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A key that was kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Its kind.
    pub alg: i64,
    /// As [`key`] gave it.
    pub key: &'a [u8],
    /// How often it was used before.
    pub counter: u32,
}

/// Checks an answer of a passkey. Gives how often it was used by now.
///
/// # Errors
/// [`Bad`].
pub fn verify(
    kept: Kept<'_>,
    data: &[u8],
    client: &[u8],
    signature: &[u8],
    site: Site<'_>,
) -> Result<u32, Bad> {
    let said = device(data, site)?;
    if said.credential.is_some() {
        return Err(Bad::Form);
    }
    let algorithm: &'static dyn VerificationAlgorithm = match kept.alg {
        ES256 => &ECDSA_P256_SHA256_ASN1,
        EDDSA => &ED25519,
        RS256 => &RSA_PKCS1_2048_8192_SHA256,
        _ => return Err(Bad::Key),
    };
    let mut signed = data.to_vec();
    signed.extend_from_slice(&Sha256::digest(client));
    UnparsedPublicKey::new(algorithm, kept.key)
        .verify(&signed, signature)
        .map_err(|_| Bad::Signature)?;
    // Devices that count go up with each use; others stay at nothing.
    let counts = said.counter > 0 || kept.counter > 0;
    if counts && said.counter <= kept.counter {
        return Err(Bad::Counter);
    }
    Ok(said.counter)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
