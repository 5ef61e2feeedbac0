//! The secrets that hooks sign with. None is stored: each follows from the console's key, the hook, and how often it was
//! changed. Who has the database has no secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use guildhall_host::{SecretKey32, WebhookSecret, WebhookSecretError};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// How long the secret before signs as well, in milliseconds: a day to change it on the other side.
pub const OVERLAP_MS: i64 = 24 * 60 * 60 * 1000;

/// The secret of a hook, as its receiver writes it down: `whsec_…`.
///
/// # Errors
/// If the key can't be used, which does not happen.
pub fn of(
    key: &SecretKey32,
    hook: &str,
    generation: i64,
) -> Result<Zeroizing<String>, WebhookSecretError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose())
        .map_err(|_| WebhookSecretError::Length(key.expose().len()))?;
    for part in ["guildhall webhook secret 1", hook, &generation.to_string()] {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part.as_bytes());
    }
    let code = Zeroizing::new(<[u8; 32]>::from(mac.finalize().into_bytes()));
    Ok(Zeroizing::new(format!("whsec_{}", STANDARD.encode(*code))))
}

/// The header fields of an attempt: signed with the secret as it is, and with the one before while that is being changed.
///
/// # Errors
/// What can't be signed, in words.
pub fn headers(
    key: &SecretKey32,
    (hook, generation, old_until): (&str, i64, i64),
    (message, body): (&str, &[u8]),
    now: i64,
) -> Result<Vec<(&'static str, String)>, String> {
    let signed = |generation: i64| {
        let secret = of(key, hook, generation).map_err(|error| error.to_string())?;
        WebhookSecret::parse(&secret)
            .map_err(|error| error.to_string())?
            .headers(message, now.div_euclid(1000), body)
            .map_err(|error| error.to_string())
    };
    let mut fields = signed(generation)?;
    if now < old_until && generation > 0 {
        let [_, _, (_, old)] = signed(generation - 1)?;
        let [_, _, (_, new)] = &mut fields;
        new.push(' ');
        new.push_str(&old);
    }
    Ok(fields.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use guildhall_host::verify_webhook;

    fn key() -> SecretKey32 {
        SecretKey32::from_bytes(&[3; 32])
    }

    fn fits(generation: i64, fields: &[(&'static str, String)], now: i64) -> bool {
        let secret = WebhookSecret::parse(&of(&key(), "h1", generation).unwrap()).unwrap();
        let fields: Vec<(String, String)> = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        verify_webhook(&fields, b"{}", &secret, now / 1000).is_ok_and(|id| id == "msg_1")
    }

    #[test]
    fn each_hook_and_each_change_has_a_secret_of_its_own_that_is_always_the_same() {
        let one = of(&key(), "h1", 0).unwrap();
        assert_eq!(of(&key(), "h1", 0).unwrap(), one);
        assert_ne!(of(&key(), "h1", 1).unwrap(), one);
        assert_ne!(of(&key(), "h2", 0).unwrap(), one);
        assert_ne!(
            of(&SecretKey32::from_bytes(&[4; 32]), "h1", 0).unwrap(),
            one
        );
        assert!(one.starts_with("whsec_"));
    }

    #[test]
    fn while_a_secret_is_changed_both_sign_and_then_only_the_new_one() {
        let now = 1_700_000_000_000;
        let during = headers(&key(), ("h1", 1, now + 1), ("msg_1", b"{}"), now).unwrap();
        assert!(fits(0, &during, now) && fits(1, &during, now) && !fits(2, &during, now));
        let after = headers(&key(), ("h1", 1, now), ("msg_1", b"{}"), now).unwrap();
        assert!(!fits(0, &after, now) && fits(1, &after, now));
    }
}
