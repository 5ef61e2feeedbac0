//! The contract's rules for paths.

use crate::refusal::{Refusal, RefusalKind};

/// Refuses what the contract refuses: empty, `.` and `..` segments, backslashes, control characters, and a first
/// segment that can be no grant's name.
pub(crate) fn check(path: &str) -> Result<(), Refusal> {
    let bad_segment = |segment: &str| matches!(segment, "" | "." | "..");
    let plain =
        !path.split('/').any(bad_segment) && !path.chars().any(|c| c == '\\' || c.is_control());
    if plain && is_name(grant_name(path)) {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalKind::Invalid,
        "files.invalid-path",
        format!(
            "`{}` is not a path that a skill can use: write NAME or NAME/path/inside, without `.`, `..`, empty \
             parts, backslashes or control characters; a NAME has lower-case letters, digits and `-`",
            path.escape_debug()
        ),
    ))
}

/// The name of the grant that a path starts with.
pub(crate) fn grant_name(path: &str) -> &str {
    path.split_once('/').map_or(path, |(name, _)| name)
}

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
