//! Handles: all that a button in a chat carries. 32 random bytes that mean something only here.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guildhall_web::random::{NoRandom, random};
use sha2::{Digest as _, Sha256};

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Do what the card shows.
    Approve,
    /// Never do it.
    Reject,
}

impl Choice {
    /// The word in the table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

impl FromStr for Choice {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Approve, Self::Reject]
            .into_iter()
            .find(|choice| choice.word() == text)
            .ok_or(())
    }
}

/// A handle.
#[derive(Clone, PartialEq, Eq)]
pub struct Handle(String);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle")
    }
}

impl Handle {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new() -> Result<Self, NoRandom> {
        Ok(Self(URL_SAFE_NO_PAD.encode(*random()?)))
    }

    /// What could be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// As the button carries it: 43 letters, of the 64 bytes that Telegram takes.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"guildhall chat handle v1\0");
        hash.update(self.0.as_bytes());
        hash.finalize().into()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_fits_a_button_and_is_never_the_same() {
        let (one, other) = (Handle::new().unwrap(), Handle::new().unwrap());
        assert!(one.text().len() <= 64);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(Handle::parse(one.text()), Some(one.clone()));
        for bad in [
            "",
            "approve:1",
            &one.text()[1..],
            &format!("{}A", one.text()),
        ] {
            assert_eq!(Handle::parse(bad), None, "{bad}");
        }
    }
}
