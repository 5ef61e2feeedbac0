//! Writing down what a case does as what it is expected to do. Only files of the case are touched, and only
//! where something differs.

use super::case::{Case, Stored};
use super::compare::{Observed, pretty};
use serde_json::Value;
use std::path::{Component, Path};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

/// Rewrites the case's expectations. Returns the files changed, relative to the case.
///
/// # Errors
/// If a file can't be written, or would lie outside the case.
pub fn update(case: &Case, observed: &Observed) -> Result<Vec<String>, String> {
    let mut changed = Vec::new();
    let mut table = Table::new();
    table.insert("status", value(observed.status.word()));
    let expect = case.expect.clone().unwrap_or_default();
    for (name, known, seen) in [
        ("output", expect.output, &observed.output),
        ("failure", expect.failure, &observed.failure),
    ] {
        let Some(seen) = seen.as_ref().filter(|seen| !seen.is_null()) else {
            continue;
        };
        if let Some(Stored::Inline(known)) = &known
            && known == seen
            && let Some(item) = inline(known)
        {
            table.insert(name, item);
            continue;
        }
        let file = match known {
            Some(Stored::File(file)) => file,
            _ => format!("expected/{name}.json"),
        };
        write(&case.folder, &file, pretty(seen).as_bytes(), &mut changed)?;
        table.insert(&format!("{name}-file"), value(file));
    }
    let mut writes = ArrayOfTables::new();
    for (path, content) in &observed.writes {
        let file = expect
            .write
            .iter()
            .find(|known| known.path == *path)
            .map_or_else(
                || format!("expected/{path}"),
                |known| known.content_file.clone(),
            );
        write(&case.folder, &file, content, &mut changed)?;
        let mut entry = Table::new();
        entry.insert("path", value(path));
        entry.insert("content-file", value(file));
        writes.push(entry);
    }
    if !writes.is_empty() {
        table.insert("write", Item::ArrayOfTables(writes));
    }
    if !observed.effects.is_empty() {
        let lines: toml_edit::Array = observed.effects.iter().map(String::as_str).collect();
        table.insert("effects", value(lines));
    }
    let mut refusals = ArrayOfTables::new();
    for (rule, _) in &observed.refusals {
        let mut entry = Table::new();
        entry.insert("rule", value(rule));
        refusals.push(entry);
    }
    if !refusals.is_empty() {
        table.insert("refusal", Item::ArrayOfTables(refusals));
    }
    rewrite(case, table, &mut changed)?;
    Ok(changed)
}

fn rewrite(case: &Case, mut expect: Table, changed: &mut Vec<String>) -> Result<(), String> {
    let file = case.folder.join("case.toml");
    let text = std::fs::read_to_string(&file).map_err(|error| format!("case.toml: {error}"))?;
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error| format!("case.toml: {error}"))?;
    // The comment above [expect] belongs to the author.
    let decor = match document.remove("expect") {
        Some(Item::Table(old)) => old.decor().clone(),
        _ => toml_edit::Decor::new("\n", ""),
    };
    *expect.decor_mut() = decor;
    document.insert("expect", Item::Table(expect));
    write(
        &case.folder,
        "case.toml",
        document.to_string().as_bytes(),
        changed,
    )
}

/// A value that TOML can say on one line; null it cannot.
fn inline(json: &Value) -> Option<Item> {
    let toml: toml_edit::Value = match json {
        Value::Null => return None,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::String(text) => text.into(),
        Value::Array(items) => {
            let mut array = toml_edit::Array::new();
            for item in items {
                array.push(inline(item)?.into_value().ok()?);
            }
            array.into()
        }
        Value::Object(fields) => {
            let mut table = toml_edit::InlineTable::new();
            for (name, field) in fields {
                table.insert(name, inline(field)?.into_value().ok()?);
            }
            table.into()
        }
    };
    Some(Item::Value(toml))
}

fn write(
    folder: &Path,
    file: &str,
    content: &[u8],
    changed: &mut Vec<String>,
) -> Result<(), String> {
    // A skill chose part of this path.
    let inside = Path::new(file)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !inside {
        return Err(format!(
            "{file} lies outside the case's folder; correct it in case.toml"
        ));
    }
    let path = folder.join(file);
    if std::fs::read(&path).is_ok_and(|old| old == content) {
        return Ok(());
    }
    let cannot = |error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(cannot)?;
    }
    std::fs::write(&path, content).map_err(cannot)?;
    changed.push(file.to_owned());
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::super::{case, compare};
    use super::*;
    use guildhall_host::RunStatus;
    use serde_json::json;

    fn observed() -> Observed {
        Observed {
            status: RunStatus::Committed,
            output: Some(json!({"total": 2, "note": null})),
            failure: None,
            ended_by: None,
            writes: vec![("out/a.csv".to_owned(), b"x,2\n".to_vec())],
            effects: Vec::new(),
            refusals: vec![("files.not-found".to_owned(), "nothing there".to_owned())],
        }
    }

    #[test]
    fn a_new_case_is_recorded_and_then_passes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("case.toml");
        std::fs::write(&file, "# Mine.\noperation = \"x\" # this one\n").unwrap();
        let changed = update(&case::read(folder.path()).unwrap(), &observed()).unwrap();
        assert_eq!(
            changed,
            ["expected/output.json", "expected/out/a.csv", "case.toml"]
        );
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("# Mine.\noperation = \"x\" # this one\n"),
            "{text}"
        );
        let case = case::read(folder.path()).unwrap();
        let expect = case.expect.clone().unwrap();
        assert_eq!(compare::compare(&case, &expect, &observed(), 80), []);
        assert_eq!(
            update(&case, &observed()).unwrap(),
            [""; 0],
            "nothing changes the second time"
        );
    }

    #[test]
    fn what_is_already_right_keeps_its_place_and_its_comments() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("case.toml");
        let text = "operation = \"x\"\n\n# What we want.\n[expect]\nstatus = \"completed\"\noutput = { total = 2 }\n";
        std::fs::write(&file, text).unwrap();
        let seen = Observed {
            status: RunStatus::Completed,
            output: Some(json!({"total": 2})),
            writes: vec![],
            refusals: vec![],
            ..observed()
        };
        assert_eq!(
            update(&case::read(folder.path()).unwrap(), &seen).unwrap(),
            [""; 0]
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }

    #[test]
    fn nothing_is_written_outside_the_case() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("case.toml"), "operation = \"x\"\n").unwrap();
        let case = case::read(folder.path()).unwrap();
        for path in ["../../up", "/etc/x", "a/../../../b"] {
            let seen = Observed {
                writes: vec![(path.to_owned(), vec![])],
                ..observed()
            };
            let result = update(&case, &seen);
            // An absolute path below `expected/` is a name like any other.
            if path.contains("..") {
                assert!(result.unwrap_err().contains("outside"), "{path}");
            }
        }
    }
}
