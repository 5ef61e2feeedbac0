//! The Rust sources of this repository, and which of them are product.

use crate::root;
use crate::tokens::{Token, is_cfg_test, product, tokens};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A file that is part of a crate's product.
pub struct Source {
    /// Path from the root, with `/`.
    pub path: String,
    /// Module path inside the crate: `["capabilities", "files"]`.
    pub module: Vec<String>,
    /// Its tokens, without test code.
    pub tokens: Vec<Token>,
}

/// The product files of a crate: what its root reaches by `mod`, except behind `#[cfg(test)]`.
pub fn product_files(krate: &str) -> &'static [Source] {
    static READ: Mutex<BTreeMap<String, &'static [Source]>> = Mutex::new(BTreeMap::new());
    let mut read = READ.lock().unwrap();
    // Read once for all rules; the leak ends with the test program.
    read.entry(krate.to_owned())
        .or_insert_with(|| Vec::leak(read_product_files(krate)))
}

fn read_product_files(krate: &str) -> Vec<Source> {
    let src = root().join(krate).join("src");
    let start = [src.join("lib.rs"), src.join("main.rs")];
    let mut found = Vec::new();
    for file in start.iter().filter(|file| file.is_file()) {
        visit(file, Vec::new(), &mut found, &mut BTreeSet::new());
    }
    assert!(!found.is_empty(), "{krate} has no sources");
    found
}

/// The files of a crate that only tests reach.
pub fn test_files(krate: &str) -> BTreeSet<PathBuf> {
    let product: BTreeSet<PathBuf> = product_files(krate)
        .iter()
        .map(|source| root().join(&source.path))
        .collect();
    let mut reached = BTreeSet::new();
    let src = root().join(krate).join("src");
    for file in [src.join("lib.rs"), src.join("main.rs")]
        .iter()
        .filter(|file| file.is_file())
    {
        visit(file, Vec::new(), &mut Vec::new(), &mut reached);
    }
    reached.difference(&product).cloned().collect()
}

/// Every `.rs` file below a folder of the repository, build output left out.
pub fn all_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(folder, &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    found
}

/// Path from the root, with `/`.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() {
            if name != "target" && !name.to_string_lossy().starts_with('.') {
                walk(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Adds `file` and what it declares to `found` (product) and `reached` (all).
fn visit(
    file: &Path,
    module: Vec<String>,
    found: &mut Vec<Source>,
    reached: &mut BTreeSet<PathBuf>,
) {
    let text =
        std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let all = tokens(&shown(file), &text);
    reached.insert(file.to_owned());
    let kept = product(&all);
    for (name, path) in modules(file, &all) {
        let is_product = modules(file, &kept).contains_key(&name);
        let mut inner = module.clone();
        inner.push(name);
        let mut ignored = Vec::new();
        visit(
            &path,
            inner,
            if is_product { found } else { &mut ignored },
            reached,
        );
    }
    found.push(Source {
        path: shown(file),
        module,
        tokens: kept,
    });
}

/// `mod name;` declarations and the files they mean.
fn modules(file: &Path, tokens: &[Token]) -> BTreeMap<String, PathBuf> {
    let folder = file.parent().unwrap();
    let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
    let inside = match stem.as_str() {
        "lib" | "main" | "mod" => folder.to_owned(),
        _ => folder.join(stem),
    };
    tokens
        .windows(3)
        .filter(|window| window[0].text == "mod" && window[2].text == ";")
        .map(|window| {
            let name = window[1].text.clone();
            // A `#[path = "…"]` names a file beside this one.
            let candidates = [
                inside.join(format!("{name}.rs")),
                inside.join(&name).join("mod.rs"),
                folder.join(format!("{name}.rs")),
                folder.join(format!(
                    "{}_{name}.rs",
                    file.file_stem().unwrap().to_string_lossy()
                )),
            ];
            let path = candidates.iter().find(|path| path.is_file());
            let path = path
                .cloned()
                .unwrap_or_else(|| by_path_attribute(file, &name));
            (name, path)
        })
        .collect()
}

/// The file that `#[path = "…"] mod name;` names. Literals are no tokens here, so the text is searched.
fn by_path_attribute(file: &Path, name: &str) -> PathBuf {
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.trim().ends_with(&format!("mod {name};")))
        .unwrap();
    let attribute = lines[..at].iter().rev().take(4).find_map(|line| {
        line.trim()
            .strip_prefix("#[path = \"")
            .and_then(|rest| rest.strip_suffix("\"]"))
    });
    let relative = attribute
        .unwrap_or_else(|| panic!("{}: the file of `mod {name}` is not found", file.display()));
    file.with_file_name(relative)
}

/// Names of the test functions in a file: `#[test]`, `#[tokio::test]`, those inside `proptest!`, and those that `both!` runs on
/// each database.
pub fn test_functions(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let tokens = tokens(&shown(file), &text);
    let mut names = Vec::new();
    let mut is_test = false;
    let mut of_both = false;
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map(|token| token.text.as_str());
        let before = |back: usize| {
            let before = index.checked_sub(back).and_then(|at| tokens.get(at));
            before.map(|token| token.text.as_str())
        };
        match token.text.as_str() {
            "(" if before(1) == Some("!") && before(2) == Some("both") => of_both = true,
            ")" => of_both = false,
            "," => {}
            name if of_both => names.push(name.to_owned()),
            "test" if !is_cfg_test(&tokens[index.saturating_sub(4)..]) => {
                // `#[test]`, `#[tokio::test]`, `#[tokio::test(flavor = …)]`
                let before = before(1);
                is_test |= matches!(before, Some("[" | ":")) && matches!(next, Some("]" | "("));
            }
            "fn" if is_test => {
                names.extend(next.map(str::to_owned));
                is_test = false;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn every_source_file_belongs_to_a_module() {
    let mut problems = Vec::new();
    for krate in [
        "package",
        "web",
        "host",
        "marketplace",
        "console",
        "cli",
        "xtask",
    ] {
        let mut known = test_files(krate);
        known.extend(
            product_files(krate)
                .iter()
                .map(|source| root().join(&source.path)),
        );
        for file in all_files(&root().join(krate).join("src")) {
            if !known.contains(&file) {
                problems.push(format!("{} is declared by no `mod`", shown(&file)));
            }
        }
    }
    crate::assert_none(problems, "Declare the file or delete it.");
}
