//! A file has one idea, and fits into a head.

use crate::root;
use crate::sources::{all_files, product_files, shown};
use std::collections::BTreeSet;

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

/// Lines that a skill may have besides its tables, documentation of items included: an author copies it.
const MAX_SKILL_LINES: usize = 950;

#[test]
fn a_skill_is_a_few_hundred_lines_of_plain_code_besides_its_tables() {
    let skills = std::fs::read_dir(root().join("skills-examples")).unwrap();
    let mut counted = 0;
    let mut problems = Vec::new();
    for folder in skills.map(|entry| entry.unwrap().path()) {
        if !folder.join("skill.toml").is_file() {
            continue;
        }
        let lines: usize = product_files(&shown(&folder))
            .iter()
            .filter(|source| source.module.first().is_none_or(|first| first != "table"))
            .map(|source| {
                let lines: BTreeSet<usize> = source.tokens.iter().map(|token| token.line).collect();
                lines.len()
            })
            .sum();
        counted += 1;
        if lines > MAX_SKILL_LINES {
            problems.push(format!("{}: {lines} lines", shown(&folder)));
        }
    }
    assert!(counted >= 12, "{counted} skills");
    crate::assert_none(
        problems,
        "Put what other skills could use into a shared crate, and tables under src/table.",
    );
}
