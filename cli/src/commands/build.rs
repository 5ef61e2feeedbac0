//! `guildhall build`

use crate::args::BuildArgs;
use crate::build::{Built, build};
use crate::card::layout::bytes;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;
use guildhall_package::Inspection;
use owo_colors::OwoColorize;
use serde_json::{Value, json};

/// Builds a skill and says what came of it.
///
/// # Errors
/// If it does not compile or breaks a rule.
pub fn run(args: &BuildArgs) -> Result<Exit, CliError> {
    let built = build(&args.dir)?;
    for warning in &built.warnings {
        output::warning(warning);
    }
    if args.json {
        output::json(&report(&built)?);
    } else {
        summary(&built);
    }
    Ok(Exit::Done)
}

/// `{path, digest, bytes, imports, operations}`.
fn report(built: &Built) -> Result<Value, CliError> {
    let inspection = Inspection::of(&built.package);
    Ok(json!({
        "path": built.path,
        "digest": built.package.digest,
        "bytes": built.bytes.len(),
        "imports": inspection.imports,
        "operations": super::to_json(&inspection.operations)?,
        "warnings": built.warnings,
    }))
}

fn summary(built: &Built) {
    let inspection = Inspection::of(&built.package);
    output::line(built.path.display());
    let fact = |name: &str, value: String| {
        output::note(format_args!("{} {value}", format!("{name:11}").bold()))
    };
    fact("digest", built.package.digest.to_string());
    fact("size", bytes(built.bytes.len() as u64));
    fact("imports", listed(&inspection.imports));
    let operations: Vec<String> = inspection
        .operations
        .into_iter()
        .map(|operation| operation.name)
        .collect();
    fact("operations", listed(&operations));
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
