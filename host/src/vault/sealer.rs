//! Sealing: nobody without the key can read a value, change it, or pass it off as another one.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{VaultError, framed};
use crate::keys::fill_random;

/// Names the format; another one gets another name.
const MAGIC: [u8; 4] = *b"ghv1";
/// Length of the random nonce in bytes.
const NONCE: usize = 24;
/// Length of the tag in bytes.
const TAG: usize = 16;
/// What begins a sealed value in a text column.
const TEXT_PREFIX: &str = "sealed:";

/// Seals and opens values of one purpose.
///
/// The context says which value it is, for example `secret/stripe-key` or `RUN/effect/3/payload`: a value opens only
/// in the context for which it was sealed, so that rows can't be exchanged. Lengths are not hidden.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    purpose: &'static str,
}

impl Sealer {
    pub(super) fn new(key: &[u8; 32], purpose: &'static str) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.into()),
            purpose,
        }
    }

    /// Seals bytes for `context`. The result is 44 bytes longer, and differs each time.
    ///
    /// # Errors
    /// [`VaultError::Random`] without randomness, [`VaultError::TooLarge`] above 256 GiB.
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        let mut nonce = [0; NONCE];
        fill_random(&mut nonce).map_err(|source| VaultError::Random { source })?;
        let message = Payload {
            msg: plain,
            aad: &self.bound(context),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), message)
            .map_err(|_| VaultError::TooLarge { size: plain.len() })?;
        let mut out = Vec::with_capacity(MAGIC.len() + NONCE + sealed.len());
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Ok(out)
    }

    /// Opens what was sealed for the same purpose and `context`. The result is wiped when dropped.
    ///
    /// # Errors
    /// [`VaultError::NotSealed`] for bytes of another form, [`VaultError::DoesNotOpen`] for everything else.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let problem = |problem| VaultError::NotSealed { problem };
        let rest = sealed
            .strip_prefix(&MAGIC)
            .ok_or_else(|| problem("it does not begin with `ghv1`, the one format known here"))?;
        let (nonce, message) = rest
            .split_first_chunk::<NONCE>()
            .filter(|(_, message)| message.len() >= TAG)
            .ok_or_else(|| problem("it is cut off"))?;
        let message = Payload {
            msg: message,
            aad: &self.bound(context),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), message)
            .map(Zeroizing::new)
            .map_err(|_| VaultError::DoesNotOpen {
                purpose: self.purpose,
            })
    }

    /// Seals a text as `sealed:` and base64, for a text column.
    ///
    /// # Errors
    /// As [`Sealer::seal`].
    pub fn seal_text(&self, context: &str, plain: &str) -> Result<String, VaultError> {
        let mut out = TEXT_PREFIX.to_owned();
        STANDARD.encode_string(self.seal(context, plain.as_bytes())?, &mut out);
        Ok(out)
    }

    /// Opens what [`Sealer::seal_text`] made. The result is wiped when dropped.
    ///
    /// # Errors
    /// As [`Sealer::open`], and [`VaultError::NotText`] if it was sealed as bytes that are no text.
    pub fn open_text(&self, context: &str, sealed: &str) -> Result<Zeroizing<String>, VaultError> {
        let problem = |problem| VaultError::NotSealed { problem };
        let encoded = sealed
            .strip_prefix(TEXT_PREFIX)
            .ok_or_else(|| problem("it does not begin with `sealed:`"))?;
        let bytes = STANDARD
            .decode(encoded)
            .map_err(|_| problem("what follows `sealed:` is not base64"))?;
        let mut plain = self.open(context, &bytes)?;
        String::from_utf8(std::mem::take(&mut *plain))
            .map(Zeroizing::new)
            .map_err(|error| {
                drop(Zeroizing::new(error.into_bytes()));
                VaultError::NotText {
                    purpose: self.purpose,
                }
            })
    }

    /// What is bound to a sealed value without being in it.
    fn bound(&self, context: &str) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(framed(self.purpose.as_bytes()));
        out.extend(framed(context.as_bytes()));
        out
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer({}, ..)", self.purpose)
    }
}
