//! Texts for PostgreSQL, which keeps every letter but one: the letter with the number 0 is written as two others.

use std::borrow::Cow;

/// Begins a letter that is written as two.
const ESCAPE: char = '\u{1}';

/// A text as PostgreSQL keeps it.
pub(super) fn written(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().saturating_add(8));
    for letter in text.chars() {
        match letter {
            '\0' => out.extend([ESCAPE, '0']),
            ESCAPE => out.extend([ESCAPE, '1']),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// A text as it was.
pub(super) fn read(text: &str) -> Cow<'_, str> {
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ESCAPE => out.extend(match letters.next() {
                Some('0') => Some('\0'),
                Some('1') => Some(ESCAPE),
                other => other,
            }),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_comes_back_as_it_was(text in "[\u{0}\u{1}01a\u{e9}]{0,12}") {
            let written = written(&text);
            prop_assert!(!written.contains('\0'));
            prop_assert_eq!(read(&written), text.as_str());
        }
    }
}
