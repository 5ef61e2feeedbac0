//! How a text becomes another, line by line, as a page shows it. Pure.

use std::time::Duration;

use guildhall_host::words::code;
use similar::{ChangeTag, TextDiff};

/// Unchanged lines shown around a change.
const CONTEXT: usize = 3;
/// A difference that takes longer to find is shown in coarser pieces.
const TIME: Duration = Duration::from_millis(500);
/// Lines that are seen at once; more are behind a word to open them.
const HEAD: usize = 24;
/// Lines that a page shows at all.
const MOST: usize = 4_000;
/// Characters of a line that a page shows.
const LINE: usize = 4_000;

/// A difference as lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// What is seen at once.
    pub head: Vec<Line>,
    /// What is behind it.
    pub rest: Vec<Line>,
    /// Lines that are not shown at all.
    pub left_out: usize,
    /// Something to know of all lines.
    pub note: Option<&'static str>,
    /// Whether something was there before: then signs matter.
    pub is_change: bool,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `+`, `-`, a space, or `⋮` between two places.
    pub sign: char,
    /// What it is called for those who don't see the sign: `added`, `removed`, or nothing.
    pub word: &'static str,
    /// The text, with what can't be seen made visible.
    pub text: String,
}

/// How `old` becomes `new`; without `old`, all of `new`.
#[must_use]
pub fn diff(old: Option<&str>, new: &str) -> Diff {
    let crlf = only_crlf(new) && old.is_none_or(only_crlf);
    let mut lines = match old {
        None => new
            .split_inclusive('\n')
            .map(|text| line(ChangeTag::Insert, text, crlf))
            .collect(),
        Some(old) => changed(old, new, crlf),
    };
    let left_out = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    let rest = lines.split_off(lines.len().min(HEAD));
    let note = match old {
        _ if !lines.is_empty() => crlf.then_some("Lines end with CR LF."),
        None => Some("It is empty."),
        Some(old) if old == new => Some("The content stays the same."),
        Some(_) => Some("No line differs."),
    };
    Diff {
        head: lines,
        rest,
        left_out,
        note,
        is_change: old.is_some(),
    }
}

/// Whether every line ends with carriage return and line feed, and neither stands elsewhere.
fn only_crlf(text: &str) -> bool {
    !text.is_empty()
        && text.split_inclusive('\n').all(|line| {
            line.strip_suffix("\r\n")
                .is_some_and(|line| !line.contains('\r'))
        })
}

fn changed(old: &str, new: &str, crlf: bool) -> Vec<Line> {
    let diff = TextDiff::configure().timeout(TIME).diff_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push(Line {
                sign: '⋮',
                word: "",
                text: String::new(),
            });
        }
        for op in group {
            let changes = diff.iter_changes(op);
            lines.extend(changes.map(|change| line(change.tag(), change.value(), crlf)));
        }
    }
    lines
}

fn line(tag: ChangeTag, text: &str, crlf: bool) -> Line {
    let (text, ended) = match text.strip_suffix('\n') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let text = if crlf {
        text.strip_suffix('\r').unwrap_or(text)
    } else {
        text
    };
    let shown = code(text);
    let length = shown.chars().count();
    let mut shown: String = shown.chars().take(LINE).collect();
    if length > LINE {
        shown.push_str(&format!(" … and {} more characters", length - LINE));
    }
    if !ended {
        shown.push_str(" (no line break at the end)");
    }
    let (sign, word) = match tag {
        ChangeTag::Delete => ('-', "removed"),
        ChangeTag::Insert => ('+', "added"),
        ChangeTag::Equal => (' ', ""),
    };
    Line {
        sign,
        word,
        text: shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_package::text::is_unsafe;
    use proptest::prelude::*;

    fn shown(old: Option<&str>, new: &str) -> String {
        let diff = diff(old, new);
        let lines: Vec<String> = diff
            .head
            .iter()
            .chain(&diff.rest)
            .map(|line| format!("{}{}", line.sign, line.text))
            .collect();
        lines.join("|")
    }

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let old = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let new = "a\nb\nc\nd\nE\nf\ng\nh\n";
        assert_eq!(shown(Some(old), new), " b| c| d|-e|+E| f| g| h");
        assert_eq!(shown(None, "a\nb"), "+a|+b (no line break at the end)");
        assert_eq!(
            diff(Some("a"), "a").note,
            Some("The content stays the same.")
        );
        assert_eq!(diff(None, "").note, Some("It is empty."));
    }

    #[test]
    fn what_is_long_is_behind_a_word_and_what_is_longer_is_counted() {
        let long = "x\n".repeat(HEAD + 5);
        let all = diff(None, &long);
        assert_eq!((all.head.len(), all.rest.len(), all.left_out), (HEAD, 5, 0));
        let longer = diff(None, &"x\n".repeat(MOST + 3));
        assert_eq!(
            (longer.head.len() + longer.rest.len(), longer.left_out),
            (MOST, 3)
        );
        let wide = shown(None, &"y".repeat(LINE + 7));
        assert!(wide.contains("… and 7 more characters"), "{}", wide.len());
    }

    #[test]
    fn differences_that_cannot_be_seen_are_shown() {
        assert_eq!(shown(Some("a \n"), "a\n"), "-a·|+a");
        assert_eq!(shown(Some("a\r\n"), "a\n"), "-a\\u{d}|+a");
        assert_eq!(shown(None, "a\r\nb\r\n"), "+a|+b");
        assert_eq!(diff(None, "a\r\nb\r\n").note, Some("Lines end with CR LF."));
        assert_eq!(shown(None, "a\u{202e}b\n"), "+a\\u{202e}b");
    }

    proptest! {
        #[test]
        fn nothing_in_a_difference_moves_the_text_around_it(old in "\\PC{0,40}|.{0,40}|(a|b|\n|\r){0,30}", new in ".{0,40}|(a|b|\n|\r){0,30}") {
            let diff = diff(Some(&old), &new);
            for line in diff.head.iter().chain(&diff.rest) {
                prop_assert!(!line.text.chars().any(is_unsafe));
            }
        }
    }
}
