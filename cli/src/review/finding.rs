//! Findings: each with a stable code, a sentence and the fix.

use guildhall_package::market::{Finding, Severity};
use guildhall_package::text::plain;

/// Longest sentence, in characters.
const SENTENCE: usize = 500;
/// Longest fix, in characters.
const FIX: usize = 400;

/// With it nothing is released.
pub fn refuse(code: &str, sentence: impl AsRef<str>, fix: impl AsRef<str>) -> Finding {
    finding(Severity::Refuse, code, sentence.as_ref(), fix.as_ref())
}

/// A merchant should read it.
pub fn warn(code: &str, sentence: impl AsRef<str>, fix: impl AsRef<str>) -> Finding {
    finding(Severity::Warn, code, sentence.as_ref(), fix.as_ref())
}

/// Good to know.
pub fn note(code: &str, sentence: impl AsRef<str>, fix: impl AsRef<str>) -> Finding {
    finding(Severity::Note, code, sentence.as_ref(), fix.as_ref())
}

/// A text of this house, `what happened; what to do`, as a finding that refuses.
pub fn refuse_text(code: &str, text: &str, fix: &str) -> Finding {
    match text.split_once("; ") {
        Some((what, own)) => refuse(code, what, own),
        None => refuse(code, text, fix),
    }
}

fn finding(severity: Severity, code: &str, sentence: &str, fix: &str) -> Finding {
    Finding {
        code: code.to_owned(),
        severity,
        // Both may quote a stranger.
        sentence: plain(sentence, SENTENCE),
        fix: plain(fix, FIX),
    }
}
