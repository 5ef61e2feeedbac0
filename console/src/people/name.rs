//! What people are called. A name signs in, stands in the audit log and on cards: plain text, in one spelling.

use std::fmt;
use std::str::FromStr;

use guildhall_package::text::plain;

/// Longest name in characters.
pub const MAX_NAME: usize = 60;

/// The name of a person: 1 to 60 characters that can be seen, single spaces between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// Why a text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoName {
    /// Nothing is left of it.
    #[error("a name is needed")]
    Empty,
    /// It is too long.
    #[error("the name is longer than {MAX_NAME} characters")]
    Long,
    /// Something in it can't be seen, or changes how other text is read.
    #[error("the name has characters that can't be seen; write it with letters, digits and spaces")]
    Hidden,
}

impl PersonName {
    /// As it is shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By which it is found: capitals don't tell people apart.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PersonName {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ");
        if text.is_empty() {
            return Err(NoName::Empty);
        }
        if text.chars().count() > MAX_NAME {
            return Err(NoName::Long);
        }
        if plain(&text, MAX_NAME) != text {
            return Err(NoName::Hidden);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_found_however_it_is_typed() {
        let name: PersonName = "  Zoë   Müller ".parse().unwrap();
        assert_eq!(name.as_str(), "Zoë Müller");
        assert_eq!(
            name.key(),
            "ZOË müller".parse::<PersonName>().unwrap().key()
        );
    }

    #[test]
    fn what_hides_or_turns_text_around_is_no_name() {
        assert_eq!("".parse::<PersonName>(), Err(NoName::Empty));
        assert_eq!(" \n".parse::<PersonName>(), Err(NoName::Empty));
        assert_eq!("x".repeat(61).parse::<PersonName>(), Err(NoName::Long));
        for hidden in ["an\u{202e}na", "an\u{200b}na", "an\u{0}na", "an\u{1b}[1mna"] {
            assert_eq!(
                hidden.parse::<PersonName>(),
                Err(NoName::Hidden),
                "{hidden:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_name_has_one_spelling(text in "\\PC{0,80}|.{0,30}") {
            if let Ok(name) = text.parse::<PersonName>() {
                prop_assert_eq!(name.as_str().parse::<PersonName>().unwrap(), name.clone());
                prop_assert!(!name.as_str().chars().any(char::is_control));
            }
        }
    }
}
