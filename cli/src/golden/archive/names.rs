//! Names inside an archive: one spelling for each place, and none that leads out.

use guildhall_package::text::{is_unsafe, plain};

/// Longest name of a place in bytes; what the old tar format holds, so that no extension is needed.
const MAX_BYTES: usize = 240;
/// Deepest place.
const MAX_PARTS: usize = 24;

/// Insists that `name` is relative, made of plain parts, and nothing that a file system or a person reads in another way.
///
/// # Errors
/// Says what is wrong with it.
pub fn check(name: &str) -> Result<(), String> {
    let shown = plain(name, 200);
    if name.len() > MAX_BYTES {
        return Err(format!(
            "`{shown}` is longer than {MAX_BYTES} bytes; use shorter names"
        ));
    }
    if name.chars().any(|c| is_unsafe(c) || c == '\\') {
        return Err(format!(
            "`{shown}` has characters in it that can't be seen or that some systems take for a separator; rename it"
        ));
    }
    let mut parts = 0;
    for part in name.split('/') {
        parts += 1;
        if part.is_empty() || part == "." || part == ".." {
            return Err(format!(
                "`{shown}` is not the name of a place inside the archive"
            ));
        }
    }
    if parts > MAX_PARTS {
        return Err(format!("`{shown}` lies deeper than {MAX_PARTS} folders"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_names_pass() {
        for good in [
            "a",
            "skill/golden/x/case.toml",
            "ü/ä b.xml",
            "..a",
            "a..b/c.",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let deep = ["a"; 25].join("/");
        let long = "a".repeat(241);
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            "./a",
            "a/./b",
            "..",
            "a/../b",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{202e}b",
            &deep,
            &long,
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }
}
