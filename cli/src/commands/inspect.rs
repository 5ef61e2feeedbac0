//! `guildhall inspect`

use crate::args::InspectArgs;
use crate::card::layout::{bytes, wrap};
use crate::error::CliError;
use crate::exit::Exit;
use crate::home::Home;
use crate::host::{read_component, read_error};
use crate::output;
use crate::source;
use guildhall_package::inspect::OperationView;
use guildhall_package::text::{plain, plain_lines};
use guildhall_package::{Inspection, SkillPackage};
use owo_colors::OwoColorize;
use serde_json::Value;
use std::path::PathBuf;

/// Shows what a component is and can do. A component that can't run here is shown all the same.
///
/// # Errors
/// If the file is no component.
pub fn run(home: Option<PathBuf>, args: &InspectArgs) -> Result<Exit, CliError> {
    // A file is looked at without a home.
    let bytes = match source::as_name(&args.file) {
        Some(name) => source::installed(&Home::find(home)?, &name)?.bytes,
        None => read_component(&args.file)?,
    };
    let package = SkillPackage::read(&bytes).map_err(read_error)?;
    let inspection = Inspection::of(&package);
    if args.json {
        output::json(&super::to_json(&inspection)?);
    } else {
        for line in page(&inspection, output::width()) {
            output::line(line);
        }
    }
    Ok(Exit::Done)
}

fn page(inspection: &Inspection, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let name = match (&inspection.name, &inspection.version) {
        (Some(name), Some(version)) => format!("{} {}", plain(name, 130), plain(version, 40)),
        _ => "A component without a manifest".to_owned(),
    };
    lines.push(name.bold().to_string());
    if let Some(description) = &inspection.description {
        lines.extend(wrap(&plain(description, 2_000), width));
    }
    lines.push(String::new());
    let lane = match inspection.lane {
        "strict" => "strict: everything it can do goes through guildhall:skill",
        "inert-wasi" => "inert WASI: built for a general system, which is empty here",
        _ => "refused: it can't run here",
    };
    for (label, value) in [
        ("Digest", inspection.digest.to_string()),
        ("Size", bytes(inspection.bytes as u64)),
        ("Lane", lane.to_owned()),
    ] {
        lines.push(format!("{} {value}", format!("{label:8}").bold()));
    }
    if let Some(licence) = &inspection.licence {
        lines.push(format!(
            "{} {}",
            format!("{:8}", "Licence").bold(),
            plain(licence, 200)
        ));
    }
    for refused in &inspection.refused {
        bullet(
            &mut lines,
            width,
            &format!("{}: {}", refused.name, refused.instead),
        );
    }
    heading(&mut lines, "Operations");
    if inspection.operations.is_empty() {
        bullet(&mut lines, width, "none: it exports no function");
    }
    for view in &inspection.operations {
        operation(&mut lines, view, width);
    }
    heading(&mut lines, "It can");
    if inspection.capabilities.is_empty() {
        bullet(
            &mut lines,
            width,
            "only compute: it is given its input and returns its output.",
        );
    }
    for capability in &inspection.capabilities {
        bullet(&mut lines, width, &capability.sentence);
        for detail in &capability.details {
            let optional = if detail.optional { ", optional" } else { "" };
            let text = format!(
                "{}{optional}: “{}” (its own reason)",
                plain(&detail.what, 600),
                plain(&detail.reason, 300)
            );
            for (index, row) in wrap(&text, width.saturating_sub(6)).into_iter().enumerate() {
                lines.push(format!("    {} {row}", if index == 0 { "-" } else { " " }));
            }
        }
    }
    heading(&mut lines, "It cannot");
    for sentence in &inspection.cannot {
        bullet(&mut lines, width, sentence);
    }
    lines
}

fn heading(lines: &mut Vec<String>, text: &str) {
    lines.push(String::new());
    lines.push(text.bold().to_string());
}

fn bullet(lines: &mut Vec<String>, width: usize, text: &str) {
    for (index, row) in wrap(&plain(text, 2_000), width.saturating_sub(4))
        .into_iter()
        .enumerate()
    {
        lines.push(format!("  {} {row}", if index == 0 { "·" } else { " " }));
    }
}

fn operation(lines: &mut Vec<String>, view: &OperationView, width: usize) {
    let name = plain(&view.name, 300);
    lines.push(format!(
        "  {}({})",
        name.cyan().bold(),
        parameters(&view.input_schema)
    ));
    if let Some(doc) = &view.doc {
        for line in plain_lines(doc, 20, 1_000) {
            for row in wrap(&line, width.saturating_sub(6)) {
                lines.push(format!("      {row}"));
            }
        }
    }
    if let Some(why) = &view.unsupported {
        for row in wrap(
            &format!("can't be called: {}", plain(why, 600)),
            width.saturating_sub(6),
        ) {
            lines.push(format!("      {row}"));
        }
    }
}

/// `amount, to, note?`: the names, those that may be left out with a question mark.
fn parameters(schema: &Value) -> String {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return String::new();
    };
    properties
        .keys()
        .map(|name| {
            let optional = if required.contains(&name.as_str()) {
                ""
            } else {
                "?"
            };
            format!("{}{optional}", plain(name, 100))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_are_named_and_those_that_may_be_left_out_are_marked() {
        let schema = json!({"properties": {"to": {}, "note": {}}, "required": ["to"]});
        assert_eq!(parameters(&schema), "to, note?");
        assert_eq!(parameters(&json!({})), "");
    }
}
