//! What changes in a file, line by line, within a bound.

use super::layout::{code, rows};
use owo_colors::OwoColorize;
use similar::{ChangeTag, TextDiff};
use std::time::Duration;

/// Unchanged lines shown around a change.
const CONTEXT: usize = 2;
/// A difference that takes longer to find is shown in coarser pieces.
const TIME: Duration = Duration::from_millis(500);

/// How much of a difference is shown.
#[derive(Debug, Clone, Copy)]
pub struct DiffBounds {
    /// Columns of a row, the sign included.
    pub columns: usize,
    /// Lines of the difference; what is over is counted.
    pub lines: usize,
    /// Rows that one line may take.
    pub rows_per_line: usize,
}

/// A difference as rows.
#[derive(Debug)]
pub struct Shown {
    /// The rows, coloured.
    pub rows: Vec<String>,
    /// Whether something was left out.
    pub cut: bool,
}

/// Rows that show how `old` becomes `new`.
pub fn diff(old: Option<&str>, new: &str, bounds: DiffBounds) -> Shown {
    // A line break of two characters that every line has is said once and not shown on each.
    let crlf = only_crlf(new) && old.is_none_or(only_crlf);
    let lines = match old {
        None => new
            .split_inclusive('\n')
            .map(|line| (ChangeTag::Insert, line.to_owned()))
            .collect(),
        Some(old) => changed_lines(old, new),
    };
    let mut shown = Shown {
        rows: Vec::new(),
        cut: lines.len() > bounds.lines,
    };
    if lines.is_empty() {
        shown.rows.push(no_lines(old, new).dimmed().to_string());
        return shown;
    }
    for (tag, line) in lines.iter().take(bounds.lines) {
        let (rows, cut) = line_rows(line, crlf, bounds);
        shown.cut |= cut;
        for (index, row) in rows.into_iter().enumerate() {
            shown.rows.push(paint(*tag, index == 0, &row));
        }
    }
    let left = lines.len().saturating_sub(bounds.lines);
    if left > 0 {
        let plural = if left == 1 { "" } else { "s" };
        let text = format!("… {left} more line{plural}");
        shown.rows.push(text.dimmed().to_string());
    }
    if crlf {
        shown
            .rows
            .push("(lines end with CR LF)".dimmed().to_string());
    }
    shown
}

/// Whether every line ends with carriage return and line feed, and neither stands elsewhere.
fn only_crlf(text: &str) -> bool {
    !text.is_empty()
        && text.split_inclusive('\n').all(|line| {
            line.strip_suffix("\r\n")
                .is_some_and(|line| !line.contains('\r'))
        })
}

/// Rows without colours, for reports about files that differ.
pub fn plain_diff(old: &str, new: &str, columns: usize, lines: usize) -> Vec<String> {
    let bounds = DiffBounds {
        columns,
        lines,
        rows_per_line: 4,
    };
    diff(Some(old), new, bounds)
        .rows
        .iter()
        .map(|row| anstream::adapter::strip_str(row).to_string())
        .collect()
}

/// Lines between hunks are marked by a line of their own, tagged as unchanged.
fn changed_lines(old: &str, new: &str) -> Vec<(ChangeTag, String)> {
    let diff = TextDiff::configure().timeout(TIME).diff_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push((ChangeTag::Equal, "⋮\n".to_owned()));
        }
        for op in group {
            lines.extend(
                diff.iter_changes(op)
                    .map(|change| (change.tag(), change.value().to_owned())),
            );
        }
    }
    lines
}

fn no_lines(old: Option<&str>, new: &str) -> &'static str {
    match old {
        None => "(an empty file)",
        Some(old) if old == new => "(the content stays the same)",
        Some(_) => "(no line differs)",
    }
}

fn line_rows(line: &str, crlf: bool, bounds: DiffBounds) -> (Vec<String>, bool) {
    let columns = bounds.columns.saturating_sub(2);
    let (line, ended) = match line.strip_suffix('\n') {
        Some(line) => (line, true),
        None => (line, false),
    };
    let line = if crlf {
        line.trim_end_matches('\r')
    } else {
        line
    };
    let mut shown = rows(&code(line), columns, bounds.rows_per_line);
    let cut = shown.len() > bounds.rows_per_line;
    if !ended {
        shown.push("(no line break at the end)".to_owned());
    }
    (shown, cut)
}

fn paint(tag: ChangeTag, first: bool, row: &str) -> String {
    let sign = match tag {
        _ if !first => ' ',
        ChangeTag::Delete => '-',
        ChangeTag::Insert => '+',
        ChangeTag::Equal => ' ',
    };
    let row = format!("{sign} {row}");
    match tag {
        ChangeTag::Delete => row.red().to_string(),
        ChangeTag::Insert => row.green().to_string(),
        ChangeTag::Equal => row,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: Option<&str>, new: &str, lines: usize) -> String {
        let bounds = DiffBounds {
            columns: 30,
            lines,
            rows_per_line: 2,
        };
        let rows = diff(old, new, bounds).rows.join("\n");
        anstream::adapter::strip_str(&rows).to_string()
    }

    #[test]
    fn a_change_is_shown_with_the_lines_around_it() {
        let old = "a\nb\nc\nd\ne\nf\n";
        let new = "a\nb\nc\nD\ne\nf\n";
        assert_eq!(shown(Some(old), new, 10), "  b\n  c\n- d\n+ D\n  e\n  f");
    }

    #[test]
    fn line_ends_that_are_the_same_everywhere_are_said_once() {
        assert_eq!(
            shown(None, "a\r\nb\r\n", 9),
            "+ a\n+ b\n(lines end with CR LF)"
        );
        assert_eq!(
            shown(Some("a\r\n"), "b\r\n", 9),
            "- a\n+ b\n(lines end with CR LF)"
        );
        assert_eq!(shown(None, "a\r\nb\n", 9), "+ a\\u{d}\n+ b");
    }

    #[test]
    fn a_new_file_is_shown_from_its_beginning_and_counted() {
        assert_eq!(shown(None, "1\n2\n3\n4\n", 2), "+ 1\n+ 2\n… 2 more lines");
        assert_eq!(shown(None, "", 2), "(an empty file)");
    }

    #[test]
    fn differences_that_cannot_be_seen_are_shown() {
        assert_eq!(shown(Some("a \n"), "a\n", 9), "- a·\n+ a");
        assert_eq!(shown(Some("a\r\n"), "a\n", 9), "- a\\u{d}\n+ a");
        assert_eq!(
            shown(Some("a\n"), "a", 9),
            "- a\n+ a\n  (no line break at the end)"
        );
        assert_eq!(shown(Some("a\n"), "a\n", 9), "(the content stays the same)");
    }

    #[test]
    fn a_line_break_that_every_line_has_is_said_once() {
        assert_eq!(
            shown(None, "a\r\nb\r\n", 9),
            "+ a\n+ b\n(lines end with CR LF)"
        );
        assert_eq!(shown(None, "a\r\nb\n", 9), "+ a\\u{d}\n+ b");
        assert_eq!(shown(None, "a\rb\r\n", 9), "+ a\\u{d}b\\u{d}");
        assert_eq!(
            shown(Some("a\r\n"), "b\r\n", 9),
            "- a\n+ b\n(lines end with CR LF)"
        );
    }

    #[test]
    fn what_is_left_out_of_a_line_counts_as_cut() {
        let bounds = DiffBounds {
            columns: 12,
            lines: 9,
            rows_per_line: 1,
        };
        assert!(diff(None, "a line that is too long\n", bounds).cut);
        assert!(!diff(None, "short\n", bounds).cut);
        assert!(diff(None, "a\nb\n", DiffBounds { lines: 1, ..bounds }).cut);
    }

    #[test]
    fn content_cannot_draw_on_the_card() {
        let text = shown(None, "\u{1b}[1A\u{1b}[2KApproved by your bank\n", 9);
        assert!(text.starts_with("+ \\u{1b}[1A"), "{text}");
    }
}
