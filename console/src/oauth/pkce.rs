//! Proof that who comes with a code is who asked for it (RFC 7636), by SHA-256 alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// Lengths of a verifier (RFC 7636, 4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

/// The challenge of a client, by the method `S256`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; 32]);

impl Challenge {
    /// Reads one; none if it is no SHA-256 in base64url without padding.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// As it is stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From the store.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Whether this verifier is what the challenge was made of.
    #[must_use]
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let good = VERIFIER.contains(&verifier.len())
            && verifier
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        // A hash of a secret is compared: how long that takes tells nothing about the secret.
        good && <[u8; 32]>::from(Sha256::digest(verifier)) == self.0
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pair of RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_standard_is_met() {
        let challenge = Challenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").unwrap();
        assert!(challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!challenge.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK"));
        assert!(!challenge.is_met_by(""));
    }

    #[test]
    fn a_verifier_that_can_be_guessed_meets_nothing() {
        let short = "a".repeat(42);
        let challenge = Challenge(Sha256::digest(&short).into());
        assert!(!challenge.is_met_by(&short));
        let odd = format!("{} ", "a".repeat(50));
        assert!(!Challenge(Sha256::digest(&odd).into()).is_met_by(&odd));
    }

    proptest! {
        #[test]
        fn nothing_but_its_own_verifier_meets_a_challenge(one in "[a-zA-Z0-9._~-]{43,128}", two in "[a-zA-Z0-9._~-]{43,128}") {
            let challenge = Challenge(Sha256::digest(&one).into());
            prop_assert!(challenge.is_met_by(&one));
            prop_assert_eq!(challenge.is_met_by(&two), one == two);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = Challenge::parse(&text);
        }
    }
}
