//! Text of strangers on a terminal: nothing moves the cursor, nothing is hidden, nothing is cut without saying so.

pub use guildhall_host::words::{account, bytes, code, counted, in_fours, number, payee};
use unicode_width::UnicodeWidthChar;

/// Cuts a line into rows of at most `columns`, and at most `rows` of them; says how much was left out.
pub fn rows(line: &str, columns: usize, rows: usize) -> Vec<String> {
    let columns = columns.max(4);
    let mut out = Vec::new();
    let mut row = String::new();
    let mut used = 0;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let width = c.width().unwrap_or(0);
        if used + width > columns {
            out.push(std::mem::take(&mut row));
            used = 0;
            if out.len() == rows {
                let left = chars.count() + 1;
                out.push(format!("… {left} more characters"));
                return out;
            }
        }
        row.push(c);
        used += width;
    }
    if !row.is_empty() || out.is_empty() {
        out.push(row);
    }
    out
}

/// Wraps a sentence at spaces; longer words, such as paths, are broken.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let options = textwrap::Options::new(columns.max(20))
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .break_words(true);
    textwrap::wrap(text, options)
        .into_iter()
        .map(std::borrow::Cow::into_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_package::text::is_unsafe;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn a_long_line_says_what_it_leaves_out() {
        let shown = rows(&"x".repeat(100), 10, 3);
        assert_eq!(shown.len(), 4);
        assert_eq!(
            shown.last().map(String::as_str),
            Some("… 70 more characters")
        );
        assert_eq!(rows("", 10, 3), [""]);
    }

    proptest! {
        #[test]
        fn no_row_is_wider_than_the_terminal(text in "\\PC{0,200}|.{0,200}", columns in 10usize..100) {
            let shown = code(&text);
            prop_assert!(!shown.chars().any(is_unsafe));
            for row in rows(&shown, columns, 1_000) {
                prop_assert!(row.width() <= columns, "{row:?}");
            }
        }
    }
}
