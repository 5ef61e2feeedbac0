//! The WIT of a skill, for its words: types come from the component itself.

use crate::embedded::CONTRACT;
use crate::error::CliError;
use guildhall_package::text::plain;
use std::path::Path;
use wit_parser::{PackageId, Resolve, SourceMap};

/// The encoded package in `folder/wit`; none if there is no such folder.
///
/// # Errors
/// If the WIT does not parse.
pub fn encode(folder: &Path) -> Result<Option<Vec<u8>>, CliError> {
    let wit = folder.join("wit");
    if !wit.is_dir() {
        return Ok(None);
    }
    // The SDK brings the contract along; a project may also keep a copy of its own in wit/deps.
    let with_contract = read(&wit, true);
    let (resolve, package) =
        with_contract.or_else(|problem| read(&wit, false).map_err(|_| wit_error(&problem)))?;
    wit_component::encode(&resolve, package, false)
        .map(Some)
        .map_err(|error| wit_error(&format!("{error:#}")))
}

fn read(wit: &Path, with_contract: bool) -> Result<(Resolve, PackageId), String> {
    let mut resolve = Resolve::default();
    if with_contract {
        push_contract(&mut resolve)?;
    }
    let (package, _) = resolve
        .push_dir(wit)
        .map_err(|error| resolve.render_error(&error))?;
    Ok((resolve, package))
}

fn push_contract(resolve: &mut Resolve) -> Result<(), String> {
    let mut map = SourceMap::default();
    for (name, content) in CONTRACT {
        map.push_str(name, String::from_utf8_lossy(content));
    }
    let group = map.parse().map_err(|(_, error)| error.to_string())?;
    resolve
        .push_group(group)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn wit_error(problem: &str) -> CliError {
    CliError::refused("the WIT of the skill is not understood")
        .kind("wit")
        .details(problem.lines().take(20).map(plain_indented))
}

/// Keeps the indentation by which a message points at a column.
fn plain_indented(line: &str) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    format!("{}{}", " ".repeat(indent.min(80)), plain(line, 400))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn encoded(world: &str) -> Result<Option<Vec<u8>>, CliError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("wit")).unwrap();
        std::fs::write(folder.path().join("wit/world.wit"), world).unwrap();
        encode(folder.path())
    }

    #[test]
    fn a_world_may_use_the_contracts_types_without_a_copy_of_them() {
        let world = "package a:b@0.1.0;\nworld w {\n  use guildhall:skill/types@1.0.0.{money};\n  \
                     export f: func(m: money) -> string;\n}\n";
        assert!(encoded(world).unwrap().is_some());
    }

    #[test]
    fn a_mistake_is_shown_with_its_place() {
        let error = encoded("package a:b@0.1.0;\nworld w {\n  export f: fun();\n}\n").unwrap_err();
        assert_eq!(error.exit.code(), 4);
        assert!(
            error.details.join("\n").contains("world.wit:3"),
            "{:?}",
            error.details
        );
    }

    #[test]
    fn no_wit_means_no_words() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(encode(folder.path()), Ok(None));
    }
}
