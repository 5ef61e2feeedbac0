//! Whether a call of our hook comes from WhatsApp: `X-Hub-Signature-256` over the bytes as they came, under the app's secret. Pure.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// The header.
pub const HEADER: &str = "x-hub-signature-256";

/// Whether `given` (`sha256=` and 64 hexadecimal digits) signs exactly this body.
#[must_use]
pub fn is_signed(app_secret: &str, given: &str, body: &[u8]) -> bool {
    let Some(Ok(code)) = given.strip_prefix("sha256=").map(hex::decode) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()) else {
        return false;
    };
    mac.update(body);
    // In constant time.
    mac.verify_slice(&code).is_ok()
}

/// Whether two words are the same. Hashes are compared, so that the time it takes tells nothing.
#[must_use]
pub fn is_same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// From `printf '%s' BODY | openssl dgst -sha256 -hmac SECRET`.
    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;

    fn sign(secret: &str, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body);
        format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
    }

    #[test]
    fn only_the_exact_bytes_under_the_secret_count() {
        let good = sign("app-secret", BODY);
        assert!(is_signed("app-secret", &good, BODY));
        assert!(!is_signed("other", &good, BODY));
        assert!(!is_signed("app-secret", &good, &BODY[1..]));
        for bad in [
            "",
            "sha256=",
            &good[7..],
            &good.replace("sha256", "sha1"),
            &good[..70],
        ] {
            assert!(!is_signed("app-secret", bad, BODY), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_flipped_bit_counts_for_nothing(at in 0_usize..49, bit in 0_u8..8, text in ".*") {
            let good = sign("app-secret", BODY);
            let mut body = BODY.to_vec();
            body[at] ^= 1 << bit;
            prop_assert!(!is_signed("app-secret", &good, &body));
            prop_assert!(!is_signed("app-secret", &text, BODY));
        }
    }
}
