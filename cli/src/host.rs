//! The host as this command uses it, and its errors in the command's voice.

use crate::compile_child::ChildCompiler;
use crate::error::{CliError, did_you_mean};
use crate::exit::Exit;
use crate::home::Home;
use guildhall_host::{
    CompileError, DecideError, EgressConfig, Failure, Host, HostError, LoadError, RunFilter, Tenant,
};
use guildhall_package::text::plain;
use guildhall_package::{ReadError, RefusedImport};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

/// Most runs searched for the beginning of an identifier.
const SEARCHED: u32 = 1_000;
/// Shortest beginning of an identifier that is taken.
const MIN_PREFIX: usize = 4;

/// Opens the host over the home folder.
///
/// # Errors
/// If the folder or the journal in it can't be used.
pub async fn open(home: &Home, egress: EgressConfig) -> Result<Host, CliError> {
    home.prepare()?;
    Host::builder()
        .state_dir(home.state())
        .egress(egress)
        .compiler(Arc::new(ChildCompiler::new()?))
        .build()
        .await
        .map_err(|error| fault(error).fix("`guildhall doctor` checks the home folder"))
}

/// Reads a component file, and says what to give instead when it is something else.
///
/// # Errors
/// If there is no such file, or it is a folder.
pub fn read_component(file: &Path) -> Result<Vec<u8>, CliError> {
    let shown = file.display();
    let found = std::fs::metadata(file).map_err(|error| {
        CliError::usage(format!("{shown} can't be read: {error}")).kind("no-file")
    })?;
    if found.is_dir() {
        let error = CliError::usage(format!("{shown} is a folder; a component file is needed"))
            .kind("is-folder");
        return Err(if file.join("skill.toml").is_file() {
            error.fix(format!("build it: guildhall build {shown}"))
        } else {
            error.fix("give the .wasm file that a build wrote")
        });
    }
    std::fs::read(file)
        .map_err(|error| CliError::usage(format!("{shown} can't be read: {error}")).kind("no-file"))
}

/// Our fault.
pub fn fault(error: impl Display) -> CliError {
    CliError::fault(plain(&error.to_string(), 1_000))
}

/// Why bytes are no component, split into what happened and what to do.
pub fn read_error(error: ReadError) -> CliError {
    let kind = match &error {
        ReadError::NotWasm => "not-wasm",
        ReadError::CoreModule => "core-module",
        ReadError::TooLarge { .. } => "too-large",
        _ => "not-a-skill",
    };
    let text = plain(&error.to_string(), 2_000);
    let result = match text.split_once("; ") {
        Some((what, fix)) => CliError::refused(what).fix(fix),
        None => CliError::refused(text),
    };
    // Another kind of file is a slip of the hand; everything else breaks a rule.
    let exit = match kind {
        "not-wasm" | "core-module" => Exit::Usage,
        _ => result.exit,
    };
    CliError { exit, ..result }.kind(kind)
}

/// Why a component is not loaded.
pub fn load_error(error: LoadError) -> CliError {
    match error {
        LoadError::Read(ReadError::Manifest(errors)) | LoadError::Manifest(errors) => {
            crate::build::manifest_errors(errors)
        }
        LoadError::Read(error) => read_error(error),
        LoadError::RefusedImports(imports) => refused_imports(&imports),
        LoadError::Compile(CompileError::Broken(text)) => fault(text),
        LoadError::Compile(error) => {
            CliError::refused(plain(&error.to_string(), 2_000)).kind("compile")
        }
        LoadError::TooDemanding(_) => {
            CliError::refused(plain(&error.to_string(), 2_000)).kind("too-demanding")
        }
        LoadError::Link(_) => CliError::refused(plain(&error.to_string(), 2_000)).kind("link"),
        LoadError::Engine(_) | LoadError::Host(_) => fault(error),
    }
}

/// What a component asks for and no skill gets.
pub fn refused_imports(imports: &[RefusedImport]) -> CliError {
    CliError::refused("this component imports what no skill gets")
        .kind("refused-imports")
        .details(
            imports
                .iter()
                .map(|import| format!("{}: {}", import.name, import.instead)),
        )
}

/// Why an invocation has no outcome.
pub fn invoke_error(error: HostError) -> CliError {
    match error {
        HostError::UnknownOperation { name, known } => {
            let list = if known.is_empty() {
                "none".to_owned()
            } else {
                plain(&known.join(", "), 1_000)
            };
            let error = CliError::usage(format!(
                "there is no operation `{}`; this component has {list}",
                plain(&name, 80)
            ))
            .kind("unknown-operation");
            match did_you_mean(&name, known.iter().map(String::as_str)) {
                Some(meant) => error.fix(format!("did you mean {}?", plain(meant, 130))),
                None => error,
            }
        }
        HostError::UnsupportedOperation { .. } => {
            CliError::usage(plain(&error.to_string(), 600)).kind("unsupported-operation")
        }
        HostError::Input(_) => CliError::usage(plain(&error.to_string(), 1_000))
            .kind("input")
            .fix("`guildhall inspect FILE` shows what the operation takes"),
        HostError::Setting(text) => CliError::usage(plain(&text, 600)).kind("setting"),
        error => fault(error),
    }
}

/// Why a decision was not taken.
pub fn decide_error(error: DecideError) -> CliError {
    let text = plain(&error.to_string(), 600);
    match error {
        DecideError::NotFound(_) => CliError::usage(text).kind("not-found"),
        DecideError::NotPending(_) => CliError::refused(text).kind("not-pending"),
        DecideError::Expired => CliError::refused(text).kind("expired"),
        DecideError::EffectSetChanged(_) => CliError::refused(text)
            .kind("effects-changed")
            .fix("look at the card again: guildhall approvals show"),
        DecideError::Tampered => CliError {
            exit: Exit::Unverified,
            ..CliError::refused(text).kind("tampered")
        },
        DecideError::Revoked(_) => CliError::refused(text).kind("revoked"),
        DecideError::Journal(error) => fault(error),
    }
}

/// One sentence for what ended a run. Made plain.
#[must_use]
pub fn failure_text(failure: &Failure) -> String {
    let text = match failure {
        Failure::Operation { value } => {
            return format!("the operation failed: {}", plain(&value.to_string(), 600));
        }
        Failure::Limit { limit, message } => format!("the limit {limit} ended it: {message}"),
        Failure::Trap { message } => format!("it trapped: {message}"),
        Failure::Stopped { message } => format!("it was stopped: {message}"),
        Failure::Rejected { reason } => reason.clone(),
    };
    plain(&text, 1_000)
}

/// The run that `given` is the identifier of, or its unique beginning.
///
/// # Errors
/// If there is no such run, or several.
pub async fn resolve(host: &Host, given: &str) -> Result<String, CliError> {
    if given.len() < MIN_PREFIX {
        return Err(CliError::usage(format!(
            "give at least {MIN_PREFIX} characters of the run's identifier"
        )));
    }
    let tenant = Tenant::local();
    if let Some(run) = host.run(&tenant, given).await.map_err(fault)? {
        return Ok(run.summary.invocation);
    }
    let filter = RunFilter {
        status: None,
        limit: SEARCHED,
    };
    let runs = host.runs(&tenant, filter).await.map_err(fault)?;
    // What waits may be older than the runs searched.
    let waiting = host.pending(&tenant).await.map_err(fault)?;
    let ids: BTreeSet<String> = runs
        .into_iter()
        .map(|run| run.invocation)
        .chain(waiting.into_iter().map(|run| run.invocation))
        .collect();
    pick(given, ids.into_iter())
}

fn pick(given: &str, ids: impl Iterator<Item = String>) -> Result<String, CliError> {
    let given = given.to_ascii_lowercase();
    let mut found: Vec<String> = ids.filter(|id| id.starts_with(&given)).collect();
    if let Some(exact) = found.iter().position(|id| *id == given) {
        return Ok(found.swap_remove(exact));
    }
    let count = found.len();
    match (found.pop(), count) {
        (Some(id), 1) => Ok(id),
        (None, _) => Err(
            CliError::usage(format!("there is no run `{}`", plain(&given, 64)))
                .kind("not-found")
                .fix("`guildhall runs` lists them"),
        ),
        (Some(last), _) => {
            found.push(last);
            found.truncate(5);
            Err(CliError::usage(format!(
                "`{given}` begins the identifiers of {count} runs; give more of it"
            ))
            .kind("ambiguous")
            .details(found))
        }
    }
}

/// Shortest beginnings, at least this long, by which each of `ids` can be named among the others.
#[must_use]
pub fn short_ids<'a>(ids: &[&'a str]) -> Vec<&'a str> {
    const LEAST: usize = 13;
    ids.iter()
        .map(|id| {
            (LEAST..id.len())
                .filter_map(|length| id.get(..length))
                .find(|head| ids.iter().filter(|other| other.starts_with(head)).count() == 1)
                .unwrap_or(id)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const A: &str = "0198c0de-f00d-7000-8000-000000000001";
    const B: &str = "0198c0de-f00d-7000-8000-000000000002";
    const C: &str = "0198c0de-f00e-7000-8000-000000000001";

    fn picked(given: &str) -> Result<String, CliError> {
        pick(given, [A, B, C].map(str::to_owned).into_iter())
    }

    #[test]
    fn a_unique_beginning_names_a_run_and_an_ambiguous_one_lists_them() {
        assert_eq!(picked("0198c0de-f00e"), Ok(C.to_owned()));
        assert_eq!(picked(A), Ok(A.to_owned()));
        assert_eq!(picked("0198C0DE-F00E"), Ok(C.to_owned()));
        let error = picked("0198c0de-f00d").unwrap_err();
        assert_eq!((error.kind, error.details.len()), ("ambiguous", 2));
        assert_eq!(picked("ffff").unwrap_err().kind, "not-found");
    }

    #[test]
    fn identifiers_are_shortened_only_as_far_as_they_stay_unique() {
        assert_eq!(short_ids(&[A, C]), ["0198c0de-f00d", "0198c0de-f00e"]);
        assert_eq!(short_ids(&[A, B]), [A, B]);
        assert!(short_ids(&[]).is_empty());
    }

    #[test]
    fn a_wrong_file_is_told_apart_from_a_bad_one() {
        let error = read_error(ReadError::CoreModule);
        assert_eq!((error.kind, error.exit.code()), ("core-module", 2));
        assert!(error.fix.unwrap().contains("guildhall build"));
    }

    #[test]
    fn a_skill_folder_is_told_to_build_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("skill.toml"), "").unwrap();
        let error = read_component(folder.path()).unwrap_err();
        assert!(error.fix.unwrap().starts_with("build it: guildhall build "));
        assert_eq!(
            read_component(&folder.path().join("no.wasm"))
                .unwrap_err()
                .exit
                .code(),
            2
        );
    }
}
