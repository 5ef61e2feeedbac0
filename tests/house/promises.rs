//! The promises of the product: tests/promises.toml lists each as a sentence with the tests that show it.
//!
//! `cargo xtask promises` writes docs/promises.md; here it is compared.

use crate::root;
use crate::sources::{all_files, shown, test_functions};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Set by `cargo xtask promises`: write the page instead of comparing it.
const WRITE: &str = "GUILDHALL_WRITE_PROMISES";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Promises {
    chapter: Vec<Chapter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chapter {
    title: String,
    promise: Vec<Promise>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Promise {
    says: String,
    /// `folder::test_function`, or `golden::skill/case`.
    shown_by: Vec<String>,
}

fn promises() -> Vec<Chapter> {
    let file = root().join("tests/promises.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    toml::from_str::<Promises>(&text)
        .unwrap_or_else(|error| panic!("tests/promises.toml: {error}"))
        .chapter
}

/// Folders whose tests may be named.
const FOLDERS: [&str; 11] = [
    "package",
    "web",
    "host",
    "marketplace",
    "console",
    "cli",
    "sdk",
    "skills-examples",
    "tests",
    "fuzz",
    "xtask",
];

/// Every test that can be named, and the file or folder it is in.
fn known() -> BTreeMap<String, String> {
    let mut known = BTreeMap::new();
    for folder in FOLDERS {
        for file in all_files(&root().join(folder)) {
            for name in test_functions(&file) {
                known.insert(format!("{folder}::{name}"), shown(&file));
            }
        }
    }
    let skills = root().join("skills-examples");
    for skill in std::fs::read_dir(&skills)
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
    {
        for case in std::fs::read_dir(skill.join("golden"))
            .into_iter()
            .flatten()
            .flatten()
        {
            if case.path().join("case.toml").is_file() {
                let skill = skill.file_name().unwrap().to_string_lossy();
                let name = format!("golden::{skill}/{}", case.file_name().to_string_lossy());
                known.insert(name, shown(&case.path()));
            }
        }
    }
    known
}

fn page(chapters: &[Chapter], known: &BTreeMap<String, String>) -> String {
    let mut page = String::from(
        "# What Guildhall promises\n\n\
         Each promise is a sentence, and below it the tests that show it. This page is written by `cargo xtask promises` \
         from\n[`tests/promises.toml`](../tests/promises.toml); a test fails when a promise names no test that exists, or when \
         this page is out\nof date.\n",
    );
    for chapter in chapters {
        write!(page, "\n## {}\n", chapter.title).unwrap();
        for promise in &chapter.promise {
            write!(page, "\n**{}**\n\n", promise.says).unwrap();
            for test in &promise.shown_by {
                let (_, name) = test.split_once("::").unwrap_or(("", test));
                let file = known.get(test).map_or("?", String::as_str);
                writeln!(page, "- [{}](../{file})", name.replace('_', " ")).unwrap();
            }
        }
    }
    page
}

#[test]
fn every_promise_names_tests_that_exist() {
    let known = known();
    let mut problems = Vec::new();
    for promise in promises().iter().flat_map(|chapter| &chapter.promise) {
        if promise.shown_by.is_empty() || !promise.says.ends_with('.') {
            problems.push(format!("not a sentence with tests: {}", promise.says));
        }
        for test in promise
            .shown_by
            .iter()
            .filter(|test| !known.contains_key(*test))
        {
            problems.push(format!(
                "there is no test {test}, which is to show: {}",
                promise.says
            ));
        }
    }
    crate::assert_none(problems, "Write the test, or take the promise back.");
}

#[test]
fn no_promise_is_made_twice() {
    let mut says: Vec<String> = promises()
        .into_iter()
        .flat_map(|chapter| chapter.promise)
        .map(|promise| promise.says)
        .collect();
    let all = says.len();
    says.sort();
    says.dedup();
    assert_eq!(says.len(), all);
}

#[test]
fn the_page_of_promises_is_what_the_list_says() {
    let page = page(&promises(), &known());
    let file = root().join("docs/promises.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, page).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == page,
        "docs/promises.md is out of date: run `cargo xtask promises`"
    );
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let page = std::fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let known = known();
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| {
            let folder = code.split_once("::").map_or("", |(folder, _)| folder);
            FOLDERS.contains(&folder) || folder == "golden"
        })
        .collect();
    assert!(named.len() > 50, "it names {} tests", named.len());
    let problems = named
        .into_iter()
        .filter(|name| !known.contains_key(*name))
        .map(|name| format!("docs/threat-model.md names {name}, which does not exist"))
        .collect();
    crate::assert_none(
        problems,
        "Name the test that shows it, or say that nothing does.",
    );
}
