//! Text of strangers, made safe to show on one line of a card, a page or a terminal.

use std::fmt::Write as _;

use unicode_normalization::char::is_combining_mark;

/// More marks than this on one character would paint over the lines above and below.
const MAX_COMBINING: usize = 3;

/// `text` as one line of at most `max_chars` characters that cannot move the cursor, change colours,
/// reorder its surroundings or hide anything.
///
/// Line breaks, tabs and all kinds of spaces become one plain space. Control, escape, bidirectional,
/// zero-width, filler and private characters, and piled-up combining marks, become visible as `\u{1b}`.
/// A cut is marked by `…`, which counts.
#[must_use]
pub fn plain(text: &str, max_chars: usize) -> String {
    let mut out = Bounded::new(max_chars);
    let mut marks = 0;
    for c in text.chars() {
        if is_combining_mark(c) {
            marks += 1;
        } else {
            marks = 0;
        }
        let fits = if is_space(c) {
            out.space()
        } else if marks > MAX_COMBINING || is_unsafe(c) {
            out.escape(c)
        } else {
            out.push(c)
        };
        if !fits {
            break;
        }
    }
    out.finish()
}

/// `text` as at most `max_lines` lines, each treated as by [`plain`] with `max_chars` characters a line.
/// A last line `…` marks that lines were left out, and counts.
#[must_use]
pub fn plain_lines(text: &str, max_lines: usize, max_chars: usize) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .take(max_lines.saturating_add(1))
        .map(|line| plain(line, max_chars))
        .collect();
    if lines.len() > max_lines {
        lines.truncate(max_lines.saturating_sub(1));
        if max_lines > 0 {
            lines.push("…".to_owned());
        }
    }
    lines
}

/// Whether [`plain`] would show this character by its number.
#[must_use]
pub const fn is_unsafe(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Soft hyphen, combining grapheme joiner, Arabic letter mark, fillers, invisible Khmer vowels.
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        // Zero width, direction marks, line and paragraph separators, embeddings, isolates, deprecated.
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        // Shorthand and musical format controls, tags, variation selectors, private use.
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{10ffff}')
}

const fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// A string that grows to a number of characters and then ends in `…`.
struct Bounded {
    out: String,
    len: usize,
    max: usize,
    cut: bool,
}

impl Bounded {
    const fn new(max: usize) -> Self {
        Self {
            out: String::new(),
            len: 0,
            max,
            cut: false,
        }
    }

    fn push(&mut self, c: char) -> bool {
        if self.len >= self.max {
            self.cut = true;
            return false;
        }
        self.out.push(c);
        self.len += 1;
        true
    }

    fn space(&mut self) -> bool {
        // Runs of spaces could push text out of sight.
        if self.out.is_empty() || self.out.ends_with(' ') {
            return true;
        }
        self.push(' ')
    }

    fn escape(&mut self, c: char) -> bool {
        let mut shown = String::new();
        // Writing to a String does not fail.
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        if self.len + shown.len() > self.max {
            self.cut = true;
            return false;
        }
        self.len += shown.len();
        self.out.push_str(&shown);
        true
    }

    fn finish(mut self) -> String {
        if self.cut {
            if self.len >= self.max {
                self.out.pop();
            }
            if self.max > 0 {
                self.out.push('…');
            }
        } else {
            self.out.truncate(self.out.trim_end_matches(' ').len());
        }
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in [
            "Rechnung 4711 für Müller & Söhne, 1.200,00 €",
            "請求書",
            "é e\u{301}",
            "",
        ] {
            assert_eq!(plain(text, 80), text);
        }
    }

    #[test]
    fn escapes_bidi_and_zero_width_characters_become_visible() {
        assert_eq!(plain("a\u{1b}[31mred", 80), "a\\u{1b}[31mred");
        assert_eq!(plain("abc\u{202e}fdp.exe", 80), "abc\\u{202e}fdp.exe");
        assert_eq!(plain("pay\u{200b}pal", 80), "pay\\u{200b}pal");
        assert_eq!(plain("a\u{9b}2J", 80), "a\\u{9b}2J");
        assert_eq!(plain("\u{e0041}", 80), "\\u{e0041}");
        assert_eq!(plain("\u{2066}x\u{2069}", 80), "\\u{2066}x\\u{2069}");
    }

    #[test]
    fn line_breaks_and_runs_of_spaces_cannot_fake_a_second_line() {
        assert_eq!(plain(" ok\r\n\n\tPayee:   \u{3000} X ", 80), "ok Payee: X");
    }

    #[test]
    fn long_text_is_cut_visibly() {
        assert_eq!(plain("abcdef", 6), "abcdef");
        assert_eq!(plain("abcdefg", 6), "abcde…");
        assert_eq!(plain("ab\u{202e}", 5), "ab…");
        assert_eq!(plain("abc", 0), "");
    }

    #[test]
    fn piled_up_marks_are_cut_open() {
        let pile = format!("a{}", "\u{301}".repeat(20));
        assert!(plain(&pile, 500).contains("\\u{301}"));
    }

    #[test]
    fn left_out_lines_are_marked() {
        assert_eq!(plain_lines("a\nb\nc", 3, 9), ["a", "b", "c"]);
        assert_eq!(plain_lines("a\nb\nc", 2, 9), ["a", "…"]);
        assert!(plain_lines("a", 0, 9).is_empty());
    }

    proptest! {
        #[test]
        fn no_text_gets_through_unsafe_or_too_long(text in "\\PC*|.*", max in 0usize..50) {
            let shown = plain(&text, max);
            prop_assert!(shown.chars().count() <= max);
            prop_assert!(!shown.chars().any(|c| is_unsafe(c) || c == '\n'));
        }
    }
}
