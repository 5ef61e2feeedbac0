//! A file has one idea, and fits into a head.

use crate::root;
use crate::sources::{all_files, shown};

/// Lines of a Rust file.
const MAX_LINES: usize = 600;

#[test]
fn no_rust_file_is_longer_than_600_lines() {
    let problems = all_files(&root())
        .iter()
        .filter_map(|file| {
            let lines = std::fs::read_to_string(file).unwrap().lines().count();
            (lines > MAX_LINES).then(|| format!("{}: {lines} lines", shown(file)))
        })
        .collect();
    crate::assert_none(problems, "Split the file where it has two ideas.");
}
