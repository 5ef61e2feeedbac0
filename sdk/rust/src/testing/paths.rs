//! The contract's rules for paths.

use crate::refusal::{Refusal, RefusalKind};

/// Refuses what the contract refuses: empty, `.` and `..` segments, backslashes, control characters.
pub(crate) fn check(path: &str) -> Result<(), Refusal> {
    let bad_segment = |segment: &str| matches!(segment, "" | "." | "..");
    if path.split('/').any(bad_segment) || path.chars().any(|c| c == '\\' || c.is_control()) {
        return Err(Refusal::new(
            RefusalKind::Invalid,
            "files.path",
            format!(
                "The path {path:?} is malformed: write NAME or NAME/path/inside, without `.`, `..`, empty parts, \
                 backslashes or control characters."
            ),
        ));
    }
    Ok(())
}

/// The name of the grant that a path starts with.
pub(crate) fn grant_name(path: &str) -> &str {
    path.split_once('/').map_or(path, |(name, _)| name)
}
