//! Text of strangers on a terminal: nothing moves the cursor, nothing is hidden, nothing is cut without saying so.

use guildhall_package::text::{is_unsafe, plain};
use std::fmt::Write as _;
use unicode_width::UnicodeWidthChar;

/// More marks than this on one character would paint over the lines around it.
const MAX_MARKS: usize = 3;

/// One line of a file as it is, with what can't be seen made visible: tabs as `→`, trailing spaces as `·`, all
/// other invisible characters by their number. Plain spaces stay, because in a difference they may be what differs.
pub fn code(line: &str) -> String {
    let body = line.trim_end_matches(' ');
    let mut out = String::with_capacity(line.len());
    let mut marks = 0;
    for c in body.chars() {
        let is_mark = c.width() == Some(0);
        marks = if is_mark { marks + 1 } else { 0 };
        if c == '\t' {
            out.push_str("→   ");
        } else if is_unsafe(c) || marks > MAX_MARKS || (c.is_whitespace() && c != ' ') {
            // Writing to a String does not fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out.extend(std::iter::repeat_n('·', line.len() - body.len()));
    out
}

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

/// A payee as people compare it: `IBAN DE89 3704 0044 0532 0130 00`, `book account acme`. Made plain.
pub fn account(scheme: &str, account: &str) -> String {
    let (scheme, account) = (plain(scheme, 20), plain(account, 200));
    match scheme.as_str() {
        "iban" => format!("IBAN {}", in_fours(&account)),
        "book" => format!("book account {account}"),
        _ => format!("{scheme} {account}"),
    }
}

/// `DE89 3704 0044 0532 0130 00`.
pub fn in_fours(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (index, c) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// `scheme:account` as [`account`] shows it; anything else as it is, made plain.
pub fn payee(text: &str) -> String {
    match text.split_once(':') {
        Some((scheme @ ("iban" | "book"), id)) => account(scheme, id),
        _ => plain(text, 200),
    }
}

/// `1,204 bytes`.
pub fn bytes(count: u64) -> String {
    format!(
        "{} {}",
        number(count),
        if count == 1 { "byte" } else { "bytes" }
    )
}

/// `3 files`, `1 file`.
pub fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", number(count as u64))
}

/// `1,204`.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn what_cannot_be_seen_in_a_line_is_made_visible() {
        assert_eq!(code("  a  b"), "  a  b");
        assert_eq!(code("a\tb  "), "a→   b··");
        assert_eq!(code("x\r"), "x\\u{d}");
        assert_eq!(code("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(code("IBAN \u{202e}ED"), "IBAN \\u{202e}ED");
        assert_eq!(code("a\u{a0}b"), "a\\u{a0}b");
        assert!(code(&format!("a{}", "\u{301}".repeat(9))).contains("\\u{301}"));
    }

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

    #[test]
    fn an_account_is_shown_as_people_compare_it() {
        assert_eq!(
            payee("iban:DE89370400440532013000"),
            "IBAN DE89 3704 0044 0532 0130 00"
        );
        assert_eq!(payee("book:acme"), "book account acme");
        assert_eq!(payee("outside"), "outside");
        assert!(!account("iban", "DE\u{1b}[2J").contains('\u{1b}'));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(number(0), "0");
        assert_eq!(number(1_204), "1,204");
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(counted(1_000_000, "file"), "1,000,000 files");
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
