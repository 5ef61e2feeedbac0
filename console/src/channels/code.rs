//! One-time codes: shown on a page to a person who is signed in, sent from a chat, and so that chat is theirs.

use guildhall_web::random::{NoRandom, random};
use sha2::{Digest as _, Sha256};

/// How long a code counts, in milliseconds.
pub const LIFE_MS: i64 = 10 * 60 * 1000;
/// Letters of a code: none that is taken for another. 12 of 32 are 60 bits, which nobody guesses in ten minutes.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKMNPQRSTVWXYZ0123456789";
const LENGTH: usize = 12;
const GROUP: usize = 4;

/// A code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code([u8; LENGTH]);

impl Code {
    /// A new one.
    ///
    /// # Errors
    /// [`NoRandom`].
    pub fn new() -> Result<Self, NoRandom> {
        let bytes = random()?;
        let mut code = [b'A'; LENGTH];
        for (letter, byte) in code.iter_mut().zip(bytes.iter()) {
            // 256 is a multiple of 32: each letter is as likely as each other.
            *letter = LETTERS.get(usize::from(byte % 32)).copied().unwrap_or(b'A');
        }
        Ok(Self(code))
    }

    /// Reads what was typed: in any case, with or without hyphens and spaces.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > 64 {
            return None;
        }
        let letters: Vec<u8> = text
            .bytes()
            .filter(|b| !matches!(b, b'-' | b' '))
            .map(|b| b.to_ascii_uppercase())
            .collect();
        let code: [u8; LENGTH] = letters.try_into().ok()?;
        code.iter()
            .all(|letter| LETTERS.contains(letter))
            .then_some(Self(code))
    }

    /// As it is shown and sent: `ABCD-EFGH-JKMN`.
    #[must_use]
    pub fn text(&self) -> String {
        let groups: Vec<String> = self
            .0
            .chunks(GROUP)
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        groups.join("-")
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"guildhall chat code v1\0");
        hash.update(self.0);
        hash.finalize().into()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = Code::new().unwrap();
        assert_eq!(code.text().len(), LENGTH + 2);
        for typed in [
            code.text(),
            code.text().to_lowercase(),
            code.text().replace('-', ""),
            format!(" {} ", code.text().replace('-', " ")),
        ] {
            assert_eq!(Code::parse(&typed).as_ref(), Some(&code), "{typed}");
        }
        assert_ne!(Code::new().unwrap(), code);
    }

    #[test]
    fn what_is_too_short_too_long_or_has_other_letters_is_no_code() {
        for other in [
            "",
            "ABCD-EFGH-JKM",
            "ABCD-EFGH-JKMNP",
            "ABCD-EFGH-JKMO",
            "ABCD/EFGH/JKMN",
        ] {
            assert_eq!(Code::parse(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_has_one_spelling(text in ".{0,20}|[A-Za-z0-9 -]{10,20}") {
            if let Some(code) = Code::parse(&text) {
                prop_assert_eq!(Code::parse(&code.text()), Some(code));
            }
        }
    }
}
